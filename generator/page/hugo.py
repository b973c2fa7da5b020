"""Pages as Hugo page bundles, and a minimal Hugo site around them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from generator.data.yaml_text import dump, quote
from generator.files import write
from generator.page.layouts import Layouts, entry
from generator.page.page import Page
from generator.page.records import write_records
from generator.page.templates import compact
from generator.project.site import Site
from generator.project.theme import Theme

CONFIG = "hugo.yaml"


def write_hugo(folder: Path, pages: Sequence[Page], site: Site, theme: Theme) -> None:
    """Write `folder/content/posts/<slug>/` for each page, and what Hugo needs to build them.

    The theme's `hugo.yaml` is a template that is given the `site`.
    """
    for name, file in theme.files("hugo").items():
        if name == CONFIG:
            config = _config(file.read_text(encoding="utf-8"), site)
            write(folder / name, config)
        else:
            write(folder / name, file.read_bytes())
    write_bundles(folder / "content" / "posts", pages, site, theme)


def write_bundles(posts: Path, pages: Sequence[Page], site: Site, theme: Theme) -> None:
    """Write each page into its bundle, `posts/<slug>/`, with its data and its pictures."""
    layouts = Layouts(theme, site)
    for page in pages:
        bundle = posts / page.slug
        suffix = suffix_of(page, site)
        path = f"posts/{page.slug}/index.md"
        panel = compact(
            layouts.render("panel.html", path, page.language, page=entry(page, site), suffix=suffix)
        )
        text = f"{front_matter(page)}\n{page.markdown}\n{panel}\n"
        write(bundle / f"index{suffix}.md", text)
        write_records(bundle / "data", page, suffix)
        page.copy_companions(bundle)
        for data in page.data:
            shutil.copytree(data.path, bundle / "data" / data.name, dirs_exist_ok=True)


def suffix_of(page: Page, site: Site) -> str:
    """What tells the languages of a bundle's files apart, where there is anything to tell."""
    alone = page.article.languages == (site.language,)
    return "" if alone else f".{page.language}"


def front_matter(page: Page) -> str:
    """The page's front matter between its fences, with the keys that PaperMod reads."""
    front: dict[str, Any] = page.front.model_dump(by_alias=True, exclude_none=True)
    for day in front.keys() & {"date", "lastmod"}:
        front[day] = front[day].isoformat()
    if not front["aliases"]:
        del front["aliases"]
    if "cover" in front:
        front["cover"]["relative"] = True  # the picture lies beside the page
    return f"---\n{dump(front)}---\n"


def _config(template: str, site: Site) -> str:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )
    environment.filters["quote"] = quote
    return environment.from_string(template).render(site=site)
