"""Files that may be attacks, read in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

import generator
from generator.errors import ModelError
from generator.imports.confined import (
    CHECKPOINT,
    CONTENTS,
    FOLDER,
    TENSORS,
    TOKENIZER,
    VOCABULARY,
)
from generator.imports.converted import Converted
from generator.imports.refusal import ANOTHER_SOURCE
from generator.project.card import Architecture

_STARTING = 30  # seconds that a busy machine may need to start a process and import torch


@dataclass(frozen=True)
class Limits:
    """What reading a file may take beyond what a process takes that has not begun to: bytes of
    memory, and seconds."""

    memory: int
    seconds: int

    @classmethod
    def of(cls, place: Path) -> Limits:
        """Several times what a sound file, or folder of files, of this size needs; of memory, no
        more than most of what the machine has."""
        files = place.iterdir() if place.is_dir() else [place]
        size = sum(file.stat().st_size for file in files if file.is_file())
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = min(2**30 + 6 * size, machine * 3 // 4)
        return cls(memory=memory, seconds=20 + size // (20 * 2**20))


@dataclass(frozen=True)
class Contents:
    """What a checkpoint holds: the names at its top, its settings, and its tensors."""

    keys: list[str]
    settings: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)


def read_checkpoint(file: Path, limits: Limits | None = None) -> Contents:
    """A checkpoint that torch wrote. Raises ModelError where it is refused."""
    with tempfile.TemporaryDirectory() as made:
        found = _read(CHECKPOINT, file, Path(made), limits or Limits.of(file))
        tensors = Path(made) / TENSORS
        # Its tensors outlive the file's name: they are mapped into memory.
        held = load_file(tensors) if tensors.is_file() else {}
    return Contents(found["keys"], found["settings"], held)


def read_folder(folder: Path, limits: Limits | None = None) -> Converted:
    """A folder of Hugging Face's, converted. Raises ModelError where it is refused."""
    with tempfile.TemporaryDirectory() as made:
        found = _read(FOLDER, folder, Path(made), limits or Limits.of(folder))
        return Converted(
            format=found["format"],
            architecture=Architecture.model_validate(found["architecture"]),
            tensors=load_file(Path(made) / TENSORS),  # mapped into memory, they outlive its name
            tokenizer=(Path(made) / TOKENIZER).read_bytes(),
            files=[folder / name for name in found["files"]],
            notes=found["notes"],
        )


def read_vocabulary(file: Path, limits: Limits | None = None) -> dict[str, Any]:
    """nanoGPT's `meta.pkl`; its mappings are lists of pairs. Raises ModelError where refused."""
    with tempfile.TemporaryDirectory() as made:
        return _read(VOCABULARY, file, Path(made), limits or Limits.of(file))


def _read(what: str, file: Path, folder: Path, limits: Limits) -> dict[str, Any]:
    package = str(Path(generator.__file__).parent.parent)
    known = os.environ.get("PYTHONPATH")
    # -P: no module is imported out of the folder in which glasspage happens to be run.
    command = [sys.executable, "-P", "-m", "generator.imports.confined", what, str(file.resolve())]
    try:
        done = subprocess.run(
            [*command, str(folder), str(limits.memory), str(limits.seconds)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (package, known)))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_STARTING + limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(file, limits) from None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _too_slow(file, limits)
    contents = folder / CONTENTS
    if done.returncode != 0 or not contents.is_file():
        raise ModelError(
            "the process that read it came to an early end",
            file=file,
            hint=f"the file is damaged, or an attack: {ANOTHER_SOURCE}",
        )
    found: dict[str, Any] = json.loads(contents.read_text(encoding="utf-8"))
    if "refused" in found:
        raise ModelError(found["refused"], file=found.get("file", file), hint=found["hint"])
    return found


def _too_slow(file: Path, limits: Limits) -> ModelError:
    return ModelError(
        f"reading it took longer than {limits.seconds} s, and was stopped",
        file=file,
        hint=f"a sound file of this size takes less: {ANOTHER_SOURCE}",
    )
