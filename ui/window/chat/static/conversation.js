// What the parts of the conversation share: its sources, its words, and the way to its handlers.

import { liveLine } from '../../static/dom.js';
import { chatHere } from './unsent.js';

/**
 * @typedef {object} Source
 * @property {string} href
 * @property {string} article
 * @property {number} number
 * @property {string} title
 * @property {string} byline
 * @property {boolean} left_out  that the answer, which is whole, does not cite it
 * @property {string} [page]
 * @property {string} quote
 * @property {any[] | null} [blocks]  what its Markdown makes of it
 * @property {boolean} [headed]  the head of a table stands before it
 */

/**
 * The sources of one exchange.
 * @typedef {object} Exchange
 * @property {string} heading
 * @property {string} note
 * @property {string} told  what a screen reader is told of it
 * @property {string} question
 * @property {number} busy  when it was asked, if its answer is still to come; else 0
 * @property {string} markdown
 * @property {Source[]} cards
 */

/** @typedef {ReturnType<typeof conversationOf>} Conversation */

/** @param {import('../../static/gradio.js').Component} component */
export function conversationOf({ props, command }) {
  // What a screen reader is told, once; the growing answer itself it is not read.
  const told = liveLine('p', 'told');
  /** @returns {Exchange[]} */
  const exchanges = () => (Array.isArray(props.value) ? props.value : []);
  return {
    /** @type {Record<string, any>} */
    words: props.words,
    told,
    command,
    exchanges,
    /** Whether the conversation that the address names is there. */
    isHere: () => exchanges().length > 0 || !chatHere(),
    sources: () => exchanges().flatMap(exchange => exchange.cards),
    /** @param {string | null} href */
    sourceAt: href => exchanges().flatMap(exchange => exchange.cards).find(one => one.href === href),
    /** @param {string} line */
    tell(line) {
      if (told.textContent !== line) told.textContent = line;
    },
    focusBox() {
      requestAnimationFrame(() => box()?.focus({ preventScroll: true }));
    },
  };
}

/** @returns {HTMLTextAreaElement | null} */
export const box = () => document.querySelector('#box textarea');

/**
 * Of a tab's button, its panel and what lies in them Gradio shows only what was selected.
 * @param {string} id
 */
export function showTab(id) {
  const tab = document.getElementById(id + '-button');
  if (tab && tab.getAttribute('aria-selected') !== 'true') tab.click();
}
