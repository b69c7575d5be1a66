// Promises of finding words in an article.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_MATCHES, spotsOf } from '../../../ui/window/chat/static/spots.js';

const found = (pieces, wanted) => [...spotsOf(pieces, wanted)];

test('words are found across the pieces of a text', () => {
  assert.deepEqual(found(['the ra', 'ts of', ' Skerra'], 'rats of skerra'), [[[0, 4], [2, 7]]]);
});

test('a place that begins where two pieces meet begins in the later, and ends in the earlier', () => {
  assert.deepEqual(found(['ab', 'cd', 'ef'], 'cd'), [[[1, 0], [1, 2]]]);
});

test('any white space will do for a space', () => {
  assert.deepEqual(found(['two\n\n words'], 'two words'), [[[0, 0], [0, 11]]]);
});

test('what is sought is taken as letters, not as a pattern', () => {
  assert.deepEqual(found(['a.c abc'], 'a.c'), [[[0, 0], [0, 3]]]);
  assert.deepEqual(found(['(a+b)* [x] \\d'], '[x] \\d'), [[[0, 7], [0, 13]]]);
});

test('so many places are enough', () => {
  assert.equal(found(['a'.repeat(MOST_MATCHES + 5)], 'a').length, MOST_MATCHES);
});
