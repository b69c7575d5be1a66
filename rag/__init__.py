"""Answers from a person's own articles, each sentence with a citation that was checked.

A library holds the articles, an assistant answers from it::

    with open_library(load_settings()) as library:
        library.add(read_articles("articles"))
        answer = open_assistant(library).ask("Who keeps the clocks?")

What is named here is what Ibid promises; it is loaded when it is first used, so that importing
`rag` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.errors import (
        ArticleError,
        CaseError,
        DownloadFailed,
        HashMismatch,
        IbidError,
        LibraryError,
        LibraryInUse,
        LibraryMismatch,
        LibraryReadOnly,
        ModelError,
        NoSpace,
        ProviderError,
        QuestionError,
        RunError,
        SettingsError,
        UnknownArticle,
        UnknownModel,
    )
    from rag.index.library import Library
    from rag.loaders import read as read_articles
    from rag.loaders import read_link
    from rag.opening import open_assistant, open_library, temporary_library
    from rag.retrieve.documents import DocumentRetriever
    from rag.schema import Answer, Article, ArticleInfo, Citation, Filter, Passage, Sentence, Turn
    from rag.settings import Settings
    from rag.settings import load as load_settings

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "ArticleInfo",
    "Assistant",
    "CaseError",
    "Citation",
    "DocumentRetriever",
    "DownloadFailed",
    "Filter",
    "HashMismatch",
    "IbidError",
    "Library",
    "LibraryError",
    "LibraryInUse",
    "LibraryMismatch",
    "LibraryReadOnly",
    "ModelError",
    "NoSpace",
    "Passage",
    "ProviderError",
    "QuestionError",
    "RunError",
    "Sentence",
    "Settings",
    "SettingsError",
    "Turn",
    "UnknownArticle",
    "UnknownModel",
    "load_settings",
    "open_assistant",
    "open_library",
    "read_articles",
    "read_link",
    "temporary_library",
]

# Where each name lives, and its name there if that is another.
_HOMES = {
    "Assistant": "rag.assistant",
    "DocumentRetriever": "rag.retrieve.documents",
    "Library": "rag.index.library",
    "Settings": "rag.settings",
    "load_settings": "rag.settings:load",
    "open_assistant": "rag.opening",
    "open_library": "rag.opening",
    "read_articles": "rag.loaders:read",
    "read_link": "rag.loaders",
    "temporary_library": "rag.opening",
    **dict.fromkeys(
        ("Answer", "Article", "ArticleInfo", "Citation", "Filter", "Passage", "Sentence", "Turn"),
        "rag.schema",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, there = _HOMES.get(name, "rag.errors").partition(":")
    return getattr(import_module(module), there or name)


def __dir__() -> list[str]:
    return sorted(__all__)
