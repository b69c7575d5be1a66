"""``/v1/openapi.json``, and ``/v1/docs``: the same as a page that asks for nothing elsewhere."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from string import Template
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute

from ui import strings
from ui.api import note
from ui.api.v1 import problems
from ui.roots import at
from ui.window.page import scripts

_ABOUT = (
    "Answers from your own articles, every sentence with a verdict and an exact citation. "
    "Send a key as “Authorization: Bearer KEY”, which “ibid key add” makes; where nobody has to "
    "sign in and only this machine can ask, none is needed. What goes wrong is told as problem "
    "details (RFC 9457), whose “detail” says what to do."
)
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_CODE = re.compile(r"``([^`]+)``|`([^`]+)`")
_Schema = Mapping[str, Any]


def routes(routers: Sequence[APIRouter]) -> list[APIRouter]:
    """The two ways to what ``routers`` are documented with."""
    router = APIRouter(prefix="/v1", include_in_schema=False)
    documented = [route for one in routers for route in one.routes]

    @cache
    def schema() -> dict[str, Any]:
        return openapi(documented)

    @router.get("/openapi.json")
    def document() -> Response:
        root = at("")
        return JSONResponse({**schema(), "servers": [{"url": root}]} if root else schema())

    @router.get("/docs")
    def page(request: Request) -> Response:
        return HTMLResponse(page_of(schema(), str(request.base_url).rstrip("/")))

    return [router]


def openapi(documented: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of these ways. Each may answer with a `Problem`."""
    made = get_openapi(
        title=f"{strings.NAME} for programs",
        version=note.version(),
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=documented,
    )
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for theirs in ("HTTPValidationError", "ValidationError"):
        schemas.pop(theirs, None)
    schemas["Problem"] = problems.Problem.model_json_schema()
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"key": []}, {}]
    told = {problems.MEDIA_TYPE: {"schema": _PROBLEM}}
    for ways in made["paths"].values():
        for way in ways.values():
            answers = way["responses"]
            if "422" in answers:
                answers["422"] = {"description": "The request makes no sense", "content": told}
            answers["default"] = {"description": "What went wrong", "content": told}
    return made


def page_of(made: _Schema, address: str) -> str:
    """The document as a page; ``address`` is the one that the service was asked under."""
    title = made["info"]["title"]
    parts = (*_beginning(made, address), *_ways(made, address), *_objects(made), *_kinds())
    facts = {
        "title": html.escape(title),
        "product": html.escape(strings.NAME),
        "scheme": scripts.asset("scheme.html").read_text("utf-8"),
        "body": "\n".join(parts),
    }
    return Template(scripts.asset("docs.html").read_text("utf-8")).substitute(facts)


def _beginning(made: _Schema, address: str) -> Iterator[str]:
    yield _words(made["info"]["description"])
    yield f"<pre>{html.escape(_curl('GET', f'{address}/v1/articles', None))}</pre>"
    tags = [(tag, anchor(tag)) for tag in _tags(made)]
    tags += [("Objects", "objects"), ("Problems", "problems")]
    links = [f'<li><a href="#{anchor}">{html.escape(tag)}</a></li>' for tag, anchor in tags]
    links.append(f'<li><a href="{at("/v1/openapi.json")}">openapi.json</a></li>')
    yield f'<nav aria-label="Sections"><ul>{"".join(links)}</ul></nav>'


def _tags(made: _Schema) -> list[str]:
    found = [
        tag for ways in made["paths"].values() for way in ways.values() for tag in _tags_of(way)
    ]
    return list(dict.fromkeys(found))


def _tags_of(way: _Schema) -> list[str]:
    return list(way.get("tags") or ["Others"])[:1]


def _ways(made: _Schema, address: str) -> Iterator[str]:
    for tag in _tags(made):
        yield f'<h2 id="{anchor(tag)}">{html.escape(tag)}</h2>'
        for path, ways in made["paths"].items():
            for method, way in ways.items():
                if tag in _tags_of(way):
                    yield _way(method.upper(), path, way, _example(made, way), address)


def _way(method: str, path: str, way: _Schema, example: Any, address: str) -> str:
    told = [_words(way.get("description", ""))]
    fields = [(one["name"], one["schema"], one) for one in way.get("parameters", ())]
    if fields:
        told.append("<h4>Parameters</h4>" + _fields(fields))
    for kind, content in way.get("requestBody", {}).get("content", {}).items():
        told.append(f"<h4>Body: {html.escape(kind)}</h4><p>{_kind(content['schema'])}</p>")
    if example is not None:
        told.append(f"<pre>{html.escape(_curl(method, address + path, example))}</pre>")
    for status, answer in way.get("responses", {}).items():
        if status.startswith("2"):
            kinds = [
                f"{html.escape(kind)}: {_kind(one.get('schema', {}))}"
                for kind, one in answer.get("content", {}).items()
            ]
            told.append(f"<h4>Answer: {status}</h4><p>{'; '.join(kinds) or 'nothing more'}</p>")
    known = [status for status in way.get("responses", {}) if status[:1] in "45"]
    if known:
        told.append(f"<h4>Problems</h4><p>{', '.join(sorted(known))}</p>")
    return (
        f'<details id="{anchor(f"{method} {path}")}"><summary><h3><span class="method">{method}'
        f'</span> <code>{html.escape(path)}</code></h3><span class="what">'
        f'{html.escape(way.get("summary", ""))}</span></summary><div class="body">'
        f"{''.join(told)}</div></details>"
    )


def _example(made: _Schema, way: _Schema) -> Any:
    """What may be sent to a way in as JSON; None where nothing is, or there is no example."""
    content = way.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return next(iter(made["components"]["schemas"].get(name, {}).get("examples", ())), None)


def _objects(made: _Schema) -> Iterator[str]:
    yield '<h2 id="objects">Objects</h2>'
    for name, schema in sorted(made["components"]["schemas"].items()):
        fields = [(field, one, one) for field, one in schema.get("properties", {}).items()]
        examples = [
            f"<pre>{html.escape(json.dumps(one, indent=2, ensure_ascii=False))}</pre>"
            for one in schema.get("examples", ())
        ]
        shown = "<h4>Examples</h4>" + "".join(examples) if examples else ""
        yield (
            f'<details id="{anchor(name)}"><summary><h3>{html.escape(name)}</h3></summary>'
            f'<div class="body">{_words(schema.get("description", ""))}'
            f"{_fields(fields)}{shown}</div></details>"
        )


def _kinds() -> Iterator[str]:
    yield '<h2 id="problems">Problems</h2><section class="plain"><dl>'
    for name, kind in problems.KINDS.items():
        detail = html.escape(kind.detail or "Its detail says what.")
        yield (
            f'<dt id="{name}"><code>{name}</code> <span class="kind">{kind.status}</span></dt>'
            f"<dd>{html.escape(kind.title)}. {detail}</dd>"
        )
    yield "</dl></section>"


def _fields(fields: Sequence[tuple[str, _Schema, _Schema]]) -> str:
    if not fields:
        return ""
    lines = [
        f'<dt><code>{html.escape(name)}</code></dt><dd><span class="kind">{_kind(schema)}</span> '
        f"{_marked(about.get('description', ''))}</dd>"
        for name, schema, about in fields
    ]
    return f"<dl>{''.join(lines)}</dl>"


def _kind(schema: _Schema) -> str:
    """What a value is, in a few words; an object leads to where it is described."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{anchor(name)}">{html.escape(name)}</a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(map(_kind, schema[key])))
    if "allOf" in schema:
        return _kind(schema["allOf"][0])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(f"<code>{html.escape(json.dumps(one))}</code>" for one in values)
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    said = str(schema.get("format") or schema.get("type") or "anything")
    return html.escape(said if said != "null" else "null")


def _words(text: str) -> str:
    """Words as they stand in a docstring: paragraphs, lists, and between backticks code."""
    return "".join(_paragraph(one.strip()) for one in text.split("\n\n"))


def _paragraph(text: str) -> str:
    if not text.startswith("- "):
        return f"<p>{_marked(text)}</p>"
    items = "".join(f"<li>{_marked(one)}</li>" for one in text[2:].split("\n- "))
    return f"<ul>{items}</ul>"


def _marked(text: str) -> str:
    found = html.escape(" ".join(text.split()))
    return _CODE.sub(lambda one: f"<code>{one[1] or one[2]}</code>", found)


def _curl(method: str, address: str, body: Any) -> str:
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}{address}"]
    lines.append('  -H "Authorization: Bearer $IBID_KEY"')
    if body is not None:
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{json.dumps(body)}'"]
    return " \\\n".join(lines)


def anchor(name: str) -> str:
    """Where something stands on the page."""
    return "-".join(re.findall(r"[A-Za-z0-9_]+", name))
