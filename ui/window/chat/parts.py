"""What the Chat tab is made of, as its events name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of the conversation, and what a page remembers of it.

    ``exchanges`` holds the questions and answers, ``conversation`` the id under which `History`
    keeps them, empty until something was asked; ``only`` the filter in force.
    """

    transcript: gr.Chatbot
    reader: gr.HTML
    box: gr.Textbox
    suggestions: gr.HTML
    editing: gr.HTML
    exchanges: gr.State
    conversation: gr.State
    only: gr.State
    is_editing: gr.State

    @property
    def page(self) -> list[Any]:
        """What shows a conversation, and which it is."""
        return [self.exchanges, self.transcript, self.reader, self.box, self.conversation]

    @property
    def asides(self) -> list[Any]:
        """What belongs to the last answer alone, and is emptied when another question is asked."""
        return [self.suggestions, self.is_editing, self.editing]
