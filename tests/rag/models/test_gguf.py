"""Promises of GGUF files that somebody names: what they say is read, and what is none is told."""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

import pytest
from ggufs import ABOUT, TALKS, fact, gguf, made, text

from rag.errors import ModelError
from rag.models import local
from rag.models.chat import chat_model
from rag.models.gguf import Described, describe, part_names
from rag.settings import load


def test_a_file_tells_its_name_licence_context_and_whether_it_talks(tmp_path: Path) -> None:
    file = made(tmp_path / "tiny.gguf", {**ABOUT, **TALKS})

    size = file.stat().st_size
    assert describe(file) == Described("Tiny Instruct", "mit", "tiny", True, 2048, size)
    assert not describe(made(tmp_path / "base.gguf", ABOUT)).talks


def test_a_file_that_tells_nothing_is_called_by_its_own_name(tmp_path: Path) -> None:
    file = made(tmp_path / "nameless.gguf", TALKS)

    assert describe(file) == Described("nameless", "", "", True, 0, file.stat().st_size)


def test_a_name_cannot_command_the_terminal(tmp_path: Path) -> None:
    file = made(tmp_path / "a.gguf", {"general.name": "\x1b[31mred\u202e", **TALKS})

    assert "\x1b" not in describe(file).name
    assert "\u202e" not in describe(file).name


def test_every_part_of_a_split_model_counts_and_has_to_be_there(tmp_path: Path) -> None:
    first = made(tmp_path / "m-00001-of-00002.gguf", {**ABOUT, **TALKS})
    with pytest.raises(ModelError, match=r"m-00002-of-00002\.gguf: No such file"):
        describe(first)

    (tmp_path / "m-00002-of-00002.gguf").write_bytes(bytes(1000))

    assert describe(first).size == first.stat().st_size + 1000
    assert part_names("m-00002-of-00003.gguf")[0] == "m-00001-of-00003.gguf"
    assert part_names("m.gguf") == ["m.gguf"]


HEAD = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GGUF",
        b"%PDF-1.7 and so on, for longer than the head of a model",
        b"GGML" + gguf({**ABOUT, **TALKS})[4:],
        b"GGUF" + struct.pack("<IQQ", 99, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63),
        HEAD + struct.pack("<Q", 2**63),
        HEAD + text("key") + struct.pack("<I", 77),
        HEAD + text("key") + struct.pack("<I", 8) + struct.pack("<Q", 2**60),
        HEAD + text("key") + struct.pack("<IIQ", 9, 9, 3),
        HEAD + text("key") + struct.pack("<IIQ", 9, 8, 2**62),
        HEAD + text("key") + struct.pack("<IIQ", 9, 10, 2**62),
        gguf({**ABOUT, **TALKS})[:-3],
        HEAD + struct.pack("<Q", 2) + b"\xff\xfe" + fact("a", 1)[9:],
    ],
)
def test_what_is_no_gguf_file_is_told_in_one_line(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "odd.gguf"
    file.write_bytes(content)

    with pytest.raises(ModelError, match=r"odd\.gguf is no GGUF file") as failure:
        describe(file)
    assert "\n" not in str(failure.value)


def test_random_bytes_behind_the_head_never_do_more_than_be_refused(tmp_path: Path) -> None:
    chance, whole = random.Random(5), gguf({**ABOUT, **TALKS})
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        (tmp_path / "odd.gguf").write_bytes(damaged)
        try:
            describe(tmp_path / "odd.gguf")
        except ModelError as error:
            assert "\n" not in str(error)


def test_a_folder_a_pipe_and_a_missing_file_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.gguf").mkdir()
    os.mkfifo(tmp_path / "pipe.gguf")
    for name in ("folder.gguf", "pipe.gguf", "missing.gguf"):
        with pytest.raises(ModelError, match=name):
            describe(tmp_path / name)


def test_a_path_is_a_language_model_and_one_without_a_chat_template_is_refused(
    tmp_path: Path,
) -> None:
    file = made(tmp_path / "base.gguf", ABOUT)
    assert local.file_of(load(model=str(file))) == file

    with pytest.raises(ModelError, match=r"base\.gguf has no chat template.*Instruct"):
        chat_model(load(model=str(file)))


def test_a_model_that_does_not_fit_into_memory_is_told_before_it_is_loaded(tmp_path: Path) -> None:
    file = made(tmp_path / "huge.gguf", {**ABOUT, **TALKS})
    with file.open("r+b") as holes:
        holes.truncate(1 << 42)

    with pytest.raises(ModelError, match=r"huge\.gguf needs 4,?838\.\d GB of memory, where"):
        chat_model(load(model=str(file)))


def test_weights_that_are_not_there_are_told_in_one_line(tmp_path: Path) -> None:
    file = made(tmp_path / "hollow.gguf", {**ABOUT, **TALKS})

    with pytest.raises(ModelError, match=r"hollow\.gguf cannot be loaded") as failure:
        chat_model(load(model=str(file)))
    assert "\n" not in str(failure.value)


@pytest.mark.model
def test_a_path_to_a_file_answers(tmp_path: Path) -> None:
    listed = load(model="smollm2-135m", max_answer_tokens=16)
    link = tmp_path / "mine.gguf"
    link.symlink_to(local.file_of(listed) or "")

    said = chat_model(listed.model_copy(update={"model": str(link)})).invoke("Say hello.").text

    assert said.strip()
