"""From what came of one case to its measures, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from eval import metrics
from eval.measures.disclosure import ALL, Disclosure
from eval.metrics import Span
from eval.sets.cases import Case
from rag.query.wording import YES_OR_NO
from rag.schema import Answer, Citation, Passage
from rag.verify.claims import check

if TYPE_CHECKING:  # its library loads the database and the index
    from rag.protocols import Embedder

_POINTS = {
    "seconds to sources": "sources_ms",
    "seconds to first token": "first_token_ms",
}


class Measure(Protocol):
    """What needs a model of its own: a case and its answer to values by their names."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its values."""
        ...

    def __call__(self, case: Case, answer: Answer) -> Mapping[str, float | None]:
        """The values, None where undefined."""
        ...


"""A measure that needs a model of its own: names and values, None where it does not apply."""


def score(
    case: Case,
    answer: Answer | None,
    relevance: Sequence[bool] | None,
    gold: Sequence[Span],
    ranks: Sequence[int | None] | None = None,
    disclosed: Disclosure = ALL,
) -> dict[str, float | None]:
    """Every measure of one case, by name; None where it does not apply.

    The answer is compared with the gold answers of an answerable case, and a refusal of one
    scores 0 there. Its citations are judged only where it does answer. What is not ``disclosed``
    is undefined.
    """
    golds = case.answers if answer else ()
    silent = answer is None or refused(answer)
    said = () if answer is None or silent else answer.sentences
    sentences = [sentence for sentence in said if not sentence.is_own]
    text = " ".join(sentence.text for sentence in sentences)
    citations = [span(citation) for sentence in sentences for citation in sentence.citations]
    cited_gold = () if silent or not disclosed.citations else gold
    is_placed = disclosed.citations and disclosed.places
    cited_sentences = sentences if is_placed and disclosed.quotes else []
    alce = metrics.alce([(one.text, one.citations) for one in cited_sentences], entails)
    judged = sentences if disclosed.verdicts else []
    unquoted_golds = golds if disclosed.wordings else ()
    return {
        "containment": metrics.containment(text, golds),
        "token F1": metrics.token_f1(text, golds),
        "containment unquoted": metrics.containment(
            own_words(answer) if text else "", unquoted_golds
        ),
        "exact match": metrics.exact_match(text, golds),
        "ROUGE-L": metrics.rouge_l(text, golds),
        "sentences cited": metrics.mean(
            float(bool(one.citations))
            for one in (sentences if is_placed and disclosed.uncited else [])
        ),
        "citation hit": metrics.citation_hit(citations, cited_gold),
        "citation recall": metrics.citation_recall(citations, cited_gold),
        "citation precision": metrics.citation_precision(citations, cited_gold),
        "citation F1": metrics.citation_f1(citations, cited_gold),
        "sentences verified": metrics.mean(float(one.support == "verified") for one in judged),
        "ALCE recall": alce.recall,
        "ALCE precision": alce.precision,
        "hit@1": metrics.hit_at_k(relevance, 1),
        "hit@3": metrics.hit_at_k(relevance, 3),
        "hit@5": metrics.hit_at_k(relevance, 5),
        "MRR": metrics.reciprocal_rank(relevance),
        "hit@10": metrics.hit_at_k(relevance, 10),
        "nDCG@10": metrics.ndcg_at_k(ranks, 10),
        "recall@5": metrics.recall_at_k(ranks, 5),
        "recall@10": metrics.recall_at_k(ranks, 10),
        "claimed": None if answer is None or case.answerable else float(claims(answer)),
        "probability": None if answer is None else probability(answer),
        **(_times(answer) if answer else dict.fromkeys(_POINTS)),
    }


def own_words(answer: Answer | None) -> str:
    """The short answer and the model's own sentences: what is told, without the quotations."""
    if answer is None:
        return ""
    short = answer.short.answer_text if answer.short else ""
    own = [one.text for one in answer.sentences if not (one.is_quote or one.is_own)]
    return " ".join([short, *own])


def probability(answer: Answer) -> float | None:
    """The probability by which Ibid told, hedged or refused; else that of the best passage."""
    if answer.probability is not None:
        return answer.probability
    return max(
        (one.probability for one in answer.passages if one.probability is not None), default=None
    )


def entails(citations: Sequence[Citation], text: str) -> bool:
    """Whether Ibid's own checker finds that the cited words carry the text.

    As for an answer, the articles' titles and dates may name what the words speak of.
    """
    articles = dict.fromkeys(citation.article for citation in citations)
    context = "\n".join(article.dated_title for article in articles)
    claim = YES_OR_NO.sub("", text)
    return check(claim, [one.quote for one in citations], context).support == "verified"


def _times(answer: Answer) -> dict[str, float | None]:
    """Seconds from the question to each point; None where it was not reached."""
    reached = ((name, getattr(answer.timings, point)) for name, point in _POINTS.items())
    return {name: None if ms is None else ms / 1000 for name, ms in reached}


def refused(answer: Answer) -> bool:
    """Whether it says that the articles do not say."""
    return answer.status == "refused"


def claims(answer: Answer) -> bool:
    """Whether it says something as the answer: it is no refusal, and not only the nearest words."""
    return not (refused(answer) or is_hedged(answer))


def is_hedged(answer: Answer) -> bool:
    """Whether it tells the nearest words, and that they may be no answer."""
    return answer.status == "hedged"


def span(piece: Passage | Citation) -> Span:
    """Where it stands."""
    return Span(piece.article.id, piece.start, piece.end)


class Similarity:
    """The measure "similarity": the answer's nearness to the best gold answer, by their vectors.

    A refusal of an answerable case scores 0, as in `score`.
    """

    names = ("similarity",)

    def __init__(self, embedder: Embedder, golds: Iterable[str] = ()) -> None:
        """``golds`` are gold answers that it will come to, which are embedded faster at once."""
        texts = list(dict.fromkeys(golds))
        self._embedder = embedder
        self._known = (
            dict(zip(texts, embedder.embed_documents(texts), strict=True)) if texts else {}
        )

    def __call__(self, case: Case, answer: Answer) -> dict[str, float | None]:
        """One value; None without gold answers."""
        if not case.answers:
            return {"similarity": None}
        if refused(answer):
            return {"similarity": 0.0}
        golds = [self._vector(text) for text in case.answers]
        return {"similarity": metrics.similarity(self._vector(answer.text), golds)}

    def _vector(self, text: str) -> list[float]:
        return self._known.get(text) or self._embedder.embed_documents([text])[0]
