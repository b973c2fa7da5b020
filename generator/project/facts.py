"""Numbers from elsewhere, each with its source: `content/facts.yaml`."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field, FiniteFloat, ValidationInfo, field_validator

from generator.project.section import Section


class FactSource(Section):
    """Where a number was read. `seen` is the day on which it stood there."""

    title: str = Field(min_length=1)
    url: str = Field(pattern=r"^https://")
    seen: datetime.date


Number = int | FiniteFloat
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.\w+)*$")]  # it becomes part of an address


class Fact(Section):
    """A number, what it counts, the source that gives it, and where in the source it stands.

    `range` is the lowest and the highest that the source allows, where it gives no one number.
    """

    number: Number
    unit: str = Field(min_length=1)
    source: str
    where: str | None = None
    range: tuple[Number, Number] | None = Field(default=None, strict=False)

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
    """All facts and their sources, by name."""

    sources: dict[Name, FactSource] = Field(default_factory=dict)
    facts: dict[Name, Fact] = Field(default_factory=dict)

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
