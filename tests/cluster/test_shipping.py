"""Promises of what is shipped: it names what there is, and keeps to what is allowed it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rag.secret_files import holds_secret
from rag.settings import Settings, names

ROOT = Path(__file__).parents[2]
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
SHIPPED = [ROOT / "Dockerfile", ROOT / "compose.yaml", *MANIFESTS]
SETTINGS = {f"IBID_{name.replace('.', '__').upper()}" for name in names()}
SECRETS = {f"IBID_{n.upper()}" for n, one in Settings.model_fields.items() if holds_secret(one)}
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
OBJECTS: list[dict[str, Any]] = [
    one for file in MANIFESTS for one in yaml.safe_load_all(file.read_text("utf-8"))
]


def pods() -> Iterator[Any]:
    for one in OBJECTS:
        if "template" in one.get("spec", {}):
            yield pytest.param(one["spec"]["template"]["spec"], id=one["metadata"]["name"])


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_each_variable_is_a_setting_that_exists(file: Path) -> None:
    named = set(re.findall(r"\bIBID_[A-Z_]+[A-Z](?=\b)", file.read_text("utf-8")))
    files = {f"{name}_FILE" for name in SECRETS}
    assert {name for name in named if name not in SETTINGS | files} <= {"IBID_0_SERVICE_HOST"}


def test_the_variables_are_looked_for_at_all() -> None:
    assert {"IBID_LIBRARY", "IBID_CHROMA", "IBID_WINDOW__PROXIES"} <= SETTINGS
    assert "IBID_DATABASE" in SECRETS
    environment = COMPOSE["services"]["ibid-0"]["environment"]
    config = next(one for one in OBJECTS if one["kind"] == "ConfigMap")["data"]
    same = ("IBID_LIBRARY", "IBID_CHROMA", "IBID_API__LOADING_S", "IBID_LOG")
    assert {name: environment[name] for name in same} == {name: config[name] for name in same}


def test_no_secret_stands_in_what_is_shipped() -> None:
    for file in SHIPPED:
        for name in SECRETS | {"POSTGRES_PASSWORD"}:
            assert not re.search(rf"\b{name}\b(?!_FILE)", file.read_text("utf-8")), (file, name)


def test_secrets_are_made_once_closed_to_others_and_of_one_password(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = ["sh", ROOT / "deploy" / "secrets.sh", folder]
    subprocess.run(made, check=True, timeout=60)
    password = (folder / "postgres_password").read_text("utf-8")
    address = (folder / "database").read_text("utf-8")
    assert re.fullmatch(r"[A-Za-z0-9]{32}", password)
    assert address == f"postgresql://ibid:{password}@postgres:5432/ibid"
    assert not folder.stat().st_mode & 0o077
    subprocess.run(made, check=True, timeout=60, stderr=subprocess.DEVNULL)
    assert (folder / "database").read_text("utf-8") == address


def test_nginx_asks_the_replicas_that_there_are() -> None:
    asked = set(
        re.findall(r"server (ibid-\d+):7860", (ROOT / "deploy/nginx/nginx.conf").read_text())
    )
    assert asked == {name for name in COMPOSE["services"] if name.startswith("ibid-")}
    kept = next(
        one
        for one in OBJECTS
        if one["metadata"]["name"] == "ibid" and "serviceName" in one.get("spec", {})
    )
    assert asked == {f"ibid-{number}" for number in range(kept["spec"]["replicas"])}
    assert asked <= {one["metadata"]["name"] for one in OBJECTS if one["kind"] == "Service"}


def test_replicas_believe_nginx_alone_about_who_asks() -> None:
    services = COMPOSE["services"]
    place = services["nginx"]["networks"]["inside"]["ipv4_address"]
    assert services["ibid-0"]["environment"]["IBID_WINDOW__PROXIES"] == f'["{place}"]'


@pytest.mark.parametrize("pod", list(pods()))
def test_each_pod_is_nobody_writes_nowhere_else_and_hears_of_no_service(pod: Any) -> None:
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    for container in pod["containers"]:
        allowed = container["securityContext"]
        assert allowed["readOnlyRootFilesystem"] and not allowed["allowPrivilegeEscalation"]
        assert allowed["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"] and container["resources"]["limits"]["memory"]
        mounted = {one["name"] for one in container["volumeMounts"]}
        assert {one["name"] for one in pod["volumes"]} <= mounted


def test_every_object_is_named_in_the_kustomization() -> None:
    named = yaml.safe_load((ROOT / "deploy" / "kustomization.yaml").read_text("utf-8"))
    assert set(named["resources"]) == {f"kubernetes/{file.name}" for file in MANIFESTS}
    for generated in (*named["configMapGenerator"], *named["secretGenerator"]):
        for file in generated["files"]:
            assert file.startswith("secrets/") or (ROOT / "deploy" / file).is_file()


def test_the_image_is_made_of_what_it_copies_and_runs_as_nobody() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)
        for word in line.split()
    }
    assert copied == let_in and all((ROOT / name).exists() for name in copied)
    assert re.findall(r"^USER (\d+):", text, re.MULTILINE) == ["10001"]
    assert text.count("\nFROM ") == 2 and "/healthz" in text
