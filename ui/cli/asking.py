"""``ibid search, ask, chat``: questions, and the window to ask them in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ui.cli.shell import (
    CollectionOption,
    JsonOption,
    LibraryOption,
    ModelOption,
    complain,
    plain,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from rag.schema import Filter
    from rag.settings import Settings
    from ui.users import Where

asking_app = typer.Typer()

AnswersOption = Annotated[
    Literal["strict", "lenient", "quotes"] | None,
    typer.Option(
        "--answers",
        help="A sentence that no article supports is replaced or left out (strict), or shown with "
        "a mark (lenient); or answer with quotations alone, without a language model (quotes). "
        "Default: strict (or IBID_ANSWERS).",
    ),
]
PublisherOption = Annotated[
    list[str] | None, typer.Option("--publisher", help="Only of this publisher; may be repeated.")
]
SourceOption = Annotated[
    list[str] | None, typer.Option("--source", help="Only from sources that begin so; repeatable.")
]
LanguageOption = Annotated[
    list[str] | None, typer.Option("--language", help="Only in this language; may be repeated.")
]
SinceOption = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only published that day or later.")
]
UntilOption = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only published that day or before.")
]


@asking_app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    publisher: PublisherOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    collection: CollectionOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that best fit a question."""
    from ui.api.opening import open_service

    question, only = (
        _asked(question),
        filter_of(publisher, source, language, since, until, collection),
    )
    with open_service(settings(library=library), "ibid search", to_search=True) as own:
        found = own.search(question, k, only)
    if as_json:
        print_json(_passages(found))
        return
    if not found:
        print_text("Nothing found.")
    for number, passage in enumerate(found, start=1):
        stdout().print(f"{number}. {plain(passage.article.title)}", style="bold")
        place = f"{passage.article.id}  {passage.start}–{passage.end}"
        if passage.probability is not None:
            place += f"  answers with probability {passage.probability:.2f}"
        if passage.also_in:
            place += "  also in " + ", ".join(info.id for info in passage.also_in)
        stdout().print(place, style="dim")
        print_text(passage.text + "\n")


@asking_app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    publisher: PublisherOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    collection: CollectionOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    answers: AnswersOption = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep the answer with its sources as .md, .html, .docx, .pdf or .json; or only "
            "the sources as .bib or .csl.json.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with citations."""
    from ui.api.opening import open_service
    from ui.cli import keeping, terminal

    question, only = (
        _asked(question),
        filter_of(publisher, source, language, since, until, collection),
    )
    mine = settings(library=library, model=model, answers=answers)
    if export:
        keeping.kind_of(export)  # before anything is asked
    with open_service(mine, "ibid ask", to_answer=True) as own:
        told = iter([own.ask(question, only)]) if as_json else own.stream(question, only)
        if export:
            told = keeping.keeping(question, told, export, mine.language)
        if as_json:
            *_, last = told
            print_json(_answer(last))
        else:
            terminal.show(stdout(), told)


@asking_app.command()
def chat(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    starter: Annotated[
        Path | None,
        typer.Option(
            help="Articles to begin with if the library is empty; alone, those that come with Ibid."
        ),
    ] = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|user",
            help="Have people sign in: 'user' are those of ibid user add, FILE names another file.",
        ),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let other machines in without signing in.")
    ] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="Every library of IBID_DATABASE, each for its own people."),
    ] = False,
) -> None:
    """Open the chat window in a browser.

    With --all people sign in once (ibid user add), see at / which libraries
    are shared with them (ibid library), and open the window of each at /l/NAME.
    """
    if auth and no_auth:
        raise typer.BadParameter("--auth and --no-auth exclude each other")
    if every and (auth or no_auth or starter):
        raise typer.BadParameter(
            "with --all people sign in as ibid user add has them, and no library has a starter"
        )
    step = steps()
    mine = settings(library=library, model=model)
    if no_auth:
        complain("WARNING: nobody has to sign in; whoever reaches this address reads it all")
    if every:
        from ui.cli.serving import serve_all

        serve_all(mine, host, port, step, has_windows=True)
    else:
        _chat_over_one(mine, host, port, starter, people(auth, mine), no_auth, step)


def _chat_over_one(
    mine: Settings,
    host: str,
    port: int,
    starter: Path | None,
    users: Where | None,
    no_auth: bool,
    step: Callable[[str], None],
) -> None:
    from rag.opening import open_library
    from ui.engine import Engine

    with open_library(mine, f"ibid chat, port {port}", can_wait=True) as own:
        from ui.window.server import serve as server

        running = Engine(own, starter, on_step=step)

        def listening(url: str) -> None:
            print_text(f"Ibid is at {url}  (Ctrl-C ends it)")
            step("Building the window…")

        def ready(url: str) -> None:
            step("The window can be used.")
            running.start()  # what is loaded beside the building would take its time from that

        server.serve(
            running,
            own.folder,
            host=host,
            port=port,
            on_listening=listening,
            on_ready=ready,
            users=users,
            open_to_all=no_auth,
            limits=mine.window,
        )


def people(auth: str | None, mine: Settings) -> Where | None:
    """Where those are who may sign in, if anybody has to; who has no role yet is told of."""
    from ui.state import places
    from ui.users import read

    if auth is None:
        return None
    people = places.of(mine).users if auth == "user" else Path(auth)
    if unranked := sorted(name for name, one in read(people).items() if not one.role):
        complain(
            f"{', '.join(unranked)} may do everything, because no role was given yet; "
            f"give one with: ibid user role {unranked[-1]} reader"
        )
    return people


def steps() -> Callable[[str], None]:
    """What tells each step of a start on a line of its own, after so many seconds."""
    began = time.monotonic()

    def step(words: str) -> None:
        stderr().print(plain(f"{time.monotonic() - began:5.1f} s  {words}"), style="dim")

    return step


def _asked(question: str) -> str:
    from rag.errors import QuestionError
    from rag.language import visible
    from rag.query.wording import check_length

    question = " ".join(visible.printable(question).split())
    if not question:
        raise typer.BadParameter("the question is empty")
    try:
        check_length(question)
    except QuestionError as error:
        raise typer.BadParameter(str(error)) from None
    return question


def filter_of(
    publishers: list[str] | None,
    sources: list[str] | None,
    languages: list[str] | None,
    since: datetime | None,
    until: datetime | None,
    collections: list[str] | None,
) -> Filter | None:
    """What these options let through; None for all."""
    from rag.schema import Filter

    only = Filter(
        publishers=tuple(publishers or ()),
        sources=tuple(sources or ()),
        languages=tuple(languages or ()),
        since=since.date() if since else None,
        until=until.date() if until else None,
        collections=tuple(collections or ()),
    )
    return only if only != Filter() else None


def _passages(passages: Any) -> list[dict[str, Any]]:
    """``score``: the probability that it answers; without a reranker, the fused score."""
    is_read = any(passage.probability is not None for passage in passages)
    return [
        {
            "article_id": passage.article.id,
            "title": passage.article.title,
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
            "score": round((passage.probability or 0.0) if is_read else passage.score, 4),
            "probability": None if passage.probability is None else round(passage.probability, 4),
        }
        for passage in passages
    ]


def _answer(answer: Any) -> dict[str, Any]:
    return {
        "question": answer.question,
        "standalone": answer.standalone,
        "status": answer.status,
        "text": answer.text,
        "answer": _short(answer.short),
        "probability": answer.probability and round(answer.probability, 4),
        "unread": answer.unread,
        "sentences": [
            {
                "text": sentence.text,
                "support": sentence.support,
                "reason": sentence.reason,
                "is_quote": sentence.is_quote,
                "lead": sentence.lead,
                "is_repaired": sentence.is_repaired,
                "article_id": sentence.article.id if sentence.article else None,
                "citations": [
                    {
                        "number": citation.number,
                        "article_id": citation.article.id,
                        "title": citation.article.title,
                        "source": citation.article.source,
                        "start": citation.start,
                        "end": citation.end,
                        "quote": citation.quote,
                        "head": citation.head,
                    }
                    for citation in sentence.citations
                ],
            }
            for sentence in answer.sentences
        ],
        "passages": _passages(answer.passages),
        "model": answer.model,
        "timings": asdict(answer.timings),
    }


def _short(citation: Any) -> dict[str, Any] | None:
    """The short answer and where it stands; None where there is none."""
    if citation is None:
        return None
    start, end = citation.answer
    return {
        "text": citation.answer_text,
        "start": start,
        "end": end,
        "article_id": citation.article.id,
        "probability": round(citation.score, 4),
    }
