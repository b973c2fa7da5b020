"""What the user sees while work is done. Passed in wherever something takes time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[int, str], None]


class Reporter:
    """Says things on a console. A quiet one says only warnings.

    Where there is no terminal, `seconds` lie at least between two lines about work in progress.
    """

    def __init__(
        self, console: Console | None = None, *, quiet: bool = False, seconds: float = 5.0
    ) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.quiet = quiet
        self.seconds = seconds

    def info(self, text: str) -> None:
        if not self.quiet:
            self._print(Text(text))

    def warn(self, text: str) -> None:
        self._print(Text(f"warning: {text}", style="yellow"))

    def error(self, text: str) -> None:
        """Say what is wrong, in lines of which some begin with `error:`."""
        said = Text(text)
        said.highlight_regex(r"(?m)^error:", "red")
        self._print(said)

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)  # as Text: `:100:` in a str would be an emoji

    @contextmanager
    def progress(
        self, what: str, total: int, *, start: int = 0, said: bool = False
    ) -> Iterator[Advance]:
        """Show work of `total` steps; yields `advance(to, note)`.

        On a terminal a bar with the time left. Elsewhere, of work that is `said`, a line now and
        then if it lasts; of other work nothing, for its notes that matter are said with `info`.
        """
        if self.quiet or not (self.console.is_terminal or said):
            yield lambda to, note: None
            return
        if not self.console.is_terminal:
            yield self._saying(what, total)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
        )
        # What is said is told in a line of its own once it is done, and needs no bar any more.
        with Progress(*columns, console=self.console, transient=said) as bar:
            task = bar.add_task(what, total=total, completed=start, note="")
            yield lambda to, note: bar.update(task, completed=to, note=note)

    def _saying(self, what: str, total: int) -> Advance:
        """Says how far the work has come, now and then."""
        last = time.monotonic()

        def advance(to: int, note: str) -> None:
            nonlocal last
            if time.monotonic() - last >= self.seconds:
                last = time.monotonic()
                self.info(f"{what}: {to:,} of {total:,} ({to / total:.0%}) {note}".rstrip())

        return advance
