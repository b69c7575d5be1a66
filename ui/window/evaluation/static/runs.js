// The list of runs, two of which can be compared, and their reports: pages in a frame without scripts.

import { button, cell, fillTable, input, make } from '../../static/dom.js';
import { fill } from '../../static/text.js';

/**
 * @param {import('./evaluation.js').Page} page
 * @param {(run: any) => void} showCases
 */
export function makeRuns(page, showCases) {
  const { words, numbers, times, pane } = page;
  const table = make('table', 'runs');
  const none = make('p', 'hint', words.none);
  const compare = button('compare', words.compare, showComparison);
  const node = make('section', 'list', make('div', 'line', make('h3', '', words.runs),
    make('span', 'hint', words.compare_hint), compare), none, make('div', 'wide', table));
  none.hidden = true;

  let runs = [];
  /** @type {string[]} */
  let picked = [];
  let current = '';       // the run under way

  function draw() {
    none.hidden = runs.length > 0;
    table.hidden = !runs.length;
    fillTable(table, words.runs,
      ['', words.run, words.model, words.figures, ''].map(name => ['', name]), runs.map(row));
    compare.disabled = picked.length !== 2;
  }

  function row(run) {
    const pick = input('pick', 'checkbox', { checked: picked.includes(run.name) });
    pick.setAttribute('aria-label', `${words.pick}: ${run.name}`);
    pick.addEventListener('change', () => {
      picked = picked.filter(name => name !== run.name);
      if (pick.checked) picked = [...picked, run.name].slice(-2);
      draw();
      [...table.querySelectorAll('input')].find(one => one.dataset.run === run.name)?.focus();
    });
    pick.dataset.run = run.name;
    const figures = make('dl', 'figures', ...run.figures.map(one =>
      make('div', '', make('dt', '', one.name), make('dd', '', one.value))));
    const acts = run.reported ? [
      button('', words.report, () => showReport(run), `${words.report}: ${run.name}`),
      button('', words.cases, () => showCases(run), `${words.cases}: ${run.name}`),
    ] : [];
    return make('tr', '', cell('pick', '', make('label', '', pick)),
      cell('what', '', make('strong', '', run.set), run.tag && make('span', 'tag', run.tag),
        make('span', 'when', times.format(new Date(run.started))), make('span', 'asked', askedOf(run))),
      cell('model', words.model, run.model || words.no_model), cell('measured', '', figures),
      cell('acts', '', ...acts));
  }

  function askedOf(run) {
    if (run.name === current) return words.under_way;
    const of = numbers.format(run.of);
    return run.asked === run.of ? fill(words.questions, { count: of })
      : fill(words.asked_of, { asked: numbers.format(run.asked), of });
  }

  function download(run, kind) {
    const link = make('a', 'download', kind.toUpperCase());
    link.href = `/runs/${encodeURIComponent(run)}.${kind}?download=1`;
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
      frame(`/runs/${encodeURIComponent(run.name)}.html`, run.name));
  }

  function showComparison() {
    // The older run comes first, in whichever order they were ticked.
    const [later, earlier] = runs.map(run => run.name).filter(name => picked.includes(name));
    const there = `/runs/${encodeURIComponent(later)}/against/${encodeURIComponent(earlier)}.html`;
    pane.open(`${earlier} → ${later}`, frame(there, words.compare));
  }

  return {
    node,
    show(now) {
      runs = now;
      picked = picked.filter(name => runs.some(run => run.name === name));
      draw();
    },
    /** Which run is under way, '' if none is; to be seen when the list is drawn again.
     * @param {string} name
     */
    mark: name => { current = name; },
  };
}
