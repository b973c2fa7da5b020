"""The last build: whether what it was made of, and what it made, are still as they were.

This answers the most frequent question of all, so it imports nothing that takes long.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from generator.build.versions import libraries_used
from generator.files import PARTS, remove, sha256_of, write

_OWN = Path(__file__).parents[1]

Stamp = tuple[int, int]  # size, time of the last change in nanoseconds


class LastBuild:
    """What is remembered, in `file`, of the build that made `output` of a project.

    `given` is the folder of published data that it is made of, if it is.
    """

    def __init__(self, file: Path, root: Path, output: Path, given: Path | None) -> None:
        self._file = file
        self._output = output
        self._given = str(given.resolve()) if given else ""
        self._folders = [*(root / part for part in PARTS), _OWN, *([given] if given else [])]
        self._stamps = dict(stamps(self._folders))  # before anything is read
        self._outside: dict[str, dict[str, Stamp]] = {}
        self._libraries = libraries_used()

    def look_at(self, folders: Iterable[Path]) -> None:
        """Notice, before it is read, what lies in these folders outside the project, too."""
        self._outside = {str(folder): _files_in(folder) for folder in folders}

    def remember(self, said: Iterable[str]) -> None:
        """Keep what this build was made of, and what it `said` when it was done."""
        record = {
            "given": self._given,
            "libraries": self._libraries,
            "inputs": {path: (*stamp, sha256_of(Path(path))) for path, stamp in self._inputs()},
            "outside": self._outside,
            "output": dict(stamps([self._output])),
            "said": list(said),
        }
        if self._file.is_dir():
            remove(self._file)
        write(self._file, orjson.dumps(record))

    def unchanged(self) -> list[str] | None:
        """What the last build said, if nothing has changed since; None otherwise."""
        try:
            record: Any = orjson.loads(self._file.read_bytes())
            same = (
                record["given"] == self._given
                and record["libraries"] == self._libraries
                and record["inputs"].keys() == self._stamps.keys()
                and all(map(self._same, record["inputs"].items()))
                and all(map(_same_files, record["outside"].items()))
                and record["output"] == {p: list(s) for p, s in stamps([self._output])}
            )
            return [str(line) for line in record["said"]] if same else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _inputs(self) -> Iterator[tuple[str, Stamp]]:
        """Those that are still as they were when the build began."""
        now = dict(stamps(self._folders))
        return ((path, stamp) for path, stamp in self._stamps.items() if now.get(path) == stamp)

    def _same(self, entry: tuple[str, list[Any]]) -> bool:
        path, (size, time, digest) = entry
        stamp = self._stamps[path]
        return stamp == (size, time) or (stamp[0] == size and sha256_of(Path(path)) == digest)


def _same_files(entry: tuple[str, dict[str, list[int]]]) -> bool:
    folder, files = entry
    return files == {path: list(stamp) for path, stamp in _files_in(Path(folder)).items()}


def _files_in(folder: Path) -> dict[str, Stamp]:
    """The stamps of the files that lie right in a folder, which may be one of many others'."""
    found = folder.iterdir() if folder.is_dir() else ()
    known = {str(file): file.stat() for file in sorted(found) if file.is_file()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in known.items()}


def stamps(folders: Iterable[Path]) -> Iterator[tuple[str, Stamp]]:
    """Size and time of every file below the folders, by path, also of linked folders; not of what
    Python leaves there."""
    for folder in folders:
        seen: set[Path] = set()  # a link may lead to a folder around it
        for place, below, names in os.walk(folder, followlinks=True):
            if (real := Path(place).resolve()) in seen:
                below.clear()
                continue
            seen.add(real)
            below[:] = [name for name in below if name != "__pycache__"]
            for name in names:
                file = Path(place, name)
                try:
                    known = file.stat()
                except OSError:  # a link that leads nowhere
                    continue
                yield str(file), (known.st_size, known.st_mtime_ns)
