"""`Passage`s as LangChain's documents, for a chain of one's own.

In a module of its own, since LangChain's retriever takes most of a second to import.
"""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from rag.retrieve.retriever import Retriever
from rag.schema import Filter, Passage


class DocumentRetriever(BaseRetriever):
    """The best ``k`` passages for a question, best first.

    ``k`` and ``only`` may be set for all questions here, or for one as in
    ``retriever.invoke(question, k=3, only=Filter(publishers=("The Times",)))``. ``retriever`` is
    an assistant's: ``open_assistant(library, model=False).retriever``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    k: int = Field(5, ge=1)
    only: Filter | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        only: Filter | None = None,
        k: int | None = None,
    ) -> list[Document]:
        found = self.retriever.passages(query, k or self.k, only or self.only)
        return list(map(document, found))


def document(passage: Passage) -> Document:
    """A passage with ``start`` and ``end``, its offsets into the stored text of the article.

    The metadata holds ``id``, ``article_id``, ``title``, ``source``, ``publisher``, ``published``,
    ``score`` and ``probability`` besides.
    """
    return Document(
        id=passage.chunk_ids[0],
        page_content=passage.text,
        metadata={
            "id": passage.chunk_ids[0],
            "article_id": passage.article.id,
            "title": passage.article.title,
            "source": passage.article.source,
            "publisher": passage.article.publisher,
            "published": passage.article.published,
            "start": passage.start,
            "end": passage.end,
            "score": passage.score,
            "probability": passage.probability,
        },
    )
