"""Tables of articles (.csv, .tsv, .jsonl): one article a row, or one article that is a table.

A row is known by where it was had, its file and, in this, its id, its link or its title: so that
a table that is added again changes what changed.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.language.visible import bounded, shortened
from rag.loaders.encoding import decode
from rag.loaders.office import joined, page_text
from rag.loaders.rows import head_count, told
from rag.loaders.text import build
from rag.schema import Article

MOST_ROWS = 100_000
_LONGEST_KEY = 150
_TOLD_EVERY = 50
_SEPARATORS = ",;\t|"
_NONE = "\x1f"  # A separator that is in no cell.
_SAID = re.compile(r"(?i)\ufeff?sep=(.)\r?\n")  # as Excel has it, on a line of its own
_LOOKED_AT = 50  # rows, for what parts their cells
_MOST_DEPTH = 5
_SAMPLE = 20_000
_HTML = re.compile(r"(?i)<(?:p|br|div|h[1-6]|ul|ol|table|blockquote)\b[^<>]*>")
# What columns are called where nobody says which is which; the first that is there counts.
_NAMES = {
    "text": ("text", "body", "content", "article", "full_text", "fulltext", "maintext"),
    "title": ("title", "headline", "heading"),
    "date": ("date", "published", "published_at", "publish_date", "publication_date", "pubdate"),
    "url": ("url", "link", "canonical_url", "permalink"),
    "publisher": ("publisher", "source", "site", "site_name", "outlet", "newspaper"),
    "author": ("author", "authors", "byline"),
    "key": ("id", "guid", "uuid", "key"),
    "language": ("language", "lang"),
    "tags": ("tags", "keywords"),
}
_WHOLE = frozenset(name for fact in ("publisher", "author") for name in _NAMES[fact])
_FACTS = {"date": "published", "url": "link"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, by its name; empty: the one that is called so."""

    text: str = ""
    title: str = ""
    date: str = ""
    url: str = ""
    publisher: str = ""
    author: str = ""
    key: str = ""


def read_table(
    data: bytes,
    file: Path,
    source: str,
    columns: Columns,
    on_row: Callable[[int, int], None] = lambda done, of: None,
) -> list[Article | ArticleError]:
    """The articles of a table, or why a row is none. ``on_row`` is told how many are read.

    A .csv or .tsv without a column of text is one article: each row under the names of the columns.

    Raises:
        ArticleError: there is no table, or no column of a name that was given.
    """
    text, notes = decode(data, file)
    if file.suffix.lower() == ".jsonl":
        rows = _objects(text, file)
        names = list(
            dict.fromkeys(str(n) for row in rows[:1000] if isinstance(row, dict) for n in row)
        )
        chosen = _chosen(names, columns, file)
        if "text" not in chosen:
            raise _no_text(names, file)
        return _articles(rows, chosen, file, source, on_row)
    lines = _lines(text, file, columns.text)
    titles = _titles(lines)
    lines = lines[len(titles) :]
    names = [" ".join(name.split()) for name in lines[0]] if lines else []
    chosen = _chosen(names, columns, file)
    if "text" not in chosen:
        if columns != Columns():
            raise _no_text(names, file)
        return [_as_one(titles, lines, file, {"source": source, "notes": notes})]
    named: list[Row | ArticleError] = [dict(zip(names, line, strict=False)) for line in lines[1:]]
    return _articles(named, chosen, file, source, on_row)


def _lines(text: str, file: Path, asked: str) -> list[list[str]]:
    """The rows of a table whose cells are parted, without empty ones."""
    csv.field_size_limit(max(len(text), 1))
    said = _SAID.match(text)
    text = text[said.end() :] if said else text
    is_tsv = file.suffix.lower() == ".tsv"
    separator = said[1] if said else "\t" if is_tsv else _separator(text, asked)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        lines = [[cell.strip() for cell in line] for line in reader]
    except csv.Error as error:
        raise ArticleError(
            f"{file}: this is no table ({error}); save it anew as .csv", "no table", why=str(error)
        ) from None
    lines = [line for line in lines if any(line)]
    if not lines:
        raise _empty(file)
    return _few(lines, file)


def _separator(text: str, asked: str) -> str:
    """What parts the cells: the sign by which the most rows have as many cells, of two at least."""
    first = text.partition("\n")[0].strip().strip('"').lower()
    if first in (*_NAMES["text"], asked.lower()):
        return _NONE  # There is one column.
    best, most = _SEPARATORS[0], 0
    for sign in _SEPARATORS:
        rows = islice(
            csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=sign), _LOOKED_AT
        )
        counts = Counter(len(row) for row in rows if len(row) > 1)
        count = max(counts.values(), default=0)
        if count > most:
            best, most = sign, count
    return best


def _titles(lines: list[list[str]]) -> list[list[str]]:
    """The rows of one cell that stand over the names of the columns."""
    titles = [*takewhile(lambda row: sum(map(bool, row)) == 1, lines)]
    is_over = titles and len(titles) < len(lines) and len(titles[0]) < len(lines[len(titles)])
    return titles if is_over else []


def _objects(text: str, file: Path) -> list[Row | ArticleError]:
    rows: list[Row | ArticleError] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        rows.append(dict(_flat(row)) if isinstance(row, dict) else _no_row(number, file))
    if not rows:
        raise _empty(file)
    return _few(rows, file)


def _flat(row: Row, before: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The fields of an object, those of one in it by their path: article.body.

    Who wrote it and where may be an object themselves, which names them.
    """
    for name, value in row.items():
        if isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("$"):
            value = next(iter(value.values()))  # as databases write an id and a day
        if isinstance(value, dict) and _as_known(name) not in _WHOLE and depth < _MOST_DEPTH:
            yield from _flat(value, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}", value


def _as_known(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


def _few(rows: list[Any], file: Path) -> list[Any]:
    if len(rows) > MOST_ROWS:
        raise ArticleError(
            f"{file}: more than {MOST_ROWS:,} rows; split the file", "rows", most=MOST_ROWS
        )
    return rows


def _chosen(names: Sequence[str], columns: Columns, file: Path) -> dict[str, str]:
    """Which column each fact is in, as far as there is one."""
    known = {_as_known(name.rpartition(".")[2]): name for name in reversed(names)}
    known |= {_as_known(name): name for name in reversed(names)}
    chosen: dict[str, str] = {}
    for field in fields(Columns):
        if asked := getattr(columns, field.name):
            by_name = {name.lower(): name for name in reversed(names)}
            if asked.lower() not in by_name:
                raise _no_column(asked, names, file)
            chosen[field.name] = by_name[asked.lower()]
    for fact, usual in _NAMES.items():
        found = next((known[name] for name in usual if name in known), None)
        if found is not None and fact not in chosen and found not in chosen.values():
            chosen[fact] = found
    return chosen


def _articles(
    rows: Sequence[Row | ArticleError],
    chosen: Mapping[str, str],
    file: Path,
    source: str,
    on_row: Callable[[int, int], None],
) -> list[Article | ArticleError]:
    if not rows:
        raise _empty(file)
    read: list[Article | ArticleError] = []
    taken = set[str]()
    for place, row in enumerate(rows):
        if isinstance(row, ArticleError):
            read.append(row)
            continue
        facts = {fact: row.get(name) for fact, name in chosen.items()}
        key = _key(facts, place + 1, taken)
        try:
            read.append(_article(facts, file / _as_name(key), f"{source}/{key}"))
        except ArticleError as error:
            read.append(error)
        if place % _TOLD_EVERY == 0:
            on_row(place + 1, len(rows))
    return read


def _article(facts: dict[str, Any], file: Path, source: str) -> Article:
    said = facts.pop("text")
    text = "\n\n".join(_paragraphs(said))
    if _HTML.search(text[:_SAMPLE]):
        text = page_text(text, file)
    facts.pop("key", None)
    named = {
        _FACTS.get(name, name): value for name, value in facts.items() if value not in (None, "")
    }
    return build(text, {**named, "source": source}, file)


def _paragraphs(said: Any, depth: int = 0) -> Iterator[str]:
    """What is said in a text, or in a list of its paragraphs, each of which may be an object."""
    if isinstance(said, list | dict) and depth < _MOST_DEPTH:
        known = (_as_known(name) in _NAMES["text"] for name in said)
        if isinstance(said, dict) and any(known):
            said = {name: one for name, one in said.items() if _as_known(name) in _NAMES["text"]}
        for one in said.values() if isinstance(said, dict) else said:
            yield from _paragraphs(one, depth + 1)
    elif said:
        yield str(said)


def _key(facts: Mapping[str, Any], number: int, taken: set[str]) -> str:
    """What a row is known by in its table: its id, its link, its title, or else its number."""
    said = (facts.get(name) for name in ("key", "url", "title"))
    words = next((str(one) for one in said if isinstance(one, str | int) and str(one).strip()), "")
    first = key = (
        bounded(shortened(" ".join(words.split()), _LONGEST_KEY)).strip() or f"row {number}"
    )
    count = 1
    while key in taken:
        count += 1
        key = f"{first} ({count})"
    taken.add(key)
    return key


def _as_name(key: str) -> str:
    return re.sub(r"[/\0]+", "_", key)


def _as_one(
    titles: list[list[str]], lines: list[list[str]], file: Path, facts: dict[str, Any]
) -> Article:
    """A table that is no list of articles, as one."""
    heads = head_count(lines) or (1 if len(lines) > 1 and all(lines[0]) else 0)
    title = file.stem.replace("_", " ").strip()
    above = ("".join(row) for row in titles)
    return build(joined([*above, *told(lines, heads)]), {"title": title, **facts}, file)


def _empty(file: Path) -> ArticleError:
    return ArticleError(f"{file}: there is no text in it; nothing was added", "empty")


def _no_text(names: Sequence[str], file: Path) -> ArticleError:
    listed = shortened(", ".join(names), 300)
    return ArticleError(
        f"{file}: none of its columns is called text, body or content; name the one that holds the "
        f"articles: ibid add --text COLUMN. It has: {listed}",
        "no text column",
        columns=listed,
    )


def _no_column(asked: str, names: Sequence[str], file: Path) -> ArticleError:
    listed = shortened(", ".join(names), 300)
    return ArticleError(
        f"{file}: it has no column {bounded(asked)}; it has: {listed}",
        "no column",
        column=bounded(asked),
        columns=listed,
    )


def _no_row(number: int, file: Path) -> ArticleError:
    return ArticleError(
        f"{file}: line {number} is no JSON object; each line of a .jsonl must be one",
        "no row",
        number=number,
    )
