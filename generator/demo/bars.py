"""Bars: of shares, and of cosines to both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from generator.demo.colours import ABOVE, BELOW, QUIET, TITLE, of_stage
from generator.demo.prose import worded
from generator.demo.room import Room, fitted
from generator.page.mark import shown
from generator.page.number import MINUS
from generator.page.scale import SMALLEST_BAR, reach_of_cosines

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LONGEST_BAR = 40
_LABEL = 18  # columns

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
    if not share >= SMALLEST_BAR:
        return fitted(Text("·", QUIET), width)
    eighths = max(1, round(min(share, 1.0) * width * 8))
    whole, rest = divmod(eighths, 8)
    return fitted(Text("█" * whole + (_EIGHTHS[rest] if rest else ""), of_stage("network")), width)


def similarity(
    room: Room, pairs: Sequence[Mapping[str, Any]], limit: float | None = None, most: int = 12
) -> Pieces:
    """Cosines of pairs {a, b, before, after}, of which at most `most` are listed: both as numbers,
    that after training as a bar too, on a scale that reaches to `limit` on both sides of 0."""
    more = room.markup("first", count=len(pairs), most=most) if len(pairs) > most else Markup()
    pairs = pairs[:most]
    reach = limit or reach_of_cosines(
        [p[when].plain for p in pairs for when in ("before", "after")]
    )
    end = f"{reach:g}"
    names = [worded(pair["a"]).append(" · ").append_text(worded(pair["b"])) for pair in pairs]
    before, after = room.word("before"), room.word("after")
    columns = [max(8, before.cell_len + 2), max(8, after.cell_len + 2)]
    left = min(_widest(names), _LABEL)
    half = max(4, min(18, (room.width - left - 2 - sum(columns)) // 2))
    head = Text(" " * (left + 2)).append_text(
        Text.assemble(
            f"{MINUS}{end}{'0':>{half - len(end)}}{end:>{half}}",
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
                _balance(pair["after"].plain / reach, half),
                (f"{shown(pair['before'], '+.3f'):>{columns[0]}}", QUIET),
                (f"{shown(pair['after'], '+.3f'):>{columns[1]}}", TITLE),
            )
        )
    return [Text("\n").join(lines)], more


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
