// Gradio calls this once with element, props and server. Every word that comes from a set, an
// article or a model is set as text, never as markup. Reports are pages in a frame without scripts.
const words = props.words;
const root = element.querySelector('.evaluation');
const language = document.documentElement.lang || 'en';
const numbers = new Intl.NumberFormat(language);
const times = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language,
  { dateStyle: 'medium', timeStyle: 'short' });
const BUSY_MS = 700;
const IDLE_MS = 4000;

function headed(table, caption, names) {
  const cells = names.map(name => {
    const cell = make('th', '', name);
    cell.scope = 'col';
    return cell;
  });
  table.replaceChildren(make('caption', 'unseen', caption), make('thead', '', make('tr', '', ...cells)));
}

function cell(name, label, ...inside) {
  const node = make('td', name, ...inside);
  if (label) node.dataset.label = label;
  return node;
}

function download(run, kind) {
  const link = make('a', 'download', kind.toUpperCase());
  link.href = `/runs/${encodeURIComponent(run)}.${kind}?download=1`;
  link.setAttribute('aria-label', `${words.download} ${kind.toUpperCase()}: ${run}`);
  return link;
}

// What the page is made of

const heading = make('h2', '', words.heading);
const sets = Object.assign(make('select'), { name: 'set' });
const sample = input('sample', 'number', { min: 1, placeholder: words.all });
const tag = input('tag', 'text', { maxLength: 40, placeholder: words.tag_hint });
const quotes = input('quotes', 'checkbox', { checked: true });
const start = Object.assign(make('button', 'primary', words.start), { type: 'submit' });
const bring = input('bring', 'file', { accept: '.jsonl,.json,.txt', hidden: true });
const form = make('form', 'start', field(words.set, sets), field(words.sample, sample),
  field(words.tag, tag), make('label', 'check', quotes, words.quotes),
  make('div', 'buttons', start, button('', words.bring, () => bring.click()), bring));
const problem = make('p', 'problem');
problem.setAttribute('role', 'alert');

const line = make('p', 'progress');
line.setAttribute('role', 'status');
const bar = Object.assign(make('progress'), { max: 1 });
bar.setAttribute('aria-label', words.running);
const halt = button('halt', words.stop, () => ask('cancel').then(poll));
const going = make('section', 'intake', make('div', 'line', line, halt), bar);

const table = make('table', 'runs');
const none = make('p', 'hint', words.none);
const compare = button('compare', words.compare, () => showComparison());
const list = make('section', 'list', make('div', 'line', make('h3', '', words.runs),
  make('span', 'hint', words.compare_hint), compare), none, make('div', 'wide', table));

const complaints = make('div', 'complaints');
const box = make('details', 'feedback', make('summary', '', words.feedback), complaints);

const pane = make('section', 'pane');
const front = make('div', 'front', make('div', 'head', make('div', 'said', heading,
  make('p', 'summary', words.about))), form, problem, going, list, box);
root.append(front, pane);
for (const part of [pane, going, none, box]) part.hidden = true;

let known = { runs: [], sets: [] };
let picked = [];
let state = '';
let current = '';       // the run under way
let timer = 0;
let opener = null;

function complain(told) {
  problem.textContent = told.problem ? capital(told.problem) : '';
  return Boolean(told.problem);
}

// The list of runs

async function look(wanted) {
  const told = await ask('look');
  if (told.problem) return complain(told);  // but what was told before stays to be read
  known = told;
  const chosen = wanted || sets.value;
  sets.replaceChildren(...told.sets.map(one =>
    new Option(`${one.name} (${numbers.format(one.cases)})`, one.name)));
  if (told.sets.some(one => one.name === chosen)) sets.value = chosen;
  picked = picked.filter(name => told.runs.some(run => run.name === name));
  draw();
  lookForCandidates();
  const { answers = [] } = await ask('feedback');
  box.hidden = !answers.length;
  complaints.replaceChildren(...answers.map(complaint));
}

function draw() {
  none.hidden = known.runs.length > 0;
  table.hidden = !known.runs.length;
  headed(table, words.runs, ['', words.run, words.model, words.figures, '']);
  table.append(make('tbody', '', ...known.runs.map(row)));
  compare.disabled = picked.length !== 2;
}

function row(run) {
  const pick = input('pick', 'checkbox', { checked: picked.includes(run.name) });
  pick.setAttribute('aria-label', `${words.pick}: ${run.name}`);
  pick.addEventListener('change', () => {
    picked = picked.filter(name => name !== run.name);
    if (pick.checked) picked = [...picked, run.name].slice(-2);
    draw();
    [...table.querySelectorAll('[name=pick]')].find(one => one.dataset.run === run.name)?.focus();
  });
  pick.dataset.run = run.name;
  const asked = run.name === current ? words.under_way : run.asked === run.of ? fill(words.questions, { count: numbers.format(run.of) })
    : fill(words.asked_of, { asked: numbers.format(run.asked), of: numbers.format(run.of) });
  const figures = make('dl', 'figures', ...run.figures.map(one =>
    make('div', '', make('dt', '', one.name), make('dd', '', one.value))));
  const acts = run.reported ? [
    button('', words.report, () => showReport(run), `${words.report}: ${run.name}`),
    button('', words.cases, () => showCases(run), `${words.cases}: ${run.name}`),
  ] : [];
  return make('tr', '', cell('pick', '', pick),
    cell('what', '', make('strong', '', run.set), run.tag && make('span', 'tag', run.tag),
      make('span', 'when', times.format(new Date(run.started))), make('span', 'asked', asked)),
    cell('model', words.model, run.model || words.no_model), cell('measured', '', figures),
    cell('acts', '', ...acts));
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  const given = { set: sets.value, tag: tag.value, quotes_only: quotes.checked };
  if (Number(sample.value) > 0) given.sample = Math.floor(Number(sample.value));
  if (!complain(await ask('begin', given))) poll();
});
bring.addEventListener('change', async () => {
  const [file] = bring.files;
  bring.value = '';
  if (!file) return;
  const told = await ask('add_set', { name: file.name, text: await file.text() });
  if (!complain(told)) look(told.set);
});

// The run under way

async function poll() {
  clearTimeout(timer);
  let busy = false;
  if (!document.hidden) {
    const now = await ask('poll');
    busy = Boolean(now.busy);
    if (!now.problem) drawProgress(now);
  }
  clearTimeout(timer);
  timer = setTimeout(poll, busy ? BUSY_MS : IDLE_MS);
}

function drawProgress(now) {
  going.hidden = !now.state || now.state === 'idle';
  const reason = now.state === 'failed' ? capital(now.reason || words.unforeseen) : '';
  const said = fill(words.states[now.state] || '', { set: now.set, done: numbers.format(now.done),
    of: numbers.format(now.of), reason });
  if (line.textContent !== said) line.textContent = said;
  line.classList.toggle('failed', now.state === 'failed');
  bar.hidden = halt.hidden = !now.busy;
  start.disabled = now.busy;
  if (now.of && now.state !== 'reporting') bar.value = now.done / now.of;
  else bar.removeAttribute('value');
  current = now.busy ? now.run : '';
  if (now.state !== state && (!now.busy || now.state === 'asking') && isSeen()) look();
  state = now.state;
}

// What is looked at whole

function open(title, ...inside) {
  opener = document.activeElement;
  const name = make('h3', '', title);
  name.tabIndex = -1;
  pane.replaceChildren(make('div', 'line', button('back', words.back, close), name), ...inside);
  front.hidden = true;
  pane.hidden = false;
  name.focus();
}

function close() {
  front.hidden = false;
  pane.hidden = true;
  pane.replaceChildren();
  if (opener?.isConnected) opener.focus();
  else heading.focus();
}
root.addEventListener('keydown', event => {
  if (event.key === 'Escape' && !pane.hidden && !root.querySelector('dialog[open]')) close();
});

function page(address, title) {
  const frame = make('iframe', 'report');
  Object.assign(frame, { src: address, title });
  frame.setAttribute('sandbox', '');
  return frame;
}

function showReport(run) {
  open(run.name, make('p', 'downloads', words.download + ' ', ...['html', 'md', 'json'].map(kind =>
    download(run.name, kind))), page(`/runs/${encodeURIComponent(run.name)}.html`, run.name));
}

function showComparison() {
  // The older run comes first, in whichever order they were ticked.
  const [later, earlier] = known.runs.map(run => run.name).filter(name => picked.includes(name));
  const there = `/runs/${encodeURIComponent(later)}/against/${encodeURIComponent(earlier)}.html`;
  open(`${earlier} → ${later}`, page(there, words.compare));
}

async function showCases(run) {
  const told = await ask('cases', { run: run.name });
  if (complain(told)) return;
  const search = input('words', 'search', { placeholder: words.search_hint });
  const only = Object.assign(make('select'), { name: 'only' });
  only.append(new Option(words.every, ''), ...[...new Set(told.cases.map(one => one.outcome))]
    .map(name => new Option(name, name)));
  const found = make('p', 'found');
  found.setAttribute('role', 'status');
  const questions = make('table', 'questions');
  const show = () => {
    const sought = search.value.toLowerCase();
    const some = told.cases.filter(one => (!only.value || one.outcome === only.value) &&
      `${one.id} ${one.question} ${one.tags.join(' ')}`.toLowerCase().includes(sought));
    found.textContent = fill(words.found, { count: numbers.format(some.length) });
    headed(questions, words.cases, [words.question, words.outcome, words.seconds]);
    questions.append(make('tbody', '', ...some.map(one => make('tr', one.tone,
      cell('question', '', button('open', one.question, () => showCase(run, one))),
      cell('outcome', '', make('span', '', one.outcome)),
      cell('seconds', words.seconds, one.seconds.toFixed(1))))));
  };
  const tools = make('form', 'tools', field(words.search, search), field(words.outcome, only));
  tools.addEventListener('submit', event => event.preventDefault());
  tools.addEventListener('input', show);
  show();
  open(run.name, tools, found, make('div', 'wide', questions));
}

async function showCase(run, one) {
  const told = await ask('case', { run: run.name, number: one.number });
  const dialog = make('dialog', 'library-dialog evaluation-case');
  const part = (name, ...inside) => make('section', '', make('h4', '', name), ...inside);
  const name = Object.assign(make('h3', '', told.problem || told.question), { tabIndex: -1 });
  name.autofocus = true;  // else what has the focus is at the end, and the case opens there
  const rows = make('table', 'sentences');
  headed(rows, words.answer, [words.sentence, words.verdict, words.cited]);
  rows.append(make('tbody', '', ...(told.sentences || []).map(said => make('tr', said.support,
    cell('said', words.sentence, said.is_quote ? make('q', '', said.text) : said.text),
    cell('verdict', words.verdict, make('strong', '', words.support[said.support]),
      said.reason && make('span', 'reason', said.reason)),
    cell('cited', words.cited, ...said.cited.map(source =>
      make('div', 'source', make('q', '', source.quote), make('cite', '', source.title))))))));
  const quoted = told.gold_evidence || [];
  dialog.append(name, make('p', 'outcome ' + told.tone, told.outcome || ''),
    told.error && make('p', 'problem', told.error),
    told.history?.length ? part(words.before, ...told.history.map(text => make('p', '', text))) : '',
    part(words.gold, make('p', '', told.answerable ? (told.gold || []).join(' / ') : words.nothing),
      ...quoted.map(text => make('blockquote', '', text))),
    part(words.answer, make('div', 'wide', rows)),
    make('div', 'buttons', button('primary', words.close, () => dialog.close())));
  dialog.addEventListener('close', () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}

// Cases from feedback

function complaint(one) {
  const right = input('right', 'text', { placeholder: words.right_hint, maxLength: 500 });
  const evidence = Object.assign(make('select'), { name: 'evidence' });
  evidence.append(new Option(words.no_evidence, ''), ...one.evidence.map((source, place) =>
    new Option(`${source.title}: ${source.quote}`.slice(0, 160), String(place))));
  const keep = Object.assign(make('button', 'primary', words.keep), { type: 'submit' });
  const said = make('p', 'said-status');
  said.setAttribute('role', 'status');
  const node = make('form', 'complaint', make('h4', '', one.question), make('p', 'said', one.said),
    one.reason && make('p', 'hint', one.reason), field(words.right, right),
    field(words.evidence, evidence), make('div', 'buttons', keep, said));
  for (const control of [right, evidence]) {
    control.id += `-${one.place}`;
    control.previousElementSibling.htmlFor = control.id;
  }
  node.addEventListener('submit', async event => {
    event.preventDefault();
    const given = { place: one.place, answer: right.value };
    if (evidence.value) given.evidence = Number(evidence.value);
    const told = await ask('keep_case', given);
    said.textContent = told.problem ? capital(told.problem) : fill(words.kept, { set: told.set });
    if (!told.problem) keep.disabled = true;
  });
  return node;
}

const isSeen = () => root.offsetParent !== null;
let wasSeen = false;
new IntersectionObserver(() => {
  if (isSeen() && !wasSeen) look();
  wasSeen = isSeen();
}).observe(root);
heading.tabIndex = -1;
poll();
