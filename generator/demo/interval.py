"""The line that a draw falls on, cut into one interval a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text

from generator.demo.colours import QUIET, TITLE, of_stage
from generator.demo.room import Room
from generator.page.mark import shown
from generator.page.scale import intervals_drawn

_WIDEST = 64  # columns

Pieces = tuple[list[RenderableType], str]


def interval(room: Room, sampling: Any, vocabulary: Any) -> Pieces:
    """The line from 0 to 1, cut into one interval a candidate, and where the draw fell."""
    shares, rank = sampling.probs.plain, sampling.rank.plain
    width = min(room.width, _WIDEST)
    columns = cut(shares, rank, width)
    line = Text()
    for index, (start, end) in enumerate(columns):
        if start < end:
            label = room.word("quoted", text=vocabulary[sampling.kept[index]])
            line.append_text(_segment(label, end - start, index, chosen=index == rank))
    line.append("·" * (width - line.cell_len), QUIET)
    at = mark_at(sampling.draw.plain, columns[rank], width)
    mark = ("│", of_stage("probability"))
    told = room.word("draw").append(f" {shown(sampling.draw, '.4f')}")
    left = max(0, min(width - told.cell_len, at - told.cell_len // 2))
    drawn = Text("\n").join(
        [
            Text(" " * left).append_text(told),
            Text(" " * at).append(*mark),
            line,
            _foot(width, at, mark),
        ]
    )
    return [drawn], room.markup("narrow") if len(columns) < len(shares) else ""


def _foot(width: int, at: int, mark: tuple[str, Style]) -> Text:
    """The ends of the line, and the mark, which goes on below it where neither stands."""
    if not 0 < at < width - 1:
        return Text(f"0{'1':>{width - 1}}", QUIET)
    blank = " " * (at - 1), " " * (width - at - 2)
    return Text.assemble(("0", QUIET), blank[0], mark, blank[1], ("1", QUIET))


def cut(shares: Sequence[float], chosen: int, width: int) -> list[tuple[int, int]]:
    """The columns of each interval that is drawn, from the first to behind the last.

    They follow each other without a gap, and some are empty; the chosen one has a column at least.
    Those that are not drawn share what is left at the end, which is a column at least, too.
    """
    count = intervals_drawn(shares, chosen)
    most = width - 1 if count < len(shares) else width
    ends = [min(most, round(total * width)) for total in accumulate(shares[:count], initial=0.0)]
    if ends[chosen] == ends[chosen + 1]:
        start = min(ends[chosen], most - 1)
        ends = [
            min(end, start) if n <= chosen else max(end, start + 1) for n, end in enumerate(ends)
        ]
    return list(pairwise(ends))


def mark_at(draw: float, columns: tuple[int, int], width: int) -> int:
    """The column over which a draw is marked: where it fell, but within its interval's columns."""
    start, end = columns
    return min(max(int(draw * width), start), end - 1)


def _segment(label: Text, width: int, index: int, *, chosen: bool) -> Text:
    """An interval: its label where that fits, between marks of one of two shades, or, of the one
    that was chosen, of the strongest."""
    style = of_stage("probability" if chosen else "network")
    shade = "█" if chosen else "▓░"[index % 2]
    if label.cell_len + 4 > width:
        return Text(shade * width, style)
    around = width - label.cell_len - 2
    left = around // 2
    label.stylize(style + TITLE)
    return Text.assemble((shade * left, style), " ", label, " ", (shade * (around - left), style))
