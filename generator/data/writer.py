"""A folder of YAML data, written file by file, so that not all of it need be in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.data.beside import SUFFIX, write_beside
from generator.data.tensor_yaml import choose_flat, collections_of, dump_tensor
from generator.data.yaml_text import dump
from generator.files import write

FORMAT = 1


@dataclass(frozen=True)
class Item:
    """One named value of a folder, in one of its files.

    `content` is an array with a name for each dimension, or else plain lists and mappings.
    """

    name: str
    file: str
    meaning: str
    content: Any
    dims: tuple[str, ...] | None = None


def write_folder(folder: Path, head: Mapping[str, object], items: Iterable[Item]) -> None:
    """Write a folder of `items`, those of one file one after another, whose index begins with
    `head`."""
    writer = FolderWriter(folder, head)
    for item in items:
        writer.put(item)
    writer.finish()


class FolderWriter:
    """Writes a folder of data; a file as soon as the first item of the next one comes.

    Items of one file come one after another. Those whose names are in `beside` go into a
    safetensors file next to it. The index begins with `head`; it is written by `finish`, without
    which there is no folder of data.
    """

    def __init__(
        self, folder: Path, head: Mapping[str, object], beside: frozenset[str] = frozenset()
    ) -> None:
        self._folder = folder
        self._head = head
        self._beside = beside
        self._open: list[Item] = []
        self._entries: dict[str, dict[str, object]] = {}
        self._files: set[str] = set()

    def put(self, item: Item) -> None:
        """Take the next item. Raises ValueError where its file is written already."""
        if self._open and self._open[0].file != item.file:
            self._write_open()
        if item.file in self._files:
            raise ValueError(f"{item.name} comes after {item.file} was written")
        self._open.append(item)
        self._entries[item.name] = self._entry(item)

    def finish(self) -> None:
        """Write what is left, and the index."""
        self._write_open()
        index = {"format": FORMAT, **self._head, "values": self._entries}
        write(self._folder / "index.yaml", dump(index))

    def _entry(self, item: Item) -> dict[str, object]:
        entry: dict[str, object] = {"file": item.file, "meaning": item.meaning}
        if item.dims is not None:
            entry["dims"] = list(item.dims)
            entry["shape"] = list(item.content.shape)
            entry["dtype"] = str(item.content.dtype)
        if item.name in self._beside:
            entry["beside"] = _beside(item.file)
        return entry

    def _write_open(self) -> None:
        if not self._open:
            return
        name = self._open[0].file
        large = {item.name: item.content for item in self._open if item.name in self._beside}
        said = write_beside(self._folder / _beside(name), large) if large else {}
        here = [item for item in self._open if item.name not in large]
        shapes = {item.name: item.content.shape for item in here if item.dims is not None}
        plain = [item.content for item in here if item.dims is None]
        records = [collections_of(content) for content in (*plain, *said.values())]
        flat = choose_flat(shapes, sum(records, Counter()))
        parts = []
        for item in self._open:
            if item.dims is None or item.name in said:
                section = dump({item.name: said.get(item.name, item.content)}).encode()
            else:
                section = dump_tensor(item.name, item.content, item.dims, flat=item.name in flat)
            parts.append(f"# {item.meaning}\n".encode() + section)
        write(self._folder / name, b"\n".join(parts))
        self._files.add(name)
        self._open = []


def _beside(file: str) -> str:
    """The safetensors file next to a YAML file."""
    return str(Path(file).with_suffix(SUFFIX))
