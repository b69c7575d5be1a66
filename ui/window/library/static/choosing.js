// Articles of the list that are chosen, to be removed together.

import { button, input, liveLine, make } from '../../static/dom.js';
import { fill } from '../../static/text.js';

/**
 * @param {Record<string, any>} words
 * @param {Intl.NumberFormat} numbers
 * @param {() => any[]} shown  the articles in the list, in order
 * @param {() => Promise<void>} showAll  brings all that were found into the list
 * @param {(articles: any[]) => void} remove
 * @param {(articles: any[]) => void} collect
 */
export function makeChoosing(words, numbers, shown, showAll, remove, collect) {
  const all = input('all', 'checkbox');
  all.setAttribute('aria-label', words.choose_all);
  all.addEventListener('change', () => choose(shown().map(one => one.id), all.checked));
  const count = liveLine('span', 'count');
  const found = button('found-all', '', async () => {
    await showAll();
    choose(shown().map(one => one.id), true);
  });
  const every = button('every', words.choose_all, () => choose(shown().map(one => one.id), true));
  const bar = make('div', 'chosen-bar', count,
    button('collect', words.collections, () => collect(shown().filter(one => chosen.has(one.id)))),
    button('danger', words.remove, () => remove(shown().filter(one => chosen.has(one.id)))),
    every, found, button('none', words.unchoose, () => { all.focus(); choose([...chosen], false); }));
  bar.hidden = true;

  /** @type {Set<string>} */
  let chosen = new Set();
  let anchor = '';        // where a row of them begins
  let total = 0;
  /** @type {Map<string, HTMLInputElement>} */
  const boxes = new Map();

  /** @param {string[]} ids @param {boolean} isChosen */
  function choose(ids, isChosen) {
    for (const id of ids) isChosen ? chosen.add(id) : chosen.delete(id);
    draw();
  }

  function draw() {
    const rows = shown();
    chosen = new Set(rows.map(one => one.id).filter(id => chosen.has(id)));
    for (const [id, box] of boxes) {
      if (!box.isConnected) boxes.delete(id);
      box.checked = chosen.has(id);
      box.closest('tr')?.classList.toggle('chosen', box.checked);
    }
    all.checked = rows.length > 0 && chosen.size === rows.length;
    all.indeterminate = chosen.size > 0 && !all.checked;
    bar.hidden = !chosen.size;
    const said = fill(chosen.size === 1 ? words.chosen_one : words.chosen, { count: numbers.format(chosen.size) });
    if (count.textContent !== said) count.textContent = said;
    every.hidden = all.checked;
    found.hidden = !all.checked || rows.length >= total;
    found.textContent = fill(words.choose_found, { count: numbers.format(total) });
  }

  return {
    all, bar,
    /** What chooses one article. */
    boxOf(article) {
      const box = input('choose', 'checkbox');
      box.setAttribute('aria-label', `${words.choose}: ${article.title}`);
      // Whoever holds the shift key means all from the one before to this one.
      box.addEventListener('click', event => {
        const ids = shown().map(one => one.id);
        const [from, to] = [ids.indexOf(anchor), ids.indexOf(article.id)].sort((a, b) => a - b);
        choose(event.shiftKey && from >= 0 ? ids.slice(from, to + 1) : [article.id], box.checked);
        anchor = article.id;
      });
      boxes.set(article.id, box);
      return box;
    },
    /** The list was drawn: of so many that were found.
     * @param {number} of
     */
    drawn(of) {
      total = of;
      draw();
    },
  };
}
