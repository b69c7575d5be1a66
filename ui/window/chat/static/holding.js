// What can be done with an answer is drawn anew with it: the button that had the focus has it again.

import { targetOf } from '../../static/dom.js';

/** @returns {() => void} what is called when the page was drawn anew */
export function makeHolding() {
  let held = '';
  document.addEventListener('focusin', event => {
    const act = targetOf(event, '#chat .act');
    held = act instanceof HTMLButtonElement ? act.value : '';
  });
  // A button that is left is still there a moment later; one that is drawn anew is not.
  document.addEventListener('focusout', ({ target }) => requestAnimationFrame(() => {
    if (target instanceof HTMLElement && target.isConnected && target !== document.activeElement
      && target.matches(`#chat .act[value="${CSS.escape(held)}"]`)) held = '';
  }));
  return () => {
    if (!held || document.activeElement !== document.body) return;
    const act = document.querySelector(`#chat .act[value="${CSS.escape(held)}"]`);
    if (act instanceof HTMLElement) act.focus({ preventScroll: true });
  };
}
