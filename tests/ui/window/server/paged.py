"""A page of a window without a browser: what Gradio's own page would ask the server for."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass
class Paged:
    """The page of somebody's ``client`` below a path, such as ``/l/news``."""

    client: httpx.AsyncClient
    root: str
    config: Json
    name: str = field(default_factory=lambda: secrets.token_hex(5))

    async def call(self, elem_id: str, function: str, data: Any = None) -> Any:
        """What a component's function answers its script."""
        sent = {
            "data": {} if data is None else data,
            "component_id": self.component(elem_id),
            "fn_name": function,
            "session_hash": self.name,
        }
        answer = await self.client.post(f"{self.root}/gradio_api/component_server/", json=sent)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fire(self, elem_id: str, event: str, brought: Json | None = None) -> list[Any]:
        """What an event of a component brings to the page, with what its script sends."""
        return await self._run(self._event(self.component(elem_id), event), {}, brought)

    async def load(self, **query: str) -> list[list[Any]]:
        """What the page's address brings when it has just come, of each event that it begins."""
        loading = [one for one in self.config["dependencies"] if "load" in _names(one)]
        return [await self._run(one, query, None) for one in loading]

    def _event(self, component: int, name: str) -> Json:
        return next(
            one for one in self.config["dependencies"] if [component, name] in one["targets"]
        )

    async def _run(self, event: Json, query: dict[str, str], brought: Json | None) -> list[Any]:
        sent = {
            "data": [None] * len(event["inputs"]),
            "fn_index": event["id"],
            "session_hash": self.name,
            "event_data": brought,
            "trigger_id": event["targets"][0][0],
        }
        way = "run/predict" if event["queue"] is False else "queue/join"
        begun = await self.client.post(f"{self.root}/gradio_api/{way}", json=sent, params=query)
        assert begun.status_code == 200, begun.text
        told: Json = begun.json() if way == "run/predict" else (await self.came())[-1]["output"]
        assert "error" not in told, told
        return list(told["data"])

    async def came(self) -> list[Json]:
        """What comes to the page until all that it began has ended."""
        answer = await self.client.get(
            f"{self.root}/gradio_api/queue/data", params={"session_hash": self.name}
        )
        assert answer.status_code == 200, answer.text
        lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
        messages = [json.loads(line) for line in lines]
        return [one for one in messages if one["msg"] == "process_completed"]

    def component(self, elem_id: str) -> int:
        """The number of a component."""
        return next(
            int(one["id"])
            for one in self.config["components"]
            if one["props"].get("elem_id") == elem_id
        )


def _names(event: Json) -> list[str]:
    return [name for _, name in event["targets"]]


async def paged(client: httpx.AsyncClient, root: str) -> Paged:
    """The page that a client is shown below a path."""
    answer = await client.get(f"{root}/config")
    assert answer.status_code == 200, answer.text
    return Paged(client, root, answer.json())
