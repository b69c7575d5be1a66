"""One of two that work with a library at once: ``python sharing.py WAY FOLDER NAME ROUNDS``.

By the way "owning" each opens the library, and where the other owns it, reads what is there and
tries again. By the way "asking" each runs commands, which a running Ibid answers.

In every round one article is added, found and, in each second round, removed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from tiny import TinyEmbedder, make_article

from rag.errors import LibraryInUse
from rag.index.catalog import CATALOG
from rag.index.catalog import opened as catalog_opened
from rag.index.library import opened
from rag.settings import Settings
from ui.cli.main import main


def settings_of(folder: Path) -> Settings:
    return Settings(library=folder, chunk_chars=200, chunk_overlap=40)


def text(name: str, number: int) -> str:
    return " ".join(f"{name} saw ship {number} pass mile {mile}." for mile in range(number, 60))


def owning(folder: Path, name: str, number: int) -> None:
    while True:
        try:
            with opened(settings_of(folder), TinyEmbedder(), purpose=name) as own:
                (added,) = own.add([make_article(text(name, number), f"{name} {number}")])
                assert added.outcome == "added"
                found = own.nearest(own.embedder.embed_query(text(name, number)), 5)
                assert len(own.catalog.chunks([one for one, _ in found])) == 5
                if number % 2:
                    own.remove([added.article.id])
                return
        except LibraryInUse as error:
            told = str(error)
            assert "in use by" in told and "--library" in told and "\n" not in told
            time.sleep(0.01)
        if (folder / CATALOG).exists():
            with catalog_opened(folder / CATALOG) as catalog:
                for info in catalog.articles()[:3]:  # one may be removed just now
                    assert catalog.text(info.id, 0, 4) in ("Anna", "Bo s", "")


def asking(folder: Path, name: str, number: int) -> None:
    file = folder.parent / f"{name} {number}.txt"
    file.write_text(text(name, number))
    (added,) = ibid("add", str(file), "--json")["articles"]
    assert added["outcome"] == "added"
    assert ibid("search", f"When did {name} see ship {number}?", "--json")
    ibid("ask", f"When did {name} see ship {number}?", "--json")
    if number % 2:
        ibid("remove", added["article_id"], "--json")


def ibid(*arguments: str) -> Any:
    """What a command tells; it must not fail."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        try:
            main(list(arguments))
        except SystemExit as ended:
            code = ended.code
    assert code == 0, (arguments, out.getvalue(), err.getvalue())
    return json.loads(out.getvalue())


def run(way: str, folder: str, name: str, rounds: str) -> None:
    for number in range(int(rounds)):
        {"owning": owning, "asking": asking}[way](Path(folder), name, number)


if __name__ == "__main__":
    arguments: Sequence[str] = sys.argv[1:]
    run(*arguments)
