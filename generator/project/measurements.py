"""What was timed rather than computed: `content/measurements.yaml`.

`glasspage measure` writes it. A build reads it and times nothing, so that the same files give the
same bytes.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile, zip_longest
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from generator.errors import ConfigError, GlasspageError, combined, each_of
from generator.project.card import Digest
from generator.project.section import Section, Words
from generator.project.source import Path_, Source

NAME = "measurements.yaml"
DIGITS = 6  # of a time in seconds: microseconds
LONGEST = 86_400  # seconds that a generation may take: a day
_QUOTED = 30  # characters of a text that a message repeats
_BEFORE = 10  # of them, those before the first that differs

Seconds = Annotated[FiniteFloat, Field(ge=10**-DIGITS, le=LONGEST)]


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
    weights: Digest
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
    times: list[Seconds]
    """When each of them was there, in seconds from the start, each later than the one before. The
    first is the time to first token."""

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
            if was == now:
                continue
            if key == "weights":
                raise self._stale("other weights than the model has now", (key,))
            before, after = _apart(was, now)
            raise self._stale(f"{key} {before}, and it is {after} now", (key,))

    def check_tokens(self, written: Sequence[tuple[int, str]]) -> None:
        """Raise ConfigError where other tokens were timed than those that are `written`, each an
        id and its text."""
        timed = [(token.id, token.text) for token in self.measurement.tokens]
        for at, (was, now) in enumerate(zip_longest(timed, written)):
            if was != now:
                told = f"{_token(was)} as token {at + 1}, and it is {_token(now)} now"
                raise self._stale(told, ("tokens", at))

    def check_times(self) -> None:
        """Raise ConfigError where the times are not of its tokens, or do not grow."""
        tokens, times = self.measurement.tokens, self.measurement.times
        if len(times) != len(tokens):
            raise self.source.error(
                f"expected a time for each of the {len(tokens)} tokens, not {len(times)} times",
                ("measurements", self.name, "times"),
                key=True,
            )
        for at, (earlier, later) in enumerate(pairwise(times), start=1):
            if later <= earlier:
                raise self.source.error(
                    f"expected a time later than the one before, {earlier}, not {later}",
                    ("measurements", self.name, "times", at),
                )

    def _stale(self, told: str, path: Path_) -> ConfigError:
        return self.source.error(
            f"the measurement of {self.name} was made with {told}",
            ("measurements", self.name, *path),
            key=True,
            hint=_again(self.name),
        )


@dataclass(frozen=True)
class Records:
    """What stands in a file of measurements: those that can be used, by prompt, and of each of the
    others what is wrong with it."""

    sound: dict[str, Recorded] = field(default_factory=dict)
    damaged: dict[str, GlasspageError] = field(default_factory=dict)


def measurements_file(root: Path) -> Path:
    """Where a project's measurements are."""
    return root / "content" / NAME


def read_records(file: Path) -> Records:
    """All records of a file; none where there is no file. Raises ConfigError where it is no file of
    measurements at all."""
    found = Records()
    if not file.is_file():
        return found
    try:
        source = Source.read(file)
        entries = source.content.get("measurements")
        by_name = entries if isinstance(entries, dict) else {}
        around = {**source.content, **({"measurements": {}} if by_name else {})}
        _with(source, around).parse(Measurements)
    except GlasspageError as error:
        for each in each_of(error):
            each.hint = " ".join(filter(None, [each.hint, _ANEW]))
        raise
    for name, entry in by_name.items():
        try:
            one = _with(source, {"measurements": {name: entry}}).parse(Measurements)
            recorded = Recorded(name, one.measurements[name], source)
            recorded.check_times()
            found.sound[name] = recorded
        except GlasspageError as error:
            found.damaged[name] = _first(error, name)
    return found


def read_measurements(file: Path) -> dict[str, Recorded]:
    """The measurements of a file, by prompt; none where there is no file. Raises ConfigError."""
    records = read_records(file)
    if records.damaged:
        raise combined(list(records.damaged.values()))
    return records.sound


_ANEW = "If you cannot mend it, delete the file, and run `glasspage measure` with your prompts."


def _again(name: str) -> str:
    return f"run `glasspage measure {name}` again."


def _with(source: Source, content: dict[str, object]) -> Source:
    """A source of which only this much is looked at; its places stay those of the file."""
    other = copy.copy(source)
    other.content = content
    return other


def _first(error: GlasspageError, name: str) -> GlasspageError:
    """One error for a record, which a command writes anew as a whole: a key that is misspelt is
    not told as missing too."""
    errors = each_of(error)
    misspelt = [each for each in errors if each.message.startswith("unknown key")]
    first = (misspelt or errors)[0]
    first.hint = f"{first.hint or ''} Or {_again(name)}" if misspelt else _again(name)
    return first


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two texts in quotes, shortened to where they begin to differ."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = same - _BEFORE if max(len(one), len(other)) > _QUOTED and same > _BEFORE else 0

    def quoted(text: str) -> str:
        part = text[start : start + _QUOTED]
        return repr(f"{'…' if start else ''}{part}{'…' if start + _QUOTED < len(text) else ''}")

    return quoted(one), quoted(other)


def _token(token: tuple[int, str] | None) -> str:
    return "none" if token is None else f"{token[1]!r} (id {token[0]})"
