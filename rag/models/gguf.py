"""What a GGUF file says of itself, read from its head: no library, for gguf's takes 17 s for 1 GB.

The head is ``GGUF``, version, number of tensors, number of facts, then the facts: each a key, the
type of its value, and the value. Whoever made the file is a stranger: nothing is read beyond its
end, and nothing is kept but a few short texts.
"""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError
from rag.language.visible import plain

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
# The formats of values by their type's number; 8 is a text, 9 a list.
_PLAIN = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q"}
_PLAIN |= {11: "<q", 12: "<d"}
_TEXT, _LIST = 8, 9
_LONGEST = 200  # characters of a name or a licence
_MOST = 10_000_000  # facts, or texts of a list; a vocabulary has some 100,000
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Described:
    """What a model's file says. ``size``: bytes, of all its parts; 0 for a ``context`` not told.

    ``talks``: whether it says how a conversation is to be put, which one that only goes on with a
    text does not.
    """

    name: str
    licence: str
    architecture: str
    talks: bool
    context: int
    size: int


def describe(file: Path) -> Described:
    """What a GGUF file says of itself, in a tenth of a second.

    Raises:
        ModelError: it cannot be read, is no GGUF file, or not all its parts are there.
    """
    try:
        size = sum(part.stat().st_size for part in parts(file))
        if not file.is_file():
            raise ValueError("no file")
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as m:
            facts = _facts(m)
    except OSError as error:
        raise ModelError(
            f"{error.filename or file}: {error.strerror or error}; name another model with "
            "IBID_MODEL",
            "model unreadable",
            model=error.filename or file,
            why=error.strerror or error,
        ) from None
    except (ValueError, struct.error, UnicodeDecodeError, OverflowError):
        raise ModelError(
            f"{file} is no GGUF file, or not a whole one; name one that ends in .gguf, or fetch it "
            "again",
            "no gguf",
            model=file,
        ) from None
    architecture = _text(facts, "general.architecture")
    context = facts.get(f"{architecture}.context_length", 0)
    return Described(
        name=_text(facts, "general.name") or file.stem,
        licence=_text(facts, "general.license"),
        architecture=architecture,
        talks=bool(facts.get("tokenizer.chat_template")),
        context=context if isinstance(context, int) else 0,
        size=size,
    )


def parts(file: Path) -> list[Path]:
    """The files of a model that was split, as ``…-00001-of-00003.gguf``; or the one file."""
    return [file.with_name(name) for name in part_names(file.name)]


def part_names(name: str) -> list[str]:
    """The names of all the parts of a model, by the name of any of them."""
    found = _PART.search(name)
    if not found or not 1 < int(found[2]) <= 999:
        return [name]
    stem, ending = name[: found.start()], name[-5:]
    return [f"{stem}-{n:05}-of-{found[2]}{ending}" for n in range(1, int(found[2]) + 1)]


def _facts(head: mmap.mmap) -> dict[str, object]:
    """The facts of one value; of long texts no more than that they are there."""
    version, _, count = struct.unpack_from("<IQQ", head, 4)
    if head[:4] != _MAGIC or version not in _VERSIONS or count > _MOST:
        raise ValueError("no GGUF")
    facts: dict[str, object] = {}
    at = 24
    for _ in range(count):
        key, at = _string(head, at)
        (kind,) = struct.unpack_from("<I", head, at)
        value, at = _value(head, at + 4, kind)
        facts[key.decode()] = value
    return facts


def _value(head: mmap.mmap, at: int, kind: int) -> tuple[object, int]:
    """A value and where it ends; nothing for a list, and a long text cut short."""
    if kind == _TEXT:
        text, at = _string(head, at)
        return text[:_LONGEST].decode(errors="replace"), at
    if kind == _LIST:
        inner, length = struct.unpack_from("<IQ", head, at)
        return None, _end_of_list(head, at + 12, inner, length)
    if kind not in _PLAIN:
        raise ValueError("a type that no version of GGUF has")
    (value,) = struct.unpack_from(_PLAIN[kind], head, at)
    return value, at + struct.calcsize(_PLAIN[kind])


def _end_of_list(head: mmap.mmap, at: int, kind: int, length: int) -> int:
    if kind in _PLAIN:
        end = at + length * struct.calcsize(_PLAIN[kind])
        if end > len(head):
            raise ValueError("longer than the file")
        return int(end)
    if kind != _TEXT or length > _MOST:
        raise ValueError("a list of lists, or one without an end")
    for _ in range(length):
        (size,) = struct.unpack_from("<Q", head, at)
        at += 8 + size
    return int(at)


def _string(head: mmap.mmap, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from("<Q", head, at)
    end = at + 8 + size
    if end > len(head):
        raise ValueError("longer than the file")
    return head[at + 8 : end], end


def _text(facts: dict[str, object], key: str) -> str:
    value = facts.get(key)
    return plain(value) if isinstance(value, str) else ""
