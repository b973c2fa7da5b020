"""What PyYAML says of a mistake, in the words of those who write YAML by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

QUOTE = "quote texts that hold `: `, `#` or start with one of `[{*&!|>%@`."
_LONGEST = 40  # characters of a text in quotes that a hint repeats
# A text that begins with a tag of a template; for YAML that is a mapping, or no beginning at all.
_TAG = re.compile(r" *(?:- +)*([\w.-]+:) +\{[{%]")
# A key as a Chinese keyboard ends it.
_WIDE_COLON = re.compile(r"^ *(?:- +)*([\w.-]+)：", re.MULTILINE)


class Refused(yaml.constructor.ConstructorError):
    """YAML that an author cannot have meant. Where it says the same as an earlier place, `first`
    is that."""

    def __init__(
        self, problem: str, mark: yaml.Mark, hint: str = QUOTE, first: yaml.Mark | None = None
    ) -> None:
        super().__init__(None, None, problem, mark)
        self.hint = hint
        self.first = first


@dataclass(frozen=True)
class Mistake:
    """What is wrong, what to do, and where in the text; `line` and `column` count from 0."""

    problem: str
    hint: str
    line: int
    column: int


def mistake(text: str, error: yaml.MarkedYAMLError, first_line: int) -> Mistake:
    """What keeps `text` from being read, which begins on `first_line` of its file."""
    mark = error.problem_mark or error.context_mark
    assert mark is not None  # every error of a text has a place
    problem, hint = error.problem or error.context or "", QUOTE
    line_start = text.rfind("\n", 0, mark.index) + 1
    if isinstance(error, Refused) and error.first is not None:
        problem, hint = f"{problem}, first on line {error.first.line + first_line}", error.hint
    elif quoted := _open_quote(text, error, mark):
        mark, end = quoted
        excerpt = text[mark.index :].split("\n")[0]
        excerpt = excerpt if len(excerpt) <= _LONGEST else excerpt[: _LONGEST - 1] + "…"
        problem = "the quote that opens here is not closed"
        if end is not None:
            problem = f"the quote that opens here closes only on line {end + first_line}"
        hint = f"end the text with the quote that it begins with: {excerpt}"
    elif tag := _TAG.match(text, line_start):
        problem = "a text that begins with a template's braces needs quotes"
        hint = f"put the whole of it in single quotes: {tag[1]} '…'."
    elif isinstance(error, Refused):
        hint = error.hint
    elif wide := wide_colon(text, max(0, text.rfind("\n", 0, line_start - 1)), mark.index):
        return wide
    elif problem.startswith(r"found character '\t'"):
        problem, hint = "a tab stands where only spaces can", "put spaces in its place."
    elif problem == "but found another document":
        problem, hint = "a second document begins here", "take the line `---` out."
    return Mistake(problem, hint, mark.line, mark.column)


def wide_colon(text: str, begin: int = 0, end: int | None = None) -> Mistake | None:
    """That a key is followed by a fullwidth colon, if one in this part of the text is."""
    found = _WIDE_COLON.search(text, begin, len(text) if end is None else end)
    if found is None:
        return None
    before = text[: found.end() - 1]
    return Mistake(
        f"the key {found[1]!r} is followed by a fullwidth colon `：`",
        f"write an ASCII colon and a space: `{found[1]}: …`.",
        before.count("\n"),
        len(before) - before.rfind("\n") - 1,
    )


def _open_quote(
    text: str, error: yaml.MarkedYAMLError, mark: yaml.Mark
) -> tuple[yaml.Mark, int | None] | None:
    """Where a quote opens that is not closed, or only by the next one that was to open a text,
    and the line of that; nothing if the error is another."""
    if error.context == "while scanning a quoted scalar" and error.context_mark is not None:
        return error.context_mark, None
    if not isinstance(error, yaml.parser.ParserError):
        return None
    last: yaml.Token | None = None
    for token in yaml.scan(text):
        if token.start_mark.index >= mark.index:
            break
        last = token
    if isinstance(last, yaml.ScalarToken) and last.style in ("'", '"'):
        end: yaml.Mark = last.end_mark
        if last.start_mark.line < end.line == mark.line:
            return last.start_mark, end.line
    return None
