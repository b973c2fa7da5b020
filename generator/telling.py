"""Errors as a terminal shows them: each with the line that it is about."""

from __future__ import annotations

from pathlib import Path

from rich.cells import cell_len

from generator.errors import CombinedError, GlasspageError

_LONGEST = 100  # columns of an excerpt


def told(error: GlasspageError | OSError) -> str:
    """The error, or each of several, with an excerpt of its file below its place.

    Of the system's own errors (a folder that cannot be written, a full disk) what they are about.
    """
    if isinstance(error, OSError):
        known = (error.filename, error.strerror or error)
        return "error: " + ": ".join(str(part) for part in known if part is not None)
    errors = error.errors if isinstance(error, CombinedError) else [error]
    texts = [f"error: {_with_excerpt(each)}" for each in errors]
    if len(errors) > 1:
        texts.append(f"{len(errors)} errors")
    return "\n".join(texts)


def _with_excerpt(error: GlasspageError) -> str:
    first, *rest = str(error).split("\n")
    return "\n".join([first, *_excerpt(error), *rest])


def _excerpt(error: GlasspageError) -> list[str]:
    """The line in question, and a mark below the column where that is known."""
    if error.file is None or error.line is None:
        return []
    try:
        lines = Path(error.file).read_text(encoding="utf-8").split("\n")
        line = lines[error.line - 1].replace("\t", " ")
    except (OSError, UnicodeDecodeError, IndexError):
        return []
    if not line.strip() or (error.column or 0) > _LONGEST:
        return []
    gutter = f"{error.line:>5} | "
    shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    if error.column is None:
        return [gutter + shown]
    at = cell_len(line[: error.column - 1])
    return [gutter + shown, f"{'| ':>{len(gutter)}}{' ' * at}^"]
