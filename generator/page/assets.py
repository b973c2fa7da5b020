"""A theme's styles and scripts, named after what they hold."""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from generator.errors import TemplateError, did_you_mean
from generator.files import write
from generator.project.source import read_text
from generator.project.theme import Theme

FOLDER = "assets"
_HASH = 8  # hexadecimal digits
_STRING = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
# What a style names as a file; comments, and texts that name none, are passed over.
_NAMED = re.compile(
    rf"""/\*(?s:.*?)\*/
    | url\(\s*(?P<url>{_STRING}|[^"'()\s]*)\s*\)
    | @import\s+(?P<import>{_STRING})
    | {_STRING}""",
    re.VERBOSE,
)


class Assets:
    """The files of a theme's `assets/`; a changed file has a new name, so caches never lie.

    What a style names with `url(…)` or `@import` is one of them, and is named there as it is here.

    Raises TemplateError, with file and line, where it is not, or is asked of another host.
    """

    def __init__(self, theme: Theme) -> None:
        self._files = theme.files(FOLDER)
        self._made: dict[str, tuple[str, bytes]] = {}  # by name, that on the site and the content
        for name in self._files:
            self._make(name, ())

    def __call__(self, name: str) -> str:
        """Where the asset `name` is found from the site's top.

        Raises TemplateError where the theme has no such asset.
        """
        if name not in self._made:
            raise TemplateError(
                f"the theme has no asset {name!r}", hint=did_you_mean(name, self._made)
            )
        return f"{FOLDER}/{self._made[name][0]}"

    def write(self, site: Path) -> None:
        """Write all assets into the site."""
        for name, content in self._made.values():
            write(site / FOLDER / name, content)

    def _make(self, name: str, styles: tuple[str, ...]) -> str:
        """The name on the site of the asset `name`, which the last of `styles` asks for."""
        if name not in self._made:
            content = self._files[name].read_bytes()
            if name.endswith(".css"):
                content = self._style(name, (*styles, name)).encode()
            digest = hashlib.sha256(content).hexdigest()[:_HASH]
            path = PurePosixPath(name)
            made = path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix()
            self._made[name] = made, content
        return self._made[name][0]

    def _style(self, name: str, styles: tuple[str, ...]) -> str:
        """A style, in which other assets have their names on the site."""
        text = read_text(self._files[name])
        folder = posixpath.dirname(name)

        def named(found: re.Match[str]) -> str:
            group = "url" if found["url"] else "import"
            address = (found[group] or "").strip("\"'")
            if not address or address.startswith(("#", "data:")):
                return found[0]
            line = text.count("\n", 0, found.start()) + 1
            file, parts = self._files[name], urlsplit(address)
            if parts.scheme or parts.netloc or address.startswith("/"):
                raise TemplateError(
                    f"{address!r} is none of the theme's assets; the site asks no other host for "
                    "anything",
                    file=file,
                    line=line,
                    hint="copy the file into the theme's assets/ and name it from here.",
                )
            wanted = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
            if wanted not in self._files:
                hint = did_you_mean(wanted, self._files)
                message = f"the theme has no asset {wanted!r}"
                raise TemplateError(message, file=file, line=line, hint=hint)
            if wanted in styles:
                raise TemplateError("styles import each other in a circle", file=file, line=line)
            made = posixpath.relpath(self._make(wanted, styles), folder or ".")
            begin, end = (at - found.start() for at in found.span(group))
            rest = address[len(parts.path) :]
            return f'{found[0][:begin]}"{made}{rest}"{found[0][end:]}'

        return _NAMED.sub(named, text)
