"""``make bench-growth``: what one question costs as the library grows.

The chunks are generated: words drawn by Zipf's law, in sentences, about as long as real chunks,
with random unit vectors, which are the hardest for the index to tell apart. Time, memory and
disk depend on how many and how long they are, not on what they say.

With ``--database`` the articles are in PostgreSQL, and the vectors in a Chroma server of the run's
own. Memory is then this process's alone; what PostgreSQL and Chroma need on disk is told together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from eval.bench.retrieval import DEPTH, staged
from eval.bench.vectors import server
from rag import disk
from rag.index import catalogs
from rag.index.chunking import chunk
from rag.index.library import Library, opened
from rag.language.lexicon import STOP_WORDS
from rag.models.embedder import embedder
from rag.models.reranker import reranker
from rag.models.store import ModelStore
from rag.opening import apart
from rag.protocols import Embedder, Reranker
from rag.schema import Article
from rag.settings import Settings
from rag.settings import load as load_settings

CHUNKS_PER_ARTICLE = 20
SEED = 1
_TABLES_OF = (
    "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) FROM pg_class "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relkind = 'r' AND nspname = '{}'"
)


class RandomDocuments:
    """Embeds questions for real, and documents as random unit vectors."""

    def __init__(self, real: Embedder) -> None:
        self.fingerprint = f"random documents, {real.fingerprint}"
        self._real = real
        self._size = len(real.embed_query("how many dimensions?"))
        self._random = np.random.default_rng(SEED)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One random unit vector a text."""
        vectors = self._random.normal(size=(len(texts), self._size)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return list(vectors)

    def embed_query(self, text: str) -> list[float]:
        """The real vector of a question."""
        return self._real.embed_query(text)


@cache
def vocabulary() -> tuple[str, ...]:
    """Every word that says little, then the whole words of the reranker, shuffled.

    Real words, because a made-up one falls into many pieces, which the cross-encoder must read.
    """
    from tokenizers import Tokenizer

    settings = load_settings()
    folder = ModelStore(settings.models_dir).path(settings.reranker)
    entries = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    rare = sorted(word for word in entries if word.isascii() and word.isalpha() and len(word) > 2)
    random.Random(SEED).shuffle(rare)
    little = sorted(STOP_WORDS)
    return (*little, *(word for word in rare if word not in STOP_WORDS))


def words(count: int, draw: random.Random) -> Iterator[str]:
    """Words by Zipf's law, those that say little being the most common."""
    ranked = vocabulary()
    weights = list(accumulate(1 / rank for rank in range(1, len(ranked) + 1)))
    yield from draw.choices(ranked, cum_weights=weights, k=count)


def articles(count: int) -> Iterator[Article]:
    """Articles of about twenty chunks each."""
    draw = random.Random(SEED)
    for number in range(count):
        stream = words(CHUNKS_PER_ARTICLE * 76, draw)
        sentences: list[str] = []
        while sentence := list(islice(stream, draw.randint(8, 24))):
            sentences.append(" ".join(sentence).capitalize() + ".")
        text = " ".join(sentences)
        digest = hashlib.sha256(text.encode()).hexdigest()
        source = f"growth:{number}"
        yield Article(digest[:12], f"Article {number}", source, None, None, None, digest, text)


def questions(count: int) -> list[str]:
    """Questions of two rare words and some common ones."""
    draw = random.Random(SEED + 1)
    stream = words(100_000, draw)
    rare = [word for word in stream if word not in STOP_WORDS]
    return [
        f"What did the {rare[2 * i]} of {rare[2 * i + 1]} do to {rare[-i - 1]}?"
        for i in range(count)
    ]


@contextmanager
def empty(settings: Settings, database: str | None) -> Iterator[Settings]:
    """The settings of a library that is not there yet and is gone afterwards: in a folder, or in a
    database and a Chroma server.

    Raises:
        LibraryError: PostgreSQL does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="ibid-growth-") as folder, ExitStack() as stack:
        there = apart(settings, Path(folder) / f"growth-{os.getpid()}")
        if database:
            address, _ = stack.enter_context(server(there.library / "vectors"))
            there = there.model_copy(update={"database": SecretStr(database), "chroma": address})
            stack.callback(_asked, there, "DROP SCHEMA IF EXISTS {} CASCADE")
        yield there


def _asked(settings: Settings, statement: str) -> int:
    """What the database says to a statement about the library's schema; 0 where there is none."""
    kept = catalogs.database_of(settings)
    if kept is None:
        return 0
    engine = kept.engine()
    with engine.begin() as db:
        said = db.exec_driver_sql(statement.format(kept.schema))
        told = int(said.scalar_one()) if said.returns_rows else 0
    engine.dispose()
    return told


def bench(
    sizes: Sequence[int], settings: Settings, asked: int, database: str | None = None
) -> list[dict[str, Any]]:
    """One row a size: chunks, milliseconds, megabytes of disk and memory, seconds to add.

    Raises:
        LibraryError: the database does not answer.
    """
    rows = []
    scorer = reranker(settings)
    embed = RandomDocuments(embedder(settings))
    with empty(settings, database) as there, opened(there, embed, purpose="benchmark") as own:
        source = articles(10**9)
        adding = 0.0
        for size in sizes:
            began = time.perf_counter()
            while own.catalog.count()[1] < size:
                _store(own, source)
            own.bring_up_to_date()
            adding += time.perf_counter() - began
            rows.append(_measure(own, scorer, asked, adding))
    return rows


def _store(own: Library, source: Iterator[Article]) -> None:
    for _ in range(100):
        article = next(source)
        chunks = chunk(article, own.settings.chunk_chars, own.settings.chunk_overlap)
        vectors = own.embedder.embed_documents([piece.text for piece in chunks])
        own.catalog.put(article, chunks, vectors)


def _measure(own: Library, scorer: Reranker, asked: int, adding: float) -> dict[str, Any]:
    retrievers = staged(own, scorer)
    times: dict[str, list[float]] = {stage: [] for stage in retrievers}
    for number, question in enumerate(questions(asked + 3)):
        for stage, retriever in retrievers.items():
            began = time.perf_counter()
            retriever.ranked(question, DEPTH)
            if number >= 3:  # what is loaded on first use is not timed
                times[stage].append(1000 * (time.perf_counter() - began))
    return {
        "chunks": own.catalog.count()[1],
        **{
            f"{stage}_p{percent}_ms": round(float(np.percentile(found, percent)), 1)
            for stage, found in times.items()
            for percent in (50, 95)
        },
        "disk_mb": round(_disk(own) / 1e6, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "adding_s": round(adding, 1),
    }


def _disk(own: Library) -> int:
    """The bytes of the folder, and of what the database keeps of the library."""
    return disk.size_of(own.folder) + _asked(own.settings, _TABLES_OF)


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--database", help="PostgreSQL's address, for a library in it")
    parser.add_argument("--asked", type=int, default=50, help="questions a size")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    rows = bench(arguments.sizes, load_settings(), arguments.asked, arguments.database)
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=200).print(table)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
