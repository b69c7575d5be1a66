"""``ibid models``: the models that run on this machine, and what else is at hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from rag.models import found, inventory, speed
    from rag.settings import Settings

models_app = typer.Typer(
    help="The models that run on this machine, and those at hand.", no_args_is_help=False
)


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models: name, role, size, speed, licence, whether here; and what else is at hand.

    At hand are the models of a running Ollama, llama.cpp or LM Studio, and the providers whose key
    is in the environment. Nothing is sent to them, and none is used before you name it.
    """
    from rag.models import found, inventory, speed

    if context.invoked_subcommand:
        return
    mine = settings()
    rows, offers = inventory.rows(mine), found.offers()
    speeds = speed.remembered(mine.models_dir)
    if as_json:
        print_json(
            {
                "folder": str(mine.models_dir),
                "models": [
                    {**asdict(row), "speed": _speed_json(speeds.get(row.name))} for row in rows
                ],
                "found": [
                    {**asdict(offer), "speed": _speed_json(speeds.get(offer.model))}
                    for offer in offers
                ],
            }
        )
        return
    _print(rows, speeds, mine)
    for row in rows:
        if why := inventory.trouble(row.name):
            complain(why)
    _print_found(offers, speeds)


def _print(
    rows: Sequence[inventory.Row], speeds: Mapping[str, speed.Speed], mine: Settings
) -> None:
    from rich.table import Table

    table = Table("Name", "Role", "Size", "Speed here", "Licence", "Present", "Verified", box=None)
    for row in rows:
        is_language_model = row.writes
        table.add_row(
            row.name + (" *" if row.default else ""),
            row.role,
            _megabytes(row.size),
            _speed(speeds.get(row.name)) if is_language_model else "",
            row.licence or "not told",
            "yes" if row.present else "no",
            "yes" if row.verified else "no",
        )
    stdout().print(table)
    print_text(f"\n* fetched by set-up; kept in {mine.models_dir}")
    print_text("To measure the speed of one: ibid models measure NAME")


def _print_found(offers: Sequence[found.Offer], speeds: Mapping[str, speed.Speed]) -> None:
    if not offers:
        return
    print_text("\nAt hand, and not used unless you name it:")
    for offer in offers:
        where = f"sends your question and the passages to {offer.host}" if offer.host else ""
        if offer.base_url:
            facts = [
                offer.by,
                _megabytes(offer.size) if offer.size else "",
                _speed(speeds.get(offer.model)),
                where or "stays on this machine",
            ]
            print_text(f"  IBID_BASE_URL={offer.base_url} IBID_MODEL={offer.model}")
        else:
            first = f"first run: pip install {offer.package}" if offer.package else ""
            facts = [f"{offer.by}, by the key in {offer.key}", where, first]
            print_text(f"  IBID_MODEL={offer.model}{offer.models[0] if offer.models else 'NAME'}")
        print_text(f"      {'; '.join(filter(None, facts))}")


@models_app.command("pull")
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME…]",
            help="Listed ones, or hf:owner/repository/file.gguf. Default: those of set-up.",
        ),
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
            status = store.status(name)
            if status.verified:
                folders[name] = str(store.path(name))
                continue
            size = status.model.size
            if not sys.stderr.isatty():
                stderr().print(f"fetching {name}{f', {_megabytes(size)}' if size else ''}")
            task = bars.add_task(name, total=size or None)

            def show_progress(now: Any, task: Any = task) -> None:
                bars.update(task, completed=now.done, total=now.total)

            folders[name] = str(store.pull(name, show_progress))
    if as_json:
        print_json({"folders": folders})


@models_app.command()
def verify(as_json: JsonOption = False) -> None:
    """Read every model that is here again, and compare it with its SHA-256."""
    from rag.models import inventory
    from rag.models.store import ModelStore

    mine = settings()
    store = ModelStore(mine.models_dir)
    right, wrong = [], []
    for name in inventory.names_to_verify(mine):
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


@models_app.command()
def measure(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A language model, as IBID_MODEL names it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how many tokens a second a language model reads and writes here; it is remembered.

    The model is given some sentences of Ibid's own, so nothing of yours is sent to a provider.
    """
    from rag.models import chat, providers, speed

    mine = settings(model=name, max_answer_tokens=speed.MOST_WRITTEN)
    if host := providers.goes_to(mine):
        complain(f"asking {host}; some sentences of Ibid's own are sent there")
    model = chat.chat_model(mine)
    try:
        found = speed.measure(model)
    except IbidError:
        raise
    except Exception as error:  # every provider's package raises its own
        raise chat.unusable(error, mine) from None
    speed.remember(mine.models_dir, mine.model, found)
    if as_json:
        print_json({"name": mine.model, **(_speed_json(found) or {})})
    else:
        print_text(f"{mine.model}  {_speed(found)}, on {found.machine}")


@models_app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7870,
) -> None:
    """Serve embedder, reranker and reader to machines that have none of them.

    There, IBID_EMBEDDER_URL, IBID_RERANKER_URL and IBID_READER_URL name this
    address. It speaks as Text Embeddings Inference does, and under /v1 as
    OpenAI's embeddings and Jina's rerank. For other machines to ask,
    IBID_MODELS_TOKEN_FILE names a file with a token that they need.
    Ctrl-C ends it. The language model is not served.
    """
    from ui.modelling import serving

    def ready(url: str) -> None:
        print_text(f"Ibid serves its models at {url}  (Ctrl-C ends it)")

    serving.serve(settings(), host, port, ready)


def _speed(measured: speed.Speed | None) -> str:
    if measured is None:
        return "not measured"
    return f"reads {measured.reads:.0f}, writes {measured.writes:.0f} tokens/s ({measured.day})"


def _speed_json(measured: speed.Speed | None) -> dict[str, Any] | None:
    return None if measured is None else {**asdict(measured), "day": measured.day.isoformat()}


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size else "not told"
