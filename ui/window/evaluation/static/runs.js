// The list of runs, two of which can be compared, and their reports: pages in a frame without scripts.

import { button, cell, input, make } from '../../static/dom.js';
import { makeTable, refill } from '../../static/lists.js';
import { at } from '../../static/places.js';
import { counted, fill } from '../../static/text.js';

/**
 * @param {import('./evaluation.js').Page} page
 * @param {(run: any) => void} showCases
 * @param {() => void} onStart  a run is gone on with
 */
export function makeRuns(page, showCases, onStart) {
  const { words, numbers, times, pane, ask, complain } = page;
  const table = makeTable('runs', words.runs,
    ['', words.run, words.model, words.figures, ''].map(name => ['', name]));
  const none = make('p', 'hint', words.none);
  const compare = button('compare', words.compare, showComparison);
  const said = make('span', 'hint');
  const older = make('div', 'older', said, button('take-over', words.take_over, takeOver));
  const node = make('section', 'list', make('div', 'line', make('h3', '', words.runs),
    make('span', 'hint', words.compare_hint), compare), none, make('div', 'wide', table), older);
  none.hidden = older.hidden = true;

  let runs = [];
  /** @type {string[]} */
  let picked = [];
  let current = '';       // the run under way
  let isBusy = false;

  function draw() {
    none.hidden = runs.length > 0;
    table.hidden = !runs.length;
    const shown = runs.map(run => ({ ...run, isPicked: picked.includes(run.name), isCurrent: run.name === current, isBusy }));
    refill(table.tBodies[0], shown, run => run.name, row);
    compare.disabled = picked.length !== 2;
  }

  function row(run) {
    const pick = input('pick', 'checkbox', { checked: run.isPicked });
    pick.setAttribute('aria-label', `${words.pick}: ${run.name}`);
    pick.addEventListener('change', () => {
      picked = picked.filter(name => name !== run.name);
      if (pick.checked) picked = [...picked, run.name].slice(-2);
      draw();
    });
    pick.dataset.run = run.name;
    const figures = make('dl', 'figures', ...run.figures.map(one =>
      make('div', '', make('dt', '', one.name), make('dd', '', one.value))));
    const goOn = run.asked < run.of && run.name !== current &&
      button('go-on', words.go_on, () => goOnWith(run), `${words.go_on}: ${run.name}`);
    if (goOn) goOn.disabled = run.isBusy;
    const acts = run.reported ? [
      button('', words.report, () => showReport(run), `${words.report}: ${run.name}`),
      button('', words.cases, () => showCases(run), `${words.cases}: ${run.name}`),
    ] : [];
    return make('tr', '', cell('pick', '', make('label', '', pick)),
      cell('what', '', make('strong', '', run.set), run.tag && make('span', 'tag', run.tag),
        make('span', 'when', times.format(new Date(run.started))), make('span', 'asked', askedOf(run))),
      cell('model', words.model, run.model || words.no_model), cell('measured', '', figures),
      cell('acts', '', goOn || '', ...acts));
  }

  async function goOnWith(run) {
    if (!complain(await ask('go_on', { run: run.name }))) onStart();
  }

  async function takeOver() {
    complain(await ask('take_over'));
    page.look();
  }

  function askedOf(run) {
    if (run.isCurrent) return words.under_way;
    const of = numbers.format(run.of);
    return run.asked === run.of ? counted(words, 'questions', run.of, numbers)
      : fill(words.asked_of, { asked: numbers.format(run.asked), of });
  }

  function download(run, kind) {
    const link = make('a', 'download', kind.toUpperCase());
    link.href = at(`/runs/${encodeURIComponent(run)}.${kind}?download=1`);
    link.setAttribute('aria-label', `${words.download} ${kind.toUpperCase()}: ${run}`);
    return link;
  }

  function frame(address, title) {
    const node = Object.assign(make('iframe', 'report'), { src: address, title });
    node.setAttribute('sandbox', '');
    return node;
  }

  function showReport(run) {
    const downloads = ['html', 'md', 'json'].map(kind => download(run.name, kind));
    pane.open(run.name, make('p', 'downloads', words.download + ' ', ...downloads),
      frame(at(`/runs/${encodeURIComponent(run.name)}.html`), run.name));
  }

  function showComparison() {
    // The older run comes first, in whichever order they were ticked.
    const [later, earlier] = runs.map(run => run.name).filter(name => picked.includes(name));
    const there = at(`/runs/${encodeURIComponent(later)}/against/${encodeURIComponent(earlier)}.html`);
    pane.open(`${earlier} → ${later}`, frame(there, words.compare));
  }

  return {
    node,
    show(now, olderOnes) {
      runs = now;
      older.hidden = !olderOnes;
      said.textContent = counted(words, 'older', olderOnes, numbers);
      picked = picked.filter(name => runs.some(run => run.name === name));
      draw();
    },
    /** What is under way.
     * @param {{busy: boolean, run: string}} now
     */
    mark(now) {
      current = now.busy ? now.run : '';
      isBusy = now.busy;
      draw();
    },
  };
}
