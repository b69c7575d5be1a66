"""The questions that a library's articles were seen to answer, made where they are needed.

What the templates make of an article is asked of Ibid itself, by quotation alone, and kept in the
catalog if the article answers it with the very sentence. Showing it later takes no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from rag.assistant import Assistant
from rag.index.chunking import in_context
from rag.offered import MakesSense, Offered
from rag.questions.templates import Candidate, candidates
from rag.schema import Answer, Article, Citation

# What an article is about, it says in whole sentences and near its beginning.
_FEWEST_WORDS = 6
_EARLY = 600  # characters
# The probability of an answer to what a title asks: which words should answer it, nobody knows.
_SURE = 0.7


class Offering:
    """The questions of one library. ``assistant``: who is asked, without its language model."""

    def __init__(self, assistant: Assistant) -> None:
        self._library = assistant.library
        self._limits = assistant.library.settings.offers
        self._assistant = Assistant(
            assistant.library,
            assistant.retriever.reranker,
            assistant.reader,
            None,
            weights=assistant.decision,
            verifier=assistant.verifier,
        )

    def known(self, article_id: str = "") -> dict[str, tuple[Offered, ...]]:
        """Those that were made of one article, or of all that are newest, the newest first."""
        return self._library.catalog.offered(article_id)

    def next_article(self, without: Set[str]) -> str | None:
        """The article whose questions are to be made next; None when there are enough.

        ``without``: the ids of those that cannot be made.
        """
        known = self.known()
        newest = (info.id for info in self._library.articles()[: self._limits.articles])
        return next((id_ for id_ in newest if id_ not in known and id_ not in without), None)

    def make(self, article_id: str, wait: Callable[[], object]) -> None:
        """Make an article's questions and keep them, unless they are there already.

        ``wait`` is called before each is tried, which takes about a second.

        Raises:
            UnknownArticle: there is none of that id.
            LibraryReadOnly: nothing can be kept.
        """
        if article_id in self.known(article_id):
            return
        article = self._library.article(article_id)
        made: list[Offered] = []
        for one in candidates(article.title, article.text, self._limits.tried):
            if len(made) == self._limits.of_an_article:
                break
            # To ask of a whole article is for those that tell nothing else that stands alone.
            if one.kind == "about" and any(question.makes_sense == "alone" for question in made):
                break
            wait()
            if (answered := self._answered(one, article)) is not None:
                made.append(answered)
        self._library.catalog.offer(article, made)

    def _answered(self, one: Candidate, article: Article) -> Offered | None:
        """The question with the words that answer it; None if they are not those it was made of."""
        answer = self._assistant.ask(one.text)
        # What no model here reads is never told as more than the nearest words.
        is_told = answer.status == "quoted" or (answer.status == "hedged" and answer.unread)
        first = next(iter(_cited(answer)), None)
        if not is_told or first is None or first.article.id != article.id:
            return None
        if one.sentence is None or one.told is None:
            is_prose = len(first.quote.split()) >= _FEWEST_WORDS and first.quote[:1].isalnum()
            is_sure = (answer.probability or 0.0) >= _SURE
            is_kept = first.start <= _EARLY
            if one.kind == "title":
                is_kept = is_sure and self._is_nearest(one.text, first, answer.evidence)
            makes_sense: MakesSense = "alone" if one.kind == "title" else "whole"
            offered = Offered(one.text, first.start, first.end, makes_sense)
            return offered if is_prose and is_kept else None
        if not (first.start <= one.sentence.start and one.sentence.end <= first.end):
            return None
        if first.answer and not _touch(first.answer, one.told):
            return None
        return Offered(one.text, *one.sentence, "alone" if one.stands_alone else "beside")

    def _is_nearest(self, question: str, told: Citation, evidence: Sequence[Citation]) -> bool:
        """Whether the reranker too, which did not choose it, finds nothing nearer than the told.

        Of what a title asks, the reader alone may be sure of "Women had to wait a long time".
        """
        reranker = self._assistant.retriever.reranker
        said = [in_context(one.article.title, one.said) for one in (told, *evidence)]
        own, *others = reranker.scores(question, said)
        return own >= max(others, default=own)


def _cited(answer: Answer) -> Sequence[Citation]:
    return [citation for sentence in answer.sentences for citation in sentence.citations]


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
