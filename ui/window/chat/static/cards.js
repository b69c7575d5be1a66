// The list of sources: each article once, under it what is cited of it, and folded what is not.

import { iconButton, make } from '../../static/dom.js';
import { refill } from '../../static/lists.js';
import { groupsOf } from './grouping.js';
import { quoteOf } from './quotation.js';

/**
 * Show the sources; an article that is there already, with the same of it cited, stays as it is.
 * @param {HTMLElement} list
 * @param {import('./conversation.js').Source[]} cards
 * @param {Record<string, any>} words
 * @param {(article: string) => void} askOnly
 */
export function fillList(list, cards, words, askOnly) {
  refill(list, groupsOf(cards), ({ first }) => first.article || first.href || String(first.number), ({ first, cited, read }) => {
    const title = make('h3', 'title', first.title);
    const head = make('div', 'origin-head', make('div', 'about', title, make('p', 'facts', first.byline)));
    if (first.article) {
      const only = iconButton('only', '', () => askOnly(first.article), words.only);
      only.dataset.article = first.article;
      head.append(only);
    }
    const item = make('li', 'source', head);
    if (cited.length) item.append(make('ol', 'quotes', ...cited.map(card => make('li', '', faceOf(card, words)))));
    if (read.length) {
      item.append(make('details', 'read', make('summary', '', `${words.read} (${read.length})`),
        make('ol', 'quotes', ...read.map(card => make('li', '', faceOf(card, words))))));
    }
    return item;
  });
}

/**
 * @param {import('./conversation.js').Source} source
 * @param {Record<string, any>} words
 */
function faceOf(source, words) {
  const face = make(source.href ? 'a' : 'div', 'card', make('span', 'number', String(source.number)),
    make('div', 'body', quoteOf(source, words), make('span', 'facts', source.page)));
  if (source.href) face.setAttribute('href', source.href);
  return face;
}

/**
 * Let the arrows go from one of the list's quotations and folds to the next.
 * @param {HTMLElement} list
 */
export function listenToArrows(list) {
  list.addEventListener('keydown', event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    /** @type {NodeListOf<HTMLElement>} */
    const stops = list.querySelectorAll('a.card,summary');
    const open = [...stops].filter(one => one.offsetParent !== null);
    const at = open.findIndex(one => one === document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    open[Math.min(Math.max(at + step, 0), open.length - 1)].focus();
  });
}
