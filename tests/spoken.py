"""What a report says in which language."""

from __future__ import annotations

import re

from rows import ROWS


def visible(page: str) -> str:
    """What a reader sees of a page, its pictures too."""
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


# Words of English that no German sentence has; the questions of the set are English.
ENGLISH = r"\b(?:the|of|and|with|which|that|is|are|were|by|questions?|answers?|passages?|seconds)\b"


def of_rows(text: str) -> str:
    """A report without what its cases say."""
    for row in ROWS:
        told = [row.case.question, row.case.id, *row.case.answers, *row.case.tags]
        told += [one.quote for one in row.case.evidence] + [
            one.article for one in row.case.evidence
        ]
        told += [row.error or "", *row.unmeasured.values()]
        if row.answer:
            told += [one.text for one in row.answer.sentences]
            told += [one.text for one in row.answer.passages]
        for words_of_others in sorted(filter(None, told), key=len, reverse=True):
            text = text.replace(words_of_others, "")
    return text
