// Promises of how the sources of an answer stand together, and of the way through what it cites.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf, walkOf } from '../../../ui/window/chat/static/grouping.js';

const card = (number, article, leftOut = false) => ({ number, article, href: `#${number}`, left_out: leftOut });
const numbers = cards => cards.map(one => one.number);

test('each article stands once, in the order of its first footnote, with what is cited of it', () => {
  const groups = groupsOf([card(3, 'a'), card(1, 'b'), card(2, 'a'), card(4, 'b', true)]);
  assert.deepEqual(groups.map(one => [one.first.article, numbers(one.cited), numbers(one.read)]),
    [['b', [1], [4]], ['a', [2, 3], []]]);
});

test('articles that were only read come after those that are cited', () => {
  const groups = groupsOf([card(1, 'a', true), card(2, 'b')]);
  assert.deepEqual(groups.map(one => one.first.article), ['b', 'a']);
});

test('sources without a sound article are not taken for one', () => {
  assert.equal(groupsOf([{ ...card(1, ''), href: '' }, { ...card(2, ''), href: '' }]).length, 2);
});

test('the way goes through what the listed answer cites, else through the newest that cites the place', () => {
  const exchanges = [{ cards: [card(2, 'a'), card(1, 'b')] }, { cards: [card(2, 'a'), card(5, 'a', true)] }];
  assert.deepEqual(walkOf(exchanges, '#2', 0), ['#1', '#2']);
  assert.deepEqual(walkOf(exchanges, '#2', -1), ['#2']);
  assert.deepEqual(walkOf(exchanges, '#1', 1), ['#1', '#2']);
  assert.deepEqual(walkOf(exchanges, '#9', 1), []);
});
