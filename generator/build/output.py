"""The output folder: made beside the old one and put in its place when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.build.swap import exchanged
from generator.errors import GlasspageError
from generator.files import write

MARKER = ".glasspage"


def clean(output: Path) -> list[Path]:
    """Remove an output folder and what a killed build left beside it; returns what was there.

    Raises GlasspageError where `output` holds something that no build made.
    """
    _check_ours(output)
    output = output.resolve()
    found = [folder for folder in (output, *_beside(output), cache_of(output)) if folder.exists()]
    for folder in found:
        shutil.rmtree(folder)
    return found


def cache_of(output: Path) -> Path:
    """Where what an output was made of is kept to be used again."""
    output = output.resolve()
    return output.with_name(f".{output.name}.cache")


@contextmanager
def replaced(output: Path) -> Iterator[Path]:
    """A folder to build in; it becomes `output` if nothing raises, and is dropped otherwise.

    Raises GlasspageError where `output` holds something that no build made.
    """
    _check_ours(output)
    output = output.resolve()  # a link stays one, and `.` has a name
    scratch, previous = _beside(output)
    if not output.exists() and previous.exists():  # a build was killed between two renames
        previous.rename(output)
    for leftover in (scratch, previous):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        write(scratch / MARKER, "glasspage made this folder and replaces the whole of it.\n")
        yield scratch
        if output.exists() and exchanged(scratch, output):
            return  # what was the output is dropped as scratch
        if output.exists():
            output.rename(previous)
        scratch.rename(output)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not output.exists() and previous.exists():
            previous.rename(output)
        shutil.rmtree(previous, ignore_errors=True)


def _check_ours(output: Path) -> None:
    if output.exists() and not (output / MARKER).is_file() and any(output.iterdir()):
        raise GlasspageError(
            "this folder was not made by a build, and a build replaces the whole of it",
            file=output,
            hint="name another with --output, or empty it yourself.",
        )


def _beside(output: Path) -> tuple[Path, Path]:
    """Where the next build is made, and where the last one stands while they change places."""
    return output.with_name(f".{output.name}.new"), output.with_name(f".{output.name}.old")
