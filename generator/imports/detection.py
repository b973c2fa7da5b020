"""What a path is: whose checkpoint, by the files that it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generator.errors import ModelError

_SUFFIXES = (".pt", ".pth", ".ckpt", ".bin")
_USUAL = ("ckpt", "model")  # what nanoGPT and the book call every checkpoint
_KNOWN = (
    "nanoGPT's ckpt.pt, the Transformer-from-scratch book's model.ckpt, and Hugging Face's folders "
    "with config.json are known."
)


@dataclass(frozen=True)
class Detected:
    """A folder of Hugging Face's, or a file that torch wrote."""

    kind: Literal["folder", "file"]
    place: Path

    @property
    def name(self) -> str:
        """What a model from there may be called."""
        place = self.place.absolute()
        if self.kind == "file":
            place = place.parent if place.stem in _USUAL else place.with_suffix("")
        kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in place.name)
        return kept.strip("-") or "imported"


def detect(path: Path) -> Detected:
    """Raises ModelError where there is nothing that we know."""
    if path.is_file():
        if path.name in ("config.json", "model.safetensors"):
            return detect(path.parent)
        return Detected("file", path)
    if not path.is_dir():
        raise ModelError("there is no such file or folder", file=path, hint=_KNOWN)
    if (path / "config.json").is_file():
        return Detected("folder", path)
    files = sorted(f for f in path.iterdir() if f.suffix in _SUFFIXES and f.is_file())
    if len(files) != 1:
        told = f"{len(files)} checkpoints" if files else "no checkpoint"
        raise ModelError(
            f"the folder holds {told} and no config.json",
            file=path,
            hint=f"name the file. {_KNOWN}" if files else _KNOWN,
        )
    return Detected("file", files[0])
