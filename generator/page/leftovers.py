"""What an author meant as Markdown and every reader leaves as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.page.code import replace_code
from generator.page.commonmark import OUT, Reading

# How it looks in what readers take for text, what it is, and what to do.
_STARS = (
    r"\*\*+",
    "bold that does not end",
    "close it with ** in the same paragraph, right after a word; write \\*\\* for two stars",
)
_LINK = (
    r"(?<![A-Za-z0-9_\]])\[[^\[\]\n]+\]\[[^\[\]\n]+\]",
    "a link to a definition that is not there",
    "add `[name]: address` on a line of its own, or write [text](address)",
)
_FOOTNOTE = (
    r"\[\^[^\[\]\s]+\]",
    "a footnote that is not there",
    "add `[^name]: words` on a line of its own",
)
_FORMULA = (
    # Two dollars right at what they enclose, or around an equation; `$$ to $$$` is a price.
    r"(?<!\$)\$\$(?=[^$]*[A-Za-z0-9\\])(?:[^\s$]|[^\s$][^$]*[^\s$]|[^$]*[=+\\^_<>][^$]*)"
    r"\$\$(?![\w$])"
    # A dollar that begins it, a command, a power or an index, and the dollar that ends it.
    rf"|\$(?![\s${OUT}])[^$\n]*(?:\\[A-Za-z]|[\^_])[^$\n]*(?<![\s{OUT}])\$(?![A-Za-z0-9$])"
    r"|\\(?:[dt]?frac|sqrt|text|math[a-z]+|operatorname|begin)\b *\{",
    "a formula in TeX, which nobody typesets",
    "write it in HTML, <var>x</var><sup>n</sup> or <sub>i</sub>, and in Unicode, √ ∑ ≤ ×; what is "
    "no formula goes into backticks",
)
# Brackets of TeX look escaped: a text that was read has lost them. Words may stand in them, too.
_BRACKETS = re.compile(
    r"(?<!\\)\\(?:\((?P<inline>(?:(?!\\\)|\n\n).)+)\\\)|\[(?P<block>(?:(?!\\\]|\n\n).)+)\\\])",
    re.DOTALL,
)
_INLINE = re.compile(
    r"\s*[A-Za-z]\w?\s*|.*(?:[=^\\]|\b\w_|\b\w\(|\b\w\s*[-+*/<>]\s*\w\b).*", re.DOTALL | re.ASCII
)
_BLOCK = re.compile(r"\s.*[=+<>^\\].*|.*(?:\\[A-Za-z]|\^).*", re.DOTALL)
_CODE = re.compile(r"(?s)<(code|kbd|samp)\b.*?</\1>")
# What many blogs draw of a fence in one of these languages, and Hugo of `goat`.
_DRAWING = re.compile(r"``` *(?:mermaid|goat|plantuml|math)\b", re.IGNORECASE)
_DRAWN = (
    "a drawing that a program would make of this code, and none does",
    "call a diagram of the theme, diagram.NAME(…), or put a picture beside the article; to show "
    "the code, write ```text",
)


@dataclass(frozen=True)
class Leftover:
    """Something that shows as it was written: its line, 1 for the text's first, and that line, what
    it was meant for, and how to write it."""

    line: int
    text: str
    what: str
    advice: str


def leftovers(reading: Reading) -> list[Leftover]:
    """What is left of bold, formulas, links and footnotes as it was written, and of code that is to
    be drawn; in HTML, of bold and formulas alone."""
    lines = reading.text.split("\n")
    found = [
        *_found(reading.texts, (_STARS, _FORMULA, _LINK, _FOOTNOTE)),
        *_found(reading.html_texts, (_STARS, _FORMULA)),
        *((n, *_DRAWN) for n, line in enumerate(lines, 1) if _begins_drawing(n, line, reading)),
    ]
    return [Leftover(n, lines[n - 1], what, advice) for n, what, advice in sorted(set(found))]


def bracketed(source: str) -> list[Leftover]:
    r"""Formulas between `\(` and `\)`, or `\[` and `\]`, in Markdown as its author wrote it."""
    if not _BRACKETS.search(source):
        return []
    text = _CODE.sub(lambda code: _blank(code[0]), replace_code(source, _blank))
    lines = source.split("\n")
    numbers = {
        text.count("\n", 0, found.start())
        for found in _BRACKETS.finditer(text)
        if _INLINE.fullmatch(found["inline"] or "") or _BLOCK.fullmatch(found["block"] or "")
    }
    return [Leftover(n + 1, lines[n], *_FORMULA[1:]) for n in sorted(numbers)]


def _blank(code: str) -> str:
    return re.sub(r"[^\n]", " ", code)


def _begins_drawing(number: int, line: str, reading: Reading) -> bool:
    inside = number in reading.fenced or number in reading.in_html
    return not inside and bool(_DRAWING.match(line))


def _found(
    texts: list[tuple[int, str]], sorts: tuple[tuple[str, str, str], ...]
) -> Iterator[tuple[int, str, str]]:
    for first, text in texts:
        for pattern, what, advice in sorts:
            for found in re.finditer(pattern, text):
                yield first + text.count("\n", 0, found.start()), what, advice
