"""Words in an article that speak to a language model, not to a reader.

An article is data, so nothing in it can be an order. What reads like one is no evidence either: it
is not shown to the model, not cited and not quoted. The patterns know what injections look like;
what they miss still has to be supported, to answer, and to be the best evidence there is.
"""

from __future__ import annotations

import re

from rag.language.visible import visible

_STARTS = r"(?:^|[.:;!?…)\]}>*\-\"“”'‘’|]\s*)"
_PATTERNS = (
    # Turns of a conversation, in the notation of some model or other.
    r"<\s*[|｜]|[|｜]\s*>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>",
    r"</?(?:system|assistant|user|human|instructions?)>",
    rf"{_STARTS}(?:system|assistant|user|human|ai|bot|developer|tool)"
    r"\s*(?:prompt|message|note)?\s*[:：]",
    r"#{2,}\s*(?:system|instructions?|response|human|assistant|input|output)\b",
    # Our own prompt's notation, and lists of sources that are not ours.
    rf"{_STARTS}(?:sources?|question|answer)\s*[:：]\s",
    r"^\s*[\[【]\^?\s*\d{1,3}\s*[\]】]",
    r"\b(?-i:NOT FOUND)\b",
    # Orders.
    rf"{_STARTS}(?:please\s+|now\s+|important\s*[:!,]*\s*|attention\s*[:!,]*\s*)*"
    r"(?:ignore|disregard|forget|override|bypass|stop (?:following|using)"
    r"|do not (?:follow|use|obey))\b[^.]{0,60}"
    r"\b(?:instructions?|prompts?|rules?|above|previous|prior|sources?|text|context|everything"
    r"|guidelines|question|earlier)\b",
    rf"{_STARTS}(?:please\s+|now\s+|you must\s+|always\s+|instead,?\s+|simply\s+|just\s+)*"
    r"(?:say|answer|reply|respond|output|print|write|repeat|cite|state|tell the user|reveal)\b"
    r"[^.,]{0,40}(?:[\"“'‘:]|\b(?:only|exactly|with|instead|for ?ever|prompt|instructions)\b"
    r"|\bin (?:french|german|pirate|latin|spanish|russian|chinese)\b)",
    r"\byou are (?:now |no longer |actually )?(?:an? |the |in )?(?:\w+ ){0,2}(?:ai|assistant"
    r"|(?:language )?model|chatbot|bot|developer mode|unrestricted|jailbroken)\b",
    r"\bthe (?:correct|right|true|real|only|verified) answer (?:is|to)\b",
    r"\banswer to (?:every|any|all) questions?\b",
    r"\b(?:ai|language) (?:model|assistant)s?\b[^.]{0,40}"
    r"\b(?:must|should|shall|are to|is to|reading|note|instruct)",
    r"\b(?:system|hidden|original|initial) prompt\b",
    r"\"(?:role|tool|function|tool_calls?|name)\"\s*:\s*\"",
    # The same orders in other languages.
    r"\b(?:ignoriere?n?|ignore[rz]|oubliez|ignora|ignorad|olvida|vergiss)\b[^.]{0,40}"
    r"\b(?:anweisung(?:en)?|instructions?|instrucciones|précédent\w*|bisherigen|anterior\w*"
    r"|vorherigen|oben)\b",
    r"игнорируй|забудь|忽略|无视|不要理会|تجاهل|無視して|무시하",
)
_ADDRESSES = re.compile("|".join(f"(?:{one})" for one in _PATTERNS), re.IGNORECASE)
_LONGEST = 2_000


def addresses_a_model(sentence: str) -> bool:
    """Whether a sentence is written to be obeyed by a language model.

    Only its first 2,000 characters are looked at. What a person is reported to have ordered, as in
    "he told them to ignore the earlier instructions", is not an order.
    """
    return bool(_ADDRESSES.search(visible(sentence[:_LONGEST])) or _hides(sentence[:_LONGEST]))


def _hides(sentence: str) -> bool:
    """Whether there are tag characters in it, which no reader sees and every tokenizer does."""
    return any("\U000e0000" <= character <= "\U000e007f" for character in sentence)
