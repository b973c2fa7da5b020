"""A page's body as blocks that a terminal can draw, each of which stays in one piece if it can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.box import SIMPLE_HEAD
from rich.console import Group, JustifyMethod, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from generator.demo.colours import CODE, QUIET, TITLE, of_stage
from generator.demo.prose import Marked, Prose, inline, lines_of, narrowest, widest
from generator.demo.tree import Element

_LEADS_ON = re.compile(r"[：:]$")  # a paragraph that introduces what follows
_ALIGNED = re.compile(r"text-align:(left|center|right)")
_INLINE = {
    *("a", "b", "br", "code", "data", "del", "em", "i"),
    *("img", "span", "strong", "sub", "sup", "var", "wbr"),
}
_JUSTIFY: dict[str, JustifyMethod] = {"left": "left", "center": "center", "right": "right"}
_GAPS = (3, 2)  # blank columns between those of a table, or, where they would not fit
_READABLE = 12  # columns of a cell whose text has more
_SHORT = 6  # columns of a column's name that is not broken: three Chinese characters


@dataclass(frozen=True)
class Block:
    """What is drawn together, with so many blank lines before it; a glued one stays with the next.

    `body` may be drawn at any width up to the one that the blocks were made for.
    """

    body: RenderableType
    gap: int = 1
    glued: bool = False


Draw = Callable[[str, int], list[Block]]  # the diagram of a name, in so many columns


class Blocks:
    """Makes blocks for so many columns. `draw` draws the diagrams that are not there as HTML."""

    def __init__(self, width: int, draw: Draw) -> None:
        self._width = width
        self._draw = draw

    def of(self, children: Sequence[Element | str]) -> list[Block]:
        """The blocks of what stands next to each other in a body."""
        found: list[Block] = []
        loose: list[Element | str] = []
        for child in [*children, None]:
            if isinstance(child, str) or (child is not None and child.tag in _INLINE):
                loose.append(child)
                continue
            if (text := inline(loose)).plain.strip():
                found.append(_paragraph(text))
            loose = []
            if child is not None:
                found += self._of(child)
        return found

    def _of(self, element: Element) -> Iterator[Block]:
        tag = element.tag
        if tag == "p":
            if (text := inline(element.children)).plain:
                yield _paragraph(text)
        elif re.fullmatch("h[1-6]", tag):
            yield Block(Prose(inline(element.children, TITLE)), glued=True)
        elif tag in ("ul", "ol"):
            yield from self._list(element)
        elif tag == "table":
            yield from table(element, self._width)
        elif tag == "pre":
            yield Block(Marked.bar("│ ", QUIET, Text(_text(element).rstrip("\n"), CODE)))
        elif tag == "blockquote":
            inner = [block.body for block in self.of(element.children)]
            yield Block(Marked.bar("┃ ", of_stage("text"), Group(*inner)))
        elif tag == "figure":
            yield from self._figure(element)
        elif tag == "hr":
            yield Block(Rule(style=QUIET))
        elif tag not in ("svg", "script", "style"):
            yield from self.of(element.children)

    def _list(self, element: Element) -> Iterator[Block]:
        ordered = element.tag == "ol"
        begun = element.attributes.get("start", "")
        start = int(begun) if begun.isdecimal() else 1
        for number, item in enumerate(element.find("li"), start):
            marker = f"{number}. " if ordered else "• "
            inner = Group(*(block.body for block in self.of(item.children)))
            yield Block(Marked(marker, QUIET, inner), gap=1 if number == start else 0)

    def _figure(self, element: Element) -> Iterator[Block]:
        """A diagram: drawn, or else its caption and its table."""
        if name := element.attributes.get("data-drawing"):
            yield from self._draw(name, self._width)
            return
        for found in element.find("table"):
            yield from (replace(block, glued=True) for block in table(found, self._width))
        for caption in element.find("figcaption"):
            shown = [
                child
                for child in caption.children
                if isinstance(child, str) or child.tag != "details"
            ]
            yield Block(Prose(inline(shown, QUIET)))


def _paragraph(text: Text) -> Block:
    return Block(Prose(text), glued=bool(_LEADS_ON.search(text.plain)))


def _text(element: Element) -> str:
    """All text inside, as it is written."""
    return "".join(child if isinstance(child, str) else _text(child) for child in element.children)


def table(element: Element, width: int) -> list[Block]:
    """A table in so many columns; one that needs more is told row by row."""
    rows = [
        [cell for cell in row.elements if cell.tag in ("td", "th")] for row in element.find("tr")
    ]
    rows = [row for row in rows if row]
    if not rows:
        return []
    head = rows.pop(0) if all(cell.tag == "th" for cell in rows[0]) else []
    if head:  # a row may be longer
        head += [Element("th") for _ in range(max(map(len, rows), default=0) - len(head))]
    for gap in _GAPS:
        if (widths := _widths(head, rows, width, gap)) is not None:
            return [Block(_grid(head, rows, widths, gap))]
    return _listed(head, rows)


def _columns(rows: Sequence[Sequence[Element]]) -> list[list[Element]]:
    """The cells of each column; rows may be of different lengths."""
    count = max(map(len, rows), default=0)
    return [[row[index] for row in rows if index < len(row)] for index in range(count)]


def _widths(
    head: Sequence[Element], rows: Sequence[Sequence[Element]], width: int, gap: int
) -> list[int] | None:
    """How wide each column is to be, with a gap between them; None where they would be too narrow
    to be read.

    Where not all fits, names of columns are broken, if that is enough; or else long cells; or else
    both.
    """
    named = [[inline(cells[0].children)] for cells in _columns([head])] if head else []
    columns = [[inline(cell.children) for cell in column] for column in _columns(rows)]
    count = max(len(named), len(columns))
    named += [[Text()] for _ in range(count - len(named))]
    columns += [[Text()] for _ in range(count - len(columns))]
    texts = [above + below for above, below in zip(named, columns, strict=True)]
    whole = [max(map(widest, column)) for column in texts]
    pieces = [
        max(*map(narrowest, column), *(w for w in map(widest, names) if w <= _SHORT), 0)
        for column, names in zip(texts, named, strict=True)
    ]
    unbroken = [
        max(piece, *map(widest, column)) for piece, column in zip(pieces, columns, strict=True)
    ]
    readable = [
        max(piece, min(wanted, _READABLE)) for piece, wanted in zip(pieces, unbroken, strict=True)
    ]
    broken = [max(least, *map(widest, names)) for least, names in zip(readable, named, strict=True)]
    left = width - gap * (count - 1)
    for least, most in ((whole, whole), (unbroken, whole), (broken, whole), (readable, unbroken)):
        if sum(least) <= left:
            return _shared(texts, least, most, left)
    return None


def _shared(
    texts: Sequence[Sequence[Text]], least: Sequence[int], most: Sequence[int], width: int
) -> list[int]:
    """Widths from the least to the most, by which columns share what there is of a width. What a
    column cannot use, for half a wide character or for a word, is another's."""
    wishes = [wanted - needed for needed, wanted in zip(least, most, strict=True)]
    spare = min(width - sum(least), sum(wishes))
    shares = [
        needed + spare * wish // max(1, sum(wishes))
        for needed, wish in zip(least, wishes, strict=True)
    ]
    used = [
        max([needed, *(line.cell_len for text in column for line in lines_of(text, share))])
        for column, needed, share in zip(texts, least, shares, strict=True)
    ]
    spare = width - sum(used)
    for column in sorted(range(len(used)), key=lambda column: most[column] - used[column]):
        more = min(spare, most[column] - used[column])
        used[column] += more
        spare -= more
    return used


def _grid(
    head: Sequence[Element],
    rows: Sequence[Sequence[Element]],
    widths: Sequence[int],
    gap: int,
) -> Table:
    before = (gap - 1) // 2  # the box has a blank column itself
    drawn = Table(
        box=SIMPLE_HEAD,
        show_header=bool(head),
        show_edge=False,
        pad_edge=False,
        padding=(0, gap - 1 - before, 0, before),
        border_style=QUIET,
        header_style=QUIET,
    )
    for cells, width in zip(_columns([head, *rows]), widths, strict=True):
        aligned = _ALIGNED.search(cells[-1].style)
        justify = _JUSTIFY[aligned[1]] if aligned else "left"
        title = inline(cells[0].children) if head else Text()
        drawn.add_column(Prose(title), justify=justify, vertical="top", width=width)
    for row in rows:
        drawn.add_row(*(_cell(cell) for cell in row))
    return drawn


def _cell(cell: Element) -> Prose:
    return Prose(inline(cell.children, TITLE if cell.tag == "th" else ""))


def _listed(head: Sequence[Element], rows: Sequence[Sequence[Element]]) -> list[Block]:
    """The rows of a table below each other, each cell behind the name of its column and a line: a
    cell may begin with any sign."""
    names = [inline(cell.children, QUIET) for cell in head]
    for name in names:
        name.append(" │ " if name.plain else "", QUIET)
    blocks = []
    for row in rows:
        lines = []
        for index, cell in enumerate(row):
            text = inline(cell.children, "" if index else TITLE)
            if index < len(names):
                text = names[index].copy().append_text(text)
            lines.append(Marked("  " if index else "", QUIET, Prose(text)))
        blocks.append(Block(Group(*lines)))
    return blocks


def captioned(pieces: Sequence[RenderableType], caption: Text) -> list[Block]:
    """A diagram's pieces as blocks, and its caption below them."""
    blocks = [Block(piece) for piece in pieces]
    if caption.plain:
        if blocks:
            blocks[-1] = replace(blocks[-1], glued=True)
        caption.stylize_before(QUIET)
        blocks.append(Block(Prose(caption)))
    return blocks
