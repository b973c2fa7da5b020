"""What brings the output up to date while it is served."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Rebuild(Protocol):
    """Brings an output up to date with its sources, again and again."""

    def __call__(self, first: str | None, replaced: Callable[[set[str]], None]) -> None:
        """Bring the output up to date with the sources.

        `first` is the path of the page that is open in a browser, from the site's top
        (posts/x/index.html), to be made before all others. `replaced` is called, possibly several
        times, with paths from the site's top that have just been replaced.

        Raises GlasspageError where the sources are wrong; the output then stays as it was.
        """
