// The article as a page: its head, its text, what the conversation cites of it.

import { alsoAt, button, make, originOf, statedBy } from '../../static/dom.js';
import { at } from '../../static/places.js';
import { placing } from '../../static/text.js';
import { stretches } from './citations.js';
import { rendered } from './markdown.js';

/** @typedef {import('./citations.js').Place} Place */

// The text, letter for letter; only the gaps between paragraphs look different.
const GAP = /\n[^\S\n]*(?:\n[^\S\n]*)+/g;

function write(parent, text) {
  let at = 0;
  for (const found of text.matchAll(GAP)) {
    parent.append(text.slice(at, found.index), make('span', 'gap', found[0]));
    at = found.index + found[0].length;
  }
  parent.append(text.slice(at));
}

/** @param {Place} stretch */
function markOf({ href, isLit }) {
  const mark = make('mark', isLit ? 'lit' : 'calm');
  if (isLit) mark.tabIndex = -1;
  else mark.dataset.href = href;
  return mark;
}

/**
 * The text of an article with what is cited of it marked, as it is written.
 * @param {{text: string, language?: string}} article
 * @param {Place[]} places
 * @param {Place | null} lit
 */
export function bodyOf({ text, language }, places, lit) {
  const body = Object.assign(make('div', 'text'), { dir: 'auto' });
  if (language) body.lang = language;
  let at = 0;
  for (const stretch of stretches(places, lit)) {
    write(body, text.slice(at, stretch.from));
    const mark = markOf(stretch);
    write(mark, text.slice(stretch.from, stretch.to));
    body.append(mark);
    at = stretch.to;
  }
  write(body, text.slice(at));
  return body;
}

/**
 * An article in Markdown with what is cited of it marked, as the page that it is; null if the lit
 * words are not to be seen on it.
 * @param {{id: string, digest: string, title: string, text: string, language?: string, blocks: any[]}} article
 * @param {Place[]} places
 * @param {Place | null} lit
 * @param {Record<string, any>} words
 */
export function shapeOf(article, places, lit, words) {
  const body = Object.assign(make('div', 'text md-page'), { dir: 'auto' });
  if (article.language) body.lang = article.language;
  let pictures = 0;
  // Pictures are known by their number, so that no page can ask for another file.
  const pictureAt = address => {
    const number = pictures++;
    return /^(?:[a-z][a-z0-9+.-]*:|[/\\#])/i.test(address) ? ''
      : at(`/pictures/${article.id}/${article.digest}/${number}`);
  };
  body.append(...rendered(article.blocks, { say: sayer(article.text, stretches(places, lit)), words, pictureAt }));
  const first = body.firstElementChild;
  if (first?.matches('.heading-1') && first.textContent?.trim() === article.title) first.classList.add('again');
  return lit && !body.querySelector('mark.lit') ? null : body;
}

/**
 * Words with the marks in them. What is spelt otherwise than it is shown is marked whole.
 * @param {string} text
 * @param {Place[]} cuts
 * @returns {(words: [number, number, string?]) => (Node | string)[]}
 */
function sayer(text, cuts) {
  const unitOf = placing(text);
  let next = 0;
  return ([start, end, shown]) => {
    const from = unitOf(start);
    const to = unitOf(end);
    while (next > 0 && cuts[next - 1].to > from) next--;
    while (next < cuts.length && cuts[next].to <= from) next++;
    const said = [];
    let at = from;
    for (let place = next; place < cuts.length && cuts[place].from < to; place++) {
      const cut = cuts[place];
      const begin = shown === undefined ? Math.max(cut.from, at) : from;
      const stop = shown === undefined ? Math.min(cut.to, to) : to;
      if (begin >= stop || at >= stop) continue;
      const mark = markOf(cut);
      mark.append(shown ?? text.slice(begin, stop));
      said.push(text.slice(at, begin), mark);
      at = stop;
    }
    return at === from && shown !== undefined ? [shown] : [...said, text.slice(at, to)];
  };
}

/** Which others are nearly the same, if any. @param {any} article @param {Record<string, any>} words */
function nearTo({ near = [] }, words) {
  if (!near.length) return '';
  const line = make('p', 'facts', words.near + ' ', ...near.flatMap(nearOf));
  line.classList.add('near');
  return line;
}

/** A link to another article that is nearly the same, as others are told in a line. */
function nearOf(other, place) {
  const link = make('a', '', other.title);
  link.href = '#article-' + other.id;
  return [place ? ', ' : '', link, ` (${other.alike}\u00a0%)`];
}

/**
 * What is known of an article, and the buttons that ask of it alone and show it otherwise.
 * @param {any} article
 * @param {Record<string, any>} words
 * @param {string} only
 * @param {() => void} askOnly
 * @param {Node | ''} shapes
 */
export function headOf(article, words, only, askOnly, shapes) {
  const facts = make('p', 'facts', [article.author, article.byline].filter(Boolean).join(' · '));
  if (facts.textContent) facts.append(' · ');
  facts.append(originOf(article.link, article.source));
  const node = button('only', only, askOnly);
  node.dataset.article = article.id;
  return make('header', '', make('h3', 'title', article.title), facts, alsoAt(article, words), statedBy(article),
    nearTo(article, words),
    make('div', 'ways', node, shapes));
}
