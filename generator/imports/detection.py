"""What a path is: whose checkpoint, by the files that it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generator.errors import ModelError
from generator.files import sha256_of
from generator.imports.shards import INDEX, SINGLE, weight_files
from generator.project.card import Imported
from generator.project.origin import CHECKPOINTS

# Of a folder of Hugging Face's.
CONFIG, TOKENIZER, SETTINGS = "config.json", "tokenizer.json", "tokenizer_config.json"
_KNOWN = (
    "nanoGPT's ckpt.pt, the Transformer-from-scratch book's model.ckpt, and Hugging Face's folders "
    "with config.json are known."
)


@dataclass(frozen=True)
class Detected:
    """A folder of Hugging Face's, or a file that torch wrote."""

    kind: Literal["folder", "file"]
    place: Path

    def made(self, source: Imported) -> bool:
        """Whether an import is one of these files as they are now. Raises ModelError where the
        files are not those of a checkpoint."""
        was = {each.file: each.sha256 for each in source.files}
        if self.kind == "folder":
            named = [self.place / name for name in (CONFIG, TOKENIZER, SETTINGS)]
            files = [*named, *weight_files(self.place)]
        else:  # beside it there may be its vocabulary
            files = [self.place, *(self.place.with_name(name) for name in was)]
        return was == {file.name: sha256_of(file) for file in files if file.is_file()}


def detect(path: Path) -> Detected:
    """Raises ModelError where there is nothing that we know."""
    if path.is_file():
        if path.name in (CONFIG, TOKENIZER, SINGLE, INDEX):
            return detect(path.parent)
        return Detected("file", path)
    if not path.is_dir():
        raise ModelError("there is no such file or folder", file=path, hint=_KNOWN)
    if (path / CONFIG).is_file():
        return Detected("folder", path)
    files = sorted(f for f in path.iterdir() if f.suffix in CHECKPOINTS and f.is_file())
    if len(files) != 1:
        told = f"{len(files)} checkpoints" if files else "no checkpoint"
        raise ModelError(
            f"the folder holds {told} and no config.json",
            file=path,
            hint=f"name the file. {_KNOWN}" if files else _KNOWN,
        )
    return Detected("file", files[0])
