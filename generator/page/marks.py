"""The marks of a finished page, read back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from generator.project.article import TEMPLATES

# Where in a page a number stands. The description is plain text in both outputs: nobody can point
# at its numbers, and the list of the page's numbers alone has their marks.
TITLE, SUMMARY, DESCRIPTION = TEMPLATES
BODY = "body"
ELEMENTS = ("data", "tspan", "text")  # those that may be marks
KINDS = ("computed", "recorded", "measured", "cited")


@dataclass(frozen=True)
class Mark:
    """A number in a page: its address, its value, its format, and the text that a reader sees.

    `section` is the id of the heading that it stands below or in, if there is one.
    """

    address: str
    value: str
    spec: str
    text: str
    line: int
    section: str = ""
    place: str = BODY


def kind_of(address: str) -> str:
    """What kind of number an address names: from elsewhere, recorded in training, measured, or
    computed; what is computed of a measurement is one, too."""
    if address.startswith("fact:"):
        return "cited"
    if re.fullmatch(r"models/[^:()]+:(history|card)\.[\w.\[\]]+", address):
        return "recorded"
    if re.search(r":measured\.", address):
        return "measured"
    return "computed"


def marks_of(page: str) -> list[Mark]:
    """Every mark of a page, whether in HTML or in Markdown with inline HTML."""
    parser = _Marks()
    parser.feed(page)
    parser.close()
    return parser.marks


class _Marks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.marks: list[Mark] = []
        self._open: tuple[str, dict[str, str | None], int] | None = None
        self._text = ""
        self._section = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(reversed(attrs))  # of two alike, a browser takes the first
        if re.fullmatch("h[1-6]", tag):
            self._section = attributes.get("id") or self._section
        if "data-src" in attributes:
            self._open = (tag, attributes, self.getpos()[0])
            self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is None or tag != self._open[0]:
            return
        _, attributes, line = self._open
        address, value, spec = (attributes.get(k) or "" for k in ("data-src", "value", "data-fmt"))
        self.marks.append(Mark(address, value, spec, self._text, line, self._section))
        self._open = None
