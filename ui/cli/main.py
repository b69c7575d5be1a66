"""The command line. Parses and prints; the work is done by rag and eval.

Everything heavy is imported inside of the commands, so that ``ibid --help`` is instant.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from rag.errors import ArticleError, IbidError
from ui.cli.accounts import user_app
from ui.cli.evals import eval_app
from ui.cli.sets import sets_app
from ui.cli.shell import JsonOption, LibraryOption, ModelOption
from ui.cli.shell import complain as _complain
from ui.cli.shell import plain as _plain
from ui.cli.shell import print_json as _print_json
from ui.cli.shell import print_text as _print
from ui.cli.shell import settings as _settings
from ui.cli.shell import stderr as _stderr
from ui.cli.shell import stdout as _stdout

if TYPE_CHECKING:
    from rag.schema import Filter
    from rag.settings import Settings

app = typer.Typer(
    name="ibid",
    help="Answers from your own articles, every sentence with a citation that was checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="The models that run on this machine.", no_args_is_help=False)
app.add_typer(models_app, name="models")
eval_app.add_typer(sets_app)
app.add_typer(eval_app, name="eval")
app.add_typer(user_app)

_INTERRUPTED = 130

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


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        _print(f"ibid {version('ibid-rag')}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and logs.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Read the settings from this file alone."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Answers from your own articles, every sentence with a citation that was checked."""


@app.command()
def add(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH|LINK…", help="Files, folders and web links.")
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles: text, Markdown, HTML and PDF files, folders of them, and web links.

    Adding one again changes nothing.
    """
    from rag.loaders import is_link, read_file, read_link, readable_files
    from rag.opening import open_library
    from ui.cli.progress import progress

    settings = _settings(library=library)
    files: list[Path | str] = []
    added: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []

    def fail(path: Path | str, error: ArticleError) -> None:
        failed.append({"path": str(path), "error": str(error)})

    for path in paths:
        try:
            files += [path] if is_link(path) else readable_files(Path(path))
        except ArticleError as error:
            fail(path, error)
    with (
        open_library(settings, "ibid add") as own,
        progress(_stderr()) as bars,
    ):
        task = bars.add_task("Adding", total=len(files))
        for file in files:
            name = file if isinstance(file, str) else file.name
            bars.update(task, description=f"Adding {_plain(_shorten(name, 40))}")
            try:
                article = read_link(file) if isinstance(file, str) else read_file(file)
                for outcome in own.add([article]):
                    added.append(
                        {
                            "article_id": outcome.article.id,
                            "title": outcome.article.title,
                            "source": outcome.article.source,
                            "outcome": outcome.outcome,
                            "chunks": outcome.chunks,
                        }
                    )
            except ArticleError as error:
                fail(file, error)
            bars.advance(task)
    if as_json:
        _print_json({"articles": added, "failed": failed})
    else:
        for one in added:
            _print(f"{one['outcome']:8}  {one['article_id']}  {one['title']}")
    for miss in failed:
        _complain(miss["error"])
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_articles(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the articles of the library, the latest added first."""
    from rich.table import Table

    settings = _settings(library=library)
    with _catalog(settings) as catalog:
        infos = catalog.articles() if catalog else []
    if as_json:
        _print_json({"articles": [_info(info) for info in infos]})
        return
    if not infos:
        _print(f"No articles in {settings.library} yet. Add some: ibid add PATH")
        return
    table = Table("Id", "Title", "Publisher", "Published", box=None, pad_edge=False)
    for info in infos:
        table.add_row(
            info.id, _plain(info.title), _plain(info.publisher or ""), str(info.published or "")
        )
    _stdout().print(table)
    _print(f"\n{len(infos)} article{'s' * (len(infos) != 1)} in {settings.library}")


@app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="An id, or its beginning.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one article whole."""
    from rag.errors import UnknownArticle
    from rag.index.library import full_id

    with _catalog(_settings(library=library)) as catalog:
        if catalog is None:
            raise UnknownArticle(f"no article {article_id}; the library is empty: ibid add PATH")
        article = catalog.article(full_id(catalog, article_id))
    if as_json:
        _print_json({**_info(article.info), "text": article.text})
        return
    _stdout().print(_plain(article.title), style="bold")
    published = str(article.published or "")
    facts = [article.author, article.publisher, published, article.source, article.id]
    _stdout().print(_plain(" · ".join(fact for fact in facts if fact)), style="dim")
    _print("\n" + article.text)


@app.command()
def remove(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or beginnings.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove articles, with everything that was made of them."""
    from rag.opening import open_library

    with open_library(_settings(library=library), "ibid remove") as own:
        gone = own.remove(article_ids)
    if as_json:
        _print_json({"removed": [_info(info) for info in gone]})
        return
    for info in gone:
        _print(f"removed  {info.id}  {info.title}")
        _print(f"          to have it back: ibid add {info.source}")


@app.command()
def rebuild(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Embed and index every article anew, after a change of the embedding model or the chunks."""
    from rag.opening import open_library
    from ui.cli.progress import bar

    with (
        open_library(_settings(library=library), "ibid rebuild", to_rebuild=True) as own,
        bar(_stderr(), "Rebuilding", own.catalog.count()[0]) as advance,
    ):
        count = own.rebuild(lambda _: advance())
    if as_json:
        _print_json({"rebuilt": count})
    else:
        _print(f"rebuilt {count} articles")


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    publisher: PublisherOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that best fit a question."""
    from rag.opening import open_assistant, open_library

    question, only = _asked(question), _filter(publisher, source, language, since, until)
    with open_library(_settings(library=library), "ibid search") as own:
        found = open_assistant(own, model=False).search(question, k, only)
    if as_json:
        _print_json([_passage(passage) for passage in found])
        return
    if not found:
        _print("Nothing found.")
    for number, passage in enumerate(found, start=1):
        _stdout().print(f"{number}. {_plain(passage.article.title)}", style="bold")
        place = f"{passage.article.id}  {passage.start}–{passage.end}"
        if passage.probability is not None:
            place += f"  answers with probability {passage.probability:.2f}"
        if passage.also_in:
            place += "  also in " + ", ".join(info.id for info in passage.also_in)
        _stdout().print(place, style="dim")
        _print(passage.text + "\n")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    publisher: PublisherOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    answers: AnswersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with citations."""
    from rag.opening import open_assistant, open_library
    from ui.cli import terminal

    question, only = _asked(question), _filter(publisher, source, language, since, until)
    settings = _settings(library=library, model=model, answers=answers)
    with open_library(settings, "ibid ask") as own:
        assistant = open_assistant(own)
        if as_json:
            _print_json(_answer(assistant.ask(question, only=only)))
        else:
            terminal.show(_stdout(), assistant.stream(question, only=only))


@app.command()
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
) -> None:
    """Open the chat window in a browser."""
    from rag.opening import open_library
    from ui.engine import Engine
    from ui.users import USERS

    if auth and no_auth:
        raise typer.BadParameter("--auth and --no-auth exclude each other")
    settings = _settings(library=library, model=model)
    if no_auth:
        _complain("WARNING: nobody has to sign in; whoever reaches this address reads it all")
    with open_library(settings, f"ibid chat, port {port}") as own:
        from ui.window.server import serve as server

        running = Engine(own, starter)
        running.start()
        server.serve(
            running,
            own.folder,
            host=host,
            port=port,
            on_ready=lambda url: _print(f"Ibid is at {url}  (Ctrl-C ends it)"),
            users=None if auth is None else own.folder / USERS if auth == "user" else Path(auth),
            open_to_all=no_auth,
        )


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models: name, role, size, licence, present, verified."""
    from rich.table import Table

    from rag.models.registry import listed
    from rag.models.store import ModelStore

    if context.invoked_subcommand:
        return
    settings = _settings()
    statuses = [ModelStore(settings.models_dir).status(name) for name in listed()]
    if as_json:
        _print_json(
            {
                "folder": str(settings.models_dir),
                "models": [
                    {
                        "name": status.model.name,
                        "title": status.model.title,
                        "role": status.model.role,
                        "size": status.model.size,
                        "licence": status.model.licence,
                        "default": status.model.default,
                        "present": status.present,
                        "verified": status.verified,
                    }
                    for status in statuses
                ],
            }
        )
        return
    table = Table("Name", "Role", "Size", "Licence", "Present", "Verified", box=None)
    for status in statuses:
        table.add_row(
            status.model.name + (" *" if status.model.default else ""),
            status.model.role,
            _megabytes(status.model.size),
            status.model.licence,
            "yes" if status.present else "no",
            "yes" if status.verified else "no",
        )
    _stdout().print(table)
    _print(f"\n* fetched by set-up; kept in {settings.models_dir}")


@models_app.command("pull")
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME…]", help="Default: those of set-up.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch models and verify them; what is there already is left alone."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from rag.models.registry import listed
    from rag.models.store import ModelStore

    store = ModelStore(_settings().models_dir)
    wanted = names or [model.name for model in listed().values() if model.default]
    folders = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=_stderr(),
        disable=not sys.stderr.isatty(),
    ) as bars:
        for name in wanted:
            if store.status(name).verified:
                folders[name] = str(store.path(name))
                continue
            if not sys.stderr.isatty():
                _stderr().print(f"fetching {name}, {_megabytes(listed()[name].size)}")
            task = bars.add_task(name, total=listed()[name].size)

            def show_progress(now: Any, task: Any = task) -> None:
                bars.update(task, completed=now.done)

            folders[name] = str(store.pull(name, show_progress))
    if as_json:
        _print_json({"folders": folders})


@models_app.command()
def verify(as_json: JsonOption = False) -> None:
    """Read every model that is here again, and compare it with its SHA-256."""
    from rag.models.registry import listed
    from rag.models.store import ModelStore

    store = ModelStore(_settings().models_dir)
    right, wrong = [], []
    for name in listed():
        if not store.status(name).present:
            continue
        try:
            store.verify(name)
            right.append(name)
            if not as_json:
                _print(f"verified  {name}")
        except IbidError as error:
            wrong.append({"name": name, "error": str(error)})
            if not as_json:
                _complain(str(error))
    if as_json:
        _print_json({"verified": right, "wrong": wrong})
    if wrong:
        raise typer.Exit(1)


@app.command()
def config(
    library: LibraryOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Tell the settings in force, and where each comes from."""
    from rag.settings import config_files, flat, origins

    settings = _settings(library=library, model=model)
    values, sources = flat(settings), origins(settings)
    if as_json:
        _print_json(
            {
                name: {"value": None if value is None else str(value), "from": sources[name]}
                for name, value in values.items()
            }
        )
        return
    widest = max(map(len, values))
    for name, value in values.items():
        shown = "" if value is None else str(value)
        told = "" if sources[name] == "default" else f"  ({sources[name]})"
        _print(f"{name:<{widest}}  {shown}{told}")
    _print(f"\nread from, the later ones winning: {', '.join(map(str, config_files()))}")


@app.command()
def doctor(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Say what is here, what is wrong, and how to mend it."""
    from ui.cli.doctor import examine

    report = examine(_settings(library=library))
    if as_json:
        _print_json(report)
    else:
        for name, value in report["facts"].items():
            _stdout().print(f"[dim]{name:18}[/dim] {_plain(str(value))}")
        for problem in report["problems"]:
            _stdout().print(f"[red]wrong[/red]              {_plain(problem)}")
        if not report["problems"]:
            _stdout().print("[green]all is well[/green]")
    if count := len(report["problems"]):
        _complain(f"{count} problem{'s' * (count != 1)} found, told with what to do about each")
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, that of the command line unless ``arguments`` are given.

    Raises:
        SystemExit: always. 0: done; 1: failed, told in one line; 2: wrong usage; 130: Ctrl-C.
    """
    given = _with_starter(list(sys.argv[1:] if arguments is None else arguments))
    # Wherever it stands, since it is asked for after a failure, at the end of the line.
    debug = "--debug" in given
    _hush(debug)
    given = _with_config(given)
    try:
        app([argument for argument in given if argument != "--debug"], prog_name="ibid")
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _complain("stopped")
        raise
    except KeyboardInterrupt:
        _complain("stopped")
        sys.exit(_INTERRUPTED)
    except IbidError as error:
        if debug:
            raise
        _complain(str(error))
    except Exception as error:
        if debug:
            raise
        line = next(iter(str(error).splitlines()), "")
        _complain(f"{type(error).__name__}: {line} (a fault of Ibid; --debug shows where)")
    sys.exit(1)


def _with_config(given: list[str]) -> list[str]:
    """The arguments without ``--config FILE``, which is where the settings are read from."""
    import os

    for place, argument in enumerate(given):
        name, _, file = argument.partition("=")
        if name == "--config" and (file or given[place + 1 :]):
            os.environ["IBID_CONFIG"] = file or given[place + 1]
            return given[:place] + given[place + (1 if file else 2) :]
    return given


def _with_starter(given: list[str]) -> list[str]:
    """``--starter`` without a folder means the articles that come with Ibid."""
    for place, argument in enumerate(given):
        if argument == "--starter" and (given[place + 1 :] or ["-"])[0].startswith("-"):
            from rag.opening import starter_articles

            return [*given[: place + 1], str(starter_articles()), *given[place + 1 :]]
    return given


def _hush(debug: bool) -> None:
    import logging
    import os
    import warnings

    logging.basicConfig(level=logging.INFO if debug else logging.ERROR)
    if not debug:
        warnings.simplefilter("ignore")
        logging.getLogger("ibid").setLevel(logging.ERROR)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")


def _asked(question: str) -> str:
    from rag.language.visible import printable

    question = " ".join(printable(question).split())
    if not question:
        raise typer.BadParameter("the question is empty")
    return question


def _filter(
    publishers: list[str] | None,
    sources: list[str] | None,
    languages: list[str] | None,
    since: datetime | None,
    until: datetime | None,
) -> Filter | None:
    from rag.schema import Filter

    only = Filter(
        publishers=tuple(publishers or ()),
        sources=tuple(sources or ()),
        languages=tuple(languages or ()),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    return only if only != Filter() else None


@contextmanager
def _catalog(settings: Settings) -> Iterator[Any]:
    """The catalog to read from, without the lock; None where there is no library yet."""
    from rag.index.catalog import opened
    from rag.index.library import CATALOG

    file = settings.library.expanduser() / CATALOG
    if not file.exists():
        yield None
        return
    with opened(file) as catalog:
        yield catalog


def _info(info: Any) -> dict[str, Any]:
    return {
        "article_id": info.id,
        "title": info.title,
        "source": info.source,
        "publisher": info.publisher,
        "published": info.published.isoformat() if info.published else None,
        "language": info.language,
        "author": info.author,
        "link": info.link,
        "digest": info.digest,
    }


def _passage(passage: Any) -> dict[str, Any]:
    return {
        "article_id": passage.article.id,
        "title": passage.article.title,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(passage.score, 4),
        "probability": passage.probability and round(passage.probability, 4),
    }


def _answer(answer: Any) -> dict[str, Any]:
    return {
        "question": answer.question,
        "standalone": answer.standalone,
        "status": answer.status,
        "text": answer.text,
        "answer": _short(answer.short),
        "probability": answer.probability and round(answer.probability, 4),
        "sentences": [
            {
                "text": sentence.text,
                "support": sentence.support,
                "reason": sentence.reason,
                "is_quote": sentence.is_quote,
                "lead": sentence.lead,
                "is_repaired": sentence.is_repaired,
                "citations": [
                    {
                        "number": citation.number,
                        "article_id": citation.article.id,
                        "title": citation.article.title,
                        "source": citation.article.source,
                        "start": citation.start,
                        "end": citation.end,
                        "quote": citation.quote,
                    }
                    for citation in sentence.citations
                ],
            }
            for sentence in answer.sentences
        ],
        "passages": [_passage(passage) for passage in answer.passages],
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


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


if __name__ == "__main__":
    main()
