"""A window in which every word is hostile: ``python poisoned.py --port N``.

Each payload is the title, publisher, author, source and text of an article; the question, every
sentence, the reason and the notice of an answer; and the title of a conversation of `SECRET`.
"""

from __future__ import annotations

import argparse
import hashlib
from datetime import date
from pathlib import Path

from payloads import PAYLOADS
from stocked import StockedEngine, tell
from tiny import TinyEmbedder

from rag.index.catalog import CATALOG
from rag.index.library import opened
from rag.reasons import Reason
from rag.schema import Answer, Article, Citation, Sentence, Timings
from rag.settings import load
from ui.window.conversation.history import History
from ui.window.conversation.types import Exchange
from ui.window.server.serve import serve

SECRET = "0" * 32
EVERYTHING = "f" * 32


def article(number: int, payload: str) -> Article:
    """An article that is hostile wherever it can be."""
    text = f"Once {payload} twice."
    return Article(
        id=f"p{number}",
        title=payload,
        source=f"{payload} {number}",
        publisher=payload,
        published=date(2025, 4, 14),
        language=None,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        author=payload,
        text=text,
    )


def exchanges(articles: list[Article]) -> list[Exchange]:
    """An exchange for each payload, and a last one that cites every article."""
    took = Timings(1, 2, 3, 4, 5)
    cited = [
        Citation(number, one.info, 5, len(one.text) - 7, one.text[5:-7])
        for number, one in enumerate(articles, start=1)
    ]
    said = []
    for payload, citation in zip(PAYLOADS, cited, strict=True):
        sentences = (
            Sentence(payload, (citation,), "partial", Reason("other", (payload,))),
            Sentence(citation.quote, (citation,), "verified", is_quote=True, lead="source"),
        )
        answer = Answer(
            payload, sentences, (), (citation,), "answered", payload, took, payload, payload
        )
        said.append(Exchange(payload, answer, "done"))
    last = Answer(
        "All?", (Sentence("All.", tuple(cited), "verified"),), (), tuple(cited), "answered"
    )
    return [*said, Exchange("All?", last, "done")]


def main() -> None:
    """Serve until a signal comes."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--go", type=Path, required=True)
    given = options.parse_args()
    folder = given.go.parent / "library"
    articles = [article(number, payload) for number, payload in enumerate(PAYLOADS)]
    with opened(load(library=folder, answers="quotes"), TinyEmbedder()) as library:
        library.add(articles)
        history = History(folder / CATALOG)
        for number, payload in enumerate(PAYLOADS):
            history.save(f"browser:{SECRET}", f"{number:032x}", [Exchange(payload)])
        history.save(f"browser:{SECRET}", EVERYTHING, exchanges(articles))
        history.close()
        serve(StockedEngine(library), folder, port=given.port, on_ready=tell)


if __name__ == "__main__":
    main()
