"""Unpacking that stops at a limit: of what is sent small and would fill the memory."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

from rag.errors import ArticleError

_MOST_ENCODINGS = 3  # one upon the other; an honest page has one
_ZSTD_WINDOW = 8 * 2**20  # what RFC 9659 allows on the web


class TooLarge(Exception):
    """It is larger, unpacked, than the limit."""


def unpacked(data: bytes, encodings: str, most_bytes: int) -> bytes:
    """The bytes without the ``encodings`` that a Content-Encoding header names, last one first.

    Raises:
        TooLarge: there are more than ``most_bytes`` of them, after any step.
        ArticleError: an encoding is unknown, or the bytes are not of it.
    """
    names = [name.strip().lower() for name in encodings.split(",") if name.strip()]
    if len(names) > _MOST_ENCODINGS or not set(names) <= _UNPACK.keys():
        packed = ", ".join(names)[:40]
        raise ArticleError(
            f"it is packed as {packed}, which Ibid does not unpack; open it in a browser, save "
            "the page, and add the file",
            "packed",
            encoding=packed,
        )
    for name in reversed(names):
        try:
            data = _UNPACK[name](data, most_bytes + 1)
        except TooLarge:
            raise
        except Exception as error:  # Each library has its own.
            raise ArticleError(
                f"what came is damaged ({name}: {type(error).__name__}); try again later, or save "
                "the page and add the file",
                "packed badly",
                encoding=name,
            ) from None
        if len(data) > most_bytes:
            raise TooLarge
    return data


def _gzip(data: bytes, most: int) -> bytes:
    """All members of a gzip file, one after another, or one zlib stream."""
    found = b""
    while data and len(found) < most:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        found += stream.decompress(data, most - len(found))
        if not stream.eof and len(found) < most:
            raise EOFError
        data = stream.unused_data.lstrip(b"\0")  # Which some fill it up with.
    return found


def _deflate(data: bytes, most: int) -> bytes:
    try:
        return _gzip(data, most)
    except zlib.error:  # Many send it bare.
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        found = stream.decompress(data, most)
        if not stream.eof and len(found) < most:
            raise EOFError from None
        return found


def _brotli(data: bytes, most: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    found = bytes(stream.process(data, output_buffer_limit=most))
    if not stream.is_finished() and len(found) < most:
        raise EOFError
    return found


def _zstd(data: bytes, most: int) -> bytes:
    import zstandard

    opened = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with opened.stream_reader(io.BytesIO(data), read_across_frames=True) as stream:
        return bytes(stream.read(most))


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "identity": lambda data, most: data,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
