"""An existing Hugo site, as its configuration describes it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator.errors import GlasspageError

# What a configuration file says, its keys in lower case.
Config = tuple[Path, dict[str, Any]]
_READERS: dict[str, Callable[[str], Any]] = {
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
    ".toml": tomllib.loads,
    ".json": json.loads,
}


@dataclass(frozen=True)
class Blog:
    """A Hugo site that its author keeps.

    `languages` are those that it declares, none where it has one only, and `languages_file` the
    file that declares them or would; `shows_html` tells whether it lets HTML through that stands in
    Markdown, as diagrams do.
    """

    folder: Path
    languages: list[str]
    languages_file: Path
    shows_html: bool

    @property
    def posts(self) -> Path:
        return self.folder / "content" / "posts"

    @classmethod
    def read(cls, folder: Path) -> Blog:
        """The Hugo site in `folder`.

        Raises GlasspageError where there is no configuration of Hugo's, where it cannot be read, or
        where it keeps its content in other folders.
        """
        configs = _configs(folder)
        languages, file = _languages(configs)
        return cls(folder, languages, file, _shows_html(configs))


def _languages(configs: Sequence[Config]) -> tuple[list[str], Path]:
    for file, keys in configs:
        found = keys if file.stem == "languages" else keys.get("languages") or {}
        own = [keys, *(each for each in found.values() if isinstance(each, dict))]
        if any(str(key).lower() == "contentdir" for each in own for key in each):
            raise GlasspageError(
                "the blog keeps its content in other folders (contentDir)",
                file=file,
                hint="copy the bundles from output/hugo/content/posts/ yourself.",
            )
        if found:
            return list(found), file
    return [], configs[0][0]


def _shows_html(configs: Sequence[Config]) -> bool:
    for _, keys in configs:
        found: Any = keys if "markup" in keys else {"markup": keys}
        for name in ("markup", "goldmark", "renderer", "unsafe"):
            known = found if isinstance(found, dict) else {}
            found = {str(key).lower(): value for key, value in known.items()}.get(name)
        if found is True:
            return True
    return False


def _configs(folder: Path) -> list[Config]:
    """A Hugo site's configuration files; at least one."""
    files = [
        file
        for place in (folder, folder / "config" / "_default")
        for stem in ("hugo", "config", "languages", "markup")
        for file in sorted(place.glob(f"{stem}.*"))
        if file.suffix in _READERS
    ]
    if not files:
        raise GlasspageError(
            "this is no Hugo site: there is no hugo.yaml, hugo.toml or config/",
            file=folder,
            hint="name the folder of your blog.",
        )
    configs = []
    for file in files:
        try:
            config = _READERS[file.suffix](file.read_text(encoding="utf-8")) or {}
            configs.append((file, {str(key).lower(): value for key, value in config.items()}))
        except (yaml.YAMLError, ValueError, AttributeError) as error:
            raise GlasspageError(f"this is no configuration: {error}", file=file) from None
    return configs
