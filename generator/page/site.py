"""Pages as a finished site, through the theme's layouts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml

from generator.errors import ConfigError, did_you_mean
from generator.files import write
from generator.page.claims import FILE as CLAIMS
from generator.page.claims import published
from generator.page.marks import marks_of
from generator.page.page import Page
from generator.project.site import Site

NUMBERS = "numbers.html"  # beside each page: every number of it with its address
STYLESHEET = "assets/paper.css"


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


def write_site(folder: Path, pages: Sequence[Page], site: Site, theme: Path) -> None:
    """Write the home page, an article page for each page, the assets and the data.

    Drafts are left out, as Hugo leaves them out.
    """
    pages = [page for page in pages if not page.front.draft]
    layouts = jinja2.Environment(
        loader=jinja2.FileSystemLoader(theme / "layouts"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        comment_start_string="{##",
        comment_end_string="##}",
    )
    common = {"site": site, "stylesheet": STYLESHEET, "words": words_of(theme, site.language)}
    newest_first = sorted(pages, key=lambda page: page.slug)
    newest_first.sort(key=lambda page: page.front.date, reverse=True)
    entries = {page.slug: entry(page) for page in newest_first}
    home = layouts.get_template("home.html")
    write(folder / "index.html", home.render(**common, root="", pages=list(entries.values())))
    article = layouts.get_template("article.html")
    numbers = layouts.get_template("numbers.html")
    for page in pages:
        target = folder / "posts" / page.slug / "index.html"
        write(target, article.render(**common, root="../../", page=entries[page.slug]))
        listing = numbers.render(**common, root="../../", page=entries[page.slug])
        write(target.with_name(NUMBERS), listing)
        write(target.with_name(CLAIMS), published(page.claims))
        page.copy_companions(target.parent)
    shutil.copytree(theme / "assets", folder / "assets")
    for data in {data.name: data for page in pages for data in page.data}.values():
        shutil.copytree(data.path, folder / "data" / data.name)


def entry(page: Page) -> dict[str, Any]:
    """A page as the layouts see it."""
    front = page.front
    marks = marks_of(page.html.body)
    cited = sum(mark.address.startswith("fact:") for mark in marks)
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
        "numbers": NUMBERS,
        "marks": marks,
        "counts": {
            "computed": len(marks) - cited,
            "cited": cited,
            "by_hand": page.by_hand,
            "claims": len(page.claims),
        },
        "prompt": page.prompt,
        "model": page.model,
        "checkpoint": page.checkpoint[:12],
        "data": [
            {"name": f"{data.name}/{file.name}", "href": f"data/{data.name}/{file.name}"}
            for data in page.data
            for file in sorted(data.path.glob("*.yaml"))
        ],
    }
