// The newest answer stays in view, unless a person reads back: then nothing moves, and a button
// leads to it. Gradio's own scrolling is off.

import { button } from '../../static/dom.js';

const NEAR_PX = 40;

/** How far the end of what is said is below what is seen. @param {Element} log */
const below = log => log.scrollHeight - log.scrollTop - log.clientHeight;

/** @param {string} name  of the button */
export function makeScrolling(name) {
  /** @type {Element | null} */
  let log = null;          // what scrolls; Gradio makes it anew with another conversation
  /** @type {Element | null} */
  let said = null;         // what is in it
  let isFollowing = true;
  let top = 0;             // where it was scrolled to last
  const newest = button('newest', name, () => follow());
  newest.hidden = true;
  const sizes = new ResizeObserver(keep);

  function keep() {
    if (log && isFollowing) log.scrollTop = log.scrollHeight;
    show();
  }

  function show() {
    const isHidden = !log || isFollowing;
    if (newest.hidden !== isHidden) newest.hidden = isHidden;
  }

  function scrolled() {
    if (!log) return;
    // What grows below does not scroll: whoever goes up is a person.
    isFollowing = below(log) <= NEAR_PX || (isFollowing && log.scrollTop >= top);
    top = log.scrollTop;
    show();
  }

  /** Go to the newest answer, and stay with it. */
  function follow() {
    isFollowing = true;
    keep();
  }

  return {
    follow,
    /** Look whether there is something else to scroll. */
    look() {
      const now = document.querySelector('#chat .bubble-wrap');
      const inside = now?.querySelector('.message-wrap') ?? null;
      if (now === log && inside === said && newest.isConnected) return;
      sizes.disconnect();
      log?.removeEventListener('scroll', scrolled);
      log = now;
      said = inside;
      for (const one of [log, said]) if (one) sizes.observe(one);
      log?.addEventListener('scroll', scrolled, { passive: true });
      document.getElementById('chat')?.append(newest);
      follow();
    },
  };
}
