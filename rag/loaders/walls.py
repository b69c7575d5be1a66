"""Pages that stand before an article or in its place: walls of script, consent, login and pay.

A wall is told by how much of the page is its own words (walls.toml), held against what else is
said there, and by what the page declares of itself: a password to type in, schema.org's
isAccessibleForFree, a page that it sends on to. One sentence of a long article decides nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag.loaders.blocks import lines_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Wall = Literal["script", "consent", "login", "paywall", "error", "onward"]
_WORDS = Path(__file__).with_name("walls.toml")
# Up to six words, none so long that it takes time.
_GAP = r"[^\w\s]{0,5}(?: \S{1,40}){0,6}? [^\w\s]{0,5}"
# A letter of an alphabet before it would make it the end of another word.
_BEGINS = r"(?<![a-zß-ɏа-ӿ])"
# Scripts without spaces have about one word for two letters.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{1,2}|[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_TITLE_PARTS = re.compile(r"\s+[|–—·•:»/-]\s+|[|·•»]")

# How many words beside those of the wall make an article of it.
_FEW = 12
_SHORT = 25
_UNDER_A_LOGIN = 60
_UNDER_A_HEADING = 150
_FULL = 40
_TEASER = 200
_LONGEST_TEASER = 400
_HALF = 0.5
_SOME = 0.3
_ONWARD = re.compile(r"(?i)^\s*\d+\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"\s]+)")
_HEADED: tuple[Wall, ...] = ("error", "login", "consent", "script")
_LONGEST = 2_000  # Characters of a sentence that are looked through.
_LABEL = 10  # Words of the longest that stands beside a field or on a button.
_BLOCK = 40  # Words of a block that may lock the article; a paragraph that tells of one is longer.


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page says of itself to machines.

    ``unscripted`` is what it says where no script runs, ``sections`` the selectors of what is
    paid for, ``words`` how many its article has, 0 where it does not say, and ``onward`` the
    address that it sends on to.
    """

    unscripted: str = ""
    is_for_pay: bool = False
    sections: tuple[str, ...] = ()
    words: int = 0
    onward: str = ""


def declared(tree: HtmlElement) -> Declared:
    """What a page says of itself, before what it does not show is taken out."""
    documents = list(_documents(tree))
    free = [value for one in documents if (value := one.get("isAccessibleForFree")) is not None]
    free += tree.xpath("//*[@itemprop='isAccessibleForFree']/@content")
    tiers = tree.xpath("//meta[@property='article:content_tier']/@content")
    lengths = [int(said) for one in documents if (said := str(one.get("wordCount"))).isdecimal()]
    sections = [
        one.get("cssSelector") for one in documents if _is_no(one.get("isAccessibleForFree"))
    ]
    refresh = tree.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh')='refresh']/@content")
    onward = [found for one in refresh if (found := _ONWARD.search(one))]
    return Declared(
        unscripted=" ".join(one.text_content() for one in tree.xpath("//noscript"))[:5_000],
        is_for_pay=any(map(_is_no, free)) or any(one in ("locked", "metered") for one in tiers),
        sections=tuple(one for one in sections if isinstance(one, str)),
        words=max(lengths, default=0),
        onward=onward[0].group(1)[:2_000] if onward else "",
    )


def wall_of(tree: HtmlElement, said: Declared, text: str) -> Wall | None:
    """The wall that a page is; None: it is an article, or nothing is known of it.

    ``tree`` is what the page shows, and ``text`` the article in it.
    """
    blocks = list(lines_of(tree))
    own: Counter[Wall] = Counter()
    total = rest = 0
    for sentence in _SENTENCE.findall(text or "\n".join(blocks)):
        count, kinds = _count(sentence), _kinds(sentence)
        total += count
        rest += 0 if kinds else count
        own.update(dict.fromkeys(kinds - {"paywall"}, count))
    headed = _headed(tree)
    if headed and rest < (_UNDER_A_LOGIN if headed == "login" else _UNDER_A_HEADING):
        return headed
    for kind, count in own.most_common(1):
        if count >= _HALF * total or (rest < _SHORT and count >= _SOME * total):
            return kind
    if rest < _UNDER_A_LOGIN and tree.xpath("//input[@type='password']"):
        return "login"
    if _is_teaser(tree, blocks, said, total):
        return "paywall"
    return _of_little(blocks, said) if total < _FEW else None


def _of_little(blocks: list[str], said: Declared) -> Wall | None:
    """What a page is that says next to nothing."""
    if said.onward:
        return "onward"
    if "javascript" in _plain(said.unscripted).replace(" ", ""):
        return "script"
    kinds = Counter(kind for block in blocks for kind in _kinds(block))
    return max(kinds, key=lambda kind: kinds[kind], default=None)


def _headed(tree: HtmlElement) -> Wall | None:
    """The wall that the title or the first head names by most of its words."""
    for heading in [*tree.xpath("//head/title")[:1], *tree.xpath("(//*[self::h1 or self::h2])[1]")]:
        for part in _TITLE_PARTS.split(heading.text_content()[:500]):
            plain = _plain(part)
            if not 0 < _count(plain) <= 10:
                continue
            for kind in _HEADED:
                found = max((len(one.group()) for one in _pattern(kind).finditer(plain)), default=0)
                if found >= _HALF * len(plain):
                    return kind
    return None


def _is_teaser(tree: HtmlElement, blocks: list[str], said: Declared, words: int) -> bool:
    """Whether the page shows only the beginning of its article."""
    if said.is_for_pay:
        if said.sections:
            return sum(_count(one) for one in _selected(tree, said.sections)) < _FULL
        if words < _TEASER or said.words > 1.5 * words + _FULL:
            return True
    return words < _LONGEST_TEASER and any(
        _count(block) <= _BLOCK and _pattern("paywall").search(_plain(block[:_LONGEST]))
        for block in blocks
    )


def _selected(tree: HtmlElement, selectors: tuple[str, ...]) -> Iterator[str]:
    from cssselect import SelectorError

    for selector in selectors[:20]:
        with suppress(SelectorError):
            yield from (element.text_content() for element in tree.cssselect(selector[:500]))


def _documents(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Every object in the page's JSON-LD, those inside of others among them."""
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        with suppress(ValueError, RecursionError):
            found = [json.loads(script.text or "")]
            while found:
                one = found.pop()
                found += one if isinstance(one, list) else ()
                if isinstance(one, dict):
                    yield one
                    found += one.values()


def _kinds(words: str) -> set[Wall]:
    plain = _plain(words[:_LONGEST])
    found = {kind for kind in _patterns() if _pattern(kind).search(plain)}
    return found - {"login"} if _count(plain) > _LABEL else found


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).lower().split())


def _pattern(kind: Wall) -> re.Pattern[str]:
    return _patterns()[kind]


@cache
def _patterns() -> dict[Wall, re.Pattern[str]]:
    listed: dict[Any, list[str]] = tomllib.loads(_WORDS.read_text("utf-8"))
    return {
        kind: re.compile(_BEGINS + "|".join(phrases).replace("…", _GAP).join(("(?:", ")")))
        for kind, phrases in listed.items()
    }


def _count(words: str) -> int:
    return sum(1 for _ in _WORD.finditer(words))


def _is_no(value: object) -> bool:
    return str(value).strip().lower() in ("false", "0", "no", "http://schema.org/false")
