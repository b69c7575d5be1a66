// The queue: what is being added, how far that has come, and what became of it.

import { button, liveLine, make } from '../../static/dom.js';
import { makeTable, refill } from '../../static/lists.js';
import { capital, fill, sizeIn } from '../../static/text.js';

/**
 * @typedef {object} Refused  a file that does not get as far as the queue
 * @property {string} name
 * @property {string} why  the word for it
 * @property {string} [problem]  the same in words, if the server said so
 * @property {number} [count]
 * @property {string} [names]
 */

/**
 * The section that shows the queue.
 * @param {import('./library.js').Page} page
 * @param {() => void} onDrawn
 */
export function makeQueue(page, onDrawn) {
  const { words, ask, formats, mostBytes, language } = page;
  const heading = Object.assign(make('h3', '', words.intake), { tabIndex: -1 });
  const progress = liveLine('p', 'progress');
  const halt = button('halt', words.cancel, () => ask('cancel').then(page.poll));
  const clear = button('clear', words.clear, () => { refused = []; ask('clear').then(page.poll); });
  const table = makeTable('queue', words.intake, [...['file', 'state', 'reason'].map(name =>
    /** @type {[string, string]} */ ([name, words[name]])), ['gone', make('span', 'unseen', words.dismiss)]]);
  const holder = make('div', 'scroll', table);
  const node = make('section', 'intake', make('div', 'line', heading, progress, halt, clear), holder);
  node.hidden = true;

  const times = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  let items = [];         // the queue, as the server knows it
  let tally = {};         // how many are in each state of those that are added together
  let last = 0;           // the highest number that the server told of
  let uploads = 0;        // files on their way
  let sent = new Set();   // the numbers of those that arrived, and are not among the items yet
  let refused = [];       // what not even the server could be told of

  const isBusy = () => uploads > 0 || sent.size > 0 || items.some(item => item.busy);

  function draw() {
    const all = [...items, ...refused];
    node.hidden = !all.length && !uploads;
    halt.hidden = !items.some(item => item.busy);
    clear.hidden = isBusy();
    heading.textContent = headline();
    if (progress.textContent !== far()) progress.textContent = far();
    // What is under way comes first, then what failed, then the newest.
    const order = item => (item.busy ? (item.state === 'waiting' ? 1 : 0) : item.state === 'failed' ? 2 : 3);
    const ordered = all.map((item, place) => ({ item, place }))
      .sort((a, b) => order(a.item) - order(b.item) || (a.item.busy ? a.place - b.place : b.place - a.place))
      .map(({ item }) => item);
    refill(table.tBodies[0], ordered, item => String(item.number), row, heading);
    onDrawn();
  }

  const counted = (...states) => states.reduce((sum, state) => sum + (tally[state] ?? 0), 0);

  function headline() {
    if (isBusy()) return words.intake;
    return counted('added', 'replaced', 'same') ? words.intake_done : words.intake_none;
  }

  /** One line that only grows while articles are added. */
  function far() {
    const others = { failed_count: counted('failed') + refused.length, same_count: counted('same'),
      cancelled_count: counted('cancelled') };
    return [fill(words.progress, { done: counted('added', 'replaced'),
      count: counted('of') + uploads + sent.size + refused.length }),
    ...Object.entries(others).filter(([, count]) => count).map(([name, count]) => fill(words[name], { count }))].join(' · ');
  }

  function row(item) {
    const counts = item.of && { reading: words.reading_of, embedding: words.embedding_of }[item.state];
    const state = counts ? fill(counts, { done: item.done, of: item.of }) : stateOf(item);
    const reason = item.state === 'failed' ? [reasonOf(item)] : told(item);
    const name = item.id ? button('open', item.name, () => page.read(item.id)) : item.name;
    return make('tr', item.state, make('td', 'file', name),
      make('td', 'state', make('span', '', state)), make('td', 'reason', ...reason),
      make('td', 'gone', item.state === 'failed'
        ? button('dismiss', '✕', () => dismiss(item), `${words.dismiss}: ${item.name}`) : ''));
  }

  /** The state in a word; of what waits for workers also how many they do before it. */
  function stateOf(item) {
    const word = words.states[item.state];
    if (item.state !== 'waiting' || typeof item.ahead !== 'number') return word;
    return `${word} · ${item.ahead ? fill(words.ahead, { count: item.ahead }) : words.next}`;
  }

  function reasonOf(item) {
    const known = { formats: formats.join(', '), size: sizeIn(mostBytes, language), ...item.facts };
    return item.why ? fill(words[item.why], known) : capital(item.reason || words.unforeseen);
  }

  function dismiss(item) {
    if (!refused.includes(item)) return ask('clear', { number: item.number }).then(page.poll);
    refused = refused.filter(one => one !== item);
    draw();
  }

  /** What is to be known of an article beyond that it was added. */
  function told(item) {
    const lines = (item.notes || []).map(note => make('p', 'note', fill(words.note, { note })));
    if (item.waits_for) {
      const at = item.facts.at && times.format(new Date(item.facts.at));
      lines.push(make('p', 'note', fill(words[item.waits_for], { at })));
    }
    if (typeof item.before === 'string') {
      lines.push(make('p', 'note', fill(words.in_place_of, { title: item.before }),
        act('put_back_older', words.put_back, item, item.before)));
    }
    if (typeof item.twin === 'string') lines.push(make('p', 'note', fill(words.twin, { title: item.twin })));
    if (typeof item.namesake === 'string') {
      lines.push(make('p', 'note', fill(words.namesake, { source: item.namesake }),
        act('take_place', words.take_place, item, item.namesake)));
    }
    return lines;
  }

  function act(name, text, item, of) {
    const node = button('open', text, async () => {
      node.disabled = true;
      const answer = await ask(name, { number: item.number });
      if (answer.problem) page.say(answer.problem);
      page.poll();
    }, `${text}: ${of}`);
    return node;
  }

  /** So many files that were on their way have come to something. */
  function arrive(count, numbers) {
    uploads -= count;
    for (const number of numbers) if (number > last) sent.add(number);
  }

  return {
    node, isBusy, headline, far,
    hasFailed: () => counted('failed') + refused.length > 0,
    /** What the server knows. */
    show(now) {
      [items, tally] = [now.items, now.tally];
      sent = new Set(now.last < last ? [] : [...sent].filter(number => number > now.last));
      last = now.last;
      draw();
    },
    /**
     * What does not get as far as the queue; all see it.
     * @param {Refused[]} files
     * @param {number} [expected]  so many of them were told of before
     */
    async refuse(files, expected = 0) {
      uploads += files.length - expected;
      draw();
      const { numbers = [] } = await ask('refuse', { files });
      arrive(files.length, numbers);
      if (!numbers.length) {
        refused.push(...files.map(({ name, why, problem = '', ...facts }, place) => ({ name, facts,
          number: `refused ${refused.length + place}`, state: 'failed', why: problem ? '' : why, reason: problem })));
      }
      draw();
    },
    /** So many files more are on their way.
     * @param {number} count
     */
    expect(count) {
      uploads += count;
      draw();
    },
    /** One of them is in the queue, under this number.
     * @param {number} number
     */
    arrived(number) {
      arrive(1, [number]);
      draw();
    },
  };
}
