"""Word documents: paragraphs, tables by their rows, notes where they are called for.

Reading is mammoth's, which takes what was inserted and leaves what was deleted. What Word does not
show is taken out first, as mammoth would read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.loaders.office import stated, text_of
from rag.loaders.package import Package, damaged, opened
from rag.loaders.text import build
from rag.schema import Article

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PARTS = re.compile(r"word/(document|footnotes|endnotes)\d*\.xml")
_STYLES = "word/styles.xml"
_SEEN_PT = 1.5  # Smaller letters nobody sees.
_NOTE = re.compile(r"#((?:foot|end)note-\S+)")
_TITLE = "p[style-name='Title'] => h1:fresh"


def read_docx(data: bytes, file: Path, source: str) -> Article:
    """The text of a Word document, with the title, author and day that its properties name.

    Raises:
        ArticleError: it is locked, damaged, made to unfold without an end, or holds no text.
    """
    import mammoth
    from lxml import html

    package = opened(data, file)
    cleaned = _cleaned(package)
    if not any(name.startswith("word/document") for name in cleaned):
        raise damaged(file, "no document in it")
    whole = package.only(("[Content_Types]", "_rels/", "word/"), cleaned)
    try:
        made = mammoth.convert_to_html(
            whole, style_map=_TITLE, convert_image=mammoth.images.img_element(lambda image: {})
        ).value
    except MemoryError:
        raise
    except Exception as error:  # Such as one of XML, or of a style that is nowhere.
        raise damaged(file, type(error).__name__) from None
    tree = html.document_fromstring(f"<html><body>{made or '<p></p>'}</body></html>")
    headings = [" ".join(one.text_content().split()) for one in tree.xpath("//h1")]
    _place_notes(tree)
    facts = {"heading": headings[0] if headings else None, **stated(package), "source": source}
    return build(text_of(tree), facts, file)


def _cleaned(package: Package) -> dict[str, bytes]:
    """The parts that hold text, without what Word does not show."""
    from lxml import etree

    styles = package.tree(_STYLES) if _STYLES in package.names else None
    hidden = frozenset() if styles is None else frozenset(_hidden_styles(styles))
    cleaned = {}
    for name in package.names:
        if _PARTS.fullmatch(name):
            tree = package.tree(name)
            _take_out_hidden(tree, hidden)
            _keep_formulas(tree)
            cleaned[name] = etree.tostring(tree)
    return cleaned


def _hidden_styles(styles: Any) -> Iterator[str]:
    """The styles in which Word hides words, by their own say or by that of one they rest on."""
    resting: dict[str, str] = {}
    said: dict[str, bool] = {}
    for style in styles.iter("{*}style"):
        id_ = _value(style, "styleId")
        resting[id_] = next((_value(one, "val") for one in style.iter("{*}basedOn")), "")
        for mark in style.iterfind("{*}rPr/{*}vanish"):
            said[id_] = _is_on(mark)
    for id_ in resting:
        at, seen = id_, set[str]()
        while at in resting and at not in said and at not in seen:
            seen.add(at)
            at = resting[at]
        if said.get(at):
            yield id_


def _take_out_hidden(tree: Any, hidden: frozenset[str]) -> None:
    for row in list(tree.iter("{*}tr")):
        if any(map(_is_on, row.iterfind("{*}trPr/{*}hidden"))):
            row.getparent().remove(row)
    for run in list(tree.iter("{*}r")):
        if _is_hidden(run, hidden) and (parent := run.getparent()) is not None:
            parent.remove(run)


def _is_hidden(run: Any, hidden: frozenset[str]) -> bool:
    own = run.find("{*}rPr")
    if own is not None:
        for mark in own.iterfind("{*}vanish"):
            return _is_on(mark)
        if any(_points(size) < _SEEN_PT for size in own.iterfind("{*}sz")):
            return True
        if any(_value(style, "val") in hidden for style in own.iterfind("{*}rStyle")):
            return True
        if _is_white(own) and not any(run.iterancestors("{*}tbl", "{*}txbxContent")):
            return True
    paragraph = run.getparent()
    while paragraph is not None and not str(paragraph.tag).endswith("}p"):
        paragraph = paragraph.getparent()
    styles = () if paragraph is None else paragraph.iterfind("{*}pPr/{*}pStyle")
    return any(_value(style, "val") in hidden for style in styles)


def _is_white(own: Any) -> bool:
    """Whether words are as white as the page, with nothing painted behind them."""
    white = any(_value(colour, "val").upper() == "FFFFFF" for colour in own.iterfind("{*}color"))
    return white and own.find("{*}shd") is None and own.find("{*}highlight") is None


def _keep_formulas(tree: Any) -> None:
    """The signs of a formula as words in its place; mammoth reads none."""
    from lxml import etree

    for formula in list(tree.iter("{*}oMath")):
        run = next(tree.iter("{*}r"), None)
        if run is None or any(formula.iterancestors("{*}oMath")):
            continue
        space = str(tree.tag).partition("}")[0] + "}"
        said = etree.Element(space + "r")
        etree.SubElement(said, space + "t").text = "".join(
            str(part.text or "") for part in formula.iter("{*}t")
        )
        said.tail = formula.tail
        formula.getparent().replace(formula, said)


def _place_notes(tree: HtmlElement) -> None:
    """Put each note behind the block that calls for it, and take out the signs that did."""
    from lxml import html

    notes = {one.get("id", ""): one for one in tree.xpath("//li[@id]")}
    last: dict[Any, Any] = {}  # of the notes behind a block
    lists = set()
    for call in tree.xpath("//a[starts-with(@href, '#')]"):
        found = _NOTE.fullmatch(call.get("href"))
        if found is None or "-ref-" in found[1] or (note := notes.pop(found[1], None)) is None:
            continue
        block = call
        while block.getparent() is not None and block.getparent().tag != "body":
            block = block.getparent()
        said = html.Element("p")
        for back in note.xpath(".//a[starts-with(@href, '#')][normalize-space() = '↑']"):
            back.drop_tree()
        said.text = " ".join(note.text_content().split())
        last.get(block, block).addnext(said)
        last[block] = said
        lists.add(note.getparent())
        note.drop_tree()
        (call.getparent() if call.getparent().tag == "sup" else call).drop_tree()
    for one in lists:
        if one.getparent() is not None and not len(one):
            one.drop_tree()


def _value(element: Any, name: str) -> str:
    """An attribute in the namespace of Word, in either of its forms."""
    return next((str(v) for k, v in element.items() if k.rpartition("}")[2] == name), "")


def _is_on(mark: Any) -> bool:
    return _value(mark, "val").lower() not in ("0", "false", "off", "none")


def _points(size: Any) -> float:
    said = _value(size, "val")
    return int(said) / 2 if said.isascii() and said.isdigit() else _SEEN_PT
