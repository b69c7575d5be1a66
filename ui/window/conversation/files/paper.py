"""A conversation as a tree of elements, of which each kind of file is written.

The elements are those of `rag.language.markdown`, without places in a text. Of an article's own
Markdown they keep what means something on paper: lists, tables, code and emphasis. Its links and
pictures are words, so that nothing leads where an article wants; the only addresses are those of
the sources. A ``reference`` has the ``number`` of a note, ``strong`` are the words that answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.language.addresses import link_target
from rag.language.markdown import Element, Words
from rag.language.visible import plain, plain_lines
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui import strings
from ui.window.conversation.history import Conversation
from ui.window.conversation.quotations import before, quoted
from ui.window.conversation.types import Exchange

Part = Element | Words
_KEPT = {
    "list", "item", "table", "head", "row", "cell", "code", "code-block", "emphasis", "deleted",
    "quotation", "break",
}  # fmt: skip
BLOCKS = {"paragraph", "aside", "quotation", "item", "list", "table", "code-block"}
_PARAGRAPHS = {"paragraph", "heading", "html", "note"}


@dataclass(frozen=True, slots=True)
class Note:
    """A numbered source of an answer: what it quotes, where that stands, and its address or ""."""

    number: int
    quote: list[Element]
    where: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Section:
    """A question, its answer as blocks, what is remarked on it, and its notes by their numbers.

    The question is empty where the title of the paper is the same.
    """

    question: str
    blocks: list[Element]
    remarks: list[str]
    notes: list[Note]


@dataclass(frozen=True, slots=True)
class Paper:
    """A conversation: its title, its day in words, and all that was asked and told."""

    title: str
    day: str
    sections: list[Section]


def paper(conversation: Conversation) -> Paper:
    """The conversation in the language that is spoken."""
    title, sections = plain(conversation.title), [section(one) for one in conversation.exchanges]
    if len(sections) == 1 and plain(sections[0].question) == title:
        sections = [replace(sections[0], question="")]
    return Paper(title, strings.day(conversation.created.date()), sections)


def unanswered(exchange: Exchange) -> str:
    """What is said of a question that has no answer to keep."""
    if exchange.state == "failed":
        return exchange.line or strings.FAILED
    return strings.UNANSWERED_YET if exchange.busy else strings.STOPPED


def cited(answer: Answer) -> list[Citation]:
    """The citations of an answer, each number once, in their order."""
    by_number = {c.number: c for sentence in answer.sentences for c in sentence.citations}
    return [by_number[number] for number in sorted(by_number)]


def remarks(exchange: Exchange) -> list[str]:
    """What is said below an answer: what is to be known of it, and who worded it."""
    answer = exchange.answer
    if answer is None or not answer.sentences:
        return [unanswered(exchange)]
    said = [strings.unread(answer.unread) if answer.unread else "", answer.notice]
    if exchange.state in ("stopped", "failed"):
        said.append(unanswered(exchange))
    if answer.model and answer.is_worded and answer.status != "pending":
        said.append(strings.WRITTEN_BY.format(model=answer.model))
    return [plain(one) for one in said if one]


def doubt(sentence: Sentence, answer: Answer) -> str:
    """That the citations of a sentence do not wholly carry it, and why; mostly empty."""
    if answer.status == "pending":  # still being checked: nobody's concern yet
        return ""
    if sentence.support == "partial":
        verdict = strings.PARTIAL
    elif sentence.support == "unsupported" and answer.status == "answered":
        verdict = strings.UNSUPPORTED
    elif sentence.support == "unchecked":
        verdict = strings.UNCHECKED
    else:
        return ""
    return f"{verdict}: {why}" if (why := strings.why(sentence)) else verdict


def where(article: ArticleInfo, citation: Citation) -> list[str]:
    """Where a citation stands, by the names that people know, without its title and address."""
    origin = article.stated_origin
    known = (
        strings.whence(article),
        strings.day(article.published) if article.published else "",
        strings.place(article, citation.start),
        "" if link_target(article.address) else article.source,
        f"{strings.STATED} {strings.quoted(origin)}" if origin else "",
    )
    return [part for part in known if part]


def words_of(part: Part) -> str:
    """All words of an element, as one text."""
    if isinstance(part, Words):
        return part.text
    return "".join(map(words_of, part.children))


def as_blocks(parts: Sequence[Part]) -> list[Element]:
    """The same, with what stands loose between blocks put into paragraphs."""
    blocks: list[Element] = []
    loose: list[Part] = []
    for part in parts:
        if isinstance(part, Element) and part.kind in BLOCKS:
            blocks += [_element("paragraph", *loose)] if loose else []
            blocks.append(part)
            loose = []
        else:
            loose.append(part)
    return blocks + ([_element("paragraph", *loose)] if loose else [])


# One answer ---------------------------------------------------------------------------------------


def section(exchange: Exchange) -> Section:
    """A question and its answer."""
    answer = exchange.answer
    context = [exchange.scope]
    if answer and answer.standalone:
        context.append(strings.UNDERSTOOD_AS.format(question=answer.standalone))
    asides = [_element("aside", _words(plain(one))) for one in context if one]
    blocks = list(_blocks(answer)) if answer else []
    notes = [_note(one) for one in cited(answer)] if answer else []
    return Section(plain_lines(exchange.question), [*asides, *blocks], remarks(exchange), notes)


def _blocks(answer: Answer) -> Iterator[Element]:
    """Paragraphs, and each quotation by itself, as the window sets them."""
    for place, paragraph in enumerate(strings.paragraphs(answer.sentences)):
        first = paragraph[0]
        if first.is_quote:
            if lead := strings.before(first):
                yield _element("paragraph", _words(plain(lead)))
            yield _element("quotation", *_quotation(first, answer))
            continue
        inside: list[Part] = []
        for sentence in paragraph:
            inside += [_words(" ")] if inside else []
            inside += [_words(plain(strings.told(sentence))), *_marks(sentence, answer)]
        yield _element("item" if first.article and place else "paragraph", *inside)


def _quotation(sentence: Sentence, answer: Answer) -> list[Part]:
    """The blocks of a quotation; its marks are in its last one, or, after a table, in another."""
    citation = sentence.citations[0] if sentence.citations else None
    marks = _marks(sentence, answer)
    if citation is None or citation.quote != sentence.text:
        return [_element("paragraph", _words(plain(strings.told(sentence))), *marks)]
    *others, last = quote_blocks(citation, is_lit=True)
    if last.kind == "paragraph":
        return [*others, replace(last, children=[*last.children, *marks])]
    return [*others, last, _element("paragraph", *marks)]


def _marks(sentence: Sentence, answer: Answer) -> list[Part]:
    marks: list[Part] = [
        Element("reference", 0, 0, {"number": one.number}) for one in sentence.citations
    ]
    if doubted := doubt(sentence, answer):
        marks += [_words(" "), _element("doubt", _words(f"[{plain(doubted)}]"))]
    return marks


def _note(citation: Citation) -> Note:
    article = citation.article
    named = ", ".join(plain(one) for one in (article.title, *where(article, citation)))
    address = link_target(article.address)
    return Note(citation.number, quote_blocks(citation), named, address, article.language or "")


def quote_blocks(citation: Citation, *, is_lit: bool = False) -> list[Element]:
    """What is quoted, at least one block of it; the words that answer are strong if ``is_lit``."""
    answer = citation.answer if is_lit else None
    blocks = quoted(citation)
    if blocks is None:
        shift, blocks = -citation.start, [_element("paragraph", _words(citation.quote))]
    else:
        shift = len(before(citation)) - citation.start
    start, end = (place + shift for place in answer or (0, 0))
    kept = [_block(one) for one in _kept(blocks, (start, end))]
    return kept or [_element("paragraph", _words(plain(citation.quote)))]


def _block(part: Part) -> Element:
    return part if isinstance(part, Element) else _element("paragraph", part)


def _kept(parts: Iterable[Part], lit: tuple[int, int]) -> list[Part]:
    """What means something on paper, its words without what nobody sees."""
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, Words):
            kept += _lit(part, lit)
        elif part.kind in _KEPT:
            facts = {name: part.facts[name] for name in ("first", "align") if name in part.facts}
            kept.append(Element(part.kind, 0, 0, facts, _kept(part.children, lit)))
        elif part.kind in _PARAGRAPHS:
            kept.append(_element("paragraph", *_kept(part.children, lit)))
        elif part.kind == "reference":
            kept += [_words("["), *_kept(part.children, lit), _words("]")]
        else:
            kept += _kept(part.children, lit)
    return kept


def _lit(words: Words, lit: tuple[int, int]) -> Sequence[Part]:
    start, end = (min(max(place, words.start), words.end) for place in lit)
    if start >= end:
        return [_words(_seen(words.text))]
    if words.end - words.start != len(words.text):
        return [_element("strong", _words(_seen(words.text)))]
    cuts = (words.text[: start - words.start], words.text[end - words.start :])
    strong = words.text[start - words.start : end - words.start]
    parts = (_words(_seen(cuts[0])), _element("strong", _words(_seen(strong))))
    return [part for part in (*parts, _words(_seen(cuts[1]))) if words_of(part)]


def _seen(text: str) -> str:
    """Words without what nobody sees; a space at an edge parts them from others."""
    if not text.strip():
        return "\n" if "\n" in text else " " if text else ""
    edges = [" " if edge.isspace() else "" for edge in (text[0], text[-1])]
    return edges[0] + plain_lines(text.strip()) + edges[1]


def _words(text: str) -> Words:
    return Words(0, len(text), text)


def _element(kind: str, *children: Part) -> Element:
    return Element(kind, 0, 0, {}, list(children))
