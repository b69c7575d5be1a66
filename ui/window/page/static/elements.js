// What every script of the page is made with; it stands before each of them. Words are set as
// text, never as markup.
function make(tag, className, ...inside) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...inside.filter(one => one !== '' && one !== null && one !== undefined));
  return node;
}

function button(className, text, act, name) {
  const node = make('button', className, text);
  node.type = 'button';
  if (name) node.setAttribute('aria-label', name);
  node.addEventListener('click', act);
  return node;
}

function field(name, control) {
  control.id = `${element.id}-${control.name}`;
  const label = make('label', '', name);
  label.htmlFor = control.id;
  return make('div', 'field ' + control.name, label, control);
}

function input(name, type, more) {
  return Object.assign(document.createElement('input'), { name, type, autocomplete: 'off' }, more);
}

const capital = text => text.slice(0, 1).toUpperCase() + text.slice(1);
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? '');

function webAddress(link) {
  try {
    const address = new URL(link);
    return /^https?:$/.test(address.protocol) ? address : null;
  } catch {
    return null;
  }
}

// What the server's function answers; a problem in words if it does not.
async function ask(name, given) {
  try {
    // Of a request that failed Gradio says nothing.
    return (await server[name](given || {})) || { problem: words.unreachable };
  } catch {
    return { problem: words.unreachable };
  }
}
