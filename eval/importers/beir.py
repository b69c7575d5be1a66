"""BEIR folders (Thakur et al., NeurIPS 2021): corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv.

They judge whole documents and hold no answers, so a relevant document is evidence as a whole.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from eval.importers.foreign import (
    Foreign,
    Place,
    Question,
    Text,
    Words,
    clean,
    json_lines,
    packed,
)
from eval.sets.contents import contents
from rag.errors import CaseError


class _Document(TypedDict):
    _id: Words
    title: NotRequired[Words | None]
    text: NotRequired[str | None]
    metadata: NotRequired[Any]


class _Query(TypedDict):
    _id: Words
    text: Words


_DOCUMENT = TypeAdapter(_Document)
_QUERY = TypeAdapter(_Query)
_HEAD = ["query-id", "corpus-id", "score"]


def is_one(folder: Path) -> bool:
    """Whether a folder is of this format."""
    return all(packed(folder, name).is_file() for name in ("corpus.jsonl", "queries.jsonl"))


def read(folder: Path) -> Foreign:
    """Read a folder. A query is tagged with the splits that judge it; one of none is left out.

    Raises:
        CaseError: a file is missing, or is not of this format.
    """
    texts: list[Text] = []
    numbers: dict[str, int] = {}
    lost: list[str] = []
    for document in json_lines(_DOCUMENT, packed(folder, "corpus.jsonl")):
        title, text = document.get("title") or "", document.get("text") or ""
        text = clean(text if text.strip() else title)
        if not text.strip():
            lost.append(f"document {document['_id']}: it has no text")
            continue
        numbers[document["_id"]] = len(texts)
        metadata = document.get("metadata")
        url = metadata.get("url") if isinstance(metadata, dict) else None
        texts.append(Text(title, text, {"source": url} if isinstance(url, str) else {}))

    relevant: dict[str, dict[str, None]] = {}
    splits: dict[str, dict[str, None]] = {}
    files = sorted((folder / "qrels").glob("*.tsv*"))
    if not files:
        raise CaseError(f"{folder / 'qrels'}: holds no .tsv file; fetch the set's judgements")
    for file in files:
        for query, document_id, score in _judgements(file):
            splits.setdefault(query, {})[file.name.partition(".")[0]] = None
            if score > 0 and document_id in numbers:
                relevant.setdefault(query, {})[document_id] = None
            elif score > 0:
                lost.append(f"{query}: the corpus has no document {document_id}")

    questions: list[Question] = []
    for asked in json_lines(_QUERY, packed(folder, "queries.jsonl")):
        id_ = asked["_id"]
        documents = [numbers[one] for one in relevant.get(id_, ())]
        if not documents:
            lost.append(f"{id_}: no document is judged relevant to it")
            continue
        places = tuple(Place(number, 0, len(texts[number].text)) for number in documents)
        questions.append(
            Question(id_, asked["text"], (), places, tuple(documents), tuple(splits[id_]))
        )
    return Foreign(tuple(texts), tuple(questions), tuple(lost))


def _judgements(file: Path) -> list[tuple[str, str, int]]:
    judged = []
    rows = csv.reader(io.StringIO(contents(file).decode()), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, start=1):
        if not row or (number == 1 and not _is_number(row[-1])):
            continue  # Its head.
        try:
            query, document, score = row if len(row) != 4 else (row[0], row[2], row[3])  # TREC's
            judged.append((query.strip(), document.strip(), int(float(score))))
        except ValueError:
            raise CaseError(
                f"{file}, line {number}: is not {', '.join(_HEAD)} with a tab between; mend it"
            ) from None
    return judged


def _is_number(words: str) -> bool:
    try:
        return math.isfinite(float(words))
    except ValueError:
        return False
