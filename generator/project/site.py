"""The site as a whole: `content/site.yaml`."""

from __future__ import annotations

from pydantic import Field

from generator.project.section import Section


class Site(Section):
    """Title, language, theme, and the article that a prompt gets when it names none."""

    title: str = Field(min_length=1)
    description: str
    language: str = "zh"
    author: str | None = None
    base_url: str = "https://example.org/"
    theme: str = "paper"
    default_article: str = "llm-pipeline"
