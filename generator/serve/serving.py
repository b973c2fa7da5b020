"""Serving a site while its sources are worked on."""

from __future__ import annotations

import time
import traceback
import webbrowser
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

from generator.errors import GlasspageError
from generator.reporter import Reporter
from generator.serve.changes import Changes
from generator.serve.events import Events
from generator.serve.problem import Problem
from generator.serve.rebuild import Rebuild
from generator.serve.server import Server
from generator.serve.site import ServedSite
from generator.telling import told

_CODE = Path(__file__).resolve().parents[1]
_NAMED = 3  # files named of those that changed together


class Serving:
    """The site in `folder`, kept up to date by `rebuild` as files below `sources` change; pages in
    `previews` are shown instead of its own.

    `base_path` tells where the site's top stands on its host, `checkpoints` which files elsewhere
    it is made of; they may raise GlasspageError while the sources are wrong.
    """

    def __init__(
        self,
        rebuild: Rebuild,
        folder: Path,
        previews: Path,
        sources: Sequence[Path],
        base_path: Callable[[], str],
        reporter: Reporter,
        checkpoints: Callable[[], Sequence[Path]] = tuple,
    ) -> None:
        self._rebuild = rebuild
        self._site = ServedSite(folder, previews=previews)
        self._sources = [source.resolve() for source in sources]
        self._base_path = base_path
        self._checkpoints = checkpoints
        self._reporter = reporter
        self._events = Events()
        self._outdated: GlasspageError | None = None  # what runs is not the code that is there

    def run(self, host: str, port: int, *, opening: bool = False) -> None:
        """Serve until interrupted; with `opening`, open a browser.

        Raises GlasspageError where there is nowhere to listen.
        """
        with suppress(GlasspageError):  # which the build will tell
            self._site.base = self._base_path()
        with (
            Server(self._site, self._events, host, port) as server,
            Changes([*self._sources, _CODE]) as changes,
        ):
            if port not in (0, server.port):
                self._reporter.info(f"port {port} is taken: {server.port} is used instead")
            self._reporter.info(f"{server.address}  the site; Ctrl-C stops")
            if opening and not webbrowser.open(server.address):
                self._reporter.warn("no browser could be opened")
            self._bring_up_to_date()
            while True:
                with suppress(GlasspageError):  # which the build has told
                    changes.files = self._checkpoints()
                self._follow(changes.wait(), server)

    def _follow(self, changed: set[Path], server: Server) -> None:
        """Do what is to be done about files that changed."""
        code = [file for file in sorted(changed) if file.is_relative_to(_CODE)]
        ours = changed.difference(code)
        if modules := [file for file in code if file.suffix == ".py"]:
            self._outdated = GlasspageError(
                "glasspage's own code has changed, and what runs is the code of before",
                file=modules[0],
                hint="stop the server with Ctrl-C, and start it again.",
            )
        elif not ours:
            return
        if self._outdated is not None:  # what it would make would pass for made by the new code
            self._fail(self._outdated)
            return
        self._reporter.info(f"changed: {self._named(ours)}")
        before = server.address
        self._bring_up_to_date()
        if server.address != before:
            self._reporter.info(f"{server.address}  the site, from now on")

    def _bring_up_to_date(self) -> None:
        began = time.monotonic()
        count = 0

        def replaced(paths: Collection[str]) -> None:
            nonlocal count
            count += len(paths)
            self._events.replaced(paths)

        try:
            self._rebuild(self._events.opened, replaced)
            self._site.base = self._base_path()
        except GlasspageError as error:
            self._fail(error)
        except OSError as error:  # a file that is gone while it is read, a full disk
            if error.filename is None:
                raise
            self._fail(GlasspageError(str(error.strerror), file=error.filename))
        except Exception:  # a mistake of glasspage's own: what the author writes next may avoid it
            traceback.print_exc()
            self._fail(
                GlasspageError(
                    "glasspage itself failed",
                    hint="the terminal tells where. Take back what you changed last, to go on.",
                )
            )
        else:
            self._events.tell([])
            files = "1 file" if count == 1 else f"{count:,} files"
            self._reporter.info(f"up to date: {files} replaced, {time.monotonic() - began:.1f} s")

    def _fail(self, error: GlasspageError) -> None:
        self._reporter.info(told(error))
        self._events.tell(Problem.all_of(error))

    def _named(self, files: Collection[Path]) -> str:
        """Files by their places in the project, as many as a line holds."""
        names = sorted(
            file.relative_to(source.parent).as_posix()
            for source in self._sources
            for file in files
            if file.is_relative_to(source)
        ) or sorted(map(str, files))
        more = len(names) - _NAMED
        return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
