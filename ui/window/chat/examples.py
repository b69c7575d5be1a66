"""Questions worth asking first. No Gradio here."""

from __future__ import annotations

from rag.language.visible import plain
from ui import strings
from ui.window.conversation.types import Engine

MOST = 4
_LONGEST_TITLE = 60


def examples(engine: Engine) -> list[str]:
    """A few questions that the library can be asked; none while it is empty.

    An engine's own come first, then those of the starter articles, then the newest titles.
    """
    infos = [] if engine.library is None else engine.library.articles()
    if not infos:
        return []
    given = list(getattr(engine, "examples", ()))
    known = {info.source for info in infos}
    given += [question for source, question in strings.STARTER_QUESTIONS.items() if source in known]
    if not given:
        titles = dict.fromkeys(plain(info.title) for info in infos[: 3 * MOST])
        short = [title for title in titles if len(title) <= _LONGEST_TITLE]
        given = [strings.ASK_ABOUT.format(topic=strings.quoted(title)) for title in short]
    return given[:MOST]
