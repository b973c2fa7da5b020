"""Second question of `verify`: do the pages say what the data says?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.check.findings import Findings
from generator.data.address import evaluate
from generator.data.folder import DataFolder
from generator.data.value import Value
from generator.data.yaml_text import load
from generator.errors import DataError
from generator.page.claims import FILE as CLAIMS
from generator.page.marks import Mark, marks_of
from generator.page.number import show


class Published:
    """The data of one output, by address."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folders: dict[str, DataFolder] = {}

    def resolve(self, folder: str, path: str) -> Value:
        """The value that `folder:path` names. Raises DataError where there is none."""
        if folder not in self._folders:
            self._folders[folder] = DataFolder(self._data / folder, folder)
        value: Value = self._folders[folder].resolve(path)
        return value


def check_pages(output: Path, findings: Findings) -> None:
    """Every mark and every claim of every page, evaluated again over the published data."""
    published = Published(output / "data")
    pages = [*output.glob("site/**/*.html"), *output.glob("hugo/content/**/*.md")]
    for page in sorted(pages):
        findings.count("pages")
        for mark in marks_of(page.read_text(encoding="utf-8")):
            findings.count("numbers")
            if problem := check_mark(mark, published):
                findings.wrong(f"{page}:{mark.line}", problem)
    for file in sorted([*output.glob(f"site/**/{CLAIMS}"), *output.glob(f"hugo/**/{CLAIMS}")]):
        claims: Any = load(file.read_bytes())
        for claim in claims:
            findings.count("claims")
            if problem := check_claim(claim, published):
                findings.wrong(file, problem)


def check_mark(mark: Mark, published: Published) -> str | None:
    """What is wrong with a mark, if anything."""
    try:
        value = evaluate(mark.address, published.resolve)
        exact, shown = value.exact, show(value.number, mark.spec)
    except (DataError, AttributeError, TypeError, ValueError) as error:
        return f"{mark.address}: {error}"
    if (exact, shown) != (mark.value, mark.text):
        return (
            f"{mark.address} shows {mark.text} for {mark.value}; the data says {shown} for {exact}"
        )
    return None


def check_claim(claim: dict[str, Any], published: Published) -> str | None:
    """What is wrong with a claim's record, if anything."""
    try:
        holds = evaluate(claim["condition"], published.resolve)
    except DataError as error:
        return f"claim {claim['name']}: {error}"
    if holds is not claim["holds"]:
        return f"claim {claim['name']} was {claim['holds']}; {claim['condition']} is now {holds}"
    return None
