"""The Markdown that Hugo's Goldmark and Python-Markdown read alike.

What the two read differently is rewritten where there is one way to mean it, and refused where
there is not. Code, whether fenced or in backticks, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CODE = re.compile(r"(^```(?s:.*?)^```[ \t]*$|`[^`\n]+`)", re.MULTILINE)
_TAG = re.compile(r"(<[A-Za-z/!][^<>]*>)")
_KINDS = {
    "heading": r"#{1,6} ",
    "list": r"[-*+] |[0-9]+[.)] ",
    "table": r"\|",
    "quote": r">",
    "fence": r"```",
    "html": r"</?(?:div|figure|figcaption|table|details|section|aside|p|ul|ol|dl|svg)\b",
}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)")
_EMPHASIS = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![*\w])")


@dataclass(frozen=True)
class Difference:
    """Something that the two read differently: the line's text, and how to write it."""

    text: str
    what: str
    advice: str


# What is refused, line by line outside code: a pattern, what it is, what to do.
_REFUSED = (
    (r"#{1,6} (?!.*\{#[^}\s]+\}\s*$)", "a heading without an id", "end it with {#id}"),
    (r"(=+|-+)\s*$", "a heading by underlining", "write `## heading {#id}`"),
    (r"\s*[-*+] \[[ xX]\] ", "a task list", "write the box as text, ☐ or ☑"),
    (
        r" {1,3}(?:[-*+]|[0-9]+[.)]) ",
        "a list indented by less than four spaces",
        "indent it by 4",
    ),
    (r"\*\[[^\]]+\]:", "an abbreviation", "write <abbr title=…>…</abbr>"),
    (r".*\{:[^}]*\}", "an attribute list", "write the element in HTML"),
    (r".*(?<![\w\"'(<=/])https?://", "an address that is no link", "write [text](address)"),
    (r"\|.*`[^`]*\\\|", "a bar in the code of a table", "write <code>…&#124;…</code>"),
    (r"(?:[-*+]|[0-9]+[.)]) +```", "a fence in a list", "put it between two lists"),
)


def settled(text: str) -> str:
    """The text with what can be meant in one way only written so that both read it alike."""
    parts = _CODE.split(text)
    parts[::2] = [_settle(part) for part in parts[::2]]
    return _set_apart("".join(parts))


def differences(text: str) -> Iterator[Difference]:
    """What the two would read differently."""
    before = ""
    fenced = False
    for line in text.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            plain = re.sub(r"`[^`\n]+`", "``", line)
            for pattern, what, advice in _REFUSED:
                seen = line if "table" in what else plain
                if what == "a heading by underlining" and not _is_text(before):
                    continue
                if re.match(pattern, seen):
                    yield Difference(line, what, advice)
        before = line


def _is_text(line: str) -> bool:
    """Whether a line is of a paragraph, so that dashes below would make it a heading."""
    return bool(line.strip()) and not line.startswith(("|", ">", "#", "<", "```", "---"))


def _settle(text: str) -> str:
    """Outside code: escapes as references, bold and italics as elements, no tilde."""
    text = _ESCAPED.sub(lambda found: f"&#{ord(found[1])};", text)
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    text = _EMPHASIS.sub(r"<em>\1</em>", text)
    parts = _TAG.split(text)
    parts[::2] = [part.replace("~", "&#126;") for part in parts[::2]]
    return "".join(parts)


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
