"""Words in an article that speak to a language model, not to a reader.

An article is data, so nothing in it can be an order. What reads like one is kept from the model; a
reader who asks for it gets it, as a quotation. What poses as a turn of the conversation or as our
own sources is no evidence at all. The patterns know what injections look like; what they miss still
has to be supported, to answer, and to be the best evidence there is.
"""

from __future__ import annotations

import re

from rag.language.visible import visible

_STARTS = r"(?:^|[.:;!?…)\]}>*\-\"“”„«»'‘’|]\s*)"
_POLITE = r"(?:please\s+|now\s+|you must\s+|always\s+|instead,?\s+|simply\s+|just\s+)*"
_LOUD = r"(?:please\s+|now\s+|important\s*[:!,]*\s*|attention\s*[:!,]*\s*)*"
# What the model is to say, as an order has it: a quotation, a word in capitals, a link.
_WORDS_TO_SAY = r"(?:[\"“'‘\[]|(?-i:[A-Z]{3,}\b)|https?:)"
_SPOOFS = (
    # Turns of a conversation, in the notation of some model or other, and what no page shows.
    r"<\s*[|｜]|[|｜]\s*>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<!--",
    r"</?(?:system|assistant|user|human|instructions?)>",
    rf"{_STARTS}(?:system|assistant|user|human)\s*(?:prompt|message|note)?\s*[:：]",
    rf"{_STARTS}(?:ai|bot|developer|tool)\s*(?:prompt|message|note)\s*[:：]",
    r"#{2,}\s*(?:system|instructions?|response|human|assistant|input|output)\s*[:：]",
    r"\"(?:role|tool|function|tool_calls?)\"\s*:\s*\"",
    # Our own prompt's notation, and lists of sources that are not ours.
    rf"{_STARTS}(?:question|answer)\s*[:：]\s",
    rf"{_STARTS}sources?\s*[:：]\s*(?:[\[【]|$)",
    r"^\s*[\[【]\^?\s*\d{1,3}\s*[\]】]",
    r"^\W*(?-i:NOT FOUND)\b",
)
_ORDERS = (
    rf"{_STARTS}{_LOUD}"
    r"(?:ignore|disregard|forget|override|bypass|stop (?:following|using)"
    r"|do not (?:follow|use|obey))\b[^.]{0,60}"
    r"\b(?:instructions?|prompts?|rules?|above|previous|prior|sources?|text|context"
    r"|everything you (?:were|have been) told|guidelines|question|earlier)\b",
    rf"{_STARTS}{_POLITE}(?:say|answer|reply|respond|write|repeat|cite|tell the user|reveal)\s+"
    rf"(?:(?:with|only|exactly|the word|to)\s+){{0,2}}{_WORDS_TO_SAY}",
    rf"{_STARTS}{_POLITE}(?:output|print|state)\s+(?:(?:only|exactly|the word)\s+)?{_WORDS_TO_SAY}",
    rf"{_STARTS}{_POLITE}(?:say|answer|reply|respond|write|repeat|output|print)\b[^.,]{{0,40}}"
    r"\b(?:instead|for ?ever)\W*$",
    rf"{_STARTS}{_POLITE}(?:repeat|reveal|print|output|show)\s+(?:your|the)\s+"
    r"(?:(?:system|hidden|original|initial|whole)\s+)?(?:prompt|instructions)\b",
    rf"{_STARTS}{_POLITE}(?:say|answer|reply|respond|write)\b[^.,]{{0,20}}"
    r"\bin (?:french|german|pirate|latin|spanish|russian|chinese)\b",
    rf"{_STARTS}{_POLITE}(?:answer|reply|respond)\s+(?:to\s+)?(?:every|any|all)\s+questions?\b",
    rf"{_STARTS}you are (?:now|no longer|actually)\b[^.]{{0,30}}\b(?:ai|assistant"
    r"|(?:language )?model|chatbot|bot|developer mode|unrestricted|jailbroken)\b",
    rf"{_STARTS}you are an? (?:\w+ ){{0,2}}(?:ai|language model|chatbot|helpful assistant)\b",
    r"\bthe (?:correct|right|true|only|verified) answer to (?:the|this|any|every|your) question",
    r"\b(?:ai|language) (?:model|assistant|agent)s?\b[^.]{0,30}"
    r"\b(?:reading|reads?|process\w*|summari[sz]\w*) (?:this|the (?:page|text|article))",
    r"\b(?:ai|language) (?:model|assistant|agent)s?\b[^.]{0,20}\b(?:must|should|shall|are to)\s+"
    rf"(?:say|answer|reply|respond|output|write|repeat|cite)\s+(?:with\s+)?{_WORDS_TO_SAY}",
    r"\byour (?:system|hidden|original|initial) prompt\b",
    # The same orders in other languages.
    rf"{_STARTS}(?:bitte\s+)?(?:ignoriere(?:n Sie)?|ignoriert|vergiss|vergessen Sie|ignore[rz]?"
    r"|oublie[zr]?|ignor[ae]d?|olvid[ae]d?|dimentica(?:te)?)\b[^.]{0,40}"
    r"\b(?:anweisung(?:en)?|istruzioni|instructions?|instrucciones|précédent\w*|bisherigen"
    r"|anterior\w*|precedent\w*|vorherigen|oben)\b",
    r"(?:игнорируй|забудь|не обращай)[^.]{0,40}(?:указани|инструкц|предыдущ|правил|выше|сказан)",
    r"(?:忽略|无视|無視|不要理会|忘记)[^。]{0,12}(?:指示|指令|提示|以上|上述|之前)",
    r"(?:以上|上記|以前|これまで)[^。]{0,12}(?:無視し|忘れ)",
    r"تجاهل[^.]{0,30}(?:التعليمات|الأوامر|التوجيهات)",
    r"(?:지시|명령|위의|이전)[^.]{0,15}무시하",
)
_SPOOF = re.compile("|".join(f"(?:{one})" for one in _SPOOFS), re.IGNORECASE)
_ORDER = re.compile("|".join(f"(?:{one})" for one in _ORDERS), re.IGNORECASE)
# Somebody is named who said it: “…,” said the minister. The minister said: “…”
_SAID = (
    r"(?:said|says|told|asked|wrote|added|shouted|reads?|explained|sagte?|schrieb|rief|erklärte"
    r"|dit|écrit|déclaré|dijo|escribió|disse|detto|scrisse|сказала?|написала?|заявила?)"
)
_REPORTED = re.compile(
    rf"[”\"“»’',]\s*(?:[\w.'’-]+\s+){{0,4}}{_SAID}\b|\b{_SAID}\b[^“\"„«]{{0,60}}[“\"„«]",
    re.IGNORECASE,
)
_LONGEST = 2_000


def addresses_a_model(sentence: str) -> bool:
    """Whether a sentence may be written to be obeyed by a language model, and is kept from it.

    Only its first 2,000 characters are looked at. What a person is reported to have ordered, as in
    "he told them to ignore the earlier instructions", is not an order.
    """
    seen = visible(sentence[:_LONGEST])
    return bool(_ORDER.search(seen)) or poses_as_another(sentence)


def poses_as_another(sentence: str) -> bool:
    """Whether a sentence poses as a turn of the conversation, or hides what it says.

    No reader asks for such a one; as evidence it would speak in a voice that is not its article's.
    """
    sentence = sentence[:_LONGEST]
    return bool(_SPOOF.search(visible(sentence))) or _hides(sentence)


def is_reported(sentence: str) -> bool:
    """Whether a sentence quotes somebody whom it names: what was said is a fact, not an order."""
    return bool(_REPORTED.search(visible(sentence[:_LONGEST])))


def _hides(sentence: str) -> bool:
    """Whether there are tag characters in it, which no reader sees and every tokenizer does."""
    return any("\U000e0000" <= character <= "\U000e007f" for character in sentence)
