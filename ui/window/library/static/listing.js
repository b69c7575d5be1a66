// The list of articles, and what it is filtered and sorted by.

import { button, cell, choice, field, input, liveLine, make, originOf } from '../../static/dom.js';
import { makeTable, refill } from '../../static/lists.js';
import { counted, fill, localeOf, sizeIn } from '../../static/text.js';
import { makeChoosing } from './choosing.js';

const STEP = 50;
const SORTS = { title: 'title', publisher: 'publisher', published: 'date', added: 'added', words: 'length' };
const RISING = ['title', 'publisher'];  // what is read from A to Z; all else from the newest, or longest

/** @typedef {{label?: string, articles?: string[], publisher?: string, collection?: string, since?: string, until?: string}} Limit */

/**
 * The parts of the page that show what the library holds.
 * @param {import('./library.js').Page} page
 * @param {ReturnType<typeof import('./adding.js').makeAdding>} adding
 */
export function makeListing(page, adding) {
  const { words, root, ask, language } = page;
  const numbers = new Intl.NumberFormat(language);
  const days = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeZone: 'UTC' });
  const controls = {
    words: input('words', 'search', { placeholder: words.search_hint }),
    publisher: choice('publisher', [['', words.any]]),
    collection: choice('collection', [['', words.any]]),
    since: input('since', 'date'),
    until: input('until', 'date'),
    sort: choice('sort', Object.entries(words.sorts)),
    order: choice('order', [['rising', words.rising], ['falling', words.falling]]),
  };
  const labels = { ...words, words: words.search };
  const tools = make('form', 'tools', ...Object.entries(controls).map(([name, control]) =>
    field(labels[name], control, 'library-' + name)));
  tools.setAttribute('role', 'search');
  tools.setAttribute('aria-label', words.tools);
  const summary = make('p', 'summary');
  const heading = Object.assign(make('h2', '', words.heading), { tabIndex: -1 });
  const head = make('div', 'head', make('div', 'said', heading, summary));
  const choosing = makeChoosing(words, numbers, () => shown, showAll, articles => page.confirmRemoval(articles),
    articles => page.collect(articles));
  const sorters = Object.fromEntries(Object.keys(SORTS).map(sort =>
    [sort, button('sorter', words.sorts[sort], () => sortBy(sort))]));
  const table = makeTable('listing', words.heading, [['choose', choosing.all], ['title', sorters.title],
    ['publisher', sorters.publisher], ['date', sorters.published], ['from', words.from], ['added', sorters.added],
    ['length', sorters.words], ['acts', make('span', 'unseen', words.acts)]]);
  const found = liveLine('p', 'found');
  const only = make('p', 'only');
  const further = button('further', words.more, () => { limit += STEP; look(); });
  const removedList = make('ul');
  const removed = make('details', 'removed', make('summary', '', words.removed), removedList);
  further.hidden = removed.hidden = only.hidden = true;

  let limit = STEP;
  let calls = 0;          // only the newest look may be shown
  let isOld = true;       // the list was not drawn since the library changed
  let typing = 0;
  let shown = [];         // the articles in the list
  let total = 0;
  let ids = [];           // only these are looked for, unless there are none
  [controls.sort.value, controls.order.value] = ['added', 'falling'];

  async function look() {
    const call = ++calls;
    isOld = false;
    const { order, ...asked } = controls;
    const query = Object.fromEntries(Object.entries(asked).map(([name, control]) => [name, control.value]));
    const told = await ask('look', { limit, ...query, rising: order.value === 'rising', articles: ids });
    if (call !== calls) return;
    if (told.problem) {
      page.say(told.problem);
      isOld = true;
      return;
    }
    draw(told);
  }

  function draw({ articles, total: of, count, publishers, collections, size, removed: gone, may_edit: mayEdit }) {
    const isEmpty = count === 0;
    [shown, total] = [articles, of];
    const { words: sought, publisher, collection, since, until } = controls;
    const isFiltered = Boolean(sought.value || publisher.value || collection.value || since.value || until.value || ids.length);
    summary.textContent = isEmpty ? (mayEdit ? words.empty : words.empty_reader) : counted(words, 'held', count, numbers, { size: sizeIn(size, language) }) + (mayEdit ? '' : ` · ${words.read_only}`);
    root.classList.toggle('empty', isEmpty);
    root.classList.toggle('read-only', !mayEdit);
    if (!mayEdit) adding.show(false, false);
    else if (isEmpty) adding.show(true, false);
    adding.more.hidden = isEmpty || !mayEdit;
    tools.hidden = table.hidden = isEmpty;
    found.hidden = isEmpty || !isFiltered;
    found.textContent = total ? fill(words.found, { count: numbers.format(total) }) : words.none;
    further.hidden = articles.length >= total || isEmpty;
    const isGone = [[controls.publisher, publishers], [controls.collection, collections]]
      .some(([select, names]) => !drawChoices(select, names));
    if (isGone) return look();  // by what can still be chosen
    tools.classList.toggle('collected', collections.length > 0);
    drawOrder();
    refill(table.tBodies[0], articles, one => one.id, row, heading);
    choosing.drawn(total);
    removed.hidden = !gone.length || !mayEdit;
    refill(removedList, gone, one => one.token, goneRow, heading);
  }

  /** Whether what was chosen can be chosen still. @param {any} select @param {any} names */
  function drawChoices(select, names) {
    const wanted = select.value;
    if ([...select.options].slice(1).map(one => one.value).join('\n') !== names.join('\n')) {
      select.replaceChildren(new Option(words.any, ''), ...names.map(name => new Option(name, name)));
    }
    select.value = names.includes(wanted) ? wanted : '';
    return select.value === wanted;
  }

  /** What is not there yet will be with the next look. @param {HTMLSelectElement} select @param {string} value */
  function choose(select, value) {
    if (value && ![...select.options].some(one => one.value === value)) select.add(new Option(value, value));
    select.value = value;
  }

  function drawOrder() {
    const { sort, order } = controls;
    for (const [name, sorter] of Object.entries(sorters)) {
      const isBy = name === sort.value;
      sorter.parentElement?.setAttribute('aria-sort', isBy ? (order.value === 'rising' ? 'ascending' : 'descending') : 'none');
    }
  }

  /** Once more by the same turns it round. */
  function sortBy(name) {
    const { sort, order } = controls;
    const isRising = sort.value === name ? order.value !== 'rising' : RISING.includes(name);
    [sort.value, order.value] = [name, isRising ? 'rising' : 'falling'];
    drawOrder();
    look();
  }

  function row(article) {
    const act = (name, text, does) => {
      const node = button(name, text, does, `${text}: ${article.title}`);
      node.dataset.act = name;
      return node;
    };
    const title = act('open', article.title, () => page.read(article.id));
    title.removeAttribute('aria-label');
    const known = (name, label, ...inside) => cell(name, words[label] ?? '', ...inside);
    const origin = article.address ? originOf(article.address, '') : make('span', 'source', article.source);
    return make('tr', '',
      cell('choose', '', make('label', '', choosing.boxOf(article))),
      known('title', 'title', title, article.writer && make('span', 'author', article.writer)),
      known('publisher', 'publisher', article.whence), known('date', 'published', page.day(article.published)),
      known('from', 'from', origin), known('added', 'added', days.format(new Date(article.added.slice(0, 10) + 'T00:00:00Z'))),
      known('length', 'length', make('span', 'words', numbers.format(article.words)),
        article.pages ? make('span', 'pages', counted(words, 'pages', article.pages, numbers)) : ''),
      known('acts', '', act('edit', words.edit, () => page.edit(article)),
        act('remove', words.remove, () => page.confirmRemoval([article]))));
  }

  function goneRow({ token, titles, count }) {
    const name = titles.join(', ') + (count > titles.length
      ? ', ' + fill(words.and_more, { count: numbers.format(count - titles.length) }) : '');
    return make('li', '', make('span', 'name', name),
      button('', words.put_back, () => page.putBack(token), `${words.put_back}: ${name}`));
  }

  /** What does this to an article; the heading if it is not in the list. @returns {HTMLElement} */
  function control(id, act) {
    const line = [...table.tBodies[0].rows].find(one => one.dataset.key === id);
    return line?.querySelector(`[data-act=${act}]`) ?? heading;
  }

  async function showAll() {
    limit = Math.max(limit, total);
    await look();
  }

  /** Show these articles only; without any limit, all. @param {Limit} [wanted] */
  async function limitTo({ label = '', articles = [], publisher = '', collection = '', since = '', until = '' } = {}) {
    ids = articles;
    Object.assign(controls.words, { value: '' });
    [controls.publisher.value, controls.since.value, controls.until.value] = [publisher, since, until];
    choose(controls.collection, collection);
    limit = STEP;
    only.hidden = !label;
    only.replaceChildren(fill(words.only, { what: label }) + ' ', button('show-all', words.show_all, () => {
      limitTo();
      heading.focus();
    }));
    await look();
    heading.focus();
  }

  tools.addEventListener('submit', event => event.preventDefault());
  tools.addEventListener('input', event => {
    const { sort, order } = controls;
    if (event.target === sort) order.value = RISING.includes(sort.value) ? 'rising' : 'falling';
    clearTimeout(typing);
    limit = STEP;
    typing = setTimeout(look, 200);
  });

  return {
    head, tools, found, only, table, further, removed, bar: choosing.bar, look, control, limit: limitTo,
    /** A collection has another name. @param {string} before @param {string} now */
    renamed(before, now) {
      if (controls.collection.value !== before) return;
      choose(controls.collection, now.trim());
      look();
    },
    isOld: () => isOld,
    /** The library is no longer what the list shows. */
    outdate: () => { isOld = true; },
  };
}
