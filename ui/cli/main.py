"""The command line. Parses and prints; the work is done by rag and eval.

Everything heavy is imported inside of the commands, so that ``ibid --help`` is instant.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rag.errors import IbidError
from ui.cli.accounts import user_app
from ui.cli.asking import asking_app
from ui.cli.auditing import auditing_app
from ui.cli.curating import curating_app
from ui.cli.duplicates import duplicates_app
from ui.cli.evals import eval_app
from ui.cli.feedback import feedback_app
from ui.cli.jobs import jobs_app
from ui.cli.keys import key_app
from ui.cli.libraries import libraries_app
from ui.cli.library import library_app
from ui.cli.mcp import mcp_app
from ui.cli.mending import mending_app
from ui.cli.models import models_app
from ui.cli.moving import moving_app
from ui.cli.runs import runs_app
from ui.cli.serving import serving_app
from ui.cli.sets import sets_app
from ui.cli.setup import setup_app
from ui.cli.shell import complain, print_text
from ui.cli.syncing import sync_app
from ui.cli.working import working_app

app = typer.Typer(
    name="ibid",
    help="Answers from your own articles, every sentence with a citation that was checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(library_app)
app.add_typer(sync_app)
app.add_typer(curating_app)
app.add_typer(mending_app)
app.add_typer(duplicates_app)
app.add_typer(moving_app)
app.add_typer(asking_app)
app.add_typer(mcp_app)
app.add_typer(serving_app)
app.add_typer(working_app)
app.add_typer(jobs_app)
app.add_typer(setup_app)
app.add_typer(models_app, name="models")
eval_app.add_typer(runs_app)
eval_app.add_typer(sets_app)
app.add_typer(eval_app, name="eval")
app.add_typer(user_app)
app.add_typer(user_app, name="users", hidden=True)
app.add_typer(auditing_app)
app.add_typer(feedback_app)
app.add_typer(key_app)
app.add_typer(libraries_app)
app.add_typer(key_app, name="keys", hidden=True)

_INTERRUPTED = 130
_USAGE_ERROR = typer.BadParameter.__mro__[1]  # its own name is private to typer


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_text(f"ibid {version('ibid-rag')}")
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


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, that of the command line unless ``arguments`` are given.

    Raises:
        SystemExit: always. 0: done; 1: failed, told in one line; 2: wrong usage; 130: Ctrl-C.
    """
    status: list[int] = []
    if arguments is None:  # first, so that whatever else is done at the end is done before
        atexit.register(_leave, status)
    given = _with_starter(list(sys.argv[1:] if arguments is None else arguments))
    # Wherever it stands, since it is asked for after a failure, at the end of the line.
    debug = "--debug" in given
    _hush(debug)
    given = _with_config(given)
    if arguments is None and given[:1] == ["rebuild"]:
        with suppress(OSError, AttributeError):  # elsewhere there is no such thing
            os.nice(10)  # Whoever asks meanwhile goes before.
    try:
        # Not standalone: typer would print wrong arguments as they are, escape codes and all.
        ended = app(
            [argument for argument in given if argument != "--debug"],
            prog_name="ibid",
            standalone_mode=False,
        )
    except KeyboardInterrupt:
        ended = _INTERRUPTED
    except Exception as error:
        if debug:
            _show_trace()
        ended = _told(error)
    if ended == _INTERRUPTED:
        complain("stopped")
    status.append(ended or 0)
    sys.exit(ended or 0)


def _leave(status: list[int]) -> None:
    """End at once: to take apart what a window has loaded takes Python more than a second."""
    if status:
        with suppress(OSError):  # nobody reads it any more
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status[0])


def _told(error: Exception) -> int:
    """Tell a failure in one line; its exit status."""
    if isinstance(error, IbidError):
        complain(str(error))
    elif isinstance(error, typer.Abort):
        complain("aborted")
    elif isinstance(error, _USAGE_ERROR):
        return _wrong_usage(error)
    elif isinstance(error, OSError) and (known := _advice(error)):
        complain(known)
    else:
        line = next(iter(str(error).splitlines()), "")
        complain(f"{type(error).__name__}: {line} (a fault of Ibid; --debug shows where)")
    return 1


def _advice(error: OSError) -> str:
    from rag import disk

    return disk.advice(error)


def _wrong_usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    if context is not None:
        sys.stderr.write(f"{context.get_usage()}\n")
    where = f"; see {context.command_path} --help" if context is not None else ""
    complain(f"{error.format_message().rstrip('.')}{where}")
    return int(error.exit_code)


def _show_trace() -> None:
    import traceback

    from rag.language import visible

    sys.stderr.write(visible.printable(traceback.format_exc()))


def _with_config(given: list[str]) -> list[str]:
    """The arguments without ``--config FILE``, which is where the settings are read from."""
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
    import warnings

    from ui.cli.logs import PrintableFormatter

    lines = logging.StreamHandler()
    form = "%(levelname)s:%(name)s:%(message)s" if debug else "%(name)s: %(message)s"
    lines.setFormatter(PrintableFormatter(form))
    logging.basicConfig(level=logging.INFO if debug else logging.ERROR, handlers=[lines])
    if not debug:
        warnings.simplefilter("ignore")
        logging.getLogger("ibid").setLevel(logging.ERROR)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")


if __name__ == "__main__":
    main()
