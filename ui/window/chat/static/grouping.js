// The sources of an answer by article, and the way through what it cites. Nothing here touches the page.

/** @typedef {import('./conversation.js').Source} Source */
/** @typedef {import('./conversation.js').Exchange} Exchange */
/** @typedef {{first: Source, cited: Source[], read: Source[]}} Group  one article's */

/**
 * The sources of each article together: first the articles that are cited, in the order of their
 * footnotes, then those that were only read.
 * @param {Source[]} cards
 * @returns {Group[]}
 */
export function groupsOf(cards) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const card of inOrder(cards)) {
    const key = card.article || card.href || String(card.number);
    const group = groups.get(key) ?? { first: card, cited: [], read: [] };
    (card.left_out ? group.read : group.cited).push(card);
    groups.set(key, group);
  }
  const all = [...groups.values()];
  return [...all.filter(one => one.cited.length), ...all.filter(one => !one.cited.length)];
}

/**
 * What the answer cites that cites a place, in the order of its footnotes: the answer whose sources
 * are listed, or else the newest.
 * @param {Exchange[]} exchanges
 * @param {string} href
 * @param {number} listed
 */
export function walkOf(exchanges, href, listed) {
  const cites = exchange => exchange?.cards.some(card => card.href === href);
  const exchange = [exchanges[listed], ...[...exchanges].reverse()].find(cites);
  return citedBy(exchange);
}

/**
 * What an answer cites, in the order of its footnotes.
 * @param {Exchange | undefined} exchange
 */
export const citedBy = exchange =>
  inOrder(exchange?.cards ?? []).filter(card => card.href && !card.left_out).map(card => card.href);

/** @param {Source[]} cards */
const inOrder = cards => [...cards].sort((one, other) => one.number - other.number);
