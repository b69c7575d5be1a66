"""A foreign set to files of ours."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eval.importers.foreign import Foreign, Place, Text, clean
from eval.sets.cases import Case, Evidence, save
from eval.sets.evidence import ARTICLES
from rag.errors import CaseError
from rag.language.sentences import Span, split, trim
from rag.loaders.text import first_words

SET = "set.jsonl"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where. ``bare`` answerable cases have no evidence that could be placed."""

    file: Path
    articles: int
    answerable: int
    unanswerable: int
    quotes: int
    bare: int
    lost: tuple[str, ...]


def write(foreign: Foreign, out: Path, on_article: Callable[[], None] = lambda: None) -> Written:
    """Write a set and the folder of its articles, whole or not at all.

    A quote is the words of the article, those of the whole sentence where the set gives a bare
    answer. A question without words is left out.

    Raises:
        CaseError: ``out`` is there and not an empty folder, or cannot be written, or no question is
            of use.
    """
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise CaseError(f"{out}: is there already; name a new folder")
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".ibid-import-", dir=out.parent) as hidden:
            folder = Path(hidden) / "set"
            (folder / ARTICLES).mkdir(parents=True)
            names = _articles(foreign.texts, folder, on_article)
            cases, lost = _cases(foreign, names)
            if not cases:
                raise CaseError(f"{out}: nothing can be written; {(*foreign.lost, *lost)[0]}")
            save(folder / SET, cases)
            folder.replace(out)
    except OSError as error:
        raise CaseError(f"{out}: cannot be written ({error.strerror}); name another") from error
    answerable = sum(case.answerable for case in cases)
    return Written(
        file=out / SET,
        articles=len(names),
        answerable=answerable,
        unanswerable=len(cases) - answerable,
        quotes=sum(len(case.evidence) for case in cases),
        bare=sum(case.answerable and not case.evidence for case in cases),
        lost=(*foreign.lost, *lost),
    )


def _articles(
    texts: tuple[Text, ...], folder: Path, on_article: Callable[[], None]
) -> dict[int, str]:
    """The name of each text's file, relative to the folder; blank texts have none."""
    import yaml

    names: dict[int, str] = {}
    sources: set[str] = set()
    for number, text in enumerate(texts):
        on_article()
        if not text.text.strip():
            continue
        title = " ".join(clean(text.title).split()) or first_words(text.text)
        facts = {"title": title[:300], **_facts(text, sources)}
        front = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=10_000)
        names[number] = f"{ARTICLES}/{number + 1:04}-{_slug(title)}.md"
        whole = f"---\n{front}---\n{text.text}\n"
        (folder / names[number]).write_text(whole, "utf-8", newline="\n")
    return names


def _facts(text: Text, sources: set[str]) -> dict[str, str]:
    """Its facts without those that no article can have: a source of another, a day of no date."""
    facts = {name: " ".join(clean(value).split()) for name, value in text.facts.items()}
    if facts.get("source") in sources:
        del facts["source"]
    sources.add(facts.get("source", ""))
    if "published" in facts:
        try:
            facts["published"] = str(datetime.fromisoformat(facts["published"]).date())
        except ValueError:
            del facts["published"]
    return {name: value for name, value in facts.items() if value}


def _cases(foreign: Foreign, names: dict[int, str]) -> tuple[list[Case], list[str]]:
    cases: list[Case] = []
    lost: list[str] = []
    taken: set[str] = set()
    sentences: dict[int, list[Span]] = {}

    def quote(place: Place) -> str:
        text = foreign.texts[place.text].text
        span = trim(text, place.start, place.end)
        if foreign.are_answers:
            if place.text not in sentences:
                sentences[place.text] = split(text)
            around = [s for s in sentences[place.text] if s.start < span.end and span.start < s.end]
            if around:
                span = Span(min(span.start, around[0].start), max(span.end, around[-1].end))
        return text[span.start : span.end]

    for question in foreign.questions:
        asked = " ".join(clean(question.text).split())
        if not asked:
            lost.append(f"{question.id}: the question has no words")
            continue
        places = (place for place in question.places if place.text in names)
        quotes = dict.fromkeys((names[place.text], quote(place)) for place in places)
        evidence = tuple(Evidence(name, words) for name, words in quotes if words)
        answers = tuple(one for one in map(clean, question.answers) if one.strip())
        if question.is_answerable and not answers and not evidence:
            lost.append(f"{question.id}: neither its answer nor its evidence has words")
            continue
        cases.append(
            Case(
                id=_unique(question.id, taken),
                question=asked,
                answerable=question.is_answerable,
                answers=answers,
                evidence=evidence,
                tags=question.tags,
                history=question.history,
            )
        )
    return cases, lost


def _unique(name: str, taken: set[str]) -> str:
    name = clean(name).strip() or "case"
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}-{number}"
    taken.add(unique)
    return unique


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "article"
