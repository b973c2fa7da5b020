"""What is wrong, as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import GlasspageError, each_of
from generator.telling import excerpt_of


@dataclass(frozen=True)
class Problem:
    """An error with its place (file:line:column), and its line in three parts: before the column
    in question, the character there, and the rest. Where no column is known, all is the rest."""

    place: str
    message: str
    hint: str | None
    line: int | None
    excerpt: tuple[str, str, str] | None

    @classmethod
    def all_of(cls, error: GlasspageError) -> list[Problem]:
        """A problem for each of the errors that were told together."""
        return [cls._of(each) for each in each_of(error)]

    @classmethod
    def _of(cls, error: GlasspageError) -> Problem:
        found = excerpt_of(error)
        return cls(
            place=error.place,
            message=error.message,
            hint=error.hint,
            line=error.line,
            excerpt=None if found is None else _parted(found.text, found.column),
        )


def _parted(text: str, column: int | None) -> tuple[str, str, str]:
    if column is None:
        return "", "", text
    at = column - 1
    return text[:at], text[at:column] or " ", text[column:]
