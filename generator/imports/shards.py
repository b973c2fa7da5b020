"""Weights as Hugging Face keeps them: one safetensors file, or several with an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from generator.errors import ModelError
from generator.imports.json_file import parse_json, read_json

if TYPE_CHECKING:  # which files there are, can be told without torch
    from torch import Tensor

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
_HEADER_SIZE = 8  # bytes that hold the length of the header
_LARGEST_HEADER = 32 * 2**20
_LARGEST_INDEX = 32 * 2**20


def weight_files(folder: Path) -> list[Path]:
    """The one file, or the index and the files that it names. Raises ModelError."""
    single, index = folder / SINGLE, folder / INDEX
    if single.is_file():
        return [single]
    if not index.is_file():
        old = sorted(folder.glob("pytorch_model*.bin"))
        raise ModelError(
            f"there is neither {SINGLE} nor {INDEX}",
            file=folder,
            hint=f"{old[0].name} is a pickle: save the model as safetensors, which "
            "save_pretrained does."
            if old
            else "copy the weights, too.",
        )
    return [index, *(folder / name for name in sorted(set(_weight_map(index).values())))]


def read_weights(folder: Path) -> tuple[dict[str, Tensor], list[Path]]:
    """All tensors by name, and the files of which they were read. Raises ModelError."""
    first, *files = of = weight_files(folder)
    if not files:
        return _tensors(first), of
    places = _weight_map(first)
    found: dict[str, Tensor] = {}
    for file in files:
        tensors = _tensors(file)
        for name, tensor in tensors.items():
            if places.get(name) != file.name:
                told = f"in {places[name]}" if name in places else "nowhere"
                raise ModelError(f"{name} is in this file, and the index says {told}", file=file)
            found[name] = tensor
    if missing := sorted(places.keys() - found.keys()):
        raise ModelError(
            f"the index says that {missing[0]} is in {places[missing[0]]}, and it is not",
            file=first,
        )
    return found, of


def _weight_map(index: Path) -> dict[str, str]:
    places = read_json(index, _LARGEST_INDEX).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise ModelError("weight_map is missing, expected are tensors and their files", file=index)
    for name, place in places.items():
        if not isinstance(place, str) or Path(place).name != place or "\\" in place:
            raise ModelError(
                f"{name} is said to be in {place!r}, expected is a file of this folder",
                file=index,
                hint="an index that points elsewhere may be an attack: get the folder from its "
                "makers.",
            )
        if not place.endswith(".safetensors"):
            raise ModelError(
                f"{name} is said to be in {place!r}, expected is a safetensors file", file=index
            )
        if not (index.parent / place).is_file():
            raise ModelError(
                f"{name} is said to be in {place}, which is missing",
                file=index,
                hint="copy that file, too.",
            )
    return places


def _tensors(file: Path) -> dict[str, Tensor]:
    _check_header(file)
    try:
        with safe_open(file, framework="pt") as opened:
            return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"the weights are damaged or cut short: {error}", file=file, hint="copy the file again."
        ) from None


def _check_header(file: Path) -> None:
    """Raise ModelError where a tensor is told of twice: safetensors lets the later one win."""
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(_HEADER_SIZE), "little")
        if size > _LARGEST_HEADER:
            raise ModelError(f"the file's header has {size:,} bytes, it is damaged", file=file)
        header = stream.read(size)
    if len(header) == size > 0:  # or else it is cut short, which safetensors tells
        parse_json(header, file)
