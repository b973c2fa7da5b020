"""Heat maps: how heads share their attention, and vectors as strips of cells.

A shade is a character that is inked the more, the larger its number: so a map can be read on any
background, and without colour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.text import Text

from generator.data.value import Value
from generator.demo.colours import ABOVE, BELOW, QUIET, TITLE, of_share, of_stage
from generator.demo.prose import Prose, worded
from generator.demo.room import Explained, Room, fitted, some_of
from generator.page.mark import shown
from generator.page.scale import shade, shared_ends

_SHADES = "·░▒▓█"
_SMALLER = " ⠄⠤⠶⠿"  # of what is below zero
_LEAST = 0.05  # a share that is drawn as more than a dot
_WIDEST_LABEL = 8
_MOST_LINES = 4  # of one vector
_MOST_LAYERS = 6  # whose heads are drawn; of more, the first ones and the last
_COLUMNS = (64, 32, 16)  # of a strip

Pieces = tuple[list[RenderableType], str]


def attention(room: Room, pattern: Value, tokens: Value, most: int = 13) -> Pieces:
    """One head's pattern [query, key]. What does not fit is added up in a first column, as the
    theme does it."""
    count = len(tokens)
    labels = [worded(token.text) for token in tokens]
    column = max(6, min(max(label.cell_len for label in labels), _WIDEST_LABEL) + 2)
    side = _side(labels)
    most = max(2, min(most, (room.width - side) // column))
    start = 0 if count <= most else count - most + 1
    earlier = [room.word("earlier")] if start else []
    head = Text(" " * side).append_text(
        Text.assemble(*(fitted(label, column, "right") for label in [*earlier, *labels[start:]]))
    )
    rows = [head]
    for query in range(start, count):
        row = fitted(labels[query], side, "right")
        if start:
            row.append_text(_weight(pattern[query][:start].sum(), column))
        for key in range(start, count):
            row.append_text(
                _weight(pattern[query][key], column)
                if key <= query
                else fitted(Text("·", QUIET), column, "right")
            )
        rows.append(row)
    head.stylize_before(TITLE)
    cut = Markup()
    if start:
        cut = room.markup("last", count=count, most=count - start, earlier=room.markup("earlier"))
    return [Text("\n").join(rows)], cut


def _weight(weight: Value, column: int) -> Text:
    text = shown(weight, ".2f")
    style = of_share(float(weight.number))
    return Text(" " * (column - len(text) - 1)).append(f" {text}", style)


def _side(labels: Sequence[Text]) -> int:
    return min(max(label.cell_len for label in labels), _WIDEST_LABEL)


def heads(room: Room, patterns: Sequence[Value], tokens: Value, most: int = 8) -> Pieces:
    """The patterns [head, query, key] of all layers as small maps: a row is a layer, a column a
    head. Where there is no room for all heads of a layer, they stand in rows of as many each."""
    count = len(tokens)
    start = max(0, count - most)
    corner = room.word("layer_head")
    narrowest = len(str(len(patterns) - 1)) + 1
    grid = _grid(room.width, max(map(len, patterns)), count - start, corner.cell_len + 1, narrowest)
    scale = Text.assemble(room.word("share"), " 0 ", (_SHADES, of_stage("text")), " 1")
    order = room.word("order")
    for token in tokens[start:]:
        order.append(" ").append_text(worded(token.text, TITLE))
    for line in (scale, order):
        line.stylize_before(QUIET)
    legend: list[RenderableType] = [scale, Prose(order), Text()]
    head: list[RenderableType] = []  # what stands above the maps of every layer
    pieces: list[RenderableType] = []
    for layer in some_of(len(patterns), _MOST_LAYERS):
        if layer is None:
            pieces.append(Text("⋮", QUIET))
            continue
        maps = patterns[layer].plain
        for first in range(0, len(maps), grid.across):
            side_by_side = maps[first : first + grid.across]
            piece: list[RenderableType] = [_map_lines(layer, side_by_side, start, grid)]
            if not pieces or len(maps) > grid.across:
                names = _names(range(first, first + len(side_by_side)), corner, grid)
                piece = [*names, *piece]
                head = names if len(maps) <= grid.across else []
            if pieces:
                pieces.append(Explained(Group(*piece), Group(*legend, *head)))
            else:
                pieces.append(Group(*legend, *piece))
    more = room.markup("tail", count=count, most=most) if start else Markup()
    if len(patterns) > _MOST_LAYERS:
        more += room.markup("cut_layers", count=len(patterns), first=_MOST_LAYERS - 1)
    return pieces, more


def _names(heads: Sequence[int], corner: Text, grid: _Grid) -> list[RenderableType]:
    """The numbers of heads above their maps; what they are stands before or above them."""
    named = Text("".join(f"{head:<{grid.column}}" for head in heads))
    if grid.side > corner.cell_len:
        lines = [fitted(corner, grid.side).append_text(named)]
    else:
        lines = [corner.copy(), Text(" " * grid.side).append_text(named)]
    for line in lines:
        line.stylize_before(QUIET)
    return [*lines]


class _Grid(NamedTuple):
    """How small maps stand beside each other: `across` of them, each in `column` columns with the
    gap behind it, a share in `cell` columns, behind a layer's number in `side` columns."""

    across: int
    cell: int
    column: int
    side: int


def _grid(width: int, heads: int, size: int, side: int, narrowest: int) -> _Grid:
    """The most spacious way to draw maps of so many positions; a layer's number has `side` columns,
    or only the `narrowest`."""
    # Two columns make a cell square, nearly; one is enough where there are many heads.
    ways = ((2, 3, side), (1, 3, side), (1, 2, side), (1, 2, narrowest), (1, 1, narrowest))
    for cell, gap, before in ways:
        column = size * cell + gap
        if before + heads * column - gap <= width:
            return _Grid(heads, cell, column, before)
    column = size + 2
    most = max(1, (width - narrowest + 2) // column)
    rows = math.ceil(heads / most)
    return _Grid(math.ceil(heads / rows), 1, column, narrowest)


def _map_lines(
    layer: int, maps: Sequence[Sequence[Sequence[float]]], start: int, grid: _Grid
) -> Text:
    """The maps [query, key] of one layer beside each other, from the position `start` on, behind
    its number."""
    size = len(maps[0]) - start
    lines = []
    for query in range(start, start + size):
        line = fitted(Text(str(layer) if query == start else "", QUIET), grid.side)
        for shares in maps:
            row = Text()
            for share in shares[query][start : query + 1]:
                row.append(_SHADES[_level(share)] * grid.cell, of_stage("text"))
            line.append_text(fitted(row, grid.column))
        lines.append(line)
    return Text("\n").join(lines)


def _level(share: float) -> int:
    """How strong a share is drawn, from 0 to 4."""
    return math.ceil(share * 4) if share >= _LEAST else 0


def strip(
    room: Room,
    rows: Sequence[Mapping[str, Any]],
    first: int = 6,
    columns: int = 64,
    most: int = 6,
) -> Pieces:
    """Vectors {label, vector}, a cell a dimension, on one scale; `first` numbers are written out.

    Of more than `most`, the first ones and the last are drawn; of a long vector, its beginning.
    """
    chosen = some_of(len(rows), most)
    drawn = [rows[index] for index in chosen if index is not None]
    columns = next((each for each in (columns, *_COLUMNS) if each <= room.width), 8)
    low, high = shared_ends([row["vector"] for row in drawn])
    legend = Text.assemble(
        (_SMALLER[1:], BELOW),
        " ",
        room.word("below"),
        f" {shown(low, '+.2f')}    ",
        (_SHADES[1:], ABOVE),
        " ",
        room.word("above"),
        f" {shown(high, '+.2f')}",
    )
    legend.stylize_before(QUIET)
    pieces: list[RenderableType] = []
    for index in chosen:
        if index is None:
            pieces.append(Text("⋮", QUIET))
            continue
        vector = _vector(rows[index], first, columns, high.plain)
        if pieces:
            pieces.append(Explained(vector, Group(legend, Text())))
        else:
            pieces.append(Text("\n").join([legend, Text(), vector]))
    more = Markup()
    if None in chosen:
        more = room.markup("cut", count=len(rows), first=most - 1)
    dimensions, lines = max(len(row["vector"]) for row in drawn), _MOST_LINES * columns
    if dimensions > lines:
        more += room.markup("cut_dimensions", count=dimensions, first=lines)
    return pieces, more


def _vector(row: Mapping[str, Any], first: int, columns: int, largest: float) -> Text:
    vector: Value = row["vector"]
    numbers = ", ".join(shown(x, "+.3f") for x in vector[:first])
    lines = [
        Text.assemble(
            worded(row["label"], TITLE),
            "  ",
            (numbers + (", …" if len(vector) > first else ""), QUIET),
        )
    ]
    plain = vector.plain
    for start in range(0, len(plain), columns):
        if start == _MOST_LINES * columns:
            lines.append(Text("…", QUIET))
            break
        line = Text()
        for x in plain[start : start + columns]:
            step = shade(x, largest)
            if step >= 0:
                line.append(_SHADES[step] if step else " ", ABOVE)
            else:
                line.append(_SMALLER[-step], BELOW)
        lines.append(line)
    return Text("\n").join(lines)
