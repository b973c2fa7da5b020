"""Pages as Hugo page bundles, and a minimal Hugo site around them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import jinja2

from generator.data.yaml_text import dump, quote
from generator.files import write
from generator.page.layouts import Layouts, entry
from generator.page.page import Page
from generator.page.records import write_records
from generator.page.templates import compact
from generator.project.site import Site


def write_hugo(folder: Path, pages: Sequence[Page], site: Site, theme: Path) -> None:
    """Write `folder/content/posts/<slug>/` for each page, and what Hugo needs to build them.

    The theme's `hugo.yaml` is a template that is given the `site`.
    """
    shutil.copytree(theme / "hugo", folder)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    environment.filters["quote"] = quote
    config = environment.from_string((theme / "hugo" / "hugo.yaml").read_text(encoding="utf-8"))
    write(folder / "hugo.yaml", config.render(site=site))
    layouts = Layouts(theme, site)
    for page in pages:
        bundle = folder / "content" / "posts" / page.slug
        panel = compact(layouts.render("panel.html", page=entry(page)))
        write(bundle / "index.md", f"{front_matter(page)}\n{page.markdown}\n{panel}\n")
        write_records(bundle / "data", page)
        page.copy_companions(bundle)
        for data in page.data:
            shutil.copytree(data.path, bundle / "data" / data.name)


def front_matter(page: Page) -> str:
    """The page's front matter between its fences, with the keys that PaperMod reads."""
    front = page.front.model_dump(by_alias=True, exclude_none=True)
    front["date"] = page.front.date.isoformat()
    return f"---\n{dump(front)}---\n"
