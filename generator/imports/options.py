"""A checkpoint's options, every one of which is understood, known to be harmless, or refused."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from generator.errors import ModelError

Chosen = TypeVar("Chosen")


class Options:
    """The options of a checkpoint, `called` by what holds them. Raises ModelError.

    What was not asked for by the end may change the numbers in a way that we do not know: `finish`
    refuses it. A size that is null is one that is not given; other options may not be null.
    """

    def __init__(self, given: object, file: Path, called: str) -> None:
        self.file = file
        self._called = called
        if not isinstance(given, Mapping):
            raise self.error(f"{called} is {_shown(given)}, expected are options with their values")
        self._given = {str(key): value for key, value in given.items() if value is not None}
        self._null = {str(key) for key, value in given.items() if value is None}
        self._asked: set[str] = set()

    def error(self, message: str, hint: str | None = None) -> ModelError:
        return ModelError(message, file=self.file, hint=hint)

    def names(self, key: str) -> bool:
        return key in self._given

    def is_null(self, key: str) -> bool:
        return key in self._null

    def get(self, key: str) -> object:
        """An option as it is, None where it is not given."""
        self._asked.add(key)
        return self._given.get(key)

    def size(self, key: str, default: int | None = None) -> int:
        """A whole number from 1 on."""
        value = self._known(key, default)
        if type(value) is not int or not 1 <= value < 2**31:
            raise self._unexpected(key, "a whole number from 1 on")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number above 0."""
        value = self._written(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._unexpected(key, "a number above 0")
        if not 0 < value < math.inf:
            raise self._unexpected(key, "a number above 0")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._written(key, default)
        if not isinstance(value, bool):
            raise self._unexpected(key, "true or false")
        return value

    def choice(self, key: str, known: Mapping[str, Chosen], default: str) -> Chosen:
        """What one of the `known` texts stands for."""
        value = self._written(key, default)
        if not isinstance(value, str) or value not in known:
            raise self._unsupported(key, " or ".join(known))
        return known[value]

    def fixed(self, key: str, supported: object) -> None:
        """Refuse the option if it is given, and anything but the one value that is supported.

        Null counts as false.
        """
        value = self.get(key)
        if key in self._null and supported:
            raise self._null_error(key)
        same = value == supported and isinstance(value, bool) == isinstance(supported, bool)
        if value is not None and not same:
            raise self._unsupported(key, _shown(supported))

    def harmless(self, keys: Iterable[str]) -> None:
        """Options that change no number."""
        self._asked |= set(keys)

    def finish(self) -> None:
        """Refuse what nobody asked for."""
        if left := sorted(self._given.keys() - self._asked):
            told = ", ".join(f"{key} ({_shown(self._given[key])})" for key in left)
            raise self.error(
                f"{self._called} has options that are not known and may change numbers: {told}",
                "a model that is traced otherwise than it computes would be wrong in silence. If "
                "they are without effect, take them out of a copy.",
            )

    def _written(self, key: str, default: object) -> object:
        if key in self._null:
            raise self._null_error(key)
        return self._known(key, default)

    def _null_error(self, key: str) -> ModelError:
        return self.error(f"{self._called}.{key} is null, which may mean anything")

    def _known(self, key: str, default: object) -> object:
        value = self.get(key)
        if value is None:
            value = default
        if value is None:
            raise self.error(f"{self._called} lacks {key}")
        return value

    def _unexpected(self, key: str, what: str) -> ModelError:
        return self.error(f"{self._called}.{key} is {_shown(self.get(key))}, expected is {what}")

    def _unsupported(self, key: str, supported: str) -> ModelError:
        return self.error(
            f"{self._called}.{key} is {_shown(self.get(key))}, and supported is {supported}",
            "it changes the numbers, so a model with it is not imported.",
        )


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
