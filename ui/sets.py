"""``ibid eval init, check, import``: Q&A sets, on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.shell import JsonOption, LibraryOption, complain, print_json, print_text, settings, stderr

sets_app = typer.Typer()
_MOST_TOLD = 10

SetArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A Q&A set.")]


@sets_app.command()
def init(file: SetArgument) -> None:
    """Write a set of examples to fill in. A file that is there is left alone."""
    from eval.cases import examples, save

    save(file, examples())
    print_text(
        f"{file}: one case a line, to be filled in with your own; then: ibid eval check {file}"
    )


@sets_app.command()
def check(file: SetArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Prove that every quote of a set stands in the library or in its file; tell every fault."""
    from eval import evidence
    from rag.catalog import opened
    from rag.library import CATALOG

    catalog_file = settings(library=library).library.expanduser() / CATALOG
    if catalog_file.exists():
        with opened(catalog_file) as catalog:
            found = evidence.check(file, catalog)
    else:
        found = evidence.check(file)
    if as_json:
        print_json(
            {
                "cases": found.cases,
                "quotes": found.quotes,
                "in_library": found.in_library,
                "faults": list(found.faults),
            }
        )
    else:
        for fault in found.faults:
            print_text(fault)
        good = "" if found.faults else ", and every one stands where it should"
        print_text(
            f"{found.cases} cases, {found.quotes} quotes{good}; "
            f"{found.in_library} of them are in the library"
        )
    if count := len(found.faults):
        complain(f"{count} fault{'s' * (count != 1)} found, told with what to do about each")
        raise typer.Exit(1)


@sets_app.command("import")
def import_set(
    format: Annotated[
        Literal["auto", "squad", "clapnq", "beir", "multihop-rag", "csv"],
        typer.Argument(help="The format; auto: as it looks."),
    ],
    path: Annotated[
        Path, typer.Argument(help="The file, or the folder of a BEIR or MultiHop set.")
    ],
    out: Annotated[Path, typer.Argument(help="A new folder for set.jsonl and its articles.")],
    as_json: JsonOption = False,
) -> None:
    """Turn a set of another format into one of ours, with its articles as Markdown files."""
    from eval import importers

    foreign = importers.read(path, None if format == "auto" else format)
    with _bar("Writing articles", len(foreign.texts)) as advance:
        written = importers.write(foreign, out, advance)
    if as_json:
        print_json(
            {
                "set": str(written.file),
                "articles": written.articles,
                "answerable": written.answerable,
                "unanswerable": written.unanswerable,
                "quotes": written.quotes,
                "without_evidence": written.bare,
                "lost": list(written.lost),
            }
        )
        return
    for line in written.lost[:_MOST_TOLD]:
        print_text(f"not taken over: {line}")
    if more := len(written.lost[_MOST_TOLD:]):
        print_text(f"not taken over: {more} more (--json tells all)")
    print_text(
        f"{written.answerable} answerable and {written.unanswerable} unanswerable cases on "
        f"{written.articles} articles, {written.quotes} quotes; {written.bare} cases without "
        f"evidence\nask them: ibid eval {written.file} --build"
    )


@contextmanager
def _bar(words: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr, where that is a terminal, and what moves it on by one."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = stderr()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bars:
        task = bars.add_task(words, total=total)
        yield lambda: bars.advance(task)
