// Cases that a model proposed: which files there are, and one candidate at a time.

import { button, field, input, liveLine, make, submitButton } from '../../static/dom.js';
import { refill } from '../../static/lists.js';
import { capital, fill } from '../../static/text.js';

/**
 * @param {import('./evaluation.js').Page} page
 * @param {() => void} onStart  cases are being proposed
 */
export function makeReviewing(page, onStart) {
  const { words, numbers, ask, complain, pane } = page;
  const wording = words.review;
  const files = make('div', 'files');
  const passages = input('passages', 'number', { min: '1', max: '500', value: '20', required: true });
  const propose = submitButton('propose', wording.propose);
  const form = make('form', 'proposing', field(wording.passages, passages, 'evaluation-passages'), propose);
  const node = make('section', 'candidates', make('h3', '', wording.heading),
    make('p', 'hint', wording.about), form, files);

  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (!complain(await ask('propose', { n: Math.floor(Number(passages.value)) }))) onStart();
  });

  async function look() {
    const { files: found = [] } = await ask('candidates');
    refill(files, found, file => file.name, file => make('div', 'file', make('div', '',
      make('strong', '', file.name), make('span', 'hint', file.left ? fill(wording.waiting,
        { left: numbers.format(file.left), of: numbers.format(file.of) }) : wording.all_read)),
      button('', wording.review, () => showReview(file.name), `${wording.review}: ${file.name}`)));
  }

  async function showReview(name) {
    const told = await ask('candidate', { file: name });
    if (complain(told)) return;
    const box = make('div', 'review');
    const far = liveLine('p', 'far');
    const meter = Object.assign(make('progress'), { max: 1 });
    meter.setAttribute('aria-label', wording.progress);
    pane.open(name, far, meter, box);
    drawCandidate(name, told, far, meter, box);
  }

  function drawCandidate(name, told, far, meter, box) {
    meter.value = told.of ? told.decided / told.of : 1;
    const facts = { number: numbers.format(told.decided + 1), of: numbers.format(told.of),
      kept: numbers.format(told.kept), dropped: numbers.format(told.refused), set: told.set };
    far.textContent = fill(told.id ? wording.place : wording.done, facts);
    if (!told.id) {
      box.replaceChildren();
      pane.focusBack();
      return void page.look();
    }
    const question = input('question', 'text', { value: told.question, maxLength: 2000 });
    const answers = input('answers', 'text', { value: told.answers, maxLength: 2000 });
    const fault = liveLine('p', 'problem', 'alert');
    const keep = submitButton('primary', `${wording.keep} (${wording.keep_key})`);
    const drop = button('refuse', `${wording.drop} (${wording.drop_key})`, () => decide(false));
    keep.setAttribute('aria-keyshortcuts', wording.keep_key);
    drop.setAttribute('aria-keyshortcuts', wording.drop_key);
    const passage = make('blockquote', '', told.before, told.quote && make('mark', '', told.quote), told.after);
    const heading = Object.assign(make('h4', 'from', fill(wording.from, { title: told.title })), { tabIndex: -1 });
    const form = make('form', 'candidate', heading, field(words.question, question, 'evaluation-question'),
      told.answerable ? field(wording.answers, answers, 'evaluation-answers') : make('p', 'hint', fill(wording.unanswerable, { title: told.title })),
      make('section', 'evidence', make('h4', '', told.answerable ? wording.evidence : wording.passage), passage),
      told.nearest && make('section', 'nearest', make('h4', '', wording.nearest), make('blockquote', '', told.nearest)),
      fault, make('div', 'buttons', keep, drop));

    async function decide(kept) {
      keep.disabled = drop.disabled = true;
      const next = await ask('decide', { file: name, id: told.id, keep: kept, question: question.value,
        answers: answers.value });
      keep.disabled = drop.disabled = false;
      // Where there is a next one in spite of a problem, another window has decided.
      if (next.problem) fault.textContent = capital(next.problem);
      if (next.of !== undefined) drawCandidate(name, next, far, meter, box);
      else question.focus();
    }
    form.addEventListener('submit', event => {
      event.preventDefault();
      decide(true);
    });
    form.addEventListener('keydown', event => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.altKey || event.metaKey || keep.disabled) return;
      const key = event.key.toUpperCase();
      if (key === wording.keep_key) decide(true);
      else if (key === wording.drop_key) decide(false);
      else return;
      event.preventDefault();
    });
    box.replaceChildren(form);
    heading.focus();
  }

  return { node, look, mark: now => { propose.disabled = now.busy; } };
}
