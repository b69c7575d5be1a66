"""Promises of who may choose which model: nothing goes where no owner sends it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from doubles import Provider
from ggufs import ABOUT, TALKS, made

from rag.errors import IbidError, SettingsError
from rag.limits import WindowLimits
from rag.settings import load
from ui.window.page.visitor import OWNER, ROLE, USER
from ui.window.settings.choosing import Choosing
from ui.wishes import NOTHING

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
OPENAI = {"model": "openai:gpt-4.1-mini"}


def asking(role: str = "", address: str = HERE, name: str = "ada") -> Any:
    """A request: signed in with a role, or without one where nobody has to."""
    scope: dict[str, Any] = {"type": "http", "client": (address, 1), OWNER: f"user:{name}"}
    if role:
        scope |= {USER: name, ROLE: role}
    return SimpleNamespace(scope=scope)


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "MISTRAL_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")


def choosing(tmp_path: Path, allowed: tuple[str, ...] = (), **settings: Any) -> Choosing:
    mine = load(models_dir=tmp_path / "models", **settings)
    return Choosing(mine, tmp_path, WindowLimits(models=allowed))


def test_an_owner_is_offered_providers_and_told_where_questions_go(tmp_path: Path) -> None:
    offered = {one.model: one for one in choosing(tmp_path).choices(asking("owner"))}
    assert offered[""].host == ""
    assert offered["openai:"].host == "api.openai.com"
    assert "gpt-4.1-mini" in offered["openai:"].models


@pytest.mark.parametrize("role", ["reader", "editor"])
def test_whoever_is_no_owner_sends_nothing_elsewhere(role: str, tmp_path: Path) -> None:
    own = choosing(tmp_path)
    request = asking(role)
    assert all(not one.host for one in own.choices(request))
    with pytest.raises(SettingsError, match="role"):
        own.pick(request, OPENAI, "")
    assert own.wishes(request, "one") == NOTHING


def test_on_an_open_port_only_this_machine_sends_anything_elsewhere(tmp_path: Path) -> None:
    own = choosing(tmp_path)
    assert own.may_send(asking(address=HERE))
    assert not own.may_send(asking(address=ELSEWHERE))
    assert own.may_send(asking("owner", address=ELSEWHERE))


def test_what_an_owner_allows_by_name_everybody_may_choose(tmp_path: Path) -> None:
    own = choosing(tmp_path, allowed=("openai:gpt-4.1-mini",))
    request = asking("reader")
    assert [one.host for one in own.choices(request) if one.host] == ["api.openai.com"]
    own.pick(request, OPENAI, "")
    assert own.wishes(request, "one").model == "openai:gpt-4.1-mini"


def test_a_reader_that_was_an_owner_sends_nothing_elsewhere_any_more(tmp_path: Path) -> None:
    own = choosing(tmp_path)
    own.pick(asking("owner"), OPENAI, "")
    own.change(asking("owner"), {"strictness": 0.8})
    wanted = own.wishes(asking("reader"), "one")
    assert (wanted.model, wanted.strictness) == ("", 0.8)


def test_where_an_owner_wants_quotations_a_reader_cannot_have_a_provider_asked(
    tmp_path: Path,
) -> None:
    own = choosing(tmp_path, model="openai:gpt-4.1-mini", answers="quotes")
    with pytest.raises(SettingsError):
        own.change(asking("reader"), {"answers": "strict"})
    own.change(asking("owner"), {"answers": "strict"})
    assert own.now(asking("owner"), "")["answers"] == "strict"


def test_the_settings_own_model_is_everybodys(tmp_path: Path) -> None:
    own = choosing(tmp_path, model="openai:gpt-4.1-mini")
    assert own.choices(asking("reader"))[0].host == "api.openai.com"
    own.pick(asking("reader"), {"model": ""}, "")


def test_no_address_is_asked_that_was_not_found(tmp_path: Path) -> None:
    own = choosing(tmp_path)
    server = Provider()
    try:
        for role in ("reader", "owner"):
            with pytest.raises(SettingsError, match="not among those"):
                own.pick(asking(role), {"model": "m", "base_url": server.url}, "")
        assert server.requests == []
    finally:
        server.close()


def test_only_an_owner_names_a_file_of_the_machine(tmp_path: Path) -> None:
    file = made(tmp_path / "mine.gguf", {**ABOUT, **TALKS})
    own = choosing(tmp_path)
    with pytest.raises(SettingsError, match="not among those"):
        own.pick(asking("reader"), {"model": str(file)}, "")
    own.pick(asking("owner"), {"model": str(file)}, "")
    shown = own.now(asking("owner"), "")
    assert (shown["model"], shown["title"], shown["host"]) == (str(file), "mine.gguf", "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.gguf", "No such file"),
        ("hf:a/b/c.gguf", "ibid models pull hf:a/b/c.gguf"),
        ("hf:nonsense", "hf:owner/repository"),
        ("mistralai:mistral-small-latest", "pip install langchain-mistralai"),
        ("nobody-knows", "ibid models"),
        ("qwen2.5-coder-0.5b", "ibid models pull"),
    ],
)
def test_a_model_that_cannot_be_used_is_told_when_it_is_chosen(
    name: str, why: str, tmp_path: Path
) -> None:
    own = choosing(tmp_path)
    with pytest.raises(IbidError, match=why) as failure:
        own.pick(asking("owner"), {"model": name}, "")
    assert "\n" not in str(failure.value)
    assert own.now(asking("owner"), "")["model"] == ""


def test_a_conversation_keeps_its_model_and_new_ones_have_the_last_that_was_chosen(
    tmp_path: Path,
) -> None:
    own, request = choosing(tmp_path), asking("owner")
    own.pick(request, OPENAI, "")
    assert own.wishes(request, "old").model == OPENAI["model"]
    own.pick(request, {"model": ""}, "")
    assert own.wishes(request, "old").model == OPENAI["model"]
    assert own.wishes(request, "new").model == ""
    own.pick(request, OPENAI, "new")
    assert own.now(request, "new")["host"] == "api.openai.com"
    assert own.now(request, "")["model"] == ""


def test_what_was_changed_is_shown_beside_what_is_set_and_can_be_taken_back(
    tmp_path: Path,
) -> None:
    own, request = choosing(tmp_path), asking("reader")
    own.change(request, {"answers": "lenient", "strictness": 0.9, "passages": 2})
    shown = own.now(request, "one")
    assert (shown["answers"], shown["strictness"], shown["passages"]) == ("lenient", 0.9, 2)
    assert shown["set"] == {"answers": "strict", "strictness": 0.5, "passages": 5}
    assert own.now(asking("reader", name="bob"), "one")["strictness"] == 0.5

    own.reset(request, "one")
    assert own.wishes(request, "one") == NOTHING
