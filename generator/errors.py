"""What can go wrong because of something the user wrote or has, said once and clearly.

Every error names the place (file, line, column), says what was expected, and hints at what to do.
A bug in glasspage itself is not one of these: it stays an ordinary traceback.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NEAR = 0.66  # of 1: one letter in three may be another
_PART = 3  # letters that are enough to know a word by its beginning or end


class GlasspageError(Exception):
    """An error that the user can mend.

    `line` and `column` count from 1. `hint` says what to do.
    """

    def __init__(
        self,
        message: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """To be pickled as it is, whatever a subclass is made of."""
        return _again, (type(self), self.args), vars(self)

    @property
    def place(self) -> str:
        """`file:line:column`, as much of it as is known."""
        known = [self.file, self.line, self.column]
        return ":".join(str(part) for part in known if part is not None)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


def _again(kind: type[GlasspageError], args: tuple[Any, ...]) -> GlasspageError:
    """An error that was pickled; what it holds is put back after that."""
    return kind.__new__(kind, *args)


class ConfigError(GlasspageError):
    """A file the author wrote says something that cannot be understood or obeyed."""


class ModelError(GlasspageError):
    """A model's weights, tokenizer or card are missing, damaged or do not fit together."""


class DataError(GlasspageError):
    """The YAML data of a trace or a model is missing, damaged or of another format."""


class MissingDataError(DataError):
    """A folder of YAML data lacks one of its files."""


class TemplateError(GlasspageError):
    """An article or a theme's template cannot be rendered."""


class CombinedError(GlasspageError):
    """Several errors of one run, told together so that they are mended together."""

    def __init__(self, errors: Sequence[GlasspageError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = list(errors)


class Collected:
    """The errors of work that goes on after one, so that all can be told at once."""

    def __init__(self) -> None:
        self.errors: list[GlasspageError] = []

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep an error of what is done inside. The same one is kept once."""
        try:
            yield
        except GlasspageError as error:
            known = {str(each) for each in self.errors}
            found = error.errors if isinstance(error, CombinedError) else [error]
            self.errors += [each for each in found if str(each) not in known]

    def tell(self) -> None:
        """Raise what was kept, if anything was."""
        if self.errors:
            raise combined(self.errors)


def each_of(error: GlasspageError) -> list[GlasspageError]:
    """The errors that were told together, or the one."""
    return error.errors if isinstance(error, CombinedError) else [error]


def combined(errors: Sequence[GlasspageError]) -> GlasspageError:
    """One error that tells all of them; of one alone, itself."""
    return errors[0] if len(errors) == 1 else CombinedError(errors)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a misspelt `word`: the nearest of the `known` words, or all if none is near."""
    choices = sorted(known)
    if near := nearest(word, choices):
        return f"did you mean {near!r}?"
    if not choices:
        return "there are none yet."
    return "known are: " + ", ".join(choices) + "."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of the `known` words that a misspelt `word` may stand for, if there is one."""
    likeliest = max(sorted(known), key=lambda choice: _likeness(word, choice), default="")
    return likeliest if _likeness(word, likeliest) >= _NEAR else None


def _likeness(word: str, known: str) -> float:
    """How near a word is to a known one, from 0 to 1; case and what joins its parts are ignored.

    The beginning or end of a word, and its letters in another order, are nearly the word itself.
    """
    a, b = (re.sub(r"[-_. ]", "", text).casefold() for text in (word, known))
    if a == b:
        return 1.0
    if sorted(a) == sorted(b) or (len(a) >= _PART and (b.startswith(a) or b.endswith(a))):
        return 0.9
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
