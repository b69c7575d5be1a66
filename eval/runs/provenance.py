"""What a run was made with: versions, models, articles. Two runs that differ here differ."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import eval as measuring
import rag
from eval import prompts
from rag.models.registry import listed
from rag.schema import ArticleInfo
from rag.settings import Settings

_PACKAGES = (
    "ibid-rag", "langchain", "langchain-core", "chromadb", "sentence-transformers", "transformers",
    "torch", "onnxruntime", "tokenizers", "fastembed", "xllamacpp", "numpy",
)  # fmt: skip
_BLOCK = 1 << 20

JUDGE = "judge"
"""The role of the model that says whether an answer is right."""

REWORDER = "reworder"
"""The role of the model that says the questions in other words."""


def versions() -> dict[str, str]:
    """The versions of Python, of Ibid and of the packages that an answer depends on."""
    installed = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def code() -> str:
    """A digest of the sources of `rag` and `eval`: between two releases they change as well."""
    folders = [Path(package.__path__[0]) for package in (rag, measuring)]
    files = sorted(
        file
        for folder in folders
        for file in folder.rglob("*")
        if file.suffix in (".py", ".toml") and not {"bench", "training"} & set(file.parts)
    )
    return _digest(file.read_bytes() for file in files)


def models(
    settings: Settings, language_model: str, judge: str = "", reworder: str = ""
) -> dict[str, dict[str, str]]:
    """Name and SHA-256 of each model in use, by its role; no SHA-256 where none is listed.

    That of a listed model is the one that its files were verified by when they were fetched.

    Args:
        language_model: its name; empty where none is asked.
        judge: as that; the version of its prompt is told beside it.
        reworder: as the judge.
    """
    named = {"embedder": settings.embedder, "reranker": settings.reranker}
    named |= {
        role: name
        for role, name in (
            ("language model", language_model), (JUDGE, judge), (REWORDER, reworder)
        )
        if name
    }  # fmt: skip
    served = {role for role in named if getattr(settings, f"{role}_url", None)}
    described = {
        role: {
            "name": name,
            # Which weights a server has, nobody here can verify.
            **({"sha256": digest} if role not in served and (digest := _weights(name)) else {}),
        }
        for role, name in named.items()
    }
    if judge:
        described[JUDGE]["prompt"] = prompts.version("judge")
    if reworder:
        described[REWORDER]["prompt"] = prompts.version("rephrase")
    return described


def _weights(name: str) -> str:
    """The SHA-256 of the largest file of a listed model, which holds its weights."""
    model = listed().get(name)
    return max(model.files, key=lambda file: file.size).sha256 if model else ""


def articles_digest(articles: Iterable[ArticleInfo]) -> str:
    """One digest of many articles: the same for the same articles in any order."""
    return _digest(
        f"{one.id} {one.digest}\n".encode() for one in sorted(articles, key=lambda one: one.id)
    )


def file_digest(file: Path) -> str:
    """The SHA-256 of a file. Raises OSError where it cannot be read."""
    with file.open("rb") as opened:
        return _digest(iter(lambda: opened.read(_BLOCK), b""))


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
