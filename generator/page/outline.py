"""What HTML says, piece by piece, so that two of them can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from generator.page.commonmark import LINE
from generator.page.elements import VOID

# Around these elements white space says nothing.
_BLOCKS = {
    "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """An element's beginning or end, or a text. Two are equal if they say the same; `line` is
    where the block begins, 0 where that is not known; `opens` and `closes` name the element."""

    said: str
    line: int = field(default=0, compare=False)
    opens: str = field(default="", compare=False)
    closes: str = field(default="", compare=False)


def outline(html: str) -> list[Piece]:
    """The pieces of a body as Python-Markdown or `commonmark` makes it.

    Left out is what is the maker's own: the links of headings to themselves, the frames and
    colours of code, the ways back from footnotes.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.pieces


def _is_reference(tag: str, attributes: dict[str, str]) -> bool:
    return tag == "sup" and attributes.get("id", "").startswith("fnref")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self._line = 0
        self._text = ""
        self._at_edge = True  # of a block, where white space says nothing
        self._links: list[bool] = []  # of the open links, whether they are kept
        self._closing = ""  # the element that ends what is taken as a text only
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        classes = attributes.get("class", "").split()
        if self._closing:
            self._depth += tag == self._closing
        elif tag == LINE:
            self._line = int(attributes["n"])
        elif tag == "a" and {"anchor", "footnote-backref"} & set(classes):
            self._links.append(False)
        elif tag == "pre" or "codehilite" in classes or _is_reference(tag, attributes):
            self._say_text(tag)
            self._closing, self._depth = tag, 1
        else:
            self._say_text(tag)
            if tag == "a":
                self._links.append(True)
            if "style" in attributes:
                attributes["style"] = re.sub(r"\s|;$", "", attributes["style"])
            said = "".join(f' {name}="{value}"' for name, value in sorted(attributes.items()))
            self._say(f"<{tag}{said}>", tag, opens="" if tag in VOID else tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._closing:
            self._depth -= tag == self._closing
            if not self._depth:
                self._closing = ""
                self._say(f"<…>{self._text.strip()}</…>", tag)
                self._text = ""
        elif tag != LINE and not (tag == "a" and self._links and not self._links.pop()):
            self._say_text(tag)
            self._say(f"</{tag}>", tag, closes=tag)

    def handle_data(self, data: str) -> None:
        if not (self._links and not self._links[-1] and "↩" in data):
            self._text += data

    def handle_comment(self, data: str) -> None:
        self._text += f"<!--{data}-->"

    def close(self) -> None:
        super().close()
        self._say_text("p")
        if self._closing:
            self._say(f"<{self._closing}>", self._closing, opens=self._closing)

    def _say(self, said: str, tag: str, *, opens: str = "", closes: str = "") -> None:
        self.pieces.append(Piece(said, self._line, opens, closes))
        self._at_edge = tag in _BLOCKS

    def _say_text(self, before: str) -> None:
        """Take the text that stands before an element."""
        text = re.sub(r"\s+", " ", self._text)
        text = text.lstrip() if self._at_edge else text
        text = text.rstrip() if before in _BLOCKS else text
        if text:
            self._say(text, "")
        self._text = ""
