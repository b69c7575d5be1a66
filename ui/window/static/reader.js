// Gradio calls this once with element, props, server and watch. Every word that comes from an
// article is set as text, never as markup.
const words = props.words;
const root = element.querySelector('.reader');
const CITE = /^#cite-([A-Za-z0-9_.-]{1,128})-([0-9A-Za-z]{1,8})-(\d{1,9})-(\d{1,9})-(\d{1,6})$/;
const LIST = /^#sources-(\d{1,6})$/;
const LINKS = '#chat a[href^="#cite-"], #chat a[href^="#sources-"], #reader a[href^="#cite-"]';

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function button(className, text, act) {
  const node = make('button', className, text);
  node.type = 'button';
  node.addEventListener('click', act);
  return node;
}

const back = button('back', '← ' + words.back, () => { calls++; showList(listed); focusLater(heading); });
const heading = make('h2', 'heading');
heading.tabIndex = -1;
const shut = button('shut', '✕', dismiss);
shut.setAttribute('aria-label', words.close);
const bar = make('div', 'bar');
bar.append(back, heading, shut);
const live = make('p', 'live');
live.setAttribute('role', 'status');
const list = make('ol', 'cards');
const article = make('article', 'page');
root.setAttribute('aria-label', words.sources);
root.append(bar, live, list, article);

let listed = -1;         // the exchange whose sources are listed
let openHref = '';       // the chip whose words are lit; '' while the list shows
let openedFrom = null;   // what had the focus, to give it back
let sheetFrom = null;    // what raised the sheet, on a narrow page
let calls = 0;           // only the newest call may show its article
let known = 0;           // how many exchanges there are
const articles = new Map();

const sheet = () => document.getElementById('shelf');
const groups = () => (Array.isArray(props.value) ? props.value : []);

function focusLater(node) {
  requestAnimationFrame(() => node && node.focus({ preventScroll: true }));
}

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
  back.hidden = article.hidden = true;
  list.hidden = false;
  heading.textContent = group ? group.heading : words.sources;
  const cards = group ? group.cards : [];
  say(cards.length ? group.note : words.empty);
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.replaceChildren(...cards.map(card));
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
  if (found && found.digest === digest) articles.set(key, found);
  return found;
}

async function openCitation(href, from) {
  const parts = CITE.exec(href);
  if (!parts) return;
  const [, id, digest, start, end, number] = parts;
  const call = ++calls;
  openedFrom = from;
  openHref = href;
  raise(from);
  heading.textContent = words.source + ' ' + number;
  list.hidden = article.hidden = true;
  back.hidden = false;
  say(words.loading);
  dress();
  let found;
  try {
    found = await fetchArticle(id, digest);
  } catch {
    found = { problem: words.unreachable };
  }
  if (call !== calls || openHref !== href) return;
  if (!found || found.problem) {
    say(found ? found.problem : words.unreachable, 'warning');
    focusLater(heading);
    return;
  }
  showArticle(found, digest, Number(start), Number(end));
}

function showArticle(found, digest, start, end) {
  const head = make('header');
  const facts = make('p', 'facts', found.byline && found.byline + ' · ');
  const link = webAddress(found.link);
  const origin = link ? make('a', 'origin', link.hostname) : make('span', 'origin', found.source);
  if (link) {
    Object.assign(origin, { href: link.href, target: '_blank', title: link.href,
      rel: 'noopener noreferrer nofollow', referrerPolicy: 'no-referrer' });
  }
  facts.append(origin);
  head.append(make('h3', 'title', found.title), facts);

  const text = make('div', 'text');
  text.tabIndex = 0;
  text.dir = 'auto';
  text.setAttribute('role', 'region');
  text.setAttribute('aria-label', words.text);
  if (found.language) text.lang = found.language;

  const from = unit(found.text, start);
  const to = unit(found.text, end);
  const same = found.digest === digest && from < to;
  const mark = make('mark', '', same ? found.text.slice(from, to) : '');
  mark.tabIndex = -1;
  if (same) text.append(found.text.slice(0, from), mark, found.text.slice(to));
  else text.textContent = found.text;

  article.replaceChildren(head, text);
  article.hidden = false;
  say(same ? '' : words.changed, 'warning');
  requestAnimationFrame(() => {
    if (!same) return heading.focus({ preventScroll: true });
    const room = text.clientHeight - mark.offsetHeight;
    const above = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
    text.scrollTop += above - Math.max(16, room / 3);
    mark.focus({ preventScroll: true });
  });
}

// Offsets count code points, as Python does; a JavaScript string counts UTF-16 units.
// Past the end of the text there is no such place.
function unit(text, point) {
  let at = 0;
  for (; point > 0 && at < text.length; point--) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return point > 0 ? -1 : at;
}

function webAddress(source) {
  try {
    const address = new URL(source);
    return /^https?:$/.test(address.protocol) ? address : null;
  } catch {
    return null;
  }
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
  focusLater(stillThere(from) || document.querySelector('#box textarea'));
}

// The chat's sanitizer keeps neither labels nor states on links, so they are added here.
function dress() {
  const titles = new Map(groups().flatMap(group => group.cards).map(one => [one.href, one.title]));
  for (const chip of document.querySelectorAll('#chat a[href^="#cite-"]')) {
    const href = chip.getAttribute('href');
    const label = `${words.source} ${chip.textContent}: ${titles.get(href) || ''}`;
    if (chip.getAttribute('aria-label') !== label) chip.setAttribute('aria-label', label);
    chip.toggleAttribute('data-open', href === openHref);
  }
  // Gradio names each message by its Markdown source, which then is read out instead of its words.
  for (const message of document.querySelectorAll('#chat [data-testid][aria-label*="message:"]')) {
    message.removeAttribute('aria-label');
  }
  // A title shows only under a mouse; the style sheet shows the label under the focus, too.
  for (const mark of document.querySelectorAll('#chat .doubt[title]')) {
    mark.setAttribute('role', 'note');
    mark.setAttribute('aria-label', mark.title);
    mark.removeAttribute('title');
  }
}

document.addEventListener('click', event => {
  const link = event.target.closest?.(LINKS);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const href = link.getAttribute('href');
  const place = LIST.exec(href);
  if (!place) {
    openCitation(href, link);
    return;
  }
  calls++;
  raise(link);
  sheetFrom = openedFrom = link;
  showList(Number(place[1]));
  focusLater(heading);
}, true);

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  if (openHref || sheet().classList.contains('up')) stepBack();
});

new MutationObserver(dress).observe(document.body, { childList: true, subtree: true });

// A new question brings its sources up; an answer that goes on does not interrupt the reading.
watch('value', () => {
  const count = groups().length;
  if (count !== known || (!openHref && listed === count - 1)) {
    calls++;
    showList(count - 1);
  }
  known = count;
});
showList(-1);
