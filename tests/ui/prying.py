"""Requests of whoever looks all over for what is not theirs, made from what a service tells: its
table of ways in, its applications' routes, its documents and the configuration of its pages."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from starlette.routing import BaseRoute, Mount, Route

from ui import window
from ui.window.conversation import files
from ui.window.server import routes as table

_GAP = re.compile(r"\{(\w*)(?::\w+)?\}")
_MAYBE = re.compile(r"\[([^\]]*)\]")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_KINDS = sorted({*files.KINDS, "html", "md", "json"})
# Nobody does here what is waited for.
_NOT_ASKED = ("wait",)


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: ``path`` with gaps; ``query`` and ``body`` are schemas of what it reads, if it
    says so, and ``form`` whether that is sent as one."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    is_form: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the Model Context Protocol, and the schema of what it is given."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be sent below some library."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """All that it says."""
        content = (self.content or b"").decode(errors="replace")
        return f"{unquote_plus(self.path)} {content} {self.headers}"


def listed() -> list[Way]:
    """The ways in by the service's own table."""
    return [
        Way(method, route.template) for route in table.ROUTES for method in route.methods.split()
    ]


def routed(routes: Sequence[BaseRoute], root: str = "") -> Iterator[Way]:
    """The ways in by an application's routes, those of what is mounted in it too.

    What is not among `listed` is not there.
    """
    for one in routes:
        if isinstance(one, Mount):
            yield from routed(one.routes, f"{root}{one.path}")
        elif isinstance(one, Route):
            for method in sorted(one.methods or {"GET"}):
                yield Way(method, f"{root}{one.path}")


def documented(document: Mapping[str, Any]) -> Iterator[Way]:
    """The ways in by a document of OpenAPI, with what each reads."""
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            query = {
                one["name"]: one["schema"]
                for one in told.get("parameters", ())
                if one["in"] == "query" and one["name"] not in _NOT_ASKED
            }
            kinds = told.get("requestBody", {}).get("content", {})
            body = next((one["schema"] for one in kinds.values()), None)
            yield Way(method.upper(), path, query, body, any("form" in kind for kind in kinds))


class Pryer:
    """Fills the gaps of requests with ``words``, those of others, as the ``dice`` fall.

    ``document`` has the schemas that schemas name.
    """

    def __init__(
        self, words: Sequence[str], dice: random.Random, document: Mapping[str, Any]
    ) -> None:
        self._words = words
        self._dice = dice
        self._document = document

    def word(self) -> str:
        """One of the words, or some of them."""
        return " ".join(self._dice.choices(self._words, k=self._dice.choice((1, 1, 1, 2))))

    def asked(self, way: Way) -> Asked:
        """A request by a way in."""
        path = _MAYBE.sub(lambda found: self._dice.choice((found[1], "")), way.path)
        path = _CHOICE.sub(lambda found: self._dice.choice(found[1].split("|")), path)
        path = _GAP.sub(lambda found: quote(self._gap(found[1]), safe=""), path)
        query = {
            name: self.value(schema)
            for name, schema in way.query.items()
            if self._dice.random() < 0.4
        }
        if query:
            path = f"{path}?{urlencode(query, doseq=True)}"
        if way.method not in ("POST", "PUT", "PATCH"):
            return Asked(way.method, path)
        body = self.value(way.body) if way.body else self.anything()
        if way.is_form:
            return Asked(way.method, path, *_form(body))
        return Asked(way.method, path, json.dumps(body).encode(), _JSON)

    def _gap(self, name: str) -> str:
        """What may stand in a gap of this name: a number, a kind of file, or a word, which where
        nothing is known of it may be a file's."""
        if name == "number":
            return "1"
        if name == "kind":
            return self._dice.choice(_KINDS)
        word = self._dice.choice(self._words)
        return word if name else self._dice.choice((word, f"{word}.{self._dice.choice(_KINDS)}"))

    def anything(self) -> dict[str, Any]:
        """A body for who does not say what it reads."""
        names = ("question", "query", "session_hash", "fn_index", "event_id", "data", "path", "id")
        values = (self.word(), [self.word()], 0, {"id": self.word()})
        return {name: self._dice.choice(values) for name in names if self._dice.random() < 0.6}

    def called(self, tool: Tool) -> dict[str, Any]:
        """What a tool is called with."""
        document, self._document = self._document, tool.schema
        arguments = self.value(tool.schema)
        self._document = document
        return {"name": tool.name, "arguments": arguments}

    def all_given(self) -> list[Any]:
        """What a page may send to a function: a word, some, whatever any function looks for."""
        word = self._dice.choice(self._words)
        return [word, [word, self.word()], {**dict.fromkeys(_LOOKED_FOR, word), **_PLACES}]

    def given(self) -> Any:
        """One of these, or nothing."""
        return self._dice.choice([*self.all_given(), None])

    def value(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """Something that fits a JSON schema, of others' words."""
        schema = self._resolved(schema)
        if choices := schema.get("enum"):
            return self._dice.choice(choices)
        if "const" in schema:
            return schema["const"]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self.value(self._dice.choice(schema[several]), depth)
        match schema.get("type"):
            case "object" if depth < 5:
                return self._object(schema, depth)
            case "array":
                inner = schema.get("items", {"type": "string"})
                return [self.value(inner, depth + 1) for _ in range(self._dice.randint(1, 2))]
            case "integer" | "number":
                return self._dice.randint(schema.get("minimum", 0), 5)
            case "boolean":
                return self._dice.random() < 0.5
            case "null":
                return None
        if schema.get("format") == "date":
            return "2026-01-02"
        return self.word()

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        needed = schema.get("required", ())
        return {
            name: self.value(inner, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if name not in _NOT_ASKED and (name in needed or self._dice.random() < 0.35)
        }

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema


_JSON = {"Content-Type": "application/json"}


def posted(path: str, body: Mapping[str, Any]) -> Asked:
    """What is sent as JSON."""
    return Asked("POST", path, json.dumps(body).encode(), _JSON)


def spoken(method: str, params: Mapping[str, Any], session: str = "") -> Asked:
    """A call of the Model Context Protocol, in a session if one has begun."""
    said = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {**_JSON, "Mcp-Protocol-Version": _PROTOCOL}
    headers |= {"Mcp-Session-Id": session} if session else {}
    return Asked("POST", "/mcp", json.dumps(said).encode(), headers)


_PROTOCOL = "2025-06-18"
HELLO = spoken(
    "initialize",
    {
        "protocolVersion": _PROTOCOL,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
)
_BOUNDARY = "between-the-parts"


def _form(fields: Any) -> tuple[bytes, dict[str, str]]:
    """A form that sends files: whatever it reads, as a file of that name and as words."""
    fields = fields if isinstance(fields, dict) else {}
    lines = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            said = one if isinstance(one, str) else json.dumps(one)
            file = f'; filename="{quote(said)}.txt"' if "file" in name else ""
            lines += [
                f"--{_BOUNDARY}",
                f'Content-Disposition: form-data; name="{name}"{file}',
                *(["Content-Type: text/plain"] if file else []),
                "",
                said,
            ]
    body = "\r\n".join([*lines, f"--{_BOUNDARY}--", ""])
    return body.encode(), {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


def of_windows() -> list[str]:
    """What the window's functions look for in what they are sent, by its source."""
    read = re.compile(r"""given(?:\.get\(|\[)["'](\w+)|words_of\(given, ["'](\w+)""")
    files = sorted(Path(window.__path__[0]).rglob("*.py"))
    found = {
        name for file in files for pair in read.findall(file.read_text("utf-8")) for name in pair
    }
    return sorted(found - {""})


class Page:
    """What a page of a window can ask, by its configuration, as one that is named ``session``."""

    def __init__(self, config: Mapping[str, Any], session: str, home: str = "") -> None:
        self._config = config
        self._session = session
        self._ways = f"{home}/gradio_api"

    @property
    def handlers(self) -> list[int]:
        """The numbers of what its events lead to."""
        return [one["id"] for one in self._config["dependencies"] if one["backend_fn"]]

    @property
    def functions(self) -> list[tuple[int, str]]:
        """What its scripts may call: the number of a component, and a name."""
        return [
            (one["id"], name)
            for one in self._config["components"]
            for name in one["props"].get("server_fns") or ()
        ]

    def named(self, place: str) -> int:
        """The number of the component in a place of the page."""
        return next(
            one["id"] for one in self._config["components"] if one["props"].get("elem_id") == place
        )

    def joined(self, number: int, pryer: Pryer) -> Asked:
        """An event that waits for its turn."""
        return self._posted(f"queue/join{_address(pryer)}", self._event(number, pryer))

    def predicted(self, number: int, pryer: Pryer) -> Asked:
        """The same without waiting."""
        return self._posted(f"run/predict{_address(pryer)}", self._event(number, pryer))

    def followed(self) -> Asked:
        """What comes of the events that this page joined."""
        return Asked("GET", f"{self._ways}/queue/data?{urlencode({'session_hash': self._session})}")

    def called(self, component: int, name: str, data: Any) -> Asked:
        """A function called with something."""
        said = {"session_hash": self._session, "component_id": component, "fn_name": name}
        return self._posted("component_server/", {**said, "data": data})

    def _event(self, number: int, pryer: Pryer) -> dict[str, Any]:
        [wanted] = [one for one in self._config["dependencies"] if one["id"] == number]
        data = [pryer.given() for _ in wanted["inputs"]]
        return {
            "fn_index": number,
            "session_hash": self._session,
            "data": data,
            "event_data": pryer.given(),
            "trigger_id": wanted["targets"][0][0],
        }

    def _posted(self, way: str, body: Mapping[str, Any]) -> Asked:
        return posted(f"{self._ways}/{way}", body)


def _address(pryer: Pryer) -> str:
    """What stands in the address of the page that asks: a conversation, and a link."""
    return f"?{urlencode({'chat': pryer.word(), 'answer': pryer.word()})}"


_LOOKED_FOR = of_windows()
_PLACES = {"place": 1, "number": 1}  # where a word would be none
