"""The theme's layouts: whole pages and the panel under an article, given what a page is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin
from uuid import NAMESPACE_URL, uuid5

from generator.errors import TemplateError
from generator.page.assets import Assets
from generator.page.day import written
from generator.page.frames import framed
from generator.page.jinja import layout_environment, mistakes_told
from generator.page.marks import BODY, kind_of
from generator.page.page import Content, Page
from generator.page.phrases import breakable, breakable_body, breakable_names
from generator.page.picture import size_of, sized
from generator.page.taxonomy import slug_of
from generator.project.site import Site
from generator.project.theme import Theme


class Layouts:
    """The layouts of a theme, for one site, whose documentation is in `doc_languages`.

    Each is given, besides what its page is: `site`, with title and description in the page's
    language; the theme's `words` in it, and the `locales` of all languages; `path`, its place
    on the site; `root`, which leads from it to the site's top, and `home`, which leads to the
    home page's folder in its language; `canonical`, its full address, none while the site has
    no `base_url`; `full(path)`, that of another page, or else what leads there;
    `identity(path)`, a name for that which no other page in the world has; `link(path)`, which
    leads there; `asset(name)`, the place of an asset; `absolute(html, address)`, which makes
    the links in a body whole; and `written(date, words)`.
    The filters `breakable` and `breakable_names` mark where a heading, and a value's name, may
    break; `framed`, given a name for them, lets the tables of a body scroll; `kind` tells of what
    kind the number with an address is.
    """

    def __init__(self, theme: Theme, site: Site, doc_languages: Sequence[str] = ()) -> None:
        self._environment = layout_environment(theme)
        self._environment.filters.update(
            breakable=breakable, breakable_names=breakable_names, framed=framed, kind=kind_of
        )
        self._layouts = theme.folders[0] / "layouts"
        self._site = site
        self._words = {name: theme.words(name) for name in {*site.languages, *doc_languages}}
        self._doc_languages = sorted(set(doc_languages))
        self.assets = Assets(theme)

    def forget(self) -> None:
        """Begin to remember anew which of the theme's files are used."""
        self._environment.asked.clear()

    def places(self) -> set[Path]:
        """The theme's files that were used since, and those looked for before them."""
        return self._environment.places()

    def render(self, name: str, path: str, language: str, **given: Any) -> str:
        """The layout `name`, filled in for the page that will stand at `path`.

        Raises TemplateError for a mistake in a layout, with file and line, and where it makes
        nothing.
        """
        root = given.pop("root", "../" * path.count("/"))
        own = self._site.in_language(language)
        with mistakes_told(self._layouts / name, self._environment):
            made = self._environment.get_template(name).render(
                site=self._site.model_copy(update=own.model_dump()),
                words=self._words[language],
                locales={name: words["locale"] for name, words in self._words.items()},
                language=language,
                path=path,
                root=root,
                home=root + home_of(language, self._site),
                canonical=self.canonical(path),
                full=lambda target: self.canonical(target) or root + quote(_folder(target)) or "./",
                identity=self._identity,
                absolute=absolute,
                written=written,
                asset=self.assets,
                link=lambda target: root + quote(target),
                doc_languages=self._doc_languages,
                **given,
            )
        if not made.strip():
            raise TemplateError(
                "this layout makes an empty page",
                file=self._layouts / name,
                hint="take the file out, and the theme that it inherits has its own; or write one.",
            )
        return made

    def canonical(self, path: str) -> str | None:
        """The full address of a page at `path`, where the site's own is known."""
        base_url = self._site.base_url
        return None if base_url is None else base_url + quote(_folder(path))

    def _identity(self, path: str) -> str:
        own = uuid5(NAMESPACE_URL, f"{self._site.title}/{path}")
        return self.canonical(path) or own.urn


def _folder(path: str) -> str:
    return path.removesuffix("index.html")


def home_of(language: str, site: Site) -> str:
    """The folder of a language's home page: the main one's is the top, as is that of a language
    that the site has no articles in."""
    return f"{language}/" if language in site.languages[1:] else ""


def absolute(html: str, address: str) -> str:
    """The HTML of a page at `address`, to be read elsewhere: its links and pictures lead there."""

    def whole(found: re.Match[str]) -> str:
        return f'{found[1]}="{escape(urljoin(address, unescape(found[2])))}"'

    return re.sub(r'(?<=\s)(href|src)="([^"]*)"', whole, html)


def from_disk(html: str) -> str:
    """The HTML of a page's body, whose links to other pages, `../other/`, name the files there: a
    browser that opens pages from disk would list their folders."""
    return re.sub(r'(?<=<a href=")(\.{1,2}/[^"#?:]*/)(?=["#])', r"\1index.html", html)


def folder_of(slug: str, language: str, site: Site) -> str:
    """The folder of an article's page, from the site's top."""
    return f"{home_of(language, site)}posts/{slug}/"


def _cover(page: Page) -> dict[str, Any] | None:
    """The front matter's cover, and its `size`, where the file tells it."""
    cover = page.front.cover
    if cover is None:
        return None
    return {**cover.model_dump(), "size": size_of(page.article.file.parent / cover.image)}


def entry(page: Page, site: Site) -> dict[str, Any]:
    """A page as the layouts see it. `path` is its folder, `data` are files, from the site's top,
    and `models` are those that it shows, each with the beginning of its checkpoint's sha256 and the
    prompts that it read."""
    front = page.front
    home = home_of(page.language, site)
    models: dict[str, dict[str, Any]] = {}
    for run in page.runs:
        new = {"name": run.model_name, "checkpoint": run.checkpoint[:12], "prompts": []}
        models.setdefault(run.model_name, new)["prompts"].append(run.name)
    return {
        "slug": page.slug,
        "path": folder_of(page.slug, page.language, site),
        "language": page.language,
        "title": front.title,
        "summary": front.summary,
        "description": front.description or front.summary,
        "marked": page.marked,
        "author": front.author or site.author,
        "date": front.date.isoformat(),
        "year": front.date.year,
        "lastmod": (front.lastmod or front.date).isoformat(),
        "cover": _cover(page),
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
        "reading_minutes": page.reading_minutes,
        "counts": page.counts,
        "models": list(models.values()),
        # For a theme that names one of each:
        "prompt": ", ".join(run.name for run in page.runs),
        "model": ", ".join(models),
        "checkpoint": ", ".join(model["checkpoint"] for model in models.values()),
        "data": [
            f"data/{data.name}/{file.name}"
            for data in page.data
            for file in sorted(data.path.glob("*.yaml"))
        ],
    }


def whole(page: Page, site: Site) -> dict[str, Any]:
    """The same with the page's body and its headings."""
    html = page.content.html
    return {
        **entry(page, site),
        "toc": html.toc,
        "body": breakable_body(from_disk(sized(html.body, page.article.file.parent))),
    }


def sections_of(content: Content) -> list[dict[str, Any]]:
    """A page's numbers by the section they stand in: {id, text, marks}, in the page's order.

    Those of the title, of the summary and before the first heading have neither id nor text.
    """
    headings = {
        heading.id: heading.text for top in content.html.toc for heading in [top, *top.children]
    }
    sections: list[dict[str, Any]] = [{"id": "", "text": "", "marks": []}]
    for mark in content.marks:
        known = mark.section if mark.place == BODY and mark.section in headings else None
        if known not in (None, sections[-1]["id"]):
            sections.append({"id": known, "text": headings[known], "marks": []})
        sections[-1]["marks"].append(mark)
    return [section for section in sections if section["marks"]]
