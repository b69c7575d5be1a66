"""``ibid feedback``: what was thought of answers, on the command line."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings

if TYPE_CHECKING:
    from ui.window.conversation.feedback import Feedback

feedback_app = typer.Typer()


@feedback_app.command()
def feedback(
    verdict: Annotated[
        Literal["up", "down"] | None, typer.Option(help="Only what was liked, or was not.")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Only the latest so many.")] = 50,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write all that was liked as a new Q&A set, for ibid eval."
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what readers and callers thought of answers, the latest first; make a set of it."""
    from ui.state import places
    from ui.window.conversation.feedback import Feedbacks

    kept = Feedbacks(places.of(settings(library=library)).conversations, read_only=True)
    try:
        found = kept.all(verdict)
    finally:
        kept.close()
    if export is not None:
        _export(found, export, as_json)
    elif as_json:
        print_json({"feedback": [_document(one) for one in found[:n]], "total": len(found)})
    else:
        _tell(found[:n], len(found))


def _tell(shown: list[Feedback], total: int) -> None:
    from rag.language import visible

    for one in shown:
        answer = one.exchange.answer
        by = f" ({one.by})" if one.by else ""
        print_text(visible.told(f"{one.given:%Y-%m-%d %H:%M}  {one.verdict:<4}  "
                                f"{one.exchange.question}{by}"))  # fmt: skip
        said = " ".join(answer.text.split()) if answer else ""
        print_text(visible.told(f"    answered: {said}"))
        if one.reason:
            print_text(visible.told(f"    thought: {' '.join(one.reason.split())}"))
    if not shown:
        print_text("Nobody has said what they think of an answer; the window has a thumb for it.")
    elif total > len(shown):
        print_text(f"{total - len(shown)} earlier ones: -n {total} tells all")


def _document(one: Feedback) -> dict[str, Any]:
    from ui.api.v1.feedback import feedback_document

    return feedback_document(one).model_dump(mode="json") | {"place": one.place}


def _export(found: list[Feedback], file: Path, as_json: bool) -> None:
    from eval.sets.cases import Case, save
    from rag.errors import CaseError
    from ui.window.evaluation.opinions import confirmed

    cases: dict[str, Case] = {}
    for one in found:
        if case := confirmed(one):
            cases.setdefault(case.id, case)
    disliked = sum(one.verdict == "down" for one in found)
    if not cases:
        raise CaseError("no answer was liked yet, so there is no case to write")
    save(file, cases.values())
    if as_json:
        print_json({"set": str(file), "cases": len(cases), "disliked": disliked})
        return
    print_text(f"{len(cases)} cases in {file}; ask them: ibid eval {quote(str(file))}")
    if disliked:
        print_text(
            f"{disliked} answers were not liked: what is right, their owner says in the window, "
            "under Evaluation, which makes cases of them"
        )
