"""A draft to the answer that is shown: cited sentences that were checked, mended or left out.

The reader has found the words that answer, and a language model may have written a draft. One
decision weighs both: the answer is told, told with a hedge, or refused. The model's sentences are
told where all of them are supported and they say what the reader found; else the reader's words
are, in their quotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.decision import Decision, Vote, doubt, outcome
from rag.evidence import is_treated
from rag.facts import Reading, Value, content, read
from rag.questions import YES_OR_NO, Question
from rag.relevance import is_asked, shortcoming
from rag.retrieval import log_odds
from rag.schema import ArticleInfo, Citation, Passage, Sentence, Status, overlap
from rag.sentences import split
from rag.settings import Settings
from rag.support import checked

NEAREST = "The nearest words, which may not answer it:"
"""Stands before a quotation that may be no answer."""
_MOST_SENTENCES = 3
_LONGEST_QUOTE = 55  # words; what is longer is quoted without the neighbour that came with it
_ENOUGH_FOR_AN_OVERVIEW = 4
# What another article's sentence must be worth, beside the first's, to be told as its rival.
_RIVAL = 0.5
# How many quotations a hedge has, how long they may be together, and how much less likely, in log
# odds, the others may be than the first.
_MOST_QUOTED = 3
_MOST_QUOTED_WORDS = 90
_NEAR = 3.0
# How much less likely, in log odds, the evidence of the model may be than the reader's.
_NEARLY = 2.0
# Of these kinds no words of an article are the answer alone, so the model's need not hold them.
_IN_OWN_WORDS = ("yes-no", "comparison", "overview")
# So many words of the question must two sentences share to be about the same thing.
_SHARED_BY_RIVALS = 2


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
    question: Question,
    draft: Sequence[Sentence],
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    settings: Settings,
    decision: Decision,
    *,
    not_found: float | None,
) -> Composed:
    """The answer that stands of a draft; without sentences where nothing can be said or quoted.

    ``draft``: the model's sentences; none if it found nothing. ``not_found``: the probability
    that it would say so; None where no model read the passages.
    """
    if not evidence:
        return Composed((), (), "refused", 0.0)
    weighed = weigh(question, draft, evidence, passages, settings, not_found=not_found)
    said, best = list(weighed.said), weighed.evidence or evidence[0]
    chance = decision.of_vote(weighed.vote) if weighed.vote else evidence[0].score
    what = outcome(chance, settings.strictness)
    if question.kind == "overview":  # it asks for what there is, not for an answer
        what = "told" if is_treated(passages, settings.strictness) else "refused"
    if what == "refused":
        return Composed((), tuple(evidence), "refused", chance)
    quoted = [quotation(question, best, "" if what == "told" else NEAREST)]
    if question.kind == "parts" and (what == "told" or weighed.vote is None):
        quoted = _of_parts(question, evidence, settings) or quoted
    elif what == "hedged":
        quoted += _next(question, best, evidence)
    if settings.answers == "lenient" and said:
        said += [] if weighed.agrees else quoted
    elif not (
        what == "told"
        and weighed.is_whole
        and weighed.agrees
        and _says_more(said, best)
        and not _takes_over(question, said, passages)
    ):
        said = quoted
    said += _others(question, said, evidence, settings)
    numbered, known = _numbered(said, evidence)
    status: Status = "quoted" if all(one.is_quote for one in numbered) else "answered"
    return Composed(tuple(numbered), known, status, chance)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A draft held against its evidence.

    ``said``: its sentences from the first on that answers, checked, those without support only
    where the settings are lenient; ``is_whole``: none was left out for want of support;
    ``evidence``: what those with support rest on, None without any; ``agrees``: they say the words
    that the reader has found there; ``vote``: None if no model was asked.
    """

    said: tuple[Sentence, ...]
    is_whole: bool
    evidence: Citation | None
    agrees: bool
    vote: Vote | None


def weigh(
    question: Question,
    draft: Sequence[Sentence],
    evidence: Sequence[Citation],
    passages: Sequence[Passage],
    settings: Settings,
    *,
    not_found: float | None,
) -> Weighed:
    """Check a draft's sentences, and what they say to the evidence; as `compose` is called."""
    judged = [
        checked(sentence, evidence, passages, across=question.kind == "comparison")
        for sentence in _with_yes_or_no(draft)
    ]
    is_lenient = settings.answers == "lenient"
    said = [one for one in judged if one.support != "unsupported" or is_lenient]
    is_whole = len(said) == len(judged)
    said = _from_the_first_that_answers(question, said)[:_MOST_SENTENCES]
    supported = [one for one in said if one.support != "unsupported"]
    rests_on, agrees = _rests_on(question, supported, evidence, settings)
    vote = None
    if not_found is not None:
        odds = log_odds(evidence[0].score)
        vote = Vote(odds, doubt(not_found), is_supported=rests_on is not None, agrees=agrees)
    return Weighed(tuple(said), is_whole, rests_on, agrees, vote)


def quotation(question: Question, citation: Citation, lead: str = "") -> Sentence:
    """The words of a citation as a sentence of the answer.

    Of a long citation, which came with its neighbour, the sentence that answers or, where no
    reader has found words that do, the one nearest to the question.
    """
    pieces = split(citation.quote)
    if len(pieces) > 1 and len(citation.quote.split()) > _LONGEST_QUOTE:
        asked = content(question.text)
        at = citation.answer[0] - citation.start if citation.answer else -1
        start, end = max(
            reversed(pieces),
            key=lambda p: (
                p.start <= at < p.end,
                len(asked & content(citation.quote[p.start : p.end])),
            ),
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


def _says_more(said: Sequence[Sentence], evidence: Citation) -> bool:
    """Whether a draft is more than the words of its evidence that answer: "58" is better quoted."""
    return not _words(said) <= content(evidence.answer_text)


def _words(said: Sequence[Sentence]) -> frozenset[str]:
    return content(" ".join(one.text for one in said))


def _cited(said: Sequence[Sentence]) -> list[Citation]:
    return [citation for sentence in said for citation in sentence.citations]


def _takes_over(question: Question, said: Sequence[Sentence], passages: Sequence[Passage]) -> bool:
    """Whether a draft has words of the question that its articles lack: they may be untrue.

    "It was torn down because of a fire" says of a theatre that is open again what was asked.
    """
    cited = _cited(said)
    ids = {one.article.id for one in cited}
    texts = [content(one.text) for one in passages if one.article.id in ids]
    known = frozenset[str]().union(*map(_subject, cited), *texts)
    return not _words(said) & content(question.text) <= known


def _of_parts(
    question: Question, evidence: Sequence[Citation], settings: Settings
) -> list[Sentence]:
    """The best quotation for each part of a question, those in doubt after the others."""
    best = evidence[: len(question.searches)]
    outcomes = [outcome(one.score, settings.strictness) for one in best]
    told, hedged = (
        [quotation(question, one) for one, what in zip(best, outcomes, strict=True) if what == kind]
        for kind in ("told", "hedged")
    )
    return told + [replace(one, lead="" if i else NEAREST) for i, one in enumerate(hedged)]


def _next(question: Question, first: Citation, evidence: Sequence[Citation]) -> list[Sentence]:
    """The next quotations of a hedge, which are nearly as likely to answer, while all are short."""
    quoted: list[Sentence] = []
    words = len(first.quote.split())
    others = [one for one in evidence if not overlap(one, first)]
    for one in others[: _MOST_QUOTED - 1]:
        words += len(one.quote.split())
        if log_odds(one.score) < log_odds(evidence[0].score) - _NEAR or words > _MOST_QUOTED_WORDS:
            break
        quoted.append(quotation(question, one))
    return quoted


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
    """The sentences from the first on that answers."""
    for place, sentence in enumerate(said):
        if not shortcoming(question, sentence.text):
            return list(said[place:])
    return []


def _rests_on(
    question: Question,
    said: Sequence[Sentence],
    evidence: Sequence[Citation],
    settings: Settings,
) -> tuple[Citation | None, bool]:
    """The evidence that the model's sentences rest on, and whether they agree with the reader.

    They agree if they say the words of it that answer; else they rest on what they cite. Where
    the reader alone would tell its best, the model must rest on what is nearly as likely.
    """
    is_sure = outcome(evidence[0].score, settings.strictness) == "told"
    least = log_odds(evidence[0].score) - _NEARLY if is_sure else float("-inf")
    likely = [one for one in evidence if log_odds(one.score) >= least]
    words, asked = _words(said), content(question.text)
    for citation in likely:
        told = content(citation.answer_text) - asked
        if told and told <= words:
            return citation, True
    cited = _cited(said)
    known = [one for one in likely if any(overlap(one, citation) for citation in cited)]
    rests_on = next(iter(known if known or is_sure else cited), None)
    if rests_on is None:
        return None, False
    is_unread = rests_on in evidence and rests_on.answer is None
    return rests_on, is_unread or question.kind in _IN_OWN_WORDS


# More than one article --------------------------------------------------------------------------


def _others(
    question: Question,
    said: Sequence[Sentence],
    evidence: Sequence[Citation],
    settings: Settings,
) -> list[Sentence]:
    """What other articles say that the reader must know as well, quoted."""
    cited = _cited(said)
    elsewhere = [
        one for one in evidence if all(one.article.id != known.article.id for known in cited)
    ]
    best = max((one.score for one in evidence), default=0.0)
    strong = [one for one in elsewhere if one.score >= _RIVAL * best]
    if question.kind == "overview":
        return _one_of_each(question, strong)[: max(0, _ENOUGH_FOR_AN_OVERVIEW - len(said))]
    if question.kind == "comparison" and len(question.searches) > 1:  # the other side is needed
        strong = [one for one in elsewhere if outcome(one.score, settings.strictness) != "refused"]
    if question.kind == "comparison":
        return _one_of_each(question, strong)[:1]
    rivals = [one for one in strong if any(_differ(question, known, one) for known in cited)]
    if not rivals:
        return []
    asked = content(question.text)
    # One article may give several numbers: the rival is the one that is nearest to the question.
    rival = max(rivals, key=lambda one: len(asked & content(one.quote)))
    return [quotation(question, rival, f"{_origin(rival.article)}, differs:")]


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
    if _is_updated(question, asked, one, other):
        return True
    counts = [_counts(asked, citation) for citation in (one, other)]
    if all(counts):
        mine, theirs = counts
        about = [_subject(citation) - _counted(asked) for citation in (one, other)]
    else:
        mine, theirs = (_values(question, asked, citation) for citation in (one, other))
        about = [content(c.quote) for c in (one, other)]
    shared = about[0] & about[1] & content(question.text)
    return bool(mine and theirs and not mine & theirs) and len(shared) >= _SHARED_BY_RIVALS


def _is_updated(question: Question, asked: Reading, one: Citation, other: Citation) -> bool:
    """Whether a newer article gives the same number and another: "210, and not 340"."""
    dates = one.article.published, other.article.published
    mine, theirs = (_values(question, asked, citation) for citation in (one, other))
    shared = _subject(one) & _subject(other) & content(question.text)
    is_newer = bool(dates[0] and dates[1] and dates[0] < dates[1])
    return is_newer and bool(mine) and mine < theirs and len(shared) >= _SHARED_BY_RIVALS


def _subject(citation: Citation) -> frozenset[str]:
    return content(f"{citation.article.title}\n{citation.quote}")


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
