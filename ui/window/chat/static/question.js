// The question's box: how long a question may be, and that none is lost on its way to the server.

import { targetOf } from '../../static/dom.js';
import { takeDraft } from './connection.js';
import { box } from './conversation.js';
import * as unsent from './unsent.js';

const ON_ITS_WAY_MS = 1500;
const COUNTED_FROM = .9;   // of the limit

/** How many characters Python counts. @param {string} text */
export const lengthOf = text => [...text.trim()].length;

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {ReturnType<typeof import('./connection.js').makeConnection>} connection
 * @param {number} longest
 */
export function makeQuestion({ words, command, exchanges }, connection, longest) {
  let isReady = !unsent.chatHere();   // whether the conversation in the address is there
  /** @type {import('./unsent.js').Unsent | null} */
  let toSend = null;

  /** @param {string} line @param {string} [tone] */
  function say(line, tone = '') {
    const node = document.querySelector('#notice .line');
    if (!node || (node.textContent === line && node.className === `line ${tone}`)) return;
    node.textContent = line;
    node.className = `line ${tone}`;
    node.setAttribute('aria-live', tone ? 'polite' : 'off');  // a count is not read at each letter
  }

  const number = new Intl.NumberFormat(document.documentElement.lang || 'en');
  /** @param {string} template @param {number} length */
  const counted = (template, length) => template
    .replace('{length}', number.format(length)).replace('{limit}', number.format(longest));

  /** Say how long the question is, if that matters. @returns {boolean} whether it is too long */
  function count() {
    const length = lengthOf(current());
    if (length > longest) say(counted(words.long, length), 'long');
    else if (connection.isAway()) away();
    else say(length >= COUNTED_FROM * longest ? counted(words.count, length) : '');
    return length > longest;
  }

  const current = () => box()?.value ?? '';

  /** @param {string} words */
  function put(words) {
    const field = box();
    if (!field) return;
    field.value = words;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function away() {
    say(unsent.ofThisTab() ? words.unsent : words.away, 'away');
  }

  /** A question is sent: keep it until the server has it. @param {string} question */
  function sending(question) {
    if (!question.trim()) return;
    unsent.keep(question.trim());
    setTimeout(arrived, connection.isAway() ? 0 : ON_ITS_WAY_MS);
  }

  async function arrived() {
    if (!unsent.ofThisTab()) return;
    if (await connection.look()) unsent.forget();   // it was taken, or refused and is in the box
    else away();
  }

  /** The box sends what is in it, unless it is too long or nobody is there. @param {Event} event */
  function submits(event) {
    const isStopped = count() || connection.isAway();
    if (isStopped) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (lengthOf(current()) <= longest) sending(current());
  }

  document.addEventListener('keydown', event => {
    const isSent = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
    if (isSent && event.target === box()) submits(event);
  }, true);
  document.addEventListener('click', event => {
    if (targetOf(event, '#box .submit-button')) return submits(event);
    const offered = targetOf(event, '#chat .example, #suggestions .ask');
    if (offered) sending(offered.textContent ?? '');
  }, true);
  document.addEventListener('input', event => {
    if (event.target === box()) count();
  });

  function sendKept() {
    if (!toSend || !isReady) return;
    command('ask_brought', { question: toSend.question });
    sending(toSend.question);
    toSend = null;
  }

  function begin() {
    const draft = takeDraft();
    const mine = unsent.ofThisTab();
    if (mine && mine.chat === unsent.chatHere()) toSend = mine;
    const left = mine ?? unsent.ofAnyTab();
    if (draft && !(mine && unsent.isSame(draft, mine.question))) put(draft);
    else if (left && !toSend) {
      put(left.question);
      say(words.unasked, 'kept');
      unsent.forget();
    }
    sendKept();
  }

  return {
    begin,
    away,
    /** The conversation is another, or went on. */
    follow() {
      isReady ||= exchanges().length > 0;
      const last = exchanges().at(-1);
      const kept = unsent.ofThisTab();
      if (last && kept && unsent.isSame(last.question, kept.question)) {
        unsent.forget();
        toSend = null;   // it had arrived before the page was left
        if (!connection.isAway()) say('');
      }
      sendKept();
    },
  };
}
