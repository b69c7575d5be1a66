// Keeping an answer as a file, and the link that others can read it by.

import { copyText } from '../../static/clipboard.js';
import { button, liveLine, make } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { makeKeeping } from '../../static/keeping.js';
import { at } from '../../static/places.js';

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {string} language
 * @param {import('../../static/gradio.js').Component['server']} server
 */
export function makeSharing({ words, tell }, language, server) {
  const keep = words.keep;
  const ask = asking(server, words.away);
  // Of a sheet's rules for narrow pages Gradio lets only those inside of this have any.
  const menu = makeKeeping(document.querySelector('main.contain') ?? document.body, keep, language);

  /**
   * @param {HTMLElement} act
   * @param {number} place  which exchange
   */
  async function open(act, place) {
    const shown = new URL(location.href).searchParams;
    const [chat, link] = [shown.get('chat'), shown.get('answer')];
    if (chat) {
      const address = at('/conversations/') + encodeURIComponent(chat);
      const query = `&answer=${place + 1}`;
      const { node, look } = linking(chat, place);
      menu.open(act, [{ label: keep.answer, address, query }, { label: keep.talk, address }], node);
      await look();
    } else if (link) {
      menu.open(act, [{ label: keep.answer, address: at('/answers/') + encodeURIComponent(link) }]);
    } else {
      tell(keep.unkept);
    }
  }

  /** What makes a link to an answer and takes it back. @param {string} chat @param {number} place */
  function linking(chat, place) {
    const address = Object.assign(make('input', 'address'), { type: 'text', readOnly: true, hidden: true });
    address.setAttribute('aria-label', keep.linked);
    const line = liveLine('p', 'line');
    const copy = button('link', keep.link, give);
    const back = button('unlink', keep.unlink, take);
    back.hidden = true;

    async function look() {
      const known = await ask('is_linked', [chat, place]);
      back.hidden = !known.linked;
      menu.stand();
    }

    async function give() {
      const given = await ask('link_answer', [chat, place]);
      if (given.problem) return say(given.problem);
      address.value = `${location.origin}${at('/')}?answer=${given.link}`;
      address.hidden = back.hidden = false;
      say(await copyText(address.value, copy) ? words.copied : words.uncopied);
    }

    async function take() {
      const told = await ask('unlink_answer', [chat, place]);
      if (told.problem) return say(told.problem);
      copy.focus();
      address.hidden = back.hidden = true;
      say(keep.unlinked);
    }

    /** @param {string} text */
    function say(text) {
      line.textContent = text;
      menu.stand();
    }

    const node = make('section', '', make('div', 'kinds', copy, back), address, line,
      make('p', 'note', keep.note));
    return { node, look };
  }

  return { open };
}
