// What is selected in the conversation becomes its events; what the sanitizer left out is added.
const LINKS = '#chat a[href^="#cite-"], #chat a[href^="#sources-"], #reader a[href^="#cite-"], '
  + 'a[href^="#article-"], a[href="#library"]';

function follow(link) {
  const href = link.getAttribute('href');
  const place = LIST.exec(href);
  hideTip();
  if (href === '#library') showTab('library-tab');
  else if (!place) {
    showTab('chat-tab');
    open(href, link);
  } else {
    calls++;
    raise(link);
    sheetFrom = openedFrom = link;
    showList(Number(place[1]));
    focusLater(heading);
  }
}

async function copy(act, place) {
  const text = groups()[place]?.markdown || '';
  let isDone = false;
  try {
    await navigator.clipboard.writeText(text);
    isDone = true;
  } catch {  // a page that did not come by https may use the old way only
    const field = make('textarea', 'told', text);
    field.value = text;
    document.body.append(field);
    field.select();
    isDone = document.execCommand('copy');
    field.remove();
    act.focus();
  }
  tell(isDone ? words.copied : words.uncopied);
  if (!isDone) return;
  act.classList.add('done');
  setTimeout(() => act.classList.remove('done'), 2000);
}

// After a thumb down, room for a reason.
const why = make('form', 'why');
const reason = make('textarea');
Object.assign(reason, { rows: 2, maxLength: 2000, placeholder: words.why });
reason.setAttribute('aria-label', words.why);
let blamed = -1;
const send = make('button', 'send', words.send);
const row = make('div', 'row');
row.append(tool('skip', words.skip, () => closeWhy()), send);
why.append(reason, row);
why.hidden = true;
document.body.append(why);

function openWhy(act, place) {
  blamed = place;
  reason.value = '';
  why.hidden = false;
  const spot = act.getBoundingClientRect();
  const fits = spot.bottom + 8 + why.offsetHeight < innerHeight;
  why.style.left = Math.max(12, Math.min(spot.left, innerWidth - why.offsetWidth - 12)) + 'px';
  why.style.top = (fits ? spot.bottom + 8 : spot.top - 8 - why.offsetHeight) + 'px';
  reason.focus();
}

function closeWhy() {
  why.hidden = true;
  quietly(document.querySelector(`#chat button[value="down-${blamed}"]`));
}

why.addEventListener('submit', event => {
  event.preventDefault();
  if (reason.value.trim()) {
    trigger('like', { place: blamed, verdict: 'down', reason: reason.value });
    tell(words.thanks);
  }
  closeWhy();
});
why.addEventListener('keydown', event => {
  if (event.key === 'Escape') {
    event.stopPropagation();
    closeWhy();
  } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    why.requestSubmit();
  }
});

function act(node) {
  const [what, place] = node.value.split('-');
  if (what === 'copy') copy(node, Number(place));
  else if (what === 'again') trigger('retry', {});
  else if (what === 'wide') trigger('retry', { wide: 1 });
  else if (what === 'edit') {
    trigger('edit', {});
    focusLater(document.querySelector('#box textarea'));
  } else if (what === 'up' || what === 'down') {
    const isNew = !node.classList.contains('pressed');
    trigger('like', { place: Number(place), verdict: what, reason: '' });
    if (what === 'down' && isNew) openWhy(node, Number(place));
  }
}

function stopEditing() {
  trigger('undo', {});
  focusLater(document.querySelector('#box textarea'));
}

// The chat's sanitizer keeps neither labels nor states, so they are added here.
function dress() {
  const titles = new Map(cards().map(one => [one.href, one.title]));
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
  for (const log of document.querySelectorAll('#chat [role="log"]:not([aria-live="off"])')) {
    log.setAttribute('aria-live', 'off');
  }
  for (const mark of document.querySelectorAll('#chat .doubt[title]')) {
    mark.setAttribute('role', 'note');
    mark.setAttribute('aria-label', mark.title);
    mark.removeAttribute('title');
  }
  for (const node of document.querySelectorAll('#chat .act:is(.up, .down)')) {
    const isPressed = String(node.classList.contains('pressed'));
    if (node.getAttribute('aria-pressed') !== isPressed) node.setAttribute('aria-pressed', isPressed);
  }
  const asked = new Set([...document.querySelectorAll('#scope .part')].map(one => one.dataset.article));
  for (const node of root.querySelectorAll('.only')) {
    const isPressed = String(asked.has(node.dataset.article));
    if (node.getAttribute('aria-pressed') !== isPressed) node.setAttribute('aria-pressed', isPressed);
  }
}

document.addEventListener('click', event => {
  const link = event.target.closest?.(LINKS);
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    return follow(link);
  }
  const node = event.target.closest?.('#chat button.act, #scope .part, #suggestions .ask, .unedit');
  if (node?.matches('.act')) act(node);
  else if (node?.matches('.part')) trigger('delete', { part: node.value });
  else if (node?.matches('.ask')) trigger('submit', { question: node.textContent });
  else if (node) stopEditing();
  else if (!why.hidden && !why.contains(event.target)) why.hidden = true;
}, true);

document.addEventListener('change', event => {
  const day = event.target.closest?.('#days input');
  if (day) trigger('input', { day: day.name, value: day.value });
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  if (event.target.matches?.('#box textarea') && document.querySelector('#editing .unedit')) {
    stopEditing();
  } else if (openHref || sheet().classList.contains('up')) stepBack();
});

new MutationObserver(dress).observe(document.body, { childList: true, subtree: true });

// An article that an address names is opened: #article-<id>.
function openNamed() {
  if (!WHOLE.test(location.hash)) return;
  const href = location.hash;
  history.replaceState(null, '', location.pathname + location.search);
  showTab('chat-tab');
  open(href, null);
}
addEventListener('hashchange', openNamed);

// A new question brings its sources up; an answer that goes on does not interrupt the reading.
watch('value', () => {
  const now = groups().length;
  if (now !== known || (!openHref && listed === now - 1)) {
    calls++;
    showList(now - 1);
  }
  known = now;
  tell(now ? groups()[now - 1].told : '');
});
showList(-1);
openNamed();
