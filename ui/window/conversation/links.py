"""Links to single answers: whoever may come in and has one reads that answer, and nothing else.

A link holds the question and its answer as they were when it was made. It lasts until it is taken
back or its conversation is deleted. No Gradio here.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryError
from rag.index import acting
from ui.window.conversation.exchange_json import FORMAT, dump, load
from ui.window.conversation.history import Conversation, History, UnknownConversation, title_of
from ui.window.conversation.tables import conversations, links

_LINK = re.compile(r"[0-9a-f]{32}")


class UnknownLink(LibraryError):
    """There is no such link, or no longer."""


class Links:
    """The links to answers of a library's conversations. Safe to use from several threads."""

    def __init__(self, history: History) -> None:
        self._history = history

    def give(self, owner: str, conversation_id: str, place: int) -> str:
        """A link to the answer in this place, counted from 0: 32 digits that nobody guesses.

        The same answer has the same link until that is taken back.

        Raises:
            UnknownConversation: its owner has no such conversation, or no answer in that place.
        """
        body = self._body(owner, conversation_id, place)
        with self._history.engine.begin() as db:
            known = db.execute(
                sa.select(links.c.id).filter_by(
                    conversation_id=conversation_id, place=place, body=body
                )
            ).scalar()
            if known:
                return str(known)
            link = secrets.token_hex(16)
            db.execute(
                sa.insert(links).values(
                    id=link,
                    conversation_id=conversation_id,
                    place=place,
                    made=datetime.now(UTC),
                    format=FORMAT,
                    body=body,
                )
            )
        return link

    def known(self, owner: str, conversation_id: str, place: int) -> bool:
        """Whether there is a link to what stands or stood in this place."""
        query = _mine(sa.select(links.c.id), owner, conversation_id, place)
        with self._history.engine.connect() as db:
            return db.execute(query).first() is not None

    def withdraw(self, owner: str, conversation_id: str, place: int) -> None:
        """Take back every link to what stands or stood in this place, if it is theirs."""
        mine = _mine(sa.select(links.c.id), owner, conversation_id, place)
        with self._history.engine.begin() as db:
            db.execute(sa.delete(links).where(links.c.id.in_(mine)))

    def answer(self, link: object) -> Conversation:
        """The question and the answer that a link leads to, as a conversation without an id.

        Raises:
            UnknownLink: it was taken back, its conversation deleted, or there never was one.
            LibraryError: it was written by a newer Ibid.
        """
        if not isinstance(link, str) or not _LINK.fullmatch(link):
            raise UnknownLink("this is no link")
        engine = self._history.engine
        with acting.shown(link), engine.connect() as db:
            row: Any = db.execute(sa.select(links).where(links.c.id == link)).one_or_none()
        if row is None or not self._is_there(row.conversation_id):
            raise UnknownLink("there is no such link, or no longer")
        exchange = load(row.body, row.format)
        return Conversation("", title_of(exchange.question), row.made, row.made, (exchange,))

    def _is_there(self, conversation_id: str) -> bool:
        """Whether somebody, be it whoever, has this conversation still."""
        one = (conversations.c.id == conversation_id, conversations.c.deleted.is_(None))
        with acting.acting_for(""), self._history.engine.connect() as db:
            return bool(db.scalar(sa.select(sa.exists().where(*one))))

    def _body(self, owner: str, conversation_id: str, place: int) -> str:
        """The exchange as it is shared: what its reader thought of it is nobody else's."""
        found = self._history.conversation(owner, conversation_id)
        if not 0 <= place < len(found.exchanges):
            raise UnknownConversation("there is no such answer; it may have been asked anew")
        exchange = found.exchanges[place]
        if exchange.busy or not exchange.answer or not exchange.answer.sentences:
            raise UnknownConversation("there is no answer yet; wait until it is whole")
        return dump(replace(exchange, verdict=None, is_kept=True))


def _mine(query: Any, owner: str, conversation_id: str, place: int) -> Any:
    return query.join(conversations, conversations.c.id == links.c.conversation_id).where(
        conversations.c.owner == owner,
        conversations.c.id == conversation_id,
        conversations.c.deleted.is_(None),
        links.c.place == place,
    )
