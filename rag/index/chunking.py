"""`Article` to `Chunk`s: whole sentences, overlapping by whole sentences, with exact offsets."""

from __future__ import annotations

from collections.abc import Callable

from rag.language.sentences import Span, sentences_of
from rag.schema import Article, Chunk

_TOLD_EVERY = 100_000  # characters, which take a tenth of a second


def chunk(
    article: Article,
    chars: int = 650,
    overlap: int = 200,
    on_cut: Callable[[], None] = lambda: None,
) -> list[Chunk]:
    """Cut an article into chunks of about ``chars`` characters.

    A chunk is a run of whole sentences; one longer than ``chars`` is cut at white space. It ends
    with its paragraph once it is half full, and else begins with as many of its predecessor's
    last sentences as fit ``overlap`` characters.

    ``on_cut`` is called about every 100,000 characters; what it raises ends the cutting there.

    Returns:
        Chunks in reading order, each with ``article.text[start:end] == text``; none for a blank
        article. Every character that is not white space is in at least one of them.
    """
    return [
        Chunk(
            id=f"{article.id}.{article.digest[:8]}.{number}",
            article_id=article.id,
            start=span.start,
            end=span.end,
            text=article.text[span.start : span.end],
        )
        for number, span in enumerate(pack(article.text, chars, overlap, on_cut))
    ]


def in_context(title: str, text: str) -> str:
    """Words as a model should read them: after the title, which says what they are about."""
    return f"{title}. {text}"


def pack(
    text: str,
    chars: int,
    overlap: int,
    on_cut: Callable[[], None] = lambda: None,
) -> list[Span]:
    """The spans of `chunk`, of any text."""
    sentences: list[Span] = []
    told = 0
    for sentence in sentences_of(text, longest=chars):
        sentences.append(sentence)
        if sentence.end - told >= _TOLD_EVERY:
            told = sentence.end
            on_cut()
    chunks: list[Span] = []
    first = 0
    while first < len(sentences):
        last = first
        while (
            last + 1 < len(sentences)
            and _length(sentences, first, last + 1) <= chars
            and not (
                _length(sentences, first, last) >= chars / 2
                and _is_end_of_paragraph(text, sentences, last)
            )
        ):
            last += 1
        chunks.append(Span(sentences[first].start, sentences[last].end))
        after = last + 1
        first = after
        # Stepping back must leave room for the next sentence, or a chunk would repeat its
        # predecessor's end and hold nothing new; and another paragraph needs no such end.
        while (
            after < len(sentences)
            and first > 0
            and _length(sentences, first - 1, last) <= overlap
            and _length(sentences, first - 1, after) <= chars
            and not _is_end_of_paragraph(text, sentences, first - 1)
        ):
            first -= 1
    return chunks


def _is_end_of_paragraph(text: str, sentences: list[Span], number: int) -> bool:
    return text.count("\n", sentences[number].end, sentences[number + 1].start) > 1


def _length(sentences: list[Span], first: int, last: int) -> int:
    return sentences[last].end - sentences[first].start
