"""The command line, run in the process of a test."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ui.cli.main import main


@dataclass
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Ibid = Callable[..., Done]


def in_this_process(capsys: pytest.CaptureFixture[str]) -> Ibid:
    """What runs a command here and tells what it left behind."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, *capsys.readouterr())

    return run


def without_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Be on a machine where no setting is set, in this folder."""
    for name in os.environ:
        if name.startswith("IBID_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
