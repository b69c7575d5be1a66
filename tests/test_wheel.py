"""Promises of the wheel: what is needed without a clone is in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that has the wheel and, from here, all that it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # building leaves its own things there
    for name in ("rag", "ui", "eval", "seeds"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    alone = {**os.environ, "PYTHONPATH": ""}
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    built = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source]
    subprocess.run(built, check=True, capture_output=True, timeout=280, env=alone)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env")
    (packages,) = (folder / "env" / "lib").glob("python*/site-packages")
    # Last on the path, so that what was installed here is found first.
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    python = folder / "env" / "bin" / "python"
    subprocess.run(
        [*pip, "--python", python, "install", "--no-deps", "--no-index", wheel],
        check=True,
        capture_output=True,
        timeout=120,
        env=alone,
    )
    return folder / "env"


@pytest.mark.model
def test_the_starter_library_answers_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    code = """
import rag, ui.cli.main, eval.sets.cases
from rag.opening import starter_articles
with rag.open_library(rag.load_settings(library="own")) as library:
    library.add(rag.read_articles(starter_articles()))
    answer = rag.open_assistant(library, model=False).ask("How did rats get to Skerra?")
    print(rag.__file__, eval.sets.cases.SCHEMA.is_file(), len(library.articles()), answer.text)
"""
    done = subprocess.run(
        [installed / "bin" / "python", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stdout
    assert "True 22 " in done.stdout
    assert "building material for the lighthouse" in done.stdout


def test_all_that_the_packages_read_is_in_it(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    data = [
        file.relative_to(ROOT)
        for package in ("rag", "ui", "eval")
        for file in (ROOT / package).rglob("*")
        if file.suffix in {".toml", ".json", ".jsonl", ".onnx", ".css", ".js", ".html"}
    ]
    assert len(data) > 40
    assert [file for file in data if not (packages / file).is_file()] == []


def test_it_names_itself(installed: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [installed / "bin" / "ibid", "--version"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert said == "ibid 0.1.0\n"
