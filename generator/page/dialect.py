"""The Markdown that Hugo's Goldmark and Python-Markdown read alike.

What the two read differently is rewritten where there is one way to mean it, and refused where
there is not. Code stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from generator.page.code import outside_code

_KINDS = {
    "heading": r"#{1,6} ",
    "list": r"- |[0-9]+\. ",
    "table": r"\|",
    "quote": r">",
    "fence": r"```",
    "html": r"</?(?:div|figure|figcaption|table|details|section|aside|p|ul|ol|dl|svg)\b",
}
_BLOCK = re.compile(r"<(/?)(?:div|figure|details|section|aside|table|ul|ol|dl|svg)\b[^>]*?(/?)>")
_TAG_OR_TARGET = re.compile(r"(<[A-Za-z/!][^<>]*>|(?<=\])\([^()\s]*\))")
_BULLET = re.compile(r"^((?: {4})*)[*+] ", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)")
_EMPHASIS = re.compile(r"(?<![*A-Za-z0-9_])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![*A-Za-z0-9_])")


@dataclass(frozen=True)
class Difference:
    """Something that the two read differently: the line's text, and how to write it."""

    text: str
    what: str
    advice: str


# What is refused, line by line outside code: a pattern, what it is, what to do.
_REFUSED = (
    (r"#{1,6} +(?!\{)(?!.*\{#[^}\s]+\}\s*$)", "a heading without an id", "end it with {#id}"),
    (r"#{1,6} *(?:\{[^}]*\})?\s*$", "a heading without words", "give it some, or take it out"),
    (r"#+[^#\s]|#{7,}", "a heading without a space, or too deep", "write `## heading {#id}`"),
    (r"\s*(?:-|[0-9]+\.) \[[ xX]\] ", "a task list", "write the box as text, ☐ or ☑"),
    (r"\s*[0-9]+\) ", "a list numbered with a bracket", "write `1.`"),
    (r"\s*(?:-|[0-9]+\.) +(?:#|>|\||```|~~~)", "a block in a list item", "put it after the list"),
    (r"\*\[[^\]]+\]:", "an abbreviation", "write <abbr title=…>…</abbr>"),
    (r"\[TOC\]\s*$", "a mark for a table of contents", "use ShowToc in the front matter"),
    (r".*\{:[^}]*\}|.*\)\{[^}]*\}", "an attribute list", "write the element in HTML"),
    (r".*(?<![\w\"'(<=/])https?://", "an address that is no link", "write [text](address)"),
    (r".*\]\([^)]*\s[^)\"']*\)|.*\]\(<", "a space in an address", "write %20"),
    (r">\s*(?:[-*+]|[0-9]+[.)]) ", "a list in a quotation", "write the quotation in HTML"),
    (r"(?: {4})* {1,3}[^\s<]", "a line that begins with stray spaces", "indent it by 0, 4 or 8"),
)


def settled(text: str) -> str:
    """The text with what can be meant in one way only written so that both read it alike."""
    return _set_apart(outside_code(text, _settle))


def differences(text: str) -> Iterator[Difference]:
    """What the two would read differently."""
    above = quoted = ""
    item, open_blocks, fenced = "", 0, False
    for line in text.split("\n"):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
            if line.startswith("~~~") or re.match(r"`{4,}|```\w+ *\{", line):
                yield Difference(line, "a fence of another kind", "use ``` and a language alone")
        elif fenced:
            pass
        elif re.match(r"[ >\t]+(?:```|~~~)", line):
            yield Difference(line, "a fence that is indented", "begin it at the margin")
        else:
            in_html = open_blocks > 0 or line.startswith("<")
            open_blocks += sum(1 - 2 * bool(m[1]) - bool(m[2]) for m in _BLOCK.finditer(line))
            if open_blocks > 0 and not line.strip():
                yield Difference(above, "a blank line inside HTML", "take it out")
                open_blocks = 0
            plain = re.sub(r"`[^`\n]+`", "``", line)
            for pattern, what, advice in () if in_html else _REFUSED:
                if re.match(pattern, plain):
                    yield Difference(line, what, advice)
                    break
            if re.match(r"(?:=+|-+)\s*$", line) and _is_text(above):
                yield Difference(line, "a heading by underlining", "write `## heading {#id}`")
            if line.startswith("|") and any("|" in code for code in line.split("`")[1::2]):
                advice = "write <code>…&#124;…</code>"
                yield Difference(line, "a bar in the code of a table", advice)
            if line.startswith(">") and quoted and not above.strip():
                yield Difference(line, "two quotations in a row", "put words between them")
            kind = "1" if re.match(r"[0-9]+\. ", line) else "-" if line.startswith("- ") else ""
            if kind and item and kind != item:
                yield Difference(line, "a list right after another", "put words between them")
            if line.strip() and not line.startswith(" "):
                item = kind or (item if _is_text(above) and above.strip() else "")
            quoted = line if line.startswith(">") else "" if line.strip() else quoted
        above = line
    if fenced:
        yield Difference(above, "a fence that is not closed", "close it with ```")


def _is_text(line: str) -> bool:
    """Whether a line is of a paragraph, so that dashes below would make it a heading."""
    return bool(line.strip()) and not line.startswith(("|", ">", "#", "<", "```", "---"))


def _settle(text: str) -> str:
    """Outside code: one kind of bullet, escapes as references, bold and italics as elements, no
    tilde, and addresses of ASCII characters alone."""
    text = text.replace("\\\n", "  \n")
    text = _BULLET.sub(r"\1- ", text)
    parts = _TAG_OR_TARGET.split(text)
    parts[1::2] = [_address(part) for part in parts[1::2]]
    parts[::2] = [_ESCAPED.sub(lambda f: f"&#{ord(f[1])};", part) for part in parts[::2]]
    parts[::2] = [part.replace("~", "&#126;") for part in parts[::2]]
    # Bold may hold tags; what stands in a tag or a target is put back untouched.
    joined = "".join(f"\x00{n}\x01" if n % 2 else part for n, part in enumerate(parts))
    joined = _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", joined))
    return re.sub(r"\x00(\d+)\x01", lambda found: parts[int(found[1])], joined)


def _address(part: str) -> str:
    if part.startswith("<"):
        return part
    return f"({quote(part[1:-1], safe='/:?#@!$&+,;=%~.-_*')})"


def _set_apart(text: str) -> str:
    """A blank line around what is no paragraph, where its author left none."""
    lines: list[str] = []
    fenced = in_html = False
    for line in text.split("\n"):
        above = lines[-1] if lines else ""
        in_html = in_html and bool(above.strip())  # a blank line ends a block of HTML
        if line.startswith("```"):
            if not fenced and _is_text(above) and not in_html:
                lines.append("")
            fenced = not fenced
        elif not fenced and not in_html and above.strip() and line.strip():
            kind, kind_above = _kind(line), _kind(above)
            goes_on = kind == kind_above or {kind, kind_above} == {"text", "quote"}
            of_list = kind_above == "list" and kind == "text"  # the item's own paragraph
            if "heading" in (kind, kind_above) or not (goes_on or of_list):
                lines.append("")
        in_html = in_html or (not fenced and _kind(line) == "html")
        lines.append(line)
    return "\n".join(lines)


def _kind(line: str) -> str:
    for kind, pattern in _KINDS.items():
        if re.match(pattern, line):
            return kind
    return "text"
