"""A draft to the answer that is shown: cited sentences that were checked, mended or left out.

What the model wrote is held against its evidence. A sentence whose citation is wrong gets the
right one where there is one; one that nothing supports, or that does not answer, is not said.
What is left may be too little, and then the evidence itself is quoted; or nothing, and then the
answer is that the articles do not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.checking import Verdict, check, unstated
from rag.evidence import log_odds
from rag.facts import Fact, Reading, read
from rag.injection import addresses_a_model
from rag.questions import Question
from rag.schema import ArticleInfo, Citation, Passage, Sentence, Status
from rag.sentences import split
from rag.settings import Settings

_RANK = {"verified": 2, "partial": 1, "unsupported": 0}
# A model that found no answer is overruled without a word by a sentence of this probability.
_SURE = 0.7
_NEAREST = "Not said outright; the nearest words are:"
_MOST_CANDIDATES = 40
_MOST_PARTNERS = 6
_MOST_SENTENCES = 3
_MOST_QUOTED_WORDS = 66
_NEARLY = 2.5
_LONGEST_QUOTE = 55  # words; what is longer is quoted without the neighbour that came with it
_ENOUGH_FOR_AN_OVERVIEW = 4
# What another article's sentence must be worth, beside the first's, to be told as its rival.
_RIVAL = 0.5
# How much less likely, in log odds, the model's source may be than the reranker's first.
_AGREES = 0.5
# A sentence of fewer words says too little to be held against anything: "266."
_SHORTEST = 4
# So many words of the question must two sentences share to be about the same thing.
_SHARED_BY_RIVALS = 2
_YES_OR_NO = re.compile(r"^(yes|no)\b[\s,.:;–-]*", re.IGNORECASE)
_QUANTITY = frozenset(
    "many several few none both half most majority minority dozens hundreds thousands millions "
    "double twice thrice single all every no nobody once quarter third".split()
)
_COST = re.compile(
    r"\b(?:cost|costs|price|priced|paid|pay|pays|paying|earn|earns|salary|fee|fare|worth|budget|"
    r"revenue|fine|money)\b",
    re.IGNORECASE,
)
_MONEY = frozenset(
    "$ £ € ¥ pound pounds dollar dollars euro euros crown crowns cent cents penny pence franc "
    "francs mark marks yen yuan rupee rupees peso pesos krona kronor free nothing usd eur gbp "
    "% percent per florin florins guilder guilders shilling shillings livres".split()
)
_SPAN = re.compile(
    r"^how long\b.*\b(?:live|last|take|stay|wait|remain|hold|run for|reign)", re.IGNORECASE
)
_SPANS = frozenset(
    "second seconds minute minutes hour hours day days week weeks month months year years decade "
    "decades century centuries".split()
)
_TIME = frozenset(
    "after before during since until while when today yesterday morning afternoon evening night "
    "spring summer autumn fall winter century centuries decade decades year years month months "
    "week weeks day days monday tuesday wednesday thursday friday saturday sunday ago later "
    "earlier january february march april may june july august september october november "
    "december".split()
)


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
    best = evidence[0].score if evidence else 0.0
    is_doubtful = has_model_read and not said
    if question.kind != "overview" and _asks_of_what_is_not_there(question, passages):
        said, is_doubtful = [], True
    if said and not _agrees(question, said[0], evidence):
        said.append(quotation(question, evidence[0]))  # two readers, two answers: both are told
    elif not said and best >= (settings.quote_threshold if is_doubtful else 0.0):
        said = _quoted(question, evidence)
        if is_doubtful and said and best < _SURE:
            said[0] = replace(said[0], lead=_NEAREST)
    if not said:
        return None
    said += _others(question, said, evidence)
    numbered, known = _numbered(said, evidence)
    status: Status = "quoted" if all(one.is_quote for one in numbered) else "answered"
    return Composed(tuple(numbered), known, status)


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


def quotation(question: Question, citation: Citation, lead: str = "") -> Sentence:
    """The words of a citation as a sentence of the answer.

    Of a long citation, which came with its neighbour, the sentence nearest to the question.
    """
    pieces = split(citation.quote)
    if len(pieces) > 1 and len(citation.quote.split()) > _LONGEST_QUOTE:
        asked = _content(question.text)
        start, end = max(
            reversed(pieces), key=lambda p: len(asked & _content(citation.quote[p.start : p.end]))
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


# Support ----------------------------------------------------------------------------------------


def checked(
    sentence: Sentence,
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    *,
    across: bool = False,
) -> Sentence:
    """The sentence with its verdict, and with other citations where those are the right ones.

    First the citations as the model gave them, each alone where one alone suffices; then any
    other sentence of the evidence or the passages; then two of a passage, where one names what
    the other speaks of; with ``across``, for comparisons, two of any articles. ``number`` is 0 in
    a citation that is not of the evidence.
    """
    best = _judged(sentence, sentence.citations)
    if best.support == "verified":
        return _fewest(best)
    candidates = _candidates(sentence, evidence, passages)
    tried = [best]
    for citation in candidates:
        tried.append(_judged(sentence, (citation,)))
        if tried[-1].support == "verified":
            break
    else:
        for pair in _pairs(sentence, candidates[:_MOST_PARTNERS], passages, across):
            tried.append(_judged(sentence, pair))
            if tried[-1].support == "verified":
                break
    found = max(tried, key=lambda one: _RANK[one.support])
    return best if found is best else replace(found, is_repaired=True)


def _judged(sentence: Sentence, citations: Sequence[Citation]) -> Sentence:
    if not citations:
        verdict = Verdict("unsupported", "it cites no source", 0.0)
    else:
        claim = _YES_OR_NO.sub("", sentence.text)
        verdict = check(claim, [one.quote for one in citations], _context_of(citations))
    return replace(
        sentence, citations=tuple(citations), support=verdict.support, reason=verdict.reason
    )


def _context_of(citations: Sequence[Citation]) -> str:
    """The titles and dates of the cited articles, which may name what the quotes speak of."""
    articles = dict.fromkeys(citation.article for citation in citations)
    return "\n".join(
        f"{article.title}\n{article.published:%d %B %Y}" if article.published else article.title
        for article in articles
    )


def _fewest(sentence: Sentence) -> Sentence:
    """The same verdict from one citation alone, where one alone suffices."""
    if len(sentence.citations) > 1:
        for citation in sentence.citations:
            alone = _judged(sentence, (citation,))
            if alone.support == "verified":
                return alone
    return sentence


def _candidates(
    sentence: Sentence, evidence: Sequence[Citation], passages: Sequence[Passage]
) -> list[Citation]:
    """What else could support the sentence, that which shares the most words first."""
    said = _content(sentence.text)
    inside = (
        one for one in sentences_of(passages) if not any(holds(known, one) for known in evidence)
    )
    found = [*evidence, *inside]
    shared = [len(said & read(one.quote).stems) for one in found]
    order = sorted(range(len(found)), key=lambda i: -shared[i])
    return [found[i] for i in order[:_MOST_CANDIDATES] if shared[i]]


def _pairs(
    sentence: Sentence, first: Sequence[Citation], passages: Sequence[Passage], across: bool
) -> Iterator[tuple[Citation, Citation]]:
    """Each of the first candidates that has half of the words, with a sentence that has others."""
    said = _content(sentence.text)
    inside = [(passage, one) for passage in passages for one in sentences_of([passage])]
    for citation in first:
        missing = said - read(citation.quote).stems
        if 2 * len(missing) > len(said) + 1:
            continue
        partners = [
            one
            for passage, one in inside
            if (across or _is_of(citation, passage))
            and not holds(citation, one)
            and missing & read(one.quote).stems
        ]
        partners.sort(
            key=lambda one: (
                -len(missing & read(one.quote).stems),
                one.article.id != citation.article.id,
                abs(one.start - citation.start),
            )
        )
        for partner in partners[:2]:
            yield citation, partner


def _is_of(citation: Citation, passage: Passage) -> bool:
    return (
        citation.article.id == passage.article.id
        and passage.start < citation.end
        and citation.start < passage.end
    )


def sentences_of(passages: Sequence[Passage]) -> list[Citation]:
    """Every sentence of the passages once, as citations that have no number yet."""
    found: dict[tuple[str, int, int], Citation] = {}
    for passage in passages:
        for start, end in split(passage.text):
            place = (passage.article.id, passage.start + start, passage.start + end)
            quote = passage.text[start:end]
            if not addresses_a_model(quote):
                found.setdefault(place, Citation(0, passage.article, place[1], place[2], quote))
    return list(found.values())


def holds(one: Citation, other: Citation) -> bool:
    """Whether the one holds all of the other's words."""
    return one.article.id == other.article.id and one.start <= other.start and other.end <= one.end


def _content(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in read(text).tokens if not token.says_little)


# Does it answer? --------------------------------------------------------------------------------


def _with_yes_or_no(draft: Sequence[Sentence]) -> list[Sentence]:
    """The sentences, a bare "Yes." or "No." being the beginning of the next."""
    found: list[Sentence] = []
    for sentence in draft:
        if found and not _YES_OR_NO.sub("", found[-1].text):
            before = found.pop()
            text = f"{before.text.rstrip('.!, ')}. {sentence.text}"
            cited = tuple(dict.fromkeys((*before.citations, *sentence.citations)))
            sentence = replace(sentence, text=text, citations=cited)
        found.append(sentence)
    return found


def _from_the_first_that_answers(question: Question, said: Sequence[Sentence]) -> list[Sentence]:
    """The sentences from the first on that answers. A fragment is told by its source instead."""
    whole = [
        quotation(question, one.citations[0]) if _is_fragment(one.text) else one for one in said
    ]
    for place, sentence in enumerate(whole):
        if not shortcoming(question, sentence.text):
            return whole[place:]
    return []


def _is_fragment(text: str) -> bool:
    """Whether it says too little to be held against anything, as "266." does."""
    return len(read(text).tokens) < _SHORTEST and not _YES_OR_NO.match(text)


def shortcoming(question: Question, text: str) -> str:
    """Why a sentence cannot be an answer to the question; empty if it may be one.

    It must say something that the question does not, and a number or a time where that is asked.
    """
    asked, told = read(question.text), read(text)
    facts = [fact for fact in told.facts if not _is_asked(fact, asked.facts)]
    before = {token.text.lower() for token in asked.tokens}
    words = {token.text.lower() for token in told.tokens} - before
    is_new = any(not t.says_little and t.stem not in asked.stems for t in told.tokens)
    is_counted = bool(words & _QUANTITY)
    is_timed = bool(words & _TIME)
    if (
        question.kind != "yes-no"
        and not is_new
        and not (question.kind == "how-many" and is_counted)
    ):
        return "it only repeats the question"
    if question.kind == "how-many":
        is_counted = is_counted or any(f.kind in ("number", "ordinal", "date") for f in facts)
        if not is_counted and not (is_timed and "long" in before):
            return "it gives no number"
        if _COST.search(question.text) and not _has_unit(told, _MONEY):
            return "it gives no sum of money"
        if _SPAN.search(question.text) and not is_timed and not _has_unit(told, _SPANS):
            return "it gives no time"
    if question.kind == "when":
        is_dated = any(fact.kind in ("date", "number", "ordinal") for fact in facts)
        if not is_dated and not is_timed:
            return "it gives no time"
    return ""


def _has_unit(told: Reading, words: frozenset[str]) -> bool:
    return any(token.text.lower() in words for token in told.tokens)


def _is_asked(fact: Fact, asked: Sequence[Fact]) -> bool:
    return any(fact.value == other.value for other in asked)


def _asks_of_what_is_not_there(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether the question names something that no passage and no title does."""
    known = "\n".join(
        f"{one.article.title}\n{one.article.published:%d %B %Y}\n{one.text}"
        if one.article.published
        else f"{one.article.title}\n{one.text}"
        for one in passages
    )
    return bool(unstated(question.text, known))


def _agrees(question: Question, sentence: Sentence, evidence: Sequence[Citation]) -> bool:
    """Whether the sentence rests on what the reranker found best: two readers, one answer."""
    if question.kind in ("overview", "comparison") or not evidence:
        return True
    best = evidence[0]
    return any(
        overlap(citation, best) or log_odds(citation.score) >= log_odds(best.score) - _AGREES
        for citation in sentence.citations
    )


def overlap(one: Citation, other: Citation) -> bool:
    """Whether the two share words of one article."""
    return one.article.id == other.article.id and one.start < other.end and other.start < one.end


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
            return [quotation(question, rival, f"Otherwise {_origin(rival.article)}:")]
    return []


def _one_of_each(question: Question, citations: Sequence[Citation]) -> list[Sentence]:
    by_article: dict[str, Citation] = {}
    for citation in citations:
        by_article.setdefault(citation.article.id, citation)
    return [quotation(question, one, f"{_origin(one.article)}:") for one in by_article.values()]


def _origin(article: ArticleInfo) -> str:
    who = article.publisher or f"“{article.title}”"
    return (
        f"{who}, {article.published.day} {article.published:%B %Y}," if article.published else who
    )


def _differ(question: Question, one: Citation, other: Citation) -> bool:
    """Whether two sentences answer a question of number or time with different ones."""
    if question.kind not in ("how-many", "when"):
        return False
    kinds = ("date",) if question.kind == "when" else ("number",)
    asked = read(question.text).facts
    mine, theirs = (
        {f.value for f in read(c.quote).facts if f.kind in kinds and not _is_asked(f, asked)}
        for c in (one, other)
    )
    shared = _content(one.quote) & _content(other.quote) & _content(question.text)
    return bool(mine and theirs and not mine & theirs) and len(shared) >= _SHARED_BY_RIVALS


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
