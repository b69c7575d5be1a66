"""Who may sign in, and the command that says so."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui import users
from ui.cli.main import app

PASSWORD = "correct horse battery"


def test_a_password_is_kept_as_an_argon2_hash_that_only_the_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "library" / users.USERS
    users.add(file, "ann", PASSWORD)
    text = file.read_text()
    assert text.startswith("ann:$argon2id$") and text.endswith(":owner\n")
    assert PASSWORD not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    hashed = users.read(file)["ann"].hashed
    assert users.fits(hashed, PASSWORD)
    assert not users.fits(hashed, PASSWORD + "!")


def test_a_user_who_is_not_there_has_no_password() -> None:
    assert not users.fits(None, "")
    assert not users.fits(None, PASSWORD)


def test_adding_somebody_again_changes_the_password_and_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / users.USERS
    users.add(file, "ann", PASSWORD)
    users.add(file, "bob", PASSWORD)
    before = users.read(file)
    users.add(file, "ann", "another password")
    after = users.read(file)
    assert after["bob"] == before["bob"]
    assert not users.fits(after["ann"].hashed, PASSWORD)
    assert [path.name for path in tmp_path.iterdir()] == [users.USERS]


@pytest.mark.parametrize("name", ["", "a b", "a:b", "../a", "ann\n", "-ann", "a" * 65, "ä"])
def test_a_name_that_a_line_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(users.UserError, match="a name has"):
        users.add(tmp_path / users.USERS, name, PASSWORD)


def test_a_password_that_is_too_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(users.UserError, match="10 to 200 characters"):
        users.add(tmp_path / users.USERS, "ann", "short")


@pytest.mark.parametrize(
    "text", ["ann\n", "ann:plain\n", "ann:$argon2id$x:king\n", "a b:$argon2id$x\n", "\x80"]
)
def test_what_is_no_file_of_users_is_told_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / users.USERS
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(users.UserError):
        users.add(file, "ann", PASSWORD)
    assert file.read_bytes() == text.encode("latin-1")


def test_the_command_asks_twice_and_never_shows_the_password(tmp_path: Path) -> None:
    run = CliRunner()
    place = ["--library", str(tmp_path)]
    answers = f"{PASSWORD}\n{PASSWORD}\n"
    added = run.invoke(app, ["user", "add", "ann", *place], input=answers)
    assert added.exit_code == 0
    assert PASSWORD not in added.output
    listed = run.invoke(app, ["user", "list", *place])
    assert listed.output == "ann  owner\n"
    assert run.invoke(app, ["user", "remove", "ann", *place]).exit_code == 0
    assert "ibid user add" in run.invoke(app, ["user", "list", *place]).output


def test_two_passwords_that_differ_are_asked_for_again(tmp_path: Path) -> None:
    typed = f"{PASSWORD}\nsomething else\n{PASSWORD}\n{PASSWORD}\n"
    CliRunner().invoke(app, ["user", "add", "ann", "--library", str(tmp_path)], input=typed)
    assert users.fits(users.read(tmp_path / users.USERS)["ann"].hashed, PASSWORD)


def test_the_first_user_is_owner_and_a_later_one_reader_unless_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / users.USERS
    assert users.add(file, "ann", PASSWORD) == "owner"
    assert users.add(file, "bob", PASSWORD) == "reader"
    assert users.add(file, "cy", PASSWORD, "editor") == "editor"
    users.appoint(file, "bob", "editor")
    assert users.add(file, "bob", "another password") == "editor"
    assert {name: one.role for name, one in users.read(file).items()} == {
        "ann": "owner", "bob": "editor", "cy": "editor"}  # fmt: skip
    with pytest.raises(users.UserError, match="ibid user list"):
        users.appoint(file, "dee", "owner")


def test_a_file_of_an_older_ibid_works_as_before_until_roles_are_given(tmp_path: Path) -> None:
    file = tmp_path / users.USERS
    users.add(file, "ann", PASSWORD)
    users.add(file, "bob", PASSWORD)
    old = "".join(f"{name}:{one.hashed}\n" for name, one in users.read(file).items())
    file.write_text(old)
    assert [one.may_be for one in users.read(file).values()] == ["owner", "owner"]
    assert users.fits(users.read(file)["ann"].hashed, PASSWORD)
    run = CliRunner()
    place = ["--library", str(tmp_path)]
    assert "ibid user role bob reader" in run.invoke(app, ["user", "list", *place]).output
    assert run.invoke(app, ["user", "role", "bob", "reader", *place]).exit_code == 0
    assert [one.role for one in users.read(file).values()] == [None, "reader"]
    told = json.loads(run.invoke(app, ["users", "list", "--json", *place]).output)
    assert told["users"] == ["ann", "bob"]
    assert told["roles"] == {"ann": "owner", "bob": "reader"}


def test_what_a_role_may_do() -> None:
    may = {role: [one for one in users.ROLES if users.may(role, one)] for role in users.ROLES}
    assert may == {"reader": ["reader"], "editor": ["reader", "editor"],
                   "owner": ["reader", "editor", "owner"]}  # fmt: skip
    assert not users.may("", "reader")
    assert not users.may("king", "reader")
