// What opens over the library: an article to read, its facts to edit, the question before removal.

import { closesBeside, focusIfLost } from '../../static/dialog.js';
import { alsoAt, button, field, input, liveLine, make, originOf, statedBy, submitButton, targetOf } from '../../static/dom.js';
import { fill } from '../../static/text.js';
import { pagesOf } from './files.js';

const MOST_NAMED = 8;
const EDITED = { title: 'text', publisher: 'text', author: 'text', published: 'date', link: 'url', language: 'text' };

/**
 * The dialog, and what it is opened for.
 * @param {import('./library.js').Page} page
 * @param {ReturnType<typeof import('./listing.js').makeListing>} listing
 */
export function makeDialogs(page, listing) {
  const { words, ask, say } = page;
  const numbers = new Intl.NumberFormat(page.language);
  const dialog = make('dialog', 'tab-dialog');
  const close = () => dialog.close();

  function open(className, name, ...inside) {
    dialog.className = 'tab-dialog ' + className;
    dialog.setAttribute('aria-label', name);
    dialog.replaceChildren(...inside);
    if (!dialog.open) dialog.showModal();
  }

  closesBeside(dialog);
  // The conversation's script takes such a link for itself, so this has to come before.
  window.addEventListener('click', event => {
    const link = targetOf(event, 'a[href^="#article-"]');
    if (!link || !dialog.contains(link)) return;
    dialog.onclose = null;
    for (const one of page.root.querySelectorAll('dialog')) one.close();
  }, true);

  async function read(id) {
    const from = document.activeElement;
    const found = await ask('read', { id });
    if (found.problem) return say(found.problem);
    const facts = [found.writer, found.whence, page.day(found.published)].filter(Boolean).join(' · ');
    const origin = originOf(found.link, found.source);
    const leaves = pagesOf(found.text, found.pages).map(part => (typeof part === 'string' ? part
      : make('span', 'leaf', fill(words.page, { number: part }))));
    const text = Object.assign(make('div', 'text', ...leaves), { tabIndex: 0, dir: 'auto', lang: found.language });
    text.setAttribute('role', 'region');
    text.setAttribute('aria-label', words.text);
    const beside = make('a', 'beside', words.beside);
    beside.href = '#article-' + id;
    open('reading', found.title,
      make('header', '', make('div', 'said', make('h3', 'title', found.title),
        make('p', 'facts', facts && facts + ' · ', origin),
        alsoAt(found, words), statedBy(found), found.tags && make('p', 'facts', found.tags),
        found.collections.length ? make('p', 'facts', `${words.collections}: ${found.collections.join(' · ')}`) : '', beside),
      button('shut', '✕', close, words.close)), text);
    if (found.near.length) {
      text.before(make('details', 'near', make('summary', '', words.near),
        make('ul', '', ...found.near.map(other => nearRow(id, found.title, other))),
        page.mayEdit() ? make('p', 'hint', words.near_note) : ''));
    }
    if (isWorthIt(found)) {
      text.before(make('details', 'short', make('summary', '', words.summary),
        make('ul', '', ...found.summary.map(one => make('li', '', one))), make('p', 'hint', words.summary_note)));
    }
    text.focus();
    dialog.onclose = () => {
      if (from instanceof HTMLElement && from.isConnected) focusIfLost(from);
      else focusIfLost(listing.control(id, 'open'));
    };
  }

  /** Another article that is nearly the same. @param {string} id @param {string} kept @param {any} other */
  function nearRow(id, kept, other) {
    const facts = [other.whence, page.day(other.published), fill(words.near_fact, { share: numbers.format(other.alike) })];
    const row = make('li', '', button('open', other.title, () => read(other.id)),
      make('span', 'facts', facts.filter(Boolean).join(' · ')));
    if (page.mayEdit()) {
      row.append(button('merge', words.merge, () => merge(id, kept, other), `${words.merge}: ${other.title}`));
    }
    return row;
  }

  async function merge(id, kept, other) {
    const told = await ask('merge', { id, others: [other.id] });
    dialog.onclose = null;
    close();
    if (told.problem) return say(told.problem);
    const undo = button('undo', words.undo, () => page.putBack(told.token));
    say(fill(words.was_merged, { title: other.title, kept }), undo);
    undo.focus();
    page.poll();
  }

  /** A text that is hardly longer than its summary needs none. */
  const isWorthIt = ({ text, summary }) => summary.length > 1 && text.length > 3 * summary.join(' ').length;

  function edit(article) {
    const form = Object.assign(make('form', 'facts-form'), { noValidate: true });
    const problem = liveLine('p', 'problem', 'alert');
    const labels = { ...words, published: words.date };
    const controls = Object.entries(EDITED).map(([name, type]) => input(name, type,
      { value: article[name], placeholder: name === 'link' ? 'https://' : '' }));
    const save = submitButton('primary', words.save);
    form.append(make('h3', '', words.edit_heading),
      ...controls.map(one => field(labels[one.name], one, 'edit-' + one.name)), problem,
      make('p', 'hint', words.edit_note),
      make('div', 'buttons', button('', words.back, close), save));
    form.addEventListener('submit', async event => {
      event.preventDefault();
      save.disabled = true;
      const facts = Object.fromEntries(controls.map(one => [one.name, one.value]));
      const told = await ask('edit', { id: article.id, ...facts });
      save.disabled = false;
      problem.textContent = told.problem || '';
      if (told.problem) return;
      const undo = told.token && button('undo', words.undo, () => unedit(article.id, told.token));
      say(fill(words.edited, { title: facts.title }), undo);
      close();
      await page.poll();
      focusIfLost(listing.control(article.id, 'edit'));
    });
    open('editing', words.edit_heading, form);
    dialog.onclose = () => focusIfLost(listing.control(article.id, 'edit'));
    controls[0].focus();
  }

  async function unedit(id, token) {
    const told = await ask('unedit', { token });
    say(told.problem || words.unedited);
    await page.poll();
    focusIfLost(listing.control(id, 'edit'));
  }

  /** @param {{id: string, title: string}[]} articles */
  function confirmRemoval(articles) {
    const from = document.activeElement;
    const [first] = articles;
    const isOne = articles.length === 1;
    const count = numbers.format(articles.length);
    const sure = button('danger', words.remove, async () => {
      sure.disabled = true;
      const told = await ask('remove', { ids: articles.map(one => one.id) });
      dialog.onclose = null;
      close();
      if (told.problem) return say(told.problem);
      const undo = button('undo', words.undo, () => page.putBack(told.token));
      say(isOne ? fill(words.was_removed, { title: first.title })
        : fill(words.were_removed, { count: numbers.format(told.count) }), undo);
      undo.focus();
      page.poll();
    });
    const keep = button('', isOne ? words.keep : words.keep_many, close);
    const named = articles.slice(0, MOST_NAMED).map(one => make('li', '', one.title));
    if (articles.length > MOST_NAMED) {
      named.push(make('li', '', fill(words.and_more, { count: numbers.format(articles.length - MOST_NAMED) })));
    }
    open('asking', words.remove,
      make('h3', '', fill(isOne ? words.remove_heading : words.remove_many, { title: first.title, count })),
      isOne ? '' : make('ul', 'named', ...named), make('p', '', isOne ? words.remove_note : words.remove_many_note),
      make('div', 'buttons', keep, sure));
    dialog.onclose = () => {
      if (from instanceof HTMLElement && from.isConnected) focusIfLost(from);
      else focusIfLost(listing.control(first.id, 'remove'));
    };
    keep.focus();
  }

  return { node: dialog, read, edit, confirmRemoval };
}
