"""The answer of another Ibid, which tells verdicts: in the fields of its OpenAI-compatible API.

They name each sentence that cites something, with its citations and what these are worth. What
cites nothing is left out where anything does: Ibid drops what no source carries, so that it is
what Ibid says of itself or of its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, get_args

from eval.measures.disclosure import Disclosure
from eval.targets import markdown
from eval.targets.articles import Place, SetArticles, numbered
from eval.targets.fields import Fields
from rag.reasons import Reason
from rag.schema import Answer, Sentence, Status, Support

_STATUSES: tuple[Status, ...] = get_args(Status)
_VERDICTS: tuple[Support, ...] = get_args(Support)


def is_one(message: Mapping[str, Any], fields: Fields) -> bool:
    """Whether a message is an Ibid's: it tells what kind of answer it is, and every verdict."""
    if message.get("status") not in _STATUSES or fields.cited is None:
        return False
    return all(one.verdict in _VERDICTS and one.sentence for one in fields.cited)


def read(
    text: str, message: Mapping[str, Any], fields: Fields, articles: SetArticles
) -> tuple[Answer, Disclosure] | None:
    """The answer and what is known of it; None where it is none of an Ibid's."""
    if not is_one(message, fields):
        return None
    numbers: dict[Place, int] = {}
    sentences = []
    cited = fields.cited or ()
    for (said, verdict), sources in groupby(cited, lambda one: (one.sentence, one.verdict)):
        citations = numbered(sources, articles, numbers)
        support = next(one for one in _VERDICTS if one == verdict)
        is_quote = any(one.quote.strip() == said.strip() for one in citations)
        sentences.append(Sentence(said, citations, support, Reason("other", ("",)), is_quote))
    if not sentences:
        unmarked = markdown.read(text).sentences
        sentences = [Sentence(one.text, (), "unchecked", Reason("unchecked")) for one in unmarked]
    every = tuple(citation for sentence in sentences for citation in sentence.citations)
    status = next(one for one in _STATUSES if one == message["status"])
    disclosed = Disclosure(
        uncited=not cited,
        quotes=all(one.quote for one in every),
        wordings=False,  # the short answer, which is told apart from quotations, is not there
        probabilities=False,
        passages=False,
    )
    return Answer("", tuple(sentences), (), every, status=status), disclosed
