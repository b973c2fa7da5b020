"""A theme's styles and scripts, named after what they hold."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path, PurePosixPath

from generator.errors import TemplateError, did_you_mean
from generator.project.theme import Theme

FOLDER = "assets"
_HASH = 8  # hexadecimal digits


class Assets:
    """The files of a theme's `assets/`; a changed file has a new name, so caches never lie."""

    def __init__(self, theme: Theme) -> None:
        self._files = theme.files(FOLDER)
        self._names = {name: _fingerprinted(name, file) for name, file in self._files.items()}

    def __call__(self, name: str) -> str:
        """Where the asset `name` is found from the site's top.

        Raises TemplateError where the theme has no such asset.
        """
        if name not in self._names:
            raise TemplateError(
                f"the theme has no asset {name!r}", hint=did_you_mean(name, self._names)
            )
        return f"{FOLDER}/{self._names[name]}"

    def write(self, site: Path) -> None:
        """Copy all assets into the site."""
        for name, file in self._files.items():
            target = site / FOLDER / self._names[name]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _fingerprinted(name: str, file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:_HASH]
    path = PurePosixPath(name)
    return path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix()
