"""The one way of words to the terminal: whoever wrote them, they cannot command it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from rag.language import visible


class Terminal(Console):
    """A console of rich whose only control characters are its own.

    Everything that is shown, tables and live displays too, is rendered here before rich adds its
    colours and moves.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments that rich would write, their texts made printable."""
        for segment in super().render(renderable, options):
            shown = segment.text if segment.control else visible.printable(segment.text)
            yield segment if shown == segment.text else Segment(shown, segment.style)
