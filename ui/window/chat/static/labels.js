// What the chat's sanitizer leaves out is added: it keeps neither labels nor states.

/** Set only what is not so already: each change would be seen as one of the page.
 * @param {Element} node
 * @param {string} name
 * @param {string} value
 */
function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {HTMLElement} root  the reader's
 * @param {string} openHref  the citation that is open
 */
export function label({ words, sources }, root, openHref) {
  const titles = new Map(sources().map(one => [one.href, one.title]));
  for (const chip of document.querySelectorAll('#chat a[href^="#cite-"]')) {
    const href = chip.getAttribute('href') ?? '';
    set(chip, 'aria-label', `${words.source} ${chip.textContent}: ${titles.get(href) || ''}`);
    chip.toggleAttribute('data-open', href === openHref);
  }
  // Gradio names each message by its Markdown source, which then is read out instead of its words.
  for (const message of document.querySelectorAll('#chat [data-testid][aria-label*="message:"]')) {
    message.removeAttribute('aria-label');
  }
  for (const log of document.querySelectorAll('#chat [role="log"]')) set(log, 'aria-live', 'off');
  for (const mark of document.querySelectorAll('#chat .doubt[title]')) {
    mark.setAttribute('role', 'note');
    mark.setAttribute('aria-label', mark.getAttribute('title') ?? '');
    mark.removeAttribute('title');
  }
  for (const act of document.querySelectorAll('#chat .act:is(.up, .down)')) {
    set(act, 'aria-pressed', String(act.classList.contains('pressed')));
  }
  /** @type {NodeListOf<HTMLElement>} */
  const parts = document.querySelectorAll('#scope .part');
  const asked = new Set([...parts].map(one => one.dataset.article));
  /** @type {NodeListOf<HTMLElement>} */
  const onlys = root.querySelectorAll('.only');
  for (const only of onlys) set(only, 'aria-pressed', String(asked.has(only.dataset.article)));
}
