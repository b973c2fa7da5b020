"""Diagrams of words: the steps of a computation, the parts of a model, the tokens of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from generator.data.value import Value
from generator.demo.colours import CODE, QUIET, TITLE, of_stage
from generator.demo.prose import Marked, Prose, worded
from generator.demo.room import Room, fitted, some_of
from generator.page.mark import mark, shown
from generator.page.spelling import Spelt, spelt_groups

_STREAM = "┃ "
_NARROWEST = 56  # columns in which four steps make a circle

Pieces = tuple[list[RenderableType], str]
Steps = Sequence[Mapping[str, Any]]


def flow(room: Room, steps: Steps) -> Pieces:
    """A column of steps {title, text, kind}, joined by a line."""
    return [_rail(steps)], ""


def _rail(steps: Steps, *, leads_on: bool = False) -> RenderableType:
    """Steps below each other, with a line from each to the next, and from the last where it
    `leads_on`."""
    drawn: list[RenderableType] = []
    for number, step in enumerate(steps, 1):
        style = of_stage(step["kind"])
        line = "│ " if number < len(steps) or leads_on else "  "
        drawn.append(Marked("● ", style, Prose(worded(step["title"], TITLE + style))))
        if step.get("text") or number < len(steps) or leads_on:
            text = worded(step.get("text") or "")
            drawn.append(Marked.bar(line, QUIET, Prose(text)))
    return Group(*drawn)


def _ring(steps: Steps) -> RenderableType:
    """Steps below each other, and beside them the way from the last one back to the first."""
    *others, last = steps
    if not others:
        return _rail(steps)
    return Group(
        Marked("╭→ ", QUIET, _rail(others, leads_on=True), follows="│  "),
        Marked("╰─ ", QUIET, _rail([last]), follows="   "),
    )


def cycle(room: Room, steps: Steps) -> Pieces:
    """Four steps {text, kind} in a circle; in a narrow terminal, below each other."""
    if room.width < _NARROWEST or len(steps) != 4:
        return [_ring([{"title": step["text"], "kind": step["kind"]} for step in steps])], ""
    width = min((room.width - 5) // 2, 30)
    boxes = [
        Panel(
            Prose(worded(step["text"]), "center"),
            border_style=of_stage(step["kind"]),
            width=width,
            padding=(0, 1),
        )
        for step in steps
    ]
    circle = Group(
        _beside(boxes[0], "→", boxes[1]),
        Text(f"{'↑':^{width}}     {'↓':^{width}}", QUIET),
        _beside(boxes[3], "←", boxes[2]),
    )
    return [circle], ""


def _beside(left: Panel, arrow: str, right: Panel) -> RenderableType:
    drawn = Table.grid(padding=0)
    drawn.add_column()
    drawn.add_column(vertical="middle")
    drawn.add_column()
    drawn.add_row(left, Text(f"  {arrow}  ", QUIET), right)
    return drawn


def architecture(room: Room, config: Any, most: int = 6) -> Pieces:
    """The parts of a model from `model.config`, beside the residual stream. Of more than `most`
    layers the first ones and the last are drawn."""
    norm = "RMSNorm" if config["norm"] == "rms" else "LayerNorm"
    number, network = of_stage("number"), of_stage("network")
    table = room.word("table", rows=mark(config.d_vocab, ",d"), columns=mark(config.d_model, ",d"))
    attention = room.word("attention", heads=mark(config.n_heads), size=mark(config.d_head))
    mlp = room.word("mlp", narrow=mark(config.d_model, ",d"), wide=mark(config.d_mlp, ",d"))
    scores = room.word(
        "scores", columns=mark(config.d_model, ",d"), rows=mark(config.d_vocab, ",d")
    )
    pieces: list[RenderableType] = [_part(room.word("embedding"), table, number)]
    if config.positions != "rotary":
        rows, columns = mark(config.n_ctx, ",d"), mark(config.d_model, ",d")
        positions = Text("⊕ ").append_text(room.word("positions"))
        pieces.append(_part(positions, room.word("table", rows=rows, columns=columns), number))
    layers = config.n_layers.plain
    for layer in some_of(layers, most):
        if layer is None:
            left_out = Text("⋮ ").append_text(room.word("more_layers", count=layers - most))
            left_out.stylize(QUIET)
            pieces.append(_streamed(left_out))
            continue
        lanes = [_lane(norm, step, network) for step in (attention, mlp)]
        pieces += _layer(room.word("block", layer=layer), lanes, room.width)
    for name, detail, style in (
        (room.word("final", norm=norm), Text(), network),
        (room.word("head"), scores, of_stage("probability")),
    ):  # behind the stream's end
        pieces.append(Marked.bar(" " * len(_STREAM), style, Prose(_titled(name, detail, style))))
    return [Group(*pieces)], ""


def _layer(name: Text, lanes: Sequence[Text], width: int) -> list[RenderableType]:
    """A layer's name and, beside it or else below it, what is added to the stream."""
    name.stylize_before(TITLE)
    side = name.cell_len + 2
    if len(_STREAM) + side + max(lane.cell_len for lane in lanes) > width:
        return [_streamed(name), *(_streamed(Text("  ").append_text(lane)) for lane in lanes)]
    names = [name, *(Text() for _ in lanes[1:])]
    return [
        _streamed(fitted(title, side).append_text(lane))
        for title, lane in zip(names, lanes, strict=True)
    ]


def _streamed(text: Text) -> RenderableType:
    """A line beside the residual stream, which everything is read from and added to."""
    return Marked.bar(_STREAM, of_stage("number"), Prose(text))


def _part(title: Text, detail: Text, style: Style) -> RenderableType:
    return _streamed(_titled(title, detail, style))


def _titled(title: Text, detail: Text, style: Style) -> Text:
    title.stylize_before(style + TITLE)
    return title.append("  ").append_text(detail)


def _lane(norm: str, step: Text, style: Style) -> Text:
    arrow = Text(" → ", QUIET)
    return Text.assemble((norm, style), arrow, step.copy(), arrow, ("⊕", style))


def tokens(room: Room, tokens: Value | Sequence[Any], most: int = 48) -> Pieces:
    """The tokens of a text, each with its bytes and its id under what it spells; pieces of one
    character stand together under it. Of more than `most`, the first ones are drawn."""
    rows: list[list[list[Text]]] = [[]]
    used = 0
    for group in spelt_groups(tokens, most):
        lines = _group(group)
        width = lines[0].cell_len
        if used and used + 3 + width > room.width:
            rows.append([])
            used = 0
        used += width + (3 if used else 0)
        rows[-1].append(lines)
    pieces: list[RenderableType] = [_side_by_side(row) for row in rows]
    if len(tokens) <= most:
        return pieces, ""
    return [*pieces, Text("⋯", QUIET)], room.markup("first", count=len(tokens), most=most)


def _group(group: Spelt) -> list[Text]:
    """A group of tokens as lines of one width: what it spells, a line, bytes, ids."""
    parts = []
    for token in group.tokens:
        spelt = " ".join(shown(byte, "02X") for byte in token.bytes) or "·"
        number = shown(token.id)
        width = max(len(spelt), len(number))
        parts.append((f"{spelt:^{width}}", f"{number:^{width}}"))
    codes, ids = ("  ".join(column) for column in zip(*parts, strict=True))
    text = worded(group.text)
    joined = len(group.tokens) > 1
    width = max(len(codes), text.cell_len)
    line = f"╭{'─' * (width - 2)}╮" if joined else "─" * width
    text.stylize_before(TITLE)
    return [
        fitted(text, width, "center"),
        Text(line, of_stage("text") if joined else QUIET),
        fitted(Text(codes, CODE), width, "center"),
        fitted(Text(ids, of_stage("number")), width, "center"),
    ]


def _side_by_side(groups: Sequence[Sequence[Text]]) -> RenderableType:
    return Text("\n").join(Text("   ").join(line) for line in zip(*groups, strict=True))
