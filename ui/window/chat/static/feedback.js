// After a thumb down, room for a reason.

import { dialogOf, openBeside } from '../../static/dialog.js';
import { button, make, submitButton } from '../../static/dom.js';

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {HTMLElement} root  what it is put into
 */
export function makeFeedback({ words, command, tell }, root) {
  const reason = Object.assign(make('textarea'), { rows: 2, maxLength: 2000, placeholder: words.why });
  reason.setAttribute('aria-label', words.why);
  const form = make('form', '', reason,
    make('div', 'row', button('skip', words.skip, () => dialog.close()), submitButton('send', words.send)));
  const dialog = dialogOf('beside', words.why, form);
  dialog.classList.add('why');
  root.append(dialog);
  let blamed = -1;

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (reason.value.trim()) {
      command('judge', { place: blamed, verdict: 'down', reason: reason.value });
      tell(words.thanks);
    }
    dialog.close();
  });
  form.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  // The thumb may have been drawn anew since.
  dialog.addEventListener('close', () => {
    const thumb = document.querySelector(`#chat button[value="down-${blamed}"]`);
    if (thumb instanceof HTMLElement) thumb.focus({ preventScroll: true });
  });

  return {
    /**
     * @param {HTMLElement} act
     * @param {number} place  which exchange
     */
    open(act, place) {
      blamed = place;
      reason.value = '';
      openBeside(dialog, act);
      reason.focus();
    },
  };
}
