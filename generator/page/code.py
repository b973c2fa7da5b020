"""Where a Markdown text is code, which no rewriting may touch."""

from __future__ import annotations

import re
from collections.abc import Callable

_CODE = re.compile(
    r"""^[ >\t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?s:.*?)(?:^[ >\t]*(?P=fence)[`~]*[ \t]*$|\Z)
    | <(?P<raw>pre|script|style)\b(?s:.*?)</(?P=raw)>
    | (?<![\\`])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n)(?s:.))+?(?<!`)(?P=ticks)(?!`)""",
    re.MULTILINE | re.VERBOSE,
)


def replace_code(text: str, change: Callable[[str], str]) -> str:
    """The text with every piece of code changed."""
    return _CODE.sub(lambda code: change(code[0]), text)


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where each piece of code begins and ends."""
    return [code.span() for code in _CODE.finditer(text)]


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed that is not code: fences, backticks, raw elements."""
    done: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        done += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*done, change(text[at:])])
