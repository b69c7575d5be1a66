"""Whose doing it is: what one clause says of its subject is not said of another clause's.

Of "Marta Quill designed the bridge; Olaf Brandt opened it" no part says that Quill opened it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text
from rag.verify.clauses import Clauses
from rag.verify.order import agent_of, is_inverted, may_be_verb, who_and_whom

# Tokens between a form of "be" and its verb.
_NEAR = 3
# Places of a verb in the evidence; of one that has more nothing is known.
_MOST = 6
_PERSONS = frozenset({"he", "she"})


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
            if reason := _in_other_voice(aligned, said, known, verb, places, voice):
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


def _in_other_voice(
    aligned: Alignment, said: Clauses, known: Clauses, verb: int, places: list[int], voice: bool
) -> Reason | None:
    """Of "a trap recorded an otter" nobody but the otter was recorded, and by no other than it.

    ``voice``: whether the sentence is the passive one of the two.
    """
    doers = [known.subject(k, is_sure=False) for k in places]
    if voice:
        mine = said.subject(verb, is_sure=True)
        sides = [(mine, [known.object(k) for k in places])]
        if aligned.said.vocabulary.language == "en":
            sides.append((frozenset(who_and_whom(aligned.said, verb)[0]), doers))
    else:
        sides = [(said.object(verb), doers)]
    for mine, theirs in sides:
        if mine and all(theirs) and (reason := _other(aligned, known, mine, places, theirs)):
            return reason
    return None if voice else _no_agent(aligned, said, known, verb, places)


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
