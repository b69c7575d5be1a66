"""What is in a file of a set, however it was packed and whichever program saved it."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from rag.errors import ArticleError, CaseError
from rag.loaders.encoding import decode

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
MOST_BYTES = 2_000_000_000


def contents(file: Path) -> bytes:
    """What is in a file, unpacked, as UTF-8 without a byte order mark, whatever it is in.

    Raises:
        CaseError: it cannot be read, or is no text.
    """
    data = unpacked(file).removeprefix(_MARK)
    try:
        data.decode()
    except UnicodeDecodeError:
        return _decoded(file, data)
    return _decoded(file, data) if b"\0" in data[:1000] else data


def unpacked(file: Path) -> bytes:
    """The bytes in a file, or in the file that is packed in it by gzip.

    Raises:
        CaseError: it cannot be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CaseError(
            f"{file}: cannot be read ({error.strerror}); give the path of a Q&A set",
            "set unreadable",
        ) from error
    return _unpacked(file, data) if data.startswith(_GZIP) else data


def _unpacked(file: Path, data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            whole = stream.read(MOST_BYTES + 1)  # One more tells that there is more.
    except (OSError, EOFError, zlib.error) as error:
        raise CaseError(
            f"{file}: its gzip is damaged ({error}); fetch it again", "set unreadable"
        ) from None
    if len(whole) > MOST_BYTES:
        raise CaseError(f"{file}: more than {MOST_BYTES:,} bytes; split it", "set unreadable")
    return whole


def _decoded(file: Path, data: bytes) -> bytes:
    """Text of another encoding, as spreadsheets save it."""
    try:
        text = decode(data, file).text
    except ArticleError as error:
        raise CaseError(str(error)) from None
    return text.encode()
