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
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from shelved import Served, serving

from ui import keys

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
ROOT = str(Path(__file__).parents[4])
# The same requests in every run.
bounded = settings(
    max_examples=7,
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


Ways = dict[str, Any]


def documented(served: Served) -> Ways:
    """Every way in that is documented, by its name; those that remove come last."""
    found = schemathesis.openapi.from_asgi("/v1/openapi.json", served.web, headers=HERE)
    ways = [one.ok() for one in found.get_all_operations()]
    return {one.label: one for one in sorted(ways, key=lambda one: one.method == "delete")}


def ask_every(served: Served, ways: Ways, mode: GenerationMode, secret: str, *leaks: str) -> None:
    """Send requests of this kind, and look at what comes back."""
    known = {"article_id": served.ids()["A"], "name": "Boats", "model": "ibid"}
    sent = {**HERE, "Authorization": f"Bearer {secret}"}
    for way in ways.values():
        names = {one.name for one in way.path_parameters}
        there = {name: known[name] for name in names & known.keys()}
        if mode is GenerationMode.NEGATIVE and not [*way.query, *way.body]:
            continue  # any word may stand in a path
        for path_parameters in [there, {}] if there else [{}]:
            made = way.as_strategy(mode, path_parameters=path_parameters or None)

            @bounded
            @given(case=made)
            def ask(case: Any) -> None:
                if isinstance(case.body, dict) and "url" in case.body:
                    case.body["url"] = INSIDE
                answer = case.call(headers=sent)
                case.validate_response(answer, checks=CHECKS)
                for leak in (*leaks, secret, "secret-place", "Traceback", ROOT):
                    assert leak not in answer.text, (case.operation.label, leak)

            ask()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_finds_a_fault_or_a_leak_and_each_answer_is_as_documented(
    served: Served, mode: GenerationMode
) -> None:
    ways = documented(served)
    assert {"POST /v1/ask", "POST /v1/chat/completions", "POST /v1/articles/upload"} <= set(ways)
    secret = keys.add(served.library.folder / keys.KEYS, "tester", "admin", rate=1_000_000)
    ask_every(served, ways, mode, secret)


def test_a_key_of_one_collection_reads_nothing_of_another_whatever_it_sends(
    served: Served,
) -> None:
    file = served.library.folder / keys.KEYS
    secret = keys.add(file, "tester", "write", ["Boats"], rate=1_000_000)
    others = "Mill Lane"
    assert others in served.client.get("/v1/articles").text
    ask_every(served, documented(served), GenerationMode.POSITIVE, secret, others)
