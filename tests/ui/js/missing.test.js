// Promises of what is offered of models that are missing.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { offerOf, totals } from '../../../ui/window/settings/static/missing.js';

const SMALL = { name: 'small', size: 100, here: 0 };
const LARGE = { name: 'large', size: 1000, here: 0 };

test('bytes of several models are added', () => {
  assert.deepEqual(totals([SMALL, { ...LARGE, here: 7 }]), { size: 1100, here: 7 });
});

test('one button fetches, stops, goes on, and tries again', () => {
  const now = { state: 'idle', searching: [SMALL], writing: [LARGE] };
  assert.equal(offerOf(now).words, 'fetch_both');
  assert.equal(offerOf({ ...now, searching: [] }).words, 'fetch');
  assert.equal(offerOf({ ...now, writing: [{ ...LARGE, here: 5 }] }).words, 'go_on');
  assert.deepEqual(offerOf({ ...now, state: 'fetching' }), { does: 'stop_fetching', words: 'stop', size: 1100, here: 0 });
  assert.equal(offerOf({ ...now, state: 'stopping' }).words, 'stopping');
  assert.deepEqual(offerOf({ ...now, state: 'failed' }), { does: 'start_fetching', words: 'again', size: 1100, here: 0 });
});
