"""Promises about chunks: exact offsets, whole sentences, nothing lost, nothing too long."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from texts import FAMILY, HOSTILE
from tiny import make_article

from rag.index.chunking import chunk
from rag.language.sentences import split
from rag.schema import Article


def article(text: str) -> Article:
    return Article("a1", "Title", "memory", None, None, None, "d" * 64, text)


@given(HOSTILE, st.integers(1, 120), st.integers(0, 150))
@example("", 100, 20)
@example("word", 100, 20)
@example("x" * 5000, 100, 20)
@example(FAMILY * 200, 100, 20)
@example("e\u0301\u0323" * 500, 100, 20)
@example("שלום עולם. מה שלומך? " * 40, 100, 30)
@example("One line.\r\nAnother one.\r\n\r\n" * 40, 100, 30)
@example("Short. " * 100, 50, 50)
def test_whatever_the_text_chunks_are_exact_bounded_and_lose_nothing(
    text: str, chars: int, overlap: int
) -> None:
    chunks = chunk(article(text), chars, overlap)
    assert all(text[piece.start : piece.end] == piece.text for piece in chunks)
    assert all(0 < len(piece.text) <= chars for piece in chunks)
    covered = {at for piece in chunks for at in range(piece.start, piece.end)}
    assert all(at in covered for at, letter in enumerate(text) if not letter.isspace())
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(chunks))
    assert len({piece.id for piece in chunks}) == len(chunks)


def test_prose_is_cut_at_sentence_ends_into_pieces_of_about_the_asked_length() -> None:
    text = "".join(f"Sentence number {n} says that the river rose again. " for n in range(200))
    chunks = chunk(make_article(text), 650, 100)
    starts, ends = zip(*split(text), strict=True)
    assert all(piece.start in starts and piece.end in ends for piece in chunks)
    assert all(560 <= len(piece.text) <= 650 for piece in chunks[:-1])


def test_a_chunk_begins_with_its_predecessors_last_whole_sentences() -> None:
    text = "".join(f"Sentence number {n} says that the river rose again. " for n in range(60))
    for before, after in pairwise(chunk(make_article(text), 650, 110)):
        shared = text[after.start : before.end]
        assert 50 < len(shared) <= 110
        assert len(split(shared)) == 2


def test_without_overlap_no_sentence_is_in_two_chunks() -> None:
    text = "".join(f"Sentence number {n} says that the river rose again. " for n in range(60))
    assert all(a.end <= b.start for a, b in pairwise(chunk(make_article(text), 650, 0)))


def test_an_edit_of_the_article_gives_its_chunks_other_ids() -> None:
    old, new = make_article("The river rose."), make_article("The river fell.")
    assert old.id == new.id
    assert chunk(old)[0].id != chunk(new)[0].id


@pytest.mark.parametrize("text", ["x" * 2_000_000, "Some words. " * 170_000, FAMILY * 280_000])
def test_a_line_of_two_megabytes_is_chunked_within_seconds(text: str) -> None:
    began = time.process_time()
    assert len(chunk(article(text))) >= 2_000_000 / 650
    assert time.process_time() - began < 15
