"""Words of others without what cannot be seen in them: one policy for each place they go to.

================ ======== ================================================================
policy           lines    what becomes of the unseen
================ ======== ================================================================
`visible`        one      a language model never reads it: gone, each control a space
`plain`          one      a page shows all else that a script may need: gone
`plain_lines`    many     the same, where line ends mean something
`printable`      many     it cannot command a terminal: gone, each other space a space
`spelt`          one      a name must stay told apart from others: its code in its place
`told`           one      an error names something: the code of all that is unseen in its place
`escaped`        many     JSON is read by a program, or by a person: its code as JSON has it
`bounded`        one      what an article says of itself: the code, or gone, and it is short
================ ======== ================================================================
"""

from __future__ import annotations

import json
import re

MOST_SAID = 200
_MARKS = str.maketrans(dict.fromkeys('"“”„‟«»', "’"))
# The joiners are not printable, but some scripts are misspelt without them. Between two ASCII
# characters they join nothing, and only keep a word from being recognised.
_JOINERS = "\u200c\u200d"
_JOIN_NOTHING = re.compile(rf"(?<=[ -~])[{_JOINERS}]+(?=[ -~])")
# Controls, byte order marks, directional overrides and isolates, invisible tags, half
# surrogates. Joiners and the two direction marks stay: some scripts are misspelt without them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufff9-\ufffb"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\U000e0000-\U000e0fff\ud800-\udfff]"
)
# Half a surrogate pair cannot be stored, and a control character can command a terminal.
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: str) -> str:
    """The text on one line, without control, hidden or half characters.

    Zero-width and tag characters and directional overrides can carry words that a reader never
    sees and a model does.
    """
    seen = (_printable(character, controls=" ") for character in text)
    return _one_line(_JOIN_NOTHING.sub("", "".join(seen)))


def plain(text: str) -> str:
    """The text on one line, without unseen characters, as a page may show it."""
    return _one_line(_UNSEEN.sub("", text))


def plain_lines(text: str) -> str:
    """The text without unseen characters, its lines kept, as a page may show it."""
    return "\n".join(map(_one_line, _UNSEEN.sub("", text).splitlines()))


def printable(text: str) -> str:
    """The text as a terminal may show it: of control characters, only the ends of lines."""
    if text.isprintable():
        return text
    return "".join(char if char == "\n" else _printable(char) for char in text)


def spelt(text: str) -> str:
    """The text on one line, with the code of each character that no screen can show."""
    return _one_line(_UNSPEAKABLE.sub(lambda match: f"\\x{ord(match.group()):02x}", text))


def bounded(text: str, most: int = MOST_SAID) -> str:
    """What an article says of itself, such as its title, so that it can stand among Ibid's words.

    One line of at most ``most`` characters; nothing in it is hidden, commands a terminal, or turns
    the direction of what follows.
    """
    if len(text) <= most and text.isprintable() and text == _one_line(text):
        return text
    return shortened(visible(spelt(text[: 20 * most])), most)


def quoted(words: str, marks: str = "“”") -> str:
    """Words of others between two quotation marks, which they cannot close themselves."""
    return marks[0] + words.translate(_MARKS) + marks[1]


def shortened(words: str, most: int) -> str:
    """The words, cut where one ends and with an ellipsis, if they are more than ``most`` long."""
    if len(words) <= most:
        return words
    return words[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def told(text: str) -> str:
    """The text on one line as an error tells it: the code of each unseen character."""
    return _one_line("".join(map(_told, text)))


def escaped(document: str) -> str:
    """A JSON document as a terminal may show it: all unseen characters escaped as JSON does."""
    if document.replace("\n", "").isprintable():
        return document
    return "".join(
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in document
    )


def _told(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace() and character not in "\x0b\x0c\x1c\x1d\x1e\x1f\x85":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _printable(character: str, controls: str = "") -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace():
        return " "
    return controls if character < " " else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
