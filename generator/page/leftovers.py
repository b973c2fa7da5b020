"""What an author meant as Markdown and every reader leaves as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.page.commonmark import Reading

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


@dataclass(frozen=True)
class Leftover:
    """Something that shows as it was written: its line, 1 for the text's first, and that line, what
    it was meant for, and how to write it."""

    line: int
    text: str
    what: str
    advice: str


def leftovers(reading: Reading) -> list[Leftover]:
    """What is left of bold, links and footnotes as it was written; in HTML, of bold alone."""
    lines = reading.text.split("\n")
    found = [
        *_found(reading.texts, (_STARS, _LINK, _FOOTNOTE)),
        *_found(reading.html_texts, (_STARS,)),
    ]
    return [Leftover(n, lines[n - 1], what, advice) for n, what, advice in sorted(set(found))]


def _found(
    texts: list[tuple[int, str]], sorts: tuple[tuple[str, str, str], ...]
) -> Iterator[tuple[int, str, str]]:
    for first, text in texts:
        for pattern, what, advice in sorts:
            for found in re.finditer(pattern, text):
                yield first + text.count("\n", 0, found.start()), what, advice
