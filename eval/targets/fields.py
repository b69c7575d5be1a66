"""What an answer says in fields beside its text: what it cites, and what its search found.

Systems name these fields in many ways. Read are ``citations`` (objects, or addresses) and
``annotations`` of the message or of the whole; what search found under ``sources``,
``search_results``, ``context``, ``contexts``, ``documents``, ``passages`` or
``retrieved_contexts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from eval.targets.articles import Source

CITED = ("annotations", "citations")
FOUND = (
    "passages", "retrieved_contexts", "contexts", "context", "documents", "search_results",
    "sources",
)  # fmt: skip
# What cites what is found without a mark in the text: these systems show them under the answer.
_SHOWN = ("sources", "context")
_QUOTE = ("quote", "cited_text", "text", "content", "page_content", "snippet", "excerpt", "passage")
_NAMES = (
    "id", "title", "name", "url", "link", "uri", "source", "source_id", "filename", "file_name",
    "filepath", "file_id", "document_id", "document_title", "doc_id", "stated_source", "address",
)  # fmt: skip
_INSIDE = (
    "article", "document", "source", "metadata", "url_citation", "file_citation", "citation",
    "retrieved_context",
)  # fmt: skip
_NUMBER = ("number", "index", "ref", "marker")
_SCORE = ("probability", "score", "relevance", "relevance_score", "distance")
_MOST = 200  # sources of one answer
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Fields:
    """What the fields say. ``cited`` and ``found`` are None where there is no such field.

    ``are_shown``: all that was found is shown as a source of the answer where its text has no
    marks.
    """

    cited: tuple[Source, ...] | None = None
    found: tuple[Source, ...] | None = None
    are_shown: bool = False


def read(message: Mapping[str, Any], whole: Mapping[str, Any]) -> Fields:
    """Read the fields of a message and of the whole response, the former first."""
    cited, found, are_shown = None, None, False
    for name in CITED:
        for holder in (message, whole):
            if isinstance(told := holder.get(name), list) and (told or cited is None):
                cited = cited or tuple(_sources(told))
    for name in FOUND:
        for holder in (message, whole):
            told = holder.get(name)
            if isinstance(told, Mapping):  # {"context": {"citations": […]}} and the like
                told = next((one for one in told.values() if isinstance(one, list)), None)
            if isinstance(told, list) and found is None:
                found, are_shown = tuple(_sources(told)), name in _SHOWN
    return Fields(cited, found, are_shown)


def _sources(told: Iterable[Any]) -> Iterator[Source]:
    count = 0
    for number, one in enumerate(told, start=1):
        for source in _each(one):
            count += 1
            if count > _MOST:
                return
            yield source if source.number else replace(source, number=str(number))


def _each(one: Any) -> Iterator[Source]:
    """The sources in an element of a list: mostly one."""
    if isinstance(one, str):
        is_name = "://" in one or " " not in one.strip()
        yield Source(names=(one,)) if is_name else Source(quote=one)
    elif isinstance(one, Mapping):
        texts = one.get("document")
        if isinstance(texts, list):  # one source of several texts, with a list of facts of each
            facts = one.get("metadata")
            beside = facts if isinstance(facts, list) else []
            for place, text in enumerate(texts):
                own = beside[place] if place < len(beside) else None
                merged = {"source": one.get("source"), "metadata": own, "text": text}
                yield _source(merged)
        elif isinstance(one.get("sources"), list) and isinstance(one.get("end"), int):
            for inner in one["sources"]:  # a piece of the answer's text with its sources
                for source in _each(inner):
                    yield replace(source, at=one["end"], start=None, end=None)
        else:
            yield _source(one)


def _source(one: Mapping[str, Any]) -> Source:
    parts = list(_parts(one))
    start, end = _whole(parts, "start"), _whole(parts, "end")
    return Source(
        names=tuple(dict.fromkeys(_words(parts, _NAMES))),
        quote=next(iter(_words(parts, _QUOTE)), ""),
        start=start,
        end=end,
        number=next((str(part[name]) for part in parts[:1] for name in _NUMBER
                     if isinstance(part.get(name), int) and "end_index" not in part), ""),
        at=_whole(parts, "end_index"),
        sentence=next(iter(_words(parts[:1], ("sentence",))), ""),
        verdict=next(iter(_words(parts[:1], ("verdict",))), ""),
        score=next((float(part[name]) for part in parts for name in _SCORE
                    if isinstance(part.get(name), int | float)), 0.0),
    )  # fmt: skip


def _parts(one: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """An object and those in it that say of what it is."""
    yield one
    if depth < _DEEPEST:
        for name in _INSIDE:
            if isinstance(inner := one.get(name), Mapping):
                yield from _parts(inner, depth + 1)


def _words(parts: Iterable[Mapping[str, Any]], names: Iterable[str]) -> Iterator[str]:
    names = tuple(names)
    for part in parts:
        for name in names:
            if isinstance(said := part.get(name), str) and said.strip():
                yield said


def _whole(parts: Iterable[Mapping[str, Any]], name: str) -> int | None:
    for part in parts:
        if isinstance(said := part.get(name), int) and not isinstance(said, bool):
            return said
    return None
