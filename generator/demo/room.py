"""What every drawing needs: how wide it may be, and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from generator.demo.prose import worded


@dataclass(frozen=True)
class Room:
    """`width` is in columns; `words` are those that the theme has for its diagrams."""

    width: int
    words: Mapping[str, Any]

    def word(self, name: str, **fill: object) -> Text:
        """One of the theme's words, filled in."""
        return worded(self.markup(name, **fill))

    def markup(self, name: str, **fill: object) -> Markup:
        """The same as HTML, in which marked numbers stay marked."""
        return Markup(self.words[name]).format(**fill)


@dataclass(frozen=True)
class Explained:
    """A piece of a drawing that a `legend` explains. Where the piece begins a screen, that of
    before with its legend is gone, and the legend is said again."""

    piece: RenderableType
    legend: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.piece


def some_of(count: int, most: int) -> list[int | None]:
    """Which of so many things to draw: all, or, of more than `most`, the first `most - 1` and the
    last, with None for those between."""
    if count <= most:
        return list(range(count))
    return [*range(most - 1), None, count - 1]


def fitted(text: Text | str, width: int, align: str = "left") -> Text:
    """A text in exactly so many columns: filled up, or cut short with `…`."""
    made = Text(text) if isinstance(text, str) else text.copy()
    if made.cell_len > width:
        made = _shortened(made, width)
    left = {"left": 0, "right": width - made.cell_len}.get(align, (width - made.cell_len) // 2)
    made.pad_left(left)
    made.pad_right(width - made.cell_len)
    return made


def _shortened(text: Text, width: int) -> Text:
    """A text cut short; half a wide character leaves a blank."""
    plain = text.plain
    while plain and cell_len(plain) > width - 1:
        plain = plain[:-1]
    cut = text[: len(plain)] if plain else Text()
    cut.append("…")
    return Text(set_cell_size(cut.plain, width)) if cut.cell_len > width else cut
