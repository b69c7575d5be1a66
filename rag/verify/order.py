"""Who does it to whom, and which of two is the more: the same words in another order."""

from __future__ import annotations

from collections.abc import Iterator

from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text
from rag.verify.roles import is_role

_NEAR = 4


def swapped(aligned: Alignment) -> Reason | None:
    """Two things that have changed places: at a verb, at "than", or in "23 to 19"."""
    return _at_verb(aligned) or _at_than(aligned) or _in_score(aligned)


def _at_verb(aligned: Alignment) -> Reason | None:
    said, known, pairs = aligned.said, aligned.known, aligned.pairs
    for verb, there in _shared_verbs(aligned):
        doers, others = who_and_whom(said, verb)
        theirs, their_others = who_and_whom(known, there)
        told = {pairs[other] for other in others if other in pairs}
        is_agent = agent_of(known, there) is not None and agent_of(said, verb) is None
        if doers and is_agent and told & set(theirs) and pairs.get(doers[-1]) not in theirs:
            return Reason("elsewhere", (said.tokens[doers[-1]].text, known.tokens[theirs[-1]].text))
        if not doers or not theirs or pairs.get(doers[-1]) not in their_others:
            continue
        doer = doers[-1]
        if not _is_once(known, pairs[doer]) or pairs[doer] in theirs:
            continue
        is_named = said.tokens[doer].is_capitalised and known.tokens[theirs[-1]].is_capitalised
        if told & set(theirs) or (is_named and told & set(their_others)):
            return Reason("elsewhere", (said.tokens[doer].text, known.tokens[theirs[-1]].text))
    return None


def confirmed(aligned: Alignment) -> frozenset[int]:
    """The tokens that are who or whom they are in the evidence, where one text is passive.

    Or where one has who says it after the verb: ", promised Rolf Hainey".
    """
    found: set[int] = set()
    said, known = aligned.said, aligned.known
    for verb, there in _shared_verbs(aligned):
        if is_inverted(said, verb) != is_inverted(known, there):
            speakers = [_speaker(text, i) for text, i in ((said, verb), (known, there))]
            found.update(i for i in speakers[0] if aligned.pairs.get(i) in speakers[1])
            continue
        passive = [agent_of(text, i) is not None for text, i in ((said, verb), (known, there))]
        if passive[0] == passive[1]:
            continue
        for mine, theirs in zip(who_and_whom(said, verb), who_and_whom(known, there), strict=True):
            found.update(i for i in mine if aligned.pairs.get(i) in theirs)
    return frozenset(found)


def _shared_verbs(aligned: Alignment) -> Iterator[tuple[int, int]]:
    for verb, there in aligned.pairs.items():
        is_verb = may_be_verb(aligned.said, verb) and may_be_verb(aligned.known, there)
        is_who = any(
            is_role(text, text.tokens[i])
            for text, i in ((aligned.said, verb), (aligned.known, there))
        )
        if is_verb and not is_who and _is_once(aligned.known, there):
            yield verb, there


def may_be_verb(text: Text, i: int) -> bool:
    """Whether a word is no name or number, and no article or preposition stands before it."""
    before = text.tokens[i - 1].word if i else ""
    grammar = text.vocabulary.grammar
    is_noun = before in grammar("articles") or before in grammar("prepositions")
    # Of "in August, limped off" the number counts nothing.
    is_apart = bool(text.tokens[i].gap.strip()) and text.tokens[i].word.endswith("ed")
    is_counted = i - 1 in text.fact_at and not is_apart
    is_word = text.tokens[i].text.islower() and i not in text.fact_at
    return is_word and not is_noun and not is_counted


def _is_once(text: Text, i: int) -> bool:
    """Whether a word stands in its part once."""
    here = text.parts[text.part[i]]
    return sum(text.tokens[k].stem == text.tokens[i].stem for k in here) == 1


def who_and_whom(text: Text, verb: int) -> tuple[list[int], list[int]]:
    """The words of who does it, where that is told, and of whom or what it is done to."""
    here = text.parts[text.part[verb]]
    no_nouns = text.vocabulary.grammar("relatives") | text.vocabulary.grammar("prepositions")
    nouns = [
        k
        for k in here
        if k != verb
        and not text.tokens[k].says_little
        and k not in text.fact_at
        and text.tokens[k].word not in no_nouns
    ]
    if (agent := agent_of(text, verb)) is not None:
        by = [k for k in nouns if k > agent][:1]
        while by and by[-1] + 1 in nouns and text.tokens[by[-1] + 1].is_capitalised:
            by.append(by[-1] + 1)
        return by, [k for k in nouns if k < min(agent, verb)]
    be = text.vocabulary.grammar("be")
    is_passive = any(token.word in be for token in text.tokens[max(0, verb - 2) : verb])
    if is_passive and not text.tokens[verb].word.endswith("ing"):
        return [], []  # "smallpox was eradicated": by whom is not told
    if is_inverted(text, verb):
        return [], []  # ", said Hilda Marsh": who speaks comes after
    before = [k for k in nouns if k < verb and _is_bare(text, k)]
    return before[-_NEAR:], [k for k in nouns if k > verb]


def is_inverted(text: Text, verb: int) -> bool:
    """Whether who does it follows a verb behind a comma: ", said Hilda Marsh"."""
    after = text.tokens[verb + 1 : verb + 2]
    articles = text.vocabulary.grammar("articles")
    return "," in text.tokens[verb].gap and any(
        t.is_capitalised or t.word in articles for t in after
    )


def _speaker(text: Text, verb: int) -> list[int]:
    if not is_inverted(text, verb):
        return who_and_whom(text, verb)[0]
    here = text.clauses[text.clause[verb]]
    return [k for k in here if k > verb and text.tokens[k].is_capitalised]


def agent_of(text: Text, verb: int) -> int | None:
    """Where the "by" of a passive stands, before the verb in German, else after it."""
    vocabulary, tokens = text.vocabulary, text.tokens
    here = text.parts[text.part[verb]]
    is_german = vocabulary.language == "de"
    agents = vocabulary.grammar("agents")
    if not is_german and tokens[verb + 1 : verb + 2] and tokens[verb + 1].word in agents:
        return verb + 1  # "designed by Ines Halloran"
    be = [k for k in here if k < verb and tokens[k].word in vocabulary.grammar("be")]
    if not be or not (is_german or all(tokens[k].says_little for k in range(be[-1], verb))):
        return None
    first, last = (be[-1], verb) if is_german else (verb, verb + _NEAR)
    agent = next((k for k in here if first < k <= last and tokens[k].word in agents), None)
    if agent is None or is_german:
        return agent
    between = range(verb + 1, agent)
    is_near = all(tokens[k].says_little or k in text.fact_at for k in between)
    # "was given an honorary doctorate by the university"
    governing = vocabulary.grammar("prepositions")
    is_given = tokens[verb + 1].word in vocabulary.grammar("articles") and not any(
        tokens[k].word in governing for k in between
    )
    return agent if is_near or is_given else None


def _is_bare(text: Text, i: int) -> bool:
    """Whether no preposition, and no article of an object, stands before a noun."""
    vocabulary = text.vocabulary
    governing = vocabulary.grammar("prepositions") | vocabulary.grammar("objects")
    for k in range(i - 1, max(-1, i - 1 - _NEAR), -1):
        token, following = text.tokens[k], text.tokens[k + 1]
        if text.clause[k] != text.clause[i]:
            return True
        if token.word in governing:
            return False
        is_inside = token.says_little or (token.is_capitalised and following.is_capitalised)
        if not is_inside and k < i - 1:
            return True
    return True


def _at_than(aligned: Alignment) -> Reason | None:
    said, known, pairs = aligned.said, aligned.known, aligned.pairs
    for here in _pivots(said):
        for there in _pivots(known):
            near = {
                i: j
                for i, j in pairs.items()
                if said.part[i] == said.part[here] and known.part[j] == known.part[there]
            }
            left = [i for i, j in near.items() if i < here and j > there]
            right = [i for i, j in near.items() if i > here and j < there]
            if left and right:
                words = (said.tokens[left[-1]].text, known.tokens[near[right[0]]].text)
                return Reason("elsewhere", words)
    return None


def _pivots(text: Text) -> Iterator[int]:
    """Where "than" stands, after a word that compares."""
    vocabulary, tokens = text.vocabulary, text.tokens
    than, more = vocabulary.grammar("than"), vocabulary.grammar("comparing")
    endings = ("er", "ere", "eren") if vocabulary.language in {"en", "de"} else ()
    for i, token in enumerate(tokens):
        if token.word in than and any(
            before.word in more or before.word.endswith(endings)
            for before in tokens[max(0, i - _NEAR) : i]
        ):
            yield i


def _in_score(aligned: Alignment) -> Reason | None:
    """Two numbers, side by side, the other way round."""
    scores = [_scores(text) for text in (aligned.said, aligned.known)]
    for one, other in scores[0]:
        if one != other and (other, one) in scores[1] and (one, other) not in scores[1]:
            return Reason("elsewhere", (f"{one:g}", f"{other:g}"))
    return None


def _scores(text: Text) -> set[tuple[float, float]]:
    """Each two numbers that a word, or a dash, stands between."""
    numbers = [
        (fact.first, fact.last, fact.value) for fact in text.facts if isinstance(fact.value, float)
    ]
    return {
        (one, other)
        for _, last, one in numbers
        for first, _, other in numbers
        if 0 < first - last <= 2
        or (first == last and text.tokens[first].gap.strip() in {"-", "–", ":"})
    }
