"""What chat front ends ask a model besides the reader's questions, answered without one.

Open WebUI and LibreChat have the model of a conversation write its title, its tags, searches and
what could be asked next. None of that is a question to the articles: a title is the first question
in few words, and of the rest there is nothing.
"""

from __future__ import annotations

import json
import re
import textwrap

from rag.language.visible import plain

_LONGEST_TITLE = 60
_OPENED, _CLOSED = "<chat_history>", "</chat_history>"
_SAID = re.compile(r"^user:[ \t]*(\S.*)", re.IGNORECASE | re.MULTILINE)
_TITLE = re.compile(r"\btitle\b", re.IGNORECASE)
# What is asked for as JSON: the name of its one field, and how its value begins.
_FORM = re.compile(r"\{\s*\"(?P<name>\w+)\":\s*(?P<value>.)")


def errand(words: str) -> str | None:
    """What is answered to a prompt that a front end made; None where it is a reader's question."""
    parts = _parts(words)
    if parts is None:
        return None
    before, transcript, after = parts
    form = _FORM.search(before) or _FORM.search(after)
    said = _SAID.search(transcript)
    title = textwrap.shorten(plain(said[1]), _LONGEST_TITLE, placeholder="…") if said else ""
    if form is None:
        return title
    value = title if form["name"] == "title" else [] if form["value"] == "[" else ""
    return json.dumps({form["name"]: value}, ensure_ascii=False)


def _parts(words: str) -> tuple[str, str, str] | None:
    """The prompt around the conversation in it, which stands between tags or at its end."""
    before, opened, rest = words.partition(_OPENED)
    transcript, closed, after = rest.rpartition(_CLOSED)
    if opened and closed:
        return before, transcript, after
    said = _SAID.search(words)
    if said and said.start() and _TITLE.search(words[: said.start()]):
        return words[: said.start()], words[said.start() :], ""
    return None
