// Promises of what is lit on a page of a PDF.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxesOn, pageAt } from '../../../ui/window/chat/static/paging.js';

const article = { text: 'ab cd ef gh', pages: [0, 6] };
const words = [[0, 2, 10, 5, 20, 8], [3, 5, 22, 5, 30, 8]];

test('a place is on the page that begins last before it', () => {
  assert.deepEqual([0, 5, 6, 9].map(point => pageAt(article.pages, point)), [1, 1, 2, 2]);
});

test('words side by side are lit as one, and only those that are cited', () => {
  assert.deepEqual(boxesOn(words, { start: 0, end: 5 }, article, 1),
    { boxes: [[10, 5, 30, 8]], isWhole: true });
  assert.deepEqual(boxesOn(words, { start: 3, end: 5 }, article, 1).boxes, [[22, 5, 30, 8]]);
});

test('of a citation that goes on over the edge only what is on the page counts', () => {
  assert.equal(boxesOn(words, { start: 0, end: 8 }, article, 1).isWhole, true);
  assert.deepEqual(boxesOn([[6, 8, 1, 1, 2, 2]], { start: 0, end: 8 }, article, 2).boxes, [[1, 1, 2, 2]]);
});

test('words that were not found on the picture are missed', () => {
  assert.equal(boxesOn(words.slice(0, 1), { start: 0, end: 5 }, article, 1).isWhole, false);
  assert.deepEqual(boxesOn(words, null, article, 1), { boxes: [], isWhole: true });
});
