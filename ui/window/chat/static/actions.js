// What is selected in the conversation becomes its commands.

import { copyText } from '../../static/clipboard.js';
import { isCovered } from '../../static/dialog.js';
import { opensElsewhere, targetOf } from '../../static/dom.js';
import { articleOf, exchangeOf } from './citations.js';
import { showTab } from './conversation.js';
import { makeFeedback } from './feedback.js';

const LINKS = '#chat a[href^="#cite-"], #chat a[href^="#sources-"], #reader a[href^="#cite-"], '
  + 'a[href^="#article-"], a[href="#library"]';
const DONE_MS = 2000;

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {ReturnType<typeof import('./reader.js').makeReader>} reader
 * @param {ReturnType<typeof import('./tip.js').makeTip>} tip
 * @param {ReturnType<typeof import('./sharing.js').makeSharing>} sharing
 * @param {HTMLElement} root  what the dialogs are put into
 */
export function listen(conversation, reader, tip, sharing, root) {
  const { words, exchanges, command, tell } = conversation;
  const feedback = makeFeedback(conversation, root);

  function follow(href, from) {
    const exchange = exchangeOf(href);
    tip.hide();
    if (href === '#library') return showTab('library-tab');
    showTab('chat-tab');
    if (exchange !== null) reader.raiseList(exchange, from);
    else reader.open(href, from);
  }

  async function copy(act, place) {
    const isDone = await copyText(exchanges()[place]?.markdown || '', act);
    tell(isDone ? words.copied : words.uncopied);
    if (!isDone) return;
    act.classList.add('done');
    setTimeout(() => act.classList.remove('done'), DONE_MS);
  }

  function act(node) {
    const [what, place] = node.value.split('-');
    if (what === 'copy') copy(node, Number(place));
    else if (what === 'keep') sharing.open(node, Number(place));
    else if (what === 'again') command('ask_again');
    else if (what === 'wide') command('ask_again', { wide: true });
    else if (what === 'edit') {
      command('edit_question');
      conversation.focusBox();
    } else if (what === 'up' || what === 'down') {
      const isNew = !node.classList.contains('pressed');
      command('judge', { place: Number(place), verdict: what, reason: '' });
      if (what === 'down' && isNew) feedback.open(node, Number(place));
    }
  }

  function stopEditing() {
    command('leave_question');
    conversation.focusBox();
  }

  document.addEventListener('click', event => {
    const link = targetOf(event, LINKS);
    if (link && !opensElsewhere(event)) {
      event.preventDefault();
      event.stopPropagation();
      return follow(link.getAttribute('href'), link);
    }
    const node = targetOf(event, '#chat button.act, #scope .part, #suggestions .ask, .unedit');
    if (node?.matches('.act')) act(node);
    else if (node instanceof HTMLButtonElement && node.matches('.part')) command('widen', { part: node.value });
    else if (node?.matches('.ask')) command('ask_brought', { question: node.textContent });
    else if (node) stopEditing();
  }, true);

  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.defaultPrevented || isCovered()) return;
    const isInBox = event.target instanceof Element && event.target.matches('#box textarea');
    if (isInBox && document.querySelector('#editing .unedit')) stopEditing();
    else if (reader.openHref() || reader.isRaised()) reader.stepBack();
    else if (isInBox && event.target instanceof HTMLElement) event.target.blur();  // single keys are the page's again
  });

  // The address ends with the link that was selected before this script had come, or with a key held
  // down, which opened this tab. It is followed once the conversation that it belongs to is there.
  function followNamed() {
    const href = location.hash;
    const isOurs = href === '#library' || articleOf(href) !== null || exchangeOf(href) !== null;
    if (!isOurs || !conversation.isHere()) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    follow(href, null);
  }
  addEventListener('hashchange', followNamed);
  return { followNamed };
}
