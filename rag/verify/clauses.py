"""A text cut into its clauses, and of each verb who does it and what it is done to."""

from __future__ import annotations

import re
from functools import cached_property

from rag.language.lexicon import IRREGULAR, OPENERS
from rag.language.tokenizing import Token
from rag.verify.alignment import Text
from rag.verify.order import is_inverted, may_be_verb
from rag.verify.roles import is_role

# Tokens between a preposition, or an article, and its noun.
_NEAR = 3
_ENGLISH = re.compile(r"..(?:ed|[^s]s)$")
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
        if tokens[start].word in self._joins and self.text.vocabulary.language == "en":
            before = self.clause(start - 1)
            if tokens[before.start].word in self._relatives and before.start:
                # "a strike that had kept ships waiting and cost the port millions"
                verb = next((k for k in before if tokens[k].word in self._auxiliaries), start)
                own = self._nouns(range(before.start, verb))
                return own or self._antecedent(before.start - 1)
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
