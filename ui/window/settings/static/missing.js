// What is said of models that are missing. Nothing here touches the page.

/** @typedef {{ name: string, size: number, here: number, now?: boolean }} Missing */

/**
 * Bytes of several models, and how many of them are here.
 * @param {Missing[]} missing
 */
export const totals = missing => ({
  size: missing.reduce((sum, one) => sum + one.size, 0),
  here: missing.reduce((sum, one) => sum + one.here, 0),
});

/**
 * What the one button does, and which words it has.
 * @param {{ state: string, searching: Missing[], writing: Missing[] }} now
 */
export function offerOf({ state, searching, writing }) {
  const { size, here } = totals([...searching, ...writing]);
  if (state === 'fetching') return { does: 'stop_fetching', words: 'stop', size, here };
  if (state === 'stopping') return { does: 'stop_fetching', words: 'stopping', size, here };
  if (state === 'failed') return { does: 'start_fetching', words: 'again', size, here };
  if (here) return { does: 'start_fetching', words: 'go_on', size, here };
  const words = searching.length && writing.length ? 'fetch_both' : 'fetch';
  return { does: 'start_fetching', words, size, here };
}
