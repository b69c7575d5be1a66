"""The conversation: a question, its sources at once, the answer as it comes, the reader."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from rag.errors import IbidError
from rag.schema import Filter
from ui import strings
from ui.window.chat import filters, render, scope, sources, suggestions
from ui.window.chat.article_view import article_getter, reader
from ui.window.chat.asking import answering
from ui.window.chat.examples import examples
from ui.window.conversation.history import History, new_id
from ui.window.conversation.types import (
    LONGEST_QUESTION,
    BadQuestion,
    Engine,
    Exchange,
    Verdict,
    checked_question,
)
from ui.window.page.events import PRIVATE, brought
from ui.window.page.visitor import owner

log = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]

# Gradio *escapes* the tags listed as allowed. Nothing we render uses these.
_ESCAPED_TAGS = [
    *("img", "picture", "source", "video", "audio", "svg", "math", "iframe", "object", "embed"),
    *("form", "input", "textarea", "select"),
]


@dataclass(frozen=True, slots=True)
class Chat:
    """What the rest of the window needs of the conversation.

    ``conversation`` holds the id under which `History` keeps it, empty until something was asked.
    ``answers`` are the events to cancel before another conversation is shown, ``asides`` what
    belongs to the last answer alone and has to be emptied then: suggestions, editing. After
    ``turns``, which are not queued, ``conversation`` may be another one without a change event.
    """

    transcript: gr.Chatbot
    exchanges: gr.State
    conversation: gr.State
    reader: gr.HTML
    box: gr.Textbox
    answers: list[Any]
    asides: list[Any]
    turns: list[Any]


def build(engine: Engine, fresh: gr.Button, kept: History) -> Chat:
    """The conversation and its reader, within the layout around it. ``fresh`` begins a new one."""
    exchanges = gr.State(())
    conversation = gr.State("")
    is_editing = gr.State(False)
    editing = gr.HTML(render.editing(), visible=False, elem_id="editing", render=False)
    hand = reader(article_getter(engine), elem_id="reader")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk"):
            chat = _transcript()
            next_up = gr.HTML("", elem_id="suggestions")
            chosen = filters.build(engine, hand, editing)
            box = _question_box()
        with gr.Column(elem_id="sheet"):
            hand.render()

    def check(question: str, past: Exchanges) -> None:
        _checked(question, past)

    def begun(question: object, past: Exchanges, only: Filter | None, **box: str) -> Any:
        """The page just after a question: it is shown, and what will be done about it."""
        said = scope.words(only, engine.library)
        now = (*past, Exchange(_checked(question, past), only=only, scope=said))
        at_work = gr.update(submit_btn=False, stop_btn=True, **box)
        return at_work, now, render.messages(now), "", False, gr.update(visible=False)

    def ask(question: str, past: Exchanges, only: Filter | None, edits: bool) -> Any:
        return begun(question, past[:-1] if edits else past, only, value="")

    def ask_example(past: Exchanges, only: Filter | None, event: gr.SelectData) -> Any:
        return begun(event.value["text"], past, only)

    def ask_suggested(past: Exchanges, only: Filter | None, event: gr.EventData) -> Any:
        return begun(brought(event, "question"), past, only)

    def ask_again(past: Exchanges, event: gr.EventData) -> Any:
        if not past or past[-1].busy:
            return tuple(gr.skip() for _ in range(6))
        last = past[-1]
        return begun(last.question, past[:-1], None if brought(event, "wide") else last.only)

    def edit(past: Exchanges) -> Any:
        if not past or past[-1].busy:
            return gr.skip(), gr.skip(), gr.skip()
        return past[-1].question, True, gr.update(visible=True)

    async def answer(
        asked: Exchanges, name: str, request: gr.Request
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        if not asked or not asked[-1].busy:
            return
        *past, _ = asked
        name, now = name or new_id(), asked
        _keep(kept, request, name, now)
        listed: list[dict[str, Any]] = []
        try:
            async with aclosing(answering(engine, tuple(past), asked[-1])) as coming:
                async for exchange in coming:
                    now = (*past, exchange)
                    if not exchange.busy:
                        now = _keep(kept, request, name, now)
                    lists = sources.source_lists(now)
                    yield (
                        now,
                        render.messages(now),
                        gr.skip() if lists == listed else lists,
                        gr.skip() if exchange.busy else _idle(),
                        name,
                    )
                    listed = lists
        finally:
            if now[-1].busy:  # it was cancelled, or the page was left
                _keep(kept, request, name, _settled(now))

    async def suggest(past: Exchanges) -> AsyncGenerator[str, None]:
        """What could be asked next. It must not touch the conversation, which may go on."""
        if engine.assistant is None or not past or past[-1].state != "done":
            return
        last = past[-1]
        if last.answer is None:
            return
        asked = [one.question for one in past]
        offered: list[str] = []
        questions = suggestions.candidates(last.answer, asked, examples(engine))
        try:
            async for one in suggestions.answerable(engine.assistant, questions, last.only):
                offered.append(one)
                yield render.suggested(offered)
        except Exception:
            log.exception("no suggestions")

    def judge(past: Exchanges, name: str, event: gr.EventData, request: gr.Request) -> Any:
        place, verdict = brought(event, "place"), brought(event, "verdict")
        is_sound = isinstance(place, int) and 0 <= place < len(past) and verdict in ("up", "down")
        if not is_sound or past[place].state != "done":
            return gr.skip(), gr.skip()
        reason = str(brought(event, "reason") or "")
        withdrawn = past[place].verdict == verdict and not reason
        judged = replace(past[place], verdict=None if withdrawn else verdict)
        now = _keep(kept, request, name, (*past[:place], judged, *past[place + 1 :]))
        _judge(kept, request, name, place, judged.verdict, reason)
        return now, render.messages(now)

    def halt(past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        name = name or new_id()
        past = _keep(kept, request, name, _settled(past))
        return past, render.messages(past), sources.source_lists(past), _idle(), name

    def turn_away(past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        """The queue was full, so the question still stands there as if its answer were to come."""
        if not past or not past[-1].busy:
            return tuple(gr.skip() for _ in range(5))
        return halt(past, name, request)

    def clear() -> tuple[Any, ...]:
        return (), [], [], _idle(), "", "", False, gr.update(visible=False)

    asides = [next_up, is_editing, editing]
    asked = [box, exchanges, chat, *asides]
    only = chosen.only
    # An error covers every output of its event, and shows only if the event is queued.
    checked = box.submit(check, [box, exchanges], None, concurrency_limit=None, **PRIVATE)
    starts = [
        checked.success(ask, [box, exchanges, only, is_editing], asked, queue=False, **PRIVATE),
        chat.example_select(ask_example, [exchanges, only], asked, queue=False, **PRIVATE),
        hand.submit(ask_suggested, [exchanges, only], asked, queue=False, **PRIVATE),
        hand.retry(ask_again, [exchanges], asked, queue=False, **PRIVATE),
    ]
    answers = [
        start.success(
            answer,
            [exchanges, conversation],
            [exchanges, chat, hand, box, conversation],
            concurrency_id="answer",
            concurrency_limit=1,
            **PRIVATE,
        )
        for start in starts
    ]
    for done in answers:
        done.failure(
            turn_away,
            [exchanges, conversation],
            [exchanges, chat, hand, box, conversation],
            queue=False,
            **PRIVATE,
        )
    looks_ahead = [
        done.success(
            suggest, [exchanges], next_up, concurrency_id="suggest", concurrency_limit=1, **PRIVATE
        )
        for done in answers
    ]
    for over in (checked.success, chat.example_select, hand.submit, hand.retry):
        over(None, cancels=looks_ahead, **PRIVATE)
    hand.edit(edit, [exchanges], [box, is_editing, editing], queue=False, **PRIVATE)
    hand.undo(
        lambda: ("", False, gr.update(visible=False)),
        None,
        [box, is_editing, editing],
        queue=False,
        **PRIVATE,
    )
    hand.like(judge, [exchanges, conversation], [exchanges, chat], queue=False, **PRIVATE)
    halted = box.stop(None, cancels=answers, **PRIVATE).then(
        halt,
        [exchanges, conversation],
        [exchanges, chat, hand, box, conversation],
        queue=False,
        **PRIVATE,
    )
    cleared = [
        anew(None, cancels=answers + looks_ahead, **PRIVATE).then(
            clear,
            None,
            [exchanges, chat, hand, box, conversation, *asides],
            queue=False,
            **PRIVATE,
        )
        for anew in (fresh.click, chat.clear)
    ]
    works = answers + looks_ahead
    return Chat(chat, exchanges, conversation, hand, box, works, asides, [halted, *cleared])


def _transcript() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label=strings.CHAT_LABEL,
        show_label=False,
        height="100%",
        layout="bubble",
        buttons=[],
        feedback_options=None,
        group_consecutive_messages=False,
        sanitize_html=True,
        allow_tags=_ESCAPED_TAGS,
        latex_delimiters=[],
        placeholder="",
    )


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="box",
        label=strings.QUESTION_LABEL,
        show_label=False,
        placeholder=strings.QUESTION_HINT,
        lines=1,
        max_lines=6,
        max_length=LONGEST_QUESTION,
        submit_btn=True,
        autofocus=True,
    )


def _checked(question: object, past: Exchanges) -> str:
    try:
        return checked_question(question, past)
    except BadQuestion as error:
        raise gr.Error(str(error), duration=5, print_exception=False) from None


def _settled(past: Exchanges) -> Exchanges:
    """The same, but for an answer that was still to come: that one was stopped."""
    if past and past[-1].busy:
        return (*past[:-1], replace(past[-1], state="stopped"))
    return past


def _keep(kept: History, request: gr.Request, name: str, past: Exchanges) -> Exchanges:
    """Keep the conversation. Returns it with a mark on its last exchange if that failed."""
    past = tuple(replace(one, is_kept=True) for one in past)
    try:
        if not past or kept.save(owner(request), name, past):
            return past
        log.warning("a conversation of nobody's, or one that was deleted, is not kept")
    except IbidError:  # the answer is worth more than its record
        log.exception("the conversation could not be kept")
    return (*past[:-1], replace(past[-1], is_kept=False))


def _judge(
    kept: History, request: gr.Request, name: str, place: int, verdict: Verdict | None, reason: str
) -> None:
    try:
        if verdict:
            kept.record_feedback(owner(request), name, place, verdict, reason)
        else:
            kept.withdraw_feedback(owner(request), name, place)
    except IbidError as error:
        raise gr.Error(str(error), duration=5, print_exception=False) from None


def _idle() -> Any:
    return gr.update(submit_btn=True, stop_btn=False)
