"""Evidence to quotations: the sentence that answers, and those beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.decision import log_odds, outcome
from rag.language.facts import analyse
from rag.language.sentences import split
from rag.query.classification import Query
from rag.reasons import Reason
from rag.schema import Citation, Lead, Sentence, overlap
from rag.settings import Settings
from rag.tuning import AnsweringTuning


def own_sentence(because: Reason) -> Sentence:
    """What Ibid says of its answer, in English; a face may word its reason anew."""
    return Sentence(because.english, (), "verified", because)


def quotation(
    question: Query, citation: Citation, tuning: AnsweringTuning, lead: Lead = ""
) -> Sentence:
    """The words of a citation as a sentence of the answer.

    Of a long citation, which came with its neighbour, the sentence that answers or, where no
    reader has found words that do, the one nearest to the question; of a reason all of it.
    """
    pieces = split(citation.quote)
    is_long = len(citation.quote.split()) > tuning.longest_quotation and not question.wants_reason
    if len(pieces) > 1 and is_long:
        asked = question.analysis.content
        at = citation.answer[0] - citation.start if citation.answer else -1
        start, end = max(
            reversed(pieces),
            key=lambda p: (
                p.start <= at < p.end,
                len(asked & analyse(citation.quote[p.start : p.end]).content),
            ),
        )
        citation = replace(
            citation,
            start=citation.start + start,
            end=citation.start + end,
            quote=citation.quote[start:end],
        )
    return Sentence(
        citation.quote, (citation,), "verified", Reason("quoted"), is_quote=True, lead=lead
    )


def quotations_of_parts(
    question: Query, evidence: Sequence[Citation], settings: Settings
) -> list[Sentence]:
    """The best quotation for each part of a question, those in doubt after the others."""
    best = evidence[: len(question.searches)]
    outcomes = [outcome(citation.score, settings) for citation in best]
    told, hedged = (
        [
            quotation(question, citation, settings.answering)
            for citation, what in zip(best, outcomes, strict=True)
            if what == kind
        ]
        for kind in ("told", "hedged")
    )
    return told + [
        replace(sentence, lead="" if i else "nearest") for i, sentence in enumerate(hedged)
    ]


def missing(question: Query, evidence: Sequence[Citation], settings: Settings) -> tuple[str, ...]:
    """The parts of a question that nothing in the evidence is likely to answer."""
    if question.kind != "parts" or any(not citation.chances for citation in evidence):
        return ()
    best = map(max, zip(*(citation.chances for citation in evidence), strict=True))
    return tuple(
        part.rpartition("? ")[2]  # A part may stand after the one that it leans on.
        for part, chance in zip(question.searches, best, strict=True)
        if outcome(chance, settings) == "refused"
    )


def next_quotations(
    question: Query, first: Citation, evidence: Sequence[Citation], tuning: AnsweringTuning
) -> list[Sentence]:
    """The next quotations of a hedge, which are nearly as likely to answer, while all are short."""
    quoted: list[Sentence] = []
    words = len(first.quote.split())
    others = [citation for citation in evidence if not overlap(citation, first)]
    for citation in others[: tuning.quotations - 1]:
        words += len(citation.quote.split())
        least = log_odds(evidence[0].score) - tuning.near
        if log_odds(citation.score) < least or words > tuning.quotation_words:
            break
        quoted.append(quotation(question, citation, tuning))
    return quoted
