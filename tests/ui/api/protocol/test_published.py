"""Promises of what others paste or publish: the README's configuration, and server.json."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
from clients import READING, ROOT, names, over_stdio, talking
from mcp import Client

# What the registry's schema of 2025-12-11 and its own rules ask of what stands in ours.
WORDS = {"type": "string", "minLength": 1}
ARGUMENT = {
    "type": "object",
    "required": ["type"],
    "oneOf": [
        {"properties": {"type": {"const": "named"}}, "required": ["name"]},
        {"properties": {"type": {"const": "positional"}}, "required": ["value"]},
    ],
}
SERVER = {
    "type": "object",
    "required": ["$schema", "name", "description", "version", "packages"],
    "properties": {
        "$schema": {"pattern": r"^https://static\.modelcontextprotocol\.io/schemas/[\d-]+/"},
        "name": {"type": "string", "pattern": r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$"},
        "title": {**WORDS, "maxLength": 100},
        "description": {**WORDS, "maxLength": 100},
        "version": {**WORDS, "pattern": r"^\d+\.\d+\.\d+$"},
        "packages": {
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["registryType", "identifier", "version", "transport"],
                "properties": {
                    "registryType": {"const": "pypi"},
                    "transport": {"properties": {"type": {"const": "stdio"}}},
                    "packageArguments": {"items": ARGUMENT},
                    "environmentVariables": {"items": {"required": ["name"]}},
                },
                "additionalProperties": WORDS,
            },
        },
    },
    "additionalProperties": False,
}


def server() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((ROOT / "server.json").read_text("utf-8"))
    return told


def test_the_configuration_of_the_readme_starts_what_it_says(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (block,) = [one for one in re.findall(r"```json\n(.*?)```", readme, re.DOTALL) if "mcp" in one]
    (given,) = json.loads(block)["mcpServers"].values()
    assert given["command"].endswith("/ibid") and given["args"][0] == "mcp"
    with talking(Client(over_stdio(tmp_path / "none", *given["args"][1:]), mode="auto")) as there:
        assert names(there.list_tools().tools) == READING


def test_server_json_is_as_the_registry_wants_it() -> None:
    jsonschema.Draft202012Validator.check_schema(SERVER)
    jsonschema.validate(server(), SERVER)


def test_server_json_is_of_this_package_and_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = server()
    (package,) = told["packages"]
    assert package["identifier"] == project["name"]
    assert {told["version"], package["version"]} == {project["version"]}
    assert told["description"] == project["description"]
    # By this the registry knows that a package is of whoever publishes it.
    assert f"mcp-name: {told['name']}" in (ROOT / "README.md").read_text("utf-8")


def test_server_json_names_no_host_but_that_of_its_schema() -> None:
    text = (ROOT / "server.json").read_text("utf-8")
    hosts = {urlsplit(link).hostname for link in re.findall(r"\w+://[^\s\"]+", text)}
    assert hosts == {"static.modelcontextprotocol.io"}
