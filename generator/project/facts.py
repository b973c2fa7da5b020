"""Numbers from elsewhere, each with its source: `content/facts.yaml`."""

from __future__ import annotations

import datetime

from pydantic import Field

from generator.project.card import Section


class FactSource(Section):
    """Where a number was read. `seen` is the day on which it stood there."""

    title: str = Field(min_length=1)
    url: str = Field(pattern=r"^https://")
    seen: datetime.date


class Fact(Section):
    """A number, the source that gives it, and where in the source it stands."""

    number: int | float
    source: str
    where: str | None = None


class Facts(Section):
    """All facts and their sources, by name."""

    sources: dict[str, FactSource] = Field(default_factory=dict)
    facts: dict[str, Fact] = Field(default_factory=dict)
