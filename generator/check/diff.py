"""`glasspage diff OLD NEW`: what another build says that this one did not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from generator.check.editions import Edition, editions
from generator.errors import DataError
from generator.files import sha256_of
from generator.page.records import Entry


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
        """How far it moved, over the larger of both sizes: from 0 to 2, or infinite."""
        old, new = float(self.old), float(self.new)
        size = max(abs(old), abs(new))
        return abs(new - old) / size if size else 0.0


@dataclass(frozen=True)
class Flipped:
    """A claim that held and does not, or did not and does."""

    name: str
    line: int
    holds: bool
    condition: str


@dataclass(frozen=True)
class PageDiff:
    """What is different of one page. `gone` and `added` are addresses shown in one build only."""

    slug: str
    numbers: int
    moved: list[Moved]
    flipped: list[Flipped]
    gone: list[str]
    added: list[str]


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
        Moved(address, was["value"], number["value"], was["shown"], number["shown"])
        for address, number in after.items()
        if (was := before.get(address)) and was["value"] != number["value"]
    ]
    moved.sort(key=lambda number: number.change, reverse=True)
    claims = _claims(old)
    flipped = [
        Flipped(claim["name"], claim["line"], claim["holds"], claim["condition"])
        for key, claim in _claims(new).items()
        if key in claims and claims[key]["holds"] is not claim["holds"]
    ]
    return PageDiff(
        slug=new.name,
        numbers=len(after),
        moved=moved,
        flipped=flipped,
        gone=[address for address in before if address not in after],
        added=[address for address in after if address not in before],
    )


def _numbers(edition: Edition) -> dict[str, Entry]:
    """The numbers of a page by address: all that show one address show one value."""
    return {number["address"]: number for number in edition.numbers}


def _claims(edition: Edition) -> dict[tuple[str, int], Entry]:
    """The claims of a page by name; one in a loop is met several times, and is counted."""
    met: Counter[str] = Counter()
    found = {}
    for claim in edition.claims:
        found[claim["name"], met[claim["name"]]] = claim
        met[claim["name"]] += 1
    return found
