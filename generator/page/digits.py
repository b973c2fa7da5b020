"""No stray digits: every digit that a reader sees must have somewhere to come from.

A page is rendered a second time with *answered* digits disguised as digits of other alphabets:
those of marks, those of data texts and diagram labels, and what the author answers for with `lit`.
Digits that are still plain in the visible text were typed by hand, or leaked out of a value; those
of a mark that stand outside of one have lost it. Digits typed into the article's own text carry
their line as a private character behind them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby
from typing import Any

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from generator.data.value import Text
from generator.page.elements import HEADINGS, VOID
from generator.page.marks import ELEMENTS as MARKS

_DIGITS = "0123456789⁰¹²³⁴⁵⁶⁷⁸⁹"
# Unicode's mathematical digits: double-struck, monospace, sans-serif; and as it has no such
# superscripts, private characters.
_RAISED = "".join(map(chr, range(0x100000, 0x10001E)))
BY_HAND = f"𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡{_RAISED[:10]}"
ANSWERED = f"𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿{_RAISED[10:20]}"
MARKED = f"𝟢𝟣𝟤𝟥𝟦𝟧𝟨𝟩𝟪𝟫{_RAISED[20:]}"
_REVEAL = str.maketrans(BY_HAND + ANSWERED + MARKED, 3 * _DIGITS)
_UNMARK = str.maketrans(MARKED, _DIGITS)
_LINES = 0xF0000  # the private character of line 0
_LINE = re.compile(f"[{chr(_LINES)}-{chr(_LINES + 0xFFFD)}]")
_OURS = re.compile(f"[{BY_HAND}{ANSWERED}{MARKED}]|{_LINE.pattern}")
# What counts as digits: decimal ones of any script, superscripts, fractions, Roman numerals. A
# number in a circle labels a stage or an item of a list.
_CIRCLED = "".join(map(chr, range(0x2460, 0x2474)))
# Digits of an article's text that a reader sees as such: not a list's marker, not a reference, not
# the label of a footnote or a link.
_TYPED = re.compile(
    r"(?m)^[ \t]*[0-9]+[.)](?=[ \t])|&#[0-9]+;|\[\^[^\]\s]+\]|(?<=\])\[[^\]\n]+\]"
    r"|^\[[^\]\n]+\]:[^\n]*|[0-9]+"
)
_CODE = {"code", "pre"}
_HIDDEN = {"script", "style", "template"}
_BLOCKS = {"p", "li", "td", "th", "div", "figcaption", "br", "dt", "dd", "summary", *HEADINGS}
# Attributes that a reader may hear or see.
_SPOKEN = (
    "alt", "title", "label", "placeholder", "start", "aria-label", "aria-description",
    "aria-valuetext", "aria-roledescription",
)  # fmt: skip
# How a character is shown that a reader could not see (`generator.data.text`).
_CODE_POINT = re.compile("⟨U\\+[0-9A-F]{4,6}⟩")
# A section may number itself at the beginning of its heading.
_STAGE = re.compile(r"^\s*(?:阶段|步骤|Stage|Step|Part)\s*[0-9]+")
# 一 by itself is an article more often than a number, and 第 makes an ordinal.
_NUMERAL = re.compile(
    r"(?<!第)(?:[二三四五六七八九十百千万两]|[一二三四五六七八九十百千万两]{2,})"
    r"(?:层|个头|个注意力头|维|个参数|个位置|个字节|步)"
)


@dataclass(frozen=True)
class Stray:
    """Digits, or a numeral, that nobody answers for. `line` is None where it is not known; what an
    expression `made` may stand in several places of what it made."""

    text: str
    line: int | None
    context: str
    made: bool = False

    @property
    def word(self) -> str:
        """What the digits are a part of, as far as it has letters."""
        text = revealed(self.text)
        found = re.search(rf"[A-Za-z]*{re.escape(text)}[A-Za-z]*", self.context)
        return found[0] if found else text


class DisguisedText(Text):
    """A text out of the data whose digits are answered for. It equals what it was."""

    __slots__ = ("original",)
    original: str

    def __new__(cls, text: str, address: str) -> DisguisedText:
        made = super().__new__(cls, disguised(text), address)
        made.original = text
        return made

    def __eq__(self, other: object) -> bool:
        return self.original == (other.original if isinstance(other, DisguisedText) else other)

    def __hash__(self) -> int:
        return hash(self.original)


def disguised(text: str, digits: str = ANSWERED) -> str:
    """The text with its digits answered for."""
    return text.translate(str.maketrans(_DIGITS, digits))


def revealed(text: str) -> str:
    """The text as it was before its digits were answered for."""
    return text.translate(_REVEAL)


def disguising(show: Any, digits: str = ANSWERED) -> Any:
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
    """How many numbers that readers of a disguised page see its author answers for with `lit`."""
    seen = re.sub(r"<[^<>]*>", "", html)
    return len(re.findall(f"[{BY_HAND}]+(?:[.,][{BY_HAND}]+)*", seen))


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


def forged(article: str) -> list[Stray]:
    """Characters of an article's text that would pass for answered digits."""
    return [
        Stray(found[0], article.count("\n", 0, found.start()) + 1, found[0])
        for found in _OURS.finditer(article)
    ]


def stray_digits(html: str, article: str, terms: Sequence[str]) -> list[Stray]:
    """The unanswered digits in the visible text of a disguised page.

    `article` is the article's body, to find the line of what does not carry it; `terms` are the
    names that may hold digits.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [
        stray
        for kind, block in reader.blocks
        for stray in _strays_of(block, article, terms, heading=kind in HEADINGS)
    ]


def numerals(text: str, terms: Sequence[str]) -> list[Stray]:
    """Chinese numerals before a measure word in an article's text: they may be typed numbers.

    Inside expressions only strings are looked at, such as captions.
    """
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        shown = re.sub(r"{%.*?%}|{{.*?}}|{##.*?##}", _only_strings, line)
        spans = _term_spans(shown, terms)
        found += [
            Stray(match[0], number, _around(shown, match.start(), match.end()))
            for match in _NUMERAL.finditer(shown)
            if not _inside(match.start(), match.end(), spans)
        ]
    return found


def _only_strings(expression: re.Match[str]) -> str:
    if expression[0].startswith("{##"):
        return " " * len(expression[0])
    parts = re.split(r'("[^"]*")', expression[0])
    return "".join(part if part.startswith('"') else " " * len(part) for part in parts)


def _strays_of(block: str, article: str, terms: Sequence[str], *, heading: bool) -> Iterator[Stray]:
    lines: dict[int, int] = {}  # position in the plain text -> line
    plain = ""
    for character in block:
        if _LINE.match(character):
            lines[len(plain)] = ord(character) - _LINES
        else:
            plain += character
    spans = _term_spans(plain, terms)
    spans += [found.span() for found in _CODE_POINT.finditer(plain)]
    if heading and (stage := _STAGE.match(plain)):
        spans.append((0, stage.end()))
    for start, end in _runs(plain):
        if not _inside(start, end, spans):
            line = lines.get(end) or _line_of(plain, start, end, article)
            context = revealed(_around(plain, start, end))
            yield Stray(plain[start:end], line, context, made=end not in lines)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where the runs of unanswered digits begin and end."""
    start = None
    for at, character in enumerate(f"{text} "):
        if _is_digit(character):
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None


def _is_digit(character: str) -> bool:
    if character.isascii():
        return character.isdigit()
    if character in _CIRCLED or _OURS.match(character):
        return False
    # Han numerals such as 三 are letters (Lo); they are another check's.
    return unicodedata.category(character) in ("Nd", "Nl", "No")


def _term_spans(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    shown = revealed(text)
    return [m.span() for term in terms for m in re.finditer(re.escape(term), shown)]


def _inside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(left <= start and end <= right for left, right in spans)


def _around(text: str, start: int, end: int) -> str:
    return _LINE.sub("", text[max(0, start - 12) : end + 12]).strip()


def _line_of(plain: str, start: int, end: int, article: str) -> int | None:
    """The line of the article that holds the digits with the most of what stands around them."""
    for reach in range(40, 1, -1):
        around = plain[max(0, start - reach) : end + reach]
        at = article.find(around)
        if at >= 0 and len(around) > end - start:
            return article.count("\n", 0, at) + 1
    return None


def _answer_typed(code: str) -> str:
    """Code with the digits answered for that were typed into it: they carry their line, mark the
    item of a list, or are an index such as `[0]` in `x[i][0]`, which elsewhere labels a link."""
    typed = rf"[0-9]+(?={_LINE.pattern})|(?m:^)[ \t]*[0-9]+(?=[.)][ \t])|(?<=\]\[)[0-9]+(?=\])"
    return re.sub(typed, lambda found: disguised(found[0]), code)


class _Reader(HTMLParser):
    """The text that a reader sees, in blocks, each with the element that holds it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._text: list[tuple[bool, str]] = []  # whether it is code, and what it says
        self._open: list[tuple[str, bool]] = []  # element, and whether it is a mark
        self.blocks: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(reversed(attrs))
        if tag in _BLOCKS:
            self._end_block()
        spoken = [attributes.get(name) for name in _SPOKEN]
        if tag in ("input", "button"):
            spoken.append(attributes.get("value"))
        note = "footnote-" in (attributes.get("class") or "")  # a reference, or the way back
        if note or (tag == "ol" and attributes.get("start") == "1"):
            spoken = []
        for said in filter(None, spoken):
            # A mark has no place in an attribute; there its digits are answered for without.
            self.blocks.append(("", said.translate(str.maketrans(MARKED, ANSWERED))))
        if tag not in VOID:
            self._open.append(
                ("reference" if note else tag, "data-src" in attributes and tag in MARKS)
            )

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
        names = ["a" if name == "reference" else name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        names = {name for name, _ in self._open}
        if names & (_HIDDEN | {"reference"}):
            return
        if any(mark for _, mark in self._open):
            data = data.translate(str.maketrans(MARKED, ANSWERED))
        else:
            data = data.translate(_UNMARK)
        self._text.append((bool(names & _CODE), data))

    def close(self) -> None:
        super().close()
        self._end_block()

    def _end_block(self) -> None:
        text = ""
        for is_code, pieces in groupby(self._text, key=lambda piece: piece[0]):
            run = "".join(piece for _, piece in pieces)
            text += _answer_typed(run) if is_code else run
        if text.strip():
            holder = next((name for name, _ in reversed(self._open) if name in _BLOCKS), "")
            self.blocks.append((holder, text))
        self._text = []
