"""An answer as Markdown with footnotes, to be pasted elsewhere. No Gradio here.

Where it is pasted we do not know, so the words of others are escaped as Markdown escapes: they
cannot become links, pictures or tags. The only links are the web addresses of the sources.
"""

from __future__ import annotations

import re

from rag.language.addresses import link_target
from rag.language.visible import plain
from rag.schema import Citation, Sentence
from ui import strings
from ui.window.conversation.types import Exchange

_MEANT = re.compile(r"([\\`*_\[\]<>|~$&])")
_OPENS_A_LINE = re.compile(r"^(\d*)([-+#=.)])")


def markdown(exchange: Exchange) -> str:
    """The question, the answer with a footnote for each citation, and what they quote.

    Empty while there is no answer.
    """
    answer = exchange.answer
    if answer is None or not answer.sentences:
        return ""
    blocks = [f"**{literal(exchange.question)}**", *_blocks(answer.sentences)]
    if answer.unread:
        blocks.append(f"*{literal(strings.unread(answer.unread))}*")
    if answer.notice:
        blocks.append(f"*{literal(answer.notice)}*")
    if answer.model and answer.is_worded and answer.status != "pending":
        blocks.append(f"*{literal(strings.WRITTEN_BY.format(model=answer.model))}*")
    cited = {c.number: c for sentence in answer.sentences for c in sentence.citations}
    blocks += [footnote(cited[number]) for number in sorted(cited)]
    return "\n\n".join(blocks) + "\n"


def literal(text: str) -> str:
    """The text as Markdown that shows as itself."""
    return _OPENS_A_LINE.sub(r"\1\\\2", _MEANT.sub(r"\\\1", plain(text)))


def footnote(citation: Citation) -> str:
    """What a citation quotes and where it stands, by the names that people know."""
    article = citation.article
    known = [f"*{literal(article.title)}*", literal(strings.whence(article))]
    known.append(literal(strings.day(article.published)) if article.published else "")
    if number := article.page(citation.start):
        known.append(strings.PAGE.format(number=number))
    address = link_target(article.address)
    known.append(f"<{address}>" if address else literal(article.source))
    if origin := article.stated_origin:
        known.append(literal(f"{strings.STATED} {strings.quoted(origin)}"))
    where = ", ".join(part for part in known if part)
    return f"[^{citation.number}]: “{literal(citation.quote)}” {where}"


def _blocks(sentences: tuple[Sentence, ...]) -> list[str]:
    """Paragraphs, and each quotation by itself."""
    blocks: list[str] = []
    for paragraph in strings.paragraphs(sentences):
        words = " ".join(
            literal(strings.told(sentence))
            + "".join(f"[^{citation.number}]" for citation in sentence.citations)
            for sentence in paragraph
        )
        if not paragraph[0].is_quote:
            blocks.append(f"- {words}" if paragraph[0].article and blocks else words)
            continue
        if lead := strings.before(paragraph[0]):
            blocks.append(literal(lead))
        blocks.append(f"> {words}")
    return blocks
