// Gradio calls this once with element, props, server, upload and trigger. Every word that comes
// from an article, a file name or a link is set as text, never as markup.
const words = props.words;
const root = element.querySelector('.library');
const language = document.documentElement.lang || 'en';
const numbers = new Intl.NumberFormat(language);
const dates = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language,
  { dateStyle: 'long', timeZone: 'UTC' });
const PAGE = 50;
const BUSY_MS = 600;
const IDLE_MS = 4000;
const MOST_FILES = 1000;

function choice(name, options) {
  const select = make('select');
  select.name = name;
  select.append(...options.map(([value, text]) => new Option(text, value)));
  return select;
}

const day = iso => (iso ? dates.format(new Date(iso + 'T00:00:00Z')) : '');

function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let unit = 0;
  for (; bytes >= 1000 && unit < 3; unit++) bytes /= 1000;
  const shown = { style: 'unit', unit: units[unit], maximumFractionDigits: bytes < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, shown).format(bytes);
}

function outward(link, text) {
  const address = webAddress(link);
  if (!address) return text;
  return Object.assign(make('a', 'origin', text || address.hostname), { href: address.href,
    target: '_blank', title: address.href, rel: 'noopener noreferrer nofollow',
    referrerPolicy: 'no-referrer' });
}

// What the page is made of

const search = field(words.search, input('words', 'search'));
const publisher = field(words.publisher, choice('publisher', [['', words.any]]));
const since = field(words.since, input('since', 'date'));
const until = field(words.until, input('until', 'date'));
const sort = field(words.sort, choice('sort', Object.entries(words.sorts)));
const tools = make('form', 'tools', search, publisher, since, until, sort);
tools.setAttribute('role', 'search');
tools.setAttribute('aria-label', words.tools);
const control = name => tools.elements.namedItem(name);
control('words').placeholder = words.search_hint;

const more = button('more-add', words.add, () => showAdding(adding.hidden));
const summary = make('p', 'summary');
const heading = make('h2', '', words.heading);
const head = make('div', 'head', make('div', 'said', heading, summary), more);

const hint = make('p', 'hint', fill(words.formats, {
  formats: props.formats.join(', '), size: size(props.most_bytes) }));
const files = Object.assign(input('files', 'file'), { multiple: true, hidden: true,
  accept: props.formats.join(',') });
const folder = Object.assign(input('folder', 'file'), { multiple: true, hidden: true });
folder.webkitdirectory = true;
const drop = make('div', 'drop', make('p', 'drop-here', words.drop),
  make('div', 'buttons', button('', words.choose_files, () => files.click()),
    button('', words.choose_folder, () => folder.click())), hint, files, folder);
const links = make('textarea');
Object.assign(links, { name: 'links', rows: 3, placeholder: words.links_hint, spellcheck: false });
const linksProblem = make('p', 'problem');
linksProblem.setAttribute('role', 'alert');
const send = make('button', '', words.add_links);
send.type = 'submit';
const linkForm = make('form', 'paste', field(words.links, links), linksProblem, send);
const adding = make('section', 'adding', drop, linkForm);
adding.setAttribute('aria-label', words.add);

const progress = make('p', 'progress');
progress.setAttribute('role', 'status');
const halt = button('halt', words.cancel, () => ask('cancel').then(poll));
const clear = button('clear', words.clear, () => { refused = []; ask('clear').then(poll); });
const queue = make('table', 'queue');
const intake = make('section', 'intake',
  make('div', 'line', make('h3', '', words.intake), progress, halt, clear),
  make('div', 'scroll', queue));

const notice = make('p', 'notice');
notice.setAttribute('role', 'status');
const listing = make('table', 'listing');
const found = make('p', 'found');
found.setAttribute('role', 'status');
const further = button('further', words.more, () => { limit += PAGE; look(); });
const removedList = make('ul');
const removed = make('details', 'removed', make('summary', '', words.removed), removedList);

const dialog = make('dialog', 'library-dialog');
root.append(head, adding, intake, notice, tools, found, listing, further, removed, dialog);
for (const part of [adding, intake, notice, further, removed]) part.hidden = true;

let limit = PAGE;
let calls = 0;          // only the newest look may be shown
let shown = null;       // what was last looked at
let items = [];         // the queue, as the server knows it
let refused = [];       // what did not get as far as the queue
let uploads = 0;        // files on their way
let version = -1;
let stock = 0;
let isOld = true;       // the list was not drawn since the library changed
let timer = 0;
let saying = 0;

// The list of articles

async function look() {
  const call = ++calls;
  isOld = false;
  const query = { limit };
  for (const name of ['words', 'publisher', 'since', 'until', 'sort']) query[name] = control(name).value;
  const told = await ask('look', query);
  if (call !== calls) return;
  if (told.problem) {
    say(told.problem);
    isOld = true;
    return;
  }
  shown = told;
  draw();
}

function draw() {
  const { articles, total, count, publishers } = shown;
  const isEmpty = count === 0;
  const filtered = ['words', 'publisher', 'since', 'until'].some(name => control(name).value);
  summary.textContent = isEmpty ? words.empty
    : fill(count === 1 ? words.one : words.many, { count: numbers.format(count), size: size(shown.size) });
  root.classList.toggle('empty', isEmpty);
  if (isEmpty) showAdding(true, false);
  more.hidden = isEmpty;
  tools.hidden = listing.hidden = isEmpty;
  found.hidden = isEmpty || !filtered;
  found.textContent = total ? fill(words.found, { count: numbers.format(total) }) : words.none;
  further.hidden = articles.length >= total || isEmpty;

  const wanted = control('publisher').value;
  control('publisher').replaceChildren(new Option(words.any, ''),
    ...publishers.map(name => new Option(name, name)));
  control('publisher').value = publishers.includes(wanted) ? wanted : '';

  const focused = document.activeElement?.closest?.('.listing [data-act]');
  const spot = focused && [focused.closest('tr').dataset.id, focused.dataset.act];
  const columns = make('tr', '', ...['title', 'publisher', 'date', 'from', 'length', 'acts'].map(name => {
    const cell = make('th', name, name === 'acts' ? make('span', 'unseen', words.acts) : words[name]);
    cell.scope = 'col';
    return cell;
  }));
  const rows = make('tbody', '', ...articles.map(row));
  listing.replaceChildren(make('caption', 'unseen', words.heading), make('thead', '', columns), rows);
  if (spot) focusRow(...spot);

  removed.hidden = !shown.removed.length;
  removedList.replaceChildren(...shown.removed.map(one => make('li', '', make('span', 'name', one.title),
    button('', words.put_back, () => putBack(one.token), `${words.put_back}: ${one.title}`))));
}

function row(article) {
  const act = (name, text, does) => {
    const node = button(name, text, does, `${text}: ${article.title}`);
    node.dataset.act = name;
    return node;
  };
  const title = act('open', article.title, () => read(article.id));
  title.removeAttribute('aria-label');
  const cell = (name, ...inside) => {
    const node = make('td', name, ...inside);
    if (name in words) node.dataset.label = words[name];
    return node;
  };
  const heading = cell('title', title, article.author && make('span', 'author', article.author));
  const node = make('tr', '', heading, cell('publisher', article.publisher),
    cell('date', day(article.published)),
    cell('from', article.link ? outward(article.link) : make('span', 'source', article.source)),
    cell('length', fill(article.pages ? words.pages : words.characters,
      { count: numbers.format(article.pages || article.length) })),
    cell('acts', act('edit', words.edit, () => edit(article)),
      act('remove', words.remove, () => confirmRemoval(article))));
  node.dataset.id = article.id;
  return node;
}

function focusRow(id, act) {
  const line = [...listing.tBodies[0].rows].find(one => one.dataset.id === id);
  (line?.querySelector(`[data-act=${act}]`) || heading).focus({ preventScroll: !line });
}

// What can be undone stays to be read; the rest goes again.
function say(line, act) {
  notice.replaceChildren(...[line && capital(line), act].filter(Boolean));
  notice.hidden = !line;
  clearTimeout(saying);
  if (line && !act) saying = setTimeout(say, 12000);
}

let typing = 0;
tools.addEventListener('submit', event => event.preventDefault());
tools.addEventListener('input', () => {
  clearTimeout(typing);
  limit = PAGE;
  typing = setTimeout(look, 200);
});

// Adding

function showAdding(open, focus = true) {
  adding.hidden = !open;
  more.setAttribute('aria-expanded', String(open));
  if (open && focus) drop.querySelector('button').focus();
}

function refuse(name, reason) {
  refused.push({ name, state: 'failed', reason });
  drawQueue();
}

function isReadable(name) {
  const file = name.toLowerCase().split('/').pop();
  return props.formats.some(format => file.endsWith(format) && file.length > format.length);
}

// In a folder there may be anything, and only what can be read is meant; a file that was named
// itself is refused aloud.
async function take(list) {
  const named = list.filter(([, name, fromFolder]) =>
    !fromFolder || (isReadable(name) && !name.split('/').some(part => part.startsWith('.'))));
  if (!named.length) return refuse(list[0]?.[1].split('/')[0] || '', words.no_files);
  uploads += named.length;
  drawQueue();
  for (const [place, [file, name]] of named.entries()) {
    if (place >= MOST_FILES) refuse(name, words.too_many);
    else if (!isReadable(name)) refuse(name, fill(words.formats_only, { formats: props.formats.join(', ') }));
    else if (file.size > props.most_bytes) refuse(name, fill(words.too_large, { size: size(props.most_bytes) }));
    else await bring(file, name);
    uploads--;
    drawQueue();
  }
  poll();
}

async function bring(file, name) {
  try {
    // Gradio refuses an empty name and keeps the type's word for it; ours is the name beside it.
    const sent = await upload(file);
    if (!sent?.path) throw new Error('upload');
    const told = await ask('add_file', { path: sent.path, name });
    if (told.problem) refuse(name, told.problem);
  } catch {
    refuse(name, words.upload_failed);
  }
  if (!timer) poll();
}

function pathOf(entry) {
  return entry.fullPath.replace(/^\//, '');
}

async function filesOf(entry, inFolder = false) {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [[file, pathOf(entry), inFolder]];
  }
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) break;
    for (const one of some) all.push(...await filesOf(one, true));
    if (all.length > 5 * MOST_FILES) break;
  }
  return all;
}

async function dropped(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = [...transfer.files].map(file => [file, file.name, false]);
  if (!entries.length) return loose;
  try {
    return (await Promise.all(entries.map(entry => filesOf(entry)))).flat();
  } catch {
    return loose;
  }
}

for (const kind of ['dragenter', 'dragover']) {
  root.addEventListener(kind, event => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    showAdding(true, false);
    drop.classList.add('over');
  });
}
root.addEventListener('dragleave', event => {
  if (!root.contains(event.relatedTarget)) drop.classList.remove('over');
});
root.addEventListener('drop', event => {
  event.preventDefault();
  drop.classList.remove('over');
  dropped(event.dataTransfer).then(take);
});
for (const chooser of [files, folder]) {
  chooser.addEventListener('change', () => {
    const list = [...chooser.files].map(file =>
      [file, file.webkitRelativePath || file.name, Boolean(file.webkitRelativePath)]);
    chooser.value = '';
    if (list.length) take(list);
  });
}
linkForm.addEventListener('submit', async event => {
  event.preventDefault();
  const told = await ask('add_links', { links: links.value });
  linksProblem.textContent = told.problem || '';
  if (told.problem) return links.focus();
  links.value = '';
  poll();
});

// The queue

function drawQueue() {
  const all = [...items, ...refused];
  const busy = items.filter(item => item.busy).length + uploads;
  intake.hidden = !all.length && !uploads;
  halt.hidden = !items.some(item => item.busy);
  clear.hidden = busy > 0;
  const failed = all.filter(item => item.state === 'failed').length;
  const done = fill(words.progress, { done: all.length - (busy - uploads), count: all.length + uploads });
  progress.textContent = failed ? `${done} · ${fill(words.failed_count, { count: failed })}` : done;
  const columns = make('tr', '', ...['file', 'state', 'reason'].map(name => {
    const cell = make('th', name, words[name]);
    cell.scope = 'col';
    return cell;
  }));
  // The newest first, what is under way before all.
  const order = item => (item.busy ? (item.state === 'waiting' ? 1 : 0) : 2);
  const rows = all.map((item, place) => [item, place])
    .sort(([a, i], [b, j]) => order(a) - order(b) || (a.busy ? i - j : j - i)).map(([item]) => {
      const state = item.state === 'embedding' && item.of
        ? fill(words.embedding_of, { done: item.done, of: item.of }) : words.states[item.state];
      const reason = item.state === 'failed' ? [capital(item.reason || words.unforeseen)]
        : typeof item.before === 'string' ? [fill(words.in_place_of, { title: item.before }), putBackOlder(item)] : [];
      const name = item.id ? button('open', item.name, () => read(item.id)) : item.name;
      return make('tr', item.state, make('td', 'file', name),
        make('td', 'state', make('span', '', state)), make('td', 'reason', ...reason));
    });
  const holder = queue.parentElement;
  const at = holder.scrollTop;
  queue.replaceChildren(make('caption', 'unseen', words.intake), make('thead', '', columns),
    make('tbody', '', ...rows));
  holder.scrollTop = at;
}

async function poll() {
  clearTimeout(timer);
  timer = 0;
  if (!document.hidden) {
    const told = await ask('poll', { version });
    if (told.items) {
      items = told.items;
      version = told.version;
      drawQueue();
    }
    if (told.stock !== undefined && told.stock !== stock) {
      stock = told.stock;
      isOld = true;
      trigger('change');
    }
    if (isOld && isSeen()) await look();
  }
  clearTimeout(timer);
  const wait = uploads || items.some(item => item.busy) ? BUSY_MS : IDLE_MS;
  timer = setTimeout(poll, wait);
}

const isSeen = () => root.offsetParent !== null;
new IntersectionObserver(() => { if (isOld && isSeen()) look(); }).observe(root);
document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); });

// One article

function open(className, name, ...inside) {
  dialog.className = 'library-dialog ' + className;
  dialog.setAttribute('aria-label', name);
  dialog.replaceChildren(...inside);
  if (!dialog.open) dialog.showModal();
}

const close = () => dialog.close();
dialog.addEventListener('click', event => { if (event.target === dialog) close(); });
// The conversation's script takes such a link for itself, so this has to come before.
window.addEventListener('click', event => {
  if (!dialog.contains(event.target) || !event.target.closest('a[href^="#article-"]')) return;
  dialog.onclose = null;
  close();
}, true);

async function read(id) {
  const from = document.activeElement;
  const found = await ask('read', { id });
  if (found.problem) return say(found.problem);
  const facts = [found.author, found.publisher, day(found.published)].filter(Boolean).join(' · ');
  const origin = found.link ? outward(found.link) : make('span', 'origin', found.source);
  const text = make('div', 'text', ...leaves(found.text, found.pages));
  Object.assign(text, { tabIndex: 0, dir: 'auto', lang: found.language });
  text.setAttribute('role', 'region');
  text.setAttribute('aria-label', words.text);
  const beside = make('a', 'beside', words.beside);
  beside.href = '#article-' + id;
  open('reading', found.title,
    make('header', '', make('div', 'said', make('h3', 'title', found.title),
      make('p', 'facts', facts && facts + ' · ', origin), beside),
    button('shut', '✕', close, words.close)), text);
  text.focus();
  dialog.onclose = () => from?.isConnected && from.focus();
}

// A text with the number of each page where it begins. Offsets count code points.
function leaves(text, pages) {
  if (pages.length < 2) return [text];
  const points = Array.from(text);
  return pages.flatMap((start, place) => [
    make('span', 'leaf', fill(words.page, { number: place + 1 })),
    points.slice(start, pages[place + 1]).join(''),
  ]);
}

function edit(article) {
  const form = make('form', 'facts-form');
  form.noValidate = true;
  const problem = make('p', 'problem');
  problem.setAttribute('role', 'alert');
  const kinds = { title: 'text', publisher: 'text', author: 'text', published: 'date', link: 'url' };
  const labels = { ...words, published: words.date };
  const fields = Object.entries(kinds).map(([name, type]) => {
    const one = input(name, type);
    one.value = article[name];
    if (name === 'link') one.placeholder = 'https://';
    const made = field(labels[name], one);
    one.id = 'edit-' + name;
    made.querySelector('label').htmlFor = one.id;
    return made;
  });
  const save = make('button', 'primary', words.save);
  save.type = 'submit';
  form.append(make('h3', '', words.edit_heading), ...fields, problem,
    make('p', 'hint', words.edit_note),
    make('div', 'buttons', button('', words.back, close), save));
  form.addEventListener('submit', async event => {
    event.preventDefault();
    save.disabled = true;
    const facts = Object.fromEntries(Object.keys(kinds).map(name => [name, form.elements.namedItem(name).value]));
    const told = await ask('edit', { id: article.id, ...facts });
    save.disabled = false;
    problem.textContent = told.problem || '';
    if (told.problem) return;
    say(fill(words.edited, { title: facts.title }));
    close();
    await poll();
    focusRow(article.id, 'edit');
  });
  open('editing', words.edit_heading, form);
  dialog.onclose = () => focusRow(article.id, 'edit');
  form.elements.namedItem('title').focus();
}

function confirmRemoval(article) {
  const sure = button('danger', words.remove, async () => {
    sure.disabled = true;
    const told = await ask('remove', { id: article.id });
    dialog.onclose = null;
    close();
    if (told.problem) return say(told.problem);
    const undo = button('undo', words.undo, () => putBack(told.token));
    say(fill(words.was_removed, { title: article.title }), undo);
    undo.focus();
    poll();
  });
  const keep = button('', words.keep, close);
  open('asking', words.remove, make('h3', '', fill(words.remove_heading, { title: article.title })),
    make('p', '', words.remove_note), make('div', 'buttons', keep, sure));
  dialog.onclose = () => focusRow(article.id, 'remove');
  keep.focus();
}

async function putBack(token) {
  const told = await ask('put_back', { token });
  if (told.problem) return say(told.problem);
  say(words.is_back);
  await poll();
  await look();
  focusRow(told.id, 'open');
}

function putBackOlder(item) {
  const back = button('open', words.put_back, async () => {
    back.disabled = true;
    const told = await ask('put_back_older', { number: item.number });
    if (told.problem) say(told.problem);
    poll();
  });
  back.setAttribute('aria-label', `${words.put_back}: ${item.before}`);
  return back;
}

heading.tabIndex = -1;
poll();
