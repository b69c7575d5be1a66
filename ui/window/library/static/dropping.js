// Files that are dropped anywhere on the page: where they go, and what becomes of them.

import { button, isSeen, liveLine, make } from '../../static/dom.js';
import { fill, sizeIn } from '../../static/text.js';
import { droppedFiles } from './files.js';

const REFUSAL_MS = 10000;
const DONE_MS = 8000;

/**
 * @param {import('./library.js').Page} page
 * @param {(chosen: import('./files.js').Chosen[]) => void} take
 * @param {ReturnType<typeof import('./queue.js').makeQueue>} queue
 */
export function makeDropping(page, take, queue) {
  const { words, root, formats, mostBytes, language } = page;
  const title = make('p', 'title'), note = make('p', 'note');
  const target = make('div', 'drop-target', make('div', 'face', title, note));
  target.popover = 'manual';  // above whatever is open
  target.setAttribute('aria-hidden', 'true');
  const head = make('strong', '');
  const line = liveLine('p', 'line');
  const card = make('div', 'drop-card', make('div', 'said', head, line),
    button('show', words.show_library, () => document.getElementById('library-tab-button')?.click()),
    button('shut', '✕', () => put(false), words.close));
  card.hidden = true;
  document.body.append(target, card);

  let isRefused = false;
  let timer = 0;

  /** @param {boolean} isThere */
  function put(isThere) {
    clearTimeout(timer);
    card.hidden = !isThere;
  }

  function draw() {
    if (card.hidden || isRefused) return;
    if (isSeen(root)) return put(false);  // where all this is to be read
    head.textContent = queue.headline();
    if (line.textContent !== queue.far()) line.textContent = queue.far();
    clearTimeout(timer);
    if (!queue.isBusy() && !queue.hasFailed()) timer = setTimeout(() => put(false), DONE_MS);
  }

  function refuse() {
    isRefused = true;
    head.textContent = words.drop_no;
    line.textContent = words.drop_no_note;
    put(true);
    timer = setTimeout(() => put(false), REFUSAL_MS);
  }

  function raise() {
    const mayAdd = page.mayEdit();
    target.classList.toggle('no', !mayAdd);
    title.textContent = mayAdd ? words.drop_all : words.drop_no;
    note.textContent = mayAdd ? fill(words.drop_note, { formats: formats.join(', '), size: sizeIn(mostBytes, language) })
      : words.drop_no_note;
    if (!target.matches(':popover-open')) target.showPopover();
  }

  const lower = () => { if (target.matches(':popover-open')) target.hidePopover(); };

  // Before any other script: a file that is dropped is an article, wherever that is.
  const listen = (kind, does) => window.addEventListener(kind, event => {
    if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.stopPropagation();
    does(event, event.dataTransfer);
  }, true);
  listen('dragenter', raise);
  listen('dragover', (_, transfer) => {
    raise();
    transfer.dropEffect = page.mayEdit() ? 'copy' : 'none';
  });
  listen('dragleave', event => { if (!event.relatedTarget) lower(); });
  listen('drop', async (_, transfer) => {
    lower();
    if (!page.mayEdit()) return refuse();
    isRefused = false;
    put(!isSeen(root));
    take(await droppedFiles(transfer));
    draw();
  });
  window.addEventListener('keydown', event => { if (event.key === 'Escape') lower(); }, true);

  return { draw };
}
