"""Promises of the model switch. The server here speaks the OpenAI protocol, on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest
from doubles import Provider
from tiny import make_article

from rag import prompts
from rag.errors import ModelError, ProviderError, SettingsError
from rag.models import local
from rag.models.chat import chat_model, failure, reason, without_secrets
from rag.models.registry import listed
from rag.models.store import ModelStore
from rag.schema import Passage
from rag.settings import Settings, load

KEY = "gsk_0123456789abcdef"


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "IBID_BASE_URL", "IBID_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def settings(**values: Any) -> Settings:
    return load(**values)


def test_a_base_url_is_asked_for_the_model_with_the_key_and_the_limit(provider: Provider) -> None:
    model = chat_model(
        settings(base_url=provider.url, model="some-model", api_key=KEY, max_answer_tokens=77)
    )
    pieces = [piece.text for piece in model.stream("How many seats?")]
    assert [piece for piece in pieces if piece] == provider.words
    (request,) = provider.requests
    assert request["model"] == "some-model"
    assert request["max_tokens"] == 77
    assert request["temperature"] == 0
    assert request["stream"] is True
    assert provider.keys == [KEY]


async def test_a_base_url_can_be_awaited(provider: Provider) -> None:
    model = chat_model(settings(base_url=provider.url, model="some-model"))
    pieces = [piece.text async for piece in model.astream("How many seats?")]
    assert "".join(pieces) == "It has 240 seats [1]."


def test_a_base_url_needs_no_key_and_gives_none_away(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    list(chat_model(settings(base_url=provider.url, model="m")).stream("?"))
    assert provider.keys == ["none"]


def test_a_request_that_fails_is_made_again_as_often_as_the_settings_say(
    provider: Provider,
) -> None:
    provider.status, provider.fails = 503, 1
    model = chat_model(settings(base_url=provider.url, model="m", retries=1))
    assert "".join(piece.text for piece in model.stream("?")) == "It has 240 seats [1]."
    assert len(provider.requests) == 2
    provider.fails = 0
    with pytest.raises(openai.InternalServerError):
        list(chat_model(settings(base_url=provider.url, model="m", retries=0)).stream("?"))
    assert len(provider.requests) == 3


def test_no_proxy_hears_what_is_said_on_loopback(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert list(chat_model(settings(base_url=provider.url, model="m")).stream("?"))


@pytest.mark.parametrize("url", ["here", "127.0.0.1:8080", "ftp://host/v1", "http://"])
def test_a_base_url_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(SettingsError, match="base_url is no web address"):
        chat_model(settings(base_url=url))


def test_a_name_that_nobody_knows_is_told_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"'no-such-model'.*ibid models") as failure:
        chat_model(settings(model="no-such-model"))
    assert "\n" not in str(failure.value)


def test_a_local_model_that_does_not_answer_is_refused() -> None:
    with pytest.raises(SettingsError, match="no language model"):
        chat_model(settings(model="all-minilm-l6-v2"))


def test_a_local_model_that_was_not_fetched_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"ibid models pull qwen2\.5-coder-1\.5b"):
        chat_model(settings(models_dir=tmp_path))


def test_a_file_that_is_no_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    file = listed()["smollm2-135m"].files[0]
    (tmp_path / "smollm2-135m").mkdir()
    with (tmp_path / "smollm2-135m" / file.name).open("wb") as holes:
        holes.truncate(file.size)
    with pytest.raises(ModelError, match=r"is damaged.*ibid models verify"):
        chat_model(settings(model="smollm2-135m", models_dir=tmp_path))


def test_a_missing_key_is_told_in_one_line() -> None:
    with pytest.raises(ProviderError, match="OPENAI_API_KEY") as failure:
        chat_model(settings(model="openai:gpt-4.1-mini"))
    assert "\n" not in str(failure.value)


def test_a_missing_package_is_told_with_its_name() -> None:
    with pytest.raises(ProviderError, match=r"langchain.ollama"):
        chat_model(settings(model="ollama:llama3.2"))


def test_a_name_with_its_provider_is_a_langchain_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = chat_model(settings(model="openai:gpt-4.1-mini", temperature=0.5))
    assert model.model_name == "gpt-4.1-mini"  # type: ignore[attr-defined]
    assert KEY not in repr(model)


def test_a_key_that_a_server_repeats_is_blotted_out(provider: Provider) -> None:
    provider.status = 401
    mine = settings(base_url=provider.url, model="m", api_key=KEY)
    with pytest.raises(openai.AuthenticationError) as failure:
        list(chat_model(mine).stream("?"))
    assert KEY in str(failure.value)
    assert KEY not in reason(failure.value, mine)
    assert "Incorrect API key" in reason(failure.value, mine)


def test_every_key_that_is_known_or_looks_like_one_is_blotted_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "abcdefgh12345678")
    text = "keys abcdefgh12345678, sk-proj-12345678abc and http://me:hunter2@host/v1 failed"
    assert without_secrets(text, settings(api_key=KEY)) == (
        "keys ***, *** and http://***@host/v1 failed"
    )
    assert without_secrets("none of these words", settings(api_key="none")) == "none of these words"


def test_a_reason_is_one_short_line_even_of_an_error_without_words() -> None:
    assert reason(ValueError(), settings()) == "ValueError"
    assert reason(ValueError("one\ntwo"), settings()) == "one"
    assert len(reason(ValueError("word " * 1000), settings())) <= 200


@pytest.mark.model
def test_a_second_llama_cpp_server_answers_over_its_base_url() -> None:
    import xllamacpp

    store = ModelStore(settings().models_dir)
    params = xllamacpp.CommonParams()
    params.model.path = str(store.path("smollm2-135m") / listed()["smollm2-135m"].files[0].name)
    params.n_ctx = 512
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    mine = settings(
        base_url=f"{server.listening_address}/v1",
        model="smollm2-135m",
        api_key=KEY,
        max_answer_tokens=16,
    )
    pieces = [piece.text for piece in chat_model(mine).stream("Say hello.")]
    assert "".join(pieces).strip()
    assert 1 < len(pieces) <= 20

    wrong = settings(base_url=mine.base_url, model="smollm2-135m", api_key="wrong-key-123")
    with pytest.raises(openai.AuthenticationError):
        chat_model(wrong).invoke("Say hello.")


@pytest.mark.model
def test_a_listed_model_runs_on_this_machine_and_keeps_to_its_limit() -> None:
    model = chat_model(settings(model="smollm2-135m", max_answer_tokens=16))
    said = model.invoke("Count to one hundred.")
    assert said.text.strip()
    assert said.usage_metadata is not None
    assert said.usage_metadata["output_tokens"] <= 16
    told = [piece.usage_metadata for piece in model.stream("Count to ten.") if piece.usage_metadata]
    assert told and told[-1]["input_tokens"] > 0


@pytest.mark.model
def test_prompts_that_are_long_are_read_side_by_side_each_with_room_for_all_of_it() -> None:
    mine = settings(model="smollm2-135m", max_answer_tokens=16, context_tokens=1024, slots=2)
    model = chat_model(mine)
    long = [f"Say {word}. " + f"Ship {number} left. " * 120 for number, word in enumerate("ab")]
    said = model.batch(long)
    assert all(one.usage_metadata for one in said)
    read = [one.usage_metadata["input_tokens"] for one in said if one.usage_metadata]
    assert min(read) > 512, "two of these are more than one context"


@pytest.mark.model
def test_while_a_model_loads_all_else_goes_on() -> None:
    local.end()
    served = local.serve(file_of_small(), settings())
    longest, before = 0.0, time.monotonic()
    loading = threading.Thread(target=lambda: served.address)
    loading.start()
    while loading.is_alive():
        time.sleep(0.01)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    assert longest < 0.5
    assert served.address.startswith("http://127.0.0.1:")


@pytest.mark.model
def test_a_model_whose_process_has_ended_is_loaded_anew() -> None:
    mine = settings(model="smollm2-135m", max_answer_tokens=16)
    served = local.serve(file_of_small(), mine)
    assert served.address
    (process,) = (
        one for one in psutil.Process().children() if "rag.models.server" in str(one.cmdline())
    )
    process.kill()
    process.wait(10)

    assert chat_model(mine).invoke("Say hello.").text.strip()


@pytest.mark.model
def test_a_model_ends_with_the_process_that_asks_it() -> None:
    code = (
        "import os\nfrom pathlib import Path\nfrom rag.models import local\n"
        "from rag.settings import load\n"
        f"served = local.serve(Path({str(file_of_small())!r}), load())\n"
        "print(served.address, served._process.pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    pid = int(done.stdout.split()[1])
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("the model goes on alone")


def file_of_small() -> Path:
    file = local.file_of(settings(model="smollm2-135m"))
    assert file is not None
    return file


@pytest.mark.model
async def test_a_cancelled_answer_stops_the_model_while_it_still_reads() -> None:
    model = chat_model(settings())
    await model.ainvoke("Say yes.")  # loading is not what is cancelled
    # Long enough to be read for several seconds, and new, so that none of it is remembered.
    prompt = f"{time.time()}: " + "The gate was closed at noon and opened again at dusk. " * 200
    reading = asyncio.create_task(model.ainvoke(prompt))
    await asyncio.sleep(1)
    assert not reading.done()
    assert await _busy(0.5) > 0.2
    reading.cancel()
    # It takes less than a second where the machine does nothing else, and the prompt a minute.
    for _ in range(40):
        if await _busy(0.5) < 0.1:
            return
    pytest.fail("the model went on reading")


async def _busy(seconds: float) -> float:
    """How much of a core the processes of the models use."""
    before = _computed()
    await asyncio.sleep(seconds)
    return (_computed() - before) / seconds


def _computed() -> float:
    times = [child.cpu_times() for child in psutil.Process().children()]
    return sum(one.user + one.system for one in times)


@pytest.mark.model
def test_the_longest_question_and_passages_fit_the_context_in_any_script() -> None:
    mine = settings(model="smollm2-135m", max_answer_tokens=16, context_tokens=1024)
    room = mine.context_tokens - mine.max_answer_tokens
    article = make_article("闸门在中午关闭。" * 100, title="闸门").info
    for words in ("闸门在中午关闭。", "🛥️🌊 ", "x$#@!~^ ", "gate ", "Заслонка "):
        text = (words * 600)[:600]
        passages = [Passage(article, 0, len(text), text, 0.9)] * 6
        said = chat_model(mine).invoke(prompts.answer((words * 2000)[:2000], passages, room))
        assert said.usage_metadata is not None
        assert said.usage_metadata["input_tokens"] <= room


def test_what_to_do_about_a_server_that_is_down_names_it_without_its_password() -> None:
    mine = settings(base_url="http://me:hunter2@127.0.0.1:9/v1?key=hunter2", model="m", retries=0)
    with pytest.raises(openai.APIConnectionError) as raised:
        list(chat_model(mine).stream("?"))
    told = str(failure(raised.value, mine))
    assert "Is the server at http://127.0.0.1:9 running?" in told
    assert "ibid doctor" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(("status", "step"), [(401, "IBID_API_KEY"), (404, "a model m")])
def test_what_to_do_about_a_server_that_refuses_follows_its_answer(
    provider: Provider, status: int, step: str
) -> None:
    provider.status = status
    mine = settings(base_url=provider.url, model="m", api_key=KEY, retries=0)
    with pytest.raises(openai.APIStatusError) as raised:
        list(chat_model(mine).stream("?"))
    told = str(failure(raised.value, mine))
    assert step in told
    assert KEY not in told


def test_what_to_do_about_a_model_of_this_machine_is_to_ask_again() -> None:
    assert failure(RuntimeError("out of memory"), settings()).kind == "ask again"
    online = failure(RuntimeError("no route"), settings(model="openai:gpt-4.1-mini"))
    assert "online" in str(online)
