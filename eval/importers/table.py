"""Tables with a head, as .csv or, with tabs, as .tsv.

``question`` is needed. ``answer`` and ``evidence`` may hold several, with ``|`` between them.
The article is in ``context``, or in the file that ``article`` names, relative to the table; where
neither is given, the evidence is the article. ``id``, ``title``, ``tags`` (with ``|`` between
them) and ``answerable`` (yes or no; else as there is an answer) may be there too.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from eval.importers.foreign import Foreign, Place, Question, Text, clean, contents, find
from rag.errors import ArticleError, CaseError
from rag.loaders import read_file

_COLUMNS = "id question answer evidence context article title tags answerable".split()
_OTHERWISE = {"answers": "answer", "quote": "evidence", "query": "question", "tag": "tags"}
_NO = {"no", "false", "0", "n"}
_LONGEST = 20_000_000


def read(file: Path) -> Foreign:
    """Read a table. Columns that it does not know are told and left out.

    Raises:
        CaseError: it is no such table, or names an article that cannot be read.
    """
    csv.field_size_limit(_LONGEST)
    tab = file.suffix.lower() == ".tsv"
    rows = csv.DictReader(
        io.StringIO(_decoded(file), newline=""), delimiter="\t" if tab else ",", restval=""
    )
    try:
        head = {name: _column(name) for name in rows.fieldnames or ()}
    except csv.Error as error:
        raise CaseError(f"{file}: is no table ({error}); save it as CSV") from None
    if "question" not in head.values():
        raise CaseError(f"{file}: no column is called question; name the columns in its first line")
    lost = [f"column {name}: not read" for name, known in head.items() if known not in _COLUMNS]
    texts: dict[str, int] = {}
    kept: list[Text] = []
    questions: list[Question] = []
    try:
        for row in rows:
            cells = {head[name]: (row[name] or "").strip() for name in head}
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
            source = read_file(file.parent / name)
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


def _column(name: str | None) -> str:
    name = (name or "").strip().lower()
    return _OTHERWISE.get(name, name)


def _several(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in words.split("|") if one.strip()))


def _decoded(file: Path) -> str:
    try:
        return contents(file).decode()
    except UnicodeDecodeError as error:
        at = error.object.count(b"\n", 0, error.start) + 1
        raise CaseError(f"{file}, line {at}: not UTF-8; save the table as UTF-8") from None
