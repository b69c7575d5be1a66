"""Which programs may ask, and the command that says so."""

from __future__ import annotations

import json
import re
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from commands import Ibid, in_this_process
from doubles import tiny_library

from ui import keys

LATER = date.today() + timedelta(days=30)


@pytest.fixture
def ibid(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Ibid:
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path))
    return in_this_process(capsys)


def test_a_key_is_known_by_its_form_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    secret = keys.add(tmp_path / keys.KEYS, "bot", "read")
    assert re.fullmatch(r"ibid_[0-9A-Za-z]{49}", secret)
    assert keys.is_sound(secret)
    kept = (tmp_path / keys.KEYS).read_text()
    assert secret not in kept and secret.removeprefix(keys.PREFIX)[:43] not in kept
    assert stat.S_IMODE((tmp_path / keys.KEYS).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [keys.KEYS]


def test_a_key_that_was_mistyped_or_cut_short_is_told_from_one_that_is_not_known(
    tmp_path: Path,
) -> None:
    secret = keys.add(tmp_path / keys.KEYS, "bot", "read")
    other = "1" if secret[9] != "1" else "2"
    for wrong in (secret[:-1], secret + "a", secret[:9] + other + secret[10:], secret[5:], "ibid_"):
        assert not keys.is_sound(wrong)
        assert keys.Keys(tmp_path).find(wrong) is None


def test_a_file_that_others_could_read_is_theirs_no_longer_once_it_is_written(
    tmp_path: Path,
) -> None:
    file = tmp_path / keys.KEYS
    keys.add(file, "bot", "read")
    file.chmod(0o644)
    keys.add(file, "other", "read")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_is_found_with_what_it_may_do_and_no_other_is(tmp_path: Path) -> None:
    file = tmp_path / keys.KEYS
    secrets = {scope: keys.add(file, scope, scope, rate=7) for scope in keys.SCOPES}
    known = keys.Keys(tmp_path)
    for scope, role in (("read", "reader"), ("write", "editor"), ("admin", "owner")):
        found = known.find(secrets[scope])  # type: ignore[index]
        assert found is not None and (found.name, found.role, found.rate) == (scope, role, 7)
    for wrong in ("", "ibid_", secrets["read"].swapcase(), found.hashed, "\ud800", "ü" * 9):
        assert known.find(wrong) is None


def test_a_removed_or_rotated_key_stops_at_once_where_it_was_found_before(tmp_path: Path) -> None:
    file = tmp_path / keys.KEYS
    first, second = keys.add(file, "one", "write"), keys.add(file, "two", "read")
    known = keys.Keys(tmp_path)
    one, two = known.find(first), known.find(second)
    assert one and two and known.is_good(one)
    third = keys.rotate(file, "one")
    assert not known.is_good(one) and known.find(first) is None
    again = known.find(third)
    assert again and again.scope == "write" and known.is_good(again)
    keys.remove(file, "one")
    assert not known.is_good(again) and known.find(third) is None and known.is_good(two)
    file.unlink()
    assert known.find(second) is None and not known.is_good(two)


def test_the_last_day_of_a_key_counts_and_the_next_does_not(tmp_path: Path) -> None:
    file = tmp_path / keys.KEYS
    keys.add(file, "bot", "read", expires=LATER)
    key = keys.read(file)["bot"]
    assert not key.is_over(LATER) and key.is_over(LATER + timedelta(days=1))
    with pytest.raises(keys.KeyProblem, match="that day is past"):
        keys.add(file, "old", "read", expires=date.today() - timedelta(days=1))


def test_there_are_keys_only_while_one_is_good(tmp_path: Path) -> None:
    file = tmp_path / keys.KEYS
    assert not keys.any_keys(tmp_path / keys.KEYS)
    keys.add(file, "bot", "read", expires=date.today())
    assert keys.any_keys(tmp_path / keys.KEYS)
    said = json.loads(file.read_text())
    said["bot"]["expires"] = "2020-01-01"
    file.write_text(json.dumps(said))
    assert not keys.any_keys(tmp_path / keys.KEYS)
    with pytest.raises(keys.KeyProblem, match="remove it and add another"):
        keys.rotate(file, "bot")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "../a", "ann\n", "-ann", "a" * 65, "ä"])
def test_a_name_that_a_line_of_a_log_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(keys.KeyProblem, match="a name has"):
        keys.add(tmp_path / keys.KEYS, name, "read")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        '{"a": 7}',
        '{"a": {}}',
        '{"a": {"scope": "king", "hashed": "%s"}}' % ("0" * 64),
        '{"a": {"scope": "read", "hashed": "plain"}}',
        '{"a": {"scope": "read", "hashed": "%s", "collections": "x"}}' % ("0" * 64),
        '{"a": {"scope": "read", "hashed": "%s", "expires": "soon"}}' % ("0" * 64),
        '{"a": {"scope": "read", "hashed": "%s", "rate": -1}}' % ("0" * 64),
        "\x80",
    ],
)
def test_with_a_file_that_is_none_of_keys_no_key_is_good_and_the_command_says_so(
    tmp_path: Path, ibid: Ibid, text: str
) -> None:
    (tmp_path / keys.KEYS).write_bytes(text.encode("latin-1"))
    assert keys.Keys(tmp_path).known() == {}
    for command in (["list"], ["add", "bot"], ["remove", "bot"]):
        done = ibid("key", *command)
        assert done.code == 1 and "no file of keys" in done.err and done.err.count("\n") == 1
    assert (tmp_path / keys.KEYS).read_bytes() == text.encode("latin-1")


def test_the_day_of_the_last_use_is_written_once_a_day_and_beside_the_keys(tmp_path: Path) -> None:
    file = tmp_path / keys.KEYS
    secret = keys.add(file, "bot", "read")
    before, known = file.read_bytes(), keys.Keys(tmp_path)
    key = known.find(secret)
    assert key is not None
    known.note_use(key)
    assert keys.last_used(tmp_path) == {"bot": date.today().isoformat()}
    assert file.read_bytes() == before
    (tmp_path / keys.USED).unlink()
    known.note_use(key)
    assert keys.last_used(tmp_path) == {}  # no request writes but the first of a day


def test_the_command_shows_a_key_once_and_alone_on_standard_output(
    tmp_path: Path, ibid: Ibid
) -> None:
    done = ibid("key", "add", "bot", "--scope", "write", "--rate", 30, "--expires", LATER)
    assert done.code == 0
    secret = done.out.strip()
    assert keys.is_sound(secret) and secret not in done.err
    assert keys.Keys(tmp_path).find(secret) is not None
    listed = ibid("key", "list")
    assert secret not in listed.out + listed.err
    assert f"bot  reads and writes, 30 requests a minute, until {LATER}" in listed.out
    [told] = ibid("key", "list", "--json").json["keys"]
    assert told == {
        "name": "bot", "scope": "write", "collections": [], "rate": 30, "expires": str(LATER),
        "expired": False, "made": str(date.today()), "last_used": None,
    }  # fmt: skip
    again = ibid("key", "add", "bot")
    assert again.code == 1 and "ibid key rotate bot" in again.err


def test_the_command_tells_every_way_in_and_who_may_take_it(ibid: Ibid) -> None:
    found = {
        (one["methods"], one["path"]): one["who"]
        for one in ibid("key", "routes", "--json").json["routes"]
    }
    assert found["POST", "/v1/ask"] == "a key to read, or a signed-in reader"
    assert found["PATCH DELETE", "/v1/articles/{}"] == "a key to write, or a signed-in editor"
    assert found["GET", "/v1/feedback"] == "a key to admin, or a signed-in owner"
    assert found["GET", "/healthz"] == found["GET", "/readyz"] == "anybody"
    assert found["GET", "/"] == "a signed-in reader"
    assert found["POST", "/api/stop"] == "commands of the owner, by their token"
    words = ibid("key", "routes").out
    assert all(path in words for _, path in found)


def test_the_command_rotates_and_removes(tmp_path: Path, ibid: Ibid) -> None:
    first = ibid("key", "add", "bot", "--json").json["key"]
    second = ibid("key", "rotate", "bot").out.strip()
    known = keys.Keys(tmp_path)
    assert known.find(first) is None and known.find(second) is not None
    assert ibid("key", "remove", "bot").code == 0
    assert known.find(second) is None
    gone = ibid("key", "remove", "bot")
    assert gone.code == 1 and "ibid key list" in gone.err
    assert "ibid key add NAME" in ibid("key", "list").out


@pytest.mark.parametrize(
    "options", [("--scope", "king"), ("--rate", "-1"), ("--expires", "tomorrow"), ("--nope",)]
)
def test_wrong_options_are_told_in_one_line(ibid: Ibid, options: tuple[str, ...]) -> None:
    done = ibid("key", "add", "bot", *options)
    assert done.code == 2 and done.out == ""


def test_a_key_is_of_collections_that_there_are_by_their_own_names(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tiny_library(tmp_path) as library:
        library.create_collection("Harbour")
        folder = library.folder
    monkeypatch.setenv("IBID_LIBRARY", str(folder))
    assert ibid("key", "add", "bot", "--collection", "harbour").code == 0
    assert keys.read(folder / keys.KEYS)["bot"].collections == ("Harbour",)
    none = ibid("key", "add", "other", "--collection", "rivers")
    assert none.code == 1 and "rivers" in none.err
    assert "other" not in keys.read(folder / keys.KEYS)
