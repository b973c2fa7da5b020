"""What artefacts are made of, as it stands now: files of the project, and values by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from generator.build.store import digest_of
from generator.files import sha256_of

ABSENT = ""  # the digest of what is not there


class Inputs:
    """Digests by name. A name is that of a value that was told, or else a file's path.

    Paths are relative to the project's folder where they lie in it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._told: dict[str, str] = {}
        self._files: dict[str, str] = {}

    def tell(self, name: str, content: Any) -> str:
        """Give a name to something that JSON can hold; returns the name."""
        self._told[name] = digest_of(content)
        return name

    def tell_digests(self, digests: Mapping[str, str]) -> None:
        """The same for what has been digested already."""
        self._told.update(digests)

    def file(self, path: Path) -> str:
        """The name of a file, whether there is one or not."""
        whole = path.resolve()
        return (
            whole.relative_to(self._root).as_posix()
            if whole.is_relative_to(self._root)
            else whole.as_posix()
        )

    def now(self, name: str) -> str:
        """What stands under a name; ABSENT where nothing does."""
        if name in self._told:
            return self._told[name]
        if name not in self._files:
            file = self._root / name
            self._files[name] = sha256_of(file) if file.is_file() else ABSENT
        return self._files[name]

    def all_now(self, names: Iterable[str]) -> dict[str, str]:
        return {name: self.now(name) for name in sorted(set(names))}


def changes(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """In words, what differs between the inputs that something was made of and those of now."""
    told = []
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name, ABSENT), now.get(name, ABSENT)
        if old == new:
            continue
        if not old:
            told.append(f"{name} is new")
        elif not new:
            told.append(f"{name} is gone")
        else:
            told.append(f"{name} changed: {old[:4]}… → {new[:4]}…")
    return told
