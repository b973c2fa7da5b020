"""Files on disk: the one place that writes them, their hashes, and what their names tell."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

# Pictures that browsers show, by the end of the file's name.
PICTURES = (
    ".apng", ".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp",
)  # fmt: skip
PICTURES_TOLD = "AVIF, GIF, JPEG, PNG, SVG and WebP"
PARTS = ("content", "themes", "models")  # of a project's folder: all that its author makes


def sha256_of(file: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(file: Path, content: str | bytes) -> None:
    """Write a whole file or nothing: a reader never sees half of one. Makes its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.tmp")
    scratch.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    scratch.replace(file)


def remove(place: Path) -> None:
    """Remove what stands in a place, if anything does: a file, a link, or a folder with all that
    is in it. What cannot be removed stays."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        with suppress(OSError):
            place.unlink()


def is_picture(name: str) -> bool:
    """Whether browsers show a file of this name as a picture."""
    return name.lower().endswith(PICTURES)


def is_leftover(name: str) -> bool:
    """Whether a file is hidden, or an editor's copy."""
    return name.startswith((".", "#")) or name.endswith(("~", ".bak", ".orig", ".swp"))
