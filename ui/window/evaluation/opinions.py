"""Cases of a Q&A set made of what was thought of answers. No Gradio here."""

from __future__ import annotations

import re

from eval.sets.cases import Case, Evidence
from rag.language.visible import plain
from rag.schema import Answer, Citation
from ui.window.conversation.feedback import Feedback

FROM_FEEDBACK = "feedback"


def corrected(one: Feedback, right: str, evidence: object) -> Case:
    """A case of an answer that was not liked: the right answer, or none if no article has it.

    ``evidence`` is the place of the words that support it, among those of the answer.
    """
    answer = one.exchange.answer
    cited = answer.evidence if answer and right else ()
    chosen = [cited[evidence]] if isinstance(evidence, int) and 0 <= evidence < len(cited) else []
    return _case(one, (right,) if right else (), chosen)


def confirmed(one: Feedback) -> Case | None:
    """A case of an answer that was liked: what it said is right, or that no article says it.

    None where it was none of the articles': what Ibid says of itself is no case.
    """
    answer = one.exchange.answer
    if answer is None or one.verdict != "up" or answer.status in ("own", "pending"):
        return None
    if answer.status == "refused":
        return _case(one, (), [])
    cited = _cited(answer)
    short = plain(answer.short.answer_text) if answer.short else ""
    said = short or ("" if cited else plain(answer.text))
    return _case(one, (said,) if said else (), cited) if said or cited else None


def _cited(answer: Answer) -> list[Citation]:
    """What the sentences that stand cite, each words once."""
    found = {
        (citation.article.id, citation.start, citation.end): citation
        for sentence in answer.sentences
        if sentence.support == "verified"
        for citation in sentence.citations
    }
    return list(found.values())


def _case(one: Feedback, answers: tuple[str, ...], evidence: list[Citation]) -> Case:
    answer = one.exchange.answer
    asked = answer.standalone if answer and answer.standalone else one.exchange.question
    name = re.split(r"[_-]", one.conversation_id)[-1][:8]
    return Case(
        id=f"{FROM_FEEDBACK}-{name}-{one.place + 1}",
        question=plain(asked),
        answerable=bool(answers or evidence),
        answers=answers,
        evidence=tuple(Evidence(c.article.id, c.quote) for c in evidence),
        tags=(FROM_FEEDBACK,),
    )
