// The pages of a PDF as pictures, with the cited words lit on them.

import { iconButton, liveLine, make } from '../../static/dom.js';
import { at } from '../../static/places.js';
import { fill } from '../../static/text.js';
import { boxesOn, pageAt } from './paging.js';

const ZOOMS = [1, 1.5, 2, 3];

/**
 * @param {Record<string, any>} words
 * @param {() => void} onFailed  there is no picture after all
 */
export function makePages(words, onFailed) {
  const which = make('span', 'count');
  const line = liveLine('p', 'drawing');
  const picture = Object.assign(make('img'), { alt: '' });
  const sheet = make('div', 'paper', picture);
  const room = Object.assign(make('div', 'scrolled'), { tabIndex: 0 });
  room.setAttribute('role', 'region');
  room.setAttribute('aria-label', words.picture);
  room.append(sheet);
  const before = iconButton('left', '', () => turn(-1), words.page_before);
  const after = iconButton('right', '', () => turn(1), words.page_after);
  const node = make('section', 'pages', make('div', 'turns', before, which, after,
    iconButton('farther', '', () => zoom(-1), words.farther),
    iconButton('closer', '', () => zoom(1), words.closer)), line, room);

  /** @type {any} */
  let article = null;
  /** @type {{start: number, end: number} | null} */
  let cited = null;
  let number = 0;
  let size = 0;
  let calls = 0;

  /**
   * Show the page on which a citation begins, or the first; done once its place is known.
   * @param {any} found
   * @param {{start: number, end: number} | null} citation
   */
  function show(found, citation) {
    article = found;
    cited = citation;
    return draw(citation ? pageAt(found.pages, citation.start) : 1);
  }

  async function draw(wanted) {
    const call = ++calls;
    number = wanted;
    which.textContent = fill(words.page_of, { number, count: article.pages.length });
    before.disabled = number === 1;
    after.disabled = number === article.pages.length;
    const address = at(`/pages/${article.id}/${article.digest}/${number}`);
    line.textContent = words.drawing;
    const answer = await fetch(address + '/words').catch(() => null);
    if (call !== calls) return;
    if (!answer?.ok) return onFailed();
    const told = await answer.json();
    if (call !== calls) return;
    picture.src = address;
    picture.alt = `${which.textContent}: ${article.title}`;
    sheet.style.aspectRatio = `${told.width} / ${told.height}`;
    const { boxes, isWhole } = boxesOn(told.words, cited, article, number);
    line.textContent = isWhole ? '' : words.unplaced;
    sheet.replaceChildren(picture, ...boxes.map(lightOf));
    bringIntoView(boxes[0]);
  }

  /** @param {number[]} box */
  function lightOf(box) {
    const [left, top, right, bottom] = box;
    const light = make('div', 'light');
    Object.assign(light.style, { left: left / 100 + '%', top: top / 100 + '%',
      width: (right - left) / 100 + '%', height: (bottom - top) / 100 + '%' });
    return light;
  }

  function bringIntoView(box) {
    if (!box) return;
    room.scrollTop = box[1] / 10_000 * sheet.offsetHeight - room.clientHeight / 3;
    room.scrollLeft = box[0] / 10_000 * sheet.offsetWidth - 24;
  }

  function turn(step) {
    draw(Math.min(Math.max(number + step, 1), article.pages.length));
  }

  function zoom(step) {
    const [across, down] = [room.scrollLeft / room.scrollWidth, room.scrollTop / room.scrollHeight];
    size = Math.min(Math.max(size + step, 0), ZOOMS.length - 1);
    sheet.style.width = 100 * ZOOMS[size] + '%';
    room.scrollLeft = across * room.scrollWidth;
    room.scrollTop = down * room.scrollHeight;
  }

  return { node, show };
}
