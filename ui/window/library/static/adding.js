// Adding to the library: files and folders that are dropped or chosen, and links.

import { button, field, input, liveLine, make, submitButton } from '../../static/dom.js';
import { fill, sizeIn } from '../../static/text.js';
import { MOST_FILES, isReadable, meantOf, passedOf } from './files.js';

const MOST_LINK_BYTES = 50000;

/**
 * The section in which articles are added.
 * @param {import('./library.js').Page} page
 * @param {import('../../static/gradio.js').Component['upload']} upload
 * @param {ReturnType<typeof import('./queue.js').makeQueue>} queue
 */
export function makeAdding(page, upload, queue) {
  const { words, language, formats, mostBytes, ask } = page;
  const more = button('more-add primary', words.add, () => show(node.hidden));
  const hint = make('p', 'hint', fill(words.formats, {
    formats: formats.join(', '), size: sizeIn(mostBytes, language) }));
  const files = input('files', 'file', { multiple: true, hidden: true, accept: formats.join(',') });
  const folder = input('folder', 'file', { multiple: true, hidden: true, webkitdirectory: true });
  const chooseFiles = button('', words.choose_files, () => files.click());
  const drop = make('div', 'drop', make('p', 'drop-here', words.drop),
    make('div', 'buttons', chooseFiles, button('', words.choose_folder, () => folder.click())),
    hint, files, folder);
  const links = Object.assign(make('textarea'), { name: 'links', rows: 3,
    placeholder: words.links_hint, spellcheck: false });
  const linksProblem = liveLine('p', 'problem', 'alert');
  const linkForm = make('form', 'paste', field(words.links, links, 'library-links'), linksProblem,
    submitButton('primary', words.add_links));
  const node = make('section', 'adding', drop, linkForm);
  node.setAttribute('aria-label', words.add);
  node.hidden = true;

  function show(isOpen, hasFocus = true) {
    node.hidden = !isOpen;
    more.setAttribute('aria-expanded', String(isOpen));
    if (isOpen && hasFocus) chooseFiles.focus();
  }

  /** @param {import('./files.js').Chosen[]} chosen */
  async function take(chosen) {
    const meant = meantOf(chosen, formats);
    if (!meant.length) {
      await queue.refuse([{ name: chosen[0]?.[1].split('/')[0] || '…', why: 'no_files' }]);
      return page.poll();
    }
    const passed = passedOf(chosen, formats).map(([, name]) => name);
    /** @type {import('./queue.js').Refused[]} */
    const refused = meant.flatMap(([file, name], place) => {
      const why = faultOf(file, name, place);
      return why ? [{ name, why }] : [];
    });
    if (passed.length) {
      refused.push({ name: passed[0].split('/')[0], why: 'passed_over', count: passed.length,
        names: passed.slice(0, 3).join(', ') + (passed.length > 3 ? ' …' : '') });
    }
    const good = meant.filter(([file, name], place) => !faultOf(file, name, place));
    queue.expect(good.length);
    if (refused.length) queue.refuse(refused).then(page.pollUnlessWaiting);
    for (const [file, name] of good) await bring(file, name);
    page.poll();
  }

  /** The word for why a file cannot be brought; empty if it can. */
  function faultOf(file, name, place) {
    if (place >= MOST_FILES) return 'too_many';
    if (!isReadable(name, formats)) return 'formats_only';
    return file.size > mostBytes ? 'too_large' : '';
  }

  async function bring(file, name) {
    /** @type {any} */
    let told = {};
    try {
      // Gradio refuses an empty name and keeps the type's word for it; ours is the name beside it.
      const sent = await upload(file);
      if (sent?.path) told = await ask('add_file', { path: sent.path, name });
    } catch { /* was refused, or did not arrive */ }
    if (told.number) queue.arrived(told.number);
    else await queue.refuse([{ name, why: told.why || 'upload_failed', problem: told.problem }], 1);
    page.pollUnlessWaiting();
  }

  for (const chooser of [files, folder]) {
    chooser.addEventListener('change', () => {
      /** @type {import('./files.js').Chosen[]} */
      const chosen = [...chooser.files ?? []].map(file =>
        [file, file.webkitRelativePath || file.name, Boolean(file.webkitRelativePath)]);
      chooser.value = '';
      if (chosen.length) take(chosen);
    });
  }
  linkForm.addEventListener('submit', async event => {
    event.preventDefault();
    // Python takes no request that is longer.
    const told = new Blob([links.value]).size > MOST_LINK_BYTES ? { problem: words.too_many }
      : await ask('add_links', { links: links.value });
    linksProblem.textContent = told.problem || '';
    if (told.problem) return links.focus();
    links.value = '';
    page.poll();
  });

  return { node, more, show, take };
}
