"""`glasspage check`: what a reader could stumble over in a finished site."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.check.elements import Element, Read, packed_size, plain_size, read_page
from generator.errors import DataError
from generator.project.article import Article
from generator.project.source import read_text

HEAVY, HEAVY_PACKED = 400_000, 60_000  # bytes of a page, as it is and after gzip
_REFUSALS = {403, 405, 501}  # of servers that do not like to be asked for the head alone
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
    """What was looked at, what is wrong, what an author may have meant so but should know, and
    which addresses lead elsewhere."""

    pages: int = 0
    links: int = 0
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    external: dict[str, list[Problem]] = field(default_factory=dict)  # where each is asked for


def check_site(
    site: Path,
    articles: Mapping[str, Article] | None = None,
    docs: Mapping[str, Path] | None = None,
    *,
    languages: int = 1,
    base_url: str | None = None,
) -> Checked:
    """Look through every page of a finished site.

    `articles` are those that pages were made of, by the pages' folders, `posts/<slug>`, and `docs`
    the files of the documentation; an article should be written in as many `languages`. Whole
    addresses below `base_url` are the site's own. Raises DataError where there is no site, and
    ConfigError where a page is no text.
    """
    site = site.resolve()
    if not (site / "index.html").is_file():
        raise DataError("there is no site here", file=site, hint="run `glasspage build`.")
    articles = articles or {}
    sources = {folder: article.file for folder, article in articles.items()} | dict(docs or {})
    pages = {
        file: read_page(read_text(file))
        for file in sorted(site.rglob("*.html"))
        if file.is_file() and file.relative_to(site).parts[0] != "pagefind"
    }
    ids = {
        file: {"top"}
        | {e.attributes["id"] for e in read.elements if "id" in e.attributes}
        | {e.attributes["name"] for e in read.elements if e.tag == "a" and "name" in e.attributes}
        for file, read in pages.items()
    }
    checked = Checked(pages=len(pages))
    for file, read in pages.items():
        elements = read.elements
        name = file.relative_to(site).as_posix()
        source = sources.get(file.parent.relative_to(site).as_posix())
        places = _Places(source, elements)
        for element, what in (
            *_broken_links(file, elements, site, ids, checked, base_url),
            *_repeated_ids(elements),
            *_headings(elements),
            *_pictures(elements),
        ):
            checked.problems.append(Problem(name, element.line, what, places.of(element)))
        for element, what in _weight(read):
            checked.remarks.append(Problem(name, element.line, what, places.of(element)))
        for element, reference in _elsewhere(elements, base_url):
            place = Problem(name, element.line, reference, places.of(element))
            checked.external.setdefault(reference, []).append(place)
        for element, what in read.alone:  # in a layout: articles that do so are refused
            checked.problems.append(Problem(name, element.line, what))
    for folder, article in articles.items():
        if len(article.languages) < languages:
            written = ", ".join(article.languages)
            what = f"the article is written in {written} only; the site has {languages} languages"
            page = f"{folder}/index.html"
            checked.remarks.append(Problem(page, 1, what, str(article.file)))
    return checked


def fetch_external(checked: Checked) -> None:
    """Ask for every address that leads elsewhere, and note those that do not answer."""
    for address, places in checked.external.items():
        if error := _asked(address, "HEAD"):
            checked.problems += [replace(place, what=f"{address}: {error}") for place in places]


def _asked(address: str, method: str) -> Exception | None:
    """What is wrong with the answer to a request, if anything is."""
    request = urllib.request.Request(address, method=method)
    try:
        urllib.request.urlopen(request, timeout=_TIMEOUT).close()
    except urllib.error.HTTPError as error:
        error.close()
        refused = method == "HEAD" and error.code in _REFUSALS
        return _asked(address, "GET") if refused else error
    except (urllib.error.URLError, OSError, ValueError) as error:
        return error
    return None


def _broken_links(
    file: Path,
    elements: list[Element],
    site: Path,
    ids: Mapping[Path, set[str]],
    checked: Checked,
    base_url: str | None,
) -> Iterator[tuple[Element, str]]:
    for element, reference in _references(elements):
        checked.links += 1
        own = _is_own(reference, base_url)
        parts = urlsplit(reference[len(base_url or "") :] if own else reference)
        if parts.scheme:
            continue
        if parts.path.startswith("/") and file == site / "404.html":
            continue  # it is shown at any address
        if parts.netloc or parts.path.startswith("/"):
            yield element, f"{reference!r} is not relative: it breaks in a subfolder and from disk"
            continue
        start = site if own else file.parent
        target = file
        if parts.path or own:  # realpath, for resolve() gives up on a link to itself
            target = Path(os.path.realpath(start / unquote(parts.path)))
        target = target / "index.html" if target.is_dir() else target
        if not target.is_relative_to(site) or not target.is_file():
            yield element, f"{reference!r} leads nowhere"
        elif parts.fragment and target in ids and unquote(parts.fragment) not in ids[target]:
            yield element, f"{reference!r} leads to a page without that place"


def _elsewhere(elements: list[Element], base_url: str | None) -> Iterator[tuple[Element, str]]:
    """The addresses on other hosts."""
    for element, reference in _references(elements):
        if urlsplit(reference).scheme in ("http", "https") and not _is_own(reference, base_url):
            yield element, reference


def _references(elements: list[Element]) -> Iterator[tuple[Element, str]]:
    """What leads from a page; its canonical address only says where the page itself will stand."""
    for element in elements:
        if element.attributes.get("rel") != "canonical":
            yield from ((element, reference) for reference in element.references)


def _is_own(reference: str, base_url: str | None) -> bool:
    """Whether a whole address leads to a place on the site itself."""
    return base_url is not None and reference.startswith(base_url)


def _repeated_ids(elements: list[Element]) -> Iterator[tuple[Element, str]]:
    first: dict[str, int] = {}
    for element in elements:
        name = element.attributes.get("id")
        if name is None:
            continue
        if name in first:
            yield element, f"the id {name!r} is on line {first[name]} too"
        first.setdefault(name, element.line)


def _headings(elements: list[Element]) -> Iterator[tuple[Element, str]]:
    level = 0
    for element in elements:
        if now := element.level:
            if now == 1 and level:
                yield element, "a second heading of the first level"
            elif now > level + 1:
                yield element, f"a heading of level {now} follows one of level {level}"
            level = now


def _pictures(elements: list[Element]) -> Iterator[tuple[Element, str]]:
    for element in elements:
        if element.tag == "img" and "alt" not in element.attributes:
            yield element, "a picture without `alt`: say what it shows, or leave that empty"


def _weight(read: Read) -> Iterator[tuple[Element, str]]:
    """Whether a page is too heavy, at the heading with the heaviest part."""
    size, packed = plain_size(read.text), packed_size(read.text)
    if size <= HEAVY and packed <= HEAVY_PACKED:
        return
    weigh = packed_size if packed > HEAVY_PACKED else plain_size
    heading, weight, figure = read.heaviest(weigh)
    where = "what stands before the first heading"
    if heading is not None:
        where = f"what stands below <{heading.tag}>"
        if "id" in heading.attributes:
            where = f"the part #{heading.attributes['id']}"
    after = " after gzip" if weigh is packed_size else ""
    what = (
        f"the page weighs {size // 1000} kB, {packed // 1000} kB after gzip; {HEAVY // 1000} and "
        f"{HEAVY_PACKED // 1000} are the most; the heaviest is {where} with {weight // 1000} kB"
        f"{after}"
    )
    if figure is not None:
        own = weigh(read.text[figure.begin : figure.end]) // 1000
        what += f", of which the figure “{figure.caption}” has {own} kB"
    yield heading or Element("html", {}, 1), what


class _Places:
    """Where in its source each element of a page was written, as near as that can be told."""

    def __init__(self, source: Path | None, elements: list[Element]) -> None:
        self._source = source
        self._lines = read_text(source).split("\n") if source else []
        self._elements = elements

    def of(self, element: Element) -> str | None:
        """The file, with the line that holds what the element names: of elements that name the
        same, the first stands on the first such line, and so on."""
        if self._source is None:
            return None
        alike = [each for each in self._elements if _named(each) == _named(element)]
        lines = [n for n, line in enumerate(self._lines, 1) if _is_in(_named(element), line)]
        if not lines:
            return str(self._source)
        at = next(n for n, each in enumerate(alike) if each is element)
        return f"{self._source}:{lines[min(at, len(lines) - 1)]}"


def _named(element: Element) -> str:
    """What an element names: an address, or its own place."""
    return next(iter(element.references), element.attributes.get("id", ""))


def _is_in(wanted: str, line: str) -> bool:
    as_written = wanted.replace("/index.html", "/", 1)  # which authors leave out
    for name in {wanted, unquote(wanted), unquote(as_written)} - {""}:
        written = (f"({name}", f'"{name}"', f"'{name}'", f"={name}", f"]: {name}", f"#{name}}}")
        if any(form in line for form in written):
            return True
    return False
