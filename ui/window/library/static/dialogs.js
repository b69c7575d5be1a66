// What opens over the library: an article to read, its facts to edit, the question before removal.

import { closesBeside, focusIfLost } from '../../static/dialog.js';
import { button, field, input, liveLine, make, originOf, statedBy, submitButton, targetOf } from '../../static/dom.js';
import { fill } from '../../static/text.js';
import { pagesOf } from './files.js';

const EDITED = { title: 'text', publisher: 'text', author: 'text', published: 'date', link: 'url' };

/**
 * The dialog, and what it is opened for.
 * @param {import('./library.js').Page} page
 * @param {ReturnType<typeof import('./listing.js').makeListing>} listing
 */
export function makeDialogs(page, listing) {
  const { words, ask, say } = page;
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
    close();
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
        statedBy(found), found.tags && make('p', 'facts', found.tags), beside),
      button('shut', '✕', close, words.close)), text);
    text.focus();
    dialog.onclose = () => {
      if (from instanceof HTMLElement && from.isConnected) focusIfLost(from);
      else focusIfLost(listing.control(id, 'open'));
    };
  }

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
      say(fill(words.edited, { title: facts.title }));
      close();
      await page.poll();
      focusIfLost(listing.control(article.id, 'edit'));
    });
    open('editing', words.edit_heading, form);
    dialog.onclose = () => focusIfLost(listing.control(article.id, 'edit'));
    controls[0].focus();
  }

  function confirmRemoval(article) {
    const sure = button('danger', words.remove, async () => {
      sure.disabled = true;
      const told = await ask('remove', { id: article.id });
      dialog.onclose = null;
      close();
      if (told.problem) return say(told.problem);
      const undo = button('undo', words.undo, () => page.putBack(told.token));
      say(fill(words.was_removed, { title: article.title }), undo);
      undo.focus();
      page.poll();
    });
    const keep = button('', words.keep, close);
    open('asking', words.remove, make('h3', '', fill(words.remove_heading, { title: article.title })),
      make('p', '', words.remove_note), make('div', 'buttons', keep, sure));
    dialog.onclose = () => focusIfLost(listing.control(article.id, 'remove'));
    keep.focus();
  }

  return { node: dialog, read, edit, confirmRemoval };
}
