// Which articles are asked: the button over the question, and the panel behind it. Of a publisher, a
// collection or an article the name asks it alone and closes the panel; its box adds it to the rest.

import { dialogOf, openBeside } from '../../static/dialog.js';
import { button, field, input, liveLine, make, rootOf } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { fill } from '../../static/text.js';

const TYPING_MS = 150;
const FEW = 8;     // of so many nothing has to be sought

/** @typedef {{ id: string, name: string, facts: string }} Choice */
/** @typedef {'publishers' | 'collections' | 'articles'} Group */
/** @type {Group[]} */
const GROUPS = ['publishers', 'collections', 'articles'];
/** @typedef {{ publishers: string[], collections: string[], articles: string[], since: string, until: string }} Chosen */
/** @type {Chosen} */
const NOTHING = { publishers: [], collections: [], articles: [], since: '', until: '' };

/** @param {import('../../static/gradio.js').Component} component */
export function mount({ element, props, server, command, follow }) {
  const words = props.words;
  const ask = asking(server, words.unreachable);
  const root = rootOf(element, 'filters');
  const toggle = button('filter-button', words.open, open);
  toggle.setAttribute('aria-haspopup', 'dialog');

  const sought = input('sought', 'search', { placeholder: words.search, maxLength: 200 });
  sought.setAttribute('aria-label', words.search);
  const problem = liveLine('p', 'problem', 'alert');
  const lists = Object.fromEntries(GROUPS.map(group => [group, make('ul', 'choices')]));
  const more = liveLine('p', 'more');
  const sections = GROUPS.map(group => {
    const section = make('section', group, make('h3', '', words[group]), lists[group]);
    section.setAttribute('role', 'group');
    section.setAttribute('aria-label', words[group]);
    return section;
  });
  const days = ['since', 'until'].map(name => input(name, 'date'));
  const all = button('all', words.all, () => {
    choose(NOTHING);
    dialog.close();
  });
  const dialog = dialogOf('beside filters-panel', words.open,
    make('div', 'bar', make('h2', '', words.open), button('shut', words.done, () => dialog.close())),
    sought, problem, make('div', 'groups', ...sections, more),
    make('div', 'days', ...days.map(day => field(words[day.name], day, 'filter-' + day.name))),
    make('div', 'foot', all));
  root.replaceChildren(toggle, dialog);

  /** @type {Chosen | null} */
  let mine = null;   // what was chosen here and is not back from the server yet
  /** @returns {Chosen} */
  const now = () => mine ?? { ...NOTHING, ...props.value };
  let calls = 0;     // only the newest look may be shown
  let typing = 0;

  /** @param {Partial<Chosen>} change */
  function choose(change) {
    mine = { ...now(), ...change };
    command('choose', { chosen: mine });
    show();
  }

  function open() {
    sought.value = '';
    sought.hidden = true;
    show();
    openBeside(dialog, toggle);
    look();
  }

  async function look() {
    const call = ++calls;
    const { publishers, collections, articles } = now();
    const found = await ask('list_choices', { words: sought.value, publishers, collections, articles });
    if (call !== calls) return;
    problem.textContent = found.problem || '';
    if (found.problem) return;
    if (found.count > FEW) sought.hidden = false;
    for (const [place, group] of GROUPS.entries()) {
      lists[group].replaceChildren(...found[group].map(one => row(group, one)));
      sections[place].hidden = !found[group].length;
    }
    const isNothing = GROUPS.every(group => !found[group].length);
    more.textContent = isNothing ? words.none : found.left ? fill(words.more, found) : '';
    show();
  }

  /** @param {Group} group @param {Choice} one */
  function row(group, one) {
    const box = input(group, 'checkbox', { value: one.id });
    box.setAttribute('aria-label', fill(words.add, one));
    box.addEventListener('change', () => {
      const others = now()[group].filter(id => id !== one.id);
      choose({ [group]: box.checked ? [...others, one.id] : others });
    });
    const alone = button('alone', '', () => {
      choose({ [group]: [one.id] });
      dialog.close();
    });
    alone.title = fill(words.alone, one);
    alone.append(make('span', 'name', one.name), make('span', 'facts', one.facts));
    return make('li', '', make('label', 'tick', box), alone);
  }

  function show() {
    const value = now();
    for (const group of GROUPS) {
      for (const box of lists[group].querySelectorAll('input')) box.checked = value[group].includes(box.value);
    }
    for (const day of days) {
      if (document.activeElement !== day) day.value = value[/** @type {'since' | 'until'} */ (day.name)];
    }
    all.disabled = !(GROUPS.some(group => value[group].length) || value.since || value.until);
  }

  for (const day of days) {
    day.addEventListener('change', () => choose({ [day.name]: day.value }));
    day.addEventListener('keydown', event => {
      if (event.key !== 'Enter') return;
      event.preventDefault();  // or else the button that has the focus then would open it again
      dialog.close();
    });
  }
  sought.addEventListener('input', () => {
    clearTimeout(typing);
    typing = window.setTimeout(look, TYPING_MS);
  });
  follow(() => {
    mine = null;
    show();
  });
}
