"""Second question of `verify`: do the pages say what the data says?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import zip_longest
from pathlib import Path
from typing import Any

from generator.check.editions import Edition, editions
from generator.check.findings import Findings
from generator.data.address import evaluate
from generator.data.folder import DataFolder
from generator.data.value import Value
from generator.data.yaml_text import load
from generator.errors import DataError, MissingDataError
from generator.page.marks import BODY, DESCRIPTION, Mark, marks_of
from generator.page.number import show
from generator.page.records import (
    CLAIMS,
    NUMBERS,
    Entry,
    numbers_record,
    read_claims,
    read_numbers,
)
from generator.project.article import TEMPLATES

_COMPARED = ("address", "value", "format", "shown")


class Published:
    """The data of one output, by address. What was evaluated once is remembered."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folders: dict[str, DataFolder] = {}
        self._known: dict[str, Value] = {}

    def resolve(self, folder: str, path: str) -> Value:
        """The value that `folder:path` names. Raises DataError where there is none."""
        if folder not in self._folders:
            self._folders[folder] = DataFolder(self._data / folder, folder)
        value: Value = self._folders[folder].resolve(path)
        return value

    def value(self, address: str) -> Value:
        """The value at an address. Raises DataError where there is none."""
        if address not in self._known:
            self._known[address] = evaluate(address, self.resolve)
        return self._known[address]


def check_pages(output: Path, findings: Findings) -> None:
    """Every mark and every claim of every page, evaluated again over the published data.

    The numbers of an article are listed beside it; all its pages must show just these.
    """
    published = Published(output / "data")
    for page in sorted([*output.glob("site/**/*.html"), *output.glob("hugo/content/**/*.md")]):
        findings.count("pages")
        for mark in marks_of(page.read_text(encoding="utf-8")):
            findings.count("numbers")
            try:
                if problem := check_mark(mark, published):
                    findings.wrong(f"{page}:{mark.line}", problem)
            except MissingDataError as error:
                findings.missing(error)
    for edition in editions(output):
        _check_order(edition, findings)
        for claim in edition.claims:
            findings.count("claims")
            try:
                if problem := check_claim(claim, published):
                    findings.wrong(edition.records, problem)
            except MissingDataError as error:
                findings.missing(error)
        if edition.site.is_dir():
            _check_twins(edition, findings)
    for copy, original in copies(output):
        findings.count("data files")
        if not original.is_file() or copy.read_bytes() != original.read_bytes():
            findings.wrong(copy, f"it differs from {original}")


def check_mark(mark: Mark, published: Published) -> str | None:
    """What is wrong with a mark, if anything. Raises MissingDataError where a file is missing."""
    try:
        value = published.value(mark.address)
        exact, shown = value.exact, show(value.number, mark.spec)
    except MissingDataError:
        raise
    except (DataError, TypeError, ValueError) as error:
        return f"{mark.address}: {error}"
    if (exact, shown) != (mark.value, mark.text):
        return (
            f"{mark.address} shows {mark.text} for {mark.value}; the data says {shown} for {exact}"
        )
    return None


def check_order(marks: list[Mark], listed: list[Entry]) -> str | None:
    """Where a page first shows another number than the list of its article, if it does."""
    for n, (mark, entry) in enumerate(zip_longest(marks, listed)):
        shown = None if mark is None else numbers_record([mark])[0]
        if shown is None or entry is None or any(shown[key] != entry[key] for key in _COMPARED):
            line = f"line {mark.line}" if mark else "its end"
            told = f"{_told(shown)}; {NUMBERS}.yaml lists {_told(entry)}"
            return f"number {n + 1}, on {line}, is {told}"
    return None


def _check_order(edition: Edition, findings: Findings) -> None:
    """Every page of an article shows the numbers that are listed, in that order."""
    listed = edition.numbers
    body = [entry for entry in listed if entry["place"] == BODY]
    marked = [entry for entry in listed if entry["place"] != DESCRIPTION]
    for page in edition.pages:
        text = page.read_text(encoding="utf-8")
        marks = marks_of(text)
        if page == edition.markdown:
            problem = check_order(marks, body) or _check_front(text, listed)
        else:  # after the article's own stand those of its neighbours' titles
            own = marked if page.name == "index.html" else listed
            problem = check_order(marks[: len(own)], own)
        if problem:
            findings.wrong(page, problem)


def _check_front(text: str, listed: list[Entry]) -> str | None:
    """Where a text of the front matter, which is plain, shows another number."""
    front: Any = load(text.split("---\n")[1].encode())
    for place in TEMPLATES:
        shown = [entry["shown"] for entry in listed if entry["place"] == place]
        pattern = ".*".join(map(re.escape, shown))
        if not re.search(pattern, unescape(str(front.get(place))), re.DOTALL):
            return f"its {place} does not show {', '.join(shown)}"
    return None


def check_claim(claim: Entry, published: Published) -> str | None:
    """What is wrong with a claim's record, if anything. Raises MissingDataError like a mark."""
    try:
        holds = evaluate(claim["condition"], published.resolve)
    except MissingDataError:
        raise
    except DataError as error:
        return f"claim {claim['name']}: {error}"
    if ":" not in claim["condition"]:
        return f"claim {claim['name']} says nothing of the data: {claim['condition']}"
    if holds is not claim["holds"]:
        return f"claim {claim['name']} was {claim['holds']}; {claim['condition']} is now {holds}"
    return None


def _check_twins(edition: Edition, findings: Findings) -> None:
    """The site has the page and its list, and the records beside them are those of the bundle."""
    for name in ("index.html", "numbers.html"):
        if not (edition.site / name).is_file():
            findings.wrong(edition.site / name, "the page is missing")
    for name, own, other in (
        (NUMBERS, read_numbers(edition.site), edition.numbers),
        (CLAIMS, read_claims(edition.site), edition.claims),
    ):
        if own != other:
            findings.wrong(edition.site, f"its {name}.yaml differs from that in {edition.records}")


def copies(output: Path) -> Iterator[tuple[Path, Path]]:
    """The data files that lie beside pages, each with the one that it is a copy of."""
    for folder in [output / "site/data", *output.glob("hugo/content/posts/*/data")]:
        for file in sorted(folder.glob("*/**/*.*")):
            yield file, output / "data" / file.relative_to(folder)


def _told(entry: Entry | None) -> str:
    if entry is None:
        return "missing"
    return " ".join(str(entry.get(key)) for key in ("shown", "value", "format", "address"))
