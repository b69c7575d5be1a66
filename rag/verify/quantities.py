"""All or some, only, at least: words by which a sentence says more than its evidence does."""

from __future__ import annotations

from collections.abc import Iterator

from rag.language.tokenizing import Fact
from rag.reasons import Reason
from rag.verify.agreement import agree
from rag.verify.alignment import Alignment, Text
from rag.verify.order import may_be_verb
from rag.verify.shares import part_of

_STRENGTH = {"few": 1, "some": 2, "many": 3, "most": 4, "all": 5}
_BOUNDS = {"least": "up", "more": "up", "most_at": "down", "less": "down"}
# Tokens between a quantity, or a bound, and what it is of: "some of the old houses".
_NEAR = 4


def misquantified(aligned: Alignment, rough: float) -> Reason | None:
    """The word by which one text says more or less than the other; None where there is none."""
    return (
        _beyond(aligned.said, aligned.known, "all")
        or _beyond(aligned.said, aligned.known, "only")
        or _part_for_whole(aligned)
        or _of_which(aligned, rough)
        or _unbound(aligned.said, aligned.known, rough)
        or _miscounted(aligned, rough)
    )


def _beyond(said: Text, known: Text, name: str) -> Reason | None:
    """A word of this kind that the evidence has none of."""
    mine, theirs = _whole(said, name), _whole(known, name)
    if not mine or theirs:
        return None
    first, last = mine[0]
    return Reason("denied", (" ".join(token.text for token in said.tokens[first:last]),))


def _whole(text: Text, name: str) -> list[tuple[int, int]]:
    """Where the text says so, but not "almost" so, and not "not" so."""
    nearly = text.vocabulary.grammar("nearly")
    return [
        (first, last)
        for first, last in text.vocabulary.quantity[name].places(text.tokens)
        if not first or text.tokens[first - 1].word not in nearly
    ]


def _part_for_whole(aligned: Alignment) -> Reason | None:
    """Something that is told of some, most or half of them there, and of them, or of more, here."""
    said, known = aligned.said, aligned.known
    mine = {said.tokens[head].stem: strength for head, strength, _ in _quantified(said)}
    here = {j: i for i, j in aligned.pairs.items()}
    shares = any(fact.unit == "%" for fact in said.facts)
    for head, strength, word in _quantified(known):
        if (i := here.get(head)) is None or strength == _STRENGTH["all"]:
            continue
        is_counted = any(said.fact_at.get(k) is not None for k in range(max(0, i - 2), i))
        if _occurs(known, head) > 1:
            continue
        told = mine.get(said.tokens[i].stem)
        is_whole = strength != _STRENGTH["many"] and not (is_counted or shares or mine)
        if is_whole if told is None else told > strength:
            return Reason("denies", (word,))
    if not shares and not mine:
        for fact in known.facts:
            counted = _head(known, fact.last) if fact.unit == "%" else None
            if counted in here and not _is_rate(known, fact) and _is_told(aligned, counted):
                return Reason("denies", (f"{fact.text} {fact.unit}",))
    return None


def _is_told(aligned: Alignment, head: int) -> bool:
    """Whether the sentence has a verb of the clause in which something is told of a part."""
    known = aligned.known
    return any(
        known.clause[j] == known.clause[head] and j > head and may_be_verb(known, j)
        for j in aligned.pairs.values()
    )


def _of_which(aligned: Alignment, rough: float) -> Reason | None:
    """What is told of "a third of which" there, and of all of it here."""
    said, known = aligned.said, aligned.known
    of, relatives = known.vocabulary.grammar("of"), known.vocabulary.grammar("relatives")
    for fact in known.facts:
        after = known.tokens[fact.last : fact.last + 2]
        is_part = [t.word in words for t, words in zip(after, (of, relatives), strict=False)]
        if fact.kind != "number" or is_part != [True, True]:
            continue
        here = known.clause[fact.first]
        told = [j for j in aligned.pairs.values() if j > fact.last and known.clause[j] >= here]
        told = [j for j in told if known.part[j] == known.part[fact.first]]
        is_told = any(may_be_verb(known, j) for j in told)
        shares = any(one.unit == "%" or agree(one, fact, rough) for one in said.facts)
        if is_told and not shares and not list(_quantified(said)) and _tells(aligned, fact):
            return Reason("denies", (fact.text,))
    return None


def _tells(aligned: Alignment, part: Fact) -> bool:
    """Whether the sentence has the number that a part is of, the last before it."""
    before = [f for f in aligned.known.facts if f.kind == "number" and f.last <= part.first]
    return bool(before) and before[-1].first in aligned.pairs.values()


def _is_rate(text: Text, fact: Fact) -> bool:
    """Whether a share is that by which something changes, not one of some things."""
    after = text.tokens[fact.last : fact.last + 2]
    return not any(token.word in text.vocabulary.grammar("of") for token in after)


def _quantified(text: Text) -> Iterator[tuple[int, int, str]]:
    """What each quantity is of, how much of it, and the word that says so."""
    for name, strength in _STRENGTH.items():
        for first, last in text.vocabulary.quantity[name].places(text.tokens):
            # "The most" compares, and "some 1,200 people" is a number, told roughly.
            word, before = text.tokens[first].word, text.tokens[first - 1].word if first else ""
            is_superlative = before == "the" and word in ("most", "few")
            if is_superlative or last in text.fact_at:
                continue
            is_near = first > 0 and text.tokens[first - 1].word in text.vocabulary.grammar("nearly")
            told = _STRENGTH["most"] if is_near and name == "all" else strength
            if (head := _head(text, last)) is not None:
                yield head, told, text.tokens[first].text


def _occurs(text: Text, i: int) -> int:
    return sum(token.stem == text.tokens[i].stem for token in text.tokens)


def _head(text: Text, start: int) -> int | None:
    for i in range(start, min(start + _NEAR, len(text.tokens))):
        if i in text.fact_at:
            return None
        token = text.tokens[i]
        is_owner = token.text.endswith(("'s", "’s"))  # half of "the village's houses"
        if not (token.says_little or is_owner) and text.clause[i] == text.clause[max(0, start - 1)]:
            return i
    return None


def _unbound(said: Text, known: Text, rough: float) -> Reason | None:
    """A number that is a bound in one text and none, or the other one, in the other."""
    for fact in said.facts:
        same = [
            other for other in known.facts if fact.kind == "number" and agree(fact, other, rough)
        ]
        if not same:
            continue
        (mine, word), theirs = _bound(said, fact), [_bound(known, other) for other in same]
        if any(bound == mine for bound, _ in theirs):
            exactly = said.vocabulary.quantity["exactly"].places(said.tokens)
            if not (any(other.is_rough for other in same) and any(exactly)):
                continue
        if mine:
            return Reason("denied", (word,))
        if all(bound for bound, _ in theirs):
            return Reason("denies", (theirs[0][1],))
    return None


def _bound(text: Text, fact: Fact) -> tuple[str, str]:
    """Whether a number is a lower bound, "up", an upper one, "down", or none; and the words."""
    tokens = text.tokens
    for name, way in _BOUNDS.items():
        phrases = text.vocabulary.quantity[name]
        for i in (*range(fact.first - 1, max(-1, fact.first - 1 - _NEAR), -1), fact.last):
            if 0 <= i < len(tokens) and (length := phrases.at(tokens, i)):
                gap = fact.first - (i + length)
                if i == fact.last or 0 <= gap <= 1:
                    return way, " ".join(token.text for token in tokens[i : i + length])
    return "", ""


def _miscounted(aligned: Alignment, rough: float) -> Reason | None:
    """Three of nine told as nine, what two of another thing are, and "by 12" told as "to 12"."""
    said, known = aligned.said, aligned.known
    mine = [fact for fact in said.facts if fact.kind == "number"]
    theirs = [fact for fact in known.facts if fact.kind == "number"]
    for fact in mine:
        same = [other for other in theirs if agree(fact, other, rough)]
        for other in same:
            part = _part_of(known, other, theirs)
            if part and len(same) == 1 and not any(agree(part, one, rough) for one in mine):
                return Reason("denies", (f"{part.text} {known.tokens[part.last].text}",))
        if same and all(_way(known, other) == -_way(said, fact) != 0 for other in same):
            word = said.tokens[fact.first - 1].text
            return Reason("denied", (f"{word} {fact.text}",))
        counted = _head(said, fact.last)
        if (
            not same
            or fact.unit
            or _ends_score(said, fact)
            or counted is None
            or said.tokens[counted].word in said.vocabulary.grammar("light")  # "three times"
            or counted not in aligned.pairs.keys() - said.fact_at
        ):
            continue
        # "two goals" are what somebody "scored twice"
        near = [(other.first - 1, *range(other.last, other.last + _NEAR)) for other in same]
        heads = {_root(known, k) for places in near for k in places}
        if _root(known, aligned.pairs[counted]) not in heads and all(
            _head(known, other.last) is not None and not other.unit for other in same
        ):
            return Reason("unsaid", (f"{fact.text} {said.tokens[counted].text}",))
    return None


def _ends_score(text: Text, fact: Fact) -> bool:
    """Whether it is the 1 of "3-1", or of "3 to 1", which counts nothing that follows."""
    before = fact.first - 1
    if before in text.fact_at:
        return text.tokens[fact.first].gap.strip() in {"-", "–", ":"}
    return before - 1 in text.fact_at and text.tokens[before].word in text.vocabulary.grammar("to")


def _root(text: Text, i: int) -> str:
    return text.tokens[i].stem if 0 <= i < len(text.tokens) else ""


def _part_of(text: Text, whole: Fact, facts: list[Fact]) -> Fact | None:
    """The three of "three of its nine schools"."""
    of = text.vocabulary.grammar("of")
    for part in facts:
        if not part.unit and part_of(part, whole, text.tokens, of):
            return part
    return None


def _way(text: Text, fact: Fact) -> int:
    """1 for "by 12 per cent", -1 for "to 12 per cent", 0 for neither."""
    before = text.tokens[fact.first - 1].word if fact.first else ""
    grammar = text.vocabulary.grammar
    return (before in grammar("by")) - (before in grammar("to"))
