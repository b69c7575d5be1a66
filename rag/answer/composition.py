"""A draft to the answer that is shown: cited sentences that were checked, mended or left out.

The reader has found the words that answer, and a language model may have written a draft. One
decision weighs both: the answer is told, told with a hedge, or refused. The model's sentences are
told where all of them are supported and they say what the reader found; else the reader's words
are, in their quotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.conflicts import with_others
from rag.answer.quoting import (
    missing,
    next_quotations,
    own_sentence,
    quotation,
    quotations_of_parts,
)
from rag.answer.weighing import Weighed, adds_words, weigh
from rag.decision import Decision, outcome
from rag.protocols import Verifier
from rag.query.classification import Query
from rag.reasons import Reason
from rag.retrieve.evidence import is_treated
from rag.schema import Citation, Passage, Sentence, Status, overlap
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Composed:
    """What is said, the numbered evidence that it may cite, and what kind of answer it is.

    ``probability``: that the evidence answers the question, by which it was decided.
    """

    sentences: tuple[Sentence, ...]
    evidence: tuple[Citation, ...]
    status: Status
    probability: float


def compose(
    question: Query,
    draft: Sequence[Sentence],
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    settings: Settings,
    decision: Decision,
    verifier: Verifier,
    *,
    not_found: float | None,
) -> Composed:
    """The answer that stands of a draft; without sentences where nothing can be said or quoted.

    ``draft``: the model's sentences; none if it found nothing. ``not_found``: the probability
    that it would say so; None where no model read the passages.
    """
    if not evidence:
        return Composed((), (), "refused", 0.0)
    weighed = weigh(question, draft, evidence, passages, settings, verifier, not_found=not_found)
    sentences, best = list(weighed.sentences), weighed.evidence or evidence[0]
    chance = decision.of_vote(weighed.vote) if weighed.vote else evidence[0].score
    what = outcome(chance, settings)
    if what == "told" and question.wants_reason and _is_other_reason(weighed, evidence[0]):
        what, best = "hedged", weighed.evidence or weighed.choice or best
    if question.kind == "overview":  # it asks for what there is, not for an answer
        what = "told" if is_treated(passages, evidence, settings) else "refused"
    if what == "refused":
        return Composed((), tuple(evidence), "refused", chance)
    tuning = settings.answering
    quoted = [quotation(question, best, tuning, "" if what == "told" else "nearest")]
    if question.told:
        quoted = [quotation(question, one, tuning) for one in evidence[: tuning.quotations]]
    if question.kind == "parts" and (what == "told" or weighed.vote is None):
        quoted = quotations_of_parts(question, evidence, settings) or quoted
    elif what == "hedged" or question.wants_all:
        quoted += next_quotations(question, best, evidence, tuning)
    if settings.answers == "lenient" and sentences:
        sentences += [] if weighed.agrees else quoted
    elif not (
        what == "told"
        and weighed.is_whole
        and weighed.agrees
        and adds_words(question, sentences, best, passages)
    ):
        sentences = quoted
    if not question.told:
        sentences = with_others(question, sentences, evidence, settings)
    numbered, cited = _numbered(sentences, evidence)
    status: Status = "quoted" if all(sentence.is_quote for sentence in numbered) else "answered"
    if any(sentence.lead == "nearest" for sentence in numbered[:1]):
        status = "hedged"
    if question.wants_all:
        numbered.insert(0, own_sentence(Reason("read", (str(len(passages)),))))
    numbered += [
        own_sentence(Reason("unanswered", (part,)))
        for part in missing(question, evidence, settings)
    ]
    return Composed(tuple(numbered), cited, status, chance)


def _is_other_reason(weighed: Weighed, best: Citation) -> bool:
    """Whether a model that was asked settled on another sentence than the reader, or on none.

    Of what stands beside a reason, either may take it for the reason; both seldom take the same.
    """
    if weighed.vote is None or weighed.agrees:
        return False
    choice = weighed.evidence or weighed.choice
    return choice is None or not overlap(choice, best)


def _numbered(
    sentences: Sequence[Sentence], evidence: Sequence[Citation]
) -> tuple[list[Sentence], tuple[Citation, ...]]:
    """The sentences with a number for each citation, old numbers kept, new ones after them."""
    citations = list(evidence)
    numbered = []
    for sentence in sentences:
        cited = []
        for citation in sentence.citations:
            same = [
                other
                for other in citations
                if other.article.id == citation.article.id
                and (other.start, other.end) == (citation.start, citation.end)
            ]
            if not same:
                same = [replace(citation, number=len(citations) + 1)]
                citations.append(same[0])
            cited.append(same[0])
        numbered.append(replace(sentence, citations=tuple(dict.fromkeys(cited))))
    return numbered, tuple(citations)
