"""The articles of a finished output, each in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.page.records import Entry, read_claims, read_numbers


@dataclass(frozen=True)
class Edition:
    """One article in one language: its Markdown for Hugo, and its folder on the site.

    A draft has no folder on the site. `suffix` tells the languages of a bundle apart: `.en`, or
    nothing where there is one.
    """

    markdown: Path
    site: Path
    suffix: str

    @property
    def name(self) -> str:
        return self.markdown.parent.name + self.suffix

    @property
    def records(self) -> Path:
        """The folder that holds the list of its numbers, and that of its claims."""
        return self.markdown.parent / "data"

    @property
    def numbers(self) -> list[Entry]:
        """Raises DataError where the list is damaged."""
        return read_numbers(self.records, self.suffix)

    @property
    def claims(self) -> list[Entry]:
        """Raises DataError where the list is damaged."""
        return read_claims(self.records, self.suffix)

    @property
    def pages(self) -> list[Path]:
        """All files that show its numbers, as far as they are there."""
        files = [self.markdown, self.site / "index.html", self.site / "numbers.html"]
        return [file for file in files if file.is_file()]


def editions(output: Path) -> list[Edition]:
    """Every article of an output, by name."""
    return [
        Edition(markdown, _site(output, markdown.parent.name, suffix), suffix)
        for markdown in sorted(output.glob("hugo/content/posts/*/index*.md"))
        for suffix in [markdown.stem.removeprefix("index")]
    ]


def _site(output: Path, slug: str, suffix: str) -> Path:
    own = output / "site" / suffix.removeprefix(".") / "posts" / slug
    return own if own.is_dir() else output / "site/posts" / slug
