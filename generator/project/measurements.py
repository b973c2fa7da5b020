"""What was timed rather than computed: `content/measurements.yaml`.

`glasspage measure` writes it. A build reads it and times nothing, so that the same files give the
same bytes.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field, FiniteFloat, ValidationInfo, field_validator

from generator.errors import ConfigError
from generator.project.section import Section, Words
from generator.project.source import Source

NAME = "measurements.yaml"
DIGITS = 6  # of a time in seconds: microseconds


class Machine(Section):
    """What a generation was timed on."""

    processor: Words
    """What the processor calls itself."""
    cores: int = Field(ge=1)
    """How many of its cores the process could use."""
    threads: int = Field(ge=1)
    """How many threads it computed with."""
    torch: Words
    """The version of torch."""


class NewToken(Section):
    """A token that was written."""

    id: int = Field(ge=0)
    """Its row in the model's tables."""
    text: str
    """What it writes where it stands."""


class Measurement(Section):
    """One prompt's generation, timed."""

    prompt: str
    """The text that was continued."""
    model: str
    """The model that continued it."""
    weights: str = Field(pattern="^[0-9a-f]{64}$")
    """The sha256 of its weights."""
    machine: Machine
    """What it was timed on."""
    date: datetime.date = Field(strict=False)
    """The day on which it was timed, YYYY-MM-DD."""
    precision: Literal["float64"]
    """The type of the numbers that it was computed in."""
    repetitions: int = Field(ge=1)
    """How often it was timed; of each step, the median counts."""
    tokens: list[NewToken] = Field(min_length=1)
    """The tokens that were written."""
    times: list[FiniteFloat]
    """When each of them was there, in seconds from the start. The first is the time to first
    token."""

    @field_validator("times")
    @classmethod
    def _are_of_the_tokens(cls, times: list[float], info: ValidationInfo) -> list[float]:
        tokens = info.data.get("tokens")
        if tokens is not None and len(times) != len(tokens):
            raise ValueError(f"expected a time for each of the {len(tokens)} tokens")
        if any(later <= earlier for earlier, later in pairwise([0.0, *times])):
            raise ValueError("expected times above 0, each later than the one before")
        return times

    def published(self) -> dict[str, object]:
        """What a page can name of it, as in `generator.data.names`: numbers in seconds, and what
        the machine was."""
        first, last = self.times[0], self.times[-1]
        found: dict[str, object] = {
            "measured.times": self.times,
            "measured.first": first,
            "measured.date": self.date.isoformat(),
            "measured.machine": self.machine.model_dump(),
            "measured.precision": self.precision,
            "measured.repetitions": self.repetitions,
        }
        if len(self.times) > 1:  # else nothing came after the first
            steps = [later - earlier for earlier, later in pairwise(self.times)]
            found["measured.steps"] = [round(step, DIGITS) for step in steps]
            found["measured.rate"] = len(steps) / (last - first)
        return found


class Measurements(Section):
    """All measurements, `content/measurements.yaml`."""

    measurements: dict[str, Measurement] = Field(default_factory=dict)
    """The measurements, by the names of their prompts."""


@dataclass(frozen=True)
class Recorded:
    """A prompt's measurement, and the file that it stands in."""

    name: str
    measurement: Measurement
    source: Source

    def check(self, prompt: str, model: str, weights: str) -> None:
        """Raise ConfigError where it is of another text, or of another model than the one with
        this sha256 of its weights."""
        for key, now in (("prompt", prompt), ("model", model), ("weights", weights)):
            was = getattr(self.measurement, key)
            if was != now:
                shown = "those of now are others" if key == "weights" else f"it is {now!r} now"
                raise self._stale(f"{key} {was!r}", shown, key)

    def check_tokens(self, written: Sequence[tuple[int, str]]) -> None:
        """Raise ConfigError where other tokens were timed than those that are `written`, each an
        id and its text."""
        timed = [(token.id, token.text) for token in self.measurement.tokens]
        if timed != list(written):
            was, now = ("".join(text for _, text in each) for each in (timed, written))
            if was == now:
                was, now = (str([number for number, _ in each]) for each in (timed, written))
            raise self._stale(f"the tokens {was!r}", f"they are {now!r} now", "tokens")

    def _stale(self, was: str, now: str, key: str) -> ConfigError:
        return self.source.error(
            f"the measurement of {self.name} was made with {was}, and {now}",
            ("measurements", self.name, key),
            key=True,
            hint=f"run `glasspage measure {self.name}` again.",
        )


def measurements_file(root: Path) -> Path:
    """Where a project's measurements are."""
    return root / "content" / NAME


def read_measurements(file: Path) -> dict[str, Recorded]:
    """The measurements of a file, by prompt; none where there is no file. Raises ConfigError."""
    if not file.is_file():
        return {}
    source = Source.read(file)
    known = source.parse(Measurements).measurements
    return {name: Recorded(name, measurement, source) for name, measurement in known.items()}
