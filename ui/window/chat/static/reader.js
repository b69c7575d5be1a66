// The sheet: the list of sources, or one article.

import { button, focusLater, iconButton, isSeen, liveLine, make, targetOf } from '../../static/dom.js';
import { isArrow } from '../../static/keys.js';
import { bodyOf, headOf, shapeOf } from './article.js';
import { cardOf, fillList, listenToArrows } from './cards.js';
import { articleOf, citationOf, placeOf, placesIn } from './citations.js';
import { box } from './conversation.js';
import { makeFinder } from './finder.js';
import { citedBy, walkOf } from './grouping.js';
import { makePages } from './pages.js';
import { isRaised, lowerBeside, raise as raiseSheet } from './raising.js';

const MOST_FRAMES = 60;  // a second, in which a sheet has come up

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {HTMLElement} root
 * @param {(article: string) => Promise<any>} getArticle
 * @param {(node: HTMLElement | null | undefined) => void} focusQuietly
 * @param {() => void} onDrawn
 */
export function makeReader(conversation, root, getArticle, focusQuietly, onDrawn) {
  const { words, exchanges, sourceAt, command } = conversation;
  const back = button('back', words.back, backToList);
  const what = make('span', 'what');
  const which = make('span', 'which');
  const heading = Object.assign(make('h2', 'heading', what, which), { tabIndex: -1 });
  const count = make('span', 'count');
  const turnButton = (side, key, step, name) => {
    const node = iconButton(side, '', () => turn(step), `${name}: ${words.cited}`);
    node.title += ` (${key})`;
    return node;
  };
  const turns = make('span', 'turns', turnButton('left', '←', -1, words.previous), count,
    turnButton('right', '→', 1, words.next));
  const shut = iconButton('shut', '', dismiss, words.close);
  const live = liveLine('p', 'live');
  const list = make('ol', 'cards');
  const article = make('article', 'page');
  const pane = Object.assign(make('div', 'pane', article), { tabIndex: 0 });
  pane.setAttribute('role', 'region');
  pane.setAttribute('aria-label', words.text);
  const finder = makeFinder(words, range => bringIntoView(pane, range.getBoundingClientRect()));
  const pages = makePages(words, () => {
    pages.node.remove();
    say(words.undrawn);
  });
  root.setAttribute('aria-label', words.sources);
  root.append(make('div', 'bar', back, heading, turns, shut), live, finder.node, list, pane);
  listenToArrows(list);

  let listed = -1;         // the exchange whose sources are listed
  let openHref = '';       // the citation or article that is open; '' while the list shows
  /** @type {string[]} */
  let walk = [];           // the citations that are gone through from there
  /** @type {HTMLElement | null} */
  let openedFrom = null;   // what had the focus, to give it back
  /** @type {HTMLElement | null} */
  let raisedFrom = null;   // what raised the sheet, on a narrow page
  let isWritten = false;   // articles are shown as they are written
  let calls = 0;           // only the newest call may show its article
  const articles = new Map();

  function raise(from) {
    if (!isRaised()) raisedFrom = from;
    raiseSheet(true);
  }
  lowerBeside(dismiss);

  // A link may have been drawn anew since it was selected: then its successor will do.
  function stillThere(node) {
    if (!node || node.isConnected) return node;
    const href = node.getAttribute('href');
    const scope = node.matches('.card') ? list : document.getElementById('chat');
    return [...scope?.querySelectorAll('a') ?? []].find(link => link.getAttribute('href') === href);
  }

  function showList(place) {
    calls++;
    listed = place;
    openHref = '';
    const exchange = exchanges()[place];
    back.hidden = pane.hidden = finder.node.hidden = turns.hidden = true;
    list.hidden = false;
    what.textContent = exchange ? exchange.heading : words.sources;
    which.textContent = '';
    const sources = exchange ? exchange.cards : [];
    say(exchange && sources.length ? exchange.note : words.empty);
    fillList(list, sources, words, article => command('limit_articles', { article }));
    onDrawn();
  }

  function backToList() {
    showList(listed);
    focusLater(heading);
  }

  function say(line, tone = '') {
    live.textContent = line || '';
    live.className = 'live' + (tone ? ' ' + tone : '');
    live.hidden = !line;
  }

  async function fetchArticle(id, digest) {
    const key = id + ' ' + digest;
    if (articles.has(key)) return articles.get(key);
    const found = await getArticle(id);
    if (found && !found.problem) articles.set(id + ' ' + found.digest, found);
    return found;
  }

  /**
   * Open an article at a citation, or from its beginning.
   * @param {string} href
   * @param {HTMLElement | null} from
   */
  async function open(href, from) {
    const id = articleOf(href);
    if (!id) return;
    const citation = citationOf(href);
    const call = ++calls;
    openedFrom = from;
    openHref = href;
    raise(from);
    which.textContent = '';
    what.textContent = citation
      ? [words.source + ' ' + citation.number, sourceAt(href)?.page].filter(Boolean).join(' · ') : words.whole;
    // What has the focus is about to be hidden, and the next arrow must not be lost.
    if (root.contains(document.activeElement)) heading.focus({ preventScroll: true });
    list.hidden = pane.hidden = finder.node.hidden = turns.hidden = true;
    back.hidden = false;
    say(words.loading);
    onDrawn();
    let found;
    try {
      found = await fetchArticle(id, citation?.digest ?? '');
    } catch {
      found = { problem: words.unreachable };
    }
    if (call !== calls || openHref !== href) return;
    if (!found || found.problem) {
      say(found ? found.problem : words.unreachable, 'warning');
      focusLater(heading);
      return;
    }
    showArticle(found, citation);
  }

  function showArticle(found, citation) {
    const call = calls;
    const places = placesIn(conversation.sources().filter(one => !one.left_out).map(one => one.href), found);
    let lit = citation?.digest === found.digest ? placeOf(openHref, found.text) : null;
    let warning = '';
    if (citation && !lit) {
      lit = stillSaid(found.text);
      warning = lit ? words.moved : words.unmarked;
    }
    const isNew = article.dataset.shown !== found.id + found.digest;
    article.dataset.shown = found.id + found.digest;
    const shaped = found.blocks && !isWritten ? shapeOf(found, places, lit, words) : null;
    if (found.blocks && !isWritten && !shaped) warning ||= words.written_why;
    const body = shaped ?? bodyOf(found, places, lit);
    which.textContent = found.title;
    const written = found.blocks ? writtenButton(found, citation, !shaped) : '';
    if (found.is_markdown && !found.blocks) warning ||= words.unshaped;
    const pictured = found.is_drawn ? pages.node : '';
    if (found.pages.length && !pictured) warning ||= words.undrawn;
    article.replaceChildren(
      headOf(found, words, words.only, () => command('limit_articles', { article: found.id }), written),
      pictured, body);
    list.hidden = true;
    pane.hidden = finder.node.hidden = false;
    showTurns(places);
    say(warning, 'warning');
    finder.lookIn(body, isNew);
    onDrawn();
    const bringUp = () => showMark(body.querySelector('mark.lit'), isNew, pictured);
    requestAnimationFrame(bringUp);
    // The page takes its room once it is known how large it is.
    if (pictured) pages.show(found, lit && citation).then(() => call === calls && bringUp());
  }

  function writtenButton(found, citation, isPressed) {
    const node = button('written', words.written, () => {
      isWritten = !isPressed;
      showArticle(found, citation);
      const successor = root.querySelector('.written');
      if (successor instanceof HTMLElement) focusLater(successor);
    });
    node.setAttribute('aria-pressed', String(isPressed));
    return node;
  }

  /**
   * @param {HTMLElement | null} mark
   * @param {boolean} isNew
   * @param {HTMLElement | ''} pictured  what shows the words, above the text or beside it
   */
  function showMark(mark, isNew, pictured) {
    if (mark) {
      const isBeside = pictured && pictured.getBoundingClientRect().right <= mark.getBoundingClientRect().left;
      if (pictured && !isBeside) pane.scrollTop += pictured.getBoundingClientRect().top - pane.getBoundingClientRect().top;
      else bringIntoView(pane, mark.getBoundingClientRect());
      focusOnceSeen(mark);
      return;
    }
    if (isNew) pane.scrollTop = 0;
    heading.focus({ preventScroll: true });
  }

  // The cited words in an article that was changed since, if they still stand there.
  function stillSaid(text) {
    const quote = sourceAt(openHref)?.quote;
    const from = quote ? text.indexOf(quote) : -1;
    return quote && from >= 0 ? { from, to: from + quote.length, href: openHref } : null;
  }

  // From a citation through what its answer cites, whatever the article; else through this article's.
  function showTurns(places) {
    walk = citationOf(openHref) ? walkOf(exchanges(), openHref, listed) : places.map(one => one.href);
    const at = walk.indexOf(openHref);
    turns.hidden = walk.length < (at < 0 ? 1 : 2);
    count.textContent = at < 0 ? `${walk.length} ${words.cited}` : `${at + 1} ${words.of} ${walk.length}`;
  }

  function turn(step) {
    const at = walk.indexOf(openHref);
    const next = at < 0 ? (step > 0 ? 0 : walk.length - 1) : (at + step + walk.length) % walk.length;
    if (walk.length) open(walk[next], openHref ? openedFrom : cardOf(list, walk[next]));
  }

  // One step back: from an article to where it was opened, from the sheet to the chat.
  function stepBack() {
    const from = openedFrom;
    if (!openHref || !from?.matches('.card')) return dismiss();
    showList(listed);
    focusLater(stillThere(from));
  }

  function dismiss() {
    const from = openHref && !openedFrom?.matches('.card') ? openedFrom : raisedFrom;
    if (openHref) showList(listed);
    else calls++;
    raiseSheet(false);
    focusQuietly(stillThere(from) || box());
  }

  // From a list, or from where nothing has the focus, the arrows begin with what its answer cites.
  document.addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !isArrow(event) || !isSeen(root)) return;
    if (!openHref) walk = citedBy(exchanges()[listed]);
    if (!walk.length || (openHref && turns.hidden)) return;
    event.preventDefault();
    turn(step);
  });

  pane.addEventListener('click', event => {
    const mark = targetOf(event, 'mark.calm');
    if (mark?.dataset.href && getSelection()?.isCollapsed) open(mark.dataset.href, openedFrom);
  });

  return {
    open, showList, stepBack, isRaised,
    openHref: () => openHref,
    listed: () => listed,
    /** Show the sources of an exchange that a link names, and come back to it.
     * @param {number} place
     * @param {HTMLElement | null} link
     */
    raiseList(place, link) {
      raise(link);
      raisedFrom = openedFrom = link;
      showList(place);
      focusLater(heading);
    },
  };
}

/**
 * Of a sheet that is still coming up nothing can have the focus yet.
 * @param {HTMLElement} node
 */
function focusOnceSeen(node, frames = MOST_FRAMES) {
  node.focus({ preventScroll: true });
  if (document.activeElement !== node && frames && node.isConnected) {
    requestAnimationFrame(() => focusOnceSeen(node, frames - 1));
  }
}

/**
 * Scroll so that a box of viewport coordinates stands in the upper third of the pane.
 * @param {HTMLElement} pane
 * @param {DOMRect} box
 */
function bringIntoView(pane, box) {
  const above = box.top - pane.getBoundingClientRect().top;
  const room = pane.clientHeight - box.height;
  pane.scrollTop += above - Math.max(16, room / 3);
}
