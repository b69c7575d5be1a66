"""``ibid models``: the models that run on this machine."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from rag.errors import IbidError
from ui.cli.shell import (
    JsonOption,
    complain,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)

models_app = typer.Typer(help="The models that run on this machine.", no_args_is_help=False)


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models: name, role, size, licence, present, verified."""
    from rich.table import Table

    from rag.models.registry import listed
    from rag.models.store import ModelStore

    if context.invoked_subcommand:
        return
    mine = settings()
    statuses = [ModelStore(mine.models_dir).status(name) for name in listed()]
    if as_json:
        print_json(
            {
                "folder": str(mine.models_dir),
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
    stdout().print(table)
    print_text(f"\n* fetched by set-up; kept in {mine.models_dir}")


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

    store = ModelStore(settings().models_dir)
    wanted = names or [model.name for model in listed().values() if model.default]
    folders = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=stderr(),
        disable=not sys.stderr.isatty(),
    ) as bars:
        for name in wanted:
            if store.status(name).verified:
                folders[name] = str(store.path(name))
                continue
            if not sys.stderr.isatty():
                stderr().print(f"fetching {name}, {_megabytes(listed()[name].size)}")
            task = bars.add_task(name, total=listed()[name].size)

            def show_progress(now: Any, task: Any = task) -> None:
                bars.update(task, completed=now.done)

            folders[name] = str(store.pull(name, show_progress))
    if as_json:
        print_json({"folders": folders})


@models_app.command()
def verify(as_json: JsonOption = False) -> None:
    """Read every model that is here again, and compare it with its SHA-256."""
    from rag.models.registry import listed
    from rag.models.store import ModelStore

    store = ModelStore(settings().models_dir)
    right, wrong = [], []
    for name in listed():
        if not store.status(name).present:
            continue
        try:
            store.verify(name)
            right.append(name)
            if not as_json:
                print_text(f"verified  {name}")
        except IbidError as error:
            wrong.append({"name": name, "error": str(error)})
            if not as_json:
                complain(str(error))
    if as_json:
        print_json({"verified": right, "wrong": wrong})
    if wrong:
        raise typer.Exit(1)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
