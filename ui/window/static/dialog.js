// What opens over the page: a native dialog, which Esc closes and a click beside it, and which gives
// the focus back. On a narrow page what opens beside a button is a sheet from below (dialog.css).

import { make } from './dom.js';

const GAP_PX = 8;
const EDGE_PX = 12;

/**
 * A dialog that is closed by Esc and by a click beside it.
 * @param {string} className
 * @param {string} name
 * @param {...import('./dom.js').Content} inside
 */
export function dialogOf(className, name, ...inside) {
  const dialog = make('dialog', className, ...inside);
  dialog.setAttribute('aria-label', name);
  closesBeside(dialog);
  return dialog;
}

/**
 * Let a click beside a dialog close it: one that began there and ended there, so that whoever drags
 * out of it to select its words keeps it.
 * @param {HTMLDialogElement} dialog
 */
export function closesBeside(dialog) {
  let began = false;
  dialog.addEventListener('pointerdown', event => { began = isBeside(dialog, event); });
  dialog.addEventListener('click', event => {
    if (began && isBeside(dialog, event)) dialog.close();
    began = false;
  });
}

/** @param {HTMLDialogElement} dialog @param {MouseEvent} event */
function isBeside(dialog, { target, clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return target === dialog && (clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom);
}

/**
 * Open it; once it is closed the focus goes back.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement | null} opener  what had the focus
 */
export function open(dialog, opener) {
  if (dialog.open) return;
  dialog.showModal();
  dialog.addEventListener('close', () => {
    if (opener?.isConnected) focusIfLost(opener, { preventScroll: true });
  }, { once: true });
}

/**
 * Give the focus back when a dialog was closed, unless the browser did, or somebody went on: that
 * a dialog closed is told late, when the next key may have been pressed already.
 * @param {HTMLElement | null | undefined} node
 * @param {FocusOptions} [options]
 */
export function focusIfLost(node, options) {
  const now = document.activeElement;
  // What is in a closed dialog keeps the focus until the page is drawn.
  if (!now || now === document.body || !now.checkVisibility()) node?.focus(options);
}

/**
 * The same, over or under what opened it. It may grow away from there.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} opener
 */
export function openBeside(dialog, opener) {
  open(dialog, opener);
  const spot = opener.getBoundingClientRect();
  const isAbove = spot.top > innerHeight - spot.bottom;
  const left = Math.min(spot.left, innerWidth - dialog.offsetWidth - EDGE_PX);
  const room = (isAbove ? spot.top : innerHeight - spot.bottom) - GAP_PX - EDGE_PX;
  const places = { left: Math.max(EDGE_PX, left), top: isAbove ? NaN : spot.bottom + GAP_PX,
    bottom: isAbove ? innerHeight - spot.top + GAP_PX : NaN, room };
  for (const [name, px] of Object.entries(places)) {
    dialog.style.setProperty('--' + name, Number.isNaN(px) ? 'auto' : `${px}px`);
  }
}

/** Whether something is open over the page, which has the keys for itself. */
export const isCovered = () => document.querySelector('dialog[open], [role="dialog"]:popover-open') !== null;
