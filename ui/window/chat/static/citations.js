// Which words of an article a conversation cites. Nothing here touches the page.

import { unitAt } from '../../static/text.js';

const CITATION = /^#cite-([A-Za-z0-9_.-]{1,128})-([0-9A-Za-z]{1,8})-(\d{1,9})-(\d{1,9})-(\d{1,6})$/;
const SOURCES = /^#sources-(\d{1,6})$/;
const ARTICLE = /^#article-([A-Za-z0-9_.-]{1,128})$/;

/** @typedef {{from: number, to: number, href: string, isLit?: boolean}} Place  in UTF-16 units */

/**
 * What a link to a citation says; offsets count code points.
 * @param {string} href
 */
export function citationOf(href) {
  const parts = CITATION.exec(href);
  if (!parts) return null;
  const [, article, digest, start, end, number] = parts;
  return { article, digest, start: Number(start), end: Number(end), number };
}

/**
 * The exchange whose sources a link names; null if it names none.
 * @param {string} href
 */
export function exchangeOf(href) {
  const parts = SOURCES.exec(href);
  return parts ? Number(parts[1]) : null;
}

/**
 * The article that a link names, whole or by a citation; null if it names none.
 * @param {string} href
 */
export const articleOf = href => citationOf(href)?.article ?? ARTICLE.exec(href)?.[1] ?? null;

/**
 * Where the words of a citation stand in its text; null if there is no such place.
 * @param {string} href
 * @param {string} text
 * @returns {Place | null}
 */
export function placeOf(href, text) {
  const citation = citationOf(href);
  if (!citation) return null;
  const [from, to] = [unitAt(text, citation.start), unitAt(text, citation.end)];
  return from >= 0 && from < to ? { from, to, href } : null;
}

/**
 * The citations of an article as it is now, each stretch once, in the order of the text.
 * @param {string[]} hrefs
 * @param {{id: string, digest: string, text: string}} article
 */
export function placesIn(hrefs, { id, digest, text }) {
  /** @type {Map<string, Place>} */
  const places = new Map();
  for (const href of hrefs) {
    const citation = citationOf(href);
    if (citation?.article !== id || citation.digest !== digest) continue;
    const place = placeOf(href, text);
    if (place) places.set(`${place.from}-${place.to}`, place);
  }
  return [...places.values()].sort((one, other) => one.from - other.from || one.to - other.to);
}

/**
 * Stretches of the text to mark: the lit one whole, of the others what lies outside of it.
 * @param {Place[]} places  in the order of the text
 * @param {Place | null} lit
 */
export function stretches(places, lit) {
  /** @type {Place[]} */
  const cuts = [];
  for (const { from, to, href } of places) {
    const ends = lit && from < lit.to && lit.from < to
      ? [[from, lit.from], [lit.to, to]] : [[from, to]];
    for (const [start, end] of ends) {
      const after = Math.max(start, cuts.length ? cuts[cuts.length - 1].to : 0);
      if (after < end) cuts.push({ from: after, to: end, href });
    }
  }
  if (lit) cuts.push({ ...lit, isLit: true });
  return cuts.sort((one, other) => one.from - other.from);
}
