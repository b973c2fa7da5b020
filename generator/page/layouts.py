"""The theme's layouts: whole pages and the panel under an article, given what a page is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import jinja2

from generator.page.assets import Assets
from generator.page.jinja import Missing, loader, mistakes_told
from generator.page.page import Page
from generator.page.taxonomy import slug_of
from generator.project.site import Site
from generator.project.theme import Theme


class Layouts:
    """The layouts of a theme, for one site, whose documentation is in `doc_languages`.

    Each is given, besides what its page is: `site`, with title and description in the page's
    language; the theme's `words` in it; `root`, which leads from the page to the site's top, and
    `home`, which leads to the home page's folder in its language; `canonical`, its full address;
    `full(path)`, that of another page; `link(path)`, which leads there from the page;
    `asset(name)`, the place of an asset; and `absolute(html, address)`, which makes the links in a
    body whole.
    """

    def __init__(self, theme: Theme, site: Site, doc_languages: Sequence[str] = ()) -> None:
        self._environment = jinja2.Environment(
            loader=loader(theme, "layouts"),
            autoescape=jinja2.select_autoescape(("html", "xml")),
            undefined=Missing,
            comment_start_string="{##",
            comment_end_string="##}",
        )
        self._layouts = theme.folders[0] / "layouts"
        self._site = site
        self._words = {name: theme.words(name) for name in {*site.languages, *doc_languages}}
        self._doc_languages = sorted(set(doc_languages))
        self.assets = Assets(theme)

    def render(self, name: str, path: str, language: str, **given: Any) -> str:
        """The layout `name`, filled in for the page that will stand at `path`.

        Raises TemplateError, with file and line, for a mistake in a layout.
        """
        root = given.pop("root", "../" * path.count("/"))
        own = self._site.in_language(language)
        with mistakes_told(self._layouts / name, self._environment):
            return self._environment.get_template(name).render(
                site=self._site.model_copy(update=own.model_dump()),
                words=self._words[language],
                language=language,
                root=root,
                home=root + home_of(language, self._site),
                canonical=self.canonical(path),
                full=self.canonical,
                absolute=absolute,
                asset=self.assets,
                link=lambda target: root + quote(target),
                doc_languages=self._doc_languages,
                **given,
            )

    def canonical(self, path: str) -> str:
        """The full address of a page at `path`."""
        return self._site.base_url + quote(path.removesuffix("index.html"))

    @property
    def base_path(self) -> str:
        """The path of the site's top on its host, for a page that is shown at any address."""
        return urlsplit(self._site.base_url).path


def home_of(language: str, site: Site) -> str:
    """The folder of a language's home page: the main one's is the top, as is that of a language
    that the site has no articles in."""
    return f"{language}/" if language in site.languages[1:] else ""


def absolute(html: str, address: str) -> str:
    """The HTML of a page at `address`, to be read elsewhere: its links and pictures lead there."""

    def whole(found: re.Match[str]) -> str:
        return f'{found[1]}="{escape(urljoin(address, unescape(found[2])))}"'

    return re.sub(r'(?<=\s)(href|src)="([^"]*)"', whole, html)


def folder_of(slug: str, language: str, site: Site) -> str:
    """The folder of an article's page, from the site's top."""
    return f"{home_of(language, site)}posts/{slug}/"


def entry(page: Page, site: Site) -> dict[str, Any]:
    """A page as the layouts see it. `path` is its folder, `data` are files, from the site's top."""
    front = page.front
    home = home_of(page.language, site)
    return {
        "slug": page.slug,
        "path": folder_of(page.slug, page.language, site),
        "language": page.language,
        "title": front.title,
        "summary": front.summary,
        "marked": page.marked,
        "author": front.author or site.author,
        "date": front.date.isoformat(),
        "year": front.date.year,
        "lastmod": (front.lastmod or front.date).isoformat(),
        "cover": front.cover,
        "terms": {
            kind: [
                {"name": name, "path": f"{home}{kind}/{slug_of(name)}/index.html"}
                for name in getattr(front, kind)
            ]
            for kind in ("categories", "tags")
        },
        "translations": [
            {"language": language, "path": f"{folder_of(page.slug, language, site)}index.html"}
            for language in page.article.languages
        ],
        "show_toc": front.show_toc,
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
