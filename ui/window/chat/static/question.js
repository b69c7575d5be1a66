// The question's box: how long a question may be, and that none is lost on its way to the server.

import { targetOf } from '../../static/dom.js';
import { takeDraft } from './connection.js';
import { box } from './conversation.js';
import * as unsent from './unsent.js';

const ON_ITS_WAY_MS = 1500;
const MOST_ON_ITS_WAY_MS = 30_000;
const COUNTED_FROM = .9;   // of the limit

/** How many characters Python counts. @param {string} text */
export const lengthOf = text => [...text.trim()].length;

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {ReturnType<typeof import('./connection.js').makeConnection>} connection
 * @param {number} longest
 */
export function makeQuestion({ words, command, exchanges }, connection, longest) {
  /** @type {string | null} */
  let reader = null;      // who reads this page; null while that is not known
  let isSettled = false;  // what the page before has left is asked, shown or forgotten
  let isEarly = false;    // a question was sent before that, and waits: the page's beginning would clear it

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

  /** A question is sent: keep it until the server has it. @param {string} question @param {number} [at] */
  function sending(question, at) {
    if (!question.trim()) return;
    unsent.keep(question.trim(), at);
    setTimeout(arrived, connection.isAway() ? 0 : ON_ITS_WAY_MS);
  }

  async function arrived() {
    const kept = unsent.ofThisTab();
    if (!kept) return;
    if (!await connection.look()) return away();
    const isTaken = isAsked(kept) && unsent.chatHere() !== '';
    const isRefused = unsent.isSame(current(), kept.question);   // and is in the box
    if (isTaken) taken();
    else if ((isRefused && !isEarly) || Date.now() - kept.at > MOST_ON_ITS_WAY_MS) unsent.forget();
    else setTimeout(arrived, ON_ITS_WAY_MS);
  }

  function taken() {
    unsent.forget();
    if (!connection.isAway()) say('');
  }

  /** The box sends what is in it, unless it is too long or nobody is there. @param {Event} event */
  function submits(event) {
    const isLong = count();
    if (isLong || connection.isAway()) stop(event);
    if (!isLong) sends(current(), event);
  }

  /** @param {string} question @param {Event} event  which sends it */
  function sends(question, event) {
    if (reader === null) {
      stop(event);
      isEarly = true;
    } else isSettled = true;  // what the page before has left gives way to it
    sending(question);
  }

  /** @param {Event} event */
  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  document.addEventListener('keydown', event => {
    const isSent = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
    if (isSent && event.target === box()) submits(event);
  }, true);
  document.addEventListener('click', event => {
    if (targetOf(event, '#box .submit-button')) return submits(event);
    const offered = targetOf(event, '#chat .example, #suggestions .ask');
    if (offered) sends(offered.textContent ?? '', event);
  }, true);
  document.addEventListener('input', event => {
    if (event.target === box()) count();
  });

  /** @param {import('./unsent.js').Unsent} kept  whether it had arrived before the page was left */
  function isAsked(kept) {
    const last = exchanges().at(-1);
    return Boolean(last && unsent.isSame(last.question, kept.question));
  }

  /** What the page before has left, once it is known who reads, and the conversation is there. */
  function settle() {
    if (isSettled || reader === null || (unsent.chatHere() && !exchanges().length)) return;
    isSettled = true;
    const mine = unsent.ofThisTab();
    const left = mine ?? unsent.ofAnyTab();
    if (!left) return;
    const isOthers = left.user && left.user !== reader;
    if (isOthers || isAsked(left)) return unsent.forget();
    if (mine && mine.user === reader && mine.chat === unsent.chatHere()) {
      // It may have been taken before the page was left; the server knows by when it was asked.
      command('ask_brought', { question: mine.question, age: Math.max(0, Date.now() - mine.at) });
      sending(mine.question, mine.at);
      if (isEarly && unsent.isSame(current(), mine.question)) put('');
      isEarly = false;
      return;
    }
    if (!current()) put(left.question);
    say(words.unasked, 'kept');
    unsent.forget();
  }

  async function begin() {
    const draft = takeDraft();
    const mine = unsent.ofThisTab();
    if (draft && !(mine && unsent.isSame(draft, mine.question))) put(draft);
    reader = await unsent.reader;
    const sent = isEarly && unsent.ofThisTab();
    if (sent) unsent.keep(sent.question, sent.at);  // now it has a writer
    settle();
  }

  return {
    begin,
    away,
    /** The conversation is another, or went on. */
    follow() {
      const kept = unsent.ofThisTab();
      // Until the address tells of the conversation, a reload would not find it.
      if (kept && isAsked(kept) && unsent.chatHere()) taken();
      settle();
    },
  };
}
