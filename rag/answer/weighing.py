"""A draft held against its evidence: what of it is supported, and does it say what was found?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.decision import Vote, doubt, log_odds, outcome
from rag.language.facts import analyse
from rag.protocols import Verifier
from rag.query.classification import Query
from rag.query.wording import YES_OR_NO
from rag.retrieve.by_words import unread
from rag.schema import SUPPORTED, Citation, Passage, Sentence, overlap
from rag.settings import Settings
from rag.verify.answer_type import mismatch
from rag.verify.attribution import checked, without_idle

# Of these kinds no words of an article are the answer alone, so the model's need not hold them.
_IN_OWN_WORDS = ("yes-no", "comparison", "overview")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A draft held against its evidence.

    ``sentences``: its own from the first on that answers, checked, those without support only
    where the settings are lenient; ``is_whole``: none was left out for want of support;
    ``evidence``: what those with support rest on, None without any; ``agrees``: they say the words
    that the reader has found there; ``vote``: None if no model was asked;
    ``choice``: the evidence that is nearest to what the model wrote, supported or not.
    """

    sentences: tuple[Sentence, ...]
    is_whole: bool
    evidence: Citation | None
    agrees: bool
    vote: Vote | None
    choice: Citation | None = None


def weigh(
    question: Query,
    draft: Sequence[Sentence],
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    settings: Settings,
    verifier: Verifier,
    *,
    not_found: float | None,
) -> Weighed:
    """Check a draft's sentences, and what they say to the evidence; as `compose` is called."""
    judged = [
        checked(
            sentence,
            evidence,
            passages,
            verifier,
            settings.verification,
            across=question.kind == "comparison",
        )
        for sentence in _with_yes_or_no(draft)
    ]
    if question.kind not in ("yes-no", "comparison"):  # there, what is asked is what is told
        asked = question.analysis.content
        judged = [without_idle(one, asked) if one.support in SUPPORTED else one for one in judged]
    is_lenient = settings.answers == "lenient"
    # What no model here reads is told only where all of it was found.
    is_read = not (unread(question.text, settings) or unread(evidence[0].quote, settings))
    enough = SUPPORTED if is_read else ("verified",)
    sentences = [sentence for sentence in judged if sentence.support in enough or is_lenient]
    is_whole = len(sentences) == len(judged)
    sentences = _from_the_first_that_answers(question, sentences)[: settings.answering.sentences]
    supported = [sentence for sentence in sentences if sentence.support in SUPPORTED]
    rests_on, agrees = _rests_on(question, supported, evidence, settings)
    vote = None
    if not_found is not None:
        odds = log_odds(evidence[0].score)
        vote = Vote(odds, doubt(not_found), is_supported=rests_on is not None, agrees=agrees)
    choice = _nearest(question, draft, evidence)
    return Weighed(tuple(sentences), is_whole, rests_on, agrees, vote, choice)


def _nearest(
    question: Query, draft: Sequence[Sentence], evidence: Sequence[Citation]
) -> Citation | None:
    """The evidence that has most of what a draft says, supported or not; None if none has any."""
    said = _words_of(draft) - question.analysis.content
    shared = [len(said & citation.analysis.content) for citation in evidence]
    return evidence[shared.index(max(shared))] if any(shared) else None


def adds_words(
    question: Query, draft: Sequence[Sentence], evidence: Citation, passages: Sequence[Passage]
) -> bool:
    """Whether a draft is more than the words of its evidence that answer, and adds nothing untrue.

    "58" is better quoted. A word of the question that its articles lack may be untrue: "It was
    torn down because of a fire" says of a theatre that is open again what was asked.
    """
    words = _words_of(draft)
    cited = _cited_by(draft)
    ids = {citation.article.id for citation in cited}
    texts = [passage.analysis.content for passage in passages if passage.article.id in ids]
    there = frozenset[str]().union(*(citation.subject for citation in cited), *texts)
    is_more = not words <= analyse(evidence.answer_text).content
    return is_more and words & question.analysis.content <= there


def _words_of(draft: Sequence[Sentence]) -> frozenset[str]:
    return analyse(" ".join(sentence.text for sentence in draft)).content


def _cited_by(draft: Sequence[Sentence]) -> list[Citation]:
    return [citation for sentence in draft for citation in sentence.citations]


def _with_yes_or_no(draft: Sequence[Sentence]) -> list[Sentence]:
    """The sentences, a bare "Yes." or "No." being the beginning of the next."""
    sentences: list[Sentence] = []
    for sentence in draft:
        if sentences and not YES_OR_NO.sub("", sentences[-1].text):
            before = sentences.pop()
            text = f"{before.text.rstrip('.!, ')}. {sentence.text}"
            cited = tuple(dict.fromkeys((*before.citations, *sentence.citations)))
            sentence = replace(sentence, text=text, citations=cited)
        sentences.append(sentence)
    return sentences


def _from_the_first_that_answers(question: Query, sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences from the first on that answers."""
    for place, sentence in enumerate(sentences):
        if not mismatch(question, sentence.text):
            return list(sentences[place:])
    return []


def _rests_on(
    question: Query,
    sentences: Sequence[Sentence],
    evidence: Sequence[Citation],
    settings: Settings,
) -> tuple[Citation | None, bool]:
    """The evidence that the model's sentences rest on, and whether they agree with the reader.

    They agree if they say the words of it that answer; else they rest on what they cite. Where
    the reader alone would tell its best, the model must rest on what is nearly as likely.
    """
    is_sure = outcome(evidence[0].score, settings) == "told"
    least = log_odds(evidence[0].score) - settings.answering.nearly if is_sure else float("-inf")
    likely = [citation for citation in evidence if log_odds(citation.score) >= least]
    cited = _cited_by(sentences)
    if question.wants_newest:  # The best is the newest; what an older article tells is not asked.
        likely, cited = _as_new(likely, evidence[0]), _as_new(cited, evidence[0])
    words, asked = _words_of(sentences), question.analysis.content
    for citation in likely:
        answer = analyse(citation.answer_text).content - asked
        if answer and answer <= words:
            return citation, True
    # Of what carries a sentence together, what has none of its numbers is not what it rests on.
    numbers = {word for word in words - asked if word[:1].isdigit()}
    read = [
        citation
        for citation in likely
        if any(overlap(citation, own) for own in cited)
        and (not numbers or numbers & citation.analysis.content)
    ]
    rests_on = next(iter(read if read or is_sure else cited), None)
    if rests_on is None:
        return None, False
    is_unread = rests_on in evidence and rests_on.answer is None
    return rests_on, is_unread or question.kind in _IN_OWN_WORDS


def _as_new(citations: Sequence[Citation], best: Citation) -> list[Citation]:
    since = best.article.published or date.min
    return [one for one in citations if (one.article.published or since) >= since]
