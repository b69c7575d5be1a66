// The list of articles, and what it is filtered and sorted by.

import { button, cell, choice, field, input, liveLine, make, originOf } from '../../static/dom.js';
import { makeTable, refill } from '../../static/lists.js';
import { fill, sizeIn } from '../../static/text.js';

const STEP = 50;

/**
 * The parts of the page that show what the library holds.
 * @param {import('./library.js').Page} page
 * @param {ReturnType<typeof import('./adding.js').makeAdding>} adding
 */
export function makeListing(page, adding) {
  const { words, root, ask, language } = page;
  const numbers = new Intl.NumberFormat(language);
  const controls = {
    words: input('words', 'search', { placeholder: words.search_hint }),
    publisher: choice('publisher', [['', words.any]]),
    since: input('since', 'date'),
    until: input('until', 'date'),
    sort: choice('sort', Object.entries(words.sorts)),
  };
  const labels = { ...words, words: words.search };
  const tools = make('form', 'tools', ...Object.entries(controls).map(([name, control]) =>
    field(labels[name], control, 'library-' + name)));
  tools.setAttribute('role', 'search');
  tools.setAttribute('aria-label', words.tools);
  const summary = make('p', 'summary');
  const heading = Object.assign(make('h2', '', words.heading), { tabIndex: -1 });
  const head = make('div', 'head', make('div', 'said', heading, summary), adding.more);
  const names = ['title', 'publisher', 'date', 'from', 'length'];
  const table = makeTable('listing', words.heading, [...names.map(name => /** @type {[string, string]} */ ([name, words[name]])),
    ['acts', make('span', 'unseen', words.acts)]]);
  const found = liveLine('p', 'found');
  const further = button('further', words.more, () => { limit += STEP; look(); });
  const removedList = make('ul');
  const removed = make('details', 'removed', make('summary', '', words.removed), removedList);
  further.hidden = removed.hidden = true;

  let limit = STEP;
  let calls = 0;          // only the newest look may be shown
  let isOld = true;       // the list was not drawn since the library changed
  let typing = 0;

  async function look() {
    const call = ++calls;
    isOld = false;
    const query = Object.entries(controls).map(([name, control]) => [name, control.value]);
    const told = await ask('look', { limit, ...Object.fromEntries(query) });
    if (call !== calls) return;
    if (told.problem) {
      page.say(told.problem);
      isOld = true;
      return;
    }
    draw(told);
  }

  function draw({ articles, total, count, publishers, size, removed: gone, may_edit: mayEdit }) {
    const isEmpty = count === 0;
    const { words: sought, publisher, since, until } = controls;
    const isFiltered = Boolean(sought.value || publisher.value || since.value || until.value);
    summary.textContent = isEmpty ? words.empty : fill(count === 1 ? words.one : words.many,
      { count: numbers.format(count), size: sizeIn(size, language) });
    root.classList.toggle('empty', isEmpty);
    root.classList.toggle('read-only', !mayEdit);
    if (!mayEdit) adding.show(false, false);
    else if (isEmpty) adding.show(true, false);
    adding.more.hidden = isEmpty || !mayEdit;
    tools.hidden = table.hidden = isEmpty;
    found.hidden = isEmpty || !isFiltered;
    found.textContent = total ? fill(words.found, { count: numbers.format(total) }) : words.none;
    further.hidden = articles.length >= total || isEmpty;
    drawPublishers(publishers);
    drawArticles(articles);
    removed.hidden = !gone.length || !mayEdit;
    refill(removedList, gone, one => one.token, one => make('li', '', make('span', 'name', one.title),
      button('', words.put_back, () => page.putBack(one.token), `${words.put_back}: ${one.title}`)), heading);
  }

  function drawPublishers(names) {
    const { publisher } = controls;
    const wanted = publisher.value;
    publisher.replaceChildren(new Option(words.any, ''), ...names.map(name => new Option(name, name)));
    publisher.value = names.includes(wanted) ? wanted : '';
  }

  function drawArticles(articles) {
    refill(table.tBodies[0], articles, one => one.id, row, heading);
  }

  function row(article) {
    const act = (name, text, does) => {
      const node = button(name, text, does, `${text}: ${article.title}`);
      node.dataset.act = name;
      return node;
    };
    const title = act('open', article.title, () => page.read(article.id));
    title.removeAttribute('aria-label');
    const known = (name, ...inside) => cell(name, words[name] ?? '', ...inside);
    const length = fill(article.pages ? words.pages : words.characters,
      { count: numbers.format(article.pages || article.length) });
    const origin = article.address ? originOf(article.address, '') : make('span', 'source', article.source);
    return make('tr', '',
      known('title', title, article.writer && make('span', 'author', article.writer)),
      known('publisher', article.whence), known('date', page.day(article.published)),
      known('from', origin), known('length', length),
      known('acts', act('edit', words.edit, () => page.edit(article)),
        act('remove', words.remove, () => page.confirmRemoval(article))));
  }

  /** What does this to an article; the heading if it is not in the list. @returns {HTMLElement} */
  function control(id, act) {
    const line = [...table.tBodies[0].rows].find(one => one.dataset.key === id);
    return line?.querySelector(`[data-act=${act}]`) ?? heading;
  }

  tools.addEventListener('submit', event => event.preventDefault());
  tools.addEventListener('input', () => {
    clearTimeout(typing);
    limit = STEP;
    typing = setTimeout(look, 200);
  });

  return {
    head, tools, found, table, further, removed, look, control,
    isOld: () => isOld,
    /** The library is no longer what the list shows. */
    outdate: () => { isOld = true; },
  };
}
