"""A question about the library, or about Ibid itself, told from one about what articles say.

It is told by a grammar of ideas, in English and German: every word of such a question is a word
for one of them (`about.toml`), but for one stretch at most that names an article, a topic or a
publisher. Any other word makes it a question about the world, which stays with the articles.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, Literal

from rag.language.numerals import whole_number
from rag.language.visible import visible

Asks = Literal[
    "unclear", "greeting", "thanks", "goodbye", "acknowledgement", "abilities", "identity",
    "adding", "removing", "count", "list", "newest", "oldest", "author", "published", "origin",
    "title", "language", "languages", "publishers", "authors", "more",
]  # fmt: skip
# What is said to Ibid itself, and asks nothing of any article.
OF_IBID = frozenset(
    "unclear greeting thanks goodbye acknowledgement abilities identity adding removing".split()
)
Of = Literal["", "about", "from", "title", "this", "said", "collection"]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_QUOTED = re.compile(r"[“„«\"]([^“”„«»\"]{2,200})[”“»\"]")
_SHORT_IS = re.compile(r"\b(who|what|where|when|how|that|it)['’]s\b", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]*[A-Za-z0-9]?[\W_]*")
_LANGUAGES = ("en", "de")  # the first that fits is spoken
_LONGEST = 40  # words
_MISSPELT = 4  # letters from which a word may be misspelt
_ALIKE = 0.83  # share of letters in common from which it is
_ALWAYS = frozenset({"function", "be", "greeting", "thanks", "filler", "ibid", "acknowledgement"})
# What stands within a name or a topic makes it a sentence of its own.
_NOT_WITHIN = frozenset(
    {"be", "who", "what", "when", "where", "how", "can", "published", "wrote", "say", "this"}
)
# What stands between a preposition and a name begins something else.
_NOT_INTRODUCING = _NOT_WITHIN | {"article", "item", "library"}
# What a stretch may name, by how it is introduced, the most certain first.
_TRIED: dict[Of, tuple[Of, ...]] = {
    "about": ("about",),
    "from": ("from", "title", "about"),
    "": ("title", "from", "about"),
}
_ON = frozenset({"article", "any_article", "anything"})  # "an article on", but not "the text on"
_SAID = 2  # words that may be said beside a greeting or thanks, where no article has them
_NAME = 5  # words of a collection's name that may stand before the word
_BY_DATE = frozenset({"newest", "oldest"})
_MOST_ASKED = 50  # newest articles; a larger number is a year or a part of a name
_BEYOND = 3  # words of the grammar that a title may begin with, and a name end with


@dataclass(frozen=True, slots=True)
class About:
    """What is asked of the library or of Ibid, and in which language, "en" or "de".

    ``of`` says how what it is of is named, in ``words``: "about" a topic, "from" a publisher, an
    author or a year, by its "title", as "this" article, as a "collection", or it is only "said".
    ``is_said``: a word of the question says that it is of the library, whether or not the catalog
    knows what it names. ``among``: only articles in this language. ``many``: how many of the newest
    or the oldest; 0 if that is not said.
    """

    asks: Asks
    language: str
    of: Of = ""
    words: str = ""
    among: str = ""
    is_said: bool = True
    many: int = 0


@dataclass(frozen=True, slots=True)
class _Pattern:
    asks: Asks
    needs: tuple[frozenset[str], ...]
    may: frozenset[str]
    of: tuple[Of, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word or phrase from one offset to another, and the ideas that it can stand for."""

    start: int
    end: int
    ideas: frozenset[str]
    language: str = ""
    many: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a question names, and the pieces that are left around it."""

    of: Of
    words: str
    around: tuple[_Piece, ...]
    is_introduced: bool = False


def readings(question: str, *, is_first: bool = True) -> tuple[About, ...]:
    """What a question may ask of the library or of Ibid; none if it asks for what articles say.

    All but the last name something that the catalog has to know: the first of which it does is
    what is asked, and if it knows none, what articles say is. ``is_first``: it begins a
    conversation, so "this" is nothing that was said before.
    """
    line = _SHORT_IS.sub(r"\1 is", visible(question))
    if _NO_WORD.fullmatch(line):
        return (About("unclear", _LANGUAGES[0]),)
    if len(line.split()) > _LONGEST:
        return ()
    found: list[About] = []
    for language in _LANGUAGES:
        for reading in _readings(line, language):
            if about := _fitting(reading, language, is_first=is_first):
                found.append(about)
                if about.of not in ("title", "from", "said", "collection"):
                    return tuple(found)
    return tuple(found)


def _readings(line: str, language: str) -> Iterator[_Reading]:
    """The ways in which a question can name something, the most certain first."""
    if quoted := _QUOTED.search(line):
        rest = line[: quoted.start()] + " " + line[quoted.end() :]
        pieces = _pieces(rest, language)
        if all(piece.ideas for piece in pieces):
            if any("collection" in piece.ideas for piece in pieces):
                yield _Reading("collection", quoted[1].strip(), pieces)
            yield _Reading("title", quoted[1].strip(), pieces)
        return
    pieces = _pieces(line, language)
    yield from _collections(line, pieces)
    unknown = [place for place, piece in enumerate(pieces) if not piece.ideas]
    if not unknown:
        yield _Reading("this", "", pieces)
        yield _Reading("", "", pieces)
        return
    if len(unknown) <= _SAID:
        said = " ".join(line[pieces[one].start : pieces[one].end] for one in unknown)
        yield _Reading("said", said, tuple(piece for piece in pieces if piece.ideas))
    first, end = unknown[0], unknown[-1] + 1
    of, start = _introduced(pieces, first)
    for kind in _TRIED[of]:
        if kind == "about" and of != "about" and not _is_before_article(pieces, end):
            continue
        earliest = max(start - _BEYOND, 0) if kind == "title" else start
        latest = min(end + _BEYOND, len(pieces)) if kind != "about" else end
        for begin, stop in product(range(start, earliest - 1, -1), range(end, latest + 1)):
            inside = pieces[begin:stop]
            if kind != "title" and any(piece.ideas & _NOT_WITHIN for piece in inside):
                continue
            words = line[inside[0].start : inside[-1].end]
            # The word that introduces it has said what it had to say.
            before = begin - 1 if of and begin == start else begin
            yield _Reading(kind, words, (*pieces[:before], *pieces[stop:]), bool(of))


def _collections(line: str, pieces: Sequence[_Piece]) -> Iterator[_Reading]:
    """What stands after the word collection, or before it, as the name of one."""
    for place, piece in enumerate(pieces):
        if "collection" not in piece.ideas:
            continue
        before = [(begin, place) for begin in range(place - 1, max(place - 1 - _NAME, -1), -1)]
        after = [(place + 1, end) for end in range(len(pieces), place + 1, -1)]
        for begin, end in (*after, *before):
            if inside := pieces[begin:end]:
                words = line[inside[0].start : inside[-1].end]
                around = (*pieces[: min(begin, place)], *pieces[max(end, place + 1) :])
                yield _Reading("collection", words, around)


def _introduced(pieces: Sequence[_Piece], first: int) -> tuple[Of, int]:
    """By which word the first that is not of the grammar is introduced, and where it begins."""
    for place in range(first - 1, -1, -1):
        if "about" in pieces[place].ideas:
            return "about", place + 1
    for place in range(first - 1, -1, -1):
        ideas = pieces[place].ideas
        if "on" in ideas and any(one.ideas & _ON for one in pieces[:place]):
            return "about", place + 1
        if "from" in ideas:
            return "from", place + 1
        if ideas & _NOT_INTRODUCING:
            break
    return "", first


def _is_before_article(pieces: Sequence[_Piece], end: int) -> bool:
    return end < len(pieces) and "article" in pieces[end].ideas


def _fitting(reading: _Reading, language: str, *, is_first: bool) -> About | None:
    among = [piece.language for piece in reading.around if piece.language]
    pieces = [piece for piece in reading.around if not piece.language]
    ideas = frozenset[str]().union(*(piece.ideas for piece in pieces))
    for pattern in _grammar()[1]:
        if reading.of not in pattern.of or (pattern.first and not is_first):
            continue
        allowed = pattern.may.union(*pattern.needs)
        if all(piece.ideas & allowed for piece in pieces) and _has_each(pieces, pattern.needs):
            is_said = reading.of not in ("title", "said", "collection") and (
                reading.of in ("", "this")
                or (
                    reading.is_introduced
                    and (reading.of == "about" or not ideas.isdisjoint({"you", "library"}))
                )
            )
            if among and pattern.asks not in ("count", "list", "newest", "oldest", "abilities"):
                continue
            return About(
                pattern.asks,
                language,
                reading.of,
                reading.words,
                "".join(among[:1]),
                is_said,
                max((piece.many for piece in pieces), default=0),
            )
    return None


def _has_each(pieces: Sequence[_Piece], needs: Sequence[frozenset[str]]) -> bool:
    """Whether each need is met by a piece of its own."""
    if not needs:
        return True
    return any(
        _has_each([*pieces[:place], *pieces[place + 1 :]], needs[1:])
        for place, piece in enumerate(pieces)
        if piece.ideas & needs[0]
    )


def _pieces(line: str, language: str) -> tuple[_Piece, ...]:
    """The words of a line in order, those of a phrase together."""
    ideas, names, longest, common = _vocabulary(language)
    matches = list(_WORD.finditer(line))
    words = [match[0].lower().replace("’", "'") for match in matches]
    pieces: list[_Piece] = []
    place = 0
    while place < len(words):
        for count in range(min(longest, len(words) - place), 0, -1):
            phrase = " ".join(words[place : place + count])
            if count == 1 and phrase not in ideas and phrase not in names:
                phrase = _well_spelt(phrase, common)
            if count == 1 or phrase in ideas:
                start, end = matches[place].start(), matches[place + count - 1].end()
                told = ideas.get(phrase, frozenset())
                named = names.get(phrase, "")
                told = told | {"language_name"} if named else told
                pieces.append(_Piece(start, end, told, named))
                place += count
                break
    return tuple(_with_number(line, pieces, language))


def _with_number(line: str, pieces: list[_Piece], language: str) -> Iterator[_Piece]:
    """The same, where a number beside "newest" or "oldest" says how many of these."""
    for place, piece in enumerate(pieces):
        beside = pieces[max(place - 1, 0) : place] + pieces[place + 1 : place + 2]
        word = line[piece.start : piece.end]
        if not piece.ideas and any(one.ideas & _BY_DATE for one in beside):
            many = whole_number(word, language)
            if 0 < many <= _MOST_ASKED:
                piece = replace(piece, ideas=frozenset({"number"}), many=many)
        yield piece


def _well_spelt(word: str, common: Sequence[str]) -> str:
    if len(word) < _MISSPELT:
        return word
    near = get_close_matches(word, [one for one in common if one[0] == word[0]], 1, _ALIKE)
    return near[0] if near else word


@cache
def _grammar() -> tuple[dict[str, Any], tuple[_Pattern, ...]]:
    """The words of each language, and the questions in the order in which they are told."""
    read = tomllib.loads((files(__package__) / "about.toml").read_text("utf-8"))
    patterns = []
    for one in read["questions"]:
        always = frozenset[str]() if one.get("bare") else _ALWAYS
        may = (always | {"filler", "ibid", *one.get("may", ())}) - {*one.get("without", ())}
        patterns.append(
            _Pattern(
                one["asks"],
                tuple(map(frozenset, one["needs"])),
                frozenset(may),
                tuple(one.get("of", [""])),
                one.get("first", False),
            )
        )
    return read, tuple(patterns)


@cache
def _vocabulary(
    language: str,
) -> tuple[dict[str, frozenset[str]], dict[str, str], int, tuple[str, ...]]:
    """Each word's ideas, the names of languages, the words of the longest phrase, and the words
    that are known when they are misspelt.
    """
    read = _grammar()[0][language]
    found: dict[str, set[str]] = {}
    for idea, words in read["words"].items():
        for word in words.split(", "):
            found.setdefault(word, set()).add(idea)
    for phrase in read["words"]["this_article"].split(", "):
        found[phrase].add("article")
    names = {
        word: code for code, words in read["language_names"].items() for word in words.split(", ")
    }
    common = tuple(read["misspelt"].split(", "))
    longest = max(len(word.split()) for word in found)
    return {word: frozenset(ideas) for word, ideas in found.items()}, names, longest, common
