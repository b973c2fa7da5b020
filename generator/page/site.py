"""Pages as a finished site, through the theme's layouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from generator.files import write
from generator.page.docs import render_doc
from generator.page.gallery import NAME as GALLERY
from generator.page.gallery import language_of
from generator.page.layouts import Layouts, entry, folder_of, home_of, sections_of, whole
from generator.page.page import Page
from generator.page.records import write_records
from generator.page.search import FOLDER as SEARCH
from generator.page.taxonomy import TERMS, newest_first, terms
from generator.project.doc import Doc
from generator.project.schemas import SCHEMAS, json_schema
from generator.project.site import Site
from generator.project.theme import Theme

FEED_LENGTH = 20  # how many of the newest articles a feed holds
# What a build puts into every language's folder, and what into the site's top alone.
_OF_EACH_LANGUAGE = {"archive", "feed.xml", "index.html", "search", *TERMS}
_AT_THE_TOP = {"404.html", "assets", "data", "docs", "robots.txt", "schemas", "sitemap.xml", SEARCH}


def layouts_of(theme: Theme, site: Site, docs: Sequence[Doc]) -> Layouts:
    """The layouts for a site with these pages of documentation."""
    spoken = [doc.front.language for doc in docs]
    return Layouts(theme, site, [*spoken, language_of(theme, site)] if docs else [])


def published(pages: Sequence[Page], language: str) -> list[Page]:
    """The pages of one language that are no drafts, the newest first."""
    return newest_first(
        [page for page in pages if page.language == language and not page.front.draft]
    )


def with_neighbours(pages: Sequence[Page]) -> Iterator[tuple[Page, Page | None, Page | None]]:
    """Each page with the next newer and the next older one."""
    for n, page in enumerate(pages):
        yield page, pages[n - 1] if n else None, pages[n + 1] if n + 1 < len(pages) else None


def write_gallery(folder: Path, gallery: dict[str, Any], site: Site, theme: Theme) -> None:
    """Write the page of all diagrams by itself, `folder/index.html`, with the theme's assets."""
    alone = site.model_copy(update={"base_url": None})  # it is not at the site's own address
    layouts = Layouts(theme, alone, [gallery["language"]])
    page = layouts.render("doc.html", "index.html", gallery["language"], page=gallery)
    write(folder / "index.html", page)
    layouts.assets.write(folder)


class SiteWriter:
    """Writes the parts of a site, each into a `folder` that is, or will be, the site's top."""

    def __init__(self, site: Site, layouts: Layouts) -> None:
        self._site = site
        self._layouts = layouts

    def _write(self, folder: Path, path: str, layout: str, language: str, **given: Any) -> None:
        write(folder / path, self._layouts.render(layout, path, language, **given))

    def write_article(
        self, page: Page, newer: Page | None, older: Page | None, folder: Path
    ) -> None:
        """A page, the list of its numbers, its records and its pictures."""
        given = entry(page, self._site) | {"sections": sections_of(page.content)}
        place = given["path"]
        write(folder / f"{place}index.html", self.article(page, newer, older))
        self._write(folder, f"{place}numbers.html", "numbers.html", page.language, page=given)
        write_records(folder / place, page)
        page.copy_companions(folder / place)

    def article(self, page: Page, newer: Page | None, older: Page | None) -> str:
        """A page alone, as HTML."""
        given = whole(page, self._site)
        return self._layouts.render(
            "article.html",
            f"{given['path']}index.html",
            page.language,
            translations=given["translations"],
            page=given,
            newer=newer and entry(newer, self._site),
            older=older and entry(older, self._site),
        )

    def write_lists(self, language: str, pages: Sequence[Page], folder: Path) -> None:
        """The home page, lists, search and feed of one language; `pages` are newest first."""
        home = home_of(language, self._site)
        entries = {page.slug: entry(page, self._site) for page in pages}
        listed = list(entries.values())
        self._write(
            folder,
            f"{home}index.html",
            "home.html",
            language,
            translations=self._translations("index.html"),
            pages=listed,
        )
        kinds = {kind: terms(pages, kind) for kind in TERMS}
        for kind, found in kinds.items():
            for term in found:
                self._write(
                    folder,
                    f"{home}{kind}/{term.slug}/index.html",
                    "term.html",
                    language,
                    kind=kind,
                    term=term,
                    pages=[entries[page.slug] for page in term.pages],
                )
        self._write(
            folder,
            f"{home}archive/index.html",
            "archive.html",
            language,
            translations=self._translations("archive/index.html"),
            pages=listed,
            kinds=kinds,
        )
        self._write(folder, f"{home}search/index.html", "search.html", language)
        self._write(
            folder,
            f"{home}feed.xml",
            "feed.xml",
            language,
            home_path=f"{home}index.html",
            pages=[whole(page, self._site) for page in pages[:FEED_LENGTH]],
        )

    def _translations(self, path: str) -> list[dict[str, str]]:
        """Where a page that every language has stands in each."""
        return [
            {"language": language, "path": f"{home_of(language, self._site)}{path}"}
            for language in self._site.languages
        ]

    def write_docs(self, docs: Sequence[Doc], gallery: dict[str, Any] | None, folder: Path) -> None:
        """The documentation, if there is any, and the gallery of diagrams with it."""
        listed = [{"name": doc.name, **doc.front.model_dump()} for doc in docs]
        if docs and gallery is not None:
            listed.append(gallery)
            path = f"docs/{gallery['name']}/index.html"
            self._write(folder, path, "doc.html", gallery["language"], page=gallery)
        for doc in docs:
            page = {**doc.front.model_dump(), **render_doc(doc)}
            path = f"docs/{doc.name}/index.html"
            self._write(folder, path, "doc.html", doc.front.language, page=page)
        if docs:
            spoken = {doc["language"] for doc in listed}
            language = spoken.pop() if len(spoken) == 1 else self._site.language
            self._write(folder, "docs/index.html", "docs.html", language, docs=listed)

    def _write_redirects(self, pages: Sequence[Page], folder: Path) -> None:
        """A page at each former address that leads to the present one."""
        slugs = {page.slug for page in pages}
        for page in pages:
            for index, alias in enumerate(page.front.aliases):
                # Hugo too puts the aliases of a language below its own folder.
                home = home_of(page.language, self._site)
                place = alias.strip("/")
                path = home + (place if alias.endswith(".html") else f"{place}/index.html")
                if (
                    self._is_made(place, home)
                    or _stands(folder / path)
                    or any(
                        path.startswith(folder_of(slug, page.language, self._site))
                        for slug in slugs
                    )
                ):
                    raise page.article.front_error(
                        f"the alias {alias!r} is a place that a build makes",
                        ("aliases", index),
                        hint="choose another address, or leave it out.",
                    )
                target = f"{folder_of(page.slug, page.language, self._site)}index.html"
                address = self._layouts.canonical(target)
                self._write(
                    folder,
                    path,
                    "redirect.html",
                    page.language,
                    page={"title": page.front.title, "path": target, "address": address},
                )

    def _is_made(self, place: str, home: str) -> bool:
        """Whether a build makes what stands at, or around, a `place` in a language's folder."""
        first = place.split("/")[0]
        at_top = first in _AT_THE_TOP or first in self._site.languages[1:]
        return first in _OF_EACH_LANGUAGE or (not home and at_top)

    def write_rest(self, pages: Sequence[Page], docs: Sequence[Doc], folder: Path) -> None:
        """What comes last: redirects from former addresses, and what a site has once.

        Raises ConfigError where an alias is a place that a build makes.
        """
        self._write_redirects(self.shown(pages), folder)
        language = self._site.language
        root = self._site.base_path  # it is shown at whatever address was asked for
        self._write(folder, "404.html", "404.html", language, root=root)
        if self._site.base_url is not None:  # a map holds whole addresses alone
            listed = [
                {"address": self._layouts.canonical(path), "lastmod": lastmod}
                for path, lastmod in self._listed(pages, docs)
            ]
            listed.sort(key=lambda page: str(page["address"]))
            self._write(folder, "sitemap.xml", "sitemap.xml", language, pages=listed)
        self._write(folder, "robots.txt", "robots.txt", language)
        for name in SCHEMAS:
            write(folder / f"schemas/{name}.json", json_schema(name))
        self._layouts.assets.write(folder)

    def shown(self, pages: Sequence[Page]) -> list[Page]:
        """The pages that the site shows."""
        return [page for language in self._site.languages for page in published(pages, language)]

    def _listed(
        self, pages: Sequence[Page], docs: Sequence[Doc]
    ) -> Iterator[tuple[str, str | None]]:
        """What a map of the site lists: paths, each with the day of its last change if known."""
        for language in self._site.languages:
            home = home_of(language, self._site)
            own = published(pages, language)
            yield f"{home}index.html", None
            yield f"{home}archive/index.html", None
            for kind in TERMS:
                for term in terms(own, kind):
                    yield f"{home}{kind}/{term.slug}/index.html", None
            for page in own:
                given = entry(page, self._site)
                yield f"{given['path']}index.html", given["lastmod"]
        if docs:
            yield "docs/index.html", None
            for name in (*(doc.name for doc in docs), GALLERY):
                yield f"docs/{name}/index.html", None


def _stands(file: Path) -> bool:
    """Whether there is such a file already, or one where it would have a folder."""
    return file.exists() or any(folder.is_file() for folder in file.parents)
