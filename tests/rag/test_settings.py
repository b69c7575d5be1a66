"""Promises of the settings: the nearer word wins, no typo passes, no key is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from rag import trust
from rag.errors import SettingsError
from rag.settings import Settings, changed, flat, held_back, load, names, origins, remark
from rag.verify.claims import check


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path


def test_flags_win_over_the_environment_and_that_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ibid.toml").write_text("chunk_chars = 300\nchunk_overlap = 30\npassages = 3\n")
    monkeypatch.setenv("IBID_CHUNK_CHARS", "400")
    monkeypatch.setenv("IBID_CHUNK_OVERLAP", "40")
    settings = load(chunk_chars=500, library=None)
    assert (settings.chunk_chars, settings.chunk_overlap, settings.passages) == (500, 40, 3)


def test_they_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load().chunk_chars = 1


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("chunk_char = 300", "chunk_char"),
        ("chunk_chars = 'many'", "chunk_chars"),
        ("chunk_chars = 1", "chunk_chars"),
        ("temperature = nan", "temperature"),
        ("[models]\nname = 1", "models"),
        ("library = [", "ibid.toml"),
    ],
)
def test_what_makes_no_sense_in_the_file_is_told_in_one_line(
    folder: Path, file: str, names: str
) -> None:
    (folder / "ibid.toml").write_text(file)
    with pytest.raises(SettingsError, match=names) as caught:
        load()
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_told_in_one_line(folder: Path) -> None:
    (folder / "ibid.toml").write_bytes(b"\xff\xfe\0")
    with pytest.raises(SettingsError, match=r"ibid\.toml") as caught:
        load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("IBID_PASSAGES", "0"), ("IBID_LOG_LEVEL", "loud"), ("IBID_ANSWERING__RIVAL", "2")],
)
def test_what_makes_no_sense_in_the_environment_is_told_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as caught:
        load()
    assert "\n" not in str(caught.value)


def test_a_name_of_the_environment_that_is_no_setting_is_told_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("IBID_SERVICE_HOST", "10.0.0.1")
    caplog.set_level("WARNING", "ibid")
    assert load().passages == 5
    assert "IBID_SERVICE_HOST: no setting has this name" in caplog.text


def test_what_is_tuned_has_a_section_and_is_set_like_all_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ibid.toml").write_text("[answering]\nrival = 0.4\nquotations = 2\n")
    monkeypatch.setenv("IBID_ANSWERING__RIVAL", "0.3")
    settings = load(**{"evidence.older": "0.9"})
    assert (settings.answering.rival, settings.answering.quotations) == (0.3, 2)
    assert settings.evidence.older == 0.9
    assert flat(settings)["answering.rival"] == 0.3
    assert list(flat(settings)) == names()
    sections = {"answering.rival", "evidence.older", "retrieval.reach", "verification.margin"}
    assert {*sections, "passages"} <= set(names())


def test_a_sentence_is_verified_as_the_settings_say() -> None:
    claim, quote = "The boat carries horses, goats and timber.", "The boat carried two horses."
    lenient = load(**{"verification.verified_cover": 0.6}).verification
    assert check(claim, [quote], tuning=lenient).support == "verified"
    assert check(claim, [quote], tuning=load().verification).support == "partial"


def test_an_unknown_flag_is_told_with_its_name() -> None:
    with pytest.raises(SettingsError, match="colour"):
        load(colour="blue")


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IBID_API_KEY", "sk-secret")
    settings = load()
    assert settings.api_key and settings.api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(settings) + str(settings) + settings.model_dump_json()
    with pytest.raises(SettingsError) as caught:
        load(passages=0)
    assert "sk-secret" not in str(caught.value)


def test_a_secret_may_lie_in_a_file_that_a_variable_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "token").write_text("s3cret-token\n")
    monkeypatch.setenv("IBID_CHROMA_TOKEN_FILE", str(folder / "token"))
    settings = load()
    assert settings.chroma_token and settings.chroma_token.get_secret_value() == "s3cret-token"
    assert "s3cret" not in f"{settings!r} {flat(settings)}" and caplog.text == ""
    assert origins(settings)["chroma_token"] == "IBID_CHROMA_TOKEN_FILE"
    monkeypatch.setenv("IBID_CHROMA_TOKEN", "nearer")
    assert origins(load())["chroma_token"] == "IBID_CHROMA_TOKEN"
    monkeypatch.delenv("IBID_CHROMA_TOKEN")
    monkeypatch.setenv("IBID_CHROMA_TOKEN_FILE", str(folder / "none"))
    with pytest.raises(SettingsError, match="IBID_CHROMA_TOKEN_FILE"):
        load()


def test_the_users_own_file_is_read_before_that_of_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "home"))
    own = folder / "home" / "ibid" / "ibid.toml"
    own.parent.mkdir(parents=True)
    own.write_text("passages = 3\nrerank = 4\n[answering]\nrival = 0.4\nnear = 2.0\n")
    (folder / "ibid.toml").write_text("passages = 7\n[answering]\nrival = 0.3\n")
    monkeypatch.setenv("IBID_STRICTNESS", "0.6")
    settings = load(chunk_chars=300, chunk_overlap=0)
    assert (settings.passages, settings.rerank) == (7, 4)
    assert (settings.answering.rival, settings.answering.near) == (0.3, 2.0)
    told = origins(settings)
    assert [told[name] for name in ("rerank", "passages", "strictness", "chunk_chars", "read")] == [
        str(own), "ibid.toml", "IBID_STRICTNESS", "flag", "default",
    ]  # fmt: skip


def test_one_file_may_be_named_and_must_be_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ibid.toml").write_text("passages = 7\n")
    (folder / "other.toml").write_text("rerank = 4\n")
    monkeypatch.setenv("IBID_CONFIG", "other.toml")
    assert (load().passages, load().rerank) == (5, 4)
    monkeypatch.setenv("IBID_CONFIG", "gone.toml")
    with pytest.raises(SettingsError, match=r"gone\.toml: no such file"):
        load()


HOSTILE = """
base_url = "https://stranger.example/v1"
model = "openai:gpt-4.1-mini"
api_key = "sk-of-a-stranger"
library = "/somewhere/else"
models_dir = "models"
embedder = "./code"
reranker = "other"
passages = 7
lexical = false
answers = "quotes"
[answering]
rival = 0.3
"""


def test_a_file_that_is_not_trusted_says_how_much_and_never_where(folder: Path) -> None:
    before = load()
    (folder / "ibid.toml").write_text(HOSTILE)
    settings = load()
    assert (settings.passages, settings.lexical, settings.answers) == (7, False, "quotes")
    assert settings.answering.rival == 0.3
    held = ("base_url", "model", "api_key", "library", "models_dir", "embedder", "reranker")
    for name in held:
        assert getattr(settings, name) == getattr(before, name), name
    assert tuple(held_back()) == held
    assert "sk-of-a-stranger" not in str(held_back())
    assert remark().startswith("ibid.toml: base_url, model") and "ibid trust" in remark()
    assert "\n" not in remark()
    told = origins(settings)
    assert (told["base_url"], told["passages"]) == ("default", "ibid.toml")


def test_every_setting_that_is_no_number_switch_or_choice_waits_for_trust(folder: Path) -> None:
    texts = {
        name
        for name, field in Settings.model_fields.items()
        if any(word in str(field.annotation) for word in ("str", "Path", "Secret"))
        and "Literal" not in str(field.annotation)
    }
    assert "base_url" in texts
    for name in texts:
        (folder / "ibid.toml").write_text(f"{name} = 'x'")
        assert list(held_back()) == [name]
        (folder / "ibid.toml").write_text(f"{name.upper()} = 'x'")
        assert list(held_back()) == [name.upper()]


def test_a_trusted_file_is_taken_whole_until_it_changes(folder: Path) -> None:
    file = folder / "ibid.toml"
    file.write_text(HOSTILE)
    trust.trust(Path("ibid.toml"), trust.contents(file))
    assert load().base_url == "https://stranger.example/v1"
    assert not remark() and not held_back()
    file.write_text(HOSTILE.replace("stranger", "another"))
    assert load().base_url is None
    assert "changed since you trusted it" in remark()
    assert trust.forget(Path("ibid.toml")) and not trust.forget(Path("ibid.toml"))
    assert "stranger's" in remark()


def test_trust_is_of_one_place_and_a_damaged_record_trusts_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ibid.toml").write_text(HOSTILE)
    trust.trust(Path("ibid.toml"), HOSTILE.encode())
    (folder / "other").mkdir()
    (folder / "other" / "ibid.toml").write_text(HOSTILE)
    monkeypatch.chdir(folder / "other")
    assert load().base_url is None
    monkeypatch.chdir(folder)
    (folder / "home" / "ibid" / "trusted.json").write_text("[")
    assert load().base_url is None


def test_the_users_own_file_and_one_that_is_named_need_no_trust(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "home" / "ibid").mkdir(parents=True)
    (folder / "home" / "ibid" / "ibid.toml").write_text("base_url = 'http://own.example'")
    assert load().base_url == "http://own.example"
    monkeypatch.chdir(folder / "home" / "ibid")
    assert load().base_url == "http://own.example" and not remark()
    monkeypatch.chdir(folder)
    (folder / "ibid.toml").write_text(HOSTILE)
    monkeypatch.setenv("IBID_CONFIG", "ibid.toml")
    assert load().base_url == "https://stranger.example/v1" and not remark()


def test_a_file_of_settings_is_not_read_without_end(folder: Path) -> None:
    (folder / "ibid.toml").write_text("# " + "x" * 1_100_000)
    with pytest.raises(SettingsError, match="too large"):
        load()


def test_a_section_that_says_whom_to_believe_waits_for_trust_as_a_whole(folder: Path) -> None:
    (folder / "ibid.toml").write_text(
        '[window]\nproxies = ["0.0.0.0/0"]\nwaiting = 50\n[stream]\nseconds = 9\n'
    )
    settings = load()
    assert (settings.window.proxies, settings.window.waiting, settings.stream.seconds) == ((), 6, 9)
    assert list(held_back()) == ["window.proxies", "window.waiting"]
    assert remark().startswith("ibid.toml: window not taken")


def test_some_settings_can_be_changed_and_all_others_stay() -> None:
    before = load(model="mine", strictness=0.3, **{"answering.titles": 1})
    after = changed(before, {"passages": 7, "answering.on_the_subject": 0.2})
    assert (after.model, after.strictness, after.answering.titles) == ("mine", 0.3, 1)
    assert (after.passages, after.answering.on_the_subject) == (7, 0.2)
    assert changed(before, {}) == before
    for wrong in ({"passages": 0}, {"no_such": 1}, {"answering.no_such": 1}, {"library": []}):
        with pytest.raises(SettingsError):
            changed(before, wrong)
