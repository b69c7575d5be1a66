"""Tables with a head, with commas, semicolons or tabs between the cells.

``question`` is needed. ``answer`` and ``evidence`` may hold several, with ``|`` between them.
The article is in ``context``, or in the file that ``article`` names, relative to the table; where
neither is given, the evidence is the article. ``id``, ``title``, ``tags`` (with ``|`` between
them) and ``answerable`` (yes or no; else as there is an answer) may be there too.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from eval.importers.foreign import Foreign, Place, Question, Text, clean, find
from eval.sets.contents import contents
from rag.errors import ArticleError, CaseError
from rag.loaders import read_file

_COLUMNS = "id question answer evidence context article title tags answerable".split()
_OTHERWISE = {"answers": "answer", "quote": "evidence", "query": "question", "tag": "tags"}
_NO = {"no", "false", "0", "n"}
_LONGEST = 20_000_000
_TOLD = re.compile(r"\s*sep=(.)\r?\n")


def read(file: Path) -> Foreign:
    """Read a table. Columns that it does not know are told and left out.

    Raises:
        CaseError: it is no such table, or names an article that cannot be read.
    """
    csv.field_size_limit(_LONGEST)
    text, delimiter = _separated(contents(file).decode())
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        head = {name: _column(name) for name in rows.fieldnames or ()}
    except csv.Error as error:
        raise CaseError(f"{file}: is no table ({error}); save it as CSV") from None
    if "question" not in head.values():
        raise CaseError(f"{file}: no column is called question; name the columns in its first line")
    lost = [
        f"column {name}: not read" for name, known in head.items() if name and known not in _COLUMNS
    ]
    texts: dict[str, int] = {}
    kept: list[Text] = []
    questions: list[Question] = []
    try:
        for row in rows:
            if None in row:  # What stands beyond the last column.
                lost.append(f"line {rows.line_num}: has more cells than the head; not all are read")
            cells = {head[name]: (row[name] or "").strip() for name in head}
            if not any(cells.values()):
                continue
            questions.append(_question(cells, rows.line_num, file, texts, kept, lost))
    except csv.Error as error:
        raise CaseError(f"{file}, line {rows.line_num}: {error}; save it as CSV") from None
    return Foreign(tuple(kept), tuple(questions), tuple(lost))


def _question(
    cells: dict[str, str],
    line: int,
    file: Path,
    texts: dict[str, int],
    kept: list[Text],
    lost: list[str],
) -> Question:
    quotes = _several(cells.get("evidence", ""))
    text = _article(cells, file, line)
    number = None
    if text:
        if text.text not in texts:
            texts[text.text] = len(kept)
            kept.append(text)
        number = texts[text.text]
    places: list[Place] = []
    for quote in quotes:
        stands = find(quote, kept[number].text) if number is not None else None
        if stands and number is not None:
            places.append(Place(number, *stands))
        else:
            lost.append(f"line {line}: its article does not say “{quote}”")
    answers = _several(cells.get("answer", ""))
    if cells.get("answerable", "").lower() in _NO:
        answers, places = (), []
    return Question(
        cells.get("id") or str(line),
        cells["question"],
        answers,
        tuple(places),
        () if number is None else (number,),
        _several(cells.get("tags", "")),
    )


def _article(cells: dict[str, str], file: Path, line: int) -> Text | None:
    if words := cells.get("context"):
        return Text(cells.get("title", ""), clean(words))
    if name := cells.get("article"):
        try:
            source = read_file(_beside(file, name))
        except ArticleError as error:
            raise CaseError(f"{file}, line {line}, column article: {error}") from None
        facts = {
            "publisher": source.publisher,
            "published": source.published and str(source.published),
        }
        return Text(source.title, source.text, {k: v for k, v in facts.items() if v})
    if quotes := _several(cells.get("evidence", "")):
        return Text(cells.get("title", ""), "\n\n".join(map(clean, quotes)))
    return None


def _beside(file: Path, name: str) -> Path:
    """The file of an article: a table of others names none but those that came with it.

    Raises:
        ArticleError: it lies elsewhere.
    """
    path = file.parent / name
    if not path.resolve().is_relative_to(file.parent.resolve()):
        raise ArticleError(f"{name}: lies outside the table's folder; copy it beside the table")
    return path


def _column(name: str | None) -> str:
    name = (name or "").strip().lower()
    return _OTHERWISE.get(name, name)


def _several(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in words.split("|") if one.strip()))


def is_one(text: str) -> bool:
    """Whether a text is such a table."""
    text, delimiter = _separated(text)
    return "question" in _head(text, delimiter)


def _separated(text: str) -> tuple[str, str]:
    """A table, and what is between its cells: what makes the most known columns of its head."""
    if told := _TOLD.match(text):  # Excel's own line, which no other program knows.
        return text[told.end() :], told.group(1)
    known = {mark: sum(name in _COLUMNS for name in _head(text, mark)) for mark in ",;\t"}
    return text, max(known, key=lambda mark: known[mark])


def _head(text: str, delimiter: str) -> list[str]:
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
    return [_column(name) for name in first]
