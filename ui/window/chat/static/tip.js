// The card that shows what a chip cites, or why a sentence is doubted: on hover and on focus. The
// pointer may move into it, Esc and a click beside it put it away (WCAG 1.4.13). A finger opens the
// chip's article instead, and a doubt's reason by a tap.

import { make, targetOf } from '../../static/dom.js';
import { quoteOf } from './quotation.js';

const TIPPED = '#chat a[href^="#cite-"], #chat .doubt';
const SHOW_MS = 120;
const HIDE_MS = 250;

/** @param {import('./conversation.js').Conversation} conversation */
export function makeTip({ sourceAt, words }) {
  const tip = Object.assign(make('div', 'tip'), { id: 'tip', popover: 'auto' });
  tip.setAttribute('role', 'tooltip');
  document.body.append(tip);

  const isShown = () => tip.matches(':popover-open');
  /** @type {HTMLElement | null} */
  let shownFor = null;
  let timer = 0;
  let isQuiet = false;

  function show(node) {
    clearTimeout(timer);
    if (shownFor === node && isShown()) return;
    const isDoubt = node.matches('.doubt');
    const source = isDoubt ? null : sourceAt(node.getAttribute('href'));
    if (!isDoubt && !source) return;
    tip.classList.toggle('reason', isDoubt);
    if (source) {
      tip.replaceChildren(quoteOf(source, words), make('p', 'title', source.title),
        make('p', 'facts', [source.byline, source.page].filter(Boolean).join(' · ')));
    } else {
      tip.replaceChildren(make('p', '', node.getAttribute('aria-label')));
    }
    hide();
    shownFor = node;
    tip.showPopover();
    node.setAttribute('aria-describedby', 'tip');
    place(node.getBoundingClientRect());
  }

  function place(chip) {
    const room = document.getElementById('talk')?.getBoundingClientRect() ?? new DOMRect(0, 0, innerWidth, innerHeight);
    const left = Math.min(chip.left - 24, room.right - tip.offsetWidth - 12);
    tip.style.left = Math.max(room.left + 12, left) + 'px';
    // Below the line, because what was read stands before the chip; above where there is no room.
    const fits = chip.bottom + 10 + tip.offsetHeight < innerHeight - 8;
    tip.style.top = (fits ? chip.bottom + 8 : chip.top - 8 - tip.offsetHeight) + 'px';
  }

  function hide() {
    clearTimeout(timer);
    forget();
    tip.hidePopover();
  }

  function forget() {
    shownFor?.removeAttribute('aria-describedby');
    shownFor = null;
  }
  tip.addEventListener('toggle', event => { if (event.newState === 'closed' && !isShown()) forget(); });

  /** Give the focus back without the card coming up.
   * @param {HTMLElement | null | undefined} node
   */
  function focusQuietly(node) {
    requestAnimationFrame(() => {
      isQuiet = true;
      node?.focus({ preventScroll: true });
      isQuiet = false;
    });
  }

  const isInside = event => event.target instanceof Node && tip.contains(event.target);

  document.addEventListener('pointerover', event => {
    if (event.pointerType === 'touch') return;
    const node = targetOf(event, TIPPED);
    if (node) {
      clearTimeout(timer);
      timer = setTimeout(() => show(node), SHOW_MS);
    } else if (isInside(event)) {
      clearTimeout(timer);
    } else if (isShown() || timer) {
      clearTimeout(timer);
      timer = setTimeout(hide, HIDE_MS);
    }
  });
  document.addEventListener('click', event => {
    const node = targetOf(event, TIPPED);
    if (node?.matches('.doubt')) show(node);
  });
  document.addEventListener('focusin', event => {
    const node = targetOf(event, TIPPED);
    if (node && !isQuiet && node.matches(':focus-visible')) show(node);
    else if (isShown()) hide();
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !isShown()) return;
    event.stopPropagation();
    event.preventDefault();
    hide();
  }, true);
  document.addEventListener('scroll', event => {
    if (isShown() && !isInside(event)) hide();
  }, true);

  return { hide, focusQuietly };
}
