"""Which line of an article each line of its page was made of.

An article is rendered once more, with a private character at the end of each of its own lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from generator.page.markdown import join_lines

_FIRST = 0x100000  # the private character of line 0
_END = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + 0xFFFD)}]")


class LineEnds(Extension):
    """Before each line's end in an article's own text, a private character for the line."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data" and (stream.filename or "").endswith(".md"):
                first, *rest = token.value.split("\n")
                marked = [
                    f"{chr(_FIRST + token.lineno + n)}\n{line}" for n, line in enumerate(rest)
                ]
                yield Token(token.lineno, "data", first + "".join(marked))
            else:
                yield token


def lines_behind(marked: str, made: str) -> list[list[int]]:
    """For each line of a page's Markdown, the lines of the article that it was made of.

    `marked` is the body as rendered with LineEnds, `made` the page's Markdown: the same, in which
    lines were joined, rewritten one by one, and set apart by blank lines. Lines that came after
    the body have none.
    """
    body = [(_END.sub("", line), _END.findall(line)) for line in marked.strip().split("\n")]
    numbers: list[int] = []  # of each line of the body: its own, or that of the next that has one
    following = 0
    for _, ends in reversed(body):
        following = ord(ends[-1]) - _FIRST if ends else following
        numbers.append(following)
    numbers.reverse()
    last = max(numbers, default=0)
    rest = [(line, number or last) for (line, _), number in zip(body, numbers, strict=True)]

    joined = join_lines("\n".join(line for line, _ in body)).split("\n")
    groups: list[list[int]] = []
    at = 0
    for line in joined:
        group: list[int] = []
        held = ""
        while at < len(rest) and (not group or len(held) < len(line)):
            held += rest[at][0]
            group.append(rest[at][1])
            at += 1
        if line.strip():
            groups.append(sorted(set(group)))
    written = iter(groups)
    return [next(written, []) if line.strip() else [] for line in made.split("\n")]
