"""Changes of files, as they are saved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Self

from watchfiles import Change, watch

from generator.errors import GlasspageError
from generator.files import is_leftover

_STEP = 30  # milliseconds of quiet that end a change: editors save in several steps
_LOOK = 250  # milliseconds between looks for folders that are new or were put in another's place


class Changes:
    """Collects, while it is entered, what changes below folders, which need not all be there.

    Hidden files and editors' copies do not count. `files` are looked at, too, wherever they are:
    they may be among too many others for their folders to be watched.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self.files: Sequence[Path] = ()
        self._found: SimpleQueue[set[Path] | GlasspageError] = SimpleQueue()
        self._watching = Event()
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._watching.wait()  # what changes from here on is told
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self) -> set[Path]:
        """Wait for a change; returns all files that changed since it was asked last.

        Raises GlasspageError where the system cannot tell of changes.
        """
        changed: set[Path] = set()
        while not changed or not self._found.empty():
            found = self._found.get()
            if isinstance(found, GlasspageError):
                raise found
            changed |= found
        return changed

    def _watch(self) -> None:
        try:
            while not self._stop.is_set():
                with suppress(FileNotFoundError):  # a folder that has gone since it was looked for
                    self._watch_those_there()
        except (OSError, RuntimeError) as error:  # such as too many files for the system's limit
            self._found.put(
                GlasspageError(
                    f"the system cannot tell which files change: {error}",
                    hint="set WATCHFILES_FORCE_POLLING=1 in the environment, to look at all of "
                    "them now and then instead.",
                )
            )
        finally:
            self._watching.set()

    def _watch_those_there(self) -> None:
        """Watch the folders that are there, until they are others."""
        folders, files = self._there(), self._looks()
        for changes in watch(
            *folders,
            watch_filter=self._filter,
            step=_STEP,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
        ):
            self._watching.set()
            if changes:
                self._found.put({Path(file) for _, file in changes})
            before, files = files, self._looks()
            if altered := {f for f, look in files.items() if before.get(f, look) != look}:
                self._found.put(altered)
            if others := self._there().items() ^ folders.items():
                self._found.put({folder for folder, _ in others})
                return

    def _there(self) -> dict[Path, int]:
        """The folders that are there, each with its number in the file system."""
        return {folder: folder.stat().st_ino for folder in self._folders if folder.is_dir()}

    def _looks(self) -> dict[Path, tuple[int, int]]:
        """The time and the size of each of the files; of one that is gone, zeros."""
        looks = {}
        for file in self.files:
            with suppress(OSError):
                found = file.stat()
                looks[file] = (found.st_mtime_ns, found.st_size)
        return dict.fromkeys(self.files, (0, 0)) | looks

    def _filter(self, change: Change, file: str) -> bool:
        """Whether a file is one that somebody works on."""
        return any(
            not any(map(is_leftover, Path(file).relative_to(folder).parts))
            for folder in self._folders
            if Path(file).is_relative_to(folder)
        )
