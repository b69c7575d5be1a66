"""An article that a client on this machine brings: a file, a link, or a text.

A text is kept as a file beside the library, so that it is added, and can be again, as any other.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml

from rag import disk
from rag.errors import ArticleError
from ui.api.service import Service, Step
from ui.mcp.arguments import Added, Adding, AddingHere, Additions, Misuse
from ui.mcp.calling import Call

TEXTS = "texts"
"""The folder of a library that holds the texts that clients have added."""
_LONGEST_STEM, _DIGITS = 60, 12


def file_of(given: Adding, folder: Path) -> Path | str:
    """The file, or as text the link, that is to be added; a text becomes a file of the library.

    Raises:
        Misuse: there is no such file.
    """
    if given.url:
        return given.url
    if isinstance(given, AddingHere) and given.path:
        return _path(given.path)
    return _text(given, folder / TEXTS)


def added(call: Call, service: Service, file: Path | str, to: str) -> Additions:
    """What became of it.

    Raises:
        ArticleError: nothing of it could be added.
    """
    articles: list[Added] = []
    failed: list[str] = []
    steps = 0

    def take(step: Step) -> None:
        articles.extend(map(Added.of, step.added))
        # By its path nobody knows a text that they have sent.
        failed.extend([step.failed.removeprefix(f"{file}: ")] if step.failed else [])
        nonlocal steps
        steps += 1
        done = f"page {step.page} of {step.of}" if step.of else f"{step.chunks} parts"
        call.step(steps, None, done)

    service.add([file], "", take, to=to)
    if not articles:
        raise ArticleError("; ".join(failed) or "there is no article in it")
    return Additions(articles=articles, failed=failed)


def forget(source: str, folder: Path) -> None:
    """Delete the text of an article that is gone, if a client brought it."""
    file = Path(source)
    if file.parent == folder / TEXTS:
        file.unlink(missing_ok=True)


def _path(path: str) -> Path:
    file = Path(path).expanduser()
    if not file.is_absolute() or not file.is_file():
        raise Misuse(
            f"{path}: no such file; give the whole path of one (ibid add adds a whole folder)"
        )
    return file


def _text(given: Adding, folder: Path) -> Path:
    """The text as a file of Markdown, what is known of it above. The same text is the same file."""
    known = {
        "title": given.title,
        "publisher": given.publisher,
        "author": given.author,
        "published": given.published,
    }
    head = yaml.safe_dump({name: one for name, one in known.items() if one}, allow_unicode=True)
    text = f"---\n{head}---\n{given.text}" if any(known.values()) else given.text
    stem = re.sub(r"\W+", "-", given.title or given.text[:_LONGEST_STEM]).strip("-").lower()
    data = text.encode(errors="replace")
    digest = hashlib.sha256(data).hexdigest()[:_DIGITS]
    file = folder / f"{stem[:_LONGEST_STEM] or 'text'}-{digest}.md"
    folder.mkdir(parents=True, exist_ok=True)
    disk.write_whole(file, data)
    return file
