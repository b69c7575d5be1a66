"""Questions worth asking first: those that the articles at hand were seen to answer. No Gradio."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from rag.offered import Offered
from rag.schema import ArticleInfo
from ui import strings
from ui.window.conversation.history import title_of
from ui.window.conversation.types import Engine

MOST = 4
_STARTER = "ibid:seeds/"


def examples(engine: Engine, begun: Collection[str] = ()) -> list[str]:
    """A few questions that the library answers, as many of other articles as there are.

    A person's own articles come first, the newest before others; then the starter's, of which some
    were written by hand. None is the title of a conversation: ``begun`` are those.
    """
    infos = [] if engine.library is None else engine.library.articles()
    known = engine.ahead.known()
    own = [info for info in infos if not info.source.startswith(_STARTER)]
    starter = [info for info in infos if info.source.startswith(_STARTER)]
    written = [
        strings.STARTER_QUESTIONS[info.source]
        for info in starter
        if info.source in strings.STARTER_QUESTIONS
    ]
    offered = [*_in_turn(own, known), *written, *_in_turn(starter, known)]
    if len(offered) < MOST:
        offered += [one.text for info in infos for one in known.get(info.id, ())]
    return [one for one in dict.fromkeys(offered) if title_of(one) not in begun][:MOST]


def _in_turn(infos: Sequence[ArticleInfo], known: Mapping[str, Sequence[Offered]]) -> Iterator[str]:
    """The best question of each article, then the second of each; only those that stand alone."""
    alone = [[one.text for one in known.get(info.id, ()) if one.stands_alone] for info in infos]
    for place in range(max(map(len, alone), default=0)):
        yield from (questions[place] for questions in alone if place < len(questions))
