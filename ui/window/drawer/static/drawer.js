// The drawer of conversations. Every word is set as text, never as markup.

import { forgetAll, readBy } from '../../chat/static/unsent.js';
import { dialogOf, open as openOver } from '../../static/dialog.js';
import { button, liveLine, make, opensElsewhere, rootOf } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { makeKeeping } from '../../static/keeping.js';
import { at } from '../../static/places.js';
import { localeOf } from '../../static/text.js';

/** @param {import('../../static/gradio.js').Component} component */
export function mount({ element, props, server, command, follow }) {
  const words = props.words;
  const ask = asking(server, words.unreachable);
  const root = rootOf(element, 'drawer-root');

  const toggle = button('toggle', '', open, words.open);
  toggle.setAttribute('aria-haspopup', 'dialog');
  toggle.append(make('span'), make('span'), make('span'));
  const dialog = dialogOf('drawer', words.heading);
  const bar = make('div', 'bar');
  bar.append(make('h2', 'heading', words.heading),
    button('shut', '✕', () => dialog.close(), words.close));
  const search = make('input', 'search');
  Object.assign(search, { type: 'search', placeholder: words.search, maxLength: 200 });
  search.setAttribute('aria-label', words.search);
  const live = liveLine('p', 'live');
  const list = make('ul', 'talks');
  const foot = make('div', 'foot');
  dialog.append(bar, search, live, list, foot);
  root.append(toggle, dialog);
  const keeping = makeKeeping(dialog, words.keep, props.language);

  let calls = 0;  // only the newest search may show what it found
  const when = new Intl.DateTimeFormat(localeOf(props.language),
    { dateStyle: 'medium', timeStyle: 'short' });
  const value = () => props.value || {};

  function open() {
    search.value = '';
    footer();
    openOver(dialog, toggle);
    refresh();
  }

  async function refresh() {
    const call = ++calls;
    const found = await request('list_conversations', search.value);
    if (call !== calls || !Array.isArray(found)) return;
    list.replaceChildren(...found.map(row));
    say(found.length ? '' : search.value.trim() ? words.nothing : words.empty);
  }

  async function request(name, data) {
    const told = await ask(name, data);
    if (told.problem) say(told.problem);
    return told;
  }

  function say(line) {
    live.textContent = line || '';
    live.hidden = !line;
  }

  function row(talk) {
    const item = make('li');
    const link = make('a', 'talk');
    link.href = '?chat=' + encodeURIComponent(talk.id);
    link.append(make('span', 'title', talk.title), make('span', 'facts', when.format(new Date(talk.updated))));
    if (talk.id === value().current) link.setAttribute('aria-current', 'page');
    link.addEventListener('click', event => {
      if (opensElsewhere(event)) return;
      event.preventDefault();
      dialog.close();
      if (talk.id !== value().current) command('open_conversation', { id: talk.id });
    });
    const acts = make('div', 'acts');
    const about = name => name + ': ' + talk.title;
    acts.append(
      button('', words.rename, () => rename(item, talk), about(words.rename)),
      keep(talk, about(words.keep.heading)),
      button('', words.remove, () => remove(item, talk), about(words.remove)));
    item.append(link, acts);
    return item;
  }

  function mark() {
    for (const link of list.querySelectorAll('a')) {
      if (!link.matches('.talk')) continue;
      if (new URL(link.href).searchParams.get('chat') !== value().current) link.removeAttribute('aria-current');
      else link.setAttribute('aria-current', 'page');
    }
  }

  function keep(talk, name) {
    const address = at('/conversations/') + encodeURIComponent(talk.id);
    const act = button('', words.keep.heading,
      () => keeping.open(act, [{ label: words.keep.talk, address }]), name);
    act.setAttribute('aria-haspopup', 'dialog');
    return act;
  }

  function rename(item, talk) {
    const box = make('input', 'rename');
    Object.assign(box, { value: talk.title, maxLength: 80 });
    box.setAttribute('aria-label', words.rename);
    let over = false;
    async function end(keep) {
      if (over) return;
      over = true;
      if (keep && box.value.trim() && box.value !== talk.title) {
        const told = await request('rename_conversation', [talk.id, box.value]);
        if (told.title) talk.title = told.title;
        if (told.title && talk.id === value().current) entitle(told.title);
      }
      const fresh = row(talk);
      item.replaceWith(fresh);
      fresh.querySelector('button')?.focus();
    }
    box.addEventListener('keydown', event => {
      if (event.key === 'Enter') end(true);
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        end(false);
      }
    });
    box.addEventListener('blur', () => end(true));
    item.replaceChildren(box);
    box.focus();
    box.select();
  }

  async function remove(item, talk) {
    const told = await request('remove_conversation', talk.id);
    if (told.problem) return;
    const isOpen = talk.id === value().current;
    if (isOpen) command('open_conversation', { id: '' });
    const line = make('span', 'gone', words.removed.replace('{title}', () => talk.title));
    const undo = button('', words.undo, async () => {
      const back = await request('restore_conversation', talk.id);
      if (back.problem) return;
      const fresh = row(talk);
      item.replaceWith(fresh);
      fresh.querySelector('a')?.focus();
      if (isOpen && !value().current) command('open_conversation', { id: talk.id });
    });
    item.classList.add('undo');
    item.replaceChildren(line, undo);
    undo.focus();
  }

  /** The page's title tells which conversation it shows. @param {string} title */
  function entitle(title) {
    document.title = title ? `${title} · ${props.name}` : props.name;
  }

  /** @type {string | null} */
  let footed = null;  // whose foot it shows

  function footer() {
    footed = value().user;
    foot.replaceChildren();
    for (const other of props.languages) {
      const link = make('a', '', other.name);
      const chat = value().current;
      link.href = at(`/language/${other.language}`) + (chat ? `?chat=${encodeURIComponent(chat)}` : '');
      link.lang = link.hreflang = other.language;
      foot.append(link);
    }
    if (!value().user) return;
    const form = make('form');
    form.method = 'post';
    form.action = '/sign-out';
    const out = make('button', '', words.signOut);
    form.addEventListener('submit', forgetAll);  // what is left in the browser is nobody else's
    form.append(make('span', 'who', value().user), out);
    foot.append(form);
  }

  let typing = 0;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(refresh, 150);
  });
  search.addEventListener('keydown', event => event.stopPropagation());

  // The address says which conversation is open, so that a reload finds it.
  follow(() => {
    if (dialog.open) {
      mark();
      if (footed !== value().user) footer();  // it was opened before that was known
    }
    entitle(value().title);
    document.documentElement.classList.toggle('no-evaluation', value().measures === false);
    const address = new URL(location.href);
    if (value().current) address.searchParams.set('chat', value().current);
    else address.searchParams.delete('chat');
    if (!value().shared) address.searchParams.delete('answer');
    if (address.href !== location.href) history.replaceState(history.state, '', address);
    if (typeof value().user === 'string') readBy(value().user);
  });
}
