// The list of sources: each article once, under it what is cited of it, and folded what is not.

import { iconButton, isSeen, make } from '../../static/dom.js';
import { isArrow } from '../../static/keys.js';
import { refill } from '../../static/lists.js';
import { groupsOf } from './grouping.js';
import { quoteOf } from './quotation.js';

/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

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
 * The card of a citation in the list.
 * @param {HTMLElement} list
 * @param {string} href
 * @returns {HTMLElement | null}
 */
export function cardOf(list, href) {
  /** @type {NodeListOf<HTMLElement>} */
  const cards = list.querySelectorAll('a.card');
  return [...cards].find(card => card.getAttribute('href') === href) ?? null;
}

/**
 * Let the arrows go from one of the list's quotations and folds to the next, and from one of the
 * questions that an empty conversation offers.
 * @param {HTMLElement} list
 */
export function listenToArrows(list) {
  document.addEventListener('keydown', event => {
    if (!STEPS[event.key] || !isArrow(event)) return;
    const here = document.activeElement;
    const isNowhere = here === document.body;
    const offered = shownIn(document, '#chat .example');
    const isOffered = offered.some(one => one === here) || (isNowhere && offered.length > 0);
    const isAcross = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    if (!isOffered && (isAcross || !(isNowhere || list.contains(here)))) return;
    const stops = isOffered ? offered : shownIn(list, 'a.card,summary');
    const at = stops.findIndex(one => one === here);
    if (!stops.length || (at < 0 && !isNowhere)) return;
    event.preventDefault();
    const next = at < 0 && STEPS[event.key] < 0 ? stops.length - 1 : at + STEPS[event.key];
    stops[Math.min(Math.max(next, 0), stops.length - 1)].focus();
  });
}

/**
 * @param {ParentNode} where
 * @param {string} selector
 */
function shownIn(where, selector) {
  /** @type {NodeListOf<HTMLElement>} */
  const found = where.querySelectorAll(selector);
  return [...found].filter(isSeen);
}
