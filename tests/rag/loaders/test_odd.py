"""Promises of real documents: whatever their layout, what they say is found, and can be quoted."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from rag.language.sentences import split
from rag.loaders import Reading
from rag.loaders.files import FORMATS
from rag.schema import Article
from tests.rag.loaders.odd import ODD

for _name in "books decks documents letters packed pages prints sheets texts".split():
    import_module(f"tests.rag.loaders.odd.{_name}")

AT_LEAST = 5


def quoted(article: Article, said: str) -> str:
    """The sentence of the article in which the words stand together; empty if none is."""
    # Markdown is kept as it was written, with the marks of a quotation before each of its lines.
    between = r"\s+(?:>\s*)*" if article.is_markdown else r"\s+"
    words = re.compile(between.join(map(re.escape, said.split())))
    spans = (article.text[span.start : span.end] for span in split(article.text))
    return next((sentence for sentence in spans if words.search(sentence)), "")


@pytest.mark.parametrize("name", ODD)
def test_the_sentence_of_an_odd_document_can_be_quoted_from_its_text(
    tmp_path: Path, name: str
) -> None:
    made = ODD[name]()
    (tmp_path / made.file).write_bytes(made.data)
    parts = Reading().each(tmp_path / made.file)
    articles = [part for part in parts if isinstance(part, Article)]
    texts = [article.text for article in articles]
    assert any(quoted(article, made.said) for article in articles), texts
    for words in made.unsaid:
        assert not any(words in text for text in texts), (words, texts)


def test_there_are_five_odd_documents_of_each_format() -> None:
    alike = {".markdown": ".md", ".htm": ".html", ".tsv": ".csv", ".docm": ".docx"}
    alike |= {".pptm": ".pptx", ".xlsm": ".xlsx"}
    kinds = (Path(make().file).suffix for make in ODD.values())
    count = Counter(alike.get(kind, kind) for kind in kinds)
    assert {kind for kind in FORMATS if count[alike.get(kind, kind)] < AT_LEAST} == set()
