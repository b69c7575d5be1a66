// How long a question is, and whether two are the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lengthOf } from '../../../ui/window/chat/static/question.js';
import { isSame } from '../../../ui/window/chat/static/unsent.js';

test('a question has as many characters as Python counts', () => {
  assert.equal(lengthOf('  When?\n'), 5);
  assert.equal(lengthOf('🛏️'), 2);
  assert.equal(lengthOf(''), 0);
});

test('questions that differ in white space alone are the same', () => {
  assert.ok(isSame(' When\n does it  return? ', 'When does it return?'));
  assert.ok(!isSame('When?', 'Where?'));
});
