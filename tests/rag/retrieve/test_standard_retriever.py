"""LangChain's own promises of a retriever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from doubles import WordScorer
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from tiny import TinyEmbedder, make_article

from rag.index.library import Library, opened
from rag.retrieve.documents import DocumentRetriever
from rag.retrieve.retriever import Retriever
from rag.settings import Settings


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One of five articles on five rivers."""
    settings = Settings(library=tmp_path_factory.mktemp("standard") / "library")
    with opened(settings, TinyEmbedder()) as own:
        own.add(
            make_article(f"The river {name} rose by {metres} metres in one night.", name)
            for metres, name in enumerate(("Ell", "Aar", "Wid", "Oss", "Tarn"), start=2)
        )
        yield own


class TestDocumentRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _over_a_library(self, library: Library) -> None:
        self._library = library

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return DocumentRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        own = self._library
        return {"retriever": Retriever(own, WordScorer(), own.settings)}

    @property
    def retriever_query_example(self) -> str:
        return "Which river rose in one night?"
