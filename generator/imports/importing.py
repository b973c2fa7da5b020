"""Somebody else's checkpoint made one of a project's models."""

from __future__ import annotations

from pathlib import Path
from zipfile import is_zipfile

from generator.errors import ModelError
from generator.imports import nanogpt, scratch
from generator.imports.converted import Converted
from generator.imports.detection import Detected
from generator.imports.untrusted import Contents, Limits, read_checkpoint, read_folder


def convert(detected: Detected, limits: Limits | None = None) -> Converted:
    """Read and convert a checkpoint. Raises ModelError where it is refused."""
    if detected.kind == "folder":
        return read_folder(detected.place, limits)
    made = convert_contents(read_checkpoint(detected.place, limits), detected.place, limits)
    if not is_zipfile(detected.place):
        made.notes.append("the file is of torch's old format, which would not tell a flipped byte.")
    return made


def convert_contents(contents: Contents, file: Path, limits: Limits | None = None) -> Converted:
    """Convert what was read of a file that torch wrote. Raises ModelError where it is refused."""
    if "model_args" in contents.keys:
        return nanogpt.convert(contents, file, limits)
    if "h_params" in contents.keys:
        return scratch.convert(contents, file)
    found = ", ".join(contents.keys[:10]) or "nothing"
    raise ModelError(
        f"the checkpoint holds {found}; expected are model_args and model, as nanoGPT has them, or "
        "h_params and model_state_dict, as the Transformer-from-scratch book does",
        file=file,
        hint="weights alone do not say how they compute.",
    )
