"""A folder of YAML data: everything known of one prompt, or of one model.

`index.yaml` says what the folder holds. Every other YAML file is a stage of the computation, and
its top-level keys are the names of values. Tensors too large for YAML lie in a safetensors file
beside it, and their sections say where.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.data.beside import read_beside
from generator.data.tensor_yaml import load_section, load_tensor, sections
from generator.data.value import Text, Value
from generator.data.writer import FORMAT
from generator.data.yaml_text import load
from generator.errors import DataError, MissingDataError, did_you_mean


class DataFolder:
    """A folder of data to read values from. Files are read when a value of theirs is asked for.

    `name` begins the addresses of its values. Raises MissingDataError where the index is missing,
    and DataError where there is no such folder, or its data is of another format or damaged.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.index_file = path / "index.yaml"
        try:
            index = load(self.index_file.read_bytes())
        except FileNotFoundError:
            kind = MissingDataError if path.is_dir() else DataError
            raise kind(
                "the data is missing", file=self.index_file, hint="run `glasspage build`."
            ) from None
        except DataError as error:
            error.file = self.index_file
            raise
        if not isinstance(index, dict) or index.get("format") != FORMAT:
            raise DataError(
                f"expected data of format {FORMAT}",
                file=self.index_file,
                hint="run `glasspage build` to write it anew.",
            )
        self.entries: dict[str, dict[str, Any]] = index.pop("values", None)
        if not _are_entries(self.entries):
            raise DataError(
                "the list of values is damaged",
                file=self.index_file,
                hint="run `glasspage build` to write it anew.",
            )
        self.head: dict[str, Any] = index
        self._sections: dict[str, dict[str, bytes]] = {}
        self._contents: dict[str, Any] = {}
        self._beside: dict[str, str] = {}  # sha256 of the files of large tensors
        self._text: type[Text] = Text
        self.used: set[str] = {self.index_file.name}  # the files whose values were asked for

    @property
    def names(self) -> list[str]:
        """Of all values, those of the index's head first."""
        return [*self.head, *self.entries]

    def surplus(self) -> list[str]:
        """What lies in the folder's files that the index does not list there, as `file: name`.

        Raises DataError where a file is damaged.
        """
        listed = {(entry["file"], name) for name, entry in self.entries.items()}
        beside = {entry.get("beside") for entry in self.entries.values()}
        return [
            f"{file.name}: {name}"
            for file in sorted(self.path.iterdir())
            if file != self.index_file and file.name not in beside
            for name in (self._file(file) if file.suffix == ".yaml" else ("no data",))
            if (file.name, name) not in listed
        ]

    def read(self, name: str) -> NDArray[Any] | Any:
        """A value's content. Raises DataError where there is no such value, or it is damaged."""
        if name in self.head:
            return self.head[name]
        if name not in self.entries:
            raise DataError(
                f"there is no value {name!r}",
                file=self.index_file,
                hint=did_you_mean(name, self.names),
            )
        entry = self.entries[name]
        file = self.path / entry["file"]
        section = self._file(file).get(name)
        if section is None:
            raise DataError(f"{name} is missing", file=file)
        try:
            if "beside" in entry:
                shape = tuple(entry["shape"])
                said = load_section(section)
                return read_beside(self.path, said, entry["dtype"], shape, self._beside)
            if "shape" in entry:
                return load_tensor(section, entry["dtype"], tuple(entry["shape"]))
            return load_section(section)
        except MissingDataError:
            raise
        except DataError as error:
            raise DataError(f"{name}: {error.message}", file=file, hint=error.hint) from None

    def resolve(self, path: str) -> Any:
        """The value at a path: a name, and the parts of the mapping that it may hold.

        Raises DataError where there is none.
        """
        words = path.split(".")
        for count in range(len(words), 0, -1):
            name = ".".join(words[:count])
            if name in self.entries or name in self.head:
                found: Any = self.value(name)
                for word in words[count:]:
                    found = found[word]
                return found
        return self.read(path)  # which says what was meant

    def _file(self, file: Path) -> dict[str, bytes]:
        if file.name not in self._sections:
            try:
                self._sections[file.name] = sections(file.read_bytes())
            except FileNotFoundError:
                raise MissingDataError("the file is missing", file=file) from None
        return self._sections[file.name]

    def value(self, name: str) -> Value:
        """A value with its address. It is read once, however often it is asked for."""
        if name in self.entries:
            self.used.add(self.entries[name]["file"])
        if name not in self._contents:
            self._contents[name] = _scalar(self.read(name))
        return Value(self._contents[name], f"{self.name}:{name}", self._text)

    def part(self, name: str) -> Any:
        """The same, but a text as such."""
        value = self.value(name)
        content = self._contents[name]
        return self._text(content, value.address) if isinstance(content, str) else value

    def with_texts(self, text: type[Text]) -> DataFolder:
        """The same folder, whose texts are made `text`. Both remember what either has read."""
        other = copy.copy(self)
        other._text = text
        return other

    def watched(self) -> DataFolder:
        """The same folder, which begins to note anew what is `used` of it."""
        other = copy.copy(self)
        other.used = {self.index_file.name}
        return other


class Namespace:
    """The values of a folder whose names begin alike, reached as a template reaches them.

    `blocks[0].attn.pattern` walks three of these to the value `blocks.0.attn.pattern`.
    """

    def __init__(self, folder: DataFolder, prefix: str = "") -> None:
        self._folder = folder
        self._prefix = prefix

    def __repr__(self) -> str:
        return f"the group {self._folder.name}:{self._prefix.removesuffix('.')}"

    @property
    def _said(self) -> str:
        """How a message speaks of it that is the same for every prompt."""
        return self._prefix.removesuffix(".") or "the model"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        full = f"{self._prefix}{name}"
        if full in self._folder.entries or full in self._folder.head:
            return self._folder.part(full)
        if any(known.startswith(f"{full}.") for known in self._folder.entries):
            return Namespace(self._folder, f"{full}.")
        raise AttributeError(name)

    def __getitem__(self, index: Any) -> Any:
        try:
            return getattr(self, str(index.plain if isinstance(index, Value) else index))
        except AttributeError:
            raise KeyError(index) from None

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __len__(self) -> int:
        return sum(name.isdigit() for name in self._names())

    def _names(self) -> set[str]:
        """What may follow the prefix."""
        return {
            name.removeprefix(self._prefix).split(".")[0]
            for name in self._folder.names
            if name.startswith(self._prefix)
        }


def _are_entries(found: object) -> bool:
    """Whether an index says of each value where it is."""
    return isinstance(found, dict) and all(
        isinstance(entry, dict) and isinstance(entry.get("file"), str) for entry in found.values()
    )


def _scalar(content: Any) -> Any:
    """A tensor of rank 0 as its one number, of its own type."""
    if isinstance(content, np.ndarray) and content.ndim == 0:
        return content[()]
    return content
