"""Second question of `verify`: do the pages say what the data says?"""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from generator.check.editions import Edition, editions
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
    for edition in editions(output):
        listed = edition.numbers
        for page in edition.pages:
            marks = marks_of(page.read_text(encoding="utf-8"))
            if problem := check_order(marks, listed):
                findings.wrong(page, problem)
        for claim in edition.claims:
            findings.count("claims")
            if problem := check_claim(claim, published):
                findings.wrong(edition.records, problem)
        if edition.site.is_dir():
            _check_twins(edition, findings)


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
            found_here, wanted = _told(shown), _told(listed)
            return f"number {n + 1}, on {line}, is {found_here}; {NUMBERS}.yaml lists {wanted}"
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


def _check_twins(edition: Edition, findings: Findings) -> None:
    """The lists beside the site's page say what those of the bundle say."""
    for name, own, other in (
        (NUMBERS, read_numbers(edition.site), edition.numbers),
        (CLAIMS, read_claims(edition.site), edition.claims),
    ):
        if own != other:
            findings.wrong(edition.site, f"its {name}.yaml differs from that in {edition.records}")


def _told(entry: Entry | None) -> str:
    if entry is None:
        return "missing"
    return " ".join(str(entry.get(key)) for key in ("shown", "value", "format", "address"))
