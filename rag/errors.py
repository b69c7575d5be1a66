"""What the engine and the evaluation raise on purpose; a face adds a few errors of its own.

::

    IbidError
    ├── ArticleError         an article cannot be read
    ├── LibraryError         the library on disk cannot be used
    │   ├── LibraryInUse     another process owns it
    │   ├── LibraryMismatch  it was built with another embedding model or other chunks
    │   ├── LibraryReadOnly  it can be read and not be changed, or its disk is full
    │   ├── UnknownArticle   it holds no such article
    │   └── UnknownCollection  it has no collection of that name
    ├── ModelError           a local model cannot be had
    │   ├── UnknownModel     no model of that name is listed
    │   ├── DownloadFailed   no source could deliver it
    │   ├── HashMismatch     what came is not what was asked for
    │   ├── NoSpace          the disk is too full for it
    │   └── ModelAway        the server that has it cannot be asked
    ├── QuestionError        a question is longer than any that is answered
    ├── ProviderError        a language model failed to answer
    ├── SettingsError        a setting has a value that makes no sense
    ├── CaseError            a line of a Q&A set cannot be used
    └── RunError             a run of an evaluation cannot be used

Each message is one line for the person at the keyboard, and says what to do next. It is in
English; what a person meets in the window has a kind and facts too, which it words anew.
"""

from typing import Literal

ErrorKind = Literal[
    "",
    # a file
    "format unknown", "too large", "pdf by another name", "binary", "empty", "front matter",
    "list for words", "no date", "no language", "no title", "no web link", "scanned", "encrypted",
    "pages", "pdf damaged", "pages without text", "read slow", "read large", "reader broken",
    "unreadable", "no page", "page unreadable", "no article",
    "page script", "page consent", "page login", "page paywall", "page error", "page onward",
    "page styles", "bytes lost", "encoding unsure",
    "office locked", "package encrypted", "package entities", "package damaged", "package large",
    "cells hidden", "sheet large", "book protected", "mail encrypted", "attached",
    "archive empty", "passed over",
    "several", "no table", "rows", "no text column", "no column", "no row",
    # a link
    "slow", "network", "redirected nowhere", "redirects", "link invalid", "link long",
    "link scheme", "link password", "no host", "host inside", "server refuses", "media type",
    "page large", "packed", "packed badly", "no links", "robots",
    # the library
    "disk", "closed", "read only", "embedding", "no collection", "collection taken",
    "collection unnamed", "edit overtaken", "index away", "database away",
    # a model
    "model absent", "model unloadable", "package absent", "extra absent",
    "model unusable", "embedder away", "embedder differs", "reranker away", "reader away",
    "model unreadable", "no gguf", "no template", "model large", "no space", "not fetched",
    "folder unwritable",
    "key", "model unknown", "too often", "server down", "ask again", "offline", "endless", "silent",
    "failed while proposing",
    # a question
    "question long",
    # a Q&A set
    "set unreadable", "set encoding", "set empty", "set case",
]  # fmt: skip


class IbidError(Exception):
    """The root: a failure that is told in one line, without a traceback.

    ``kind`` says which, with the ``facts`` that its words need; empty where only English is known.
    """

    def __init__(self, message: str = "", kind: ErrorKind = "", **facts: object) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.facts = facts


class ArticleError(IbidError):
    """An article cannot be read."""


class LibraryError(IbidError):
    """The library on disk cannot be used."""


class LibraryInUse(LibraryError):
    """Another process owns the library."""


class LibraryMismatch(LibraryError):
    """The library was built with another embedding model or other chunks."""


class LibraryReadOnly(LibraryError):
    """The library can be read and not be changed: it is read-only, or its disk is full."""


class IndexAway(LibraryError):
    """Who keeps the vector index does not answer; what is asked by words alone goes on."""


class UnknownArticle(LibraryError):
    """The library holds no such article."""


class UnknownCollection(LibraryError):
    """The library has no collection of that name."""


class ModelError(IbidError):
    """A local model cannot be had."""


class UnknownModel(ModelError):
    """No model of that name is listed."""


class DownloadFailed(ModelError):
    """No source could deliver the model."""


class HashMismatch(ModelError):
    """What came is not what was asked for."""


class NoSpace(ModelError):
    """The disk is too full for the model."""


class ModelAway(ModelError):
    """The server that has a model cannot be asked, or not be believed; asking goes on without."""


class QuestionError(IbidError):
    """A question is longer than any that is answered."""


class ProviderError(IbidError):
    """A language model failed to answer."""


class SettingsError(IbidError):
    """A setting has a value that makes no sense."""


class CaseError(IbidError):
    """A line of a Q&A set cannot be used."""


class RunError(IbidError):
    """The record of a run cannot be written, read, gone on with, or compared."""
