// The evaluation. Every word that comes from a set, an article or a model is set as text, never as
// markup.

import { isSeen, liveLine, make, rootOf } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { capital, localeOf } from '../../static/text.js';
import { makeCases } from './cases.js';
import { makeFeedback } from './feedback.js';
import { makePane } from './pane.js';
import { makeReviewing } from './reviewing.js';
import { makeRuns } from './runs.js';
import { makeStarting } from './starting.js';

/**
 * What the parts of the page share.
 * @typedef {object} Page
 * @property {Record<string, any>} words
 * @property {HTMLElement} root
 * @property {Intl.NumberFormat} numbers
 * @property {Intl.DateTimeFormat} times
 * @property {import('../../static/gradio.js').Ask} ask
 * @property {ReturnType<typeof makePane>} pane
 * @property {(told: {problem?: string}) => boolean} complain  whether there was a problem, which is shown
 * @property {(wanted?: string) => Promise<void>} look
 */

/** @param {import('../../static/gradio.js').Component} component */
export function mount({ element, props, server, upload }) {
  const words = props.words;
  const root = rootOf(element, 'evaluation');
  const language = document.documentElement.lang || 'en';
  const ask = asking(server, words.unreachable);
  const heading = Object.assign(make('h2', '', words.heading), { tabIndex: -1 });
  const problem = liveLine('p', 'problem', 'alert');
  const front = make('div', 'front');

  /** @type {Page} */
  const page = {
    words, root, ask, complain, look,
    numbers: new Intl.NumberFormat(language),
    times: new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' }),
    pane: makePane(root, front, heading, words.back),
  };
  const cases = makeCases(page);
  const runs = makeRuns(page, cases.show, () => starting.poll());
  const starting = makeStarting(page, now => { runs.mark(now); reviewing.mark(now); }, () => { if (isSeen(root)) look(); }, upload);
  const feedback = makeFeedback(page);
  const reviewing = makeReviewing(page, starting.poll);
  front.append(
    make('div', 'head', make('div', 'said', heading, make('p', 'summary', words.about))),
    starting.form, problem, starting.going, runs.node, feedback.node, reviewing.node);
  root.append(front, page.pane.node);

  function complain(told) {
    problem.textContent = told.problem ? capital(told.problem) : '';
    return Boolean(told.problem);
  }

  async function look(wanted) {
    const told = await ask('look');
    if (told.problem) return void complain(told);  // but what was told before stays to be read
    starting.showSets(told.sets, wanted);
    runs.show(told.runs, told.older);
    reviewing.look();
    await feedback.look();
  }

  let wasSeen = false;
  new IntersectionObserver(() => {
    if (isSeen(root) && !wasSeen) look();
    wasSeen = isSeen(root);
  }).observe(root);
  starting.poll();
}
