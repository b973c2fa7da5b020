"""The elements of a finished page: what each names, which have no partner, what weighs most."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from generator.page.elements import HEADINGS, VOID

_REFERENCES = {
    "a": ("href",),
    "audio": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "video": ("src", "poster"),
}
# Those whose end HTML lets an author leave out.
_MAY_STAY_OPEN = {
    "body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt",
    "tbody", "td", "tfoot", "th", "thead", "tr",
}  # fmt: skip
_LONGEST = 40  # characters of a caption that are repeated


@dataclass(frozen=True)
class Element:
    """An element's beginning, on `line` of its page; `at` counts the characters before it."""

    tag: str
    attributes: dict[str, str]
    line: int
    at: int = 0

    @property
    def references(self) -> list[str]:
        """The addresses that the element names."""
        found = []
        for name in _REFERENCES.get(self.tag, ()):
            if name == "srcset":
                candidates = self.attributes.get(name, "").split(",")
                found += [candidate.split()[0] for candidate in candidates if candidate.strip()]
            elif name in self.attributes:
                found.append(self.attributes[name])
        return found

    @property
    def level(self) -> int | None:
        """Of a heading, its level."""
        return int(self.tag[1]) if self.tag in HEADINGS else None


@dataclass(frozen=True)
class Figure:
    """Where a figure begins and ends in its page, in characters, and its caption."""

    begin: int
    end: int
    caption: str


@dataclass
class Read:
    """A page, read: all its elements, those whose beginning or end has no partner, its figures."""

    text: str
    elements: list[Element] = field(default_factory=list)
    alone: list[tuple[Element, str]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def heaviest(self, weigh: Callable[[str], int]) -> tuple[Element | None, int, Figure | None]:
        """The heading whose own text weighs most, up to the next; nothing for what stands before
        the first. Then that weight, and the heaviest figure in it."""
        headings = [element for element in self.elements if element.level]
        begins = [0, *(heading.at for heading in headings)]
        ends = [*begins[1:], len(self.text)]
        parts = zip([None, *headings], begins, ends, strict=True)
        weighed = [(weigh(self.text[begin:end]), h, begin, end) for h, begin, end in parts]
        weight, heading, begin, end = max(weighed, key=lambda part: part[0])
        inside = [figure for figure in self.figures if begin <= figure.begin < end]
        return heading, weight, max(inside, key=lambda f: f.end - f.begin, default=None)


def read_page(text: str) -> Read:
    """The page whose HTML is `text`."""
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    return reader.read


def plain_size(text: str) -> int:
    """How many bytes a text has."""
    return len(text.encode())


def packed_size(text: str) -> int:
    """How many bytes it has after gzip."""
    return len(gzip.compress(text.encode()))


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read(text)
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._open: list[Element] = []
        self._caption: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self._element(tag, attrs)
        if tag not in VOID:
            self._open.append(element)
        if tag == "figure":
            self._caption = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self._element(tag, attrs)
        drawn = any(each.tag in ("svg", "math") for each in self._open)
        if not drawn and tag not in VOID and tag not in ("svg", "math"):
            self._open.append(element)  # as browsers take it: in HTML, the slash says nothing

    def handle_data(self, data: str) -> None:
        inside = {element.tag for element in self._open}
        if "figcaption" in inside and "details" not in inside:  # which holds the numbers
            self._caption.append(data)

    def handle_endtag(self, tag: str) -> None:
        if all(element.tag != tag for element in self._open):
            line, column = self.getpos()
            closing = Element(tag, {}, line, self._starts[line - 1] + column)
            self.read.alone.append((closing, f"</{tag}> closes nothing"))
            return
        while (element := self._open.pop()).tag != tag:
            self._left_open(element)
        if tag == "figure":
            line, column = self.getpos()
            end = self._starts[line - 1] + column + len("</figure>")
            caption = " ".join("".join(self._caption).split())
            self.read.figures.append(Figure(element.at, end, caption[:_LONGEST]))

    def close(self) -> None:
        super().close()
        for element in self._open:
            self._left_open(element)

    def _element(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element:
        line, column = self.getpos()
        attributes = {name: value or "" for name, value in reversed(attrs)}
        element = Element(tag, attributes, line, self._starts[line - 1] + column)
        self.read.elements.append(element)
        return element

    def _left_open(self, element: Element) -> None:
        if element.tag not in _MAY_STAY_OPEN:
            self.read.alone.append((element, f"<{element.tag}> is not closed"))
