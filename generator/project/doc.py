"""A page of the documentation: `content/docs/<name>.md`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.project.article import split_front
from generator.project.section import Section, Words


class DocFront(Section):
    """Title, summary, language, and place among the other pages."""

    title: Words
    summary: Words
    language: str = "en"
    order: int


@dataclass(frozen=True)
class Doc:
    """A page of the documentation; `body` is Markdown in which Jinja can name the tables of
    `generator.page.docs`."""

    name: str
    file: Path
    front: DocFront
    body: str


def read_doc(file: Path) -> Doc:
    """Raises ConfigError where the front matter is not understood."""
    source, body = split_front(file)
    return Doc(file.stem, file, source.parse(DocFront), body)
