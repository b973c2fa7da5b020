"""The list of what a build made, and of what it was made from, each file with its sha256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.data.yaml_text import dump, load
from generator.errors import DataError
from generator.files import sha256_of, write

NAME = "manifest.yaml"


@dataclass(frozen=True)
class Manifest:
    """sha256 by path: of the output's files below its folder, of the models' below the project."""

    output: dict[str, str]
    models: dict[str, str]


def write_manifest(output: Path, models: Mapping[str, str]) -> None:
    """List every file of `output` in its manifest, and the files of `models` it was made from, by
    path with their sha256."""
    listing = {"output": digests(output, output), "models": dict(models)}
    write(output / NAME, "# sha256 of every file of this build\n" + dump(listing))


def read_manifest(output: Path) -> Manifest:
    """Read an output's manifest. Raises DataError where it is missing or damaged."""
    file = output / NAME
    hint = "run `glasspage build`."
    try:
        listing: Any = load(file.read_bytes())
        parts = [dict(listing[key]) for key in ("output", "models")]
    except FileNotFoundError:
        raise DataError("there is no build here", file=file, hint=hint) from None
    except (DataError, KeyError, TypeError, ValueError):
        raise DataError("the manifest is damaged", file=file, hint=hint) from None
    return Manifest(*parts)


def digests(folder: Path, root: Path) -> dict[str, str]:
    """sha256 of every file below `folder` but its manifest, by path from `root`."""
    own = folder / NAME
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file != own)
    return {file.relative_to(root).as_posix(): sha256_of(file) for file in files}
