// The keys of the whole window, and the sheet that tells them. Single signs can be turned off, for
// whoever speaks to the browser instead of typing (WCAG 2.1.4).

import { box, showTab } from '../../chat/static/conversation.js';
import { dialogOf, open } from '../../static/dialog.js';
import { button, input, make } from '../../static/dom.js';
import { isCommand } from '../../static/keys.js';

const KEY = 'ibid_keys';

/**
 * @param {Record<string, any>} words
 * @param {HTMLElement} root  what the sheet is put into
 */
export function makeKeys(words, root) {
  const rows = words.list.map(([keys, what]) => make('tr', '',
    make('td', 'pressed', ...keys.map(key => make('kbd', '', key))), make('td', '', what)));
  const table = make('table', '', make('tbody', '', ...rows));
  const act = input('keys', 'checkbox');
  act.addEventListener('change', () => keep(act.checked));
  const dialog = dialogOf('keys tab-dialog', words.heading,
    make('div', 'bar', make('h2', '', words.heading), button('shut', words.close, () => dialog.close())),
    table, make('label', 'tick', act, words.act));
  root.append(dialog);

  /** @param {HTMLElement | null} [opener] */
  function show(opener = focused()) {
    act.checked = areOn();
    open(dialog, opener);
  }

  const fresh = () => document.getElementById('fresh');
  const ways = {
    '?': () => show(),
    '/': () => {
      showTab('chat-tab');
      requestAnimationFrame(() => box()?.focus());
    },
    n: () => {
      showTab('chat-tab');
      fresh()?.click();
      requestAnimationFrame(() => box()?.focus());
    },
  };

  document.addEventListener('keydown', event => {
    const way = Object.hasOwn(ways, event.key) ? ways[event.key] : null;
    if (!way || !areOn() || !isCommand(event)) return;
    event.preventDefault();
    way();
  });

  // What has a key of its own says so; Gradio draws these, and has no title for them.
  function entitle() {
    for (const [node, key, name] of [[fresh(), 'n', words.fresh], [box(), '/', words.ask]]) {
      if (!(node instanceof HTMLElement) || node.getAttribute('aria-keyshortcuts')) continue;
      node.setAttribute('aria-keyshortcuts', key);
      node.title = `${name} (${key})`;
    }
  }
  entitle();
  document.addEventListener('focusin', entitle);
  return { show };
}

const focused = () => (document.activeElement instanceof HTMLElement ? document.activeElement : null);

function areOn() {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

/** @param {boolean} isOn */
function keep(isOn) {
  try {
    if (isOn) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, 'off');
  } catch {
    // A browser that keeps nothing.
  }
}
