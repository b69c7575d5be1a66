// The card that shows what a chip cites, or why a sentence is doubted: on hover and on focus. The
// pointer may move into it, Esc puts it away, and a finger does not call it (WCAG 1.4.13).
const tip = make('div', 'tip');
tip.id = 'tip';
tip.setAttribute('role', 'tooltip');
tip.hidden = true;
document.body.append(tip);

const TIPPED = '#chat a[href^="#cite-"], #chat .doubt';
let tipFor = null;
let tipTimer = 0;
let isQuiet = false;

// Give the focus back without the card coming up.
function quietly(node) {
  requestAnimationFrame(() => {
    isQuiet = true;
    node?.focus({ preventScroll: true });
    isQuiet = false;
  });
}

function showTip(node) {
  clearTimeout(tipTimer);
  if (tipFor === node && !tip.hidden) return;
  const isDoubt = node.matches('.doubt');
  const source = isDoubt ? null : cards().find(one => one.href === node.getAttribute('href'));
  if (!isDoubt && !source) return;
  tip.classList.toggle('reason', isDoubt);
  if (isDoubt) {
    tip.replaceChildren(make('p', '', node.getAttribute('aria-label')));
  } else {
    tip.replaceChildren(make('q', 'quote', source.quote), make('p', 'title', source.title),
      make('p', 'facts', source.byline));
  }
  hideTip();
  tipFor = node;
  tip.hidden = false;
  node.setAttribute('aria-describedby', 'tip');
  const chip = node.getBoundingClientRect();
  const room = document.getElementById('talk').getBoundingClientRect();
  const left = Math.min(chip.left - 24, room.right - tip.offsetWidth - 12);
  tip.style.left = Math.max(room.left + 12, left) + 'px';
  // Below the line, because what was read stands before the chip; above where there is no room.
  const fits = chip.bottom + 10 + tip.offsetHeight < innerHeight - 8;
  tip.style.top = (fits ? chip.bottom + 8 : chip.top - 8 - tip.offsetHeight) + 'px';
}

function hideTip() {
  clearTimeout(tipTimer);
  tipFor?.removeAttribute('aria-describedby');
  tipFor = null;
  tip.hidden = true;
}

function hideTipSoon() {
  clearTimeout(tipTimer);
  tipTimer = setTimeout(hideTip, 250);
}

document.addEventListener('pointerover', event => {
  if (event.pointerType === 'touch') return;
  const node = event.target.closest?.(TIPPED);
  if (node) {
    clearTimeout(tipTimer);
    tipTimer = setTimeout(() => showTip(node), 120);
  } else if (tip.contains(event.target)) {
    clearTimeout(tipTimer);
  } else if (!tip.hidden || tipTimer) {
    hideTipSoon();
  }
});
document.addEventListener('focusin', event => {
  const node = event.target.closest?.(TIPPED);
  if (node && !isQuiet && node.matches(':focus-visible')) showTip(node);
  else if (!tip.hidden) hideTip();
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape' || tip.hidden) return;
  event.stopPropagation();
  event.preventDefault();
  hideTip();
}, true);
document.addEventListener('scroll', event => {
  if (!tip.hidden && !tip.contains(event.target)) hideTip();
}, true);
