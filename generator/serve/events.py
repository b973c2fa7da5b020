"""What happens while pages are open: files replaced, problems found and mended."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Condition

from generator.serve.problem import Problem


@dataclass(frozen=True)
class Happened:
    """What happened until a moment; `at` names the moment.

    `replaced` are paths from the site's top; None where any file may have been. `told` counts the
    problems that were told before, so that what a reader dismissed is known again.
    """

    at: str
    replaced: list[str] | None
    problems: Sequence[Problem]
    told: int


class Events:
    """Keeps what happened, so that whoever asks late misses nothing. For several threads."""

    def __init__(self) -> None:
        self.opened: str | None = None  # the page that was opened last
        self._run = secrets.token_hex(4)  # a moment of another run is none of ours
        self._changed = Condition()
        self._count = 0
        self._replaced: dict[str, int] = {}  # the latest time of each path
        self._problems: Sequence[Problem] = ()
        self._told = 0
        self._closed = False

    @property
    def now(self) -> str:
        """The name of this moment."""
        with self._changed:
            return self._name(self._count)

    def replaced(self, paths: Iterable[str]) -> None:
        """Files have been replaced, so what was wrong before is mended."""
        with self._changed:
            if latest := dict.fromkeys(paths, self._count + 1):
                self._count += 1
                self._replaced |= latest
                self._changed.notify_all()
            self._tell(())

    def tell(self, problems: Sequence[Problem]) -> None:
        """These are wrong now, and nothing else is."""
        with self._changed:
            self._tell(problems)

    def close(self) -> None:
        """Nothing will happen any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed

    def after(self, moment: str) -> Happened:
        """What happened after a moment, and what is wrong now."""
        with self._changed:
            run, _, count = moment.partition(".")
            known = run == self._run and count.isdecimal()
            return Happened(
                at=self._name(self._count),
                replaced=[path for path, at in self._replaced.items() if at > int(count)]
                if known
                else None,
                problems=self._problems,
                told=self._told,
            )

    def wait(self, moment: str, seconds: float) -> bool:
        """Wait until something has happened after a moment; False if nothing did."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._name(self._count) == moment and not self._closed:
                if not self._changed.wait(until - time.monotonic()):
                    return False
            return True

    def _tell(self, problems: Sequence[Problem]) -> None:
        if problems or self._problems:
            self._count += 1
            self._told += 1
            self._problems = problems
            self._changed.notify_all()

    def _name(self, count: int) -> str:
        return f"{self._run}.{count}"
