"""Errors as they are shown: each with the line that it is about."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

from generator.errors import GlasspageError, each_of

_LONGEST = 100  # columns of an excerpt
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # what a terminal would obey
_RIGHTS = "name a place that may be read and written, or change the rights of this one."
_HINTS = {
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _RIGHTS),
    errno.ENOSPC: "make room on the disk; what was built before is still there.",
}


@dataclass(frozen=True)
class Excerpt:
    """A line of a file, perhaps cut short, and the column (from 1) of what it is shown for."""

    line: int
    text: str
    column: int | None


def told(error: GlasspageError | OSError) -> str:
    """The error, or each of several, with an excerpt of its file below its place.

    Of the system's own errors (a folder that cannot be written, a full disk) what they are about.
    """
    if isinstance(error, OSError):
        known = (error.filename, error.strerror or error)
        told = "error: " + ": ".join(str(part) for part in known if part is not None)
        hint = _HINTS.get(error.errno or 0)
        return told if hint is None else f"{told}\n  {hint}"
    errors = each_of(error)
    texts = [f"error: {_with_excerpt(each)}" for each in errors]
    if len(errors) > 1:
        texts.append(f"{len(errors)} errors")
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], "\n".join(texts))


def excerpt_of(error: GlasspageError) -> Excerpt | None:
    """The line in question, where it can be read and shown."""
    if error.file is None or error.line is None:
        return None
    try:
        lines = Path(error.file).read_text(encoding="utf-8").split("\n")
        line = lines[error.line - 1].replace("\t", " ")
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    if not line.strip() or (error.column or 0) > _LONGEST:
        return None
    shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return Excerpt(error.line, shown, error.column)


def _with_excerpt(error: GlasspageError) -> str:
    first, *rest = str(error).split("\n")
    excerpt = excerpt_of(error)
    return "\n".join([first, *([] if excerpt is None else _lines(excerpt)), *rest])


def _lines(excerpt: Excerpt) -> list[str]:
    """An excerpt as lines, with a mark below the column where that is known."""
    gutter = f"{excerpt.line:>5} | "
    if excerpt.column is None:
        return [gutter + excerpt.text]
    at = cell_len(excerpt.text[: excerpt.column - 1])
    return [gutter + excerpt.text, f"{'| ':>{len(gutter)}}{' ' * at}^"]
