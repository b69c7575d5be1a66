// Whether the server that made this page is there. While it is not, the page says so, and once it is
// back the page starts anew: of the old one Gradio's server would know nothing.

import { at } from '../../static/places.js';

const AGAIN_MS = 1500;
const PATIENCE_MS = 4000;
const draftAt = () => 'ibid.draft' + at('');

/**
 * @param {string} run  which run of the server made this page
 * @param {() => void} onAway
 * @param {() => string} draft  what stands in the question's box
 */
export function makeConnection(run, onAway, draft) {
  let timer = 0;

  /** Whether it is there. If it was away and is back, or is another, the page starts anew. */
  async function look() {
    const found = await reached();
    if (found === run && !timer) return true;
    if (found) startAnew();
    else if (!timer) {
      timer = window.setInterval(look, AGAIN_MS);
      document.documentElement.classList.add('away');
      onAway();
    }
    return false;
  }

  function startAnew() {
    clearInterval(timer);
    const words = draft();
    if (words) sessionStorage.setItem(draftAt(), words);
    location.reload();
  }

  addEventListener('offline', look);
  return { look, isAway: () => timer !== 0 };
}

/** What stood in the box when the page started anew. */
export function takeDraft() {
  const words = sessionStorage.getItem(draftAt()) ?? '';
  sessionStorage.removeItem(draftAt());
  return words;
}

/** Which run of the server answers; empty if none does. */
async function reached() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(at('/healthz'), { cache: 'no-store', signal });
    // Whoever may not see the library any more is told so by the page that comes instead.
    if ([401, 404].includes(answer.status)) return 'none';
    const { run } = answer.ok ? await answer.json() : {};
    return typeof run === 'string' ? run : '';
  } catch {
    return '';
  }
}
