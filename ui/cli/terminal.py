"""An answer in the terminal: the sources, the text as it is written, the footnotes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from rag.language import visible
from rag.schema import Answer, Citation, Sentence
from ui import strings


def show(console: Console, snapshots: Iterator[Answer]) -> None:
    """Print an answer while it is written; only its last state where there is no terminal."""
    if console.is_terminal:
        with Live(console=console, transient=True, refresh_per_second=8) as live:
            for answer in snapshots:
                last = answer
                live.update(_writing(answer))
    else:
        *_, last = snapshots
    console.print(_finished(last), soft_wrap=not console.is_terminal)


def _writing(answer: Answer) -> Group:
    found = f"{len(answer.evidence)} quotations from {len(_articles(answer))} articles …"
    return Group(
        *_understood(answer), Text(found, style="dim"), Text(visible.printable(answer.text))
    )


def _finished(answer: Answer) -> Group:
    lines = [*_understood(answer), *_paragraphs(answer)]
    quoted = {(c.number, s.text) for s in answer.sentences if s.is_quote for c in s.citations}
    for citation in _cited(answer):
        info = citation.article
        facts = [strings.quoted(info.title), strings.whence(info), str(info.published or "")]
        facts.append(f"ibid show {info.id}")
        lines.append(Text())
        lines.append(
            Text(f"[{citation.number}] ", style="cyan")
            + Text(visible.printable(" · ".join(fact for fact in facts if fact)), style="dim")
        )
        if citation.head:
            lines.append(Text(f"    {visible.printable(citation.head.splitlines()[0])}", "dim"))
        if (citation.number, citation.quote) not in quoted:
            lines.append(Text(f"    “{visible.printable(citation.quote)}”"))
    if answer.status == "refused" and answer.passages:
        lines.append(Text("\nNearest in the library:", style="dim"))
        for title in dict.fromkeys(passage.article.title for passage in answer.passages[:3]):
            lines.append(Text(f"  {visible.printable(strings.quoted(title))}", style="dim"))
    if answer.unread:
        lines.append(Text(f"\n{strings.unread(answer.unread)}", style="yellow"))
    if answer.notice:
        lines.append(Text(f"\n{visible.printable(answer.notice)}", style="yellow"))
    return Group(*lines)


def _understood(answer: Answer) -> list[Text]:
    if not answer.standalone:
        return []
    return [
        Text(
            strings.UNDERSTOOD_AS.format(question=visible.printable(answer.standalone)), style="dim"
        )
    ]


def _paragraphs(answer: Answer) -> list[Text]:
    """The sentences: quotations each on a line of its own, the rest in paragraphs."""
    return [
        Text(" ").join(_line(sentence, answer) for sentence in paragraph)
        for paragraph in strings.paragraphs(answer.sentences)
    ]


def _line(sentence: Sentence, answer: Answer) -> Text:
    lead = f"{words} " if (words := visible.printable(strings.before(sentence))) else ""
    line = _quoted(sentence, lead) if sentence.is_quote else Text(visible.printable(sentence.text))
    chips = "".join(f"[{citation.number}]" for citation in sentence.citations)
    line.append(f" {chips}" if chips else "", style="cyan")
    if sentence.article is not None:
        line.append(f"  ibid show {visible.printable(sentence.article.id)}", style="dim")
    line.append_text(_doubt(sentence, answer))
    return line


def _quoted(sentence: Sentence, lead: str) -> Text:
    """A quotation, with the words in bold that answer."""
    quoted = sentence.citations[0] if sentence.citations else None
    if quoted is None or quoted.quote != sentence.text:
        return Text(f"{lead}“{visible.printable(sentence.text)}”")
    before, short, after = map(visible.printable, quoted.parts)
    return Text.assemble(f"{lead}“{before}", (short, "bold"), f"{after}”")


def _doubt(sentence: Sentence, answer: Answer) -> Text:
    """What is said after a sentence that its citations do not wholly carry."""
    if sentence.support == "partial":
        verdict, style = "partly supported", "yellow"
    elif sentence.support == "unsupported" and answer.status == "answered":
        verdict, style = strings.UNSUPPORTED_MARK, "bold red"
    elif sentence.support == "unchecked":
        verdict, style = strings.UNCHECKED_MARK, "yellow"
    else:
        return Text()
    reason = f": {visible.printable(sentence.reason)}" if sentence.reason else ""
    return Text(f" ({verdict}{reason})", style=style)


def _articles(answer: Answer) -> set[str]:
    return {citation.article.id for citation in answer.evidence}


def _cited(answer: Answer) -> list[Citation]:
    cited = {c.number: c for sentence in answer.sentences for c in sentence.citations}
    return [cited[number] for number in sorted(cited)]
