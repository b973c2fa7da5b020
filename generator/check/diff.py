"""`glasspage diff OLD NEW`: what another build says that this one did not."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from generator.check.editions import Edition, editions
from generator.errors import DataError
from generator.files import sha256_of
from generator.page.claims import apart
from generator.page.records import Entry
from generator.project.source import read_text


@dataclass(frozen=True)
class Moved:
    """A number that has another value under the same address, and what readers see of it."""

    address: str
    old: str
    new: str
    old_shown: str
    new_shown: str

    @property
    def change(self) -> float:
        """How far it moved, over the larger of both sizes: from 0 to 2.

        Infinite where one of them is infinite, or no number.
        """
        distance = apart(float(self.old), float(self.new))
        return math.inf if distance is None else distance


@dataclass(frozen=True)
class Flipped:
    """A claim that held and does not, or did not and does."""

    name: str
    line: int
    holds: bool
    condition: str


@dataclass(frozen=True)
class PageDiff:
    """What is different of one page.

    `gone` and `added` are addresses shown in one build only; `reshown` are those whose format is
    another, and `claims` the names of claims that are new, are gone, or have another condition.
    `text` is whether the words around the numbers differ.
    """

    slug: str
    numbers: int
    moved: list[Moved]
    flipped: list[Flipped]
    gone: list[str]
    added: list[str]
    reshown: list[str]
    claims: list[str]
    text: bool


@dataclass(frozen=True)
class Diff:
    """What is different between two builds; a page whose bytes are the same is not listed."""

    affected: list[PageDiff]
    unchanged: list[str]
    removed: list[str]
    new: list[str]


def diff(old: Path, new: Path) -> Diff:
    """Compare two outputs page by page. Raises DataError where one is no build, or is damaged."""
    before, after = _editions(old), _editions(new)
    both = sorted(before.keys() & after.keys())
    same = [slug for slug in both if _content(before[slug]) == _content(after[slug])]
    return Diff(
        affected=[_compare(before[slug], after[slug]) for slug in both if slug not in same],
        unchanged=same,
        removed=sorted(before.keys() - after.keys()),
        new=sorted(after.keys() - before.keys()),
    )


def _editions(output: Path) -> dict[str, Edition]:
    found = {edition.name: edition for edition in editions(output)}
    if not found:
        raise DataError(
            "there is no build here", file=output, hint="name the output folder of a build."
        )
    return found


def _content(edition: Edition) -> tuple[str, list[Entry], list[Entry]]:
    """What a reader could notice: the text, and the values behind it."""
    return sha256_of(edition.markdown), edition.numbers, edition.claims


def _compare(old: Edition, new: Edition) -> PageDiff:
    before, after = _numbers(old), _numbers(new)
    moved = [
        Moved(address, before[address][0], value, ", ".join(before[address][1]), ", ".join(shown))
        for address, (value, shown, _) in after.items()
        if address in before and before[address][0] != value
    ]
    moved.sort(key=lambda number: number.change, reverse=True)
    claims, now = _claims(old), _claims(new)
    both = now.keys() & claims.keys()
    flipped = [
        Flipped(claim["name"], claim["line"], claim["holds"], claim["condition"])
        for key, claim in now.items()
        if key in both and claims[key]["holds"] is not claim["holds"]
    ]
    changed = [key for key in both if claims[key]["condition"] != now[key]["condition"]]
    return PageDiff(
        slug=new.name,
        numbers=len(after),
        moved=moved,
        flipped=flipped,
        gone=[address for address in before if address not in after],
        added=[address for address in after if address not in before],
        reshown=[a for a in after if a in before and before[a][2] != after[a][2]],
        claims=sorted({name for name, _ in [*changed, *(now.keys() ^ claims.keys())]}),
        text=_words(old) != _words(new),
    )


def _numbers(edition: Edition) -> dict[str, tuple[str, list[str], list[str]]]:
    """The numbers of a page by address: value, the texts that show it, and their formats."""
    found: dict[str, tuple[str, list[str], list[str]]] = {}
    for number in edition.numbers:
        _, shown, formats = found.setdefault(number["address"], (number["value"], [], []))
        if number["format"] not in formats:
            shown.append(number["shown"])
            formats.append(number["format"])
    return found


def _claims(edition: Edition) -> dict[tuple[str, int], Entry]:
    """The claims of a page by name; one in a loop is met several times, and is counted."""
    met: Counter[str] = Counter()
    found = {}
    for claim in edition.claims:
        found[claim["name"], met[claim["name"]]] = claim
        met[claim["name"]] += 1
    return found


def _words(edition: Edition) -> str:
    """A page without its numbers."""
    return re.sub(r"<(data|tspan) [^<]*</\1>", "", read_text(edition.markdown))
