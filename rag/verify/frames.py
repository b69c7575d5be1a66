"""What a text says is so, and what it says that somebody fears, denies, claims, plans, might be.

"They denied that the road would flood" does not say that it flooded. A frame reaches from its word
to the end of its part ("denied"), or over its clause ("might", "will", "not").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from rag.language.tokenizing import Token
from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text
from rag.verify.clauses import Clauses
from rag.verify.order import may_be_verb

# To the end of the part, or all of it where nothing follows: "It would break, they feared."
_ONWARD = ("deny", "doubt", "claim", "plan")
# Of "rather than the church" the clause alone.
_INSTEAD = "instead"
_OF_CLAUSE = ("possible", "future")
_HEDGES = frozenset({"doubt", "claim", "plan", "striving", "possible", "condition"})
_DENIALS = frozenset({"deny", "denial", "implied"})
_TOLD = frozenset({"claim", "plan"})
_SHARE = 0.5
# Words that set a frame; no text that somebody wrote has as many.
_MOST = 200
_OBJECTS = frozenset({"nothing", "nobody", "none"})
# Tokens between "fought" and its "to".
_TO = 6


class Framed:
    """The frames that each token of a text stands in; ``words`` are the tokens that set them."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.frames: list[dict[str, int]] = [{} for _ in text.tokens]
        self.words: set[int] = set()
        self.names: set[str] = set()
        self._cut: dict[int, list[int]] = {}
        self.denials: set[int] = set()  # the words that deny
        for name, first, last in islice(self._found(), _MOST):
            self.words.update(range(first, last))
            self.names.add(name)
            if name in _DENIALS:
                self.denials.add(first)
            reached = self._reach(name, first, last)
            before = self.frames[first].get(name, -1)
            if before >= 0 and (not reached or reached[0] <= before):
                continue  # it stands in such a frame already, which reaches as far
            for i in reached:
                self.frames[i][name] = first

    def _found(self) -> Iterator[tuple[str, int, int]]:
        vocabulary, tokens = self.text.vocabulary, self.text.tokens
        for name, phrases in vocabulary.frames.items():
            for first, last in phrases.places(tokens):
                if not self._is_name(tokens[first]):
                    yield name, first, last
        conditions = vocabulary.grammar("conditions")
        strict, implied = vocabulary.denials("strict"), vocabulary.implied
        striving = vocabulary.grammar("striving")
        for i, token in enumerate(tokens):
            if token.word in conditions:
                yield "condition", i, i + 1
            if (token.word in strict or token.word.endswith("n't")) and not self._is_only(i):
                yield "denial", i, i + 1
            elif token.stem in implied:
                yield "implied", i, i + 1
            if token.word in striving and (to := self._infinitive(i)) is not None:
                yield "striving", to, to + 1
            for name in _OF_CLAUSE:
                endings = vocabulary.tense(f"{name}_ending")
                is_verb = len(token.word) > 4 and token.text.islower()
                if endings and is_verb and token.word.endswith(endings):
                    yield name, i, i + 1

    def _infinitive(self, i: int) -> int | None:
        """The "to" of "fought for nine hours to save", not that of "raced to the scene"."""
        text, grammar = self.text, self.text.vocabulary.grammar
        nouns = grammar("articles") | grammar("prepositions")
        for k in range(i + 1, min(i + 1 + _TO, len(text.tokens) - 1)):
            if text.clause[k] == text.clause[i] and text.tokens[k].word in grammar("to"):
                after = text.tokens[k + 1]
                return k if after.text.islower() and after.word not in nouns else None
        return None

    def _is_name(self, token: Token) -> bool:
        return token.is_capitalised and not token.opens and self.text.vocabulary.language != "de"

    def _is_only(self, i: int) -> bool:
        """Whether it is the "not" of "not only", or of "not all"."""
        after, quantity = self.text.tokens[i + 1 : i + 2], self.text.vocabulary.quantity
        if self.text.vocabulary.language == "de" and self.text.tokens[i].word != "nicht":
            return False  # "kein einziger"
        return bool(after) and any(quantity[name].at(after, 0) for name in ("only", "all"))

    def _reach(self, name: str, first: int, last: int) -> list[int]:
        text = self.text
        if name in _ONWARD:
            here = text.parts[text.part[first]]
            if self._is_inverted(first):
                return [i for i in here if i < first]
            ends = text.vocabulary.grammar("subordinates")
            stop = next(
                (i for i in here if i > last and text.tokens[i].word in ends), len(text.part)
            )
            after = [i for i in here if last <= i < stop]
            says = any(not text.tokens[i].says_little for i in after)
            return after if says else self._before(here, first)
        here = self._until_next(first) if name == "denial" else text.clauses[text.clause[first]]
        is_onward = name == _INSTEAD or text.tokens[first].word in text.vocabulary.grammar("onward")
        if name in ("condition", "striving") or is_onward:
            return [i for i in here if i >= last]
        # "They are made here and may be seen there": the one is so, the other may be.
        joins = text.vocabulary.grammar("joins")
        joined = [i for i in here if first - 3 < i < first and text.tokens[i].word in joins]
        return [i for i in here if not joined or i > joined[-1]]

    def _before(self, here: list[int], first: int) -> list[int]:
        """What stands before ", the governor, Lea Sommer, promised", without who it was."""
        text, start = self.text, first
        while start > here[0] and "," in text.tokens[start].gap:
            clause = text.clauses[text.clause[start - 1]]
            if clause[0] < here[0] or any(map(Clauses(text).is_verb, clause)):
                break
            start = clause[0]
        return [i for i in here if i < start]

    def _is_inverted(self, verb: int) -> bool:
        """Whether what somebody says stands before the verb: ", warned Ada Lind".

        In "The mayor, Ada Lind, warned the crews" there is no verb that anybody could have said.
        """
        text = self.text
        after = text.tokens[verb + 1 : verb + 2]
        articles = text.vocabulary.grammar("articles")
        is_who = any(t.is_capitalised or t.word in articles for t in after)
        is_said = any(
            may_be_verb(text, i) and not text.tokens[i].says_little
            for i in text.parts[text.part[verb]]
            if i < verb
        )
        return "," in text.tokens[verb].gap and is_who and is_said

    def _until_next(self, first: int) -> list[int]:
        """The clause of a denial, without a "when" in it, or an "and" that leads to another one."""
        here = self.text.clauses[self.text.clause[first]]
        cuts = self._cuts(self.text.clause[first])
        start = max((i for i in cuts if i < first), default=here[0])
        stop = min((i for i in cuts if i > first), default=here[-1] + 1)
        return [i for i in here if start <= i < stop]

    def _cuts(self, clause: int) -> list[int]:
        """The words of a clause at which what is denied ends: "when", and "and" between denials."""
        if clause in self._cut:
            return self._cut[clause]
        grammar, tokens = self.text.vocabulary.grammar, self.text.tokens
        strict, joins = self.text.vocabulary.denials("strict"), grammar("joins")
        ends, here = grammar("subordinates"), self.text.clauses[clause]
        denials = [i for i in here if tokens[i].word in strict]
        auxiliaries = grammar("auxiliaries")
        self._cut[clause] = [
            i
            for i in here
            if tokens[i].word in ends
            or (denials and denials[0] < i < denials[-1] and tokens[i].word in joins)
            # "were told nothing and would strike"
            or (
                tokens[i].word in joins
                and any(t.word in auxiliaries for t in tokens[i + 1 : i + 2])
            )
        ]
        return self._cut[clause]

    def denied(self) -> dict[int, list[int]]:
        """What each "not" denies: the verbs that it reaches, or else all that says something."""
        text, reached, clauses = self.text, dict[int, list[int]](), Clauses(self.text)
        for i, frames in enumerate(self.frames):
            if "denial" in frames and i not in self.denials and not text.tokens[i].says_little:
                reached.setdefault(frames["denial"], []).append(i)

        def verbs(word: int, places: list[int]) -> list[int]:
            # Of "members were told nothing" the members are not denied.
            is_object = text.tokens[word].word in _OBJECTS
            may_be = [i for i in places if may_be_verb(text, i) and i not in self.words]
            return [i for i in may_be if is_object and clauses.is_verb(i)] or may_be

        return {word: verbs(word, places) or places for word, places in reached.items()}

    def denial(self, i: int) -> int:
        """The word by which a word is denied; -1: it is not."""
        return next((self.frames[i][name] for name in _DENIALS if name in self.frames[i]), -1)

    def denies(self, i: int) -> bool:
        """Whether a word stands under a denial, here or where it stands again."""
        tokens = self.text.tokens
        return any(
            _DENIALS & self.frames[k].keys()
            for k, token in enumerate(tokens)
            if token.stem == tokens[i].stem
        )

    def stands_without(self, i: int, name: str) -> bool:
        """Whether a word stands outside of such a frame, too."""
        tokens = self.text.tokens
        same = (k for k, token in enumerate(tokens) if token.stem == tokens[i].stem)
        return any(name not in self.frames[k] for k in same)

    def is_past(self, places: set[int]) -> bool:
        """Whether any of these tokens, or of their clauses, tells of the past."""
        text = self.text
        clauses = {text.clause[i] for i in places}
        words = text.vocabulary.tense("past")
        endings = text.vocabulary.tense("past_ending")
        return any(
            token.word in words
            or (
                len(token.word) > 4 and token.text.islower() and token.word.endswith(endings or " ")
            )
            for i, token in enumerate(text.tokens)
            if text.clause[i] in clauses
        )


def denies(aligned: Alignment) -> bool:
    """Whether all that the sentence denies is denied there too, each by a word of its own.

    However they say so: of "he denied it" and "he did not", both do.
    """
    said, known = Framed(aligned.said), Framed(aligned.known)
    words = []
    for reached in said.denied().values():
        theirs = Counter(
            known.denial(aligned.pairs[i]) if i in aligned.pairs else -1 for i in reached
        )
        words.append(theirs.most_common(1)[0][0])
    clauses = {known.text.clause[word] for word in words}
    is_once = len(said.denials) <= sum(known.text.clause[i] in clauses for i in known.denials)
    return bool(words) and -1 not in words and len(set(words)) == len(words) and is_once


def misframed(aligned: Alignment) -> Reason | None:
    """The word that says that it is not so, or not yet; None where both texts say the same."""
    said, known = Framed(aligned.said), Framed(aligned.known)
    pairs = {i: j for i, j in aligned.pairs.items() if i not in said.words and j not in known.words}
    least = _SHARE * sum(
        not token.says_little and i not in said.words for i, token in enumerate(said.text.tokens)
    )
    if not pairs:
        return None
    told = Clauses(said.text)
    attributing = said.text.vocabulary.grammar("attributing")
    is_attributed = any(token.word in attributing for token in said.text.tokens)
    verbs = [
        j for i, j in pairs.items() if said.text.vocabulary.language == "en" and told.is_verb(i)
    ]
    for name in ("deny", *sorted(_HEDGES)):
        under = [j for j in pairs.values() if name in known.frames[j]]
        is_kept = bool((_DENIALS if name == "deny" else _HEDGES | _DENIALS) & said.names)
        is_kept = is_kept or (name in _TOLD and is_attributed)
        hedged = [not known.stands_without(j, name) for j in verbs]
        # Where it is known which verb says it, that has to be among most of the words.
        is_under = len(under) >= least and (not hedged or any(hedged))
        if is_under and not is_kept:
            return Reason("denies", (known.text.tokens[known.frames[under[0]][name]].text,))
    return (
        _instead(said, known, pairs)
        or _undenied(known, said, {j: i for i, j in pairs.items()}, "denies")
        or _undenied(said, known, pairs, "denied")
        or _added(said, known, pairs, least)
        or _mistimed(said, known, pairs, least, verbs)
    )


def _instead(said: Framed, known: Framed, pairs: dict[int, int]) -> Reason | None:
    """What is told in place of something else there, and of itself here."""
    if {_INSTEAD, *_DENIALS} & said.names:
        return None
    for j in pairs.values():
        word = known.frames[j].get(_INSTEAD)
        if word is not None and not known.stands_without(j, _INSTEAD):
            return Reason("denies", (known.text.tokens[word].text,))
    return None


def _undenied(
    one: Framed, other: Framed, pairs: dict[int, int], kind: Literal["denied", "denies"]
) -> Reason | None:
    """A denial in one text of what the other says without: of most of what it reaches."""
    for word, reached in one.denied().items():
        shared = [i for i in reached if i in pairs]
        kept = any(other.denies(pairs[i]) for i in shared)
        if len(shared) >= max(1, _SHARE * len(reached)) and not kept:
            return Reason(kind, (one.text.tokens[word].text,))
    return None


def _added(said: Framed, known: Framed, pairs: dict[int, int], least: float) -> Reason | None:
    """A word of denying of the sentence's own."""
    under = [i for i in pairs if "deny" in said.frames[i]]
    if len(under) >= least and not any(known.denies(pairs[i]) for i in under):
        return Reason("denied", (said.text.tokens[said.frames[under[0]]["deny"]].text,))
    return None


def _mistimed(
    said: Framed, known: Framed, pairs: dict[int, int], least: float, verbs: list[int]
) -> Reason | None:
    """What is still to come there and is past here, or the other way round.

    ``verbs`` are those of the sentence, where they stand in the evidence.
    """
    open_ = _HEDGES | {"future"}
    to_come = [j for j in pairs.values() if "future" in known.frames[j]]
    # Where it is known which verbs say it, these tell whether it is to come, else most words.
    is_open = all(j in to_come for j in verbs) if verbs else len(to_come) >= least
    is_past = not open_ & said.names and said.is_past(set(pairs))
    if to_come and is_open and is_past:
        return Reason("denies", (known.text.tokens[known.frames[to_come[0]]["future"]].text,))
    told = [i for i in pairs if "future" in said.frames[i]]
    if len(told) >= least and not open_ & known.names and known.is_past(set(pairs.values())):
        return Reason("denied", (said.text.tokens[said.frames[told[0]]["future"]].text,))
    return None
