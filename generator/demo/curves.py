"""Columns of numbers as curves over a common x, drawn in dots of braille."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from generator.data.value import Value
from generator.demo.colours import QUIET, SERIES
from generator.demo.prose import Prose, kept_whole, worded
from generator.demo.room import Room
from generator.page.mark import shown
from generator.page.scale import place, tick_labels, ticks

_WIDEST, _HEIGHT = 60, 10  # columns and lines of a chart
_DOTS = (  # of a braille character of 2 × 4
    (0x01, 0x08),
    (0x02, 0x10),
    (0x04, 0x20),
    (0x40, 0x80),
)
# How the curves of a chart differ without colour: the first is whole, and of so many dots of the
# others some are left out.
_LEFT_OUT = ((1, ()), (6, (4, 5)), (3, (2,)), (8, (4, 6, 7)))
_RING = "◦"
_SIGNS = ("──", "╌╌", "┈┈", "┄┄")

Pieces = tuple[list[RenderableType], str]


def lines(
    room: Room,
    x: Value,
    series: Sequence[Mapping[str, Any]],
    best: int | None = None,
    spec: str = ".2f",
    unit: float = 1,
    sign: str = "",
    mark: Mapping[str, Any] | None = None,
    x_spec: str = ",d",
    x_label: str = "",
    y_label: str = "",
) -> Pieces:
    """Columns of numbers {name, column} over a common x. `best` is an index of the first of them to
    point out, `mark` a place on x, {at, label}; what stands at the y axis is in units of `unit`
    with `sign` behind it."""
    columns = [line["column"].plain for line in series]
    marks = ticks(min(map(min, columns)), max(map(max, columns)))
    labels = [label + sign for label in tick_labels(marks, unit)]
    side = max(map(cell_len, labels)) + 1
    width = min(_WIDEST, room.width - side - 1)
    chart = _Chart(width, _HEIGHT, (x.plain[0], x.plain[-1]), (marks[0], marks[-1]))
    for number, column in enumerate(columns):
        chart.curve(x.plain, column, number)
    if mark is not None:
        chart.rule(mark["at"].plain)
    if best is not None:
        chart.ring(x.plain[best], columns[0][best])
    beside = dict(zip(map(chart.line, marks), labels, strict=True))
    drawn = [
        Text.assemble((f"{beside.get(n, ''):>{side - 1}} ", QUIET), ("│", QUIET), row)
        for n, row in enumerate(chart.drawn())
    ]
    foot = Text(" " * (side + 1)).append_text(_foot(x, x_spec, worded(x_label), width))
    named = [Prose(worded(y_label, QUIET))] if y_label else []
    legend = Prose(_legend(room, series, best, spec, mark))
    return [Group(legend, *named, Text("\n").join([*drawn, foot]))], ""


def _foot(x: Value, spec: str, name: Text, width: int) -> Text:
    """The ends of the x axis, and between them what it shows."""
    ends = [shown(x[0], spec), shown(x[-1], spec)]
    between = max(1, width - len(ends[0]) - len(ends[1]) - name.cell_len)
    left = " " * (between // 2)
    foot = Text.assemble(ends[0], left, name, " " * (between - len(left)), ends[1])
    foot.stylize_before(QUIET)
    return foot


def _legend(
    room: Room,
    series: Sequence[Mapping[str, Any]],
    best: int | None,
    spec: str,
    mark: Mapping[str, Any] | None,
) -> Text:
    """What each line is of, and what is pointed out."""
    told = [
        Text.assemble((_SIGNS[_pattern(number)], _series(number)), " ", worded(line["name"]))
        for number, line in enumerate(series)
    ]
    if mark is not None:
        told.append(Text.assemble(("┊ ", QUIET), worded(mark["label"])))
    if best is not None:
        value = shown(series[0]["column"][best], spec)
        told.append(Text.assemble((f"{_RING} ", _series(0)), room.word("best"), " ", value))
    return Text("   ").join(map(kept_whole, told))


def _series(number: int) -> Style:
    return SERIES[number % len(SERIES)]


def _pattern(number: int) -> int:
    """Which of the patterns a curve has; where colours begin anew, they go on."""
    return (number + number // len(SERIES)) % len(_SIGNS)


class _Chart:
    """A plane of dots, 2 × 4 in each character, over a range of x and one of y."""

    def __init__(
        self, width: int, height: int, x: tuple[float, float], y: tuple[float, float]
    ) -> None:
        self._width, self._height = width, height
        self._x, self._y = x, y
        self._dots: dict[tuple[int, int], int] = {}  # of a line and a column, as braille has them
        self._last: dict[tuple[int, int], int] = {}  # the series that was drawn there last
        self._rules: set[int] = set()  # columns
        self._rings: set[tuple[int, int]] = set()  # lines and columns

    def line(self, y: float) -> int:
        """The line of characters that a y lies in."""
        return self._down(y) // 4

    def _down(self, y: float) -> int:
        low, high = self._y
        return round(place(y, high, low) * (self._height * 4 - 1))

    def _across(self, x: float) -> int:
        return round(place(x, *self._x) * (self._width * 2 - 1))

    def curve(self, xs: Sequence[float], ys: Sequence[float], number: int) -> None:
        """Draw a curve through points, or the one point that there is."""
        points = [(self._across(x), self._down(y)) for x, y in zip(xs, ys, strict=True)]
        every, left_out = _LEFT_OUT[_pattern(number)]
        for (left, top), (right, bottom) in zip(points, points[1:] or points, strict=False):
            steps = max(abs(right - left), abs(bottom - top), 1)
            for step in range(steps + 1):
                across = round(left + (right - left) * step / steps)
                down = round(top + (bottom - top) * step / steps)
                if across % every in left_out and len(points) > 1:
                    continue
                at = (down // 4, across // 2)
                self._dots[at] = self._dots.get(at, 0) | _DOTS[down % 4][across % 2]
                self._last[at] = number

    def rule(self, x: float) -> None:
        """Draw a line upwards at an x, behind the curves."""
        self._rules.add(self._across(x) // 2)

    def ring(self, x: float, y: float) -> None:
        """Point out a place on the first curve."""
        self._rings.add((self.line(y), self._across(x) // 2))

    def drawn(self) -> list[Text]:
        """The plane as lines of text."""
        rows = []
        for line in range(self._height):
            row = Text()
            for column in range(self._width):
                dots = self._dots.get((line, column))
                if (line, column) in self._rings:
                    row.append(_RING, _series(0))
                elif dots:
                    row.append(chr(0x2800 + dots), _series(self._last[line, column]))
                else:
                    row.append("┊" if column in self._rules else " ", QUIET)
            rows.append(row)
        return rows
