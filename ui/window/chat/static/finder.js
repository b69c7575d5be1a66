// Find in the article: every place is tinted, one at a time is gone to.

import { iconButton, input, liveLine, make } from '../../static/dom.js';
import { spotsOf } from './spots.js';

/**
 * @param {Record<string, any>} words
 * @param {(range: Range) => void} goThere
 */
export function makeFinder(words, goThere) {
  const sought = input('', 'search', { className: 'sought', maxLength: 200, placeholder: words.find });
  sought.removeAttribute('name');
  sought.setAttribute('aria-label', words.find);
  const tally = liveLine('span', 'tally');
  const node = make('form', 'finder', sought, tally,
    iconButton('up', '', () => goTo(current - 1), words.previous),
    iconButton('down', '', () => goTo(current + 1), words.next));
  node.setAttribute('role', 'search');
  node.hidden = true;

  /** @type {HTMLElement | null} */
  let body = null;
  /** @type {Range[]} */
  let matches = [];
  let current = -1;

  function look() {
    const wanted = sought.value.trim();
    matches = wanted && body ? rangesOf(body, wanted) : [];
    current = -1;
    if (matches.length) goTo(0);
    else tint();
    if (wanted && !matches.length) tally.textContent = words.none;
  }

  function goTo(place) {
    if (!matches.length) return;
    current = (place + matches.length) % matches.length;
    goThere(matches[current]);
    tint();
  }

  function tint() {
    tally.textContent = matches.length ? `${current + 1} ${words.of} ${matches.length}` : '';
    if (!window.Highlight) {  // an older browser selects the one that is gone to
      if (current >= 0) {
        getSelection()?.removeAllRanges();
        getSelection()?.addRange(matches[current]);
      }
      return;
    }
    CSS.highlights.set('found', new Highlight(...matches));
    CSS.highlights.set('found-now', new Highlight(...matches.slice(current, current + 1)));
  }

  sought.addEventListener('input', look);
  node.addEventListener('submit', event => event.preventDefault());
  sought.addEventListener('keydown', event => {
    if (event.key === 'Enter') {
      event.preventDefault();
      goTo(current + (event.shiftKey ? -1 : 1));
    } else if (event.key === 'Escape' && sought.value) {
      event.stopPropagation();
      sought.value = '';
      look();
    }
  });

  /**
   * Look in a text; in a new article for nothing yet.
   * @param {HTMLElement} text
   * @param {boolean} isNew
   */
  function lookIn(text, isNew) {
    body = text;
    if (isNew) sought.value = '';
    look();
  }

  return { node, lookIn };
}

/**
 * @param {HTMLElement} body
 * @param {string} wanted
 */
function rangesOf(body, wanted) {
  /** @type {Text[]} */
  const nodes = [];
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) nodes.push(node);
  }
  return [...spotsOf(nodes.map(node => node.data), wanted)].map(([start, end]) => {
    const range = document.createRange();
    range.setStart(nodes[start[0]], start[1]);
    range.setEnd(nodes[end[0]], end[1]);
    return range;
  });
}
