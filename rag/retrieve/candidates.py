"""Which sentences of passages may be evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.language.injection import is_reported, poses_as_another
from rag.schema import Citation, Passage

# One of Markdown names what follows, and says nothing of it.
HEADING = re.compile(r"^#{1,6}[^\S\n][^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage. ``before`` is where the one before it starts, itself if none."""

    citation: Citation
    passage: Passage
    before: int


def sentences_of(
    passages: Sequence[Passage], asked: frozenset[str] = frozenset()
) -> Iterator[Candidate]:
    """The sentences that may be evidence, each once, in the order of the passages.

    ``asked``: the words of the question that say something. What speaks to a model is evidence
    only as something said by somebody, or for who asks for it in these words.
    """
    seen: set[tuple[str, int, int]] = set()
    texts: set[tuple[str, str]] = set()
    for passage in passages:
        before, last = None, passage.start
        for sentence in passage.sentences:
            # A paragraph that begins with "It" speaks of its subject, not of the last sentence.
            if "\n\n" in passage.text[last - passage.start : sentence.start - passage.start]:
                before = None
            last = sentence.end
            if _says_nothing(sentence.quote) or _is_order_unasked(sentence, asked):
                before = None
                continue
            place = (passage.article.id, sentence.start, sentence.end)
            words = (passage.article.id, " ".join(sentence.quote.split()).casefold())
            # What an article says sixty times it has said once.
            if place not in seen and words not in texts:
                seen.add(place)
                texts.add(words)
                first = sentence.start if before is None else before
                yield Candidate(sentence, passage, first)
            before = sentence.start


def _says_nothing(quote: str) -> bool:
    """Whether it is a question or a heading; often none has more of the words that are asked."""
    return quote.endswith("?") or HEADING.match(quote) is not None


def _is_order_unasked(sentence: Citation, asked: frozenset[str]) -> bool:
    if not sentence.addresses_a_model:
        return False
    is_asked = bool(asked) and asked <= sentence.analysis.content
    return poses_as_another(sentence.quote) or not (is_asked or is_reported(sentence.quote))
