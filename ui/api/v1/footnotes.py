"""An answer as Markdown with a numbered note for each citation, for programs that show text.

Who shows it is not known, so that the words of others are escaped: none becomes a link, a picture
or a tag. The only links are the web addresses that the articles were had from.
"""

from __future__ import annotations

import re

from rag.language.addresses import link_target
from rag.schema import Answer, Citation, Sentence
from ui import strings

_NOTES = re.compile(r"\n\n\[\d+\] .*", re.DOTALL)
_MARKS = re.compile(r" ?(?<!\\)(?:\[\d+\])+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def with_footnotes(answer: Answer) -> str:
    """The sentences with ``[1]`` where they cite, then what each number quotes and where."""
    return "".join(pieces(answer))


def pieces(answer: Answer) -> list[str]:
    """The same in pieces, for a reader who is told it bit by bit: sentences, then each note."""
    told: list[str] = []
    with strings.speaking("en"):
        for paragraph in strings.paragraphs(answer.sentences):
            for place, sentence in enumerate(paragraph):
                gap = " " if place else "\n\n" if told else ""
                told.append(gap + _line(sentence, answer))
        told += [f"\n\n{_literal(remark)}" for remark in (answer.notice,) if remark]
        told += [f"\n\n{footnote(citation)}" for citation in cited(answer)]
    return told


def without(text: str) -> str:
    """Such a text as it was said, without notes and marks, for who goes on with a conversation."""
    return _ESCAPE.sub(r"\1", _MARKS.sub("", _NOTES.sub("", text)))


def cited(answer: Answer) -> list[Citation]:
    """The citations of an answer, each number once, in their order."""
    found = {one.number: one for sentence in answer.sentences for one in sentence.citations}
    return [found[number] for number in sorted(found)]


def footnote(citation: Citation) -> str:
    """``[1] Title, publisher, 3 May 2025, page 3: “words” <address>``, as far as known."""
    article = citation.article
    publisher = article.publisher or article.site
    known = (
        article.title,
        publisher if publisher != article.title else "",
        strings.day(article.published) if article.published else "",
        strings.place(article, citation.start),
    )
    named = ", ".join(_literal(part) for part in known if part)
    address = link_target(article.address)
    where = f" <{address}>" if address else ""
    return f"[{citation.number}] {named}: {_literal(strings.quoted(citation.quote))}{where}"


def _line(sentence: Sentence, answer: Answer) -> str:
    told = strings.told(sentence)
    words = _literal(strings.quoted(told) if sentence.is_quote else told)
    if sentence.is_quote and (lead := strings.before(sentence)):
        words = f"{_literal(lead)} {words}"
    marks = "".join(f"[{citation.number}]" for citation in sentence.citations)
    return " ".join(part for part in (words, marks, _doubt(sentence, answer)) if part)


def _doubt(sentence: Sentence, answer: Answer) -> str:
    """That its citations do not wholly carry a sentence, and why; mostly empty."""
    from ui.window.conversation.files.paper import doubt

    return f"*({_literal(words)})*" if (words := doubt(sentence, answer)) else ""


def _literal(text: str) -> str:
    """The text as Markdown that shows as itself."""
    from ui.window.conversation.copying import literal

    return literal(text)
