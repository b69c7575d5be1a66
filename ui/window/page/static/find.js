// Find in the article: every place is tinted, one at a time is gone to.
const finder = make('form', 'finder');
finder.setAttribute('role', 'search');
const sought = make('input', 'sought');
Object.assign(sought, { type: 'search', maxLength: 200, autocomplete: 'off' });
sought.placeholder = words.find;
sought.setAttribute('aria-label', words.find);
const tally = make('span', 'tally');
tally.setAttribute('role', 'status');
finder.append(sought, tally,
  tool('up', '', () => goTo(current - 1), words.previous),
  tool('down', '', () => goTo(current + 1), words.next));

let matches = [];
let current = -1;
const MOST_MATCHES = 2000;

function lookFor(body) {
  const wanted = sought.value.trim();
  matches = wanted && body ? [...rangesOf(body, wanted)] : [];
  current = -1;
  if (matches.length) goTo(0);
  else tint();
  tally.textContent = wanted && !matches.length ? words.none : tally.textContent;
}

function* rangesOf(body, wanted) {
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  const nodes = [];
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(), start = 0; node; node = walker.nextNode()) {
    nodes.push([node, start]);
    start += node.length;
  }
  let at = 0;
  const spot = (place, isEnd) => {
    while (at + 1 < nodes.length && nodes[at + 1][1] + (isEnd ? 0 : -1) < place) at++;
    return [nodes[at][0], place - nodes[at][1]];
  };
  let count = 0;
  for (const found of body.textContent.matchAll(new RegExp(escaped, 'giu'))) {
    if (++count > MOST_MATCHES) return;
    const range = document.createRange();
    range.setStart(...spot(found.index, false));
    range.setEnd(...spot(found.index + found[0].length, true));
    yield range;
  }
}

function goTo(place) {
  if (!matches.length) return;
  current = (place + matches.length) % matches.length;
  bringIntoView(pane, matches[current].getBoundingClientRect());
  tint();
}

function tint() {
  tally.textContent = matches.length ? `${current + 1} ${words.of} ${matches.length}` : '';
  if (!window.Highlight) {  // an older browser selects the one that is gone to
    if (current >= 0) {
      getSelection().removeAllRanges();
      getSelection().addRange(matches[current]);
    }
    return;
  }
  CSS.highlights.set('found', new Highlight(...matches));
  CSS.highlights.set('found-now', new Highlight(...matches.slice(current, current + 1)));
}

function forgetSearch() {
  sought.value = '';
  lookFor(null);
}

sought.addEventListener('input', () => lookFor(article.querySelector('.text')));
finder.addEventListener('submit', event => event.preventDefault());
sought.addEventListener('keydown', event => {
  if (event.key === 'Enter') {
    event.preventDefault();
    goTo(current + (event.shiftKey ? -1 : 1));
  } else if (event.key === 'Escape' && sought.value) {
    event.stopPropagation();
    forgetSearch();
  }
});
