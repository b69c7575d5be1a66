// Collections: which there are, what is done to them, and which of them chosen articles are in.

import { closesBeside, focusIfLost } from '../../static/dialog.js';
import { button, input, liveLine, make, submitButton } from '../../static/dom.js';
import { refill } from '../../static/lists.js';
import { counted, fill } from '../../static/text.js';

/** @typedef {{name: string, inside: number, held: number}} Collection */

/**
 * @param {import('./library.js').Page} page
 * @param {ReturnType<typeof import('./listing.js').makeListing>} listing
 */
export function makeCollecting(page, listing) {
  const { words, ask, say } = page;
  const numbers = new Intl.NumberFormat(page.language);
  const heading = make('h3', ''), note = make('p', 'hint'), list = make('ul', 'collections');
  const problem = liveLine('p', 'problem', 'alert');
  const name = input('collection', 'text', { placeholder: words.collection_new, maxLength: 200 });
  name.setAttribute('aria-label', words.collection_new);
  const form = make('form', 'new-collection', name, submitButton('primary', words.collection_make));
  const shut = button('shut', '✕', () => dialog.close(), words.close);
  const dialog = make('dialog', 'tab-dialog collecting', make('header', '', make('div', 'said', heading, note), shut),
    make('div', 'inside-body', form, problem, list));
  const open = button('collections', words.collections, () => show());
  open.setAttribute('aria-haspopup', 'dialog');
  closesBeside(dialog);
  dialog.addEventListener('close', () => { if (!dialog.open) dialog.remove(); });

  let ids = [];           // the articles that are chosen; none, and collections alone are looked at
  let renamed = '';       // the collection that a new name is being written for

  /** @param {any[]} [articles] */
  async function show(articles = []) {
    const from = document.activeElement;
    ids = articles.map(one => one.id);
    name.value = '';
    renamed = '';
    problem.textContent = '';
    heading.textContent = ids.length
      ? fill(words.collections_of, { count: numbers.format(ids.length) }) : words.collections;
    dialog.setAttribute('aria-label', heading.textContent);
    form.hidden = !ids.length;
    list.replaceChildren();
    if (!await look()) return;
    page.root.append(dialog);
    dialog.showModal();
    if (ids.length) name.focus();
    else shut.focus();
    dialog.onclose = () => { if (from instanceof HTMLElement && from.isConnected) focusIfLost(from); };
  }

  /** Whether it could be seen what there is. */
  async function look() {
    const told = await ask('collections', { ids });
    if (told.problem) say(told.problem);
    else draw(told.collections);
    return !told.problem;
  }

  /** @param {Collection[]} collections */
  function draw(collections) {
    const otherwise = ids.length ? '' : words.collections_none;
    note.textContent = collections.length ? words.collections_note : otherwise;
    refill(list, collections.map(one => ({ ...one, isRenamed: one.name === renamed })), one => one.name, row, shut);
  }

  /** @param {Collection & {isRenamed: boolean}} one */
  function row({ name: of, inside, held, isRenamed }) {
    if (isRenamed) return make('li', '', renaming(of));
    const lead = button('name', of, () => {
      dialog.onclose = null;
      dialog.close();
      listing.limit({ collection: of });
    });
    const acts = page.mayEdit() ? [
      button('rename', words.rename, () => { renamed = of; look(); }, `${words.rename}: ${of}`),
      button('forget', words.forget, () => forget(of), `${words.forget}: ${of}`)] : [];
    return make('li', '', ids.length ? boxOf(of, held) : '', lead,
      make('span', 'count', counted(words, 'articles', inside, numbers)), make('span', 'acts', ...acts));
  }

  /** @param {string} of @param {number} held */
  function boxOf(of, held) {
    const box = input('into', 'checkbox', { checked: held === ids.length });
    box.indeterminate = held > 0 && held < ids.length;
    box.setAttribute('aria-label', fill(words.collection_into, { name: of }));
    box.addEventListener('change', () => act('collect', { name: of, ids, into: box.checked }));
    return make('label', 'into', box);
  }

  /** @param {string} of */
  function renaming(of) {
    const fresh = input('new', 'text', { value: of, maxLength: 200 });
    fresh.setAttribute('aria-label', fill(words.rename_of, { name: of }));
    const node = make('form', 'new-collection', fresh, button('', words.back, () => { renamed = ''; look(); }),
      submitButton('primary', words.save));
    node.addEventListener('submit', async event => {
      event.preventDefault();
      if (await act('rename_collection', { name: of, new: fresh.value }, () => { renamed = ''; })) listing.renamed(of, fresh.value);
    });
    queueMicrotask(() => fresh.select());
    return node;
  }

  /** Do it, and show what came of it: whether it was done. */
  async function act(what, given, then = () => {}) {
    const told = await ask(what, given);
    problem.textContent = told.problem || '';
    if (told.problem) return null;
    then();
    await Promise.all([look(), page.poll()]);
    return told;
  }

  /** @param {string} of */
  async function forget(of) {
    const told = await act('delete_collection', { name: of });
    if (!told) return;
    dialog.close();
    const undo = button('undo', words.undo, async () => {
      const back = await ask('remake_collection', { token: told.token });
      say(back.problem || words.remade);
      page.poll();
    });
    say(fill(words.forgotten, { name: told.name }), undo);
    undo.focus();
  }

  form.addEventListener('submit', async event => {
    event.preventDefault();
    await act('collect', { name: name.value, ids, into: true }, () => { name.value = ''; });
    name.focus();
  });

  return { open, show };
}
