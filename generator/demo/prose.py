"""Running text in a terminal: inline HTML as styled text, and lines broken as readers expect.

Chinese breaks between any two characters, but no line begins with a comma or a closing bracket, or
ends with an opening one; other scripts break at spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup
from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from generator.data.text import bounded, visible
from generator.data.value import Text as Token
from generator.demo.colours import CODE, NUMBER, QUIET
from generator.demo.tree import Element, parsed

_NO_START = set("，。、；：？！」』）》〉】”’…—·,.;:?!)]}%％")
_NO_END = set("「『（《〈【“‘([{")
_WHOLE = "whole"  # the key of what a line's end may not divide
_STYLES = {
    "strong": Style(bold=True),
    "b": Style(bold=True),
    "em": Style(italic=True),
    "i": Style(italic=True),
    "code": CODE,
    "del": Style(strike=True),
    "data": NUMBER,
}
_NOT_SHOWN = {"svg", "style", "script", "wbr"}
_OUTSIDE = re.compile(r"https?://")
_BOUND = "\N{NO-BREAK SPACE}"
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Prose:
    """A text whose lines are broken to the width that there is."""

    def __init__(self, text: Text, justify: JustifyMethod | None = None) -> None:
        self.text = text
        self.justify = justify

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in lines_of(self.text, options.max_width):
            line.justify = self.justify
            yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        least, most = narrowest(self.text), widest(self.text)
        return Measurement(min(least, options.max_width), min(most, options.max_width))


def widest(text: Text) -> int:
    """The columns of a text's longest line, where none is broken."""
    return max(cell_len(line) for line in text.plain.split("\n"))


def narrowest(text: Text) -> int:
    """The columns of the widest part of a text that no line's end may divide."""
    return max((cell_len(part.plain.rstrip(" \n")) for part in _parts(text)), default=0)


class Marked:
    """Something behind a marker: a bar before each of its lines, or a sign before the first one and
    what `follows` before the others."""

    def __init__(
        self, marker: str, style: Style, body: RenderableType, *, follows: str = ""
    ) -> None:
        self.marker = marker
        self.style = style
        self.body = body
        self.follows = follows

    @classmethod
    def bar(cls, marker: str, style: Style, body: RenderableType) -> Marked:
        return cls(marker, style, body, follows=marker)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = cell_len(self.marker)
        inner = options.update(width=max(1, options.max_width - width), height=None)
        for count, line in enumerate(console.render_lines(self.body, inner, pad=False)):
            yield Segment(f"{self.follows:{width}}" if count else self.marker, self.style)
            yield from line
            yield Segment.line()


def lines_of(text: Text, width: int) -> list[Text]:
    """The lines of a text in so many columns."""
    lines: list[Text] = []
    line, used = Text(), 0
    for part in _parts(text):
        length = cell_len(part.plain.rstrip(" \n"))
        if used and used + length > width:
            lines.append(line)
            line, used = Text(), 0
        if length > width:
            *whole, part = _cut(part, width)
            lines += whole
        line.append_text(part)
        used += cell_len(part.plain)
        if part.plain.endswith("\n"):
            lines.append(line)
            line, used = Text(), 0
    lines.append(line)
    for line in lines:
        line.rstrip()
    return lines


def _parts(text: Text) -> list[Text]:
    """A text in the parts that its lines are put together from."""
    plain = text.plain
    whole = [
        (span.start, span.end)
        for span in text.spans
        if isinstance(span.style, Style) and span.style.meta.get(_WHOLE)
    ]
    ends = [
        at
        for at in range(1, len(plain))
        if _may_end(plain[at - 1], plain[at])
        and (plain[at - 1] == "\n" or not any(start < at < end for start, end in whole))
    ]
    return list(text.divide(ends))


def _may_end(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if before == "\n":
        return True
    if after in " \n" or cell_len(after) == 0 or after in _NO_START or before in _NO_END:
        return False
    if _BOUND in (before, after):
        return False
    return before == " " or cell_len(before) == 2 or cell_len(after) == 2


def _cut(text: Text, width: int) -> list[Text]:
    """A text that fits into no line, in pieces that do."""
    ends, at = [], 0
    for piece in chop_cells(text.plain, max(width, 2))[:-1]:
        at += len(piece)
        ends.append(at)
    return list(text.divide(ends))


def kept_whole(text: Text) -> Text:
    """The text, which the end of a line will not divide if it fits into one."""
    text.stylize(Style(meta={_WHOLE: True}))
    return text


def worded(thing: str, style: Style | str = "") -> Text:
    """A text, or a piece of inline HTML, as it is shown; of a token, spaces at its ends too."""
    if isinstance(thing, Markup):
        return inline(parsed(str(thing)).children, style)
    show = bounded if isinstance(thing, Token) else visible
    return Text(show(str(thing)), style)


def inline(children: Sequence[Element | str], style: Style | str = "") -> Text:
    """Inline HTML as styled text."""
    text = Text(style=style)
    for piece in _inline(children):
        if text.plain.endswith((" ", "\n")) and piece.plain.startswith(" "):
            piece = piece[1:]
        text.append_text(piece)
    text.rstrip()
    return text[1:] if text.plain.startswith(" ") else text


def _inline(children: Sequence[Element | str]) -> Iterator[Text]:
    for child in children:
        if isinstance(child, str):
            yield Text(re.sub(r"[ \t\r\n\f]+", " ", child))
        elif child.tag == "br":
            yield Text("\n")
        elif child.tag == "img":
            yield Text(f"[{child.attributes.get('alt', '')}]")
        elif child.tag == "sup":
            yield _raised(child)
        elif child.tag == "sub":
            yield _lowered(child)
        elif child.tag == "a":
            yield from _linked(child)
        elif child.tag not in _NOT_SHOWN:
            inner = Text()
            for piece in _inline(child.children):
                inner.append_text(piece)
            if child.tag in _STYLES:
                inner.stylize(_STYLES[child.tag])
            if "white-space:nowrap" in child.style or child.tag == "data":
                kept_whole(inner)
            yield inner


def _raised(element: Element) -> Text:
    """What is raised in print: the reference to a footnote, or a power."""
    text = inline(element.children)
    if element.attributes.get("id", "").startswith("fnref"):
        return Text(f"{_BOUND}[{text.plain}]", QUIET)  # not to be read as part of a number
    return Text("^").append_text(text)


def _lowered(element: Element) -> Text:
    """An index: as one where it is a number, of which there are such characters."""
    text = inline(element.children)
    if re.fullmatch("[0-9]+", text.plain):
        return Text(text.plain.translate(_LOWERED))
    return Text("_").append_text(text)


def _linked(element: Element) -> Iterator[Text]:
    """The text of a link; where it leads outside, with its address."""
    address = element.attributes.get("href", "")
    if "footnote-backref" in element.classes:
        return
    text = inline(element.children)
    yield text
    if _OUTSIDE.match(address) and text.plain != address:
        yield Text(f" <{address}>", QUIET)
