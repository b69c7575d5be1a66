"""Sentences to the questions that they answer, by templates: no model is asked.

A template (`templates.toml`) knows what a sentence tells, and turns the rest of it into the
question: "The bridge was opened in 1931" asks "When was the bridge opened?". What does not fit one
whole, or leans on its neighbours, asks nothing. In languages without templates only titles ask.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import regex

from rag.language.forms import months, stop_words, weekdays
from rag.language.injection import addresses_a_model
from rag.language.sentences import Span, split
from rag.language.terms import content_words, spoken
from rag.language.visible import plain, quoted
from rag.language.vocabulary import vocabulary

_LONGEST_SENTENCE = 320
_LONGEST_QUESTION = 110
_LONGEST_TITLE = 70
_READ = 40_000  # characters of an article: what it is about it tells early
_TIMEOUT_S = 0.2
_NAME = r"[A-ZÀ-ÖØ-Þ][\w-]+(?:['’][A-ZÀ-ÖØ-Þ]\w+)?"
_INNER_NAME = regex.compile(r"(?<=\w )" + _NAME)
_PARTICLE = "(?:de|van|von|del|la|der|bin|al)"
_WORD = r"(?:\d[\d.,]*\d|\w[\w’'%-]*)"
# What is quoted was said by somebody, and a line with a mark before it is no sentence.
_NO_SENTENCE = regex.compile(r"[“”„«»\"\n|#*_\[\]{}<>()]|^\W|[?!]$|://")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, the sentence that tells its answer, and where in the text that is told.

    Of a question about the whole article, ``sentence`` and ``told`` are None. ``stands_alone``: it
    says what it is about.
    """

    text: str
    kind: str
    sentence: Span | None = None
    told: Span | None = None
    stands_alone: bool = True

    @property
    def place(self) -> int:
        """Where its sentence begins."""
        return self.sentence.start if self.sentence else 0


def candidates(title: str, text: str, most: int) -> list[Candidate]:
    """The questions that an article answers, as far as its words tell, the best first.

    No two are of one sentence. What the title asks comes second, and last the one about the article
    as a whole, whatever it is.
    """
    language = spoken(text)
    speech = _speech(language)
    if speech is None:
        return []
    about = set(content_words(title, language))
    found = [(one, _likeness(one, about, language)) for one in _of_sentences(speech, text[:_READ])]
    chosen: list[Candidate] = []
    while found and len(chosen) < most:
        kinds = [one.kind for one in chosen]
        best, likeness = max(
            found, key=lambda pair: (pair[1] - 2 * kinds.count(pair[0].kind), -pair[0].place)
        )
        chosen.append(replace(best, stands_alone=likeness > 0 or best.kind == "who is"))
        found = [
            (one, how)
            for one, how in found
            if one.sentence != best.sentence and one.text != best.text
        ]
    chosen[1:1] = _of_title(speech, title, text)
    title = plain(title)
    if len(title) <= _LONGEST_TITLE:
        marks = "„“" if language == "de" else "“”"
        chosen.append(Candidate(speech.about.format(title=quoted(title, marks)), "about"))
    return chosen


def _of_title(speech: _Speech, title: str, text: str) -> Iterator[Candidate]:
    """The question that a title is, or promises to answer."""
    for template in speech.titles if plain(title) == title else ():
        match = template.match(title)
        if match and (question := speech.question(template, match, text, is_title=True)):
            yield Candidate(question, template.kind)
            return


def _likeness(one: Candidate, about: set[str], language: str) -> int:
    """How far a question says what it is about: words of the title, and a name."""
    if one.kind == "who is":  # of whom an article names there is little to tell
        return 0
    on_title = sum(word in about for word in content_words(one.text, language))
    times = {*weekdays(language), *months(language)}
    names = {name.lower() for name in _INNER_NAME.findall(one.text)} - times
    # Where every noun has a capital, none tells of a name.
    is_named = bool(names) and language != "de"
    return min(on_title, 2) + is_named


def _of_sentences(speech: _Speech, text: str) -> Iterator[Candidate]:
    asked = ""  # by the sentence before, where a paragraph or a heading is one or begins with it
    for span in split(text):
        sentence = text[span.start : span.end]
        if asked and not addresses_a_model(sentence):
            yield Candidate(asked, "asked", span, span)
        begins = text[max(span.start - 4, 0) : span.start].rstrip(" ")[-1:] in ("", "\n")
        asked = speech.asked(sentence) if begins and not addresses_a_model(sentence) else ""
        if len(sentence) > _LONGEST_SENTENCE or _NO_SENTENCE.search(sentence):
            continue
        if plain(sentence) != sentence or addresses_a_model(sentence):
            continue
        for template in speech.templates:
            match = template.match(sentence)
            if match and (question := speech.question(template, match, text)):
                told = Span(*(span.start + place for place in match.span("told")))
                yield Candidate(question, template.kind, span, told)


@dataclass(frozen=True, slots=True)
class _Template:
    kind: str
    says: Any
    asks: str
    anywhere: bool

    def match(self, sentence: str) -> Any:
        look = self.says.search if self.anywhere else self.says.match
        try:
            return look(sentence, timeout=_TIMEOUT_S)
        except TimeoutError:
            return None


class _Speech:
    """The templates of one language, and what its questions may hold."""

    def __init__(self, language: str, written: dict[str, Any]) -> None:
        self.language = language
        self.about = written["about"]
        self.verbs = {
            form: dict(pair.split("=") for pair in pairs.split())
            for form, pairs in written["verbs"].items()
        }
        self._determiners = frozenset(written["determiners"].split())
        self._not_first = frozenset(written["not_first"].split()) | stop_words(language)
        self._not_asked = frozenset(written["not_in_question"].split())
        self._leans = self._not_asked - frozenset(written["of_who_asks"].split())
        pieces = self._pieces(written)
        self._asks = regex.compile(written["asks"])
        self.templates, self.titles = (
            [
                _Template(
                    one.get("kind", "title"),
                    regex.compile(_expanded(one["says"], pieces)),
                    one["asks"],
                    one.get("anywhere", False),
                )
                for one in written[part]
            ]
            for part in ("templates", "titles")
        )

    def _pieces(self, written: dict[str, Any]) -> dict[str, str]:
        token = rf"(?!(?:{_any(written['not_in_subject'].split())})\b){_WORD}"
        first = _any(word.capitalize() for word in self._determiners)
        known = vocabulary(self.language).roles
        of_people = known - set(written["role_of_firms"].split())
        roles, titles = (
            _any(sorted(map(regex.escape, some), key=len, reverse=True))
            for some in (of_people, known)
        )
        return {
            **written["pieces"],
            "word": _WORD,
            "small": rf"(?!(?:{_any(written['not_in_subject'].split())})\b)[a-zß-öø-ÿ][\w’'-]*",
            "name": rf"(?!(?i:{titles})\b){_NAME}(?: {_PARTICLE})?(?: {_NAME}){{1,2}}",
            "role": rf"(?i:{roles})",
            "subject": rf"(?P<subject>(?:(?:{first}) )?{token}(?: {token}){{0,6}})",
            **{form: _any(verbs) or "(?!)" for form, verbs in self.verbs.items()},
        }

    def question(
        self, template: _Template, match: Any, text: str, *, is_title: bool = False
    ) -> str:
        """The question of a sentence that fits; empty where it would not be one.

        A title may speak of "you" and of "here": it explains itself.
        """
        said = {name: value or "" for name, value in match.groupdict().items()}
        if "subject" in said:
            said["subject"] = self._subject(said["subject"], text)
            if not said["subject"]:
                return ""
        if what := said.get("what"):  # of things that may be counted, one is asked for
            said["what_is"] = what[:1].lower() + what[1:]
        verb = said.get("verb", "")
        for form, did in (("past", "did"), ("third", "does")):
            if verb in self.verbs[form]:
                said |= {"did": did, "base": self.verbs[form][verb]}
        asked = " ".join(template.asks.format(**{"did": "", "base": "", **said}).split())
        asked = asked.replace(" ?", "?")
        words = {word.lower() for word in regex.findall(r"\w+", asked)}
        is_unclear = bool(words & self._not_asked) and not is_title
        return "" if is_unclear or len(asked) > _LONGEST_QUESTION else asked

    def asked(self, sentence: str) -> str:
        """The question that a sentence or a heading is, as in a list of such; empty if it is none.

        It may speak of "you" and "my", but not of what was said before.
        """
        words = plain(sentence.lstrip("#*- 0123456789.").rstrip("* "))
        is_whole = self._asks.match(words) is not None and not _NO_SENTENCE.search(words[:-1])
        leaning = self._leans & {word.lower() for word in regex.findall(r"\w+", words)}
        return words if is_whole and not leaning and len(words) <= _LONGEST_QUESTION else ""

    def _subject(self, words: str, text: str) -> str:
        """What a sentence begins with as it stands within one; empty if nobody can tell."""
        first, _, rest = words.partition(" ")
        small = first[:1].lower() + first[1:]
        if small in self._determiners:
            return f"{small} {rest}" if rest else ""
        if small in self._not_first or small.endswith("ly"):
            return ""
        if self.language != "de" and regex.search(rf"\b{regex.escape(small)}\b", text):
            return f"{small} {rest}".strip()
        is_name = regex.search(rf"(?<=\w,? ){regex.escape(first)}\b", text)
        return words if is_name or rest[:1].isupper() or first.isupper() else ""


def _any(words: Any) -> str:
    return "|".join(words)


def _expanded(says: str, pieces: dict[str, str]) -> str:
    """A template's expression with its pieces in their places; groups of numbers stay."""
    while (found := regex.sub(r"\{([a-z_]+)\}", lambda m: f"(?:{pieces[m[1]]})", says)) != says:
        says = found
    return says


@cache
def _speech(language: str) -> _Speech | None:
    """What is known of a language; None where there are no templates for it."""
    written = tomllib.loads(files(__package__).joinpath("templates.toml").read_text("utf-8"))
    return _Speech(language, written[language]) if language in written else None
