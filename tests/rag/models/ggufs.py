"""Small files in the GGUF format, made by hand: a head of facts, and no weights."""

from __future__ import annotations

import struct
from pathlib import Path

TALKS = {"tokenizer.chat_template": "{{ messages }}"}
ABOUT = {
    "general.architecture": "tiny",
    "general.name": "Tiny Instruct",
    "general.license": "mit",
    "tiny.context_length": 2048,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.ggml.scores": [1, 2, 3],
}


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def fact(key: str, value: object) -> bytes:
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, list) and isinstance(value[0], str):
        head = struct.pack("<IIQ", 9, 8, len(value))
        return text(key) + head + b"".join(map(text, value))
    if isinstance(value, list):
        head = struct.pack("<IIQ", 9, 4, len(value))
        return text(key) + head + struct.pack(f"<{len(value)}I", *value)
    return text(key) + struct.pack("<II", 4, value)


def gguf(facts: dict[str, object]) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(facts))
    return head + b"".join(fact(key, value) for key, value in facts.items())


def made(file: Path, facts: dict[str, object]) -> Path:
    file.write_bytes(gguf(facts))
    return file
