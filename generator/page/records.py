"""What a page says, for programs: its numbers and its claims, as YAML beside it.

`verify` holds the pages to these files, and these to the data; `diff` compares those of two builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.data.yaml_text import dump, load
from generator.errors import DataError
from generator.files import write
from generator.page.claims import Claim
from generator.page.marks import Mark
from generator.page.page import Page

NUMBERS = "numbers"
CLAIMS = "claims"

Entry = dict[str, Any]


def write_records(folder: Path, page: Page, suffix: str = "") -> None:
    """Write the page's numbers and claims into `folder`, as `numbers<suffix>.yaml` and so on."""
    content = page.content
    write(folder / f"{NUMBERS}{suffix}.yaml", dump(numbers_record(content.marks)))
    write(folder / f"{CLAIMS}{suffix}.yaml", dump(claims_record(content.claims)))


def numbers_record(marks: Sequence[Mark]) -> list[Entry]:
    """Place, address, value, format and shown text of each number, in the order of the page."""
    return [
        {
            "place": mark.place,
            "address": mark.address,
            "value": mark.value,
            "format": mark.spec,
            "shown": mark.text,
        }
        for mark in marks
    ]


def claims_record(claims: Sequence[Claim]) -> list[Entry]:
    """Name, line, condition and outcome of each claim, in the order of the page."""
    return [
        {
            "name": claim.name,
            "line": claim.line,
            "condition": claim.truth.condition,
            "holds": claim.truth.holds,
        }
        for claim in claims
    ]


def read_numbers(folder: Path, suffix: str = "") -> list[Entry]:
    """The numbers that `folder` lists. Raises DataError where the list is damaged."""
    return _read(
        folder / f"{NUMBERS}{suffix}.yaml", ("place", "address", "value", "format", "shown")
    )


def read_claims(folder: Path, suffix: str = "") -> list[Entry]:
    """The claims that `folder` lists. Raises DataError where the list is damaged."""
    return _read(folder / f"{CLAIMS}{suffix}.yaml", ("name", "line", "condition", "holds"))


def _read(file: Path, keys: tuple[str, ...]) -> list[Entry]:
    try:
        record = load(file.read_bytes())
    except FileNotFoundError:
        raise DataError("the file is missing", file=file) from None
    except DataError as error:
        error.file = file
        raise
    if not isinstance(record, list) or any(
        not isinstance(entry, dict) or entry.keys() != set(keys) for entry in record
    ):
        raise DataError(f"expected a list of entries of {', '.join(keys)}", file=file)
    return record
