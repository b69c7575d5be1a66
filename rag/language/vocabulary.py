"""What the check of a sentence knows of a language: its little words, and what words say the same.

The data stand in words/, one file for a language; English stop words and opposites in `lexicon`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property

from rag.language.forms import stem, weekdays, words
from rag.language.lexicon import OPPOSITES
from rag.language.tokenizing import Token, normal, tokens_of

Pair = tuple[frozenset[str], frozenset[str]]


class Phrases:
    """Words, and phrases of several, in small letters."""

    def __init__(self, written: str) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        for phrase in written.lower().split():
            parts = tuple(phrase.split("_"))
            self._phrases.setdefault(parts[0], []).append(parts)

    def at(self, tokens: Sequence[Token], i: int) -> int:
        """How many tokens the longest of them has that begins at a token; 0: none begins there."""
        lengths = [
            len(parts)
            for parts in self._phrases.get(tokens[i].word, ())
            if tuple(token.word for token in tokens[i : i + len(parts)]) == parts
        ]
        return max(lengths, default=0)

    def places(self, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
        """The first token of each that stands there, and the one after its last."""
        for i in range(len(tokens)):
            if length := self.at(tokens, i):
                yield i, i + length


class Vocabulary:
    """The words of one language, by what they do in a sentence."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = words(language)
        self.frames = {name: Phrases(said) for name, said in self._words["frames"].items()}
        self.quantity = {name: Phrases(said) for name, said in self._words["quantity"].items()}

    def grammar(self, part: str) -> frozenset[str]:
        """The words of one part: "be", "agents", "contrasts"."""
        return frozenset(self._words["grammar"].get(part, "").split())

    def denials(self, kind: str) -> frozenset[str]:
        """The words that deny, "strict" or "implied"."""
        return frozenset(self._words["denials"][kind].split())

    def tense(self, kind: str) -> tuple[str, ...]:
        """The words or endings that tell of a tense: "past", "future_ending"."""
        return tuple(self._words["tense"][kind].split())

    @cached_property
    def implied(self) -> frozenset[str]:
        """The stems of words that deny without a "not": to fail, to lack."""
        return self._stems(self._words["denials"]["implied"])

    @cached_property
    def roles(self) -> frozenset[str]:
        """What people are, in small letters: mayor, minister, police."""
        return frozenset(self._words["roles"]["people"].lower().split())

    def relative(self, unit: str) -> dict[int, Phrases]:
        """The words for "yesterday" and "next year", by how many days or years that is away."""
        return {int(away): Phrases(said) for away, said in self._words["relative"][unit].items()}

    @cached_property
    def opposites(self) -> tuple[Pair, ...]:
        """Stems that point one way, and those that point the other."""
        lines = [tuple(line.split(" | ")) for line in self._words["words"]["opposites"]]
        if self.language == "en":
            lines = [*OPPOSITES, *lines]
        return tuple((self._stems(one), self._stems(other)) for one, other in lines)

    @cached_property
    def converses(self) -> tuple[Pair, ...]:
        """Stems of verbs that tell one doing from its two sides: to beat, and to lose to."""
        lines = [line.split(" | ") for line in self._words["words"].get("converses", ())]
        sides = [(self._stems(one), self._stems(other)) for one, other in lines]
        return tuple(sides + [(other, one) for one, other in sides])

    @cached_property
    def _groups(self) -> dict[str, frozenset[int]]:
        groups: dict[str, set[int]] = {}
        for number, line in enumerate(self._words["words"]["synonyms"]):
            for root in self._stems(line):
                groups.setdefault(root, set()).add(number)
        return {root: frozenset(numbers) for root, numbers in groups.items()}

    def groups(self, root: str) -> frozenset[int]:
        """The groups of words that say the same, to which a stem belongs."""
        return self._groups.get(root, frozenset())

    def _stems(self, said: str) -> frozenset[str]:
        return frozenset(
            token.stem for token in tokens_of(normal(said, self.language), self.language)
        )

    def stem(self, word: str) -> str:
        """The stem of a word of this language."""
        return stem(word, self.language)


@cache
def times_of(language: str) -> frozenset[str]:
    """The words that name a day: days of the week, and feasts."""
    return frozenset(weekdays(language)) | vocabulary(language).grammar("feasts")


@cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language that is in `rag.language.forms.READ`."""
    return Vocabulary(language)
