"""Blocks cut into parts, none of which is taller than the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.segment import Segment

from generator.demo.blocks import Block
from generator.demo.room import Explained

Line = list[Segment]


@dataclass
class Part:
    """Lines that are shown together, and the index of the block that they begin with."""

    first: int
    lines: list[Line] = field(default_factory=list)


def drawn(console: Console, block: Block, width: int) -> list[Line]:
    """The lines of a block in so many columns, without blanks at their ends."""
    options = console.options.update(width=width, height=None)
    return [_trimmed(line) for line in console.render_lines(block.body, options, pad=False)]


def parts_of(console: Console, blocks: Sequence[Block], width: int, height: int) -> list[Part]:
    """Blocks of so many columns as parts of at most so many lines, cut between blocks where that is
    possible; a glued block stays with the next."""
    parts = [Part(0)]
    todo = [
        [_drawn(console, index, block, width) for index, block in chain]
        for chain in _chains(blocks)
    ]
    while todo:
        chain = todo.pop(0)
        part = parts[-1]
        lines = _joined(chain, at_top=not part.lines)
        left = height - len(part.lines)
        if len(lines) <= left:
            part.first = part.first if part.lines else chain[0].index
            part.lines += lines
        elif part.lines and (len(_joined(chain, at_top=True)) <= height or left < height // 2):
            parts.append(Part(chain[0].index))
            todo.insert(0, chain)
        elif len(chain) > 1:
            todo[:0] = [chain[:1], chain[1:]]
        else:
            part.lines += lines[:left]
            for start in range(left, len(lines), height):
                parts.append(Part(chain[0].index, lines[start : start + height]))
    return parts


@dataclass(frozen=True)
class Drawn:
    """A block with its index, its lines, and those of the legend that explains it."""

    index: int
    block: Block
    lines: list[Line]
    legend: list[Line]


def _drawn(console: Console, index: int, block: Block, width: int) -> Drawn:
    body = block.body
    legend = drawn(console, Block(body.legend), width) if isinstance(body, Explained) else []
    return Drawn(index, block, drawn(console, block, width), legend)


def _chains(blocks: Sequence[Block]) -> Iterator[list[tuple[int, Block]]]:
    """The blocks with their indices, glued ones together with the next."""
    chain: list[tuple[int, Block]] = []
    for index, block in enumerate(blocks):
        chain.append((index, block))
        if not block.glued:
            yield chain
            chain = []
    if chain:
        yield chain


def _joined(chain: Sequence[Drawn], *, at_top: bool) -> list[Line]:
    """The lines of blocks with the blank ones before each; before the first of a part there are
    none, but its legend."""
    lines: list[Line] = []
    for each in chain:
        if at_top and not lines:
            lines += each.legend
        else:
            lines += [[] for _ in range(each.block.gap)]
        lines += each.lines
    return lines


def _trimmed(line: Line) -> Line:
    """A line without the blanks at its end that have no background."""
    kept = list(line)
    while kept and not (kept[-1].style and kept[-1].style.bgcolor):
        text = kept[-1].text.rstrip(" ")
        if text:
            kept[-1] = kept[-1]._replace(text=text)
            break
        kept.pop()
    return kept
