"""Which model a prompt is for: one of the project's, or a checkpoint of somebody else's."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from generator.project.section import Section, Words

CHECKPOINTS = (".pt", ".pth", ".ckpt", ".bin")  # how the files are called that torch writes
_USUAL = ("ckpt", "model")  # what nanoGPT and the book call every checkpoint
_OF_A_FOLDER = (
    *("config.json", "tokenizer.json", "model.safetensors", "model.safetensors.index.json"),
)


class Origin(Section):
    """A model, and where it comes from. A text alone is its name."""

    SHORT: ClassVar[str | None] = "name"

    name: Words | None = None
    """A folder of `models/`, which is all that is needed where the model is there; beside a `path`,
    what to call the import."""
    path: Words | None = None
    """A checkpoint of somebody else's, as `glasspage import` takes it; from the project's folder,
    or from `~` or `/`. It is imported before it is first needed, and again when its files have
    changed."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.name is None and self.path is None:
            raise PydanticCustomError("missing_origin", "expected a `name` or a `path`")
        return self

    @property
    def called(self) -> str:
        """The folder of `models/` that the model is in, or will be."""
        return self.name or name_from(PurePath(self.path or ""))

    def place(self, root: Path) -> Path | None:
        """Where the checkpoint is, seen from a project's folder; None of a model of its own."""
        if self.path is None:
            return None
        written = Path(self.path)
        home = written.parts[:1] == ("~",)
        whole = root / (written.expanduser() if home else written)
        return whole.resolve()


def name_from(path: PurePath) -> str:
    """What a model that is imported from a path may be called; nothing where its name has no
    letter or digit of ASCII."""
    named = path
    if path.name in _OF_A_FOLDER or (path.suffix in CHECKPOINTS and path.stem in _USUAL):
        named = path.parent
    elif path.suffix in CHECKPOINTS:
        named = path.with_suffix("")
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in named.name)
    return kept.strip("-")
