// On a narrow page the sheet comes up from below, over all else: a click beside it sends it down.

const NARROW = matchMedia('(max-width: 820px)');
const BESIDE = '#top, #banner, #fetching, #tabs > .tab-wrapper, #talk';

const sheet = () => document.getElementById('sheet');
export const isRaised = () => Boolean(sheet()?.classList.contains('up'));

/** What lies under it can be neither reached nor read meanwhile. */
function cover() {
  const isCovered = NARROW.matches && isRaised();
  for (const node of document.querySelectorAll(BESIDE)) node.toggleAttribute('inert', isCovered);
}
NARROW.addEventListener('change', cover);

/** @param {boolean} isUp */
export function raise(isUp) {
  sheet()?.classList.toggle('up', isUp);
  cover();
}

/** @param {() => void} lower  what sends it down */
export function lowerBeside(lower) {
  document.addEventListener('click', event => {
    const isBeside = event.target instanceof Element && !event.target.closest('#sheet, dialog, .toast-wrap');
    if (!NARROW.matches || !isRaised() || !isBeside) return;
    event.preventDefault();
    event.stopPropagation();
    lower();
  }, true);
}
