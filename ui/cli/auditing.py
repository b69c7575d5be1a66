"""``ibid log``: who changed what in the library, on the command line."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer

from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings

auditing_app = typer.Typer()
_MOST_IDS = 5


@auditing_app.command()
def log(
    n: Annotated[int, typer.Option("-n", min=1, help="Only the latest so many changes.")] = 50,
    article: Annotated[
        str, typer.Option(metavar="ID", help="Only of this article, by id or its beginning.")
    ] = "",
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell who changed what in the library, the latest change last."""
    from rag.language import visible
    from ui import audit
    from ui.state import places

    mine = settings(library=library)
    told = (
        line
        for line in audit.read(places.of(mine).audit)
        if not article or any(str(one).startswith(article) for one in line.get("articles", []))
    )
    found = list(islice(told, n))[::-1]
    if as_json:
        print_json({"changes": found})
        return
    for line in found:
        print_text(visible.told(_words(line)))
    if not found:
        print_text("No change is known; each is put down since this version of Ibid.")


def _words(line: dict[str, Any]) -> str:
    ids = [str(one) for one in line.get("articles", [])]
    more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
    failed = f" FAILED ({line.get('error')})" if line.get("outcome") == "failed" else ""
    names = " ".join(str(line[name]) for name in ("collection", "new") if line.get(name))
    by = " ".join(str(line[name]) for name in ("by", "way", "route") if line.get(name))
    what = " ".join(part for part in (str(line.get("act", "")), names, *ids[:_MOST_IDS]) if part)
    return f"{line.get('time', '')}  {what}{more}{failed} ({by})"
