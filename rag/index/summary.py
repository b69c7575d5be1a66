"""The sentences that say best what an article is about, by its own words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from rag.language import markdown
from rag.language.detection import language_of
from rag.language.markdown import Element, Words
from rag.language.sentences import sentences_of
from rag.language.terms import terms
from rag.schema import Article

if TYPE_CHECKING:
    import numpy as np

_READ = 60_000  # characters
_MOST_SENTENCES = 300
_FEWEST_WORDS, _MOST_WORDS = 6, 60
_ENDS = (".", "!", "?", "…", "。", "।", "؟", ".”", ".“", ".«", ".»", '."', ".)", "。」")
_DAMPING = 0.85
_ROUNDS = 50
_TOO_ALIKE = 0.5  # the cosine from which a sentence says again what another said


def best_sentences(article: Article, most: int = 3) -> list[str]:
    """At most so many sentences of an article, in the order in which they stand in it.

    LexRank (Erkan and Radev, Journal of Artificial Intelligence Research 22, 2004): a sentence
    says much if others that say much are like it, by the cosine of their words. It is biased to
    the title and to what comes first (Otterbacher, Erkan and Radev, Information Processing and
    Management 45, 2009). None that is like one already chosen is taken. Headings, tables and code
    are no sentences.
    """
    import numpy as np

    sentences = list(islice(_sentences(article), _MOST_SENTENCES))
    if len(sentences) <= most:
        return sentences
    language = article.language or language_of(article.text) or "en"
    likeness = _likeness([terms(one, language) for one in [article.title, *sentences]])
    bias = likeness[0, 1:] + 1 / np.arange(1, len(sentences) + 1)
    likeness = likeness[1:, 1:]
    score = _ranked(likeness, bias / bias.sum())
    chosen: list[int] = []
    for place in np.argsort(-score, kind="stable").tolist():
        if all(likeness[place, other] < _TOO_ALIKE for other in chosen):
            chosen.append(place)
        if len(chosen) == most:
            break
    return [sentences[place] for place in sorted(chosen)]


def _sentences(article: Article) -> Iterator[str]:
    blocks = markdown.parsed(article.text[:_READ]) if article.is_markdown else None
    texts = [article.text[:_READ]]
    if blocks is not None:
        whole = [one for one in markdown.walked(blocks) if isinstance(one, Element)]
        texts = [_said(one) for one in whole if one.kind == "paragraph"]
    for text in texts:
        for span in sentences_of(text):
            sentence = " ".join(text[span.start : span.end].split())
            words = len(sentence.split())
            is_one = sentence.endswith(_ENDS) and not sentence.startswith(("#", "|"))
            if is_one and (_FEWEST_WORDS <= words <= _MOST_WORDS or not sentence.isascii()):
                yield sentence


def _said(paragraph: Element) -> str:
    """The words of a paragraph as they are shown, without the numbers of footnotes."""
    parts = []
    for one in paragraph.children:
        if isinstance(one, Words):
            parts.append(one.text)
        elif one.kind == "break":
            parts.append("\n")
        elif one.kind not in ("reference", "image"):
            parts.append(_said(one))
    return "".join(parts)


def _likeness(texts: list[list[str]]) -> np.ndarray:
    """The cosine of each two texts by their words, which weigh more the rarer they are."""
    import numpy as np

    places = {word: place for place, word in enumerate(dict.fromkeys(w for t in texts for w in t))}
    counts = np.zeros((len(texts), max(1, len(places))), np.float32)
    for row, words in enumerate(texts):
        for word in words:
            counts[row, places[word]] += 1
    weighed = counts * np.log(len(texts) / np.maximum(1, (counts > 0).sum(0)) + 1)
    weighed /= np.maximum(1e-9, np.linalg.norm(weighed, axis=1, keepdims=True))
    return np.asarray(weighed @ weighed.T)


def _ranked(likeness: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Where somebody is found mostly who goes from sentence to like sentence, or starts again."""
    import numpy as np

    likeness = likeness.copy()
    np.fill_diagonal(likeness, 0)
    total = likeness.sum(1, keepdims=True)
    steps = np.where(total > 0, likeness / np.maximum(total, 1e-9), bias)
    score = bias
    for _ in range(_ROUNDS):
        score = (1 - _DAMPING) * bias + _DAMPING * (score @ steps)
    return score
