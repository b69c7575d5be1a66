// Adding to the library: files and folders that are dropped or chosen, and links.

import { button, field, input, liveLine, make, submitButton } from '../../static/dom.js';
import { fill, sizeIn } from '../../static/text.js';
import { MOST_FILES, droppedFiles, isReadable, meantOf, passedOf } from './files.js';

const MOST_LINK_BYTES = 50000;

/**
 * The section in which articles are added.
 * @param {import('./library.js').Page} page
 * @param {import('../../static/gradio.js').Component['upload']} upload
 * @param {ReturnType<typeof import('./queue.js').makeQueue>} queue
 */
export function makeAdding(page, upload, queue) {
  const { words, root, language, formats, mostBytes, ask } = page;
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
    if (!meant.length) return queue.refuse(chosen[0]?.[1].split('/')[0] || '', words.no_files);
    const passed = passedOf(chosen, formats).map(([, name]) => name);
    if (passed.length) {
      queue.refuse(passed[0].split('/')[0], fill(words.passed_over, { count: passed.length,
        names: passed.slice(0, 3).join(', ') + (passed.length > 3 ? ' …' : '') }));
    }
    queue.expect(meant.length);
    for (const [place, [file, name]] of meant.entries()) {
      if (place >= MOST_FILES) queue.refuse(name, words.too_many);
      else if (!isReadable(name, formats)) queue.refuse(name, fill(words.formats_only, { formats: formats.join(', ') }));
      else if (file.size > mostBytes) queue.refuse(name, fill(words.too_large, { size: sizeIn(mostBytes, language) }));
      else await bring(file, name);
      queue.expect(-1);
    }
    page.poll();
  }

  async function bring(file, name) {
    try {
      // Gradio refuses an empty name and keeps the type's word for it; ours is the name beside it.
      const sent = await upload(file);
      if (!sent?.path) throw new Error('upload');
      const told = await ask('add_file', { path: sent.path, name });
      if (told.problem) queue.refuse(name, told.problem);
    } catch {
      queue.refuse(name, words.upload_failed);
    }
    page.pollUnlessWaiting();
  }

  for (const kind of /** @type {const} */ (['dragenter', 'dragover'])) {
    root.addEventListener(kind, event => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      if (root.classList.contains('read-only')) return;
      show(true, false);
      drop.classList.add('over');
    });
  }
  root.addEventListener('dragleave', event => {
    if (!(event.relatedTarget instanceof Node && root.contains(event.relatedTarget))) drop.classList.remove('over');
  });
  root.addEventListener('drop', event => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer && !root.classList.contains('read-only')) droppedFiles(event.dataTransfer).then(take);
  });
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

  return { node, more, show };
}
