"""What the user sees while work is done. Passed in wherever something takes time."""

from __future__ import annotations

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

Advance = Callable[[int, str], None]


class Reporter:
    """Says things on a console. A quiet one says only warnings."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.quiet = quiet

    def info(self, text: str) -> None:
        if not self.quiet:
            self.console.print(text, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        self.console.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)

    @contextmanager
    def progress(self, what: str, total: int, *, start: int = 0) -> Iterator[Advance]:
        """Show work of `total` steps; yields `advance(to, note)`.

        On a terminal a bar with the time left; elsewhere nothing, for the notes that matter are
        said with `info`.
        """
        if self.quiet or not self.console.is_terminal:
            yield lambda to, note: None
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console) as bar:
            task = bar.add_task(what, total=total, completed=start, note="")
            yield lambda to, note: bar.update(task, completed=to, note=note)
