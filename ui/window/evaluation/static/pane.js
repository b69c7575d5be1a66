// The pane in which one thing is looked at whole, in place of the front of the tab.

import { button, make } from '../../static/dom.js';

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} front  what it hides
 * @param {HTMLElement} heading  what has the focus when there is nothing to go back to
 * @param {string} back
 */
export function makePane(root, front, heading, back) {
  const node = make('section', 'pane');
  node.hidden = true;
  /** @type {Element | null} */
  let opener = null;
  const backButton = button('back', back, close);

  /**
   * @param {string} title
   * @param {...import('../../static/dom.js').Content} inside
   */
  function open(title, ...inside) {
    opener = document.activeElement;
    const name = Object.assign(make('h3', '', title), { tabIndex: -1 });
    node.replaceChildren(make('div', 'line', backButton, name));
    for (const part of inside) if (part) node.append(part);
    front.hidden = true;
    node.hidden = false;
    name.focus();
  }

  function close() {
    front.hidden = false;
    node.hidden = true;
    node.replaceChildren();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    else heading.focus();
  }

  root.addEventListener('keydown', event => {
    if (event.key === 'Escape' && !node.hidden && !root.querySelector('dialog[open]')) close();
  });
  return { node, open, focusBack: () => backButton.focus() };
}
