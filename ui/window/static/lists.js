// Lists that are drawn anew while somebody is in them: what is as it was stays, and nobody loses their place.

import { make } from './dom.js';

const CONTROLS = ['a[href]', 'button', 'input', 'select', 'textarea', 'summary', '[tabindex]'].join();

/** What each row was drawn from. @type {WeakMap<Element, string>} */
const drawnFrom = new WeakMap();

/**
 * Show these items, each in a row of its own. The row of an item that is as it was stays the very
 * element that it was; of another, what had the focus gives it to its like in the new row, or in
 * the row that is now in its place.
 * @template Item
 * @param {HTMLElement} holder  has no children but the rows
 * @param {Item[]} items
 * @param {(item: Item) => string} keyOf  what tells an item from the others, whatever else changes
 * @param {(item: Item) => HTMLElement} rowOf
 * @param {HTMLElement | null} [otherwise]  what gets the focus if there is no row any more
 */
export function refill(holder, items, keyOf, rowOf, otherwise) {
  const place = placeIn(holder);
  const old = new Map(rowsOf(holder).map(row => [row.dataset.key, row]));
  const rows = items.map(item => {
    const [key, told] = [keyOf(item), JSON.stringify(item)];
    const row = old.get(key);
    if (row && drawnFrom.get(row) === told) return row;
    const fresh = rowOf(item);
    fresh.dataset.key = key;
    drawnFrom.set(fresh, told);
    return fresh;
  });
  arrange(holder, rows);
  if (place && !holder.contains(document.activeElement)) comeBack(place, rows, otherwise);
}

/**
 * A table without rows, which `refill` gives to its body: a caption that is read aloud, and the
 * columns, each by its class and its name or what else heads it.
 * @param {string} className
 * @param {string} caption
 * @param {[string, import('./dom.js').Content][]} columns
 */
export function makeTable(className, caption, columns) {
  const heads = columns.map(([name, head]) => Object.assign(make('th', name, head), { scope: 'col' }));
  return make('table', className, make('caption', 'unseen', caption),
    make('thead', '', make('tr', '', ...heads)), make('tbody'));
}

/** @param {HTMLElement} holder @returns {HTMLElement[]} */
const rowsOf = holder => /** @type {any} */ ([...holder.children]);

/** @param {HTMLElement} row @param {Element} like */
const alikeIn = (row, like) => [row, ...row.querySelectorAll(CONTROLS)].filter(one =>
  one instanceof HTMLElement && one.tagName === like.tagName && one.className === like.className);

/** @param {HTMLElement} holder @param {HTMLElement[]} rows */
function arrange(holder, rows) {
  const wanted = new Set(rows);
  for (const row of rowsOf(holder)) if (!wanted.has(row)) row.remove();
  rows.forEach((row, at) => {
    if (holder.children[at] !== row) holder.insertBefore(row, holder.children[at] ?? null);
  });
}

/** Where in the list the focus is; null if it is not. @param {HTMLElement} holder */
function placeIn(holder) {
  const control = document.activeElement;
  const at = rowsOf(holder).findIndex(row => row.contains(control));
  if (at < 0 || !(control instanceof HTMLElement)) return null;
  const row = rowsOf(holder)[at];
  return { at, control, key: row.dataset.key, rank: alikeIn(row, control).indexOf(control) };
}

/**
 * @param {NonNullable<ReturnType<typeof placeIn>>} place
 * @param {HTMLElement[]} rows
 * @param {HTMLElement | null} [otherwise]
 */
function comeBack({ at, control, key, rank }, rows, otherwise) {
  if (control.isConnected) return control.focus({ preventScroll: true });  // its row was moved
  const own = rows.find(row => row.dataset.key === key);
  const near = [...rows.slice(at), ...rows.slice(0, at).reverse()];  // what came after it, or before
  const row = own ?? near.find(one => alikeIn(one, control).length) ?? near[0];
  const alike = row ? alikeIn(row, control) : [];
  const next = alike[rank] ?? alike[0] ?? row?.querySelector(CONTROLS) ?? otherwise;
  if (next instanceof HTMLElement) next.focus({ preventScroll: Boolean(own) });
}
