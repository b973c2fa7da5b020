"""Pictures beside an article: which a body shows, and how large each is."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

Size = tuple[int, int]  # width and height in CSS pixels

_IMG = re.compile(r"""<img\b(?:"[^"]*"|'[^']*'|[^<>"'])*>""")
_ATTRIBUTE = re.compile(r"""\s([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_LENGTH = re.compile(r"\s*\+?([0-9.]+)(?:px)?\s*")
_KNOWN = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
# Of JPEG: the markers of a frame's header, and the orientations that turn it by a quarter.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_TURNED = range(5, 9)


def pictures(body: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The pictures of a body that should lie beside it in `folder`: each address as it is written,
    and the file."""
    for found in _IMG.finditer(re.sub(r"(?s)<!--.*?-->", "", body)):
        attributes = _attributes(found[0])
        if file := _file(attributes.get("src", ""), folder):
            yield unescape(attributes["src"]), file


def sized(body: str, folder: Path) -> str:
    """The body with width and height on every picture beside it that has neither, so that nothing
    moves while a browser loads them."""

    def with_size(found: re.Match[str]) -> str:
        attributes = _attributes(found[0])
        file = _file(attributes.get("src", ""), folder)
        if file is None or {"width", "height"} & attributes.keys() or not (size := size_of(file)):
            return found[0]
        return f'<img width="{size[0]}" height="{size[1]}"{found[0][len("<img") :]}'

    return _IMG.sub(with_size, body)


def shows(file: Path) -> bool:
    """Whether a file of one of these kinds has a picture in it; others are taken at their word."""
    return file.suffix.lower() not in _KNOWN or size_of(file) is not None


def size_of(file: Path) -> Size | None:
    """How large a PNG, JPEG, GIF, WebP or SVG is; nothing where the file does not say."""
    try:
        return _size(file.read_bytes())
    except (OSError, struct.error, IndexError, ValueError):
        return None


def _size(content: bytes) -> Size | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", content, 16)
        return width, height
    if content.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", content, 6)
        return width, height
    if content.startswith(b"\xff\xd8"):
        return _size_of_jpeg(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _size_of_webp(content)
    if b"<svg" in content[:4096]:
        return _size_of_svg(content.decode("utf-8"))
    return None


def _size_of_jpeg(content: bytes) -> Size | None:
    at, turned = 2, False
    while content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack_from(">H", content, at + 2)[0]
        if marker == 0xFF:  # a filler
            at += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return (height, width) if turned else (width, height)
        if marker == 0xE1 and content[at + 4 : at + 10] == b"Exif\0\0":
            turned = _orientation(content[at + 10 : at + 2 + length]) in _TURNED
        at += 2 + length
    return None


def _orientation(exif: bytes) -> int:
    """How a camera was held (tag 0x0112 of the first directory); browsers turn the picture so."""
    order = "<" if exif.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
        if tag == 0x0112:
            return int(value)
    return 1


def _size_of_webp(content: bytes) -> Size | None:
    kind = content[12:16]
    if kind == b"VP8 ":  # lossy: 14 bits each, after the frame's tag and its start code
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":  # lossless: 14 bits each, less one
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":  # extended: 24 bits each, less one
        width, height = content[24:27], content[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    return None


def _size_of_svg(text: str) -> Size | None:
    tag = re.search(r"""<svg\b(?:"[^"]*"|'[^']*'|[^<>"'])*>""", text)
    attributes = _attributes(tag[0]) if tag else {}
    box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    wide, high = [float(side) for side in box[2:]] or [0.0, 0.0]
    lengths = [_LENGTH.fullmatch(attributes.get(name, "")) for name in ("width", "height")]
    width, height = [float(length[1]) if length else 0.0 for length in lengths]
    if not (width and height) and wide and high:  # the box keeps its shape
        width, height = width or height * wide / high or wide, height or width * high / wide or high
    return (round(width), round(height)) if round(width) and round(height) else None


def _attributes(tag: str) -> dict[str, str]:
    return {name: a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag)}


def _file(address: str, folder: Path) -> Path | None:
    """The file that an address names, seen from a folder; nothing for one from the site's top or
    from elsewhere."""
    try:
        parts = urlsplit(unescape(address))
    except ValueError:  # of `http://[`
        return None
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    return folder / unquote(parts.path)
