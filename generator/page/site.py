"""Pages as a finished site, through the theme's layouts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from generator.files import write
from generator.page.docs import write_docs
from generator.page.layouts import Layouts, entry
from generator.page.page import Page
from generator.page.records import write_records
from generator.project.doc import Doc
from generator.project.site import Site


def write_site(
    folder: Path, pages: Sequence[Page], docs: Sequence[Doc], site: Site, theme: Path
) -> None:
    """Write the home page, a page for each article and doc, the assets and the data.

    Drafts are left out, as Hugo leaves them out.
    """
    pages = [page for page in pages if not page.front.draft]
    layouts = Layouts(theme, site, has_docs=bool(docs))
    newest_first = sorted(pages, key=lambda page: page.slug)
    newest_first.sort(key=lambda page: page.front.date, reverse=True)
    entries = {page.slug: entry(page) for page in newest_first}
    home = layouts.render("home.html", root="", pages=list(entries.values()))
    write(folder / "index.html", home)
    for page in pages:
        target = folder / "posts" / page.slug
        for name, layout in (("index", "article"), ("numbers", "numbers")):
            html = layouts.render(f"{layout}.html", root="../../", page=entries[page.slug])
            write(target / f"{name}.html", html)
        write_records(target, page)
        page.copy_companions(target)
    write_docs(folder / "docs", docs, layouts)
    shutil.copytree(theme / "assets", folder / "assets")
    for data in {data.name: data for page in pages for data in page.data}.values():
        shutil.copytree(data.path, folder / "data" / data.name)
