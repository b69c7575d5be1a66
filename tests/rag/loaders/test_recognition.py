"""Promises of scanned pages: what is written in their pictures is read where that is wished."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from pdfs import make_pdf
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter

from rag.errors import ArticleError
from rag.loaders.layout import Line
from rag.loaders.pdf import read_pdf
from rag.loaders.recognition import Recognised, is_installed
from rag.loaders.worker import Worker
from rag.tuning import ReadingTuning

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf"
SAID = "The night ferry carried 412 passengers to Port Hanna."
GESAGT = "Die Nachtfähre über den großen Fluß war spät; Öl und Übung fehlten."
REAL = pytest.mark.skipif(not is_installed(), reason="the extra ocr, 200 MB, is not installed")


def scanned(*pages: list[str], turn: int = 0) -> bytes:
    """A PDF of pictures, with these lines on each; it may have been scanned turned."""
    pictures = []
    for lines in pages:
        picture = Image.new("L", (1240, 1754), 250)
        draw, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 28)
        for at, words in enumerate(lines):
            draw.text((110, 160 + 60 * at), words, font=font, fill=20)
        pictures.append(picture.rotate(turn, expand=True, fillcolor=250))
    out = BytesIO()
    pictures[0].save(out, "PDF", resolution=150, save_all=True, append_images=pictures[1:])
    if not turn:
        return out.getvalue()
    writer = PdfWriter(clone_from=PdfReader(out))
    for page in writer.pages:
        page.rotate(turn)
    turned = BytesIO()
    writer.write(turned)
    return turned.getvalue()


def joined(first: bytes, second: bytes) -> bytes:
    writer = PdfWriter()
    for data in (first, second):
        writer.append(BytesIO(data))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(ReadingTuning(ocr=True)) as one:
        yield one


def test_a_page_without_text_is_recognised_and_no_other() -> None:
    asked: list[tuple[float, float]] = []

    def recognise(page: Any) -> Iterator[Recognised]:
        asked.append(page.get_size())
        for at, words in enumerate(["The night ferry carried 412", "passengers to Port Hanna."]):
            yield Recognised(Line(words, 50, 300, 700 - 14 * at, 710 - 14 * at), [])

    data = joined(make_pdf([["It was late."]]), scanned(["x"]))
    article = read_pdf(data, Path("a.pdf"), "a.pdf", recognise=recognise)
    assert article.text == f"It was late.\n\n{SAID}"
    assert article.page(article.text.find(SAID)) == 2
    assert len(asked) == 1 and not article.notes


def test_pages_on_which_nothing_is_found_are_told_with_what_would_read_them(
    tmp_path: Path,
) -> None:
    with pytest.raises(ArticleError, match=r"'ibid-rag\[ocr\]'.*IBID_READING__OCR=true") as caught:
        read_pdf(scanned(["x"], ["y"]), Path("a.pdf"), "a.pdf")
    assert (caught.value.kind, caught.value.facts["count"]) == ("scanned", 2)
    data = joined(make_pdf([["It was late."]]), scanned(["x"]))
    (note,) = read_pdf(data, Path("a.pdf"), "a.pdf", recognise=lambda page: []).notes
    assert (note.facts["pages"], note.facts["count"]) == ("2", 1)
    assert "IBID_READING__OCR=true" in str(note)


@REAL
def test_a_scanned_page_is_read_only_where_that_is_wished(worker: Worker) -> None:
    data = scanned([SAID, "", GESAGT], ["It was late.", "It was cold."])
    article = worker.read(data, Path("a.pdf"), "a.pdf")
    for words in (SAID, GESAGT, "It was late."):
        assert words in article.text.replace("\n", " ")
    assert article.page(article.text.find("It was late.")) == 2
    with Worker() as other, pytest.raises(ArticleError, match="no text was found on its 2 pages"):
        other.read(data, Path("a.pdf"), "a.pdf")


@REAL
@pytest.mark.parametrize("turn", [0, 90])
def test_every_word_of_a_scanned_page_has_its_box_where_it_stands(
    worker: Worker, turn: int
) -> None:
    data = scanned([SAID, GESAGT], turn=turn)
    text = worker.read(data, Path("a.pdf"), "a.pdf").text
    drawn = worker.draw(data, Path("a.pdf"), 1, text)
    places = {text[start:end]: box for start, end, *box in drawn.words}
    assert {*SAID.split(), *GESAGT.split()} == {*places}
    first, second = places["The"], places["Fluß"]
    assert abs(first[0] - 10_000 * 110 / 1240) < 150
    assert abs(first[1] - 10_000 * 165 / 1754) < 150
    assert second[1] > first[3] - 100 and second[0] > first[2]
