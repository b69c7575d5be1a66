"""The window's own scripts and style sheets, beside the Python of the tab that they belong to.

Scripts are ES modules, joined and served as one at ``/scripts/<digest>/window.js``: a page never
runs a module of another version, and a browser may keep the file for good.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template

from ui.window.page.bundle import joined

_WINDOW = Path(__file__).parents[1]
# In this order: what a tab says overrules what all share.
_SHEETS = (
    "static/tokens.css",
    "static/window.css",
    "static/controls.css",
    "static/icons.css",
    "static/dialog.css",
    "chat/static/chat.css",
    "chat/static/filters.css",
    "chat/static/reader.css",
    "chat/static/markdown.css",
    "chat/static/pages.css",
    "drawer/static/drawer.css",
    "library/static/library.css",
    "evaluation/static/evaluation.css",
    "settings/static/settings.css",
    "static/phone.css",
)

# The question box is drawn first: the browser fetches the modules once it has nothing else to do.
# The whole address: Gradio compiles this by Function(), and a browser that has compiled the same
# words for another window would look for a bare path in that one.
_MOUNTING = Template("""\
let isSet = false, changed = () => { isSet = true; };
watch("value", () => changed());
const follow = call => { changed = call; if (isSet) call(); };
const commands = $commands;
const command = (name, data = {}) => {
  if (!commands.includes(name)) throw new Error("no handler is called " + name);
  trigger(name, data);
};
const load = () => import(location.origin + "$address").then(modules =>
  modules.default["$name"].mount({element, command, props, server, upload, follow}));
window.requestIdleCallback ? requestIdleCallback(load, {timeout: 1000}) : setTimeout(load);
""")


def sheets() -> list[Path]:
    """The style sheets, those that others overrule first."""
    return [_WINDOW / name for name in _SHEETS]


def asset(name: str) -> Path:
    """A file that no tab owns, such as the icon."""
    return _WINDOW / "static" / name


@cache
def modules() -> dict[str, bytes]:
    """Every module by its path in this package."""
    found = sorted([*_WINDOW.glob("static/*.js"), *_WINDOW.glob("*/static/*.js")])
    return {file.relative_to(_WINDOW).as_posix(): file.read_bytes() for file in found}


@cache
def bundle() -> bytes:
    """All of them as one module, whose default export has each under its path."""
    return joined(modules())


@cache
def digest() -> str:
    """What tells this version of the modules from any other."""
    return sha256(bundle()).hexdigest()[:16]


def address() -> str:
    """Where the modules are served."""
    return f"/scripts/{digest()}/window.js"


def mounting(name: str, commands: Sequence[str] = ()) -> str:
    """What Gradio runs when a component is there: its module's ``mount``, once that has come.

    A value that is set meanwhile is not missed: ``follow`` calls back at once if there was one.
    ``commands``: what the module may send with ``command(name, data)``. Gradio makes a listener of
    each, because their names stand here in quotes: ``component.name(handler, ...)``. One event for
    all of them would start, and cancel, whatever hangs on any.

    Raises:
        KeyError: there is no such module.
    """
    if name not in modules():
        raise KeyError(name)
    return _MOUNTING.substitute(address=address(), name=name, commands=json.dumps(commands))
