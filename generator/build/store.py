"""What earlier builds made, kept beside the output to be used again.

An artefact is a folder of files, such as a prompt's data or a page of the site, and a record: which
artefact it is, the digests of all inputs that it was made of, and those of its files. Nothing here
is needed: what is missing, damaged or in another's place is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from generator.files import remove, sha256_of, write

_RECORD = "record.json"
_FILES = "files"


@dataclass(frozen=True)
class Artefact:
    """A folder that was made, what of, and its files' sha256 by their places in it."""

    folder: Path
    inputs: dict[str, str]
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """What tells two artefacts of different files apart."""
        return digest_of(self.files)


class Store:
    """A folder of artefacts by kind and name; of each, the latest is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[Path] = set()

    @contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Let nobody else use the store meanwhile; calls `waiting` if somebody does, and waits."""
        _have_folder(self.folder)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def inputs(self, kind: str, name: str) -> dict[str, str] | None:
        """What the latest artefact was made of, if there is one."""
        record = self._read(kind, name)
        return None if record is None else record["inputs"]

    def find(self, kind: str, name: str) -> Artefact | None:
        """The latest artefact, if all its files are as they were made."""
        place = self._place(kind, name)
        record = self._read(kind, name)
        if record is None or not _sound(place / _FILES, record["files"]):
            return None
        self._used.add(place)
        return Artefact(place / _FILES, record["inputs"], record["files"])

    def make(self, kind: str, name: str, fill: Callable[[Path], Mapping[str, str]]) -> Artefact:
        """Let `fill` make an artefact in an empty folder; it returns the digests of its inputs."""
        place = self._place(kind, name)
        scratch = place.with_name(f"{place.name}.new")
        remove(scratch)
        _have_folder(place.parent)
        (scratch / _FILES).mkdir(parents=True)
        inputs = dict(fill(scratch / _FILES))
        files = {path: sha256_of(file) for path, file in _walk(scratch / _FILES)}
        record = {"kind": kind, "name": name, "inputs": inputs, "files": files}
        write(scratch / _RECORD, orjson.dumps(record))
        remove(place)
        scratch.rename(place)
        self._used.add(place)
        return Artefact(place / _FILES, inputs, files)

    def prune(self) -> None:
        """Remove all artefacts that were neither found nor made since the store was opened."""
        for kind in self.folder.iterdir() if self.folder.exists() else ():
            for place in kind.iterdir() if kind.is_dir() else ():
                if place not in self._used:
                    remove(place)

    def _read(self, kind: str, name: str) -> dict[str, Any] | None:
        """An artefact's record, if it can be read and is its own."""
        try:
            record = orjson.loads((self._place(kind, name) / _RECORD).read_bytes())
            if (record["kind"], record["name"]) != (kind, name):
                return None
            return {
                part: {str(key): str(digest) for key, digest in record[part].items()}
                for part in ("inputs", "files")
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _place(self, kind: str, name: str) -> Path:
        return self.folder / kind / name


def link(artefact: Artefact, target: Path) -> None:
    """Put an artefact's files into the folder `target`, as links where the system has them."""
    for path in artefact.files:
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(artefact.folder / path, file)
        except FileExistsError:
            pass  # another language's, of the same article
        except OSError:  # another file system, or one without links
            shutil.copy2(artefact.folder / path, file)


def digest_of(content: Any) -> str:
    """The sha256 of something that JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _walk(folder: Path) -> list[tuple[str, Path]]:
    found = ((file.relative_to(folder).as_posix(), file) for file in folder.rglob("*"))
    return sorted((path, file) for path, file in found if file.is_file())


def _have_folder(place: Path) -> None:
    """Make a folder, where there may be something else that nobody needs."""
    if not place.is_dir():
        remove(place)
    place.mkdir(parents=True, exist_ok=True)


def _sound(folder: Path, files: Mapping[str, str]) -> bool:
    """Whether the files are those of the record."""
    try:
        return all(sha256_of(folder / path) == digest for path, digest in files.items())
    except OSError:
        return False
