"""Promises of how the answers of other systems are read: what they cite, and where that stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import make_article

from eval.metrics import containment
from eval.targets import markdown, reading
from eval.targets.articles import SetArticles, Source
from eval.targets.endpoint import Citations
from eval.targets.reply import Reply
from eval.targets.words import examples, is_refusal, wrong
from rag.errors import ProviderError
from rag.settings import load

OPENED = "It opened in 1889."
TOWER = make_article(
    f"The tower stands in Paris. {OPENED} It is 330 metres tall, says the mayor.",
    "https://news.example/2024/tower",
    title="The tower of Paris",
)
BRIDGE = make_article(
    "The bridge is red. It opened in 1937.", "/home/me/texts/bridge.md", title="The bridge"
)
ARTICLES = SetArticles([TOWER, BRIDGE], load(library=Path("nowhere")))


def read(content: Any, mode: Citations = "auto", **fields: Any) -> Reply:
    """An answer with fields in its message; those that begin with ``top_`` beside the choices."""
    top = {name[4:]: value for name, value in fields.items() if name.startswith("top_")}
    inside = {name: value for name, value in fields.items() if not name.startswith("top_")}
    document = {"choices": [{"message": {"content": content, **inside}}], **top}
    return reading.read(reading.message_of(document), mode, ARTICLES, "When?", "peer")


def cited(reply: Reply) -> list[tuple[str, list[str]]]:
    """Each sentence and what it cites: words of an article, or the whole of it by its title."""
    return [
        (
            sentence.text,
            [one.quote or f"all of {one.article.title}" for one in sentence.citations],
        )
        for sentence in reply.answer.sentences
    ]


FOOTNOTES = {
    "a list at the end": "In 1889 [1].\n\n[1] The tower of Paris: “It opened in 1889.”",
    "a list without blank lines": "In 1889 [1].\n[1] The tower of Paris: “It opened in 1889.”",
    "below a heading": "In 1889 [1].\n\n## Sources\n\n1. The tower of Paris, “It opened in 1889.”",
    "below a bold line": 'In 1889 [1].\n\n**References:**\n\n- [1] Tower, "It opened in 1889."',
    "below a German line": "In 1889 [1].\n\nQuellen:\n\n1. Turm, „It opened in 1889.“",
    "a footnote of Markdown": "In 1889[^a].\n\n[^a]: The tower of Paris, “It opened in 1889.”",
    "a footnote with a number": "In 1889.[^1]\n\n[^1]: “It opened in 1889.” The tower of Paris",
    "with other white space": "In 1889 [1].\n\n[1] Tower: “It\n opened  in 1889.”",
    "a long list of words before it": "In 1889 [1].\n\n[1] The tower of Paris, News, 3 May 2024, "
    "page 2: “It opened in 1889.” <https://news.example/2024/tower>",
}


@pytest.mark.parametrize("content", FOOTNOTES.values(), ids=FOOTNOTES.keys())
def test_notes_are_found_in_whatever_form_they_are_written(content: str) -> None:
    reply = read(content)
    assert cited(reply) == [("In 1889.", [OPENED])]
    (citation,) = reply.answer.evidence
    assert TOWER.text[citation.start : citation.end] == OPENED
    assert reply.disclosed.citations and reply.disclosed.places and reply.disclosed.quotes


LINKS = {
    "a link": "In 1889, [as they say](https://news.example/2024/tower).",
    "a link with a number": "In 1889 [1](https://news.example/2024/tower).",
    "a link in brackets": "In 1889 [[1]](https://news.example/2024/tower).",
    "a definition of a link": "In 1889 [1].\n\n[1]: https://news.example/2024/tower",
    "a bare address": "In 1889 <https://www.news.example/2024/tower/>.",
    "a note with an address": "In 1889 [1].\n\n[1] https://news.example/2024/tower",
    "a note with a title": "In 1889 [1].\n\n[1] The tower of Paris",
}


@pytest.mark.parametrize("content", LINKS.values(), ids=LINKS.keys())
def test_a_link_cites_the_whole_article_that_it_leads_to(content: str) -> None:
    reply = read(content, "footnotes")
    ((_, quotes),) = cited(reply)
    assert quotes == ["all of The tower of Paris"]
    assert not reply.disclosed.quotes


OPENAI = {"url": "https://news.example/2024/tower", "title": "x", "start_index": 3, "end_index": 7}
FIELDS: dict[str, dict[str, Any]] = {
    "addresses": {"top_citations": ["https://news.example/2024/tower", "https://else.example"]},
    "addresses in the message": {"citations": ["https://news.example/2024/tower"]},
    "annotations": {"annotations": [{"type": "url_citation", "url_citation": OPENAI}]},
    "files": {
        "annotations": [
            {"type": "file_citation", "filename": "tower", "text": OPENED, "end_index": 7}
        ]
    },
    "quoted objects": {"citations": [{"number": 1, "quote": OPENED, "sentence": "In 1889."}]},
    "objects of a place": {
        "citations": [{"number": 1, "article": {"id": TOWER.id}, "start": 27, "end": 45,
                       "quote": OPENED, "sentence": "In 1889.", "verdict": "verified"}]
    },
    "sources with documents": {
        "top_sources": [
            {"source": {"id": "1", "name": "tower"}, "document": [f"{OPENED} It is"],
             "metadata": [{"source": "tower"}], "distances": [0.2]}
        ]
    },
    "a context": {
        "context": {"intent": "x", "citations": [{"content": OPENED, "title": "tower"}]}
    },
    "pieces of the text": {
        "citations": [{"start": 3, "end": 7, "text": "1889",
                       "sources": [{"document": {"id": "d1", "text": OPENED}}]}]
    },
}  # fmt: skip


@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS.keys())
@pytest.mark.parametrize("content", ["In 1889 [1].", "In 1889."])
def test_fields_beside_the_text_are_read_in_whatever_form(
    content: str, fields: dict[str, Any]
) -> None:
    reply = read(content, **fields)
    ((text, quotes),) = cited(reply)
    assert text == "In 1889."
    # Without marks a bare list of addresses is all cited, also what nobody knows.
    assert quotes[0] in (OPENED, f"{OPENED} It is", "all of The tower of Paris")
    assert {one.article.id for one in reply.answer.evidence} <= {TOWER.id, ""}


def test_each_sentence_has_its_own_citations_and_a_mark_behind_it_counts() -> None:
    reply = read(
        "It opened in 1889. [1] It is tall [1, 2], red[2]. Nobody knows more.",
        citations=[{"quote": OPENED}, {"quote": "The bridge is red."}],
    )
    assert cited(reply) == [
        ("It opened in 1889.", [OPENED]),
        ("It is tall, red.", [OPENED, "The bridge is red."]),
        ("Nobody knows more.", []),
    ]
    assert [one.number for one in reply.answer.sentences[1].citations] == [1, 2]


def test_what_is_listed_and_cited_nowhere_is_not_cited_where_other_marks_are() -> None:
    urls = ["https://news.example/2024/tower", "https://else.example", "https://more.example"]
    reply = read("In 1889 [1].", top_citations=urls)
    assert cited(reply) == [("In 1889.", ["all of The tower of Paris"])]
    assert reply.disclosed.places
    unmarked = read("In 1889. It is tall.", top_citations=urls)
    assert not unmarked.disclosed.places
    assert [len(sentence.citations) for sentence in unmarked.answer.sentences] == [3, 0]


def test_what_search_found_and_no_mark_names_is_not_cited() -> None:
    found = [{"text": OPENED, "score": 0.5}, {"page_content": "The bridge is red."}]
    reply = read("In 1889. It is red [2].", documents=found)
    assert cited(reply) == [("In 1889.", []), ("It is red.", ["The bridge is red."])]
    assert [one.text for one in reply.answer.passages] == [OPENED, "The bridge is red."]
    assert reply.disclosed.passages and reply.answer.passages[0].score == 0.5
    assert not read("In 1889.", "field", citations=[]).disclosed.passages


def test_a_mark_that_leads_nowhere_is_a_citation_of_nothing() -> None:
    reply = read("In 1889 [7].", citations=[{"quote": OPENED}])
    (citation,) = reply.answer.evidence
    assert citation.article.id == ""


def test_words_in_code_escaped_brackets_and_years_are_no_marks() -> None:
    written = markdown.read("Take `a[1]` and \\[2\\] or [2019] of [them].")
    assert written.text == "Take a[1] and [2] or [2019] of [them]."
    assert written.marks == []


def test_quotation_marks_do_not_hide_a_word_from_the_measures() -> None:
    reply = read("The campaign is called „Tower“, and “began in 1889.”")
    (sentence,) = reply.answer.sentences
    assert containment(sentence.text, ["1889"]) == containment(sentence.text, ["Tower"]) == 1


def test_headings_are_no_sentences_and_lists_are() -> None:
    written = markdown.read("## Answer\n\n- It is red [1].\n- It is long.\n\nThat is *all*.")
    assert [one.text for one in written.sentences] == ["It is red.", "It is long.", "That is all."]


def test_parts_of_a_message_are_one_text_with_the_annotations_of_each() -> None:
    parts = [
        {"type": "text", "text": "It is red. "},
        {"type": "text", "text": "In 1889.", "annotations": [
            {"type": "file_citation", "quote": OPENED, "start_index": 3, "end_index": 7}]},
    ]  # fmt: skip
    assert cited(read(parts)) == [("It is red.", []), ("In 1889.", [OPENED])]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (Source(("The tower of Paris",), OPENED), OPENED),
        (Source((), OPENED), OPENED),
        (Source((), "1889."), None),  # so few words may stand anywhere
        (Source(("tower",), "1889."), "1889."),
        (Source(("https://news.example/2024/tower",)), TOWER.text),
        (Source(("http://www.news.example/2024/tower/#top",)), TOWER.text),
        (Source(("bridge.md",)), BRIDGE.text),
        (Source(("C:\\files\\bridge.md",)), BRIDGE.text),
        (Source(("the BRIDGE",)), BRIDGE.text),
        (Source(("The tower of Paris, News, 2024",)), TOWER.text),
        (Source(("Another tower",)), None),
        (Source(("The tower of Paris",), "It closed in 1999, they say, for good."), None),
        (Source(("bridge.md",), OPENED), OPENED),  # the words say where they are from
        (Source((TOWER.id,), OPENED, 27, 45), OPENED),
        (Source((TOWER.id,), OPENED, 0, 18), OPENED),  # the place is wrong, the words are right
        (Source((TOWER.id,), "", 27, 45), OPENED),
        (Source((), "The tower stands … 330 metres tall, says the mayor."), TOWER.text),
        (
            Source((), f"The tower of Paris. {OPENED} It is 330 metres tall, says"),
            f"{OPENED} It is 330 metres tall, says",
        ),
        (Source((), "it opened in **1889** - It is 330 metres"), f"{OPENED} It is 330 metres"),
        (Source(("",)), None),
        (Source(), None),
    ],
)
def test_a_source_is_found_by_its_words_or_by_its_name(source: Source, place: str | None) -> None:
    citation = ARTICLES.cited(source, 1)
    if place is None:
        assert citation.article.id == ""
    else:
        article = ARTICLES.article(citation.article.id)
        assert article.text[citation.start : citation.end].strip() == place.strip()


def test_a_name_that_several_articles_have_means_none_of_them() -> None:
    twin = make_article("The other bridge is blue.", "other", title="The bridge")
    articles = SetArticles([BRIDGE, twin], ARTICLES.settings)
    assert articles.cited(Source(("The bridge",)), 1).article.id == ""


def test_a_refusal_that_the_system_itself_declares_is_one() -> None:
    reply = read(None, refusal="I will not.")
    assert reply.answer.status == "refused" and reply.answer.text == "I will not."


def test_refusals_are_read_with_the_error_that_is_told() -> None:
    assert wrong("develop") == []
    held_out = [one for one in examples() if one.half == "held out"]
    assert len(held_out) == 46 and len(wrong("held out")) <= 3
    for language in ("en", "de"):
        labels = {one.refused for one in held_out if one.language == language}
        assert labels == {True, False}


def test_an_answer_is_no_refusal_for_what_it_leaves_open_at_its_end() -> None:
    assert is_refusal("Sorry! The documents do not mention it. They tell of a bridge.")
    assert not is_refusal("It opened in 1889. The documents do not mention the day.")
    assert not is_refusal("")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 50) | st.text("a[1]. \n“”", max_size=12),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["citations", "sources", "document", "metadata", "text", "quote", "url",
                         "start", "end", "number", "article", "source", "end_index", "context"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    content=st.text("It 1889.[]^()*_`\\\n:<>【】†\ue000\ue001–“”", max_size=60),
    message=JSON,
    beside=JSON,
)
def test_whatever_is_sent_is_read_or_refused(content: str, message: Any, beside: Any) -> None:
    document: dict[str, Any] = beside if isinstance(beside, dict) else {}
    inside = message if isinstance(message, dict) else {"annotations": message}
    whole = {**document, "choices": [{"message": {**inside, "content": content}}]}
    try:
        said = reading.message_of(whole)
    except ProviderError:
        assert not content.strip()
        return
    for mode in ("auto", "field", "footnotes", "none"):
        reply = reading.read(said, mode, ARTICLES, "?", "peer")
        for citation in reply.answer.evidence:
            assert citation.start < citation.end
        if mode == "none":
            assert reply.answer.evidence == ()


def of_ibid(status: str, *cited: tuple[str, str, str]) -> Reply:
    """An answer as an Ibid's API gives it: sentences, their verdicts and their quotations."""
    citations = [
        {
            "number": number, "quote": quote, "sentence": sentence, "verdict": verdict,
            "article": {"id": "of its library", "title": "The tower of Paris", "source": "/x.md"},
            "start": 500, "end": 500 + len(quote), "reason": "", "page": None, "link": "/v1/…",
        }
        for number, (sentence, verdict, quote) in enumerate(cited, start=1)
    ]  # fmt: skip
    return read("It says nothing of a fee.", citations=citations, status=status)


def test_the_verdicts_of_another_ibid_are_read_with_the_words_of_each_sentence() -> None:
    tall = "It is 330 metres tall, says the mayor."
    reply = of_ibid(
        "answered",
        ("It opened in 1889.", "verified", OPENED),
        ("It is 330 metres high.", "partial", tall),
        ("It is 330 metres high.", "partial", OPENED),
    )
    assert cited(reply) == [
        ("It opened in 1889.", [OPENED]),
        ("It is 330 metres high.", [tall, OPENED]),
    ]
    assert [(one.support, one.is_quote) for one in reply.answer.sentences] == [
        ("verified", True),
        ("partial", False),
    ]
    assert {one.article.id for one in reply.answer.evidence} == {TOWER.id}
    assert reply.disclosed.verdicts and reply.disclosed.doubts
    assert not (
        reply.disclosed.wordings or reply.disclosed.probabilities or reply.disclosed.passages
    )
    assert not reply.disclosed.uncited


def test_another_ibid_says_itself_that_it_refuses_or_hedges() -> None:
    assert of_ibid("refused").answer.status == "refused"
    assert of_ibid("own").answer.status == "own"
    assert of_ibid("hedged", ("It opened in 1889.", "verified", OPENED)).answer.status == "hedged"
    assert of_ibid("refused").disclosed.uncited
    # Whoever has no verdicts, or words of its own for them, is read as any other.
    assert not of_ibid("done").disclosed.verdicts
    assert not of_ibid("answered", ("In 1889.", "splendid", OPENED)).disclosed.verdicts
