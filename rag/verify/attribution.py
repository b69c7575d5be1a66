"""Which words carry a sentence? Those that it cites, or better ones, found and cited instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from rag.language.facts import analyse
from rag.protocols import Verifier
from rag.query.wording import YES_OR_NO
from rag.reasons import Reason
from rag.schema import Citation, Passage, Sentence, Verdict, holds, overlap
from rag.tuning import VerificationTuning

_RANK = {"verified": 3, "partial": 2, "unchecked": 1, "unsupported": 0}


def checked(
    sentence: Sentence,
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    verifier: Verifier,
    tuning: VerificationTuning,
    *,
    across: bool = False,
) -> Sentence:
    """The sentence with its verdict, and with other citations where those are the right ones.

    First the citations as the model gave them, each alone where one alone suffices; then any
    other sentence of the evidence or the passages; then two of a passage, where one names what
    the other speaks of; with ``across``, for comparisons, two of any articles. ``number`` is 0 in
    a citation that is not of the evidence.
    """
    best = _judged(sentence, sentence.citations, verifier)
    if best.support == "verified":
        return _fewest(best, verifier)
    if best.support == "unchecked":
        return best
    candidates = _candidates(sentence, evidence, passages)[: tuning.candidates]
    tried = [best]
    for citation in candidates:
        tried.append(_judged(sentence, (citation,), verifier))
        if tried[-1].support == "verified":
            break
    else:
        for pair in _pairs(sentence, candidates[: tuning.partners], passages, tuning.pairs, across):
            tried.append(_judged(sentence, pair, verifier))
            if tried[-1].support == "verified":
                break
    mended = max(tried, key=lambda attempt: _RANK[attempt.support])
    return best if mended is best else replace(mended, is_repaired=True)


def without_idle(sentence: Sentence, asked: Set[str]) -> Sentence:
    """The sentence without the citations that have nothing of what it says beyond the others.

    ``asked`` are words of the question: who asks says them himself, so none is cited for them.
    """
    words = analyse(sentence.text).content
    told = words - asked
    order = sorted(
        sentence.citations,
        key=lambda one: (-len(told & one.analysis.stems), -len(words & one.analysis.stems)),
    )
    kept = order[:1]
    for citation in order[1:]:
        carried = frozenset[str]().union(*(one.analysis.stems for one in kept))
        if (told - carried) & citation.analysis.stems:
            kept.append(citation)
    return replace(sentence, citations=tuple(one for one in sentence.citations if one in kept))


def _judged(sentence: Sentence, citations: Sequence[Citation], verifier: Verifier) -> Sentence:
    if not citations:
        verdict = Verdict("unsupported", Reason("uncited"), 0.0)
    else:
        claim = YES_OR_NO.sub("", sentence.text)
        verdict = verifier.check(
            claim, [citation.said for citation in citations], _context_of(citations)
        )
    return replace(
        sentence, citations=tuple(citations), support=verdict.support, because=verdict.reason
    )


def _context_of(citations: Sequence[Citation]) -> str:
    """The titles and dates of the cited articles, which may name what the quotes speak of."""
    articles = dict.fromkeys(citation.article for citation in citations)
    return "\n".join(article.dated_title for article in articles)


def _fewest(sentence: Sentence, verifier: Verifier) -> Sentence:
    """The same verdict from one citation alone, where one alone suffices."""
    if len(sentence.citations) > 1:
        for citation in sentence.citations:
            alone = _judged(sentence, (citation,), verifier)
            if alone.support == "verified":
                return alone
    return sentence


def _candidates(
    sentence: Sentence, evidence: Sequence[Citation], passages: Sequence[Passage]
) -> list[Citation]:
    """What else could support the sentence, that which shares the most words first."""
    words = analyse(sentence.text).content
    others = (
        other
        for other in _sentences_of(passages)
        if not any(holds(citation, other) for citation in evidence)
    )
    candidates = [*evidence, *others]
    shared = [len(words & candidate.analysis.stems) for candidate in candidates]
    order = sorted(range(len(candidates)), key=lambda i: -shared[i])
    return [candidates[i] for i in order if shared[i]]


def _pairs(
    sentence: Sentence,
    first: Sequence[Citation],
    passages: Sequence[Passage],
    most: int,
    across: bool,
) -> Iterator[tuple[Citation, Citation]]:
    """Each of the first candidates that has half of the words, with sentences that have others."""
    words = analyse(sentence.text).content
    inside = [(passage, other) for passage in passages for other in _sentences_of([passage])]
    for citation in first:
        missing = words - citation.analysis.stems
        if 2 * len(missing) > len(words) + 1:
            continue
        partners = [
            other
            for passage, other in inside
            if (across or overlap(citation, passage))
            and not holds(citation, other)
            and missing & other.analysis.stems
        ]
        partners.sort(
            key=lambda partner: (
                -len(missing & partner.analysis.stems),
                partner.article.id != citation.article.id,
                abs(partner.start - citation.start),
            )
        )
        for partner in partners[:most]:
            yield citation, partner


def _sentences_of(passages: Sequence[Passage]) -> list[Citation]:
    """Every sentence of the passages once, as citations that have no number yet."""
    sentences: dict[tuple[str, int, int], Citation] = {}
    for passage in passages:
        for sentence in passage.sentences:
            if not sentence.addresses_a_model:
                place = (passage.article.id, sentence.start, sentence.end)
                sentences.setdefault(place, sentence)
    return list(sentences.values())
