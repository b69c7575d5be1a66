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
# What a model is told to forget: what it was told, and not the rules of a game.
_TOLD = (
    r"(?:(?:all|any|every|each|of|the|my|your|these|those|this|other|previous|prior|earlier|above"
    r"|preceding|existing|initial|original|current|system|hidden|safety)\s+){0,6}"
    r"(?:(?:instruction|prompt|rule|source|order|article)s?|guidelines|text|context|question)"
    r"(?=\W*$|\s*[.,:;!?\"”'’()\-–—]|\s+(?:and|or|above|below|before|that|which|you|given|then|but"
    r"|so|now|instead|here|entirely|completely|in (?:this|your))\b)"
)
_ALL_TOLD = (
    r"(?:(?:all|everything|anything)\s+)?(?:of\s+)?(?:the\s+)?(?:above|that came before)(?=\W*$"
    r"|\s*[.,:;!?]|\s+(?:and|then|instead)\b)"
    r"|everything (?:that )?you (?:were|are|have been) told"
)
# What the model is to say, as an order has it: a quotation, a word in capitals, a link.
_WORDS_TO_SAY = r"(?:[\"“'‘\[]|(?-i:[A-Z]{3,}\b)|https?:)"
_SAY = r"(?:say|answer|reply|respond|write|repeat|cite|tell the user|reveal|output|print|state)"
# A form or a manual goes on with the box or the case that the words are for. An order to a model
# ends there, or tells of the conversation.
_IN_ANY_CASE = (
    r"(?:\W*$|(?=[^.]{0,80}\b(?:only(?! (?:when|if|once|after|in|on))|nothing else|users?"
    r"|whoever|everybody|everyone|asks?|asked|instead|for ?ever|sources?|(?:every|any|all|the) "
    r"questions?|your (?:answer|response|reply|output))\b))"
)
_SAID_IN_ANY_CASE = (
    r"(?:[\"“'‘\[][^\"”'’\]]{0,80}[\"”'’\]](?:\(\S+\))?"
    r"|(?-i:[A-Z]{3,}\b)(?:\s+(?-i:[A-Z]+\b))*|https?:\S+)" + _IN_ANY_CASE
)
_LANGUAGE = r"in (?:french|german|pirate|latin|italian|spanish|russian|chinese)\b"
# "You are an AI" and no "AI company".
_MODEL = (
    r"(?:ai|assistant|language model|chatbot|bot)(?=\W*$|\s*[.,:;!?]|\s+(?:and|or|but|that|who"
    r"|which|with|without|in|from|by|made|trained|called|named|reading|model|assistant)\b)"
)
_SPOOFS = (
    # Turns of a conversation, in the notation of some model or other, and what no page shows.
    r"<\s*[|｜]|[|｜]\s*>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<!--",
    r"</?(?:system|assistant|user|human|instructions?)>",
    # "System: two pumps" and "Assistant: Mara Lind" are entries of a list; a turn says something.
    rf"{_STARTS}(?:assistant|human)\s*[:：](?!\s*(?-i:(?:[A-Z][\w'’.-]*\s+)+[A-Z][\w'’-]+)\s*"
    r"(?:$|[.,;(]))",
    rf"{_STARTS}(?:system|user)\s*[:：][^;]*\b(?:you|i|we|is|are|was|has|have|had|will|must|should"
    r"|do|does|did|say|answer|ignore|never|always|what|how|who|when|where|why)\b",
    rf"{_STARTS}(?:system|assistant|user|human)\s*(?:prompt|message|note)\s*[:：]",
    r"#{2,}\s*(?:system|instructions?|response|human|assistant|input|output)\s*[:：]",
    r"\"(?:role|tool|function|tool_calls?)\"\s*:\s*\"",
    # An answer with our own markers, and lists of sources that are not ours.
    rf"{_STARTS}answer\s*[:：]\s.*[\[【]\s*\d{{1,3}}\s*[\]】]",
    rf"{_STARTS}sources?\s*[:：]\s*(?:[\[【]|$)",
    r"^\s*[\[【]\^?\s*\d{1,3}\s*[\]】]",
    r"^\W*(?-i:NOT FOUND)\b",
)
_ORDERS = (
    rf"{_STARTS}(?:ai|bot|developer|tool)\s*(?:prompt|message|note)\s*[:：]",
    rf"{_STARTS}{_LOUD}"
    r"(?:ignore|disregard|forget|override|bypass|stop (?:following|using|obeying)"
    rf"|do not (?:follow|use|obey))\s+(?:{_TOLD}|{_ALL_TOLD})",
    rf"{_STARTS}{_POLITE}{_SAY}\s+(?:with\s+|to\s+)?(?:only|exactly)\s+(?:(?:with|the word)\s+)?"
    rf"{_WORDS_TO_SAY}",
    rf"{_STARTS}{_POLITE}{_SAY}\s+(?:(?:with|the word|to)\s+){{0,2}}{_SAID_IN_ANY_CASE}",
    rf"{_STARTS}{_POLITE}(?:say|answer|reply|respond|write|repeat|output|print)\b[^.,]{{0,40}}"
    r"\b(?:instead|for ?ever)\W*$",
    rf"{_STARTS}{_POLITE}(?:repeat|reveal|print|output|show)\s+(?:your\s+(?:\w+\s+)?prompt"
    r"|(?:your|the)\s+(?:system|hidden|secret|original|initial|whole|full)\s+(?:prompt|instructions)"
    r"|your\s+instructions(?=\W*$|\s*[.,:;!?]|\s+(?:and|word)\b))",
    rf"{_STARTS}{_POLITE}(?:from now on,?\s+)?(?:say|answer|reply|respond|write)\b[^.,]{{0,20}}\b"
    rf"{_LANGUAGE}{_IN_ANY_CASE}",
    rf"{_STARTS}{_POLITE}(?:always|only)\s+(?:say|answer|reply|respond|write)\s+{_LANGUAGE}",
    rf"{_STARTS}{_POLITE}(?:answer|reply|respond)\s+(?:to\s+)?(?:every|any|all)\s+questions?\s*"
    rf"(?:[:：]|\s(?:with|by|as)\s+(?:{_WORDS_TO_SAY}|yes\b|no\b|the same\b|saying\b))",
    rf"{_STARTS}you are (?:now|no longer|actually)\b[^.]{{0,30}}\b(?:{_MODEL}"
    r"|developer mode|unrestricted|jailbroken)",
    rf"{_STARTS}(?:if )?you are an? (?:\w+ ){{0,2}}{_MODEL}",
    r"\bthe (?:correct|right|true|only|verified) answer to (?:any|every|your) question",
    r"\bthe (?:correct|right|true|only|verified) answer to (?:the|this) question\b[^.]{0,60}\bis"
    rf"\s*[:：]?\s+(?:{_WORDS_TO_SAY}|\d)",
    r"\b(?:ai|language) (?:model|assistant|agent)s?\b[^.]{0,30}"
    r"\b(?:reading|reads?|process\w*|summari[sz]\w*) this\b",
    r"\b(?:ai|language) (?:model|assistant|agent)s?\b[^.]{0,20}\b(?:must|should|shall|are to)\s+"
    rf"(?:say|answer|reply|respond|output|write|repeat|cite)\s+(?:with\s+)?{_WORDS_TO_SAY}",
    r"\byour (?:system|hidden|original|initial) prompt\b",
    # The same orders in other languages; whose orders they are, of the police say, is told behind.
    rf"{_STARTS}(?:bitte\s+)?(?:ignoriere(?:n Sie)?|ignoriert|vergiss|vergessen Sie|ignore[rz]?"
    r"|oublie[zr]?|ignor[ae]d?|olvid[ae]d?|dimentica(?:te)?)\s+(?:[\w-]+\s+){0,4}"
    r"(?:(?:anweisung(?:en)?|vorgaben|istruzioni|instructions?|consignes|instrucciones)\b"
    r"(?!\s+(?:des|der|vom|von|nicht|du|de|del|della|dei|di|d)\b(?!\s+(?:système|sistema)))"
    r"|alles\s+(?:oben|zuvor|bisher|vorher)\w*)",
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
    rf"[”\"“»’',]\s*(?:(?!when|if\b|you\b)[\w.'’-]+\s+){{0,4}}{_SAID}\b|\b{_SAID}\b[^“\"„«]{{0,60}}[“\"„«]",
    re.IGNORECASE,
)
# In quotation marks, inside a sentence that has begun before; behind a colon they are an order.
_MENTIONED = re.compile(r"(?<=[\w,;)] )[\"“„«]([^\"“”„«»]+)[\"“”»]")
_BEGUN = 2
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
    """Whether a sentence tells what somebody said or wrote: that is a fact, not an order.

    Somebody is named who said it, or the order stands only in quotation marks inside a sentence.
    """
    seen = visible(sentence[:_LONGEST])
    return bool(_REPORTED.search(seen)) or _is_mentioned(seen)


def _is_mentioned(seen: str) -> bool:
    first = _MENTIONED.search(seen)
    if first is None or len(seen[: first.start()].split()) < _BEGUN:
        return False
    return not _ORDER.search(_MENTIONED.sub('"X"', seen))


def _hides(sentence: str) -> bool:
    """Whether there are tag characters in it, which no reader sees and every tokenizer does."""
    return any("\U000e0000" <= character <= "\U000e007f" for character in sentence)
