// The article as a page: its head, its text, what the conversation cites of it.

// The citations of an article as it is now, each stretch once, in the order of the text.
function placesIn(id, digest, text) {
  const places = new Map();
  for (const card of cards()) {
    const parts = CITE.exec(card.href);
    if (!parts || parts[1] !== id || parts[2] !== digest) continue;
    const [from, to] = [unit(text, Number(parts[3])), unit(text, Number(parts[4]))];
    if (from >= 0 && from < to) places.set(from + '-' + to, { from, to, href: card.href });
  }
  return [...places.values()].sort((one, other) => one.from - other.from || one.to - other.to);
}

// Stretches of the text to mark: the lit one whole, of the others what lies outside of it.
function stretches(places, lit) {
  const cuts = [];
  for (const { from, to, href } of places) {
    const ends = lit && from < lit.to && lit.from < to
      ? [[from, lit.from], [lit.to, to]] : [[from, to]];
    for (const [start, end] of ends) {
      const after = Math.max(start, cuts.length ? cuts[cuts.length - 1].to : 0);
      if (after < end) cuts.push({ from: after, to: end, href });
    }
  }
  if (lit) cuts.push({ ...lit, isLit: true });
  return cuts.sort((one, other) => one.from - other.from);
}

// The text, letter for letter; only the gaps between paragraphs and headings look different.
const SHAPE = /\n[^\S\n]*(?:\n[^\S\n]*)+|^(#{1,6}[^\S\n]+)([^\n]+)$/gm;

function write(parent, text) {
  let at = 0;
  for (const found of text.matchAll(SHAPE)) {
    parent.append(text.slice(at, found.index));
    if (found[1]) {
      const line = make('span', 'headline');
      line.append(make('span', 'hashes', found[1]), found[2]);
      parent.append(line);
    } else {
      parent.append(make('span', 'gap', found[0]));
    }
    at = found.index + found[0].length;
  }
  parent.append(text.slice(at));
}

function drawText(body, text, places, lit) {
  body.replaceChildren();
  let at = 0;
  for (const { from, to, href, isLit } of stretches(places, lit)) {
    write(body, text.slice(at, from));
    const mark = make('mark', isLit ? 'lit' : 'calm');
    write(mark, text.slice(from, to));
    if (isLit) mark.tabIndex = -1;
    else mark.dataset.href = href;
    body.append(mark);
    at = to;
  }
  write(body, text.slice(at));
}

function headOf(found) {
  const head = make('header');
  const facts = make('p', 'facts', [found.author, found.byline].filter(Boolean).join(' · '));
  const link = webAddress(found.link);
  const origin = link ? make('a', 'origin', link.hostname) : make('span', 'origin', found.source);
  if (link) {
    Object.assign(origin, { href: link.href, target: '_blank', title: link.href,
      rel: 'noopener noreferrer nofollow', referrerPolicy: 'no-referrer' });
  }
  if (facts.textContent) facts.append(' · ');
  facts.append(origin);
  const only = tool('only', words.only, () => trigger('input', { article: found.id }));
  only.dataset.article = found.id;
  head.append(make('h3', 'title', found.title), facts, only);
  return head;
}
