"""Does the evidence carry the sentence? A verdict with a reason, in milliseconds, without a model.

A sentence passes if nothing in it is foreign to the words that it cites: every number, date, unit
and name is there, beside the words that it stands beside in the sentence; what is denied there is
denied here; what rose there did not fall here; and most of its content words are there too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from rag.language.detection import language_of, likely_language
from rag.language.facts import Analysis, analyse
from rag.language.forms import READ, units
from rag.language.tokenizing import Fact, Token, normal
from rag.language.vocabulary import vocabulary
from rag.reasons import Reason
from rag.schema import Support, Verdict
from rag.tuning import VerificationTuning
from rag.verify.agreement import name_forms, named, other_unit, unknown_words, value_of_name
from rag.verify.alignment import Alignment, Text
from rag.verify.contradictions import contradicted
from rag.verify.converses import turned
from rag.verify.dating import dated, stated
from rag.verify.denials import denied, opposed
from rag.verify.frames import denies, misframed
from rag.verify.occasions import misdated
from rag.verify.order import confirmed, swapped
from rag.verify.pairing import mispaired
from rag.verify.quantities import misquantified
from rag.verify.roles import miscast
from rag.verify.subjects import displaced
from rag.verify.substitutions import substituted
from rag.verify.surroundings import Surveyed, prepositions

_DEFAULT = VerificationTuning()
_OF_LANGUAGE = 4_000


@dataclass(frozen=True, slots=True)
class RuleVerifier:
    """The verifier that comes with Ibid: `check`, by the settings."""

    tuning: VerificationTuning = _DEFAULT

    def check(self, claim: str, quotes: Sequence[str], context: str = "") -> Verdict:
        """Whether the quotes carry the claim; as `rag.verify.claims.check`."""
        return check(claim, quotes, context, self.tuning)


def check(
    claim: str,
    quotes: Sequence[str],
    context: str = "",
    tuning: VerificationTuning = _DEFAULT,
) -> Verdict:
    """Whether the quotes carry the claim.

    ``context`` are words that may name what the quotes speak of, as their articles' titles and
    dates do, but that are evidence for nothing else. In a language that is not among
    `rag.language.forms.READ` nothing is checked.
    """
    if not quotes:
        return Verdict("unsupported", Reason("uncited"), 0.0)
    language = _language(claim, quotes, context)
    if language not in READ:
        return Verdict("unchecked", Reason("language", (language,)), 0.0)
    if _letters(claim) in map(_letters, quotes):
        return Verdict("verified", Reason(), 1.0)
    longest, room = tuning.longest_claim, tuning.longest_evidence
    if len(claim) > longest or len(claim := normal(claim, language)) > longest:
        return Verdict("unsupported", Reason("too long"), 0.0)
    quoted = normal("\n".join(quotes)[:room], language)[:room]
    context = normal(dated(context[:longest]), language)[:longest]
    # What is a name in one of the texts is a name in the others where it begins a sentence.
    names = frozenset[str]().union(
        *(analyse(t, frozenset(), language).capitals for t in (claim, quoted, context))
    )
    said, known, around = (analyse(t, names, language) for t in (claim, quoted, context))
    if len(said.facts) > tuning.most_facts:
        return Verdict("unsupported", Reason("too much"), 0.0)
    return _weighed(said, known, around, tuning)


def _language(claim: str, quotes: Sequence[str], context: str) -> str:
    """The language of the evidence; that of the claim, where it is clearly another."""
    quoted = " ".join(quotes)[:_OF_LANGUAGE]
    evidence = language_of(quoted) or language_of(f"{quoted} {context}")
    own = language_of(claim[:_OF_LANGUAGE])
    everything = f"{claim} {quoted} {context}"
    if own and evidence and own != evidence:
        if own not in READ:
            return own
        return language_of(everything) or evidence
    return own or evidence or likely_language(everything)


def _weighed(
    said: Analysis, known: Analysis, around: Analysis, tuning: VerificationTuning
) -> Verdict:
    forms = name_forms(known)
    words_of = vocabulary(said.language)
    aligned = Alignment(Text(said, words_of), Text(known, words_of), tuning.rough)
    words, missing = _covered(said, known, around, forms, tuning.rough)
    cover = 1 - len(missing) / words if words else 1.0
    told = turned(aligned)
    missing = _unheld(missing, said, aligned, told.verbs)
    # What is there in other words is there; what the title alone has is not.
    cover = max(cover, 1 - len(missing) / words if words else 1.0)
    uncovered = missing
    missing = [token for token in missing if token.stem not in around.stems]
    is_whole = (
        cover >= tuning.partial_cover
        and len(missing) <= (1 - tuning.verified_cover) * words
        and not _has_other_unit(missing, said, known)
    )
    sure = confirmed(aligned) | told.names
    sentence, evidence = Surveyed(said, tuning), Surveyed(known, tuning)
    if reason := (
        _foreign(said, known, around, forms, tuning.rough)
        or _strange_subject(missing, said, known, around, tuning.same_beginning)
        or miscast(aligned, around, tuning.same_beginning)
        or misframed(aligned)
        or misquantified(aligned, tuning.rough)
        or swapped(aligned)
        or displaced(aligned)
        or misdated(aligned)
        or told.reason
        or substituted(missing, aligned)
        or mispaired(aligned)
        or contradicted(sentence, evidence, sure | _titled(said, around))
        or (None if denies(aligned) or said.language != "en" else denied(sentence, evidence))
        or opposed(sentence, evidence, told.verbs)
    ):
        return Verdict("unsupported", reason, cover)
    if is_whole:
        return Verdict("verified", Reason(), max(cover, tuning.verified_cover))
    named = ", ".join(dict.fromkeys(token.text for token in (missing or uncovered)[:5]))
    support: Support = "partial" if cover >= tuning.partial_cover else "unsupported"
    return Verdict(support, Reason("missing", (named,)), cover)


def _unheld(
    missing: Sequence[Token], said: Analysis, aligned: Alignment, told: Set[int]
) -> list[Token]:
    """What is missing of a sentence, without what says little, and what is held to otherwise.

    A unit is held to the evidence with its number, "failed to" with what is denied; ``told`` are
    verbs that the evidence has from the other side.
    """
    words_of = vocabulary(said.language)
    light = words_of.grammar("light") | words_of.grammar("roughly")
    implied, strict = words_of.implied, words_of.denials("strict")
    held = {said.tokens[i] for i in told}
    for fact in said.facts:
        if fact.unit:
            held.update(said.tokens[fact.last : fact.last + 1])
        if fact.unit == "year":  # "34-year-old"
            held.update(t for t in said.tokens[fact.last + 1 : fact.last + 2] if t.word == "old")
    return [
        token
        for token in missing
        if token.word not in light
        and not (token.word in strict or token.word.endswith("n't"))
        and token.stem not in implied
        and token not in held
        and not _is_aligned(token, said, aligned)
    ]


def _has_other_unit(missing: Sequence[Token], said: Analysis, known: Analysis) -> bool:
    """Whether it says "within a week" where the evidence has a month alone."""
    of_measure = frozenset(units(said.language).values())
    counted = {said.tokens[fact.last] for fact in said.facts if fact.last < len(said.tokens)}
    return not known.stems.isdisjoint(of_measure) and any(
        token.stem in of_measure and token not in counted for token in missing
    )


def _titled(said: Analysis, around: Analysis) -> frozenset[int]:
    """The tokens of a name that begins the sentence, if it is all of the article's title."""
    title = {token.plain for token in around.tokens if token.is_capitalised}
    for fact in said.facts:
        if fact.kind == "name" and fact.first < 2 and set(value_of_name(fact)) == title:
            return frozenset(range(fact.first, fact.last))
    return frozenset()


def _is_aligned(token: Token, said: Analysis, aligned: Alignment) -> bool:
    return any(said.tokens[i] is token for i in aligned.pairs)


def unstated(text: str, known: str) -> list[str]:
    """The names, dates and numbers in digits that the one text has and the other has not."""
    # Mostly all of them stand there as they are, and the longer text need not be read.
    if all(_stands_in(fact.text, known) for fact in analyse(text).facts if _is_looked_for(fact)):
        return []
    names = analyse(text).capitals | analyse(known).capitals
    said, there = analyse(text, names), analyse(known[: _DEFAULT.longest_evidence], names)
    forms = name_forms(there)
    return [
        fact.text
        for fact in said.facts
        if _is_looked_for(fact)
        and (
            unknown_words(fact, forms)
            if fact.kind == "name"
            else not stated(fact, there, there, _DEFAULT.rough)
        )
    ]


def _is_looked_for(fact: Fact) -> bool:
    return fact.kind == "name" or fact.text[:1].isdigit()


def _stands_in(words: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w.,]){re.escape(words)}(?!\w|[.,]\d)", text))


def _letters(text: str) -> str:
    return " ".join(text.split()).rstrip(" .").casefold()


def _covered(
    said: Analysis, known: Analysis, around: Analysis, forms: frozenset[str], rough: float
) -> tuple[int, list[Token]]:
    """How many of its tokens say something, and those that are not in the evidence.

    What is there in another form ("eleven" and "11", "UN" and "United Nations") is there, and so
    is the date of an article. ``forms`` are the name forms of the evidence.
    """
    in_facts = {
        i
        for fact in said.facts
        if not (
            unknown_words(fact, forms)
            if fact.kind == "name"
            else not stated(fact, known, around, rough)
        )
        for i in range(fact.first, fact.last)
    }
    words = [i for i, token in enumerate(said.tokens) if not token.says_little]
    stems = known.stems
    missing = [i for i in words if i not in in_facts and said.tokens[i].stem not in stems]
    return len(words), [said.tokens[i] for i in missing]


def _foreign(
    said: Analysis, known: Analysis, around: Analysis, forms: frozenset[str], rough: float
) -> Reason | None:
    forms, names = forms | name_forms(around), named(known) + named(around)
    for fact in said.facts:
        if fact.kind == "name":
            if unknown_words(fact, forms):
                return Reason("absent", (fact.text,))
            if blend := _blend(value_of_name(fact), names, known):
                return Reason("unsaid", (blend,))
        elif not stated(fact, known, around, rough):
            return Reason("absent", (fact.text,))
        elif fact.unit and (other := other_unit(fact, known, rough)):
            return Reason("unit", (f"{fact.text} {fact.unit}", other))
    return None


def _strange_subject(
    missing: Sequence[Token], said: Analysis, known: Analysis, around: Analysis, same: int
) -> Reason | None:
    """A first word of which the evidence has no form: it may be a name, for all its capital says.

    An adverb there says how, not who; and before a preposition stands a thing, in other words.
    ``same``: first letters by which two words are forms of one.
    """
    if len(said.tokens) < 2 or said.tokens[0] not in missing:
        return None
    first, second = said.tokens[:2]
    if first.text.endswith("ly") or second.word in prepositions(said.language):
        return None
    has_form = any(first.stem[:same] == stem[:same] for stem in known.stems | around.stems)
    return None if has_form else Reason("absent", (first.text,))


def _blend(words: Sequence[str], named: Sequence[tuple[str, ...]], known: Analysis) -> str:
    """Two words of a name that are there in two names only, as "Callum" and "Thorne" may be.

    A word that is a name by itself may be put before another: "the Tarnwick Green Line".
    """
    texts = [token.plain for token in known.tokens]
    for one, other in pairwise(words):
        of_one = [name for name in named if one in name]
        of_other = [name for name in named if other in name]
        if not of_one or not of_other or any(len(name) == 1 for name in of_one + of_other):
            continue
        if not any(other in name for name in of_one) and (one, other) not in pairwise(texts):
            return f"{one.title()} {other.title()}"
    return ""
