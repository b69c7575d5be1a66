// The button that says which model answers, and the panel of settings behind it.

import { dialogOf, open } from '../../static/dialog.js';
import { button, choice, field, input, liveLine, make, rootOf } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { at } from '../../static/places.js';
import { fill, localeOf, sizeIn } from '../../static/text.js';
import { makeKeys } from './keys.js';
import { models } from './models.js';
import { chosenTheme, setTheme } from './theme.js';

/** @param {import('../../static/gradio.js').Component} component */
export function mount({ element, props, server }) {
  const words = props.words;
  const ask = asking(server, words.unforeseen);
  const root = rootOf(element, 'settings-root');
  const conversation = () => new URL(location.href).searchParams.get('chat') || '';

  const toggle = button('toggle', '', () => { openPanel(); }, words.open);  // a narrow page hides the title
  toggle.setAttribute('aria-haspopup', 'dialog');
  const title = make('span', 'title', words.open);
  toggle.append(make('span', 'icon icon-gear'), title);
  const dialog = dialogOf('settings tab-dialog', words.heading);
  const said = liveLine('p', 'live'), problem = liveLine('p', 'problem', 'alert');

  const list = models({ words, size: bytes => sizeIn(bytes, localeOf(props.language)), pick });
  const answers = choice('answers', Object.entries(words.answers_of));
  const strictness = input('strictness', 'range', { min: '5', max: '95', step: '5' });
  const strictnessNote = make('p', 'hint');
  const passages = input('passages', 'number', { min: '1', max: String(props.most_passages) });
  const passagesNote = make('p', 'hint');
  const language = choice('language', props.languages);
  const theme = choice('theme', Object.entries(words.themes));
  const modelNote = make('p', 'hint');

  answers.addEventListener('change', save);
  strictness.addEventListener('change', save);
  passages.addEventListener('change', save);
  strictness.addEventListener('input', () => note());
  language.addEventListener('change', () => {
    const chat = conversation();
    location.assign(at(`/language/${language.value}`) + (chat ? `?chat=${encodeURIComponent(chat)}` : ''));
  });
  theme.addEventListener('change', () => { setTheme(theme.value); tell(words.saved); });

  dialog.append(
    make('div', 'head',
      make('div', 'bar', make('h2', '', words.heading), button('shut', words.close, () => dialog.close())),
      said, problem),
    make('h3', '', words.model), modelNote, list.element,
    field(words.answers, answers, 'settings-answers'),
    field(words.strictness, strictness, 'settings-strictness'), strictnessNote,
    field(words.passages, passages, 'settings-passages'), passagesNote,
    field(words.language, language, 'settings-language'),
    field(words.theme, theme, 'settings-theme'),
    make('div', 'buttons', button('plain', words.keys.heading, () => {
      dialog.close();
      keys.show(toggle);
    }), button('plain', words.reset, reset)));
  root.replaceChildren(toggle, dialog);
  const keys = makeKeys(words.keys, root);

  /** @type {any} */
  let now = {};

  async function openPanel() {
    open(dialog, toggle);
    tell('');
    show(await ask('look_settings', { conversation: conversation() }));
    list.wait();
    const found = await ask('list_models', {});
    if (found.problem) tell('', found.problem);
    list.show(found.models || [], now);
  }

  /** @param {string} done @param {string} [wrong] */
  function tell(done, wrong = '') {
    said.textContent = done;
    problem.textContent = wrong;
  }

  function note() {
    strictnessNote.textContent = fill(words.strictness_note, { value: strictness.value, usual: Math.round(100 * now.set.strictness) });
    passagesNote.textContent = fill(words.usual, { usual: now.set.passages });
  }

  /** @param {any} told */
  function show(told) {
    if (told.problem) { tell('', told.problem); return false; }
    now = told;
    title.textContent = now.answers === 'quotes' ? words.answers_of.quotes : now.title;
    toggle.setAttribute('aria-label', `${words.open}: ${title.textContent}`);
    toggle.title = now.answers !== 'quotes' && now.host ? fill(words.sends, now) : title.textContent;
    toggle.classList.toggle('sends', now.answers !== 'quotes' && Boolean(now.host));
    modelNote.textContent = conversation() ? words.model_note : words.model_note_new;
    answers.value = now.answers;
    strictness.value = String(Math.round(100 * now.strictness));
    passages.value = String(now.passages);
    language.value = props.language;
    theme.value = chosenTheme();
    note();
    list.mark(now);
    return true;
  }

  async function save() {
    const given = { conversation: conversation(), answers: answers.value,
      strictness: Number(strictness.value) / 100, passages: Number(passages.value) };
    if (show(await ask('change_settings', given))) tell(words.saved);
  }

  /** @param {{ model: string, base_url: string }} one */
  async function pick(one) {
    tell('');
    if (show(await ask('pick_model', { ...one, conversation: conversation() }))) tell(words.saved);
    list.mark(now);
  }

  async function reset() {
    if (show(await ask('reset_settings', { conversation: conversation() }))) tell(words.saved);
    setTheme('system');  // which may load the page anew
  }

  async function look() {
    show(await ask('look_settings', { conversation: conversation() }));
  }

  // Another conversation may have another model.
  let shown = conversation();
  setInterval(() => {
    if (conversation() === shown || document.hidden) return;
    shown = conversation();
    look();
  }, 1000);
  look();
}
