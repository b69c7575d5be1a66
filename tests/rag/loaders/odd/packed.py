"""Zipped folders with odd layouts."""

from __future__ import annotations

import io
import zipfile

from tests.rag.loaders.odd import Odd, odd
from tests.rag.loaders.odd.documents import notes_and_remarks
from tests.rag.loaders.odd.letters import parts_in_parts
from tests.rag.loaders.odd.prints import words_that_nobody_sees
from tests.rag.loaders.offices import zipped

_SAID = "The night ferry carried 412 passengers."


def _of(*parts: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


@odd
def folders_in_folders_of_a_mac() -> Odd:
    return Odd(
        "a.zip",
        _of(
            ("Log/", b""), ("Log/1911/Mai/Fähre – Nacht.txt", _SAID.encode()),
            ("__MACOSX/Log/1911/._Mai", b"Say 9,999."), ("Log/.DS_Store", b"Say 8,888."),
        ),
        _SAID, ("9,999", "8,888"),
    )  # fmt: skip


@odd
def names_in_an_old_code_page() -> Odd:
    data = bytearray(_of(("Fxhre.txt", _SAID.encode())))
    return Odd("a.zip", bytes(data).replace(b"Fxhre", b"F\x84hre"), _SAID)


@odd
def behind_a_program_that_unpacks_itself() -> Odd:
    return Odd("a.zip", b"MZ" + b"\0" * 5_000 + zipped({"a.md": f"# One\n\n{_SAID}"}), _SAID)


@odd
def names_of_windows() -> Odd:
    data = _of(("Log/Mai/a.txt", _SAID.encode()), method=zipfile.ZIP_STORED)
    return Odd("a.zip", data.replace(b"Log/Mai/a.txt", b"Log\\Mai\\a.txt"), _SAID)


@odd
def of_many_formats() -> Odd:
    one, two, three = parts_in_parts(), notes_and_remarks(), words_that_nobody_sees()
    parts = {"mail.eml": one.data, "b/log.docx": two.data, "c/print.pdf": three.data}
    unsaid = (*one.unsaid, *two.unsaid, *three.unsaid)
    return Odd("a.zip", zipped({**parts, "d/photo.png": b"\x89PNG"}), two.said, unsaid)


@odd
def packed_by_other_methods() -> Odd:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"A comment: 9,999"
        archive.writestr("a.txt", "One.", zipfile.ZIP_BZIP2)
        archive.writestr("b.txt", _SAID, zipfile.ZIP_LZMA)
        with archive.open("c.txt", "w", force_zip64=True) as member:
            member.write(b"Three.")
    return Odd("a.zip", out.getvalue(), _SAID, ("9,999",))
