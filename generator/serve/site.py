"""A finished site as a web server sees it: addresses on one side, files on the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

INDEX = "index.html"
NOT_FOUND = "404.html"


@dataclass(frozen=True)
class Found:
    """A file, and its path from the site's top."""

    path: str
    file: Path


@dataclass(frozen=True)
class Moved:
    """Another address, which is the right one."""

    address: str


class ServedSite:
    """The site in `folder`, whose top stands at the address `base`, such as / or /blog/.

    What lies in `previews` is shown instead of the file at the same path.
    """

    def __init__(self, folder: Path, base: str = "/", previews: Path | None = None) -> None:
        self.folder = folder
        self.base = base
        self._previews = previews

    def find(self, address: str) -> Found | Moved | None:
        """What stands at an address, as a request names it without its query; None for nothing.

        Nothing outside the site's folder stands anywhere.
        """
        asked, base = unquote(address), unquote(self.base)
        if base != "/" and asked in ("/", base.removesuffix("/")):
            return Moved(self.base)
        if not asked.startswith(base):
            return None
        path = asked.removeprefix(base)
        if path == "" or path.endswith("/"):
            path += INDEX
        file = self.file(path)
        if file is None:
            return None
        if file.is_dir():
            return Moved(f"{self.base}{quote(path)}/")
        return Found(path, file)

    def file(self, path: str) -> Path | None:
        """The file or folder at a path from the site's top, if there is one inside the site."""
        if any(part in ("", ".", "..") for part in path.split("/")) or {"\\", "\0"} & set(path):
            return None
        if self._previews is not None:
            preview = _inside(self._previews, path)
            if preview is not None and preview.is_file():
                return preview
        return _inside(self.folder, path)


def _inside(folder: Path, path: str) -> Path | None:
    try:
        top = folder.resolve(strict=True)
        file = (top / path).resolve(strict=True)
    except (OSError, RuntimeError):  # not there, too long a name; a link to itself
        return None
    inside = file.is_relative_to(top) and (file.is_file() or file.is_dir())
    return file if inside else None
