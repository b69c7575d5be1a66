"""Small PDFs, made here so that no binary file lies in the repository."""

from __future__ import annotations

import io
from collections.abc import Sequence

# A line below the last one, or one that begins at a place, in points from the lower left.
Line = str | tuple[float, float, str]


def make_pdf(pages: Sequence[Sequence[Line]], title: str = "", author: str = "") -> bytes:
    """A PDF with these lines on its pages; a page without lines is blank, as a scan is."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids "
        f"[{' '.join(f'{5 + 2 * n} 0 R' for n in range(len(pages)))}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) /Author ({author}) >>".encode("latin-1"),
    ]
    for number, lines in enumerate(pages):
        shown = "".join(
            "1 0 0 1 {} {} Tm ({}) Tj\n".format(
                *(
                    (50, 740 - 16 * at, _escaped(line))
                    if isinstance(line, str)
                    else (line[0], line[1], _escaped(line[2]))
                )
            )
            for at, line in enumerate(lines)
        )
        content = f"BT /F1 11 Tf\n{shown}ET".encode("cp1252")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return of_objects(objects, b" /Info 4 0 R")


def of_objects(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalog; ``trailer`` adds to its own."""
    out = io.BytesIO()
    out.write(b"%PDF-1.5\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(b"trailer << /Size %d /Root 1 0 R%s >>\n" % (len(objects) + 1, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def make_form(lines: Sequence[str], fields: Sequence[tuple[str, str, str]]) -> bytes:
    """A PDF with a form: the name, the label (or none) and the value of each field."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
        TextStringObject,
    )  # fmt: skip

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf([lines]))))
    widgets = ArrayObject()
    for at, (name, label, value) in enumerate(fields):
        box = [FloatObject(edge) for edge in (50, 300 - 30 * at, 250, 320 - 30 * at)]
        facts = {"/T": name, "/V": value} | ({"/TU": label} if label else {})
        widget = DictionaryObject(
            {NameObject(key): TextStringObject(words) for key, words in facts.items()}
        )
        widget[NameObject("/Type")] = NameObject("/Annot")
        widget[NameObject("/Subtype")] = NameObject("/Widget")
        widget[NameObject("/FT")] = NameObject("/Tx")
        widget[NameObject("/F")] = NumberObject(4)
        widget[NameObject("/Rect")] = ArrayObject(box)
        widgets.append(writer._add_object(widget))  # noqa: SLF001
    writer.pages[0][NameObject("/Annots")] = widgets
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): widgets})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked(data: bytes, password: str, cipher: str = "RC4-128") -> bytes:
    """The same PDF, encrypted; an empty password is one that nobody is asked for."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, owner_password="owner", algorithm=cipher)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
