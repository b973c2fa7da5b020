"""No stray digits: every digit that a reader sees must have somewhere to come from.

A page is rendered a second time with *answered* digits, those of marks, of data texts and of what
the author answers for with `lit`, disguised as digits of another alphabet. Digits that are still
plain in the visible text were typed by hand, or leaked out of a value without its mark. Those typed
into the article's own text carry their line as a private character behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

_DIGITS = "0123456789"
FROM_DATA, BY_HAND = "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿", "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡"  # Unicode's monospace and double-struck digits
_REVEAL = str.maketrans(FROM_DATA + BY_HAND, 2 * _DIGITS)
_LINES = 0xF0000  # the private character of line 0
_LINE = re.compile(f"[{chr(_LINES)}-{chr(_LINES + 0xFFFD)}]")
# Digits of an article's text that a reader sees as such: not a list's marker, not a reference.
_TYPED = re.compile(r"(?m)^[ \t]*[0-9]+[.)](?=[ \t])|&#[0-9]+;|[0-9]+")
_EXEMPT = {"code", "pre", "script", "style", "template"}
_BLOCKS = {"p", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "div", "figcaption", "br"}
_SPOKEN = ("alt", "title", "aria-label")  # attributes that a reader may hear or see
# A section may number itself at the beginning of its heading.
_STAGE = re.compile(r"^\s*(?:阶段|步骤|Stage|Step|Part)\s*[0-9]+")
# 一 by itself is an article more often than a number, and 第 makes an ordinal.
_NUMERAL = re.compile(
    r"(?<!第)(?:[二三四五六七八九十百千万两]|[一二三四五六七八九十百千万两]{2,})"
    r"(?:层|个头|维|个参数|个位置|个字节|步)"
)


@dataclass(frozen=True)
class Stray:
    """Digits, or a numeral, that nobody answers for. `line` is None where it is not known."""

    text: str
    line: int | None
    context: str


def disguised(text: str, digits: str = FROM_DATA) -> str:
    """The text with its digits answered for."""
    return text.translate(str.maketrans(_DIGITS, digits))


def disguising(show: Any, digits: str = FROM_DATA) -> Any:
    """A filter that answers for the digits of what `show` makes. Markup stays markup."""

    def answer(*arguments: Any) -> Any:
        shown = show(*arguments)
        if not isinstance(shown, Markup):
            return disguised(shown, digits)
        return Markup(re.sub(r">[^<]*<|^[^<]*$", lambda m: text(m[0]), shown))

    def text(piece: str) -> str:
        parts = re.split(r"(&#[0-9]+;)", piece)
        return "".join(p if p.startswith("&#") else disguised(p, digits) for p in parts)

    return answer


def count_by_hand(html: str) -> int:
    """How many numbers of a disguised page its author answers for with `lit`."""
    return len(re.findall(f"[{BY_HAND}]+", html))


class LineMarks(Extension):
    """Behind each run of digits in an article's own text, a private character for its line."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data" and (stream.filename or "").endswith(".md"):
                yield Token(token.lineno, "data", _with_lines(token.value, token.lineno))
            else:
                yield token


def _with_lines(text: str, first: int) -> str:
    def mark(found: re.Match[str]) -> str:
        if not found[0].isdecimal():
            return found[0]
        return found[0] + chr(_LINES + first + text.count("\n", 0, found.start()))

    return _TYPED.sub(mark, text)


def stray_digits(html: str, article: str, terms: Sequence[str]) -> list[Stray]:
    """The unanswered digits in the visible text of a disguised page.

    `article` is the article's text, to find the line of what does not carry it; `terms` are the
    names that may hold digits.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [
        stray
        for block in "".join(reader.text).split("\n")
        for stray in _strays_of(block, article, terms)
    ]


def numerals(article: str, terms: Sequence[str]) -> list[Stray]:
    """Chinese numerals before a measure word in an article's text: they may be typed numbers."""
    found = []
    for number, line in enumerate(article.split("\n"), 1):
        text = re.sub(r"{%.*?%}|{{.*?}}|{##.*?##}", lambda m: " " * len(m[0]), line)
        spans = _term_spans(text, terms)
        found += [
            Stray(match[0], number, _around(text, match.start(), match.end()))
            for match in _NUMERAL.finditer(text)
            if not _inside(match.start(), match.end(), spans)
        ]
    return found


def _strays_of(block: str, article: str, terms: Sequence[str]) -> Iterator[Stray]:
    lines: dict[int, int] = {}  # position in the plain text -> line
    plain = ""
    for character in block:
        if _LINE.match(character):
            lines[len(plain)] = ord(character) - _LINES
        else:
            plain += character
    spans = _term_spans(plain, terms)
    if stage := _STAGE.match(plain):
        spans.append((0, stage.end()))
    for run in re.finditer(r"[0-9]+", plain):
        if not _inside(run.start(), run.end(), spans):
            line = lines.get(run.end()) or _line_of(plain, run.start(), run.end(), article)
            yield Stray(run[0], line, _around(plain, run.start(), run.end()).translate(_REVEAL))


def _term_spans(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    shown = text.translate(_REVEAL)
    return [m.span() for term in terms for m in re.finditer(re.escape(term), shown)]


def _inside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(left <= start and end <= right for left, right in spans)


def _around(text: str, start: int, end: int) -> str:
    return _LINE.sub("", text[max(0, start - 12) : end + 12]).strip()


def _line_of(plain: str, start: int, end: int, article: str) -> int | None:
    """The line of the article that holds the digits with the most of what stands around them."""
    for reach in range(40, -1, -1):
        at = article.find(plain[max(0, start - reach) : end + reach])
        if at >= 0:
            return article.count("\n", 0, at) + 1
    return None


class _Reader(HTMLParser):
    """The text that a reader sees, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._exempt: list[str] = []  # open elements whose digits need no answer

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in _BLOCKS:
            self.text.append("\n")
        footnote = "footnote" in (attributes.get("class") or "") and tag in ("div", "a")
        if self._exempt or tag in _EXEMPT or "data-src" in attributes or footnote:
            if tag not in ("br", "img", "hr", "wbr", "input"):
                self._exempt.append(tag)
            return
        for name in _SPOKEN:
            if attributes.get(name):
                self.text.append(f"\n{attributes[name]}\n")

    def handle_endtag(self, tag: str) -> None:
        if self._exempt and self._exempt[-1] == tag:
            self._exempt.pop()
        if tag in _BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        self.text.append(disguised(data) if self._exempt else data)
