"""``ibid config, doctor``: the settings in force, and whether all is well."""

from __future__ import annotations

import typer

from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    ModelOption,
    complain,
    plain,
    print_json,
    print_text,
    settings,
    stdout,
)

setup_app = typer.Typer()


@setup_app.command()
def config(
    library: LibraryOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Tell the settings in force, and where each comes from."""
    from rag.settings import config_files, flat, origins

    mine = settings(library=library, model=model)
    values, sources = flat(mine), origins(mine)
    if as_json:
        print_json(
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
        print_text(f"{name:<{widest}}  {shown}{told}")
    print_text(f"\nread from, the later ones winning: {', '.join(map(str, config_files()))}")


@setup_app.command()
def doctor(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Say what is here, what is wrong, and how to mend it."""
    from ui.cli.doctor import examine

    report = examine(settings(library=library))
    if as_json:
        print_json(report)
    else:
        for name, value in report["facts"].items():
            stdout().print(f"[dim]{name:18}[/dim] {plain(str(value))}")
        for problem in report["problems"]:
            stdout().print(f"[red]wrong[/red]              {plain(problem)}")
        if not report["problems"]:
            stdout().print("[green]all is well[/green]")
    if count := len(report["problems"]):
        complain(f"{count} problem{'s' * (count != 1)} found, told with what to do about each")
        raise typer.Exit(1)
