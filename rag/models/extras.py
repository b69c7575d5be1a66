"""What an installation may do without, and what to install where it is wanted."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from rag.errors import ModelError

PREFIX = "fastembed:"
"""What stands before the name of a model that fastembed runs."""
TORCH = "torch"
FASTEMBED = "fastembed"
_PACKAGES = {TORCH: ("torch", "sentence_transformers"), FASTEMBED: ("fastembed",)}


def is_here(extra: str) -> bool:
    """Whether all packages of an extra are installed; none of them is imported."""
    return all(find_spec(package) for package in _PACKAGES[extra])


def missing(name: str) -> str:
    """The extra that an embedder or a cross-encoder which is not listed wants, if it is not here.

    One in a folder of its own may need none.
    """
    wanted = FASTEMBED if name.startswith(PREFIX) else TORCH
    is_onnx = (Path(name).expanduser() / "model.onnx").is_file()
    return "" if is_onnx or is_here(wanted) else wanted


def absent(model: str, extra: str) -> ModelError:
    """The error of a model that wants an extra which is not installed."""
    return ModelError(
        f"{model} needs packages that are not installed; run: {command(extra)}",
        "extra absent",
        model=model,
        command=command(extra),
    )


def command(extra: str) -> str:
    """What installs an extra."""
    return f"pip install 'ibid-rag[{extra}]'"
