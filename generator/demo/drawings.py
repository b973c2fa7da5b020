"""The diagrams of an article as a terminal draws them, from the values that the article gave."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape
from rich.console import RenderableType

from generator.data.text import visible
from generator.demo.bars import bars, similarity
from generator.demo.blocks import Block, captioned
from generator.demo.curves import lines
from generator.demo.interval import interval
from generator.demo.maps import attention, heads, strip
from generator.demo.prose import worded
from generator.demo.room import Room
from generator.demo.schemes import architecture, cycle, flow, tokens

# Each takes what the theme's diagram of its name takes, but the caption and what concerns its table
# alone, and gives its pieces, and what to add to the caption.
Drawing = Callable[..., tuple[list[RenderableType], str]]
DRAWINGS: Mapping[str, Drawing] = {
    "architecture": architecture,
    "attention": attention,
    "bars": bars,
    "cycle": cycle,
    "flow": flow,
    "heads": heads,
    "interval": interval,
    "lines": lines,
    "similarity": similarity,
    "strip": strip,
    "tokens": tokens,
}
OF_THE_TABLE: Mapping[str, frozenset[str]] = {
    "interval": frozenset({"most"}),
    "lines": frozenset({"exact"}),
}
_USUAL = 76  # columns


class Drawings:
    """Keeps what an article gave its diagrams, so that they can be drawn at any width.

    `words` are the theme's, in the article's language.
    """

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._words = words
        self._kept: list[tuple[str, Mapping[str, Any]]] = []

    def keep(self, name: str, given: Mapping[str, Any]) -> Markup | None:
        """A place for a diagram, as `generator.page.templates.Instead`; nothing for one that is
        not known here, of which the theme's own HTML has the numbers as a table."""
        self._kept.append((name, given))
        if not _takes(name, given):
            return None
        self._drawn(name, given, _USUAL)  # what is wrong with it is told where it is asked for
        return Markup(f'<figure class="gp" data-drawing="{len(self._kept) - 1}">\n</figure>')

    def draw(self, name: str, width: int) -> list[Block]:
        """The diagram of that place in so many columns."""
        kind, given = self._kept[int(name)]
        return self._drawn(kind, given, width)

    def _drawn(self, name: str, given: Mapping[str, Any], width: int) -> list[Block]:
        room = Room(width, self._words["diagram"])
        pieces, more = DRAWINGS[name](room, **_drawn_of(name, given))
        caption = given.get("caption", "")
        whole = caption if isinstance(caption, Markup) else escape(visible(caption))
        return captioned(pieces, worded(whole + Markup(more)))


def _takes(name: str, given: Mapping[str, Any]) -> bool:
    """Whether there is a drawing that takes this; another theme's diagram of its name may not."""
    if name not in DRAWINGS:
        return False
    try:
        inspect.signature(DRAWINGS[name]).bind(None, **_drawn_of(name, given))
    except TypeError:
        return False
    return True


def _drawn_of(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a diagram was given for its drawing."""
    others = {"caption"} | OF_THE_TABLE.get(name, frozenset())
    return {key: thing for key, thing in given.items() if key not in others}
