"""A conversation as a file: Markdown, HTML, Word, PDF, JSON, and its sources as BibTeX and CSL."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from ui.window.conversation.history import Conversation


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: how its name ends, its media type, and which module of this folder makes it.

    That module's function takes a conversation and gives bytes or text.
    """

    ending: str
    media_type: str
    module: str
    function: str


KINDS = {
    "md": Kind("md", "text/markdown; charset=utf-8", "text", "as_markdown"),
    "html": Kind("html", "text/html; charset=utf-8", "page", "as_html"),
    "docx": Kind(
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "word",
        "as_docx",
    ),
    "pdf": Kind("pdf", "application/pdf", "pdf", "as_pdf"),
    "bib": Kind("bib", "application/x-bibtex; charset=utf-8", "references", "as_bibtex"),
    "csl": Kind("csl.json", "application/vnd.citationstyles.csl+json", "references", "as_csl"),
    "json": Kind("json", "application/json", "text", "as_json"),
}
"""By the name that an address gives the kind. What makes a file is loaded when one is wanted."""


def made(conversation: Conversation, kind: str) -> bytes:
    """The conversation as a file of a kind, a key of ``KINDS``, in the language that is spoken."""
    about = KINDS[kind]
    module = import_module(f"{__name__}.{about.module}")
    make: Callable[[Conversation], bytes | str] = getattr(module, about.function)
    whole = make(conversation)
    return whole if isinstance(whole, bytes) else whole.encode("utf-8", "replace")


def named(conversation: Conversation, kind: str) -> str:
    """A name for the file that any file system takes and no header is broken by."""
    words = re.sub(r"[^a-z0-9]+", "-", conversation.title.lower()).strip("-")[:60].strip("-")
    return f"{words or 'conversation'}.{KINDS[kind].ending}"


def as_data(text: object) -> str:
    """Plain values as JSON that a person can read."""
    return json.dumps(text, ensure_ascii=False, indent=2) + "\n"
