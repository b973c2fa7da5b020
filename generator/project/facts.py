"""Numbers from elsewhere, each with its source: `content/facts.yaml`."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field, FiniteFloat, ValidationInfo, field_validator

from generator.project.section import HttpsUrl, Section, Words, expected


class FactSource(Section):
    """Where a number was read."""

    title: Words
    """What footnotes call it."""
    url: HttpsUrl
    """Where it can be read."""
    seen: datetime.date
    """The day on which it was checked, YYYY-MM-DD."""


Number = int | FiniteFloat
Name = Annotated[  # it becomes part of an address
    str,
    Field(pattern=r"^[A-Za-z_]\w*(\.\w+)*$"),
    expected("letters, digits and `_`, with `.` between its parts"),
]


class Fact(Section):
    """A number from elsewhere."""

    number: Number
    """The number itself."""
    unit: Words
    """What it counts."""
    source: str
    """The name of the source that gives it."""
    where: str | None = None
    """Where in the source it stands."""
    range: tuple[Number, Number] | None = Field(default=None, strict=False)
    """The lowest and the highest that the source allows, where it gives no one number."""

    @field_validator("range")
    @classmethod
    def _holds_the_number(
        cls, bounds: tuple[Number, Number] | None, info: ValidationInfo
    ) -> tuple[Number, Number] | None:
        number = info.data.get("number")
        if bounds is not None and number is not None and not bounds[0] <= number <= bounds[1]:
            raise ValueError(f"must be [lowest, highest] around the number, which is {number}")
        return bounds


class Facts(Section):
    """Numbers from elsewhere, `content/facts.yaml`."""

    sources: dict[Name, FactSource] = Field(default_factory=dict)
    """Where the numbers were read, by name."""
    facts: dict[Name, Fact] = Field(default_factory=dict)
    """The numbers, by name."""

    def published(self) -> dict[str, Number | list[Number]]:
        """Every number by its address below `fact:`; a range stands beside its fact."""
        found: dict[str, Number | list[Number]] = {}
        for name, fact in self.facts.items():
            found[name] = fact.number
            if fact.range is not None:
                found[f"{name}.range"] = list(fact.range)
        return found

    def meaning(self, name: str) -> str:
        """What a fact counts, and where it stands."""
        fact = self.facts[name]
        where = f", {fact.where}" if fact.where else ""
        return f"{fact.unit}; {self.sources[fact.source].title}{where}"
