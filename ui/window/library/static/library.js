// The library. Every word that comes from an article, a file name or a link is set as text, never
// as markup.

import { isSeen, liveLine, make, rootOf } from '../../static/dom.js';
import { asking } from '../../static/gradio.js';
import { capital, fill, localeOf } from '../../static/text.js';
import { makeAdding } from './adding.js';
import { makeCollecting } from './collecting.js';
import { makeDialogs } from './dialogs.js';
import { makeDropping } from './dropping.js';
import { makeInside } from './inside.js';
import { makeListing } from './listing.js';
import { makeQueue } from './queue.js';

const BUSY_MS = 600;
const IDLE_MS = 4000;

/**
 * What the parts of the page share.
 * @typedef {object} Page
 * @property {Record<string, any>} words
 * @property {HTMLElement} root
 * @property {string} language
 * @property {string[]} formats
 * @property {number} mostBytes
 * @property {import('../../static/gradio.js').Ask} ask
 * @property {(iso: string) => string} day
 * @property {(line: string, act?: HTMLElement) => void} say  what can be undone stays to be read
 * @property {() => Promise<void>} poll
 * @property {() => void} pollUnlessWaiting
 * @property {(id: string) => void} read
 * @property {(article: any) => void} edit
 * @property {(articles: any[]) => void} confirmRemoval
 * @property {(articles: any[]) => void} collect
 * @property {() => boolean} mayEdit
 * @property {(token: string) => void} putBack
 */

/** @param {import('../../static/gradio.js').Component} component */
export function mount({ element, props, server, upload, command }) {
  const words = props.words;
  const root = rootOf(element, 'library');
  const language = document.documentElement.lang || 'en';
  const dates = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' });
  const ask = asking(server, words.unreachable);
  const notice = liveLine('p', 'notice');
  notice.hidden = true;

  let version = -1;
  let stock = 0;
  let timer = 0;
  let saying = 0;
  let mayEdit = true;     // until it is known
  let polls = 0;          // only the newest answer counts
  let isPolling = false;

  /** @type {Page} */
  const page = {
    words, root, language, formats: props.formats, mostBytes: props.most_bytes, ask, say, poll, putBack,
    day: iso => (iso ? dates.format(new Date(iso + 'T00:00:00Z')) : ''),
    pollUnlessWaiting: () => { if (!timer && !isPolling) poll(); },
    mayEdit: () => mayEdit,
    read: id => dialogs.read(id),
    edit: article => dialogs.edit(article),
    confirmRemoval: articles => dialogs.confirmRemoval(articles),
    collect: articles => collecting.show(articles),
  };
  const queue = makeQueue(page, () => dropping.draw());
  const adding = makeAdding(page, upload, queue);
  const listing = makeListing(page, adding);
  const dialogs = makeDialogs(page, listing);
  const inside = makeInside(page, listing);
  const collecting = makeCollecting(page, listing);
  const dropping = makeDropping(page, adding.take, queue);
  listing.head.append(inside.open, collecting.open, adding.more);
  root.append(listing.head, adding.node, queue.node, notice, listing.tools, listing.only, listing.found,
    listing.bar, make('div', 'listing-wide', listing.table), listing.further, listing.removed, dialogs.node);

  function say(line, act) {
    notice.replaceChildren(...[line && capital(line), act].filter(Boolean));
    notice.hidden = !line;
    clearTimeout(saying);
    if (line && !act) saying = setTimeout(() => say(''), 12000);
  }

  async function poll() {
    clearTimeout(timer);
    timer = 0;
    const call = ++polls;
    isPolling = true;
    if (!document.hidden) {
      const told = await ask('poll', { version });
      if (call !== polls) return;
      mayEdit = told.may_edit ?? mayEdit;
      if (told.items) {
        version = told.version;
        queue.show(told);
      }
      if (told.stock !== undefined && told.stock !== stock) {
        stock = told.stock;
        listing.outdate();
        command('note_change');
      }
      if (listing.isOld() && isSeen(root)) await listing.look();
    }
    isPolling = false;
    clearTimeout(timer);
    timer = setTimeout(poll, queue.isBusy() ? BUSY_MS : IDLE_MS);
  }

  async function putBack(token) {
    const told = await ask('put_back', { token });
    if (told.problem) return say(told.problem);
    const [first, ...others] = told.ids;
    const back = others.length ? fill(words.are_back, { count: told.ids.length }) : words.is_back;
    say(told.again ? `${back} ${fill(words.again, { count: told.again })}` : back);
    await poll();
    await listing.look();
    listing.control(first, 'open').focus();
  }

  new IntersectionObserver(() => { if (listing.isOld() && isSeen(root)) listing.look(); }).observe(root);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); });
  poll();
}
