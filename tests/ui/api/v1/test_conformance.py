"""Whatever is sent to the API: no fault of it, no leak, and every answer as the docs say.

Schemathesis makes the requests from the OpenAPI document: what fits it, and what does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from shelved import Served, serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Nowhere but on the inside of this machine, where it is refused before anybody is asked.
INSIDE = "http://127.0.0.1/article"
HERE = {"Host": "127.0.0.1"}
# The same requests in every run.
bounded = settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("secret-place")) as it:
        it.library.create_collection("Boats")
        it.library.collect("Boats", [it.ids()["A"]])
        yield it


@pytest.fixture
def ways(served: Served) -> dict[str, APIOperation[Any, Any, Any, Any, Any]]:
    """Every way in that is documented, by its name; those that remove come last."""
    found = schemathesis.openapi.from_asgi("/v1/openapi.json", served.web, headers=HERE)
    documented = [one.ok() for one in found.get_all_operations()]
    return {one.label: one for one in sorted(documented, key=lambda one: one.method == "delete")}


def asked(served: Served, case: Any) -> None:
    """Send it, and look at what comes back."""
    if isinstance(case.body, dict) and "url" in case.body:
        case.body["url"] = INSIDE
    answer = case.call(headers=HERE)
    case.validate_response(answer, checks=CHECKS)
    for leak in (str(served.folder), "secret-place", "Traceback", str(Path(__file__).parents[4])):
        assert leak not in answer.text, (case.operation.label, leak)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_finds_a_fault_or_a_leak_and_each_answer_is_as_documented(
    served: Served, ways: dict[str, APIOperation[Any, Any, Any, Any, Any]], mode: GenerationMode
) -> None:
    known = {"article_id": served.ids()["The"], "name": "Boats"}
    assert len(ways) > 15
    for way in ways.values():
        names = {one.name for one in way.path_parameters}
        there = {name: known[name] for name in names & known.keys()}
        if mode is GenerationMode.NEGATIVE and not [*way.query, *way.body]:
            continue  # any word may stand in a path
        tried = [there, {}] if there else [{}]
        for path_parameters in tried:
            made = way.as_strategy(mode, path_parameters=path_parameters or None)

            @bounded
            @given(case=made)
            def ask(case: Any) -> None:
                asked(served, case)

            ask()
