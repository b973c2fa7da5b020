"""The site as a whole: `content/site.yaml`."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from generator.project.section import HttpsUrl, Section, Words, expected

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"  # as in BCP 47
A_LANGUAGE = "the code of a language, such as zh, en or zh-Hant"
Language = Annotated[str, Field(pattern=LANGUAGE), expected(A_LANGUAGE)]


def _is_base_url(text: str) -> str:
    # RFC 3986: other characters are written as %XX or, in a host's name, as punycode.
    if not re.fullmatch(r"https?://[A-Za-z0-9._~:/@%!$&'()*+,;=\[\]-]+/", text):
        raise ValueError("expected an address in ASCII, from https:// to a / at its end")
    return text


BaseUrl = Annotated[str, AfterValidator(_is_base_url)]


class Licence(Section):
    """Under which terms the articles may be used."""

    name: Words
    """What it is called."""
    url: HttpsUrl
    """Where it can be read."""


class Translation(Section):
    """What the site is called in another of its languages."""

    title: Words
    """The site's name in the language."""
    description: str
    """What it is about."""


class Site(Section):
    """The site as a whole, `content/site.yaml`."""

    title: Words
    """The site's name."""
    description: str
    """What it is about, in a sentence."""
    language: Language = "zh"
    """The main language, as in BCP 47."""
    translations: dict[Language, Translation] = Field(default_factory=dict)
    """Its other languages, each with a `title` and a `description`."""
    author: str | None = None
    """Who wrote the articles that name nobody."""
    licence: Licence | None = None
    """Of the articles: `name` and `url`."""
    base_url: BaseUrl | None = None
    """Where the site will stand, ending in `/`; it may have a path. Until it is given, no page
    names an address of its own, links in the feed are relative, and there is no site map."""
    theme: str = "paper"
    """A folder of `themes/`."""
    default_article: str = "llm-pipeline"
    """Made with each prompt that names none."""

    @property
    def base_path(self) -> str:
        """The path of the site's top on its host; it ends in `/`."""
        return urlsplit(self.base_url or "/").path

    @property
    def languages(self) -> list[str]:
        """All languages, the main one first."""
        return [self.language, *self.translations]

    def in_language(self, language: str) -> Translation:
        """Title and description in one of the languages."""
        if language in self.translations:
            return self.translations[language]
        return Translation(title=self.title, description=self.description)
