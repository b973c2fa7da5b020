"""The output folder: made beside the old one and put in its place when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.build.swap import exchanged
from generator.errors import GlasspageError
from generator.files import remove, write

MARKER = ".glasspage"


def clean(output: Path) -> list[Path]:
    """Remove an output folder and what a killed build left beside it; returns what was there.

    Raises GlasspageError where `output` holds something that no build made.
    """
    check_ours(
        output,
        "so it is not removed",
        "name the folder of a build, or remove this one yourself.",
    )
    output = output.resolve()
    found = [folder for folder in (output, *_beside(output), cache_of(output)) if folder.exists()]
    for folder in found:
        remove(folder)
    return found


def cache_of(output: Path) -> Path:
    """Where what an output was made of is kept to be used again.

    Raises GlasspageError for the top of a disk, which has nothing beside it.
    """
    output = output.resolve()
    if not output.name:
        raise GlasspageError(
            "a build replaces the whole of its output, and this is no folder for one",
            file=output,
            hint="name another folder.",
        )
    return output.with_name(f".{output.name}.cache")


@contextmanager
def replaced(output: Path) -> Iterator[Path]:
    """A folder to build in; it becomes `output` if nothing raises, and is dropped otherwise.

    Raises GlasspageError where `output` holds something that no build made.
    """
    check_ours(output)
    output = output.resolve()  # a link stays one, and `.` has a name
    scratch, previous = _beside(output)
    if not output.exists() and previous.exists():  # a build was killed between two renames
        previous.rename(output)
    for leftover in (scratch, previous):
        remove(leftover)
    try:
        write(scratch / MARKER, "glasspage made this folder and replaces the whole of it.\n")
        yield scratch
        if output.exists() and exchanged(scratch, output):
            return  # what was the output is dropped as scratch
        if output.exists():
            output.rename(previous)
        scratch.rename(output)
    finally:
        remove(scratch)
        if not output.exists() and previous.exists():
            previous.rename(output)
        remove(previous)


def check_ours(
    output: Path,
    then: str = "and a build replaces the whole of it",
    hint: str = "name another folder, or empty this one yourself.",
) -> None:
    """Raise GlasspageError where `output` holds something that no build made; `then` says why that
    matters, and `hint` what to do."""
    if output.exists() and not output.is_dir():
        raise GlasspageError("this is a file, and a build makes a folder", file=output)
    if output.exists() and not (output / MARKER).is_file() and any(output.iterdir()):
        raise GlasspageError(f"this folder was not made by a build, {then}", file=output, hint=hint)


def _beside(output: Path) -> tuple[Path, Path]:
    """Where the next build is made, and where the last one stands while they change places."""
    return output.with_name(f".{output.name}.new"), output.with_name(f".{output.name}.old")
