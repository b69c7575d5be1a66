// Markdown as a page: what Python has found in it (ui/window/chat/markdown.py) as elements. Every
// word is set as text, and nothing is loaded from another site.

import { make } from '../../static/dom.js';
import { fill, webAddress } from '../../static/text.js';

/** @typedef {any[]} Element  its kind, its facts, and what is in it: elements, or words */

/**
 * What a page makes of words, links and pictures.
 * @typedef {object} Making
 * @property {(words: any) => (Node | string)[]} say
 * @property {Record<string, any>} words
 * @property {boolean} [isQuoted]  in a link already: nothing in it leads anywhere
 * @property {(address: string) => string} [pictureAt]  where a picture is served; '' if nowhere
 * @property {boolean} [isHeaded]  the head of the first table is not of the quotation
 */

/** @type {Record<string, keyof HTMLElementTagNameMap>} */
const TAGS = { paragraph: 'p', quotation: 'blockquote', item: 'li', emphasis: 'em', strong: 'strong',
  deleted: 'del', code: 'code', reference: 'sup', note: 'div', html: 'p', rule: 'hr', break: 'br' };
const BLOCKS = new Set(['paragraph', 'heading', 'quotation', 'list', 'item', 'code-block', 'html',
  'table', 'row', 'head', 'cell', 'note', 'rule']);

/**
 * @param {Element[]} blocks
 * @param {Making} making
 * @returns {Node[]}
 */
export function rendered(blocks, making) {
  return blocks.flatMap(block => [madeOf(block, making), document.createTextNode('\n')]);
}

/** @param {Element} element @param {Making} making */
function madeOf(element, making) {
  const [kind, facts, ...inside] = element;
  if (kind === 'table') return tableOf(facts, inside, making);
  if (kind === 'link') return linkOf(facts, inside, making);
  if (kind === 'image') return pictureOf(facts, inside, making);
  if (kind === 'heading') return make(heading(facts.level), 'heading-' + facts.level, ...within(inside, making));
  if (kind === 'list') {
    const list = make(facts.first === null ? 'ul' : 'ol', '', ...within(inside, making));
    if (list instanceof HTMLOListElement && facts.first !== 1) list.start = facts.first;
    return list;
  }
  if (kind === 'code-block') {
    const code = make('pre', 'scrolled', make('code', '', ...within(inside, making)));
    if (!making.isQuoted) code.tabIndex = 0;
    return code;
  }
  const node = make(TAGS[kind] ?? 'span', kind === 'html' || kind === 'note' ? kind : '');
  if (kind === 'note') node.append(make('sup', '', facts.label), ' ');
  node.append(...within(inside, making));
  return node;
}

/** @param {number} level  a page's own title is an h3 */
const heading = level => /** @type {'h4' | 'h5' | 'h6'} */ ('h' + Math.min(3 + level, 6));

/** @param {any[]} inside @param {Making} making @returns {(Node | string)[]} */
function within(inside, making) {
  return inside.flatMap(one => {
    if (!isElement(one)) return making.say(one);
    const node = madeOf(one, making);
    return BLOCKS.has(one[0]) ? [node, '\n'] : [node];
  });
}

const isElement = one => Array.isArray(one) && typeof one[0] === 'string';

function tableOf(facts, lines, making) {
  const [head, ...rows] = lines;
  const line = (cells, tag) => make('tr', '', ...cells.map((cell, column) => {
    const node = make(tag, '', ...within(cell.slice(2), making));
    if (/left|right|center/.test(facts.align[column])) node.style.textAlign = facts.align[column];
    return node;
  }));
  const top = make('thead', making.isHeaded ? 'context' : '', line(head.slice(2), 'th'));
  if (making.isHeaded) top.title = making.words.head;
  const table = make('table', '', top, make('tbody', '', ...rows.map(row => line(row.slice(2), 'td'))));
  const room = make('div', 'scrolled', table);
  if (!making.isQuoted) {  // with the keyboard it is scrolled once it has the focus
    room.tabIndex = 0;
    room.setAttribute('role', 'region');
    room.setAttribute('aria-label', making.words.table);
  }
  return room;
}

function linkOf({ address }, inside, making) {
  const away = making.isQuoted ? null : webAddress(address);
  const words = within(inside, making);
  if (!away) return make('span', '', ...words);
  return Object.assign(make('a', 'leaves', ...words), { href: away.href, title: away.href,
    target: '_blank', rel: 'noopener noreferrer nofollow', referrerPolicy: 'no-referrer' });
}

function pictureOf({ address }, inside, making) {
  const source = making.pictureAt?.(address);  // first: they are counted in the order of the text
  const caption = make('span', 'caption', ...within(inside, making));
  const host = webAddress(address)?.hostname;
  const line = host ? fill(making.words.remote, { host }) : making.words.pictureless;
  const missing = make('span', 'missing', line + (inside.length ? ': ' : ''));
  if (!source) return make('span', 'picture', missing, caption);
  const picture = Object.assign(make('img'), { src: source, alt: '', loading: 'lazy' });
  picture.addEventListener('error', () => picture.replaceWith(missing));
  return make('span', 'picture', picture, caption);
}
