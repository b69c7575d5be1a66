"""Whose doing it is: what one clause says of its subject is not said of another clause's.

Of "Marta Quill designed the bridge; Olaf Brandt opened it" no part says that Quill opened it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from rag.language.lexicon import IRREGULAR, OPENERS
from rag.language.tokenizing import Token
from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text
from rag.verify.order import agent_of, is_inverted, may_be_verb
from rag.verify.roles import is_role

# Tokens between a preposition, or an article, and its noun.
_NEAR = 3
# Places of a verb in the evidence; of one that has more nothing is known.
_MOST = 6
_ENGLISH = re.compile(r"..(?:ed|[^s]s)$")
_PERSONS = frozenset({"he", "she"})
_GENITIVES = ("'s", "s'", "’s")
_GERMAN_RELATIVES = frozenset(
    "der die das dem den deren dessen denen welche welcher welches".split()
)


class Clauses:
    """A text cut where another clause may begin: at its signs, joins, contrasts and relatives."""

    def __init__(self, text: Text) -> None:
        self.text = text
        vocabulary = text.vocabulary
        self._articles = vocabulary.grammar("articles")
        self._governing = vocabulary.grammar("prepositions")
        self._objects = vocabulary.grammar("objects")
        self._joins = vocabulary.grammar("joins") | vocabulary.grammar("contrasts")
        self._relatives = vocabulary.grammar("relatives")
        self._opening = (
            self._joins
            | self._relatives
            | vocabulary.grammar("conditions")
            | (vocabulary.grammar("subordinates") - self._governing)
        )
        self._pronouns = vocabulary.grammar("pronouns")
        self._auxiliaries = vocabulary.grammar("auxiliaries") | vocabulary.grammar("be")
        self._of = vocabulary.grammar("of")
        self._light = vocabulary.grammar("light")
        self._denials = vocabulary.denials("strict")
        self._closing = (self._articles | self._governing | self._pronouns | self._denials) | (
            frozenset() if vocabulary.language == "en" else self._relatives
        )
        self._is_german = vocabulary.language == "de"

    @cached_property
    def first(self) -> list[int]:
        """Where the clause that each token is in begins."""
        text, found, start = self.text, [], 0
        for i, token in enumerate(text.tokens):
            is_cut = text.clause[i] != text.clause[i - 1] if i else True
            if is_cut or token.word in self._opening:
                start = i
            found.append(start)
        return found

    def clause(self, i: int) -> range:
        """The tokens of the clause that a token is in."""
        first = self.first[i]
        last = next(
            (k for k in range(i, len(self.first)) if self.first[k] != first), len(self.first)
        )
        return range(first, last)

    def sentence(self, i: int) -> range:
        """The tokens of the sentence that a token is in."""
        tokens = self.text.tokens
        first = next((k for k in range(i, 0, -1) if _ends(tokens[k])), 0)
        last = next((k for k in range(i + 1, len(tokens)) if _ends(tokens[k])), len(tokens))
        return range(first, last)

    def is_verb(self, i: int) -> bool:
        """Whether a word stands as verbs do: after an auxiliary, or before what is no noun."""
        text = self.text
        token, before = text.tokens[i], text.tokens[i - 1] if i else None
        if not may_be_verb(text, i) or token.says_little or token.word in self._governing:
            return False
        if (
            is_role(text, token)
            or (before and before.word.endswith(_GENITIVES))
            or (before and before.word == "s")
        ):
            return False
        if any(t.word in self._auxiliaries for t in text.tokens[max(0, i - 2) : i]):
            return True
        after = next(iter(text.tokens[i + 1 : i + 2]), None)
        is_free = text.vocabulary.language != "en" or bool(_ENGLISH.search(token.word))
        is_free = is_free or token.word in IRREGULAR
        if after is None or after.opens or any(sign in after.gap for sign in ",;:.!?()"):
            return is_free
        is_past = token.word.endswith("ed") or token.word in IRREGULAR
        return (
            after.word in self._articles | self._pronouns
            or (is_past and after.word == "that")
            or (is_free and (i + 1 in text.fact_at or after.word in self._closing))
            or (
                after.is_capitalised
                and (not self._is_german or bool(before and before.is_capitalised))
            )
        )

    def is_denied(self, verb: int) -> bool:
        """Whether a "not", or "nobody", stands in the clause of a verb."""
        tokens = self.text.tokens
        return any(
            tokens[k].word in self._denials or tokens[k].word.endswith("n't")
            for k in self.clause(verb)
        )

    def subject(self, verb: int, *, is_sure: bool) -> frozenset[int]:
        """The words of which the verb may be said; none if that is not known.

        ``is_sure``: what stands before a German verb is taken to be who does it.
        """
        here = self.clause(verb)
        before, after = range(here.start, verb), range(verb + 1, here.stop)
        tokens = self.text.tokens
        is_after = is_inverted(self.text, verb) and not self._is_german
        if is_after and any(map(self.is_verb, range(self.sentence(verb).start, verb))):
            return frozenset()  # ", promised Rolf Hainey": who does it comes after
        if any(tokens[k].word in self._pronouns for k in before):
            return frozenset()
        if not self._is_german:
            # What stands after an auxiliary, "will now start", is not who does it.
            first = next((k for k in before if tokens[k].word in self._auxiliaries), verb)
            is_relative = tokens[here.start].word in self._relatives
            if is_relative and first < verb and self._nouns(range(here.start, first)):
                return frozenset()  # "the birds that breed here have left"
            before = range(here.start, first)
        if self._is_german:
            return self._german(before, after, is_sure)
        if own := self._nouns(before):
            return own | self._joined(here.start)
        if any(tokens[k].word in self._denials for k in before[:2]):
            return frozenset()  # "of the letters, none was sent"
        return self._earlier(here)

    def _german(self, before: range, after: range, is_sure: bool) -> frozenset[int]:
        tokens = self.text.tokens
        is_relative = before and "," in tokens[before.start].gap and not after
        if is_relative and tokens[before.start].word in _GERMAN_RELATIVES:
            return frozenset()
        own = self._nouns(before)
        if not own and before and tokens[before.start].word in self._joins and len(before) == 1:
            return self._earlier(self.clause(before.start))
        if any(tokens[k].word in self._pronouns | {"sich"} for k in after[:2]):
            return own
        # "Die Halle entwarf Jonas Feld": which of both it is only a "der" would tell.
        if own and (is_sure or tokens[max(before.start, min(own) - 1)].word == "der"):
            return own
        return own | self._nouns(after)

    def _joined(self, join: int) -> frozenset[int]:
        """The "Tallow" of "Tallow and Birch won": what is joined, where no verb stands before."""
        tokens = self.text.tokens
        if tokens[join].word not in self._joins or not join or tokens[join].gap.strip():
            return frozenset()
        before = range(self.first[join - 1], join)
        return frozenset() if any(map(self.is_verb, before)) else self._nouns(before)

    def _earlier(self, here: range) -> frozenset[int]:
        """The subject that a clause without one has from those before it."""
        tokens = self.text.tokens
        start = here.start
        if not start or _ends(tokens[start]):
            return frozenset()
        if tokens[start].word in self._relatives:
            return self._antecedent(start - 1)
        if self.text.vocabulary.language == "en" and (appended := self._appositions(start)):
            return appended
        sentence = self.sentence(start)
        if any(tokens[k].word in self._pronouns for k in range(sentence.start, start)):
            return frozenset()
        if tokens[start].word in self._joins:
            earlier = self._leading(range(sentence.start, start))
            if earlier:
                return earlier
        return self._nouns(range(sentence.start, start))

    def _appositions(self, start: int) -> frozenset[int]:
        """Who ", the governor, Lea Sommer, promised" names: what has no verb right before it."""
        tokens, found = self.text.tokens, set[int]()
        while start and not tokens[start].opens and "," in tokens[start].gap:
            before = self.clause(start - 1)
            if any(map(self.is_verb, before)) or tokens[before.start].word in self._opening:
                break
            if tokens[before.start].word in self._governing:
                break
            found |= self._nouns(before)
            start = before.start
        is_named = any(tokens[k].is_capitalised for k in found)
        return frozenset(found) if is_named and start and not tokens[start].opens else frozenset()

    def _leading(self, places: range) -> frozenset[int]:
        """The nouns before the first word that an article follows, as it does a verb."""
        tokens = self.text.tokens
        for k in places[:-1]:
            after = tokens[k + 1]
            is_led = after.word in self._articles or after.is_capitalised
            is_verb = is_led and not after.gap.strip() and self.is_verb(k)
            if k > places.start and (is_verb or tokens[k].word in self._auxiliaries):
                return self._nouns(range(self.first[k], k)) or self._nouns(range(places.start, k))
        return frozenset()

    def _antecedent(self, last: int) -> frozenset[int]:
        """The noun, and what it is of, that a relative clause follows."""
        tokens, found = self.text.tokens, set[int]()
        k = last
        while k >= 0:
            if not tokens[k].says_little and not tokens[k].depth:
                found.add(k)
            if tokens[k].depth:
                pass
            elif tokens[k].word in self._articles and not (k and tokens[k - 1].word in self._of):
                break
            if tokens[k].opens:
                break
            k -= 1
        return frozenset(found)

    def _nouns(self, places: range) -> frozenset[int]:
        """The words among places that no preposition, and no article of an object, governs."""
        text = self.text
        found = set[int]()
        for k in places:
            token = text.tokens[k]
            if token.says_little or k in text.fact_at or token.word.endswith("ly"):
                continue
            if k - 1 in text.fact_at and text.facts[text.fact_at[k - 1]].unit == token.stem:
                continue  # the week of "the five-week strike"
            if (
                token.word in self._light
                or token.word in self._governing
                or token.word in self._denials
                or token.depth
                or token.word in OPENERS
            ):
                continue
            if self._is_german and not token.is_capitalised:
                continue
            if not self._governor(k, places.start):
                found.add(k)
        return frozenset(found)

    def _governor(self, k: int, start: int) -> str:
        """The preposition, or the article of an object, before a noun and its adjectives."""
        tokens = self.text.tokens
        for i in range(k - 1, max(start, k - _NEAR - 1) - 1, -1):
            if self.text.clause[i] != self.text.clause[k]:
                return ""
            word, before = tokens[i].word, tokens[i - 1] if i > start else None
            if word in self._articles:
                if before is None:
                    return word if word in self._objects else ""
                if before.word in self._governing:
                    i, word = i - 1, before.word
                elif not (word in self._of and before.is_capitalised):  # "das Dach der Halle"
                    return word if word in self._objects else ""
            if word in self._of and self._is_partitive(i):
                return ""
            if word in self._of:
                return "of"
            if word in self._governing | self._objects:
                return word
        return ""

    def _is_partitive(self, of: int) -> bool:
        """Whether it is the "of" of "none of", "two of", "those of"."""
        before = self.text.tokens[of - 1] if of else None
        return before is not None and (
            before.says_little
            or before.word in self._light
            or of - 1 in self.text.fact_at
            or before.word in self._denials
        )

    def numbers(self, verb: int) -> frozenset[int]:
        """The first words of the numbers before a verb in its clause that nothing governs."""
        here = self.clause(verb)
        return frozenset(
            fact.first
            for fact in self.text.facts
            if fact.kind == "number"
            and here.start <= fact.first < verb
            and not self._governor(fact.first, here.start)
        )

    def _appended(self, stop: int) -> int:
        """Where a clause ends, with a name that says who it was: "the holders, Ashby Forge"."""
        tokens = self.text.tokens
        is_name = stop < len(tokens) and tokens[stop].is_capitalised and not tokens[stop].opens
        return self.clause(stop).stop if is_name else stop

    def object(self, verb: int) -> frozenset[int]:
        """The words of the noun that follows a verb at once."""
        text, here = self.text, self.clause(verb)
        found = set[int]()
        if self._is_german and not self._nouns(range(here.start, verb)):
            return frozenset()
        for k in range(verb + 1, self._appended(here.stop)):
            token = text.tokens[k]
            is_led = found or k > verb + 1 or token.is_capitalised or token.word in self._articles
            if token.word in self._governing or k in text.fact_at or not is_led:
                break
            if not token.says_little:
                found.add(k)
            elif found or token.word not in self._articles:
                break
        return frozenset(found)


def _ends(token: Token) -> bool:
    """Whether the sentence before ends where a token begins, not merely a clause of it."""
    return token.opens and any(sign in token.gap for sign in ".!?\n")


def displaced(aligned: Alignment) -> Reason | None:
    """A subject, or an object, that has another verb in the evidence than in the sentence."""
    said, known = Clauses(aligned.said), Clauses(aligned.known)
    for verb in aligned.pairs:
        if not said.is_verb(verb):
            continue
        places = [k for k in _same(aligned, verb) if may_be_verb(aligned.known, k)]
        if len(places) > _MOST:
            continue
        if not any(known.is_verb(k) for k in places):
            continue
        # "The minister did not sign it" may follow from what somebody else signed.
        if said.is_denied(verb) and not all(map(known.is_denied, places)):
            continue
        voice = is_passive(aligned.said, verb)
        if any(is_passive(aligned.known, k) != voice for k in places):
            # Of "a trap recorded an otter" nobody but the otter was recorded.
            mine, theirs = (
                (said.subject(verb, is_sure=True), [known.object(k) for k in places])
                if voice
                else (said.object(verb), [known.subject(k, is_sure=False) for k in places])
            )
            if mine and all(theirs) and (reason := _other(aligned, known, mine, places, theirs)):
                return reason
            if not voice and (reason := _no_agent(aligned, said, known, verb, places)):
                return reason
            continue
        there = {
            i
            for i, j in aligned.pairs.items()
            if any(j in one for one in map(known.object, places))
        }
        if there & said.subject(verb, is_sure=True) and not said.object(verb):
            continue  # "they closed the branch", "the branch closed"
        subjects = (
            said.subject(verb, is_sure=True),
            [known.subject(k, is_sure=False) for k in places],
        )
        if reason := _told_later(aligned, known, subjects[0], places):
            return reason
        objects = said.object(verb), [known.object(k) for k in places]
        numbers = said.numbers(verb), [known.numbers(k) for k in places]
        for mine, theirs in (subjects, objects, numbers):
            if mine and all(theirs) and (reason := _other(aligned, known, mine, places, theirs)):
                return reason
    return None


def _same(aligned: Alignment, i: int) -> Iterator[int]:
    """Every token of the evidence that says the same as the one that a token is paired with."""
    if i in aligned.said.fact_at:
        return iter(aligned.options(i))
    root = aligned.known.tokens[aligned.pairs[i]].stem
    return (k for k, token in enumerate(aligned.known.tokens) if token.stem == root)


def _other(
    aligned: Alignment,
    known: Clauses,
    mine: frozenset[int],
    places: list[int],
    theirs: list[frozenset[int]],
) -> Reason | None:
    """None if one of mine may be one of theirs; all of mine have to stand beside, elsewhere.

    Nor is anything known of "a rise in the price", where the evidence has a price that rises.
    """
    if any(i not in aligned.pairs or known.is_verb(aligned.pairs[i]) for i in mine):
        return None
    there = [set(_same(aligned, i)) for i in mine]
    if any(found & one for found in there for one in theirs):
        return None
    for place, one in zip(places, theirs, strict=True):
        # Within an English clause the order of words tells who does it (`rag.verify.order`).
        here = known.clause(place) if aligned.known.vocabulary.language == "en" else ()
        sentence = set(known.sentence(place)) - set(here)
        if all(found & sentence for found in there):
            tokens = aligned.known.tokens
            return Reason("elsewhere", (aligned.said.tokens[min(mine)].text, tokens[min(one)].text))
    return None


def _told_later(
    aligned: Alignment, known: Clauses, doers: frozenset[int], places: list[int]
) -> Reason | None:
    """A name that is told only after a verb whose "she" it should be, or whose subject before."""
    tokens = aligned.known.tokens
    if not doers or any(i not in aligned.pairs for i in doers):
        return None
    names = [i for i in doers if aligned.said.tokens[i].is_capitalised]
    is_late = all(
        j > known.clause(k).stop - 1 for i in names for k in places for j in _same(aligned, i)
    )
    is_led = all(_has_subject_before(known, k) for k in places)
    if names and is_late and is_led:
        words = aligned.said.tokens[names[0]].text, tokens[known.clause(places[0]).start].text
        return Reason("elsewhere", words)
    return None


def _has_subject_before(known: Clauses, verb: int) -> bool:
    """Whether "she" stands before a verb, or its clause goes on with a subject told before."""
    text, here = known.text, known.clause(verb)
    before = text.tokens[here.start : verb]
    if any(t.word in _PERSONS for t in before):
        names = [fact for fact in text.facts if fact.kind == "name"]
        return bool(names) and names[0].first < here.start
    goes_on = verb == here.start and here.start and "," in text.tokens[verb].gap
    return bool(goes_on) and not is_inverted(text, verb) and text.tokens[verb].word.endswith("ed")


def _no_agent(
    aligned: Alignment, said: Clauses, known: Clauses, verb: int, places: list[int]
) -> Reason | None:
    """Who does here what is done there by nobody who is named, while he does something else."""
    text, doers = aligned.known, said.subject(verb, is_sure=True)
    if not doers or not said.object(verb) or any(i not in aligned.pairs for i in doers):
        return None
    if any(agent_of(text, k) is not None for k in places):
        return None
    there = {aligned.pairs[i] for i in doers}
    if any(there & {*known.clause(k), *known.subject(k, is_sure=False)} for k in places):
        return None
    agents = [k for k, token in enumerate(text.tokens) if agent_of(text, k) is not None]
    for other in agents:
        if there & set(known.clause(other)):
            words = aligned.said.tokens[min(doers)].text, text.tokens[other].text
            return Reason("elsewhere", words)
    return None


def is_passive(text: Text, verb: int) -> bool:
    """Whether a form of "be" stands shortly before a verb, or who does it after it."""
    be = text.vocabulary.grammar("be")
    near = text.tokens[max(0, verb - _NEAR) : verb]
    return agent_of(text, verb) is not None or any(token.word in be for token in near)
