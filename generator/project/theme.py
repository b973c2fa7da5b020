"""A theme: layouts, components, assets and words. One theme can inherit another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.errors import ConfigError, GlasspageError, combined, did_you_mean
from generator.files import is_leftover
from generator.project.section import Section
from generator.project.source import Path_, Source

CONFIG = "theme.yaml"
PARTS = ("layouts", "components", "assets", "i18n", "hugo")


class ThemeConfig(Section):
    """A theme's own `theme.yaml`, which it need not have."""

    inherits: str | None = None
    """The theme whose files it takes where it has none of its own."""


class Theme:
    """The files of a theme and of those that it inherits; `folders` has the most specific first.

    layouts/     pages, as Jinja templates
    components/  diagrams, as Jinja macros
    assets/      styles and scripts
    i18n/        the theme's own words, a YAML file a language
    hugo/        the minimal Hugo site around the bundles
    """

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders

    @classmethod
    def read(cls, themes: Path, name: str) -> Theme:
        """The theme `name` of the folder `themes`. Raises ConfigError where one is missing."""
        folders: list[Path] = []
        wanted: str | None = name
        while wanted is not None:
            folder = themes / wanted
            if folder in folders:
                raise ConfigError("themes inherit each other in a circle", file=folder / CONFIG)
            if not folder.is_dir():
                known = [found.name for found in themes.glob("*") if found.is_dir()]
                where = folders[-1] / CONFIG if folders else themes
                hint = did_you_mean(wanted, known)
                raise ConfigError(f"there is no theme {wanted!r}", file=where, hint=hint)
            folders.append(folder)
            config = folder / CONFIG
            wanted = Source.read(config).parse(ThemeConfig).inherits if config.is_file() else None
        theme = cls(tuple(folders))
        if not theme.files("layouts"):
            raise ConfigError(
                "the theme has no layouts", file=folders[-1] / "layouts", hint=theme._to_inherit()
            )
        return theme

    def _to_inherit(self) -> str:
        """How it gets what neither it nor a theme that it inherits has."""
        others = [
            folder.name
            for folder in sorted(self.folders[-1].parent.iterdir())
            if (folder / "layouts").is_dir() and folder not in self.folders
        ]
        return (
            "write them there, or let it take those of another theme: "
            f"`inherits: {others[0] if others else 'NAME'}` in {self.folders[-1] / CONFIG}."
        )

    def paths(self, part: str = "") -> list[Path]:
        """Where to look for templates of one `part`, such as `layouts`, in order."""
        return [folder / part for folder in self.folders]

    def files(self, part: str) -> dict[str, Path]:
        """Every file of one `part` by its place in it; what a theme has hides what it inherits."""
        found: dict[str, Path] = {}
        for folder in reversed(self.paths(part)):
            for file in sorted(folder.rglob("*")):
                name = file.relative_to(folder)
                if file.is_file() and not any(map(is_leftover, name.parts)):
                    found[name.as_posix()] = file
        return dict(sorted(found.items()))

    def words(self, language: str) -> dict[str, Any]:
        """The theme's own words.

        Raises ConfigError where it has none in the language, and for what is no text in them.
        """
        words: dict[str, Any] = {}
        errors: list[GlasspageError] = []
        for source in self.word_sources(language):
            errors += _no_texts(source, source.content, ())
            _merge(words, source.content)
        if errors:
            raise combined(errors)
        return words

    def word_sources(self, language: str) -> list[Source]:
        """The files of its words in a language, the most specific last. Raises like `words`."""
        files = [folder / f"{language}.yaml" for folder in self.paths("i18n")]
        found = [file for file in reversed(files) if file.is_file()]
        if not found:
            raise self.without_words(language, "in content/site.yaml")
        return [Source.read(file) for file in found]

    def without_words(self, language: str, asked: str) -> ConfigError:
        """The error that it has no words in a language; `asked` says where it is asked for."""
        file = self.folders[0] / "i18n" / f"{language}.yaml"
        known = self.files("i18n")
        hint = self._to_inherit()
        if self.languages:
            given = known.get("en.yaml") or known[f"{self.languages[0]}.yaml"]
            hint = (
                f"name another language {asked}: {did_you_mean(language, self.languages)} To "
                f"add this one, translate {given} into {file}, or into the same place of a theme "
                "that inherits."
            )
        return ConfigError(
            f"the theme has no words in the language {language!r}", file=file, hint=hint
        )

    @property
    def languages(self) -> list[str]:
        """The languages that it has words in."""
        return [Path(name).stem for name in self.files("i18n") if name.endswith(".yaml")]


def _no_texts(source: Source, word: Any, path: Path_) -> list[GlasspageError]:
    """An error for everything in a file of words that is neither a text nor a group of them."""
    if isinstance(word, dict):
        return [error for key in word for error in _no_texts(source, word[key], (*path, key))]
    if isinstance(word, str):
        return []
    hint = None if isinstance(word, list) else "put it in quotes."
    return [source.unexpected("a text", path, hint=hint)]


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
