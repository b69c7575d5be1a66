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
# The conversation that the front end puts into its prompt: between tags, or at the end.
_TRANSCRIPTS = (
    re.compile(r"<chat_history>(.*)</chat_history>", re.DOTALL),
    re.compile(r"\btitle\b.*?\n(user: .*)", re.DOTALL | re.IGNORECASE),
)
_SAID = re.compile(r"^user:\s*(.+)", re.IGNORECASE | re.MULTILINE)
# What is asked for as JSON: the name of its one field, and how its value begins.
_FORM = re.compile(r"\{\s*\"(?P<name>\w+)\":\s*(?P<value>.)")


def errand(words: str) -> str | None:
    """What is answered to a prompt that a front end made; None where it is a reader's question."""
    found = next(filter(None, (one.search(words) for one in _TRANSCRIPTS)), None)
    if found is None:
        return None
    form = _FORM.search(words[: found.start(1)]) or _FORM.search(words[found.end(1) :])
    said = _SAID.search(found[1])
    title = textwrap.shorten(plain(said[1]), _LONGEST_TITLE, placeholder="…") if said else ""
    if form is None:
        return title
    value = title if form["name"] == "title" else [] if form["value"] == "[" else ""
    return json.dumps({form["name"]: value}, ensure_ascii=False)
