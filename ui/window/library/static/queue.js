// The queue: what is being read, and what became of it.

import { button, liveLine, make } from '../../static/dom.js';
import { makeTable, refill } from '../../static/lists.js';
import { capital, fill } from '../../static/text.js';

/**
 * The section that shows the queue.
 * @param {import('./library.js').Page} page
 */
export function makeQueue(page) {
  const { words, ask } = page;
  const heading = Object.assign(make('h3', '', words.intake), { tabIndex: -1 });
  const progress = liveLine('p', 'progress');
  const halt = button('halt', words.cancel, () => ask('cancel').then(page.poll));
  const clear = button('clear', words.clear, () => { refused = []; ask('clear').then(page.poll); });
  const table = makeTable('queue', words.intake, ['file', 'state', 'reason'].map(name => [name, words[name]]));
  const holder = make('div', 'scroll', table);
  const node = make('section', 'intake',
    make('div', 'line', heading, progress, halt, clear), holder);
  node.hidden = true;

  let items = [];         // the queue, as the server knows it
  let refused = [];       // what did not get as far as the queue
  let uploads = 0;        // files on their way

  function draw() {
    const all = [...items, ...refused];
    const busy = items.filter(item => item.busy).length + uploads;
    node.hidden = !all.length && !uploads;
    halt.hidden = !items.some(item => item.busy);
    clear.hidden = busy > 0;
    const failed = all.filter(item => item.state === 'failed').length;
    const done = fill(words.progress, { done: all.length - (busy - uploads), count: all.length + uploads });
    progress.textContent = failed ? `${done} · ${fill(words.failed_count, { count: failed })}` : done;
    // The newest first, what is under way before all.
    const order = item => (item.busy ? (item.state === 'waiting' ? 1 : 0) : 2);
    const ordered = all.map((item, place) => ({ item, place }))
      .sort((a, b) => order(a.item) - order(b.item) || (a.item.busy ? a.place - b.place : b.place - a.place))
      .map(({ item }) => item);
    refill(table.tBodies[0], ordered, item => String(item.number), row, heading);
  }

  function row(item) {
    const counted = item.of && { reading: words.reading_of, embedding: words.embedding_of }[item.state];
    const state = counted ? fill(counted, { done: item.done, of: item.of }) : words.states[item.state];
    const reason = item.state === 'failed' ? [capital(item.reason || words.unforeseen)] : told(item);
    const name = item.id ? button('open', item.name, () => page.read(item.id)) : item.name;
    return make('tr', item.state, make('td', 'file', name),
      make('td', 'state', make('span', '', state)), make('td', 'reason', ...reason));
  }

  /** What is to be known of an article beyond that it was added. */
  function told(item) {
    const lines = (item.notes || []).map(note => make('p', 'note', fill(words.note, { note })));
    if (typeof item.before === 'string') {
      lines.push(make('p', 'note', fill(words.in_place_of, { title: item.before }),
        act('put_back_older', words.put_back, item, item.before)));
    }
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

  return {
    node,
    isBusy: () => uploads > 0 || items.some(item => item.busy),
    /** What the server knows. */
    show(now) {
      items = now;
      draw();
    },
    /** What does not get as far as the queue.
     * @param {string} name
     * @param {string} reason
     */
    refuse(name, reason) {
      refused.push({ number: `refused ${refused.length}`, name, state: 'failed', reason });
      draw();
    },
    /** So many files more are on their way.
     * @param {number} count
     */
    expect(count) {
      uploads += count;
      draw();
    },
  };
}
