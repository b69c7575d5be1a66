// Where words stand in a text that lies in several pieces. Nothing here touches the page.

export const MOST_MATCHES = 2000;

/** @typedef {[piece: number, offset: number]} Spot */

/**
 * The beginning and the end of each place, whatever the case and the white space.
 * @param {string[]} pieces
 * @param {string} wanted
 * @returns {Generator<[Spot, Spot]>}
 */
export function* spotsOf(pieces, wanted) {
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  let length = 0;
  const starts = pieces.map(piece => (length += piece.length) - piece.length);
  let at = 0;
  // A place begins in the later of two pieces that meet there, and ends in the earlier.
  const spot = (place, isEnd) => {
    while (at + 1 < starts.length && starts[at + 1] + (isEnd ? 0 : -1) < place) at++;
    return /** @type {Spot} */ ([at, place - starts[at]]);
  };
  let count = 0;
  for (const found of pieces.join('').matchAll(new RegExp(escaped, 'giu'))) {
    if (++count > MOST_MATCHES) return;
    yield [spot(found.index, false), spot(found.index + found[0].length, true)];
  }
}
