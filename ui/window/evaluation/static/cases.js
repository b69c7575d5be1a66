// The cases of a run, and one of them whole.

import { dialogOf, open } from '../../static/dialog.js';
import { button, cell, choice, field, fillTable, input, liveLine, make } from '../../static/dom.js';
import { counted } from '../../static/text.js';

/** @param {import('./evaluation.js').Page} page */
export function makeCases({ words, root, numbers, ask, complain, pane }) {
  async function show(run) {
    const told = await ask('cases', { run: run.name });
    if (complain(told)) return;
    const search = input('words', 'search', { placeholder: words.search_hint });
    const outcomes = new Map(told.cases.map(one => [one.kind, one.outcome]));
    const only = choice('only', [['', words.every], .../** @type {Map<string, string>} */ (outcomes)]);
    const found = liveLine('p', 'found');
    const questions = make('table', 'questions');
    const draw = () => {
      const sought = search.value.toLowerCase();
      const some = told.cases.filter(one => (!only.value || one.kind === only.value) &&
        `${one.id} ${one.question} ${one.tags.join(' ')}`.toLowerCase().includes(sought));
      found.textContent = counted(words, 'questions', some.length, numbers);
      fillTable(questions, words.cases,
        [words.question, words.outcome, words.seconds].map(name => ['', name]),
        some.map(one => make('tr', one.tone,
          cell('question', '', button('open', one.question, () => showCase(run, one))),
          cell('outcome', '', make('span', '', one.outcome)),
          cell('seconds', words.seconds, one.seconds.toFixed(1)))));
    };
    const tools = make('form', 'tools', field(words.search, search, 'evaluation-words'),
      field(words.outcome, only, 'evaluation-only'));
    tools.addEventListener('submit', event => event.preventDefault());
    tools.addEventListener('input', draw);
    draw();
    pane.open(run.name, tools, found, make('div', 'wide', questions));
  }

  async function showCase(run, one) {
    const from = document.activeElement;
    const told = await ask('case', { run: run.name, number: one.number });
    const dialog = dialogOf('tab-dialog evaluation-case', told.question || words.cases);
    const part = (name, ...inside) => make('section', '', make('h4', '', name), ...inside);
    // Else what has the focus is at the end, and the case opens there.
    const name = Object.assign(make('h3', '', told.problem || told.question), { tabIndex: -1, autofocus: true });
    const quoted = told.gold_evidence || [];
    dialog.append(name, make('p', 'outcome ' + told.tone, told.outcome || ''),
      told.error ? make('p', 'problem', told.error) : '',
      told.history?.length ? part(words.before, ...told.history.map(text => make('p', '', text))) : '',
      part(words.gold, make('p', '', told.answerable ? (told.gold || []).join(' / ') : words.nothing),
        ...quoted.map(text => make('blockquote', '', text))),
      part(words.answer, make('div', 'wide', sentences(told.sentences || []))),
      make('div', 'buttons', button('primary', words.close, () => dialog.close())));
    dialog.addEventListener('close', () => dialog.remove());
    root.append(dialog);
    open(dialog, from instanceof HTMLElement ? from : null);
  }

  function sentences(said) {
    const table = make('table', 'sentences');
    const rows = said.map(one => make('tr', one.support,
      cell('said', words.sentence, one.is_quote ? make('q', '', one.text) : one.text),
      cell('verdict', words.verdict, make('strong', '', words.support[one.support]),
        one.reason && make('span', 'reason', one.reason)),
      cell('cited', words.cited, ...one.cited.map(source =>
        make('div', 'source', make('q', '', source.quote), make('cite', '', source.title))))));
    fillTable(table, words.answer,
      [words.sentence, words.verdict, words.cited].map(name => ['', name]), rows);
    return table;
  }

  return { show };
}
