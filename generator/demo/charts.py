"""Charts: shares as bars, the line that a draw falls on, columns of numbers as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from generator.data.value import Value
from generator.demo.colours import ABOVE, BELOW, QUIET, SERIES, TITLE, of_stage
from generator.demo.prose import Prose, kept_whole, worded
from generator.demo.room import Room, fitted
from generator.page.mark import shown
from generator.page.number import MINUS
from generator.page.scale import ticks

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SMALLEST = 0.004  # a share that is drawn as a bar, as in the theme's diagram
_NARROWEST = 0.002  # the same of an interval
_LONGEST_BAR = 40
_LABEL = 18  # columns
_CHART = (60, 10)  # columns and lines of a chart of lines
_DOTS = (  # of a braille character of 2 × 4
    (0x01, 0x08),
    (0x02, 0x10),
    (0x04, 0x20),
    (0x40, 0x80),
)

Pieces = tuple[list[RenderableType], str]


def bars(room: Room, rows: Sequence[Mapping[str, Any]], spec: str = ".1%") -> Pieces:
    """Shares {label, note, share} of a whole, to scale."""
    labels = [worded(row["label"]) for row in rows]
    notes = [worded(row.get("note", ""), QUIET) for row in rows]
    shares = [shown(row["share"], spec) for row in rows]
    left, middle, right = (_widest(column) for column in (labels, notes, shares))
    left = min(left, _LABEL)
    middle += 2 if middle else 0
    bar = max(4, min(_LONGEST_BAR, room.width - left - middle - right - 4))
    lines = [
        Text.assemble(
            fitted(label, left),
            fitted(note, middle, "right"),
            "  ",
            _bar(row["share"].plain, bar),
            "  ",
            f"{share:>{right}}",
        )
        for row, label, note, share in zip(rows, labels, notes, shares, strict=True)
    ]
    return [Text("\n").join(lines)], ""


def _widest(column: Sequence[Text | str]) -> int:
    return max((cell_len(str(text)) for text in column), default=0)


def _bar(share: float, width: int) -> Text:
    """A share of so many columns, in eighths of one; a dot for what cannot be drawn."""
    if not share >= _SMALLEST:
        return fitted(Text("·", QUIET), width)
    eighths = max(1, round(min(share, 1.0) * width * 8))
    whole, rest = divmod(eighths, 8)
    return fitted(Text("█" * whole + (_EIGHTHS[rest] if rest else ""), of_stage("network")), width)


def interval(room: Room, sampling: Any, vocabulary: Any, most: int = 20) -> Pieces:
    """The line from 0 to 1, cut into one interval a candidate, and where the draw fell."""
    shares, draw, rank = sampling.probs.plain, sampling.draw.plain, sampling.rank.plain
    narrow = min(shares) < _NARROWEST
    width = min(room.width, 64)
    line, begun = Text(), 0
    total = 0.0
    for index, share in enumerate(shares):
        total += share
        end = min(width - narrow, round(total * width))
        if share < _NARROWEST or end <= begun:
            continue
        label = room.word("quoted", text=vocabulary[sampling.kept[index]])
        line.append_text(_segment(label, end - begun, index, chosen=index == rank))
        begun = end
    line.append("·" * (width - begun), QUIET)
    at = min(width - 1, int(draw * width))
    told = room.word("draw").append(f" {shown(sampling.draw, '.4f')}")
    left = max(0, min(width - told.cell_len, at - told.cell_len // 2))
    return [
        Text("\n").join(
            [
                Text(" " * left).append_text(told),
                Text(" " * at).append("▼", of_stage("probability")),
                line,
                Text(f"0{'1':>{width - 1}}", QUIET),
            ]
        )
    ], room.markup("narrow") if narrow else ""


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


def similarity(room: Room, pairs: Sequence[Mapping[str, Any]]) -> Pieces:
    """Cosines of pairs {a, b, before, after}: both as numbers, that after training as a bar too,
    on a scale from −1 to 1."""
    names = [worded(pair["a"]).append(" · ").append_text(worded(pair["b"])) for pair in pairs]
    before, after = room.word("before"), room.word("after")
    columns = [max(8, before.cell_len + 2), max(8, after.cell_len + 2)]
    left = min(_widest(names), _LABEL)
    half = max(4, min(18, (room.width - left - 2 - sum(columns)) // 2))
    head = Text(" " * (left + 2)).append_text(
        Text.assemble(
            f"{MINUS}1{'0':>{half - 1}}{'1':>{half}}",
            fitted(before, columns[0], "right"),
            fitted(after, columns[1], "right"),
        )
    )
    head.stylize_before(QUIET)
    lines = [head]
    for pair, name in zip(pairs, names, strict=True):
        lines.append(
            Text.assemble(
                fitted(name, left),
                "  ",
                _balance(pair["after"].plain, half),
                (f"{shown(pair['before'], '+.3f'):>{columns[0]}}", QUIET),
                (f"{shown(pair['after'], '+.3f'):>{columns[1]}}", TITLE),
            )
        )
    return [Text("\n").join(lines)], ""


def _balance(cosine: float, half: int) -> Text:
    """A number from −1 to 1 as a bar from the middle, in half columns."""
    halves = round(min(1.0, abs(cosine)) * half * 2)
    whole, rest = divmod(halves, 2)
    if cosine < 0:
        bar = fitted(("╺" if rest else "") + "━" * whole, half, "right")
        bar.stylize(BELOW)
        return bar.append("│", QUIET).append(" " * half)
    bar = fitted("━" * whole + ("╸" if rest else ""), half)
    bar.stylize(ABOVE)
    return Text(" " * half).append("│", QUIET).append_text(bar)


def lines(
    room: Room,
    x: Value,
    series: Sequence[Mapping[str, Any]],
    best: int | None = None,
    spec: str = ".2f",
    x_label: str = "",
    y_label: str = "",
) -> Pieces:
    """Columns of numbers {name, column} over a common x, as curves; the first one is dotted. `best`
    is an index of the last of them to point out."""
    columns = [line["column"].plain for line in series]
    marks = ticks(min(map(min, columns)), max(map(max, columns)))
    labels = [f"{mark:g}".replace("-", MINUS) for mark in marks]
    side = _widest(labels) + 1
    width, height = min(_CHART[0], room.width - side - 1), _CHART[1]
    chart = _Chart(width, height, (x.plain[0], x.plain[-1]), (marks[0], marks[-1]))
    for number, column in enumerate(columns):
        chart.curve(x.plain, column, number)
    rows = chart.drawn()
    shown_labels = dict.fromkeys(range(height), "")
    for mark, label in zip(marks, labels, strict=True):
        shown_labels[chart.line(mark)] = label
    drawn = [
        Text.assemble((f"{shown_labels[n]:>{side - 1}} ", QUIET), ("│", QUIET), row)
        for n, row in enumerate(rows)
    ]
    ends = [shown(x[0], ",d"), shown(x[-1], ",d")]
    name = worded(x_label)
    between = max(1, width - len(ends[0]) - len(ends[1]) - name.cell_len)
    foot = Text.assemble(
        " " * (side + 1),
        ends[0],
        " " * (between // 2),
        name,
        " " * (between - between // 2),
        ends[1],
    )
    foot.stylize_before(QUIET)
    legend = Text("   ").join(
        kept_whole(
            Text.assemble(
                ("┄┄" if number == 0 else "──", _series(number)), " ", worded(line["name"])
            )
        )
        for number, line in enumerate(series)
    )
    if best is not None:
        value = shown(series[-1]["column"][best], spec)
        style = _series(len(series) - 1)
        lowest = kept_whole(Text.assemble(("◦ ", style), room.word("best"), " ", value))
        legend = Text.assemble(legend, "   ", lowest)
    return [Group(Prose(legend), Text("\n").join([*drawn, foot]))], ""


def _series(number: int) -> Style:
    return SERIES[number % len(SERIES)]


class _Chart:
    """A plane of dots, 2 × 4 in each character, over a range of x and one of y."""

    def __init__(
        self, width: int, height: int, x: tuple[float, float], y: tuple[float, float]
    ) -> None:
        self._width, self._height = width, height
        self._x, self._y = x, y
        self._dots: dict[tuple[int, int], int] = {}  # of a line and a column, as braille has them
        self._last: dict[tuple[int, int], int] = {}  # the series that was drawn there last

    def line(self, y: float) -> int:
        """The line of characters that a y lies in."""
        return self._down(y) // 4

    def _down(self, y: float) -> int:
        low, high = self._y
        return round((high - y) / (high - low) * (self._height * 4 - 1))

    def _across(self, x: float) -> int:
        low, high = self._x
        return round((x - low) / ((high - low) or 1) * (self._width * 2 - 1))

    def curve(self, xs: Sequence[float], ys: Sequence[float], number: int) -> None:
        """Draw a curve through points; the first one of a chart is dotted."""
        points = [(self._across(x), self._down(y)) for x, y in zip(xs, ys, strict=True)]
        for (left, top), (right, bottom) in zip(points, points[1:] or points, strict=False):
            steps = max(abs(right - left), abs(bottom - top), 1)
            for step in range(steps + 1):
                across = round(left + (right - left) * step / steps)
                down = round(top + (bottom - top) * step / steps)
                if number == 0 and across % 3 == 2:
                    continue
                at = (down // 4, across // 2)
                self._dots[at] = self._dots.get(at, 0) | _DOTS[down % 4][across % 2]
                self._last[at] = number

    def drawn(self) -> list[Text]:
        """The plane as lines of text."""
        rows = []
        for line in range(self._height):
            row = Text()
            for column in range(self._width):
                dots = self._dots.get((line, column), 0)
                style = _series(self._last.get((line, column), 0))
                row.append(chr(0x2800 + dots) if dots else " ", style if dots else None)
            rows.append(row)
        return rows
