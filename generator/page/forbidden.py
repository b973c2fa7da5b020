"""What an article may not hold: what runs, what comes from another host, headings that collide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from generator.page.commonmark import LINE, Reading
from generator.page.elements import HEADINGS

_TO_THE_THEME = "put it into the theme: its assets and layouts"
# Elements that are refused, each with what to do instead.
_ELEMENTS = {
    "script": f"pages promise to run no script of their own; {_TO_THE_THEME}",
    "style": f"{_TO_THE_THEME}, or write style=… on the element",
    "link": _TO_THE_THEME,
    "meta": _TO_THE_THEME,
    "base": "write each address whole",
    "form": "link to a page that has one",
    **dict.fromkeys(("iframe", "object", "embed"), "link to it: [text](address)"),
}
_PROGRAM = re.compile(r"\s*(?:javascript|vbscript|data:text)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*(?:https?:)?//|.*[\s,(\"'](?:https?:)?//", re.IGNORECASE | re.DOTALL)
_LOADED = {"src", "srcset", "poster", "style"}  # attributes whose addresses a browser opens
_DRAWN = {"image", "use", "feimage"}  # elements of a drawing that open what they link to


@dataclass(frozen=True)
class Forbidden:
    """Something that an article may not hold: its line, 1 for the text's first, and that line, what
    it is, and what to do; and the line of what was `first` in its place, if that is the matter."""

    line: int
    text: str
    what: str
    advice: str
    first: int | None = None


def forbidden(reading: Reading) -> list[Forbidden]:
    """What of a text's HTML, and of what its Markdown makes, a page may not hold."""
    reader = _Reader(reading.text.split("\n"))
    reader.feed(reading.html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Forbidden] = []
        self._lines = lines
        self._offset = 0  # from a line of the HTML to the text's
        self._drawings = 0  # that are open
        self._ids: dict[str, int] = {}  # of headings, with their lines

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == LINE:
            self._offset = int(attributes["n"]) - self.getpos()[0]
            return
        self._drawings += tag == "svg"
        if tag == "tspan" and not self._drawings:
            self._tell("a number of an SVG outside one", "write `num` here; `svgnum` is for SVG")
        if tag in _ELEMENTS:
            self._tell(f"<{tag}>", _ELEMENTS[tag])
        for name, value in attributes.items():
            if name.startswith("on"):
                self._tell(f"a program in {name}=", f"take it out, or {_TO_THE_THEME}")
            elif name in ("href", "xlink:href", "src", "action") and _PROGRAM.match(value):
                self._tell("an address that runs a program", "link to a page")
            elif (
                name in _LOADED or (tag in _DRAWN and name in ("href", "xlink:href"))
            ) and _ELSEWHERE.match(value):
                what = "a picture" if tag == "img" else f"something that <{tag}> opens"
                advice = "put the file beside the article, and write its name"
                self._tell(f"{what} from another host", advice)
        if tag in HEADINGS:
            self._check_heading(tag, attributes.get("id", ""))

    def handle_endtag(self, tag: str) -> None:
        self._drawings -= tag == "svg"

    def _check_heading(self, tag: str, own: str) -> None:
        if tag == "h1":
            self._tell("a second heading of the first level, after the title", "begin it with ##")
        if own in self._ids:
            what = f"a heading whose id {own!r} another has"
            self._tell(what, "give each its own {#id}", self._ids[own])
        elif own:
            self._ids[own] = self._line

    @property
    def _line(self) -> int:
        return min(max(self.getpos()[0] + self._offset, 1), len(self._lines))

    def _tell(self, what: str, advice: str, first: int | None = None) -> None:
        line = self._line
        self.found.append(Forbidden(line, self._lines[line - 1], what, advice, first))
