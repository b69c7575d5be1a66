// Promises of what a conversation cites of an article.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  articleOf, citationOf, exchangeOf, placeOf, placesIn, stretches,
} from '../../../ui/window/chat/static/citations.js';

const place = (from, to, href = `${from}-${to}`) => ({ from, to, href });

test('a link to a citation says the article, its digest, the offsets and the number', () => {
  assert.deepEqual(citationOf('#cite-skerra-rats-1a2b-3-20-4'),
    { article: 'skerra-rats', digest: '1a2b', start: 3, end: 20, number: '4' });
});

test('what only looks like a citation is none', () => {
  for (const href of ['', '#cite-', '#cite-a-b-1-2', '#cite-a-b-1-x-3', '#cite-a/b-c-1-2-3', 'x#cite-a-b-1-2-3']) {
    assert.equal(citationOf(href), null, href);
  }
});

test('an article is named whole or by a citation, an exchange by its sources', () => {
  assert.equal(articleOf('#article-skerra'), 'skerra');
  assert.equal(articleOf('#cite-skerra-1a-0-2-1'), 'skerra');
  assert.equal(articleOf('#sources-3'), null);
  assert.equal(exchangeOf('#sources-0'), 0);
  assert.equal(exchangeOf('#article-skerra'), null);
});

test('a citation stands where its code points do, and nowhere if the text is too short', () => {
  assert.deepEqual(placeOf('#cite-a-d-1-3-1', '𝔸bcd'), place(2, 4, '#cite-a-d-1-3-1'));
  assert.equal(placeOf('#cite-a-d-1-9-1', 'abcd'), null);
  assert.equal(placeOf('#cite-a-d-2-2-1', 'abcd'), null);
});

test('the places of an article are those of its own version, each once, in the order of the text', () => {
  const hrefs = ['#cite-a-d-5-7-1', '#cite-a-d-0-2-2', '#cite-a-d-0-2-3', '#cite-a-old-1-2-4', '#cite-b-d-1-2-5'];
  const places = placesIn(hrefs, { id: 'a', digest: 'd', text: 'abcdefgh' });
  assert.deepEqual(places.map(one => [one.from, one.to, one.href]),
    [[0, 2, '#cite-a-d-0-2-3'], [5, 7, '#cite-a-d-5-7-1']]);
});

test('the lit stretch is whole, and of the others what lies outside of it', () => {
  const cuts = stretches([place(0, 10), place(12, 14)], place(3, 6));
  assert.deepEqual(cuts.map(({ from, to, isLit }) => [from, to, Boolean(isLit)]),
    [[0, 3, false], [3, 6, true], [6, 10, false], [12, 14, false]]);
});

test('no letter lies in two stretches', () => {
  const cuts = stretches([place(0, 8), place(2, 5), place(6, 12)], null);
  assert.deepEqual(cuts.map(({ from, to }) => [from, to]), [[0, 8], [8, 12]]);
});
