"""What a page holds and does not show: elements that its markup or its styles hide.

Hidden words are how a page speaks to a machine past its reader, so they are no text. Styles are
those in the page, as attributes and as sheets; a sheet elsewhere is not fetched. Selectors are read
by cssselect, declarations by tinycss2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Never text, or text only where something else is missing: a script, a player, a frame.
_UNSEEN_TAGS = frozenset(
    "script style template noscript noembed noframes iframe object embed applet canvas audio "
    "video svg math-annotation datalist select textarea head".split()
)
_KEPT_TAGS = frozenset({"html", "body"})  # Hidden until a script is done, on many honest pages.
_MOST_MATCHES = 20_000_000  # Rules times elements; some seconds.
_PROPERTIES = frozenset(
    "display visibility opacity font font-size width height max-width max-height overflow "
    "overflow-x overflow-y clip clip-path position left right top bottom text-indent margin-left "
    "margin-top transform color background background-color content-visibility filter scale "
    "translate inset".split()
)
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-z%]*)")
_FAR = 500.0  # Pixels beyond the edge; menus are moved by less.
_PIXELS = {"px": 1.0, "": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "ch": 8.0, "ex": 8.0,
           "cm": 37.8, "mm": 3.78, "in": 96.0, "vw": 10.0, "vh": 10.0, "%": 10.0}  # fmt: skip
_MOVED = re.compile(r"(?:translate(?:x|y|3d)?\s*\(|,)\s*([-+]?[\d.]+[a-z%]*)")

_NAME = re.compile(r"[.#]([\w-]+)")

Styles = dict[str, str]
Rule = tuple[Any, list[tuple[bool, str, str]]]


class TooManyStyles(Exception):
    """What the page hides cannot be told in good time."""


def remove_hidden(tree: HtmlElement) -> None:
    """Take every element out of a page that is not shown, comments among them.

    Raises:
        TooManyStyles: the page's sheets are too large for it.
    """
    from lxml import etree

    etree.strip_elements(tree, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    rules = _rules(tree)
    styles = _matched(tree, rules) if rules else {}
    is_plain = not tree.xpath("//link[contains(@rel, 'stylesheet')]")
    doomed: list[HtmlElement] = []
    seen: dict[HtmlElement, tuple[bool, str, str]] = {}
    for element in tree.iter(etree.Element):
        own = _styles(element, styles.get(element, ()))
        above = seen.get(element.getparent(), (True, "", "white" if is_plain else ""))
        is_visible, colour, ground = seen[element] = _inherited(own, above)
        if element.tag in _KEPT_TAGS:
            seen[element] = (True, colour, ground)
            continue
        if _is_hidden(element, own) or (colour and colour == ground):
            doomed.append(element)
        elif not is_visible:
            _silence(element)
    for element in doomed:
        if element.getparent() is not None and element.tag != "head":
            element.drop_tree()


def _silence(element: HtmlElement) -> None:
    """Take out its own words alone: what is in it may be visible again."""
    element.text = None
    for child in element:
        child.tail = None


def _is_hidden(element: HtmlElement, own: Styles) -> bool:
    if element.tag in _UNSEEN_TAGS:
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    hidden = element.get("hidden")
    if hidden is not None and hidden.strip().lower() != "until-found":
        return True
    if (element.get("aria-hidden") or "").strip().lower() == "true":
        return True
    return bool(own) and (_is_unpainted(own) or _has_no_size(own) or _is_elsewhere(own))


def _is_unpainted(own: Styles) -> bool:
    opacity = _number(own.get("opacity", ""))
    faded = re.search(r"opacity\(\s*([\d.]+%?)\s*\)", own.get("filter", ""))
    return (
        own.get("display") == "none"
        or own.get("content-visibility") == "hidden"
        or (opacity is not None and opacity < 0.1)
        or (faded is not None and (_number(faded.group(1)) or 0) < 0.1)
        or own.get("color") == "transparent"
    )


def _has_no_size(own: Styles) -> bool:
    size = _pixels(own.get("font-size", ""))
    if size is not None and size < 2:
        return True
    cuts = any(
        own.get(name) in ("hidden", "clip") for name in ("overflow", "overflow-x", "overflow-y")
    )
    sides = [_pixels(own.get(name, "")) for name in ("width", "height", "max-width", "max-height")]
    if cuts and any(side is not None and side <= 1 for side in sides):
        return True
    clip = [float(number) for number in re.findall(r"-?\d+\.?\d*", own.get("clip", ""))]
    if clip and max(clip) <= 1:
        return True
    path = own.get("clip-path", "")
    inset = re.match(r"inset\(\s*([\d.]+)%", path)
    return bool(inset and float(inset.group(1)) >= 50) or bool(
        re.match(r"(circle|ellipse)\(\s*0", path)
    )


def _is_elsewhere(own: Styles) -> bool:
    """Whether it is moved off the screen, or shrunk to a point."""
    places = ["text-indent", "margin-left", "margin-top"]
    if own.get("position") in ("absolute", "fixed", "relative", "sticky"):
        places += ["left", "top", "right", "bottom", "inset"]
    moves = [own.get(name, "") for name in places]
    moves += [own.get("translate", ""), *_MOVED.findall(own.get("transform", ""))]
    if any((_pixels(move) or 0.0) <= -_FAR or (_pixels(move) or 0.0) >= 5_000 for move in moves):
        return True
    small = re.search(r"scale[xy]?\(\s*([\d.]+)", own.get("transform", ""))
    scale = _number(small.group(1) if small else own.get("scale", ""))
    return scale is not None and scale < 0.1


def _inherited(own: Styles, above: tuple[bool, str, str]) -> tuple[bool, str, str]:
    """Whether it is painted, its colour and that of its ground; empty where that is unknown."""
    is_visible, colour, ground = above
    if visibility := own.get("visibility"):
        is_visible = visibility not in ("hidden", "collapse")
    colour = own.get("color", colour)
    if "background-color" in own:
        ground = own["background-color"]
        ground = above[2] if ground == "transparent" else ground
    return is_visible, colour, ground


def _styles(element: HtmlElement, matched: Iterable[tuple[Any, ...]]) -> Styles:
    """The declarations that win for an element, by property."""
    declared = [(important, 0, *place, name, value) for *place, important, name, value in matched]
    inline = element.get("style")
    for important, name, value in _declarations(inline) if inline else ():
        declared.append((important, 1, (0, 0, 0), 0, name, value))
    declared.sort(key=lambda one: one[:4])
    return {name: value for *_, name, value in declared}


def _matched(tree: HtmlElement, rules: list[Rule]) -> dict[HtmlElement, list[tuple[Any, ...]]]:
    """Of each element that a rule fits: specificity, order, and what is declared.

    Raises:
        TooManyStyles: it would take too long.
    """
    import cssselect
    from lxml import etree

    translated = cssselect.HTMLTranslator()
    if len(rules) * sum(1 for _ in tree.iter(etree.Element)) > _MOST_MATCHES:
        raise TooManyStyles
    found: dict[HtmlElement, list[tuple[Any, ...]]] = {}
    for order, (selector, declarations) in enumerate(rules):
        try:
            elements = etree.XPath(translated.selector_to_xpath(selector))(tree)
        except (cssselect.SelectorError, etree.XPathError):
            continue  # A state, such as that of being pointed at, which no saved page is in.
        for element in elements:
            found.setdefault(element, []).extend(
                (selector.specificity(), order, *declaration) for declaration in declarations
            )
    return found


def _rules(tree: HtmlElement) -> list[Rule]:
    """The selectors in the page's sheets that declare what can hide, and what they declare."""
    import cssselect
    import tinycss2

    sheets = [sheet for sheet in tree.xpath("//style") if _is_for_screens(sheet.get("media", ""))]
    names = _names(tree) if sheets else frozenset()
    rules: list[Rule] = []
    for sheet in sheets:
        parsed = tinycss2.parse_stylesheet(
            sheet.text_content(), skip_comments=True, skip_whitespace=True
        )
        for rule in _style_rules(parsed):
            if not (declared := list(_declarations(rule.content))):
                continue
            with suppress(cssselect.SelectorError):
                rules += [
                    (selector, declared)
                    for selector in cssselect.parse(tinycss2.serialize(rule.prelude))
                    if selector.pseudo_element is None and _may_match(selector.canonical(), names)
                ]
    return rules


def _names(tree: HtmlElement) -> frozenset[str]:
    """Every class and id in a page."""
    found = {name for names in tree.xpath("//@class") for name in names.split()}
    return frozenset(found | set(tree.xpath("//@id")))


def _may_match(selector: str, names: frozenset[str]) -> bool:
    """Whether the classes and ids that a selector needs are in the page: most are not."""
    if "\\" in selector or ":" in selector:
        return True
    return all(name in names for name in _NAME.findall(selector))


def _style_rules(parsed: Iterable[Any]) -> Iterator[Any]:
    """The rules of a sheet that hold on a screen, those in blocks among them."""
    import tinycss2

    for rule in parsed:
        if rule.type == "qualified-rule":
            yield rule
        elif rule.type == "at-rule" and rule.content is not None:
            name = rule.lower_at_keyword
            if name in ("layer", "supports") or (
                name == "media" and _is_for_screens(tinycss2.serialize(rule.prelude))
            ):
                yield from _style_rules(
                    tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                )


def _is_for_screens(media: str) -> bool:
    """Whether a media query holds on any screen; what asks for a width may hide a menu."""
    queries = [query.strip() for query in media.lower().split(",")]
    return any(query in ("", "all", "screen", "only screen") for query in queries)


def _declarations(css: Any) -> Iterator[tuple[bool, str, str]]:
    """What is declared of what can hide: whether it is important, the property, the value."""
    import tinycss2

    parsed = tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
    for one in parsed:
        if one.type != "declaration" or one.lower_name not in _PROPERTIES:
            continue
        value = tinycss2.serialize(one.value).strip().lower()
        if one.lower_name == "background":
            yield one.important, "background-color", _ground(one.value)
        elif one.lower_name in ("color", "background-color"):
            yield one.important, one.lower_name, _colour(value)
        elif one.lower_name == "font":
            if (
                size := re.search(r"(?<![\w.])[\d.]+(?:px|pt|r?em|%)?(?=[/\s])", value)
            ) is not None:
                yield one.important, "font-size", size.group()
        else:
            yield one.important, one.lower_name, value


def _ground(value: Iterable[Any]) -> str:
    """The colour that a shorthand names; empty, as unknown, where there is a picture."""
    tokens = [token for token in value if token.type not in ("whitespace", "comment")]
    if any(token.type in ("url", "function") and _colour(token) == "" for token in tokens):
        return ""
    return next((colour for token in tokens if (colour := _colour(token))), "")


def _colour(value: Any) -> str:
    """One spelling for each colour; empty where it is not known."""
    from tinycss2.color4 import parse_color

    parsed = parse_color(value)
    if parsed is None or isinstance(parsed, str):
        return ""
    if parsed.alpha < 0.1:
        return "transparent"
    with suppress(NotImplementedError, ValueError):
        parsed = parsed.to("srgb")
        parts = [round(min(max(part or 0.0, 0.0), 1.0) * 31) for part in parsed.coordinates]
        return "white" if parts == [31, 31, 31] else " ".join(map(str, parts))
    return ""


def _number(value: str) -> float | None:
    found = _NUMBER.match(value)
    if found is None:
        return None
    return float(found.group(1)) / (100 if found.group(2) == "%" else 1)


def _pixels(value: str) -> float | None:
    found = _NUMBER.match(value)
    if found is None:
        return None
    return float(found.group(1)) * _PIXELS.get(found.group(2), 1.0)
