// A question on its way is kept in the browser until the server has it: for this tab, which asks it
// as soon as that is back, and for the next page if this tab is closed before. It is its writer's:
// to somebody else who signs in here meanwhile it is neither shown nor asked.

import { at } from '../../static/places.js';

const KEY = 'ibid.unsent';
const key = () => KEY + at('');

/**
 * @typedef {object} Unsent
 * @property {string} question
 * @property {string} chat  the conversation that it was asked in; empty for a new one
 * @property {string} user  who asked it; empty where nobody signs in
 * @property {number} at  when, in milliseconds
 */

let user = '';
/** @type {(user: string) => void} */
let tell = () => {};

/** Who reads this page, as soon as that is known. @type {Promise<string>} */
export const reader = new Promise(resolve => { tell = resolve; });

/** Now it is. @param {string} name  empty where nobody signs in */
export function readBy(name) {
  user = name;
  tell(name);
}

/** The conversation in the page's address. */
export const chatHere = () => new URL(location.href).searchParams.get('chat') ?? '';

/** @param {string} question @param {number} [at] */
export function keep(question, at = Date.now()) {
  const kept = JSON.stringify({ question, chat: chatHere(), user, at });
  try {
    for (const place of [sessionStorage, localStorage]) place.setItem(key(), kept);
  } catch {
    // A browser that keeps nothing still asks.
  }
}

/** Forget it: the server has it, or the person does. */
export function forget() {
  for (const place of [sessionStorage, localStorage]) place.removeItem(key());
}

/** Forget it in every library: whoever wrote it signs out. */
export function forgetAll() {
  for (const place of [sessionStorage, localStorage]) {
    for (const one of Object.keys(place)) if (one.startsWith(KEY)) place.removeItem(one);
  }
}

/** What this tab could not send. @returns {Unsent | null} */
export const ofThisTab = () => read(sessionStorage);

/** What some tab could not send. @returns {Unsent | null} */
export const ofAnyTab = () => read(localStorage);

/** Whether two questions are the same but for white space. @param {string} one @param {string} other */
export const isSame = (one, other) => squeezed(one) === squeezed(other);

/** @param {string} text */
const squeezed = text => text.split(/\s+/).filter(Boolean).join(' ');

/** @param {Storage} place @returns {Unsent | null} */
function read(place) {
  try {
    const kept = JSON.parse(place.getItem(key()) ?? 'null');
    const isSound = typeof kept?.question === 'string' && typeof kept?.chat === 'string';
    return isSound && kept.question.trim() ? { user: '', at: 0, ...kept } : null;
  } catch {
    return null;
  }
}
