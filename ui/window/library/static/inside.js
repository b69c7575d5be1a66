// What is in the library, at one look: subjects, publishers, years, languages. Each leads to its articles.

import { closesBeside } from '../../static/dialog.js';
import { button, make } from '../../static/dom.js';
import { counted } from '../../static/text.js';

const MOST_NAMES = 60;

/**
 * @param {import('./library.js').Page} page
 * @param {ReturnType<typeof import('./listing.js').makeListing>} listing
 */
export function makeInside(page, listing) {
  const { words, ask, language } = page;
  const numbers = new Intl.NumberFormat(language);
  const languages = new Intl.DisplayNames([language], { type: 'language' });
  const body = Object.assign(make('div', 'inside-body'), { tabIndex: 0 });
  body.setAttribute('role', 'region');
  body.setAttribute('aria-label', words.inside);
  const dialog = make('dialog', 'tab-dialog reading inside', make('header', '',
    make('div', 'said', make('h3', '', words.inside)), button('shut', '✕', () => dialog.close(), words.close)), body);
  dialog.setAttribute('aria-label', words.inside);
  closesBeside(dialog);
  dialog.addEventListener('close', () => { if (!dialog.open) dialog.remove(); });
  const open = button('inside', words.inside, show);
  open.setAttribute('aria-haspopup', 'dialog');

  let calls = 0;

  async function show() {
    const call = ++calls;
    body.replaceChildren(make('p', 'hint', words.inside_wait));
    page.root.append(dialog);
    dialog.showModal();
    body.focus();
    const told = await ask('overview');
    if (call === calls) draw(told);
  }

  function draw(told) {
    if (told.problem) return body.replaceChildren(make('p', 'problem', told.problem));
    const years = told.years.map(([year, count]) => named(year, count, year && (() =>
      listing.limit({ since: `${year}-01-01`, until: `${year}-12-31` }))));
    const publishers = told.publishers.slice(0, MOST_NAMES).map(([name, count]) =>
      named(name, count, name && (() => listing.limit({ publisher: name }))));
    const spoken = told.languages.map(([code, ids]) => named(code && nameOf(code), ids.length, code && (() =>
      listing.limit({ label: nameOf(code), articles: ids }))));
    body.replaceChildren(
      ...part(words.subjects, words.subjects_note, make('ul', 'subjects', ...told.subjects.map(subject))),
      ...part(words.publishers, '', make('ul', 'names', ...publishers)),
      ...part(words.years, '', make('ul', 'names', ...years)),
      ...part(words.languages, '', make('ul', 'names', ...spoken)));
  }

  const part = (heading, note, list) => (list.children.length
    ? [make('h4', '', heading), note && make('p', 'hint', note), list] : []);

  function subject({ terms, ids, typical }) {
    const label = terms.join(' · ');
    return make('li', '', button('subject', label, () => lead(() => listing.limit({ label, articles: ids }))),
      make('span', 'count', articles(ids.length)),
      make('ul', 'typical', ...typical.map(one => make('li', '', button('open', one.title, () => page.read(one.id))))));
  }

  function named(name, count, does) {
    return make('li', '', does ? button('name', name, () => lead(does)) : make('span', 'name', words.unknown),
      make('span', 'count', numbers.format(count)));
  }

  const articles = count => counted(words, 'articles', count, numbers);

  function lead(does) {
    dialog.close();
    does();
  }

  /** @param {string} code */
  function nameOf(code) {
    try {
      return languages.of(code) ?? code;
    } catch {
      return code;  // an article may say anything of its language
    }
  }

  return { open };
}
