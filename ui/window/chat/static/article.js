// The article as a page: its head, its text, what the conversation cites of it.

import { button, make, originOf, statedBy } from '../../static/dom.js';
import { stretches } from './citations.js';

// The text, letter for letter; only the gaps between paragraphs and headings look different.
const SHAPE = /\n[^\S\n]*(?:\n[^\S\n]*)+|^(#{1,6}[^\S\n]+)([^\n]+)$/gm;

function write(parent, text) {
  let at = 0;
  for (const found of text.matchAll(SHAPE)) {
    parent.append(text.slice(at, found.index));
    if (found[1]) {
      parent.append(make('span', 'headline', make('span', 'hashes', found[1]), found[2]));
    } else {
      parent.append(make('span', 'gap', found[0]));
    }
    at = found.index + found[0].length;
  }
  parent.append(text.slice(at));
}

/**
 * The text of an article with what is cited of it marked.
 * @param {{text: string, language?: string}} article
 * @param {import('./citations.js').Place[]} places
 * @param {import('./citations.js').Place | null} lit
 */
export function bodyOf({ text, language }, places, lit) {
  const body = Object.assign(make('div', 'text'), { dir: 'auto' });
  if (language) body.lang = language;
  let at = 0;
  for (const { from, to, href, isLit } of stretches(places, lit)) {
    write(body, text.slice(at, from));
    const mark = make('mark', isLit ? 'lit' : 'calm');
    write(mark, text.slice(from, to));
    if (isLit) mark.tabIndex = -1;
    else mark.dataset.href = href;
    body.append(mark);
    at = to;
  }
  write(body, text.slice(at));
  return body;
}

/**
 * What is known of an article, and the button that asks of it alone.
 * @param {any} article
 * @param {string} only
 * @param {() => void} askOnly
 */
export function headOf(article, only, askOnly) {
  const facts = make('p', 'facts', [article.author, article.byline].filter(Boolean).join(' · '));
  if (facts.textContent) facts.append(' · ');
  facts.append(originOf(article.link, article.source));
  const node = button('only', only, askOnly);
  node.dataset.article = article.id;
  return make('header', '', make('h3', 'title', article.title), facts, statedBy(article), node);
}
