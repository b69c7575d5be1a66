"""Untrusted words -> what the window shows. The one place that escapes.

Articles, questions and model output may all be hostile. The rule is blunt so that it can be
trusted: every ASCII character that is not a letter, a digit or a space becomes an entity, so
nothing that Markdown, HTML, mathematics or a diagram language gives a meaning is left. Markup
in the output is ours alone, and the only links are to spans of articles in the library.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.language.visible import plain, plain_lines
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui import strings
from ui.window.chat.quoting import is_block, shaped
from ui.window.chat.sources import address, byline, cited, page, valid_article_id
from ui.window.conversation.files.paper import doubt

if TYPE_CHECKING:
    from ui.window.chat.scope import Part
    from ui.window.conversation.types import Exchange

_ENTITIES = {code: f"&#{code};" for code in range(33, 127) if not chr(code).isalnum()}


def inert(text: str) -> str:
    """The text as Markdown, HTML or an attribute's value that shows as itself and does nothing."""
    return plain(text).translate(_ENTITIES)


def chip(citation: Citation) -> str:
    """A numbered link to the cited words; nothing if the citation is malformed."""
    href = address(citation)
    if not href:
        return ""
    return f"[{citation.number}]({href})"


def messages(exchanges: Sequence[Exchange], *, is_shared: bool = False) -> list[dict[str, str]]:
    """The conversation as the chat shows it: two messages for every exchange."""
    shown = []
    for place, exchange in enumerate(exchanges):
        asked = "<br>".join(inert(line) for line in plain_lines(exchange.question).split("\n"))
        shown.append({"role": "user", "content": asked})
        is_last = place == len(exchanges) - 1 and not is_shared
        told = reply(exchange, place, is_last=is_last, is_shared=is_shared)
        shown.append({"role": "assistant", "content": told})
    return shown


def shared(exchange: Exchange) -> list[dict[str, str]]:
    """One exchange as somebody sees it who has a link to it: to be read and kept."""
    asked, told = messages((exchange,), is_shared=True)
    return [asked, {**told, "content": f"{_line('aside', strings.SHARED)}\n\n{told['content']}"}]


def reply(exchange: Exchange, place: int, *, is_last: bool = False, is_shared: bool = False) -> str:
    """One answer, however far it has come, as Markdown. ``place`` counts exchanges from 0.

    What ``is_shared`` can be copied and kept, and nothing else be done with it.
    """
    answer = exchange.answer
    blocks = [_line("scope", exchange.scope)] if exchange.scope else []
    if answer and answer.standalone:
        blocks.append(_line("understood", strings.UNDERSTOOD_AS.format(question=answer.standalone)))
    said = _sentences(answer) if answer else []
    blocks += said
    if exchange.busy:
        blocks.append(_line("waiting", step(exchange)) + _clock(exchange))
    if answer and answer.unread and not exchange.busy:
        blocks.append(_line("aside", strings.unread(answer.unread)))
    if answer and answer.notice:
        blocks.append(_line("aside", answer.notice))
    if exchange.state == "stopped":
        blocks.append(_line("aside", strings.STOPPED))
    if is_last and not exchange.is_kept:
        blocks.append(_line("problem", strings.NOT_KEPT))
    if exchange.state == "failed":
        problem = exchange.line or strings.FAILED
        blocks.append(_line("problem", problem[:1].upper() + problem[1:]))
    if answer and (foot := _foot(answer, place)):
        blocks.append(foot)
    if not exchange.busy and (acts := _acts(exchange, place, is_last, is_shared)):
        blocks.append(acts)
    return "\n\n".join(blocks)


def step(exchange: Exchange) -> str:
    """What is being done about a question just now."""
    answer = exchange.answer
    if exchange.line or answer is None:
        return exchange.line or strings.UNDERSTANDING
    if not (found := len(cited(answer))):
        return strings.SEARCHING
    is_written = answer.timings.first_token_ms is not None
    return strings.WRITING if is_written else strings.reading(found)


def masthead(count: int | None, name: str = "") -> str:
    """The page's heading as HTML. None: the library's size is not known yet.

    ``name`` is the library's where there are several; then a link leads to the list of them.
    """
    size = "" if count is None else f'<p class="size">{inert(strings.articles(count))}</p>'
    if not name:
        return f"<h1>{inert(strings.NAME)}<span>.</span></h1>{size}"
    words = inert(strings.LIBRARIES)
    back = f'<a class="back" href="/" title="{words}"><span>{words}</span></a>'
    product = f'<span class="product">{inert(strings.NAME)}<span>.</span></span>'
    return f"{back}<h1>{product} <b>{inert(name)}</b></h1>{size}"


def banner(line: str, error: bool) -> str:
    """What is loading, or why it failed, as HTML."""
    role, tone = ("alert", "error") if error else ("status", "loading")
    return f'<div class="banner {tone}" role="{role}">{inert(line)}</div>'


def scope_line(parts: Sequence[Part]) -> str:
    """The filter in force as HTML: a button for each part, which takes it back."""
    buttons = [
        f'<button class="part" type="button" value="{inert(part.name)}" '
        f'title="{inert(strings.TAKE_BACK.format(what=part.words))}" '
        f'data-article="{inert(part.article)}"><span>{inert(part.words)}</span></button>'
        for part in parts
    ]
    return f'<span class="only">{inert(strings.ONLY)}</span>{"".join(buttons)}' if parts else ""


def suggested(questions: Sequence[str]) -> str:
    """Questions to ask next as HTML: a button for each."""
    return "".join(
        f'<button class="ask" type="button">{inert(question)}</button>' for question in questions
    )


def editing() -> str:
    """That the last question is being edited, and the way out, as HTML."""
    stop = f'<button class="unedit" type="button">{inert(strings.EDITING_STOP)}</button>'
    return f"<span>{inert(strings.EDITING)}</span> {stop}"


def _sentences(answer: Answer) -> list[str]:
    """The answer's sentences as blocks: quotations each alone, the rest in paragraphs.

    What is said of one article after another is a list.
    """
    blocks: list[str] = []
    for paragraph in strings.paragraphs([one for one in answer.sentences if inert(one.text)]):
        if article := paragraph[0].article:
            item = _of_article(paragraph[0], article)
            if blocks and blocks[-1].startswith("- "):
                blocks[-1] += f"\n- {item}"
            else:
                blocks.append(f"- {item}" if blocks else item)
            continue
        if not paragraph[0].is_quote:
            blocks.append(" ".join(_marked(sentence, answer) for sentence in paragraph))
            continue
        (quotation,) = paragraph
        if lead := inert(strings.before(quotation)):
            blocks.append(lead)
        origin = _origin(quotation.citations[0]) if quotation.citations else ""
        blocks.append(f"> {_marked(quotation, answer, '<br>')} {origin}")
    return blocks


def _of_article(sentence: Sentence, article: ArticleInfo) -> str:
    """What is said of an article, whose title in it opens the article."""
    title = strings.quoted(article.title)[1:-1]
    before, found, after = sentence.text.partition(title)
    if not (found and inert(title) and valid_article_id(article.id)):
        return inert(sentence.text)
    gaps = [" " if edge.isspace() else "" for edge in (before[-1:], after[:1])]
    link = f"[{inert(title)}](#article-{article.id})"
    return f"{inert(before)}{gaps[0]}{link}{gaps[1]}{inert(after)}"


def _marked(sentence: Sentence, answer: Answer, gap: str = "") -> str:
    """A sentence, the chips of its citations after it, and a doubt if there is one."""
    words = _emphasised(sentence)
    marks = "".join(chip(citation) for citation in sentence.citations)
    around = "span"
    if is_block(words):
        around, gap = "div", "\n>\n> "  # within a block of HTML no link would be one
    if doubt := _doubt(sentence, answer):
        words = f'<{around} class="{sentence.support}">{words}</{around}>'
        marks += doubt
    return words + gap + marks


def _emphasised(sentence: Sentence) -> str:
    """The words of a sentence; of a quotation, those that answer are strong."""
    cited_words = sentence.citations[0] if sentence.is_quote and sentence.citations else None
    if cited_words is None or cited_words.quote != sentence.text:
        return inert(strings.told(sentence))
    if html := shaped(cited_words, inert):
        return html
    if not cited_words.answer_text:
        return inert(strings.told(sentence))
    before, short, after = cited_words.parts
    gaps = [" " if edge.isspace() else "" for edge in (before[-1:], after[:1])]
    return f"{inert(before)}{gaps[0]}<strong>{inert(short)}</strong>{gaps[1]}{inert(after)}"


def _doubt(sentence: Sentence, answer: Answer) -> str:
    """A mark after a sentence that its citations do not wholly carry, with the reason.

    The page's script makes the title a label that shows on hover and on focus.
    """
    if not (reason := doubt(sentence, answer)):
        return ""
    signs = {"partial": "≈", "unchecked": strings.UNCHECKED_MARK}
    sign = signs.get(sentence.support, strings.UNSUPPORTED_MARK)
    return (
        f'<span class="doubt {sentence.support}" title="{inert(reason)}" tabindex="0">'
        f"{inert(sign)}</span>"
    )


def _origin(citation: Citation) -> str:
    parts = [plain(citation.article.title), byline(citation.article), page(citation)]
    return f'<span class="origin">{inert(" · ".join(part for part in parts if part))}</span>'


def _line(tone: str, words: str) -> str:
    return f'<span class="{tone}">{inert(words)}</span>'


def _clock(exchange: Exchange) -> str:
    """How long a question has waited, from the second second on."""
    waited = int(time.time() - exchange.asked) if exchange.asked else 0
    return f' <span class="clock">{inert(strings.waited(waited))}</span>' if waited > 0 else ""


def _acts(exchange: Exchange, place: int, is_last: bool, is_shared: bool) -> str:
    """What can be done with an answer, as buttons. The page's script acts on their values."""
    answer = exchange.answer
    acts = []
    if answer and answer.sentences:
        acts.append(_button("copy", f"copy-{place}", strings.COPY))
        acts.append(_button("keep", f"keep-{place}", strings.KEEP))
    if is_last:
        is_wanting = exchange.state in ("failed", "stopped")
        acts.append(_button("again" + " named" * is_wanting, "again", strings.RETRY))
        acts.append(_button("edit", "edit", strings.EDIT))
    if exchange.state == "done" and not is_shared:
        for verdict, name in (("up", strings.GOOD), ("down", strings.BAD)):
            pressed = " pressed" if exchange.verdict == verdict else ""
            acts.append(_button(verdict + pressed, f"{verdict}-{place}", name))
    if is_last and exchange.only and answer and answer.status == "refused":
        acts.append(_button("wide", "wide", strings.ASK_ALL))
    return f'<div class="acts">{"".join(acts)}</div>' if acts else ""


def _button(look: str, value: str, name: str) -> str:
    label = inert(name)
    return (
        f'<button class="act {look}" type="button" value="{value}" title="{label}">'
        f"<span>{label}</span></button>"
    )


def _foot(answer: Answer, place: int) -> str:
    """The way to the list of sources, and how the answer came about, as HTML."""
    parts = []
    if count := len(cited(answer)):
        refused = answer.status == "refused"
        words = f"{strings.NEAREST}: {count}" if refused else strings.sources(count)
        parts.append(f'<a href="#sources-{place}">{inert(words)}</a>')
    if answer.model and answer.is_worded and answer.status != "pending":
        parts.append(
            f'<span class="by">{inert(strings.WRITTEN_BY.format(model=answer.model))}</span>'
        )
    if answer.status != "pending" and answer.timings.total_ms is not None:
        took = inert(strings.seconds(answer.timings.total_ms))
        rows = "".join(
            f"<dt>{inert(name)}</dt><dd>{inert(value)}</dd>" for name, value in _details(answer)
        )
        parts.append(
            f"<details><summary>{inert(strings.DETAILS)} "
            f'<span class="took">{took}</span></summary><dl>{rows}</dl></details>'
        )
    return f'<div class="foot">{"".join(parts)}</div>' if parts else ""


def _details(answer: Answer) -> list[tuple[str, str]]:
    """What is told of how an answer came about: name and value."""
    rows = [(strings.MODEL, answer.model or strings.NO_MODEL)] if answer.status != "own" else []
    for point, name in strings.POINTS.items():
        if (reached := getattr(answer.timings, point)) is not None:
            rows.append((name, strings.after(reached)))
    if repaired := sum(sentence.is_repaired for sentence in answer.sentences):
        rows.append((strings.REPAIRED, str(repaired)))
    return rows
