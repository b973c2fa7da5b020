"""What Hugo's Goldmark and Python-Markdown would read differently in a page's Markdown.

Some constructs are refused by name, because themes or a blog's settings change them. All others are
read by a CommonMark parser too, and refused where the two outlines part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from generator.page.commonmark import Reading
from generator.page.dialect import SHORTCODE
from generator.page.outline import Piece, outline


@dataclass(frozen=True)
class Difference:
    """Something that the two read differently: its line, 1 for the text's first, and its text,
    what it is, and how to write it."""

    line: int
    text: str
    what: str
    advice: str


# What is refused where a line outside code and HTML begins so: a pattern, what it is, what to do.
_REFUSED = (
    (r"#{1,6} +(?!\{)(?!.*\{#[^}\s]+\}\s*$)", "a heading without an id", "end it with {#id}"),
    (r"#{1,6} .*\{#(?:page-|fn)", "an id that the page itself uses", "choose another"),
    (r"#{1,6} *(?:\{[^}]*\})?\s*$", "a heading without words", "give it some, or take it out"),
    (r"#+[^#\s]|#{7,}", "a heading without a space, or too deep", "write `## heading {#id}`"),
    (r"[ >]*(?:(?:-|[0-9]+\.) +)+\[[ xX]\]", "a task list", "write the box as text, ☐ or ☑"),
    (r"\s*[0-9]+\) ", "a list numbered with a bracket", "write `1.`"),
    (r"\*\[[^\]]+\]:", "an abbreviation", "write <abbr title=…>…</abbr>"),
    (r"\[TOC\]\s*$", "a mark for a table of contents", "use ShowToc in the front matter"),
    (
        r".*\{:[^}]*\}|.*\)\{[^}]*\}|\s*\{(?:\.[^}]*|#[^\s}]+)\}\s*$",
        "an attribute list",
        "write the element in HTML",
    ),
    (
        r"(?!\[[^\]]+\]: ).*(?<![\w\"'(<=/])https?://",
        "an address that is no link",
        "write [text](address)",
    ),
    (r".*\]\([^)]*\s[^)\"']*\)|.*\]\(<", "a space in an address", "write %20"),
    (
        r".*(?<!!)\[[^\]]*\[\^[^\]]+\][^\]]*\]\(",
        "a footnote inside a link",
        "put it behind the link; "
        "`fact_value` gives the number without its footnote, and `cite` the footnote",
    ),
    (r".*!\[[^\]]*[*_`<&]", "a picture's description that is more than words", "write it plainly"),
    (r".*<!(?!--)", "a declaration", "write < as &lt;"),
    (r"\s*\[\^[^\]]+\]:\s*(?:$|\[)", "a footnote without words", "write them on the same line"),
    (r"~~~|`{4,}|```\w+ *\{", "a fence of another kind", "use ``` and a language alone"),
)
# The same of lines inside HTML.
_REFUSED_IN_HTML = (
    (r".*<!(?!--)", "a declaration", "write < as &lt;"),
    (r"\s*\[\^[^\]]+\]:", "a footnote", "put it outside the HTML, with a blank line before it"),
)
_FENCE = (
    "a fence of code",
    "begin it at the margin, outside lists and quotations, and close it with ```; {% raw %} and "
    "{% endraw %} in it stand on lines of their own",
)
_INDENTED = ("an indented line", "begin it at the margin, or 4 spaces in to go on with a list")
_TABLE = (
    "a table",
    "begin and end its lines with |, give it as many dashes as headers and at least one row, put "
    "blank lines around it, keep it out of lists, and write | in code as <code>…&#124;…</code>",
)
_DEFINITION = (
    "a definition",
    "write `: ` and words on one line, right below what they define; more belongs in HTML",
)
_LESS = ("a text with <", "write < as &lt; where no element is meant, and leave an element whole")
# Where the outlines part: how the block, or its part, begins, what it is, what to do.
_SORTS = (
    (r"[ >\t]*(?:[-*+]|[0-9]+[.)])? *(?:```|~~~)", *_FENCE),
    (r".*\n(?:=+|-+)[ \t]*$", "a heading by underlining", "write `## heading {#id}`"),
    (r".*\|.*(?:\n|$)", *_TABLE),
    (r">", "a quotation", "put words between two of them, and no list or code into one"),
    (r" *(?:[-*+]|[0-9]+[.)]) ", "a list",
     "indent what is inside by 4 spaces, leave a blank line between all items or none, put words "
     "between two lists, and keep headings, tables, quotations and code out"),
    (r" ", *_INDENTED),
    (r":\s", *_DEFINITION),
    (r".*<[A-Za-z/]", *_LESS),
)  # fmt: skip
_SHOWN = 40  # characters of a reading that a message repeats
_LONG = 1000  # characters of a block that are not worth reading twice
_HTML = (
    "HTML",
    "put a blank line before and after it and none inside, and begin with <div>, <p> or another "
    "block",
)
_PARTNER = (
    "close each element, inside the one that it was opened in; where none is meant, write < as &lt;"
)
_SHORTCODE = ("a shortcode of Hugo's that is not closed", "close it on its line, or write &#123;")
_UNUSED = (
    "a footnote that nothing refers to",
    "write its [^name] where it belongs, or take it out",
)
_WIDE = ("a row of a table with more cells than its header",
         "give the header as many, or write | as &#124;")  # fmt: skip
_TWICE = ("a footnote that was there before", "give each its own label")


def differences(reading: Reading, html: Callable[[], str]) -> list[Difference]:
    """What the two would read differently in a text, and elements that are not closed.

    `html` makes Python-Markdown's reading; it is asked for only where nothing is refused by name,
    for that reader fails on some of it.
    """
    found = list(_refused(reading)) or list(_unclosed(reading))
    return found or list(_parted(reading, str(html())))


def _refused(reading: Reading) -> Iterator[Difference]:
    lines = list(enumerate(reading.text.split("\n"), 1))
    notes: set[str] = set()
    cited = {
        label
        for number, line in lines
        if number not in reading.fenced
        for label in re.findall(r"\[\^([^\]\s]+)\](?!:)", line)
    }
    prose = [(n, line) for n, line in lines if n not in reading.fenced and n not in reading.in_html]
    definitions = [n for n, line in prose if re.match(r"[ >]*:\s", f"{line} ")]
    for number, line in lines:
        if re.search(r"\{\{[<%]", SHORTCODE.sub("", line).replace("{{}}", "")):
            yield Difference(number, line, *_SHORTCODE)
        if number in reading.fenced:
            continue
        in_html = number in reading.in_html
        # Code is no Markdown; what stands for it is as long.
        plain = re.sub(r"`[^`\n]+`", lambda f: f"`{'·' * (len(f[0]) - 2)}`", line)
        patterns = _REFUSED_IN_HTML if in_html else _REFUSED
        named, end = next(
            (
                ((what, how), found.end())
                for begins, what, how in patterns
                if (found := re.match(begins, plain))
            ),
            (None, 0),
        )
        if number in reading.open_fences:
            named = _FENCE
        elif number in reading.indented:
            named = _INDENTED
        elif not in_html and _is_dashes(line) and number not in reading.table_dashes:
            named = named or _TABLE
        elif number in reading.second_parts or (
            number in definitions
            and (len(definitions) != reading.definitions or not line.strip(" :"))
        ):
            named = named or _DEFINITION
        elif number in reading.wide_rows:
            named = named or _WIDE
        elif note := re.match(r"\[\^([^\]]+)\]:", line):
            known, unused = note[1] in notes, note[1] not in cited
            named = named or (_TWICE if known else _UNUSED if unused else None)
            notes.add(note[1])
        if named:
            yield Difference(number, line[max(0, end - 24) :], *named)


def _is_dashes(line: str) -> bool:
    """Whether a line could stand below the header of a table. Goldmark forgives more there."""
    return ("|" in line or ":" in line) and bool(re.fullmatch(r"[\s>|:-]*-[\s|:-]*", line))


def _unclosed(reading: Reading) -> Iterator[Difference]:
    """The first element whose beginning or end has no partner."""
    lines = reading.text.split("\n")
    stack: list[Piece] = []
    alone: list[Piece] = []
    for piece in outline(*_without(reading.html_blocks, reading.html)):
        if piece.opens:
            stack.append(piece)
        elif piece.closes and piece.closes in {opened.opens for opened in stack}:
            while stack[-1].opens != piece.closes:
                alone.append(stack.pop())
            stack.pop()
        elif piece.closes:
            alone.append(piece)
    for piece in (alone + stack)[:1]:
        line = lines[piece.line - 1]
        at = max(0, line.find(f"<{piece.opens or '/' + piece.closes}"))
        what = f"HTML whose {piece.said} has no partner"
        yield Difference(piece.line, line[at:] or line, what, _PARTNER)


def _parted(reading: Reading, html: str) -> Iterator[Difference]:
    lines = reading.text.split("\n")
    ours, theirs = map(outline, _without(reading.html_blocks, html, reading.html))
    for number, (by_site, by_hugo) in sorted(_lines_parted(ours, theirs).items()):
        what, advice = _explained(number, lines, reading.in_html) or (
            "a text",
            f"Hugo makes {by_hugo} of it, and the site {by_site}; write it more simply, or in HTML",
        )
        yield Difference(number, lines[number - 1], what, advice)


def _without(blocks: Sequence[str], *readings: str) -> Sequence[str]:
    """The readings without the long blocks of HTML, such as diagrams, that they have in common."""
    for number, block in enumerate(blocks):
        block = block.strip()
        if len(block) >= _LONG and all(block in reading for reading in readings):
            readings = tuple(r.replace(block, f"<hr id={number}>", 1) for r in readings)
    return readings


def _lines_parted(ours: list[Piece], theirs: list[Piece]) -> dict[int, tuple[str, str]]:
    """The lines of the blocks in which two outlines say different things, and what each says
    first."""
    if ours == theirs:
        return {}
    matcher = SequenceMatcher(
        None, [piece.said for piece in ours], [piece.said for piece in theirs], autojunk=False
    )
    last = theirs[-1].line if theirs else 1
    parted: dict[int, tuple[str, str]] = {}
    for what, *ours_from_to, at, end in matcher.get_opcodes():
        if what != "equal":
            line = theirs[at].line if at < len(theirs) else last
            said = _said(ours[slice(*ours_from_to)]), _said(theirs[at:end])
            parted.setdefault(line, said)
    return parted


def _said(pieces: Sequence[Piece]) -> str:
    text = "".join(piece.said for piece in pieces)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"“{shown}”" if text else "nothing"


def _explained(
    number: int, lines: Sequence[str], in_html: frozenset[int]
) -> tuple[str, str] | None:
    """What the block is that begins on a line, and how to write it, where that is known."""
    if lines[number - 1].startswith("<") or {number - 1, number - 2} & in_html:
        return _HTML
    block = "\n".join(lines[number - 1 : number + 1])
    known = ((what, advice) for begins, what, advice in _SORTS if re.match(begins, block))
    return next(known, None)
