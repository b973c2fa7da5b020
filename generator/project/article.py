"""An article: front matter, and a body in Markdown and Jinja."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, Field

from generator.errors import ConfigError
from generator.project.section import Section
from generator.project.source import Source, read_text

FENCE = "---"


class FrontMatter(Section):
    """What Hugo's theme PaperMod reads of a page. `title` and `summary` are templates too."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=False)

    title: str = Field(min_length=1)
    date: datetime.date
    draft: bool = False
    summary: str = Field(min_length=1)
    categories: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    weight: int | None = Field(default=None, ge=1)
    show_toc: bool = Field(default=True, alias="ShowToc")
    toc_open: bool = Field(default=True, alias="TocOpen")


@dataclass(frozen=True)
class Article:
    """An article as its author wrote it.

    `body` keeps the line numbers of the file: the front matter's lines are blank in it.
    """

    name: str
    file: Path
    source: Source
    front: FrontMatter
    body: str

    @property
    def companions(self) -> list[Path]:
        """The other files of the article's folder, such as its pictures."""
        files = sorted(self.file.parent.rglob("*"))
        return [file for file in files if file.is_file() and file != self.file]


def read_article(name: str, file: Path) -> Article:
    """Read `content/articles/<name>/index.md`. Raises ConfigError where it is not understood."""
    source, body = split_front(file)
    return Article(name, file, source, source.parse(FrontMatter), body)


def split_front(file: Path) -> tuple[Source, str]:
    """The front matter of a Markdown file, and its body, which keeps the file's line numbers."""
    lines = read_text(file).split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if len(ends) < 2 or ends[0] != 0:
        raise ConfigError(
            "a page begins with its front matter, between two lines `---`",
            file=file,
            line=1,
            hint="write title and summary there, and the date of an article.",
        )
    source = Source("\n".join(lines[1 : ends[1]]), file, first_line=2)
    return source, "\n".join([""] * (ends[1] + 1) + lines[ends[1] + 1 :])
