"""Markdown that Hugo's Goldmark and Python-Markdown read alike.

What the two would read differently is rewritten here where there is one way to mean it;
`generator.page.differences` refuses the rest. Code stays as it is.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from generator.page.code import replace_code

# What Hugo takes for a shortcode stands on one line within such braces. It looks for them in code
# too.
_INSIDE = r"(?:(?!\{\{|\}\}).)*"
SHORTCODE = re.compile(rf"(?<=\{{\{{)(<{_INSIDE}>|%{_INSIDE}%)(?=\}}\}})")
_KINDS = {
    "heading": r"#{1,6} ",
    "list": r"- |[0-9]+\. ",
    "table": r"\|",
    "quote": r">",
    "fence": r"```",
    "html": r"</?(?:div|figure|figcaption|table|details|section|aside|p|ul|ol|dl|svg)\b",
}
_TAG_OR_TARGET = re.compile(
    r"""(<!--(?s:.*?)-->|<[A-Za-z/!](?:"[^"]*"|'[^']*'|[^<>"'])*>|(?<=\])\([^()\s]*\))"""
)
# What a blog's typographer would make other characters of, quotes, dashes and dots; but not the
# title of a link, nor a line that is a rule or a table's.
_CURLED = re.compile(
    r"""(?P<kept>[ ]"[^"\n]*"(?=\))|(?m:^\[(?!\^)[^\]\n]+\]:.*$)|(?m:^[ >|:-]+$))"""
    r"""|['"]|\.\.\.|-{2,3}"""
)
_BULLET = re.compile(r"^((?: {4})*)[*+] (?![*+\s]*$)", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)")
_STRUCK = re.compile(r"(?<!~)~~(?=[^\s~])([^~\n]+?)(?<=[^\s~])~~(?!~)")
_EMPHASIS = re.compile(r"(?<![*A-Za-z0-9_])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![*A-Za-z0-9_])")


def settled(text: str) -> str:
    """The text with what can be meant in one way only written so that both read it alike."""
    codes: list[str] = []

    def keep(code: str) -> str:
        codes.append(code)
        return f"\x02{len(codes) - 1}\x03"

    settled = _settle(replace_code(text, keep))
    return _set_apart(re.sub(r"\x02(\d+)\x03", lambda found: codes[int(found[1])], settled))


def _settle(text: str) -> str:
    """Outside code: one kind of bullet, escapes as references, bold, italics and what is struck
    out as elements, no other tilde, addresses of ASCII characters alone, and nothing for a
    typographer to change."""
    text = re.sub(r"\\\n| {3,}\n", "  \n", text)
    text = _BULLET.sub(r"\1- ", text)
    parts = _TAG_OR_TARGET.split(text)
    parts[1::2] = [_address(part) for part in parts[1::2]]
    parts[::2] = [_ESCAPED.sub(lambda f: f"&#{ord(f[1])};", part) for part in parts[::2]]
    parts = [re.sub(r"\{\{(?=[<%])", "&#123;&#123;", part) for part in parts]
    parts[::2] = [_CURLED.sub(_straight, part) for part in parts[::2]]
    # Bold may hold tags; what stands in a tag or a target is put back untouched.
    joined = "".join(f"\x00{n}\x01" if n % 2 else part for n, part in enumerate(parts))
    joined = _STRUCK.sub(r"<del>\1</del>", joined).replace("~", "&#126;")
    joined = _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", joined))
    return re.sub(r"\x00(\d+)\x01", lambda found: parts[int(found[1])], joined)


def _straight(found: re.Match[str]) -> str:
    return found[0] if found["kept"] else "".join(f"&#{ord(c)};" for c in found[0])


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


def _is_text(line: str) -> bool:
    """Whether a line is of a paragraph, so that dashes below would make it a heading."""
    return bool(line.strip()) and not line.startswith(("|", ">", "#", "<", "```", "---"))
