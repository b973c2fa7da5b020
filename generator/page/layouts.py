"""The theme's layouts: whole pages and the panel under an article, given what a page is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import yaml

from generator.errors import ConfigError, did_you_mean
from generator.page.page import Page
from generator.project.site import Site

STYLESHEET = "assets/paper.css"
SCRIPT = "assets/numbers.js"


def words_of(theme: Path, language: str) -> dict[str, str]:
    """The theme's own words in a language. Raises ConfigError where it has none."""
    file = theme / "i18n" / f"{language}.yaml"
    if not file.is_file():
        known = [found.stem for found in file.parent.glob("*.yaml")]
        raise ConfigError(
            f"the theme has no words in the language {language!r}",
            file=file,
            hint=f"set `language` in content/site.yaml: {did_you_mean(language, known)}",
        )
    words: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return words


class Layouts:
    """The layouts of a theme, for one site. Each is given the site and the theme's words."""

    def __init__(self, theme: Path, site: Site, *, has_docs: bool = False) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(theme / "layouts"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            comment_start_string="{##",
            comment_end_string="##}",
        )
        self._common = {
            "site": site,
            "words": words_of(theme, site.language),
            "stylesheet": STYLESHEET,
            "script": SCRIPT,
            "has_docs": has_docs,
        }

    def render(self, name: str, **given: Any) -> str:
        """The layout `name`, filled in. `root` leads from the page to the site's top."""
        return self._environment.get_template(name).render(**self._common, **given)


def entry(page: Page) -> dict[str, Any]:
    """A page as the layouts see it. `data` are files of the data folder, by folder and name."""
    front = page.front
    return {
        "slug": page.slug,
        "title": front.title,
        "summary": front.summary,
        "date": front.date.isoformat(),
        "categories": front.categories,
        "tags": front.tags,
        "show_toc": front.show_toc,
        "toc_open": front.toc_open,
        "toc": page.html.toc,
        "body": page.html.body,
        "reading_minutes": page.reading_minutes,
        "marks": page.marks,
        "counts": page.counts,
        "prompt": page.prompt,
        "model": page.model,
        "checkpoint": page.checkpoint[:12],
        "data": [
            f"data/{data.name}/{file.name}"
            for data in page.data
            for file in sorted(data.path.glob("*.yaml"))
        ],
    }
