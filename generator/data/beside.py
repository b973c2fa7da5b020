"""Tensors too large for YAML, in a safetensors file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from generator.errors import DataError, MissingDataError
from generator.files import sha256_of, write

SUFFIX = ".safetensors"


def too_many(counts: Mapping[str, int], budget: int) -> frozenset[str]:
    """The names of the largest tensors, without which there are no more than `budget` numbers.

    `counts` has the numbers of each. Of tensors as large, the first by name goes first.
    """
    left, chosen = sum(counts.values()), set()
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        if left <= budget:
            break
        chosen.add(name)
        left -= counts[name]
    return frozenset(chosen)


def write_beside(file: Path, tensors: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, object]]:
    """Write tensors into `file`, and return what YAML says of each instead of its numbers."""
    write(file, save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}))
    sha256 = sha256_of(file)
    return {
        name: {"file": file.name, "key": name, "shape": list(tensor.shape), "sha256": sha256}
        for name, tensor in tensors.items()
    }


def read_beside(
    folder: Path, said: Any, dtype: str, shape: tuple[int, ...], checked: dict[str, str]
) -> NDArray[Any]:
    """The tensor that is `said` to lie beside the YAML of a folder.

    `checked` remembers the sha256 of files that were looked at. Raises MissingDataError where the
    file is missing, and DataError where it is another one, or holds another tensor.
    """
    if not isinstance(said, dict) or said.keys() != {"file", "key", "shape", "sha256"}:
        raise DataError("expected where it lies: its file, key, shape and sha256")
    file = folder / Path(str(said["file"])).name
    if not file.is_file():
        raise MissingDataError("the file is missing", file=file)
    if file.name not in checked:
        checked[file.name] = sha256_of(file)
    if checked[file.name] != said["sha256"]:
        raise DataError(
            f"{file.name} is not the file that belongs here: its sha256 is "
            f"{checked[file.name][:12]}…, and {str(said['sha256'])[:12]}… was expected"
        )
    try:
        with safe_open(file, framework="numpy") as tensors:
            found: NDArray[Any] = tensors.get_tensor(str(said["key"]))
    except SafetensorError as error:
        raise DataError(f"{file.name}: {error}") from None
    if (str(found.dtype), found.shape, list(shape)) != (dtype, shape, said["shape"]):
        is_ = f"{found.dtype} {list(found.shape)}"
        raise DataError(f"expected {dtype} {list(shape)}, found {is_} in {file.name}")
    return found
