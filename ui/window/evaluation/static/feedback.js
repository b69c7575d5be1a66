// Answers that were given a thumb down, each of which can become a case.

import { choice, field, input, liveLine, make, submitButton } from '../../static/dom.js';
import { refill } from '../../static/lists.js';
import { capital, fill } from '../../static/text.js';

/** @param {import('./evaluation.js').Page} page */
export function makeFeedback({ words, ask }) {
  const complaints = make('div', 'complaints');
  const node = make('details', 'feedback', make('summary', '', words.feedback), complaints);
  node.hidden = true;

  async function look() {
    const { answers = [] } = await ask('feedback');
    node.hidden = !answers.length;
    refill(complaints, answers, one => String(one.place), complaint);  // what is half written stays
  }

  function complaint(one) {
    const right = input('right', 'text', { placeholder: words.right_hint, maxLength: 500 });
    const evidence = choice('evidence', [['', words.no_evidence], ...one.evidence.map((source, place) =>
      [String(place), `${source.title}: ${source.quote}`.slice(0, 160)])]);
    const keep = submitButton('primary', words.keep);
    const said = liveLine('p', 'said-status');
    const form = make('form', 'complaint', make('h4', '', one.question), make('p', 'said', one.said),
      one.reason && make('p', 'hint', one.reason),
      field(words.right, right, `evaluation-right-${one.place}`),
      field(words.evidence, evidence, `evaluation-evidence-${one.place}`),
      make('div', 'buttons', keep, said));
    form.addEventListener('submit', async event => {
      event.preventDefault();
      const given = { place: one.place, answer: right.value };
      const told = await ask('keep_case', evidence.value ? { ...given, evidence: Number(evidence.value) } : given);
      said.textContent = told.problem ? capital(told.problem) : fill(words.kept, { set: told.set });
      if (!told.problem) keep.disabled = true;
    });
    return form;
  }

  return { node, look };
}
