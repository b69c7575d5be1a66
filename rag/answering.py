"""A draft to the answer that is shown: cited sentences that were checked, mended or left out.

What the model wrote is held against its evidence. A sentence whose citation is wrong gets the
right one where there is one; one that nothing supports, or that does not answer, is not said.
What is left may be too little, and then the evidence itself is quoted; or nothing, and then the
answer is that the articles do not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.facts import Reading, Value, read
from rag.questions import YES_OR_NO, Question
from rag.relevance import asks_of_what_is_not_there, is_asked, is_fragment, shortcoming
from rag.retrieval import log_odds
from rag.schema import ArticleInfo, Citation, Passage, Sentence, Status, overlap
from rag.sentences import split
from rag.settings import Settings
from rag.support import checked, content

NEAREST = "Not said outright; the nearest words are:"
"""Stands before a quotation of which the model that read it did not think that it answers."""
# A model that found no answer is overruled without a word by a sentence of this probability. Of
# what it overruled between .7 and .8, two thirds were no answer where as many questions had none.
_SURE = 0.8
_MOST_SENTENCES = 3
# How long quotations may be together, and how much less likely, in log odds, than the first.
_MOST_QUOTED_WORDS = 72
_NEARLY = 2.0
# A sentence of the model's is followed by the best quotation where both together are this short.
_MOST_WORDS_BESIDE = 48
# A quotation of which so much was said or asked already tells nothing new.
_TOLD = 0.9
_LONGEST_QUOTE = 55  # words; what is longer is quoted without the neighbour that came with it
_ENOUGH_FOR_AN_OVERVIEW = 4
# What another article's sentence must be worth, beside the first's, to be told as its rival.
_RIVAL = 0.5
# How much less likely, in log odds, the model's source may be than the reranker's first.
_AGREES = 0.5
# So many words of the question must two sentences share to be about the same thing.
_SHARED_BY_RIVALS = 2


@dataclass(frozen=True, slots=True)
class Composed:
    """What is said, the numbered evidence that it may cite, and what kind of answer it is."""

    sentences: tuple[Sentence, ...]
    evidence: tuple[Citation, ...]
    status: Status


def compose(
    question: Question,
    draft: Sequence[Sentence],
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    settings: Settings,
    *,
    has_model_read: bool,
) -> Composed | None:
    """The answer that stands of a draft; None where nothing can be said or quoted.

    ``draft``: the model's sentences with the citations as it gave them; none if it found nothing.
    ``has_model_read``: a model read the evidence. If it found no answer that stands, that is a
    vote against there being one, and then only a sentence that is strong by itself is quoted.
    """
    judged = [
        checked(sentence, evidence, passages, across=question.kind == "comparison")
        for sentence in _with_yes_or_no(draft)
    ]
    if settings.answers == "lenient":
        said = [one for one in judged if one.citations]
    else:
        said = [one for one in judged if one.support != "unsupported"]
    said = _from_the_first_that_answers(question, said)[:_MOST_SENTENCES]
    telling = _telling(question, evidence)
    best = telling[0].score if telling else 0.0
    is_doubtful = has_model_read and not said
    if question.kind != "overview" and asks_of_what_is_not_there(question, passages):
        said, is_doubtful = [], True
    if said and not _agrees(question, said[0], telling):
        said.append(quotation(question, telling[0]))  # two readers, two answers: both are told
    elif len(said) == 1 and not said[0].is_quote:
        said += _beside(question, said[0], evidence)
    elif not said and best >= (settings.quote_threshold if is_doubtful else 0.0):
        said = _quoted(question, telling)
        if is_doubtful and said and best < _SURE:
            said[0] = replace(said[0], lead=NEAREST)
    if not said:
        return None
    said += _others(question, said, evidence)
    numbered, known = _numbered(said, evidence)
    status: Status = "quoted" if all(one.is_quote for one in numbered) else "answered"
    return Composed(tuple(numbered), known, status)


def _telling(question: Question, evidence: Sequence[Citation]) -> list[Citation]:
    """The evidence without what cannot be an answer; none if its best is far from the best."""
    found = [one for one in evidence if not shortcoming(question, one.quote)]
    is_near = found and log_odds(found[0].score) >= log_odds(evidence[0].score) - _NEARLY
    return found if is_near else []


def _quoted(question: Question, evidence: Sequence[Citation]) -> list[Sentence]:
    """The best quotation, and the next ones as far as they are nearly as likely to answer."""
    said: list[Sentence] = []
    words = 0
    for citation in evidence[:_MOST_SENTENCES]:
        next_one = quotation(question, citation)
        words += len(next_one.text.split())
        is_near = log_odds(citation.score) >= log_odds(evidence[0].score) - _NEARLY
        if said and not (is_near and words <= _MOST_QUOTED_WORDS):
            break
        said.append(next_one)
    return said


def _beside(question: Question, sentence: Sentence, evidence: Sequence[Citation]) -> list[Sentence]:
    """The best quotation to stand after one short sentence, if it is short and tells more."""
    if question.kind in ("overview", "comparison") or not evidence:
        return []
    best = quotation(question, evidence[0])
    words = len(sentence.text.split()) + len(best.text.split())
    quoted = content(best.text)
    told = quoted & (content(sentence.text) | content(question.text))
    tells_more = len(told) < _TOLD * len(quoted)
    return [best] if tells_more and words <= _MOST_WORDS_BESIDE else []


def quotation(question: Question, citation: Citation, lead: str = "") -> Sentence:
    """The words of a citation as a sentence of the answer.

    Of a long citation, which came with its neighbour, the sentence nearest to the question.
    """
    pieces = split(citation.quote)
    if len(pieces) > 1 and len(citation.quote.split()) > _LONGEST_QUOTE:
        asked = content(question.text)
        start, end = max(
            reversed(pieces), key=lambda p: len(asked & content(citation.quote[p.start : p.end]))
        )
        citation = replace(
            citation,
            start=citation.start + start,
            end=citation.start + end,
            quote=citation.quote[start:end],
        )
    return Sentence(
        citation.quote, (citation,), "verified", "quoted word for word", is_quote=True, lead=lead
    )


# Two readers ------------------------------------------------------------------------------------


def _with_yes_or_no(draft: Sequence[Sentence]) -> list[Sentence]:
    """The sentences, a bare "Yes." or "No." being the beginning of the next."""
    found: list[Sentence] = []
    for sentence in draft:
        if found and not YES_OR_NO.sub("", found[-1].text):
            before = found.pop()
            text = f"{before.text.rstrip('.!, ')}. {sentence.text}"
            cited = tuple(dict.fromkeys((*before.citations, *sentence.citations)))
            sentence = replace(sentence, text=text, citations=cited)
        found.append(sentence)
    return found


def _from_the_first_that_answers(question: Question, said: Sequence[Sentence]) -> list[Sentence]:
    """The sentences from the first on that answers. A fragment is told by its source instead."""
    whole = [
        quotation(question, one.citations[0]) if is_fragment(one.text) else one for one in said
    ]
    for place, sentence in enumerate(whole):
        if not shortcoming(question, sentence.text):
            return whole[place:]
    return []


def _agrees(question: Question, sentence: Sentence, evidence: Sequence[Citation]) -> bool:
    """Whether the sentence rests on what the reranker found best: two readers, one answer."""
    if question.kind in ("overview", "comparison") or not evidence:
        return True
    best = evidence[0]
    return any(
        overlap(citation, best) or log_odds(citation.score) >= log_odds(best.score) - _AGREES
        for citation in sentence.citations
    )


# More than one article --------------------------------------------------------------------------


def _others(
    question: Question, said: Sequence[Sentence], evidence: Sequence[Citation]
) -> list[Sentence]:
    """What other articles say that the reader must know as well, quoted."""
    cited = [citation for sentence in said for citation in sentence.citations]
    elsewhere = [
        one for one in evidence if all(one.article.id != known.article.id for known in cited)
    ]
    best = max((one.score for one in evidence), default=0.0)
    strong = [one for one in elsewhere if one.score >= _RIVAL * best]
    if question.kind == "overview":
        return _one_of_each(question, strong)[: max(0, _ENOUGH_FOR_AN_OVERVIEW - len(said))]
    if question.kind == "comparison":
        return _one_of_each(question, strong)[:1]
    for rival in strong:
        if any(_differ(question, citation, rival) for citation in cited):
            return [quotation(question, rival, f"{_origin(rival.article)}, differs:")]
    return []


def _one_of_each(question: Question, citations: Sequence[Citation]) -> list[Sentence]:
    by_article: dict[str, Citation] = {}
    for citation in citations:
        by_article.setdefault(citation.article.id, citation)
    return [quotation(question, one, f"{_origin(one.article)}:") for one in by_article.values()]


def _origin(article: ArticleInfo) -> str:
    who = article.publisher or f"“{article.title}”"
    when = article.published
    return f"{who}, {when.day} {when:%B %Y}" if when else who


def _differ(question: Question, one: Citation, other: Citation) -> bool:
    """Whether two sentences answer a question of number or time with different ones.

    They must be about the same thing: share words of the question, or count what it counts in
    articles that share them.
    """
    if question.kind not in ("how-many", "when"):
        return False
    asked = read(question.text)
    counts = [_counts(asked, citation) for citation in (one, other)]
    if all(counts):
        mine, theirs = counts
        about = [content(f"{c.article.title}\n{c.quote}") - _counted(asked) for c in (one, other)]
    else:
        mine, theirs = (_values(question, asked, citation) for citation in (one, other))
        about = [content(c.quote) for c in (one, other)]
    shared = about[0] & about[1] & content(question.text)
    return bool(mine and theirs and not mine & theirs) and len(shared) >= _SHARED_BY_RIVALS


def _values(question: Question, asked: Reading, citation: Citation) -> set[Value]:
    kind = "date" if question.kind == "when" else "number"
    facts = read(citation.quote).facts
    return {f.value for f in facts if f.kind == kind and not is_asked(f, asked.facts)}


def _counts(asked: Reading, citation: Citation) -> set[Value]:
    """The numbers in front of the word that the question counts: of "how many people", people."""
    counted, told = _counted(asked), read(citation.quote)
    return {
        fact.value
        for fact in told.facts
        if fact.kind == "number" and counted & {t.stem for t in told.tokens[fact.last :][:1]}
    }


def _counted(asked: Reading) -> frozenset[str]:
    tokens = asked.tokens
    words = [token.text.lower() for token in tokens]
    places = [i for i in range(2, len(tokens)) if words[i - 2 : i] == ["how", "many"]]
    return frozenset(tokens[i].stem for i in places)


def _numbered(
    said: Sequence[Sentence], evidence: Sequence[Citation]
) -> tuple[list[Sentence], tuple[Citation, ...]]:
    """The sentences with a number for each citation, old numbers kept, new ones after them."""
    known = list(evidence)
    numbered = []
    for sentence in said:
        cited = []
        for citation in sentence.citations:
            same = [
                one
                for one in known
                if one.article.id == citation.article.id
                and (one.start, one.end) == (citation.start, citation.end)
            ]
            if not same:
                same = [replace(citation, number=len(known) + 1)]
                known.append(same[0])
            cited.append(same[0])
        numbered.append(replace(sentence, citations=tuple(dict.fromkeys(cited))))
    return numbered, tuple(known)
