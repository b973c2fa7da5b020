"""A text as CommonMark reads it, for comparison: Hugo's Goldmark follows the same rules.

The parser is markdown-it-py, with the extensions of the blog: tables, footnotes, lists of
definitions, and headings that end with their id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

LINE = "line-mark"  # the element that says on which line of the text the next block begins
_TEXTS = "texts"  # where the parser keeps them while it reads
OUT = "\0"  # stands for what is no text
_CODE = "code|kbd|samp|pre|script|style"
_NO_TEXT = re.compile(rf"(?s)<({_CODE})\b.*?</\1>|<!--.*?-->|</?[A-Za-z][^<>]*>")
_ID = re.compile(r"\s*\{#([^}\s]+)\}\s*$")


@dataclass(frozen=True)
class Reading:
    """A text read: as HTML, with `<line-mark n=…>` before every block, and the HTML blocks in it.

    Of the lines, by number: which stand in a fence, which begin code by indentation, which begin
    a fence that is not closed, which stand in an HTML block, which begin the second part of a
    definition, which are the dashes below the header of a table that has rows, and which are rows
    with more cells than that header. `definitions` counts them.

    `texts` are what is read as text, block by block, each with its first line and with what was
    escaped, code and markup taken out; `html_texts` the same of the HTML blocks.
    """

    text: str
    html: str
    html_blocks: list[str]
    fenced: frozenset[int]
    indented: frozenset[int]
    open_fences: frozenset[int]
    in_html: frozenset[int]
    definitions: int
    second_parts: frozenset[int]
    table_dashes: frozenset[int]
    wide_rows: frozenset[int]
    texts: list[tuple[int, str]]
    html_texts: list[tuple[int, str]]


def read(text: str) -> Reading:
    """The text as CommonMark reads it."""
    parser = MarkdownIt("commonmark").enable("table").use(deflist_plugin).use(footnote_plugin)
    parser.core.ruler.after("block", "heading_ids", _heading_ids)
    parser.core.ruler.before("text_join", "texts", _keep_texts)  # which joins what was escaped
    for name, render in _FOOTNOTES.items():
        parser.add_render_rule(name, render)
    kept: dict[str, Any] = {}
    tokens = parser.parse(text, kept)
    lines = text.split("\n")
    spans: dict[str, list[tuple[int, int]]] = {}
    for token in tokens:
        if token.map:
            spans.setdefault(token.type, []).append((token.map[0], token.map[1]))
    fences, blocks = spans.get("fence", []), spans.get("html_block", [])
    return Reading(
        text=text,
        html=str(parser.renderer.render(list(_with_lines(tokens)), parser.options, {})),
        html_blocks=[token.content for token in tokens if token.type == "html_block"],
        fenced=frozenset(n + 1 for first, end in fences for n in range(first + 1, end)),
        indented=frozenset(first + 1 for first, _ in spans.get("code_block", [])),
        open_fences=frozenset(
            first + 1
            for first, end in fences
            if end - first < 2 or not re.match(r"[\s>]*(?:```|~~~)", lines[end - 1])
        ),
        in_html=frozenset(n + 1 for first, end in blocks for n in range(first, end)),
        definitions=sum(token.type == "dd_open" for token in tokens),
        second_parts=frozenset(_second_parts(tokens)),
        table_dashes=frozenset(first for first, _ in spans.get("tbody_open", [])),
        wide_rows=frozenset(_wide_rows(tokens, lines)),
        texts=kept[_TEXTS],
        html_texts=[
            (token.map[0] + 1, _NO_TEXT.sub(_taken_out, token.content))
            for token in tokens
            if token.type == "html_block" and token.map
        ],
    )


def _second_parts(tokens: list[Token]) -> Iterator[int]:
    inside: list[Token] = []
    level = -1
    for token in tokens:
        if token.type == "dd_open":
            inside, level = [], token.level + 1
        elif token.level == level and token.nesting >= 0 and token.map:
            inside.append(token)
            if len(inside) == 2:
                yield token.map[0] + 1
        elif token.level < level:
            level = -1


def _wide_rows(tokens: list[Token], lines: list[str]) -> Iterator[int]:
    """The lines of rows whose last cells no reader shows, for the header has none above them."""
    header = 0
    for token in tokens:
        if token.type == "table_open":
            header = 0
        elif token.type == "tr_open" and token.map:
            cells = escapedSplit(lines[token.map[0]].strip(" \t>"))
            count = len(cells) - (cells[0].strip() == "") - (cells[-1].strip() == "")
            header = header or count
            if count > header:
                yield token.map[0] + 1


def _heading_ids(state: StateCore) -> None:
    for opening, inline in pairwise(state.tokens):
        if opening.type == "heading_open" and (found := _ID.search(inline.content)):
            opening.attrSet("id", found[1])
            inline.content = inline.content[: found.start()]


def _keep_texts(state: StateCore) -> None:
    state.env[_TEXTS] = [
        (token.map[0] + 1, "".join(_plain(token.children or [])))
        for token in state.tokens
        if token.type == "inline" and token.map
    ]


def _plain(tokens: list[Token]) -> Iterator[str]:
    code = ""  # the end of the HTML element of code that is open
    for token in tokens:
        if token.type == "html_inline":
            opened = re.match(rf"<({_CODE})\b", token.content)
            code = f"</{opened[1]}" if opened and not code else code
            code = "" if code and token.content.startswith(code) else code
        # A backslash that escapes nothing is text, with what follows it.
        kept = token.type == "text_special" and token.content == token.markup
        if (token.type == "text" or kept) and not code:
            yield token.content
        else:
            is_break = token.type in ("softbreak", "hardbreak")
            yield OUT + "\n" * (token.content.count("\n") + is_break)


def _taken_out(markup: re.Match[str]) -> str:
    return OUT + "\n" * markup[0].count("\n")


def _with_lines(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.map and token.nesting >= 0 and token.type != "inline":
            content = f'<{LINE} n="{token.map[0] + 1}"></{LINE}>'
            yield Token("html_block", "", 0, content=content)
        yield token


def _reference(_: Any, tokens: Any, index: int, *__: Any) -> str:
    number = tokens[index].meta["id"] + 1
    return f'<sup id="fnref:{number}">{number}</sup>'


def _note(_: Any, tokens: Any, index: int, *__: Any) -> str:
    return f'<li id="fn:{tokens[index].meta["id"] + 1}">'


# Footnotes as Python-Markdown makes them, without the way back.
_FOOTNOTES: dict[str, Any] = {
    "footnote_ref": _reference,
    "footnote_block_open": lambda *_: '<div class="footnote"><hr><ol>',
    "footnote_block_close": lambda *_: "</ol></div>",
    "footnote_open": _note,
    "footnote_close": lambda *_: "</li>",
    "footnote_anchor": lambda *_: "",
}
