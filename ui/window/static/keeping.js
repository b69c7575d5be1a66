// The menu of files in which a conversation or an answer can be kept.

import { make } from './dom.js';

/**
 * What can be kept: what it is called, where its files are, and what their addresses end in.
 * @typedef {{label: string, address: string, query?: string}} Kept
 */

/**
 * @param {HTMLElement} host  what it is in: a dialog that is open, or the page
 * @param {Record<string, any>} words
 * @param {string} language
 */
export function makeKeeping(host, words, language) {
  const node = make('div', 'keeping');
  node.popover = 'auto';
  node.setAttribute('role', 'dialog');
  node.setAttribute('aria-label', words.heading);
  host.append(node);
  /** @type {HTMLElement | null} */
  let opener = null;

  /** @param {Kept} kept */
  function group({ label, address, query = '' }) {
    const links = Object.entries(words.kinds).map(([kind, name]) => {
      const link = make('a', '', name);
      link.href = `${address}.${kind}?language=${language}${query}`;
      link.download = '';
      link.setAttribute('aria-label', `${name}: ${label}`);
      link.addEventListener('click', close);
      return link;
    });
    return make('section', '', make('h3', '', label), make('div', 'kinds', ...links));
  }

  /**
   * Shown at what was selected, with the focus in it; Esc or a click beside it closes it.
   * @param {HTMLElement} from
   * @param {Kept[]} all
   * @param {HTMLElement[]} further
   */
  function open(from, all, ...further) {
    opener = from;
    node.replaceChildren(...all.map(group), ...further);
    node.showPopover();
    stand();
    focusable()[0]?.focus();
  }

  function close() {
    if (node.matches(':popover-open')) node.hidePopover();
  }

  /** Below what was selected, or above it where there is no room. */
  function stand() {
    if (!opener) return;
    const spot = opener.getBoundingClientRect();
    const fits = spot.bottom + 8 + node.offsetHeight < innerHeight;
    const top = fits ? spot.bottom + 8 : spot.top - 8 - node.offsetHeight;
    node.style.left = Math.max(12, Math.min(spot.left, innerWidth - node.offsetWidth - 12)) + 'px';
    node.style.top = Math.max(12, Math.min(top, innerHeight - node.offsetHeight - 12)) + 'px';
  }

  const focusable = () => [.../** @type {NodeListOf<HTMLElement>} */ (
    node.querySelectorAll('a, button, input'))].filter(one => !one.hidden);

  node.addEventListener('keydown', event => {
    if (event.target instanceof HTMLInputElement && event.key.startsWith('Arrow')) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    event.stopPropagation();
    if (!step) return;
    event.preventDefault();
    const all = focusable();
    const place = all.findIndex(one => one === document.activeElement);
    all[(place + step + all.length) % all.length]?.focus();
  });
  node.addEventListener('toggle', event => {
    const isLost = !document.activeElement || document.activeElement === document.body;
    if (event.newState === 'closed' && isLost) opener?.focus();
  });

  return { open, close, stand };
}
