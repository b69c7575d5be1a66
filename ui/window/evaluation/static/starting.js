// Starting a run, and how far the one under way has come.

import { button, choice, field, input, liveLine, make, submitButton } from '../../static/dom.js';
import { capital, fill } from '../../static/text.js';

const BUSY_MS = 700;
const IDLE_MS = 4000;

/**
 * @param {import('./evaluation.js').Page} page
 * @param {(now: {busy: boolean, run: string}) => void} onRun  what is under way
 * @param {() => void} onChange  a run has begun or ended
 * @param {import('../../static/gradio.js').Component['upload']} upload
 */
export function makeStarting({ words, numbers, ask, complain, look }, onRun, onChange, upload) {
  const sets = choice('set');
  const sample = input('sample', 'number', { min: '1', placeholder: words.all });
  const tag = input('tag', 'text', { maxLength: 40, placeholder: words.tag_hint });
  const quotes = input('quotes', 'checkbox', { checked: true });
  const start = submitButton('primary', words.start);
  const bring = input('bring', 'file', { accept: '.jsonl,.json,.txt', hidden: true });
  const form = make('form', 'start', field(words.set, sets, 'evaluation-set'),
    field(words.sample, sample, 'evaluation-sample'), field(words.tag, tag, 'evaluation-tag'),
    make('label', 'check', quotes, words.quotes),
    make('div', 'buttons', start, button('', words.bring, () => bring.click()), bring));

  const line = liveLine('p', 'progress');
  const bar = Object.assign(make('progress'), { max: 1 });
  bar.setAttribute('aria-label', words.running);
  const halt = button('halt', words.stop, () => ask('cancel').then(poll));
  const going = make('section', 'intake', make('div', 'line', line, halt), bar);
  going.hidden = true;

  let state = '';
  let timer = 0;

  form.addEventListener('submit', async event => {
    event.preventDefault();
    const given = { set: sets.value, tag: tag.value, quotes_only: quotes.checked };
    const count = Number(sample.value);
    if (!complain(await ask('begin', count > 0 ? { ...given, sample: Math.floor(count) } : given))) poll();
  });
  bring.addEventListener('change', async () => {
    const [file] = bring.files ?? [];
    bring.value = '';
    if (!file) return;
    /** @type {any} */
    let told = { problem: words.not_sent };
    try {
      const sent = await upload(file);
      if (sent?.path) told = await ask('add_set', { name: file.name, path: sent.path });
    } catch { /* was refused, or did not arrive */ }
    if (!complain(told)) look(told.set);
  });

  async function poll() {
    clearTimeout(timer);
    let isBusy = false;
    if (!document.hidden) {
      const now = await ask('poll');
      isBusy = Boolean(now.busy);
      if (!now.problem) draw(now);
    }
    clearTimeout(timer);
    timer = setTimeout(poll, isBusy ? BUSY_MS : IDLE_MS);
  }

  function draw(now) {
    going.hidden = !now.state || now.state === 'idle';
    const reason = now.state === 'failed' ? capital(now.reason || words.unforeseen) : '';
    const said = fill(words.states[now.state] || '', { set: now.set, done: numbers.format(now.done),
      of: numbers.format(now.of), made: numbers.format(now.made), reason });
    if (line.textContent !== said) line.textContent = said;
    line.classList.toggle('failed', now.state === 'failed');
    bar.hidden = halt.hidden = !now.busy;
    start.disabled = now.busy;
    if (now.of && now.state !== 'reporting') bar.value = now.done / now.of;
    else bar.removeAttribute('value');
    onRun(now);
    if (now.state !== state && (!now.busy || now.state === 'asking')) onChange();
    state = now.state;
  }

  /**
   * The sets there are; the wanted one, or else the one chosen before, stays chosen.
   * @param {{name: string, cases: number}[]} found
   * @param {string} [wanted]
   */
  function showSets(found, wanted) {
    const chosen = wanted || sets.value;
    sets.replaceChildren(...found.map(one =>
      new Option(`${one.name} (${numbers.format(one.cases)})`, one.name)));
    if (found.some(one => one.name === chosen)) sets.value = chosen;
  }

  return { form, going, showSets, poll };
}
