"""Documents that an older Ibid wrote, such as conversations and the rows of runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rag.reasons import parsed


def upgraded(document: Any) -> Any:
    """A JSON document that an older Ibid wrote, with the answers in it in today's form.

    Leads and reasons were sentences of English once, and what was hedged was called quoted.
    """
    if isinstance(document, list):
        return [upgraded(item) for item in document]
    if not isinstance(document, dict):
        return document
    new = {key: upgraded(value) for key, value in document.items()}
    if isinstance(lead := new.get("lead"), str) and "is_quote" in new:
        new["lead"] = _lead(lead)
    if "is_quote" in new and "because" not in new:
        new["because"] = asdict(parsed(new.get("reason", "")))
    first = (new.get("sentences") or [{}])[0] if "sentences" in new else {}
    if new.get("status") == "quoted" and first.get("lead") == "nearest":
        new["status"] = "hedged"
    return new


def _lead(written: str) -> str:
    if written.startswith("The nearest words"):
        return "nearest"
    if written.endswith("differs:"):
        return "differs"
    return "source" if written.endswith(":") else written
