// Copying, also where a page may not ask for the clipboard.

import { make } from './dom.js';

/**
 * Whether a text could be copied.
 * @param {string} text
 * @param {HTMLElement} act  what has the focus afterwards
 */
export async function copyText(text, act) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {  // a page that did not come by https may use the old way only
    const field = Object.assign(make('textarea', 'told'), { value: text });
    (act.closest('[popover], dialog') ?? document.body).append(field);
    field.select();
    const isDone = document.execCommand('copy');
    field.remove();
    act.focus();
    return isDone;
  }
}
