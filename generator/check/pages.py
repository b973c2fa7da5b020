"""Second question of `verify`: do the pages say what the data says?"""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from generator.check.findings import Findings
from generator.data.address import evaluate
from generator.data.folder import DataFolder
from generator.data.value import Value
from generator.errors import DataError
from generator.page.marks import Mark, marks_of
from generator.page.number import show
from generator.page.records import (
    CLAIMS,
    NUMBERS,
    Entry,
    numbers_record,
    read_claims,
    read_numbers,
)


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
            if problem := check_mark(mark, published):
                findings.wrong(f"{page}:{mark.line}", problem)
    for bundle in sorted(output.glob("hugo/content/posts/*/")):
        record = read_numbers(bundle / "data")
        for page in _pages_of(output, bundle):
            marks = marks_of(page.read_text(encoding="utf-8"))
            if problem := check_order(marks, record):
                findings.wrong(page, problem)
        claims = read_claims(bundle / "data")
        for claim in claims:
            findings.count("claims")
            if problem := check_claim(claim, published):
                findings.wrong(bundle / "data" / CLAIMS, problem)
        _check_twins(output, bundle, findings)


def check_mark(mark: Mark, published: Published) -> str | None:
    """What is wrong with a mark, if anything."""
    try:
        value = published.value(mark.address)
        exact, shown = value.exact, show(value.number, mark.spec)
    except (DataError, AttributeError, TypeError, ValueError) as error:
        return f"{mark.address}: {error}"
    if (exact, shown) != (mark.value, mark.text):
        return (
            f"{mark.address} shows {mark.text} for {mark.value}; the data says {shown} for {exact}"
        )
    return None


def check_order(marks: list[Mark], record: list[Entry]) -> str | None:
    """Where a page first shows another number than the record of its article lists, if it does."""
    found = numbers_record(marks)
    for n, (shown, listed) in enumerate(zip_longest(found, record)):
        if shown != listed:
            line = f"line {marks[n].line}" if n < len(marks) else "its end"
            return f"number {n + 1}, on {line}, is {_told(shown)}; {NUMBERS} lists {_told(listed)}"
    return None


def check_claim(claim: Entry, published: Published) -> str | None:
    """What is wrong with a claim's record, if anything."""
    try:
        holds = evaluate(claim["condition"], published.resolve)
    except DataError as error:
        return f"claim {claim['name']}: {error}"
    if holds is not claim["holds"]:
        return f"claim {claim['name']} was {claim['holds']}; {claim['condition']} is now {holds}"
    return None


def _pages_of(output: Path, bundle: Path) -> list[Path]:
    """The pages of an article, as far as they are there: a draft has none on the site."""
    post = output / "site/posts" / bundle.name
    pages = [*bundle.glob("index*.md"), post / "index.html", post / "numbers.html"]
    return [page for page in pages if page.is_file()]


def _check_twins(output: Path, bundle: Path, findings: Findings) -> None:
    """The lists beside the site's page say what those of the bundle say."""
    post = output / "site/posts" / bundle.name
    for name, read in ((NUMBERS, read_numbers), (CLAIMS, read_claims)):
        if (post / name).is_file() and read(post) != read(bundle / "data"):
            findings.wrong(post / name, f"it differs from {bundle / 'data' / name}")


def _told(entry: Entry | None) -> str:
    if entry is None:
        return "missing"
    return " ".join(str(entry.get(key)) for key in ("shown", "value", "format", "address"))
