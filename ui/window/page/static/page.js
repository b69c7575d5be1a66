// Gradio calls this script once, with element, props, server, trigger and watch. It is one script
// in several files. Every word that comes from an article is set as text, never as markup.
const words = props.words;
const root = element.querySelector('.reader');
const CITE = /^#cite-([A-Za-z0-9_.-]{1,128})-([0-9A-Za-z]{1,8})-(\d{1,9})-(\d{1,9})-(\d{1,6})$/;
const LIST = /^#sources-(\d{1,6})$/;
const WHOLE = /^#article-([A-Za-z0-9_.-]{1,128})$/;

function tool(className, text, act, name) {
  const node = make('button', className, text);
  node.type = 'button';
  if (name) {
    node.setAttribute('aria-label', name);
    node.title = name;
  }
  node.addEventListener('click', act);
  return node;
}

function focusLater(node) {
  requestAnimationFrame(() => node && node.focus({ preventScroll: true }));
}

// Offsets count code points, as Python does; a JavaScript string counts UTF-16 units.
// Past the end of the text there is no such place.
function unit(text, point) {
  let at = 0;
  for (; point > 0 && at < text.length; point--) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return point > 0 ? -1 : at;
}

// Scroll so that a box (of viewport coordinates) stands in the upper third of the pane.
function bringIntoView(pane, box) {
  const above = box.top - pane.getBoundingClientRect().top;
  const room = pane.clientHeight - box.height;
  pane.scrollTop += above - Math.max(16, room / 3);
}

// The conversation's sources: one group for each exchange.
const groups = () => (Array.isArray(props.value) ? props.value : []);
const cards = () => groups().flatMap(group => group.cards);

const sheet = () => document.getElementById('sheet');

// Of a tab's button, its panel and what lies in them Gradio shows only what was selected.
function showTab(id) {
  const tab = document.getElementById(id + '-button');
  if (tab && tab.getAttribute('aria-selected') !== 'true') tab.click();
}

// What a screen reader is told, once; the growing answer itself it is not read.
const told = make('p', 'told');
told.setAttribute('role', 'status');

function tell(line) {
  if (told.textContent !== line) told.textContent = line;
}
