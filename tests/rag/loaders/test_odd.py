"""Promises of real documents: whatever their layout, what they say is found, and can be quoted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from doubles import WordScorer
from tiny import make_article

from rag.index.library import Library
from rag.language.sentences import split
from rag.loaders import Reading
from rag.loaders.files import FORMATS
from rag.retrieve.retriever import Retriever
from rag.schema import Article
from tests.rag.loaders.odd.all import ODD

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


FOUND = {
    "texts-notes_at_the_end": "What does the log of the Hanna give?",
    "texts-md_footnotes": "Does the port give fewer passengers than the log?",
    "pages-definitions": "What is the fare at night?",
    "prints-two_columns_with_notes_below_each": "How many of the 412 passengers were children?",
    "documents-changes_tracked_by_paragraph_and_by_row": "How many passengers in all?",
    "decks-speakers_notes": "What shall I tell them of the night ferry?",
    "sheets-merged_over_rows_and_columns": "Line Night, port Aldwick, autumn 2021?",
    "books-notes_out_of_the_reading_order": "Which log gives 412 passengers?",
    "letters-flowing_and_quoted": "How many children were on the night ferry?",
    "sheets-jsonl_nested": "Who carried 412 passengers?",
    "packed-of_many_formats": "What does the log of the Hanna give?",
}


@pytest.mark.parametrize("name", FOUND)
def test_the_sentence_of_an_odd_document_is_found_by_a_question_on_it(
    tmp_path: Path, library: Library, name: str
) -> None:
    made = ODD[name]()
    (tmp_path / made.file).write_bytes(made.data)
    parts = Reading().each(tmp_path / made.file)
    others = [make_article(f"Bread got dearer in {year}. Bakers blame flour.", f"b{year}")
              for year in range(1990, 2005)]  # fmt: skip
    library.add([*others, *(part for part in parts if isinstance(part, Article))])
    retriever = Retriever(library=library, reranker=WordScorer(), settings=library.settings)
    found = retriever.passages(FOUND[name], 3)
    words = " ".join(made.said.split())
    assert any(words in " ".join(one.text.split()) for one in found), [one.text for one in found]
