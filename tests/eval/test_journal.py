from __future__ import annotations

from pathlib import Path

import pytest

from eval.journal import appending, whole_lines


def test_a_line_can_be_read_before_the_next_is_added(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    with appending(file) as add:
        add(b'{"n": 1}')
        assert list(whole_lines(file)) == [(0, b'{"n": 1}\n')]
        add(b"2")
    assert list(whole_lines(file)) == [(0, b'{"n": 1}\n'), (9, b"2\n")]


@pytest.mark.parametrize("torn", [b"", b"t", b'{"half": "of a li'])
def test_a_torn_line_does_not_count_and_gives_way_to_the_next(tmp_path: Path, torn: bytes) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"one\n\ntwo\n" + torn)
    assert list(whole_lines(file)) == [(0, b"one\n"), (4, b"\n"), (5, b"two\n")]
    with appending(file) as add:
        add(b"three")
    assert file.read_bytes() == b"one\n\ntwo\nthree\n"


def test_a_file_that_is_not_there_has_no_line_and_is_made_by_the_first(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    assert list(whole_lines(file)) == []
    with appending(file) as add:
        add(b"one")
    assert file.read_bytes() == b"one\n"
