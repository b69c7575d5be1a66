// The sheet: the list of sources, or one article.
const back = tool('back', words.back, () => { calls++; showList(listed); focusLater(heading); });
const heading = make('h2', 'heading');
heading.tabIndex = -1;
const what = make('span', 'what');
const which = make('span', 'which');
heading.append(what, which);
const count = make('span', 'count');
const turns = make('span', 'turns');
turns.append(tool('left', '', () => turn(-1), words.previous + ': ' + words.cited), count,
  tool('right', '', () => turn(1), words.next + ': ' + words.cited));
const shut = tool('shut', '', dismiss, words.close);
const bar = make('div', 'bar');
bar.append(back, heading, turns, shut);
const live = make('p', 'live');
live.setAttribute('role', 'status');
const list = make('ol', 'cards');
const pane = make('div', 'pane');
pane.tabIndex = 0;
pane.setAttribute('role', 'region');
pane.setAttribute('aria-label', words.text);
const article = make('article', 'page');
pane.append(article);
root.setAttribute('aria-label', words.sources);
root.append(bar, live, finder, list, pane, told);

let listed = -1;         // the exchange whose sources are listed
let openHref = '';       // the citation or article that is open; '' while the list shows
let openPlaces = [];     // what the conversation cites of it
let openAt = -1;         // which of these is lit
let openedFrom = null;   // what had the focus, to give it back
let sheetFrom = null;    // what raised the sheet, on a narrow page
let calls = 0;           // only the newest call may show its article
let known = 0;           // how many exchanges there are
const articles = new Map();

function raise(from) {
  if (!sheet().classList.contains('up')) sheetFrom = from;
  sheet().classList.add('up');
}

// A link may have been drawn anew since it was selected: then its successor will do.
function stillThere(node) {
  if (!node || node.isConnected) return node;
  const href = node.getAttribute('href');
  const scope = node.matches('.card') ? list : document.getElementById('chat');
  return [...scope.querySelectorAll('a')].find(link => link.getAttribute('href') === href);
}

function showList(place) {
  listed = place;
  openHref = '';
  const group = groups()[place];
  back.hidden = pane.hidden = finder.hidden = turns.hidden = true;
  list.hidden = false;
  what.textContent = group ? group.heading : words.sources;
  which.textContent = '';
  const sources = group ? group.cards : [];
  say(sources.length ? group.note : words.empty);
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.replaceChildren(...sources.map(card));
  if (focused) stillThere(focused)?.focus({ preventScroll: true });
  dress();
}

function card(source) {
  const item = make('li');
  const face = make(source.href ? 'a' : 'div', 'card');
  if (source.href) face.setAttribute('href', source.href);
  const body = make('span', 'body');
  const facts = [source.byline, source.tag].filter(Boolean).join(' · ');
  body.append(make('span', 'title', source.title), make('span', 'facts', facts),
    make('q', 'quote', source.quote));
  face.append(make('span', 'number', String(source.number)), body);
  item.append(face);
  if (source.article) {
    const only = tool('only', '', () => trigger('input', { article: source.article }), words.only);
    only.dataset.article = source.article;
    item.append(only);
  }
  return item;
}

function say(line, tone) {
  live.textContent = line || '';
  live.className = 'live' + (tone ? ' ' + tone : '');
  live.hidden = !line;
}

async function fetchArticle(id, digest) {
  const key = id + ' ' + digest;
  if (articles.has(key)) return articles.get(key);
  const found = await server.get_article(id);
  if (found && !found.problem) articles.set(id + ' ' + found.digest, found);
  return found;
}

// Open an article at a citation, or from its beginning.
async function open(href, from) {
  const parts = CITE.exec(href);
  const id = parts ? parts[1] : WHOLE.exec(href)?.[1];
  if (!id) return;
  const call = ++calls;
  openedFrom = from;
  openHref = href;
  raise(from);
  const page = cards().find(one => one.href === href)?.page;
  which.textContent = '';
  what.textContent = parts
    ? [words.source + ' ' + parts[5], page].filter(Boolean).join(' · ') : words.whole;
  list.hidden = pane.hidden = finder.hidden = turns.hidden = true;
  back.hidden = false;
  say(words.loading);
  dress();
  let found;
  try {
    found = await fetchArticle(id, parts ? parts[2] : '');
  } catch {
    found = { problem: words.unreachable };
  }
  if (call !== calls || openHref !== href) return;
  if (!found || found.problem) {
    say(found ? found.problem : words.unreachable, 'warning');
    focusLater(heading);
    return;
  }
  showArticle(found, parts);
}

function showArticle(found, parts) {
  const text = found.text;
  openPlaces = placesIn(found.id, found.digest, text);
  let lit = null;
  let warning = '';
  if (parts && parts[2] === found.digest) {
    const [from, to] = [unit(text, Number(parts[3])), unit(text, Number(parts[4]))];
    if (from >= 0 && from < to) lit = { from, to, href: openHref };
  }
  if (parts && !lit) {
    lit = stillSaid(text);
    warning = lit ? words.moved : words.unmarked;
  }
  openAt = lit ? openPlaces.findIndex(one => one.from === lit.from && one.to === lit.to) : -1;

  const isNew = article.dataset.shown !== found.id + found.digest;
  article.dataset.shown = found.id + found.digest;
  const body = make('div', 'text');
  body.dir = 'auto';
  if (found.language) body.lang = found.language;
  drawText(body, text, openPlaces, lit);
  which.textContent = found.title;
  article.replaceChildren(headOf(found), body);
  list.hidden = true;
  pane.hidden = finder.hidden = false;
  turns.hidden = openPlaces.length < (openAt < 0 ? 1 : 2);
  count.textContent = openAt < 0
    ? `${openPlaces.length} ${words.cited}` : `${openAt + 1} ${words.of} ${openPlaces.length}`;
  say(warning, 'warning');
  if (isNew) sought.value = '';
  lookFor(body);
  dress();
  requestAnimationFrame(() => {
    const mark = body.querySelector('mark.lit');
    if (!mark) {
      if (isNew) pane.scrollTop = 0;
      return heading.focus({ preventScroll: true });
    }
    bringIntoView(pane, mark.getBoundingClientRect());
    mark.focus({ preventScroll: true });
  });
}

// The cited words in an article that was changed since, if they still stand there.
function stillSaid(text) {
  const quote = cards().find(one => one.href === openHref)?.quote;
  const from = quote ? text.indexOf(quote) : -1;
  return from < 0 ? null : { from, to: from + quote.length, href: openHref };
}

function turn(step) {
  const at = openAt < 0 ? (step > 0 ? 0 : openPlaces.length - 1)
    : (openAt + step + openPlaces.length) % openPlaces.length;
  open(openPlaces[at].href, openedFrom);
}

// One step back: from an article to where it was opened, from the sheet to the chat.
function stepBack() {
  const from = openedFrom;
  if (!openHref || !from?.matches('.card')) return dismiss();
  calls++;
  showList(listed);
  focusLater(stillThere(from));
}

function dismiss() {
  const from = openHref && !openedFrom?.matches('.card') ? openedFrom : sheetFrom;
  calls++;
  if (openHref) showList(listed);
  sheet().classList.remove('up');
  quietly(stillThere(from) || document.querySelector('#box textarea'));
}

pane.addEventListener('click', event => {
  const mark = event.target.closest('mark.calm');
  if (mark && getSelection().isCollapsed) open(mark.dataset.href, openedFrom);
});
