// Promises of words, numbers and addresses as the window shows them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capital, counted, fill, localeOf, sizeIn, unitAt, webAddress } from '../../../ui/window/static/text.js';

test('an offset counts code points, and a letter outside the basic plane is one of them', () => {
  assert.equal(unitAt('a𝔸b', 0), 0);
  assert.equal(unitAt('a𝔸b', 2), 3);
  assert.equal(unitAt('a𝔸b', 3), 4);
});

test('past the end of a text there is no place', () => {
  assert.equal(unitAt('ab', 3), -1);
  assert.equal(unitAt('', 0), 0);
});

test('a text is filled in once: what is filled in is not filled in itself', () => {
  assert.equal(fill('{title} by {author}', { title: '{author}', author: '$&' }), '{author} by $&');
});

test('of what is not given nothing is left, and zero is something', () => {
  assert.equal(fill('{count} of {of}', { count: 0 }), '0 of ');
});

test('one of something is told as one, in a language that tells it from several', () => {
  const words = { pages_one: '1 page', pages: '{count} pages' };
  const numbers = new Intl.NumberFormat('en-GB');
  assert.equal(counted(words, 'pages', 1, numbers), '1 page');
  assert.equal(counted(words, 'pages', 0, numbers), '0 pages');
  assert.equal(counted(words, 'pages', 1200, numbers), '1,200 pages');
  assert.equal(counted({ pages: '{count}頁' }, 'pages', 1, new Intl.NumberFormat('ja')), '1頁');
});

test('only an address of the web is a link', () => {
  assert.equal(webAddress('https://example.org/a')?.hostname, 'example.org');
  for (const link of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'words', '']) {
    assert.equal(webAddress(link), null, link);
  }
});

test('a size is told in the unit that suits it', () => {
  assert.equal(sizeIn(999, 'en'), '999 byte');
  assert.equal(sizeIn(1500, 'en'), '1.5 kB');
  assert.equal(sizeIn(25_000_000, 'de'), '25 MB');
  assert.equal(sizeIn(5e12, 'en'), '5,000 GB');
});

test('an English date is written as in Britain', () => {
  assert.equal(localeOf('en'), 'en-GB');
  assert.equal(localeOf('de'), 'de');
});

test('the first letter becomes a capital, and no word stays none', () => {
  assert.equal(capital('über alles'), 'Über alles');
  assert.equal(capital(''), '');
});
