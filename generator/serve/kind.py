"""Kinds of files, as a web server names them."""

from __future__ import annotations

from pathlib import PurePath

# Not those of the `mimetypes` module, which differ from one system to another.
_TEXTS = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
    ".yaml": "text/plain",  # which a browser shows instead of saving it
    ".yml": "text/plain",
}
_OTHERS = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}

HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


def kind_of(path: str) -> str:
    """The media type of a file, by its name; text is UTF-8."""
    suffix = PurePath(path).suffix.lower()
    if suffix in _TEXTS:
        return f"{_TEXTS[suffix]}; charset=utf-8"
    return _OTHERS.get(suffix, "application/octet-stream")
