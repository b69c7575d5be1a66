"""The stock chain, to measure against: what LangChain's documentation teaches for a first RAG.

Articles split every 1,000 characters with 200 of overlap, dense retrieval of four chunks, all of
them stuffed into one prompt. It shares Ibid's embedding model and language model, nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.schema import Article

CHUNKS = 4
_PROMPT = ChatPromptTemplate.from_messages(
    [
        (
            "human",
            "Answer the question from the context below, in three sentences at most. "
            "If the context does not hold the answer, say that you don't know.\n\n"
            "Context:\n{context}\n\nQuestion: {question}\nAnswer:",
        )
    ]
)
_REFUSES = re.compile(
    r"\b(?:do(?:es)? not|don['’]t|doesn['’]t|cannot|can['’]t|not)\b[^.]{0,30}"
    r"\b(?:know|say|mention|provide|contain|specif|state|answer|given|include|enough)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stock:
    """What the stock chain said, what it read, and how many seconds that took."""

    text: str
    chunks: Sequence[Document]
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether it said, in some words, that it does not know."""
        return bool(_REFUSES.search(self.text))


class StockChain:
    """Retriever, prompt, model."""

    def __init__(
        self, articles: Sequence[Article], embedder: Embeddings, model: BaseChatModel
    ) -> None:
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=1000, chunk_overlap=200, add_start_index=True
        )
        chunks = splitter.create_documents(
            [article.text for article in articles], [{"article": a.id} for a in articles]
        )
        self._store = InMemoryVectorStore(embedder)
        self._store.add_documents(chunks)
        self._chain = _PROMPT | model | StrOutputParser()

    def ask(self, question: str, without: Sequence[str] = ()) -> Stock:
        """The answer; ``without``: ids of articles that are taken as not there."""
        began = time.perf_counter()
        chunks = self._store.similarity_search(
            question, k=CHUNKS, filter=lambda chunk: chunk.metadata["article"] not in without
        )
        context = "\n\n".join(chunk.page_content for chunk in chunks)
        text = self._chain.invoke({"context": context, "question": question})
        return Stock(text, chunks, time.perf_counter() - began)
