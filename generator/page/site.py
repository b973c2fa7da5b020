"""Pages as a finished site, through the theme's layouts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.files import write
from generator.page.docs import render_doc
from generator.page.layouts import Layouts, entry, folder_of, home_of, whole
from generator.page.page import Page
from generator.page.records import write_records
from generator.page.search import index_site
from generator.page.taxonomy import newest_first, terms
from generator.project.doc import Doc
from generator.project.schemas import SCHEMAS, json_schema
from generator.project.site import Site
from generator.project.theme import Theme

FEED_LENGTH = 20  # how many of the newest articles a feed holds


def write_site(
    folder: Path,
    pages: Sequence[Page],
    docs: Sequence[Doc],
    gallery: dict[str, Any] | None,
    site: Site,
    theme: Theme,
) -> None:
    """Write every page of the site, its feeds, its assets and the data.

    `gallery` is the page of all diagrams, to stand among the documentation.

    Drafts are left out, as Hugo leaves them out. Raises ConfigError where an alias is taken.
    """
    published = [page for page in pages if not page.front.draft]
    writer = SiteWriter(folder, site, Layouts(theme, site, [doc.front.language for doc in docs]))
    for language in site.languages:
        own = newest_first([page for page in published if page.language == language])
        writer.write_language(language, own)
    writer.write_docs(docs, gallery)
    writer.write_redirects(published)
    writer.write_rest()
    index_site(folder)
    for data in {data.name: data for page in published for data in page.data}.values():
        shutil.copytree(data.path, folder / "data" / data.name)


def write_gallery(folder: Path, gallery: dict[str, Any], site: Site, theme: Theme) -> None:
    """Write the page of all diagrams by itself, `folder/index.html`, with the theme's assets."""
    alone = site.model_copy(update={"base_url": None})  # it is not at the site's own address
    layouts = Layouts(theme, alone, [gallery["language"]])
    page = layouts.render("doc.html", "index.html", gallery["language"], page=gallery)
    write(folder / "index.html", page)
    layouts.assets.write(folder)


class SiteWriter:
    """Writes pages into a folder, and remembers them for the site map."""

    def __init__(self, folder: Path, site: Site, layouts: Layouts) -> None:
        self._folder = folder
        self._site = site
        self._layouts = layouts
        self._listed: list[dict[str, str | None]] = []

    def _write(
        self, path: str, layout: str, language: str, *, listed: bool = True, **given: Any
    ) -> None:
        write(self._folder / path, self._layouts.render(layout, path, language, **given))
        if listed:
            lastmod = given["page"]["lastmod"] if layout == "article.html" else None
            self._listed.append({"address": self._layouts.canonical(path), "lastmod": lastmod})

    def write_language(self, language: str, pages: Sequence[Page]) -> None:
        """The home page, articles, lists and feed of one language; `pages` are newest first."""
        home = home_of(language, self._site)
        entries = {page.slug: entry(page, self._site) for page in pages}
        listed = list(entries.values())
        self._write(f"{home}index.html", "home.html", language, pages=listed)
        for n, page in enumerate(pages):
            self._write_article(
                page,
                newer=listed[n - 1] if n > 0 else None,
                older=listed[n + 1] if n + 1 < len(listed) else None,
            )
        kinds = {kind: terms(pages, kind) for kind in ("tags", "categories")}
        for kind, found in kinds.items():
            for term in found:
                self._write(
                    f"{home}{kind}/{term.slug}/index.html",
                    "term.html",
                    language,
                    kind=kind,
                    term=term,
                    pages=[entries[page.slug] for page in term.pages],
                )
        self._write(
            f"{home}archive/index.html", "archive.html", language, pages=listed, kinds=kinds
        )
        self._write(f"{home}search/index.html", "search.html", language, listed=False)
        self._write(
            f"{home}feed.xml",
            "feed.xml",
            language,
            listed=False,
            home_path=f"{home}index.html",
            pages=[whole(page, self._site) for page in pages[:FEED_LENGTH]],
        )

    def _write_article(self, page: Page, **neighbours: Any) -> None:
        given = whole(page, self._site)
        folder = folder_of(page.slug, page.language, self._site)
        self._write(f"{folder}index.html", "article.html", page.language, page=given, **neighbours)
        self._write(
            f"{folder}numbers.html", "numbers.html", page.language, listed=False, page=given
        )
        write_records(self._folder / folder, page)
        page.copy_companions(self._folder / folder)

    def write_docs(self, docs: Sequence[Doc], gallery: dict[str, Any] | None) -> None:
        """The documentation, if there is any, and the gallery of diagrams with it."""
        listed = [{"name": doc.name, **doc.front.model_dump()} for doc in docs]
        if docs and gallery is not None:
            listed.append(gallery)
            path = f"docs/{gallery['name']}/index.html"
            self._write(path, "doc.html", gallery["language"], page=gallery)
        for doc in docs:
            page = {**doc.front.model_dump(), **render_doc(doc)}
            path = f"docs/{doc.name}/index.html"
            self._write(path, "doc.html", doc.front.language, page=page)
        if docs:
            spoken = {doc["language"] for doc in listed}
            language = spoken.pop() if len(spoken) == 1 else self._site.language
            self._write("docs/index.html", "docs.html", language, docs=listed)

    def write_redirects(self, pages: Sequence[Page]) -> None:
        """A page at each former address that leads to the present one."""
        for page in pages:
            for index, alias in enumerate(page.front.aliases):
                # Hugo too puts the aliases of a language below its own folder.
                home = home_of(page.language, self._site)
                path = f"{home}{alias.strip('/')}/index.html"
                if (self._folder / path).exists():
                    raise page.article.source.error(
                        f"the alias {alias!r} is the place of another page", ("aliases", index)
                    )
                target = f"{folder_of(page.slug, page.language, self._site)}index.html"
                address = self._layouts.canonical(target)
                self._write(
                    path,
                    "redirect.html",
                    page.language,
                    listed=False,
                    page={"title": page.front.title, "path": target, "address": address},
                )

    def write_rest(self) -> None:
        """What a site has once: the page for what is not found, the map, schemas, assets."""
        language = self._site.language
        root = self._layouts.base_path  # it is shown at whatever address was asked for
        self._write("404.html", "404.html", language, listed=False, root=root)
        listed = sorted(self._listed, key=lambda page: str(page["address"]))
        if self._site.base_url is not None:  # a map holds whole addresses alone
            self._write("sitemap.xml", "sitemap.xml", language, listed=False, pages=listed)
        self._write("robots.txt", "robots.txt", language, listed=False)
        for name in SCHEMAS:
            write(self._folder / f"schemas/{name}.json", json_schema(name))
        self._layouts.assets.write(self._folder)
