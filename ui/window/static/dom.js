// What every script of the window makes its elements with. Words are set as text, never as markup.

import { webAddress } from './text.js';

/** @typedef {Node | string | null | undefined} Content */

/**
 * An element with what is inside it; what is empty is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...Content} inside
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, ...inside) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const one of inside) if (one !== '' && one !== null && one !== undefined) node.append(one);
  return node;
}

/**
 * A button; a name is read aloud instead of its text.
 * @param {string} className
 * @param {string} text
 * @param {(event: MouseEvent) => void} act
 * @param {string} [name]
 */
export function button(className, text, act, name) {
  const node = make('button', className, text);
  node.type = 'button';
  if (name) node.setAttribute('aria-label', name);
  node.addEventListener('click', act);
  return node;
}

/**
 * A button that shows its name when the pointer rests on it: one that is an icon.
 * @param {string} className
 * @param {string} text
 * @param {(event: MouseEvent) => void} act
 * @param {string} name
 */
export function iconButton(className, text, act, name) {
  const node = button(className, text, act, name);
  node.title = name;
  return node;
}

/**
 * The button that sends the form that it is in.
 * @param {string} className
 * @param {string} text
 */
export function submitButton(className, text) {
  return Object.assign(make('button', className, text), { type: 'submit' });
}

/**
 * @param {string} name
 * @param {string} type
 * @param {Partial<HTMLInputElement>} [more]
 */
export function input(name, type, more) {
  return Object.assign(make('input'), { name, type, autocomplete: 'off' }, more);
}

/**
 * A list to choose from, of values and their texts.
 * @param {string} name
 * @param {[string, string][]} options
 */
export function choice(name, options = []) {
  const select = Object.assign(make('select'), { name });
  select.append(...options.map(([value, text]) => new Option(text, value)));
  return select;
}

/**
 * A control under its label.
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control
 * @param {string} id
 */
export function field(label, control, id) {
  control.id = id;
  const node = make('label', '', label);
  node.htmlFor = id;
  return make('div', 'field ' + control.name, node, control);
}

/**
 * Fill a table: a caption that is read aloud, the names of its columns, its rows. A column is its
 * name, or its class and its name; what is no text is a node.
 * @param {HTMLTableElement} table
 * @param {string} caption
 * @param {[string, Content][]} columns
 * @param {HTMLTableRowElement[]} rows
 */
export function fillTable(table, caption, columns, rows) {
  const cells = columns.map(([className, name]) =>
    Object.assign(make('th', className, name), { scope: 'col' }));
  table.replaceChildren(make('caption', 'unseen', caption),
    make('thead', '', make('tr', '', ...cells)), make('tbody', '', ...rows));
}

/**
 * A cell; the label names it where a narrow page shows no names of columns.
 * @param {string} className
 * @param {string} label
 * @param {...Content} inside
 */
export function cell(className, label, ...inside) {
  const node = make('td', className, ...inside);
  if (label) node.dataset.label = label;
  return node;
}

/**
 * A line that is read aloud when it changes: at once if it is an alert.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {'status' | 'alert'} role
 */
export function liveLine(tag, className, role = 'status') {
  const node = make(tag, className);
  node.setAttribute('role', role);
  return node;
}

/**
 * Where an article comes from: a link to another site, or words if it is no address.
 * @param {string} link
 * @param {string} source  what is shown if it is none
 */
export function originOf(link, source) {
  const address = webAddress(link);
  if (!address) return make('span', 'origin', source);
  return Object.assign(make('a', 'origin', address.hostname), { href: address.href,
    target: '_blank', title: address.href, rel: 'noopener noreferrer nofollow',
    referrerPolicy: 'no-referrer' });
}

/**
 * Where an article says that it is from, if it says so.
 * @param {{ stated?: { label: string, source: string, link: string } | null }} article
 */
export function statedBy({ stated }) {
  return stated ? make('p', 'facts', stated.label + ' ', originOf(stated.link, stated.source)) : '';
}

const MOST_PLACES = 3;

/**
 * Where else an article was had, if anywhere.
 * @param {{ also?: { source: string, link: string }[] }} article
 * @param {Record<string, any>} words
 */
export function alsoAt({ also = [] }, words) {
  if (!also.length) return '';
  const line = make('p', 'facts', words.also_at + ' ');
  also.slice(0, MOST_PLACES).forEach((one, place) => line.append(place ? ', ' : '', originOf(one.link, one.source)));
  line.classList.add('also');
  if (also.length > MOST_PLACES) {
    line.append(', ' + words.and_more.replace('{count}', String(also.length - MOST_PLACES)));
    line.title = also.map(one => one.source).join('\n');
  }
  return line;
}

/**
 * What was selected, if an event comes from such an element or from inside of one.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function targetOf(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/**
 * Whether the pointer or the key that selected something asks for a tab or window of its own.
 * @param {MouseEvent} event
 */
export const opensElsewhere = event => event.ctrlKey || event.metaKey || event.shiftKey;

/** @param {HTMLElement | null | undefined} node */
export function focusLater(node) {
  requestAnimationFrame(() => node?.focus({ preventScroll: true }));
}

/** @param {HTMLElement} node */
export const isSeen = node => node.offsetParent !== null;

/**
 * The component's own element of this class, which its template has.
 * @param {HTMLElement} element
 * @param {string} className
 */
export function rootOf(element, className) {
  const root = element.querySelector('.' + className);
  if (!(root instanceof HTMLElement)) throw new Error(`the template has no .${className}`);
  return root;
}
