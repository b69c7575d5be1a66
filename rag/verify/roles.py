"""What people are: a mayor whom no article has, and a director who is called one."""

from __future__ import annotations

from collections.abc import Iterator

from rag.language.facts import Analysis
from rag.language.tokenizing import Token
from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text


def miscast(aligned: Alignment, around: Analysis, same: int) -> Reason | None:
    """A role that the evidence does not have, or has of another person.

    ``around`` are the words of the article's title; ``same`` first letters by which two words are
    forms of one.
    """
    said, known = aligned.said, aligned.known
    there = {token.stem for token in known.tokens} | around.stems
    for i, token in enumerate(said.tokens):
        if not is_role(said, token) or i in aligned.pairs:
            continue
        long = [root for root in there if len(root) > same and len(token.stem) > same]
        if not any(root.startswith(token.stem) or token.stem.startswith(root) for root in long):
            return Reason("absent", (token.text,))
    names = dict(_named(known))
    for name, role in _named(said):
        theirs = [other for key, other in names.items() if key == name]
        if theirs and not any(_is_same(said, role, other) for other in theirs):
            return Reason("elsewhere", (role.text, theirs[0].text))
        others = [key for key, other in _named(known) if _is_same(said, role, other)]
        is_there = any(token.plain == name for token in known.tokens)
        if is_there and others and name not in others and said.vocabulary.language == "en":
            return Reason("elsewhere", (role.text, others[0]))
    return None


def is_role(text: Text, token: Token) -> bool:
    """Whether a word says what somebody is, in the singular or the plural."""
    roles = text.vocabulary.roles
    return token.word in roles or token.word.removesuffix("s") in roles


def _is_same(text: Text, one: Token, other: Token) -> bool:
    groups = text.vocabulary.groups
    is_form = one.stem.startswith(other.stem) or other.stem.startswith(one.stem)
    return is_form or bool(groups(one.stem) & groups(other.stem))


def _named(text: Text) -> Iterator[tuple[str, Token]]:
    """The last word of each name beside which a role stands, and the role."""
    tokens = text.tokens
    for i, token in enumerate(tokens):
        if not is_role(text, token):
            continue
        last = i
        while last + 1 < len(tokens) and _is_name(text, last + 1, of=last - i):
            last += 1
        if last > i:
            yield tokens[last].plain, token
            continue
        # "Ruth Odell, the director"
        before = i - 1
        while before > i - 4 and before >= 0 and _leads(tokens[before]):
            before -= 1
        comma = before + 1 < len(tokens) and "," in tokens[before + 1].gap
        if before >= 0 and comma and _is_name(text, before, of=0):
            yield tokens[before].plain, token


def _leads(token: Token) -> bool:
    """Whether it stands between a name and a role: "the port's director"."""
    return token.says_little or token.text.endswith(("'s", "’s"))


def _is_name(text: Text, i: int, of: int) -> bool:
    """Whether a token is one of a name; in it, nothing stands between its words."""
    token = text.tokens[i]
    is_near = token.gap.strip(" ") in ({"", ","} if of == 0 else {""})
    return token.is_capitalised and is_near and not token.opens and not is_role(text, token)
