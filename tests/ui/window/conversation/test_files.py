"""A conversation as a file of each kind, opened again by a reader that Ibid has no part in."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from pybtex.database import parse_string

from rag.reasons import Reason
from rag.schema import Answer, ArticleInfo, Citation, Sentence, Support
from ui import strings
from ui.strings import speaking
from ui.window.chat import render
from ui.window.conversation.export import only
from ui.window.conversation.files import KINDS, made, named
from ui.window.conversation.files.references import sources
from ui.window.conversation.history import Conversation
from ui.window.conversation.types import Exchange

TEXT = (
    "# Überfahrten\n\n| Jahr | Fahrgäste |\n|---|---:|\n| 2019 | 412 |\n\n"
    "- zwei `Fähren`\n- ein Boot\n"
)
COURIER = ArticleInfo(
    "a1", "Night ferry returns", "https://news.example/ferry?x=1", "The Courier",
    date(2025, 4, 14), "en", "d1", author="Jo O’Neill",
)  # fmt: skip
TABLE = ArticleInfo("b2", "Überfahrten", "notizen/fähre.md", None, None, "de", "d2")
RUSSIAN = ArticleInfo("c3", "Паром", "https://новости.example/1", None, None, "ru", "d3")


def quoting(number: int, article: ArticleInfo, quote: str, head: str = "") -> Citation:
    start = max(TEXT.find(quote), 0)
    return Citation(number, article, start, start + len(quote), quote, head=head)


ONE = replace(quoting(1, COURIER, "“The ferry” – she said – is back."), start=0, answer=(5, 10))
ROW = quoting(2, TABLE, "| 2019 | 412 |", "| Jahr | Fahrgäste |\n|---|---:|")
LIST = quoting(3, TABLE, "- zwei `Fähren`\n- ein Boot")
OTHER = quoting(4, RUSSIAN, "Паром вернулся.")
SAID = (
    Sentence("Die Fähre fährt „wieder“.", (ONE,), "verified"),
    Sentence("It is late.", (OTHER, ONE), "partial", Reason("missing", ("late",))),
    Sentence(ONE.quote, (ONE,), "verified", Reason("quoted"), is_quote=True, lead="differs"),
    Sentence(ROW.quote, (ROW,), "verified", Reason("quoted"), is_quote=True, lead="source"),
    Sentence(LIST.quote, (LIST,), "verified", Reason("quoted"), is_quote=True),
)
WHEN = datetime(2026, 1, 2, 3, 4, 5)
ASKED = datetime(2026, 2, 3, 12).timestamp()
FIRST = Exchange(
    "Wann fährt sie?",
    Answer("?", SAID, (), (ONE, ROW, LIST, OTHER), "answered", "qwen", standalone="When?"),
    "done",
    asked=ASKED,
)
SECOND = replace(FIRST, question="Und dann?", answer=Answer("?", SAID[:1], (), (ONE,), "answered"))
TALK = Conversation("c1", "Die Fähre", WHEN, WHEN, (FIRST, SECOND, Exchange("So?")))


def of_docx(talk: Conversation) -> str:
    found = docx.Document(io.BytesIO(made(talk, "docx")))
    pieces = []
    for block in found.iter_inner_content():
        if isinstance(block, docx.table.Table):
            pieces += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            pieces.append(block.text)
    return "\n".join(pieces)


def of_pdf(talk: Conversation) -> str:
    return "\n".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made(talk, "pdf"))).pages
    )


def of_html(talk: Conversation) -> str:
    return str(lxml_html.fromstring(made(talk, "html").decode()).find("body").text_content())


def of_markdown(talk: Conversation) -> str:
    shown = MarkdownIt().enable("table").render(made(talk, "md").decode())
    return str(lxml_html.fromstring(shown).text_content()).replace("[^1-", "[").replace("[^2-", "[")


READERS = {"docx": of_docx, "pdf": of_pdf, "html": of_html, "md": of_markdown}


def squeezed(text: str) -> str:
    """Without white space, which each kind of file has its own of."""
    return re.sub(r"[\s\[\]]", "", text)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_file_says_what_the_window_shows_in_its_order(
    read: Callable[[Conversation], str], language: str
) -> None:
    with speaking(language):
        text = squeezed(read(TALK))
        shown = [
            "Die Fähre", strings.day(WHEN.date()), "Wann fährt sie?",
            strings.UNDERSTOOD_AS.format(question="When?"),
            "Die Fähre fährt „wieder“.1 It is late.41", strings.PARTIAL, strings.before(SAID[2]),
            ONE.quote, "1", strings.before(SAID[3]), "Jahr Fahrgäste 2019 412", "2",
            "ein Boot", "3", strings.WRITTEN_BY.format(model="qwen"), ONE.quote,
            "Night ferry returns", strings.whence(COURIER), strings.day(date(2025, 4, 14)),
            "https://news.example/ferry?x=1", "Überfahrten, notizen/fähre.md", OTHER.quote, "Паром",
            "Und dann?", "Die Fähre fährt „wieder“.1", ONE.quote, "So?", strings.UNANSWERED_YET,
        ]  # fmt: skip
        place = 0
        for words in map(squeezed, shown):
            assert words in text[place:], words
            place = text.index(words, place) + len(words)


def test_the_words_and_the_numbers_are_those_of_the_chat() -> None:
    with speaking("de"):
        page = lxml_html.fromstring(
            MarkdownIt("commonmark", {"html": True}).render(render.reply(FIRST, 0))
        )
        chips = [one.text for one in page.xpath("//a[starts-with(@href, '#cite-')]")]
        kept = lxml_html.fromstring(made(TALK, "html").decode()).xpath("//section[1]")[0]
    assert [one.text for one in kept.xpath(".//sup/a")] == chips == ["1", "4", "1", "1", "2", "3"]
    assert [one.text_content() for one in kept.xpath(".//strong")] == ["ferry"]
    targets = {one.get("id") for one in kept.xpath(".//li[@id]")}
    assert {one.get("href")[1:] for one in kept.xpath(".//sup/a")} <= targets


def test_a_table_stays_a_table_and_a_list_a_list() -> None:
    word = docx.Document(io.BytesIO(made(TALK, "docx")))
    rows = [["Jahr", "Fahrgäste"], ["2019", "412"]]
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == rows
    assert [p.text for p in word.paragraphs if p.style.name == "List Bullet"][:2] == [
        "zwei Fähren", "ein Boot",
    ]  # fmt: skip
    page = lxml_html.fromstring(made(TALK, "html").decode())
    assert [[c.text_content() for c in r] for r in page.xpath("(//table)[1]/tr")] == rows
    text = made(TALK, "md").decode()
    assert "> | Jahr | Fahrgäste |\n> | --- | --: |\n> | 2019 | 412 |\n>\n> [^1-2]" in text


def test_the_page_holds_all_it_needs_and_runs_and_fetches_nothing() -> None:
    page = lxml_html.fromstring(made(TALK, "html").decode())
    assert page.xpath("//script | //link | //img | //iframe | //object | //form | //base") == []
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy[0].startswith("default-src 'none'")
    leads = {one for one in page.xpath("//a/@href") if not one.startswith("#")}
    assert leads == {COURIER.source, RUSSIAN.source}


def test_numbers_of_the_word_and_pdf_files_lead_to_their_notes() -> None:
    body = docx.Document(io.BytesIO(made(TALK, "docx"))).element.body
    names = set(body.xpath(".//w:bookmarkStart/@w:name"))
    anchors = body.xpath(".//w:hyperlink/@w:anchor")
    assert anchors and set(anchors) <= names
    reader = pypdf.PdfReader(io.BytesIO(made(TALK, "pdf")))
    links: list[Any] = [
        one.get_object() for page in reader.pages for one in page.get("/Annots", [])
    ]
    assert {one["/A"]["/URI"] for one in links if "/A" in one} >= {COURIER.source}
    assert sum("/Dest" in one for one in links) == 7
    assert [one["/Title"] for one in reader.outline] == ["Wann fährt sie?", "Und dann?", "So?"]


def test_a_pdf_says_how_many_letters_it_cannot_show() -> None:
    talk = replace(TALK, title="你好, Fähre", exchanges=(Exchange("你 שלום?"),))
    text = of_pdf(talk)
    assert "□□, Fähre" in text
    assert strings.PDF_LACKS.format(count=2, box="□")[:40] in text
    assert "U+4F60, U+597D" in text.replace("\n", " ")
    assert "U+" not in of_pdf(TALK)


def test_bibtex_has_each_source_once_and_a_strict_reader_takes_it() -> None:
    entries = parse_string(made(TALK, "bib").decode(), "bibtex").entries
    assert (
        list(entries) == ["neill2025night", "anonuberfahrten", "newsexample"] or len(entries) == 3
    )
    first = entries["neill2025night"].fields
    assert first["title"] == "{Night ferry returns}"
    assert (first["year"], first["month"], first["date"]) == ("2025", "April", "2025-04-14")
    assert (first["url"], first["urldate"]) == (COURIER.source, "2026-02-03")
    assert first["publisher"] == "The Courier"
    assert [str(one) for one in entries["neill2025night"].persons["author"]] == ["{Jo O’Neill}"]
    assert entries["anonuberfahrten"].fields["note"] == "notizen/fähre.md"


def test_csl_has_each_source_once_with_its_date_publisher_author_address_and_the_day_read() -> None:
    items = json.loads(made(TALK, "csl"))
    assert [one["title"] for one in items] == ["Night ferry returns", "Überfahrten", "Паром"]
    assert len({one["id"] for one in items}) == 3
    assert items[0] == {
        "id": "neill2025night",
        "type": "webpage",
        "title": "Night ferry returns",
        "author": [{"literal": "Jo O’Neill"}],
        "publisher": "The Courier",
        "container-title": "The Courier",
        "issued": {"date-parts": [[2025, 4, 14]]},
        "accessed": {"date-parts": [[2026, 2, 3]]},
        "URL": COURIER.source,
        "language": "en",
    }


HOSTILE = st.text(
    st.one_of(
        st.sampled_from("{}\\\"'@%$&#_~^<>[]()|`*,=\n\r\t\x00\x07\x1b\ufffe\uffff\u202e\ud800"),
        st.characters(),
    ),
    max_size=60,
)


@settings(max_examples=12, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_words_of_others_break_a_file(title: str, said: str, author: str) -> None:
    article = replace(COURIER, title=title, author=author, publisher=author)
    markdown = replace(article, id="b", source="x.md")
    cited = (Citation(1, article, 0, len(said), said), Citation(2, markdown, 0, len(said), said))
    told = (
        Sentence(said, cited, "verified"),
        *(Sentence(said, (one,), "verified", is_quote=True) for one in cited),
    )
    answer = Answer(said, told, (), cited, "answered", said)
    talk = Conversation("c", title, WHEN, WHEN, (Exchange(said, answer, "done"),) * 2)
    docx.Document(io.BytesIO(made(talk, "docx")))
    assert len(pypdf.PdfReader(io.BytesIO(made(talk, "pdf"))).pages) >= 1
    entries = parse_string(made(talk, "bib").decode(), "bibtex").entries
    assert len(entries) == len(sources(talk)) == len(json.loads(made(talk, "csl"))) == 2
    tags = Tags()
    tags.feed(made(talk, "html").decode())
    assert tags.seen <= {
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section",
        "h1", "h2", "h3", "p", "ol", "ul", "li", "blockquote", "cite", "sup", "a", "strong", "em",
        "del", "code", "pre", "table", "tr", "th", "td", "div", "br",
    }  # fmt: skip
    assert tags.attributes <= {
        "lang", "charset", "name", "content", "http-equiv", "dir", "class", "value", "id", "href",
        "rel", "start",
    }  # fmt: skip


@pytest.mark.parametrize(
    "quote",
    [
        "\n".join("  " * depth + "- deeper" for depth in range(36)),
        "> " * 36 + "deeper",
        "|" + "a|" * 80 + "\n|" + "-|" * 80 + "\n|" + "b|" * 80,
        "x" * 3000,
    ],
    ids=["list", "quotations", "columns", "word"],
)
def test_what_has_no_room_on_a_page_is_written_all_the_same(quote: str) -> None:
    cited = Citation(1, replace(TABLE, source="x.md"), 0, len(quote), quote)
    told = Sentence(quote, (cited,), "verified", is_quote=True)
    talk = replace(TALK, exchanges=(replace(FIRST, answer=Answer("?", (told,), status="quoted")),))
    for read in READERS.values():
        assert read(talk).strip()


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("support", ["verified", "partial", "unchecked", "unsupported"])
def test_a_doubt_that_the_window_shows_is_kept(support: Support) -> None:
    told = Sentence("It is late.", (OTHER,), support, Reason("missing", ("late",)))
    talk = replace(
        TALK, exchanges=(replace(FIRST, answer=Answer("?", (told,), status="answered")),)
    )
    is_doubted = support != "verified"
    for read in READERS.values():
        assert ("not in the source: late" in read(talk)) == is_doubted


def test_one_answer_can_be_kept_alone_under_its_question() -> None:
    part = only(TALK, "2")
    assert part is not None
    text = of_html(part)
    assert text.count("Und dann?") == 1 and "Wann" not in text
    assert named(part, "csl") == "und-dann.csl.json"
    for wrong in ("0", "4", "-1", "x", "1" * 500, "²"):
        assert only(TALK, wrong) is None


def test_nothing_that_makes_files_is_loaded_before_one_is_wanted() -> None:
    code = "import sys, ui.window.conversation.export; print({'docx', 'fpdf'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert set(KINDS) == {"md", "html", "docx", "pdf", "bib", "csl", "json"}
