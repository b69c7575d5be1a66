"""Promises of /mcp about who may do what there: by keys, by collections, and from where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from beside import Running
from clients import CHANGING, READING, Talk, client, failure, names, talking, text
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from ui import keys

ERAS = ("legacy", "auto")
BEGIN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


@pytest.fixture(scope="module")
def ferries(running: Running) -> str:
    """The id of the one article that is in the collection Ferries; the other is in Ovens."""
    with talking(client(running, "http auto")) as owner:
        for words, name in (("ferry", "Ferries"), ("bakery", "Ovens")):
            given = {"text": f"The {words} is in {name}.", "title": words, "collection": name}
            assert not owner.call_tool("add_article", given).is_error
        (article,) = owner.call_tool("list_articles", {"collection": "Ferries"}).structured_content[
            "articles"
        ]
    return str(article["id"])


@pytest.fixture
def by_key(running: Running, ferries: str) -> Iterator[Any]:
    """Connects by a new key of this scope and to these collections."""
    made: list[str] = []

    def connect(era: str, scope: keys.Scope, *collections: str) -> AbstractContextManager[Talk]:
        name = f"test{len(made)}"
        made.append(name)
        secret = keys.add(running.library / keys.KEYS, name, scope, collections)
        carrying = create_mcp_http_client(headers={"Authorization": f"Bearer {secret}"})
        there = streamable_http_client(f"{running.url}/mcp", http_client=carrying)
        return talking(Client(there, mode=era))

    yield connect
    for name in made:
        keys.remove(running.library / keys.KEYS, name)


def answered(running: Running, sent: Any, **headers: str) -> tuple[int, str, dict[str, str]]:
    place = urlsplit(running.url)
    connection = HTTPConnection(str(place.hostname), place.port, timeout=60)
    known = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection.request("POST", "/mcp", json.dumps(sent), known)
    response = connection.getresponse()
    told = response.status, response.read().decode(), dict(response.getheaders())
    connection.close()
    return told


@pytest.mark.parametrize("era", ERAS)
def test_a_key_to_read_sees_no_tool_that_changes_anything(by_key: Any, era: str) -> None:
    with by_key(era, "read") as there:
        assert names(there.list_tools().tools) == READING
        for tool, given in (("add_article", {"text": "a"}), ("remove_article", {"id": "a" * 12})):
            with pytest.raises(MCPError, match=f"no tool '{tool}' here"):
                there.call_tool(tool, given)
        assert not there.call_tool("search", {"query": "ferry"}).is_error


@pytest.mark.parametrize("era", ERAS)
def test_a_key_to_write_sees_them(by_key: Any, era: str) -> None:
    with by_key(era, "write") as there:
        assert names(there.list_tools().tools) == READING + CHANGING


@pytest.mark.parametrize("era", ERAS)
def test_a_key_to_a_collection_sees_only_its_articles(
    by_key: Any, era: str, running: Running, ferries: str
) -> None:
    with talking(client(running, "http auto")) as owner:
        every = {
            one["id"] for one in owner.call_tool("list_articles", {}).structured_content["articles"]
        }
    with by_key(era, "write", "Ferries") as there:
        listed = there.call_tool("list_articles", {}).structured_content
        assert [one["id"] for one in listed["articles"]] == [ferries] and listed["total"] == 1
        assert [one.name for one in there.list_resources().resources] == [ferries]
        found = there.call_tool("search", {"query": "bakery oven river boat"}).structured_content
        assert {one["article"]["id"] for one in found["passages"]} <= {ferries}
        answer = there.call_tool("ask", {"question": "How many seats has the boat?"})
        cited = {one["article"]["id"] for one in answer.structured_content["citations"]}
        assert cited <= {ferries} and "240" not in text(answer)
        for other in every - {ferries}:
            for article_id in (other, other[:4]):
                read = failure(there.call_tool("read_article", {"id": article_id}))
                assert read == f"no article {article_id}; list_articles shows what there is"
            assert "no article" in failure(there.call_tool("remove_article", {"id": other}))
            with pytest.raises(MCPError, match="no article"):
                there.read_resource(f"ibid://articles/{other}")
        for tool, given in (
            ("ask", {"question": "Who?"}), ("search", {"query": "x"}), ("list_articles", {}),
        ):  # fmt: skip
            theirs = failure(there.call_tool(tool, {**given, "collection": "Ovens"}))
            nobodys = failure(there.call_tool(tool, {**given, "collection": "None such"}))
            assert theirs == nobodys  # whether there is one they do not learn
        elsewhere = {"text": "Loaf.", "collection": "Ovens"}
        assert "one of your collections" in failure(there.call_tool("add_article", elsewhere))


def test_what_a_key_to_a_collection_adds_is_there_for_it(by_key: Any) -> None:
    with by_key("auto", "write", "Ferries") as there:
        added = there.call_tool("add_article", {"text": "The quay at Skarn was mended in 2011."})
        (article,) = added.structured_content["articles"]
        listed = there.call_tool("list_articles", {}).structured_content["articles"]
        assert article["id"] in {one["id"] for one in listed}
        taken = failure(
            there.call_tool("add_article", {"text": "The bakery is in Ovens.", "title": "bakery"})
        )
        assert "outside of your collections" in taken
        assert not there.call_tool("remove_article", {"id": article["id"]}).is_error


def test_a_key_that_is_removed_is_good_no_longer_in_a_session_that_goes_on(
    running: Running,
) -> None:
    file = running.library / keys.KEYS
    secret = keys.add(file, "leaving", "read")
    carried = {"Authorization": f"Bearer {secret}"}
    status, _, told = answered(running, BEGIN, **carried)
    assert status == 200
    session = told["mcp-session-id"]
    assert answered(running, LIST, Mcp_Session_Id=session, **carried)[0] == 200
    keys.remove(file, "leaving")
    assert answered(running, LIST, Mcp_Session_Id=session, **carried)[0] == 401


def test_nobody_else_may_use_a_session(running: Running) -> None:
    file = running.library / keys.KEYS
    secret = keys.add(file, "another", "admin")
    session = answered(running, BEGIN)[2]["mcp-session-id"]
    assert answered(running, LIST, Mcp_Session_Id=session)[0] == 200
    by_other = {"Mcp_Session_Id": session, "Authorization": f"Bearer {secret}"}
    assert answered(running, LIST, **by_other)[0] == 404
    keys.remove(file, "another")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Host": "attacker.example"}, 400),
        ({"Content_Type": "text/plain"}, 415),
        ({"Authorization": "Bearer ibid_" + "a" * 49}, 401),
    ],
)
def test_no_page_of_another_site_nor_a_wrong_key_gets_in(
    running: Running, headers: dict[str, str], status: int
) -> None:
    assert answered(running, BEGIN, **headers)[0] == status


@pytest.mark.parametrize(
    "sent",
    [[], "x", 7, None, {}, {"jsonrpc": "2.0"}, [BEGIN, BEGIN], {**BEGIN, "params": []},
     {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": {"a": 1}}}],
)  # fmt: skip
@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28", "1999-01-01"])
def test_what_is_no_request_is_refused_and_does_no_harm(
    running: Running, sent: Any, version: str
) -> None:
    status, told, _ = answered(running, sent, MCP_Protocol_Version=version)
    assert 400 <= status < 500 and "Traceback" not in told
    assert answered(running, BEGIN)[0] == 200


def test_half_a_character_is_an_argument_that_makes_no_sense(running: Running) -> None:
    with talking(client(running, "http auto")) as there:
        result = there.call_tool("search", {"query": "ferry"})
        assert not result.is_error
    sent = {
        "jsonrpc": "2.0",
        "id": 5,
        "method": "tools/call",
        "params": {
            "name": "search",
            "arguments": {"query": "\ud83c"},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    version = {
        "MCP_Protocol_Version": "2026-07-28",
        "Mcp_Method": "tools/call",
        "Mcp_Name": "search",
    }
    status, told, _ = answered(running, sent, **version)
    assert status < 500 and "Traceback" not in told
