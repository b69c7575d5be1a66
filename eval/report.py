"""The figures of a run as JSON and as tables for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table

from eval.runner import Row
from eval.summary import Figure, Summary, Unit
from rag.schema import Answer, Citation

_LABELS = {
    "containment": "answer contains gold",
    "citation hit": "cites the evidence",
    "citation precision": "citations in the evidence",
    "refusals right": "refused, unanswerable",
    "refusals wrong": "refused, answerable",
    "seconds median": "seconds, median",
    "seconds p95": "seconds, p95",
    "failed": "failed questions",
}
_HEADLINE = "containment"
_SECTION_ENDS = ("token F1", "sentences cited", "refusals wrong", "MRR")
_TAG_FIGURES = ("containment", "citation hit", "refusal F1", "hit@5", "MRR")


# JSON ------------------------------------------------------------------------------------------


def to_json(summary: Summary, rows: Sequence[Row], info: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of a run as plain JSON values: ``settings``, ``summary`` and ``cases``.

    Args:
        info: what to remember of how the run was made, such as ``settings.model_dump()``. Its
            `SecretStr` values are left out, and are blotted out wherever else they occur, for
            instance where a server repeats a key in its error; so hand them over.
    """
    whole = {
        "settings": _plain(info),
        "summary": {
            "figures": _plain_figures(summary.figures.values()),
            "tags": {tag: _plain_figures(of.values()) for tag, of in summary.tags.items()},
        },
        "cases": [_plain_row(row) for row in rows],
    }
    # A placeholder such as "none", as local servers take, is no secret but may be a word.
    secrets = [secret for secret in _secrets(info) if len(secret) >= 8]
    blotted: dict[str, Any] = _blot(whole, secrets)
    return blotted


def _plain_figures(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    return [asdict(figure) for figure in figures]


def _plain_row(row: Row) -> dict[str, Any]:
    case, answer = row.case, row.answer
    return {
        "id": case.id,
        "question": case.question,
        "history": [{"role": turn.role, "text": turn.text} for turn in case.history],
        "tags": list(case.tags),
        "answerable": case.answerable,
        "gold": {
            "answers": list(case.answers),
            "evidence": [{"article": one.article, "quote": one.quote} for one in case.evidence],
            "spans": [asdict(span) for span in row.gold],
        },
        "answer": None if answer is None else _plain_answer(answer),
        "relevance": None if row.relevance is None else list(row.relevance),
        "values": dict(row.values),
        "verdict": row.verdict,
        "seconds": row.seconds,
        "error": None if row.error is None else _without_login(row.error),
    }


def _plain_answer(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "status": answer.status,
        "model": answer.model,
        "notice": _without_login(answer.notice),
        "sentences": [
            {
                "text": sentence.text,
                "support": sentence.support,
                "reason": sentence.reason,
                "citations": [_plain_citation(citation) for citation in sentence.citations],
            }
            for sentence in answer.sentences
        ],
    }


def _plain_citation(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "article_id": citation.article.id,
        "title": citation.article.title,
        "source": citation.article.source,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def _plain(value: Any) -> Any:
    """The value itself where JSON has it, else its text: a path, a date, a version."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items() if not _is_secret(name, one)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _without_login(str(value))


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, SecretStr) or name == "api_key"


def _secrets(info: Mapping[str, Any]) -> Iterator[str]:
    for name, value in info.items():
        if isinstance(value, Mapping):
            yield from _secrets(value)
        elif isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif _is_secret(name, value) and value:
            yield str(value)


def _without_login(text: str) -> str:
    """The text without the ``user:password@`` of the addresses in it."""
    return re.sub(r"(?<=://)[^/\s@]+@", "", text)


def _blot(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {key: _blot(one, secrets) for key, one in value.items()}
    if isinstance(value, list):
        return [_blot(one, secrets) for one in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[secret]")
    return value


# Tables ----------------------------------------------------------------------------------------


def table(summary: Summary) -> Table:
    """All figures of the run, the headline first."""
    shown = Table(title="Evaluation", title_justify="left")
    shown.add_column("metric")
    shown.add_column("value", justify="right")
    shown.add_column("95 % interval", justify="right")
    shown.add_column("n", justify="right")
    # In the summary's order: what the user gets first, what explains it next.
    for name, figure in summary.figures.items():
        shown.add_row(
            _LABELS.get(name, name),
            _shown(figure.value, figure.unit),
            _shown_interval(figure),
            str(figure.n),
            style="bold" if name == _HEADLINE else None,
            end_section=name in _SECTION_ENDS,
        )
    return shown


def tag_table(summary: Summary) -> Table | None:
    """The leading figures of each tag, one row a tag; None where no case has a tag."""
    if not summary.tags:
        return None
    shown = Table(title="By tag", title_justify="left")
    shown.add_column("tag")
    shown.add_column("n", justify="right")
    for name in _TAG_FIGURES:
        shown.add_column(_LABELS.get(name, name), justify="right")
    for tag, figures in summary.tags.items():
        cells = (_shown(figures[name].value, figures[name].unit) for name in _TAG_FIGURES)
        shown.add_row(escape(tag), str(figures["failed"].n), *cells)
    return shown


def _shown(value: float | None, unit: Unit) -> str:
    if value is None:
        return "-"
    match unit:
        case "share":
            return f"{value:.1%}".replace("%", " %")
        case "score":
            return f"{value:.3f}"
        case "seconds":
            return f"{value:.2f} s"
        case "count":
            return f"{value:.0f}"


def _shown_interval(figure: Figure) -> str:
    if figure.low is None:
        return ""
    return f"{_shown(figure.low, figure.unit)} … {_shown(figure.high, figure.unit)}"
