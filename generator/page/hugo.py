"""Pages as Hugo page bundles, and a minimal Hugo site around them."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from generator.data.manifest import digests
from generator.data.yaml_text import dump, load, quote
from generator.errors import GlasspageError
from generator.files import write
from generator.page.blog import Blog
from generator.page.dialect import SHORTCODE
from generator.page.jinja import Environment, Missing
from generator.page.layouts import Layouts, entry
from generator.page.page import Page
from generator.page.records import write_records
from generator.page.templates import compact, fill
from generator.project.site import Site
from generator.project.source import read_text
from generator.project.theme import Theme

CONFIG = "hugo.yaml"
_MARKUP = re.compile(r"[<>&*_`\[\]\\~]")
POSTS = Path("content", "posts")  # the bundles, in a Hugo site
DATA = "data"  # in a bundle
MARKER = ".glasspage"  # in a bundle that stands in a blog


def write_frame(folder: Path, site: Site, theme: Theme) -> None:
    """Write the minimal Hugo site around the bundles.

    The theme's `hugo.yaml` is a template that is given the `site`, and the `labels` of languages:
    what each calls itself.
    """
    labels = theme.words(site.language)["languages"]
    for name, file in theme.files("hugo").items():
        content = _config(file, site, labels) if name == CONFIG else file.read_bytes()
        write(folder / name, content)


def write_bundle(page: Page, site: Site, layouts: Layouts, bundle: Path) -> None:
    """Write a page into its bundle, with its pictures, but without its data."""
    suffix = suffix_of(page, site)
    path = f"posts/{page.slug}/index.md"
    panel = compact(
        layouts.render("panel.html", path, page.language, page=entry(page, site), suffix=suffix)
    )
    text = f"{front_matter(page)}\n{without_shortcodes(page.content.markdown)}\n{panel}\n"
    write(bundle / f"index{suffix}.md", text)
    write_records(bundle / DATA, page, suffix)
    page.copy_companions(bundle)


def write_bundles(posts: Path, pages: Sequence[Page], site: Site, theme: Theme) -> None:
    """Write each page into its bundle, `posts/<slug>/`, with its data and its pictures."""
    layouts = Layouts(theme, site)
    for page in pages:
        bundle = posts / page.slug
        write_bundle(page, site, layouts, bundle)
        for data in page.data:
            shutil.copytree(data.path, bundle / DATA / data.name, dirs_exist_ok=True)


def without_shortcodes(markdown: str) -> str:
    """The text with what Hugo would take for a shortcode commented: it then shows it as it is.

    Only code can hold one; elsewhere `dialect.settled` has written it with references.
    """
    return SHORTCODE.sub(lambda f: f"{f[1][0]}/*{f[1][1:-1]}*/{f[1][-1]}", markdown)


def write_into(blog: Blog, pages: Sequence[Page], site: Site, theme: Theme) -> list[Path]:
    """Write the bundles into an existing Hugo site; a bundle as we left it is replaced whole.

    Of an article in several languages, those are written that the blog declares, or else the main
    one alone. Bundles of the same site that no page is made into any more are removed, if they are
    as we left them. Returns the bundles.

    Raises GlasspageError where a file that we did not write, or that was changed since, stands in
    a bundle's place; nothing is written then.
    """
    posts = blog.posts
    kept = [
        replace(page, article=replace(page.article, languages=spoken))
        for page in pages
        for spoken in [_spoken(page, blog, site)]
        if page.language in spoken
    ]
    bundles = sorted({posts / page.slug for page in kept})
    for bundle in bundles:
        if foreign := _foreign(bundle):
            raise GlasspageError(
                "this was not made by glasspage, or was changed since, and stays as it is",
                file=foreign,
                hint="move it away, or give the article or the prompt another name.",
            )
    posts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=posts, prefix=".glasspage-") as scratch:
        write_bundles(Path(scratch), kept, site, theme)
        for bundle in bundles:
            fresh = Path(scratch) / bundle.name
            origin = {"title": site.title, "base_url": site.base_url or ""}
            write(fresh / MARKER, dump({**origin, "files": digests(fresh, fresh)}))
            shutil.rmtree(bundle, ignore_errors=True)
            fresh.rename(bundle)
    for left in _left_behind(blog, bundles):
        if _origin(left).is_of(site) and not _foreign(left):
            shutil.rmtree(left)
    return bundles


def blog_warnings(
    blog: Blog, pages: Sequence[Page], bundles: Sequence[Path], site: Site
) -> list[str]:
    """What readers of the blog will miss of the pages whose bundles `write_into` wrote, and what
    of ours it left there."""
    warnings = []
    left_out = {page.language for page in pages if page.language not in _spoken(page, blog, site)}
    if left_out:
        asked = [language for language in site.languages if language not in blog.languages]
        warnings.append(
            f"{blog.languages_file}: pages in {', '.join(sorted(left_out))} are left out of this "
            f"blog, which declares {', '.join(blog.languages) or 'no languages'}; add "
            f"{', '.join(asked)} under `languages` there"
        )
    if not blog.shows_html:
        warnings.append(
            f"{blog.folder}: Hugo leaves HTML out of this blog's pages, and diagrams are HTML; set "
            "`markup: {goldmark: {renderer: {unsafe: true}}}` in its configuration"
        )
    for left in _left_behind(blog, bundles):
        origin, changed = _origin(left), _foreign(left)
        if origin.is_of(site) and changed:
            warnings.append(
                f"{changed}: no page is made into this bundle any more, but it was changed since "
                "glasspage made it, so it stays; remove the folder if you do not need it"
            )
        elif origin.is_of(site) is None and not changed:
            warnings.append(
                f"{left}: this was made for the site {origin.title!r}, and stays; if that is this "
                "site under another name or address, remove the folder"
            )
    return warnings


@dataclass(frozen=True)
class Origin:
    """Which site a bundle in a blog was made for, by its title and its address, if it had one."""

    title: str
    base_url: str

    def is_of(self, site: Site) -> bool | None:
        """Whether that is the `site`, which may have got a title or an address since. None where
        it cannot be told."""
        if self.base_url and site.base_url:
            other = None if self.title == site.title else False
            return True if self.base_url == site.base_url else other
        return True if self.title == site.title else None


def _left_behind(blog: Blog, bundles: Sequence[Path]) -> list[Path]:
    """What glasspage made in a blog, for whatever site, that is none of `bundles`."""
    made = [marker.parent for marker in sorted(blog.posts.glob(f"*/{MARKER}"))]
    return [each for each in made if each not in bundles]


def _origin(bundle: Path) -> Origin:
    marker = _marker(bundle)
    return Origin(str(marker.get("title", "")), str(marker.get("base_url", "")))


def _marker(bundle: Path) -> dict[str, Any]:
    """What a bundle's marker says: its site, and the digests of its files; nothing where it is
    damaged."""
    try:
        marker: Any = load((bundle / MARKER).read_bytes())
        return {**marker, "files": dict(marker["files"])}
    except (GlasspageError, KeyError, TypeError, ValueError):
        return {"files": {}}


def _foreign(bundle: Path) -> Path | None:
    """A file in the bundle's place that is not as we wrote it, if there is one."""
    page = bundle.with_name(f"{bundle.name}.md")
    if page.exists():
        return page
    if bundle.is_symlink() or (bundle.exists() and not (bundle / MARKER).is_file()):
        return bundle
    if not bundle.exists():
        return None
    ours = _marker(bundle)["files"]
    found = digests(bundle, bundle)
    found.pop(MARKER)
    return next((bundle / name for name in found if found[name] != ours.get(name)), None)


def _spoken(page: Page, blog: Blog, site: Site) -> tuple[str, ...]:
    """In which languages an article is written into a blog."""
    both = tuple(language for language in page.article.languages if language in blog.languages)
    if both:
        return both
    main = site.language if site.language in page.article.languages else page.article.languages[0]
    return (main,)


def suffix_of(page: Page, site: Site) -> str:
    """What tells the languages of a bundle's files apart, where there is anything to tell."""
    alone = page.article.languages == (site.language,)
    return "" if alone else f".{page.language}"


def front_matter(page: Page) -> str:
    """The page's front matter between its fences, with the keys that PaperMod reads."""
    front: dict[str, Any] = page.front.model_dump(
        by_alias=True, exclude_none=True, exclude={"prompts"}
    )
    for day in front.keys() & {"date", "lastmod"}:
        front[day] = front[day].isoformat()
    # Hugo takes a summary for Markdown, and many themes put it into their pages as it is.
    front["summary"] = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", front["summary"])
    for key in ("aliases", "keywords"):
        if not front[key]:
            del front[key]
    if "cover" in front:
        front["cover"]["relative"] = True  # the picture lies beside the page
    return f"---\n{dump(front)}---\n"


def _config(file: Path, site: Site, labels: dict[str, str]) -> str:
    environment = Environment(undefined=Missing, keep_trailing_newline=True, trim_blocks=True)
    environment.filters["quote"] = quote
    return fill(environment, read_text(file), file, {"site": site, "labels": labels})
