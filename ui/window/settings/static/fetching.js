// The strip that offers the models that are missing, and tells of their coming.

import { button, liveLine, make, rootOf } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { fill, localeOf, sizeIn } from '../../static/text.js';
import { offerOf, totals } from './missing.js';

const BUSY_MS = 1000;
const IDLE_MS = 5000;

/** @param {import('../../static/gradio.js').Component} component */
export function mount({ element, props, server }) {
  const words = props.words;
  const ask = asking(server, words.unforeseen);
  const root = rootOf(element, 'fetching-root');
  /** @param {number} bytes */
  const size = bytes => (bytes ? sizeIn(bytes, localeOf(props.language)) : words.unknown_size);

  const heading = make('p', 'heading', words.heading);
  const about = make('p', 'about');
  const bar = make('progress', 'bar');
  const line = liveLine('p', 'line');
  const problem = liveLine('p', 'problem', 'alert');
  const act = button('act', '', () => run(act.dataset.does || ''));
  const note = make('p', 'note');
  const strip = make('section', 'fetching', heading, about, make('div', 'coming', bar, line),
    problem, make('div', 'foot', act, note));
  strip.setAttribute('aria-label', words.heading);
  strip.hidden = true;
  root.replaceChildren(strip);

  /** @param {string} name */
  async function run(name) {
    act.disabled = true;
    show(await ask(name));
    act.disabled = false;
  }

  let timer = 0;

  async function look() {
    show(await ask('look_fetching'));
  }

  /** @param {any} now */
  function show(now) {
    clearTimeout(timer);
    if (!now.state) {  // the server is away for a moment
      timer = setTimeout(look, IDLE_MS);
      return;
    }
    const missing = [...now.searching, ...now.writing];
    strip.hidden = !missing.length;
    if (!missing.length) return;
    draw(now);
    timer = setTimeout(look, now.state === 'fetching' || now.state === 'stopping' ? BUSY_MS : IDLE_MS);
  }

  /** @param {any} now */
  function draw(now) {
    const small = totals(now.searching), large = totals(now.writing);
    const busy = now.state === 'fetching' || now.state === 'stopping';
    heading.hidden = !now.searching.length;
    const said = now.searching.length
      ? [fill(words.small, { size: size(small.size) }), now.writing.length && fill(words.large, { size: size(large.size) })]
      : [fill(words.only_large, { size: size(large.size) })];
    about.textContent = said.filter(Boolean).join(' ');
    const coming = [...now.searching, ...now.writing].find(one => one.now) || now.searching[0] || now.writing[0];
    strip.classList.toggle('busy', busy);
    bar.max = coming.size || 1;
    if (coming.size) bar.value = coming.here;
    else bar.removeAttribute('value');
    bar.setAttribute('aria-label', fill(words.fetching, { name: coming.name }));
    const far = coming.here ? ' · ' + fill(words.progress, { done: size(coming.here), size: size(coming.size) }) : '';
    const told = fill(words.fetching, { name: coming.name }) + far;
    line.textContent = busy ? told : '';
    problem.textContent = now.error;
    problem.hidden = !now.error;
    const offer = offerOf(now);
    act.textContent = fill(words[offer.words], { size: size(offer.size), here: size(offer.here), small: size(small.size), large: size(large.size) });
    act.dataset.does = offer.does;
    act.disabled = now.state === 'stopping';
    act.hidden = !now.may_fetch;
    note.textContent = now.may_fetch ? (busy ? '' : fill(words.note, { folder: now.folder })) : words.ask_owner;
  }

  look();
}
