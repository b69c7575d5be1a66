// After a thumb down, room for a reason.

import { button, make, submitButton } from '../../static/dom.js';

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {(node: HTMLElement | null) => void} focusQuietly
 */
export function makeFeedback({ words, command, tell }, focusQuietly) {
  const reason = Object.assign(make('textarea'), { rows: 2, maxLength: 2000, placeholder: words.why });
  reason.setAttribute('aria-label', words.why);
  const node = make('form', 'why', reason,
    make('div', 'row', button('skip', words.skip, close), submitButton('send', words.send)));
  node.hidden = true;
  document.body.append(node);
  let blamed = -1;

  /**
   * @param {HTMLElement} act
   * @param {number} place  which exchange
   */
  function open(act, place) {
    blamed = place;
    reason.value = '';
    node.hidden = false;
    const spot = act.getBoundingClientRect();
    const fits = spot.bottom + 8 + node.offsetHeight < innerHeight;
    node.style.left = Math.max(12, Math.min(spot.left, innerWidth - node.offsetWidth - 12)) + 'px';
    node.style.top = (fits ? spot.bottom + 8 : spot.top - 8 - node.offsetHeight) + 'px';
    reason.focus();
  }

  function close() {
    node.hidden = true;
    focusQuietly(document.querySelector(`#chat button[value="down-${blamed}"]`));
  }

  node.addEventListener('submit', event => {
    event.preventDefault();
    if (reason.value.trim()) {
      command('judge', { place: blamed, verdict: 'down', reason: reason.value });
      tell(words.thanks);
    }
    close();
  });
  node.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      node.requestSubmit();
    }
  });

  return {
    open,
    /** Something else was selected. @param {Event} event */
    leave(event) {
      if (!(event.target instanceof Node && node.contains(event.target))) node.hidden = true;
    },
  };
}
