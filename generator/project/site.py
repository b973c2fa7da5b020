"""The site as a whole: `content/site.yaml`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from generator.project.section import Section

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]  # as in BCP 47


def _is_base_url(text: str) -> str:
    # RFC 3986: other characters are written as %XX or, in a host's name, as punycode.
    if not re.fullmatch(r"https?://[A-Za-z0-9._~:/@%!$&'()*+,;=\[\]-]+/", text):
        raise ValueError("expected an address in ASCII that ends with /, as https://example.org/")
    return text


BaseUrl = Annotated[str, AfterValidator(_is_base_url)]


class Licence(Section):
    """Under which terms the articles may be used."""

    name: str = Field(min_length=1)
    url: str = Field(pattern=r"^https://")


class Translation(Section):
    """What the site is called in another of its languages."""

    title: str = Field(min_length=1)
    description: str


class Site(Section):
    """Title, languages, theme, and the article that a prompt gets when it names none.

    `language` is the main one; `translations` names the others. `base_url` is where the site will
    stand, and may have a path.
    """

    title: str = Field(min_length=1)
    description: str
    language: Language = "zh"
    translations: dict[Language, Translation] = Field(default_factory=dict)
    author: str | None = None
    licence: Licence | None = None
    base_url: BaseUrl = "https://example.org/"
    theme: str = "paper"
    default_article: str = "llm-pipeline"

    @property
    def languages(self) -> list[str]:
        """All languages, the main one first."""
        return [self.language, *(name for name in self.translations if name != self.language)]

    def in_language(self, language: str) -> Translation:
        """Title and description in one of the languages."""
        if language in self.translations:
            return self.translations[language]
        return Translation(title=self.title, description=self.description)
