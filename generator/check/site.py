"""`glasspage check`: what a reader could stumble over in a finished site."""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.errors import DataError
from generator.project.article import Article

HEAVY, HEAVY_PACKED = 400_000, 60_000  # bytes of a page, as it is and after gzip
_REFERENCES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}
_TIMEOUT = 10  # seconds, for an answer from elsewhere


@dataclass(frozen=True)
class Problem:
    """Something wrong on a page; `source` is the author's file and line, where it is known."""

    page: str
    line: int
    what: str
    source: str | None = None

    def __str__(self) -> str:
        source = f" (from {self.source})" if self.source else ""
        return f"{self.page}:{self.line}: {self.what}{source}"


@dataclass
class Checked:
    """What was looked at, what is wrong, and which addresses lead elsewhere."""

    pages: int = 0
    links: int = 0
    problems: list[Problem] = field(default_factory=list)
    external: dict[str, list[str]] = field(default_factory=dict)  # address -> pages


@dataclass(frozen=True)
class _Element:
    tag: str
    attributes: dict[str, str]
    line: int


def check_site(
    site: Path, articles: Mapping[str, Article] | None = None, *, languages: int = 1
) -> Checked:
    """Look through every page of a finished site.

    `articles` are those that pages were made of, by the pages' folders, `posts/<slug>`; an article
    should be written in as many `languages`. Raises DataError where there is no site.
    """
    site = site.resolve()
    if not (site / "index.html").is_file():
        raise DataError("there is no site here", file=site, hint="run `glasspage build`.")
    articles = articles or {}
    pages = {
        file: _read(file)
        for file in sorted(site.rglob("*.html"))
        if file.is_file() and file.relative_to(site).parts[0] != "pagefind"
    }
    ids = {
        file: {"top"}
        | {e.attributes["id"] for e in elements if "id" in e.attributes}
        | {e.attributes["name"] for e in elements if e.tag == "a" and "name" in e.attributes}
        for file, elements in pages.items()
    }
    checked = Checked(pages=len(pages))
    for file, elements in pages.items():
        name = file.relative_to(site).as_posix()
        article = articles.get(file.parent.relative_to(site).as_posix())
        for element, what in (
            *_broken_links(file, elements, site, ids, checked),
            *_repeated_ids(elements),
            *_headings(elements),
            *_pictures(elements),
        ):
            source = _source(element, article)
            checked.problems.append(Problem(name, element.line, what, source))
        if weight := _weight(file):
            checked.problems.append(Problem(name, 1, weight))
    for folder, article in articles.items():
        if len(article.languages) < languages:
            written = ", ".join(article.languages)
            what = f"the article is written in {written} only; the site has {languages} languages"
            page = f"{folder}/index.html"
            checked.problems.append(Problem(page, 1, what, str(article.file)))
    return checked


def fetch_external(checked: Checked) -> None:
    """Ask for every address that leads elsewhere, and note those that do not answer."""
    for address, pages in checked.external.items():
        request = urllib.request.Request(address, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=_TIMEOUT).close()
        except (urllib.error.URLError, OSError, ValueError) as error:
            checked.problems += [Problem(page, 1, f"{address}: {error}") for page in pages]


def _broken_links(
    file: Path,
    elements: list[_Element],
    site: Path,
    ids: Mapping[Path, set[str]],
    checked: Checked,
) -> Iterator[tuple[_Element, str]]:
    for element in elements:
        reference = element.attributes.get(_REFERENCES.get(element.tag, ""))
        if reference is None or element.attributes.get("rel") == "canonical":
            continue
        checked.links += 1
        parts = urlsplit(reference)
        if parts.scheme in ("http", "https"):
            if "hreflang" not in element.attributes or element.tag == "a":
                pages = checked.external.setdefault(reference, [])
                pages.append(file.relative_to(site).as_posix())
            continue
        if parts.scheme:
            continue
        if parts.path.startswith("/") and file == site / "404.html":
            continue  # it is shown at any address
        if parts.netloc or parts.path.startswith("/"):
            yield element, f"{reference!r} is not relative: it breaks in a subfolder and from disk"
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        target = target / "index.html" if target.is_dir() else target
        if not target.is_relative_to(site) or not target.is_file():
            yield element, f"{reference!r} leads nowhere"
        elif parts.fragment and target in ids and unquote(parts.fragment) not in ids[target]:
            yield element, f"{reference!r} leads to a page without that place"


def _repeated_ids(elements: list[_Element]) -> Iterator[tuple[_Element, str]]:
    first: dict[str, int] = {}
    for element in elements:
        name = element.attributes.get("id")
        if name is None:
            continue
        if name in first:
            yield element, f"the id {name!r} is on line {first[name]} too"
        first.setdefault(name, element.line)


def _headings(elements: list[_Element]) -> Iterator[tuple[_Element, str]]:
    level = 0
    for element in elements:
        if len(element.tag) == 2 and element.tag[0] == "h" and element.tag[1].isdigit():
            now = int(element.tag[1])
            if now == 1 and level:
                yield element, "a second heading of the first level"
            elif now > level + 1:
                yield element, f"a heading of level {now} follows one of level {level}"
            level = now


def _pictures(elements: list[_Element]) -> Iterator[tuple[_Element, str]]:
    for element in elements:
        if element.tag == "img" and "alt" not in element.attributes:
            yield element, "a picture without `alt`: say what it shows, or leave that empty"


def _weight(file: Path) -> str | None:
    content = file.read_bytes()
    packed = len(gzip.compress(content))
    if len(content) <= HEAVY and packed <= HEAVY_PACKED:
        return None
    return (
        f"the page weighs {len(content) // 1000} kB, {packed // 1000} kB after gzip; "
        f"{HEAVY // 1000} and {HEAVY_PACKED // 1000} are the most"
    )


def _source(element: _Element, article: Article | None) -> str | None:
    """Where in the article the element was written: the line that holds what it refers to."""
    if article is None:
        return None
    wanted = element.attributes.get(_REFERENCES.get(element.tag, "id"))
    written = [f"({wanted}", f'"{wanted}"', f"#{wanted}}}"]
    lines = article.file.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if wanted and any(form in line for form in written):
            return f"{article.file}:{number}"
    return str(article.file)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}
        self.found.append(_Element(tag, attributes, self.getpos()[0]))


def _read(file: Path) -> list[_Element]:
    parser = _Elements()
    parser.feed(file.read_text(encoding="utf-8"))
    parser.close()
    return parser.found
