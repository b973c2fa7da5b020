"""What a check found: how much it looked at, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from generator.errors import MissingDataError

# In the order in which they are told, whatever was looked at first.
KINDS = (
    "files", "pages", "numbers", "claims", "data files", "tensors", "recorded", "measured", "cited",
)  # fmt: skip


@dataclass
class Findings:
    """Counts of what was looked at, by kind, and a line for everything that is wrong."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def count(self, kind: str, number: int = 1) -> None:
        assert kind in KINDS, kind
        self.counts[kind] = self.counts.get(kind, 0) + number

    @property
    def told(self) -> dict[str, int]:
        """The counts in the order of KINDS."""
        return {kind: self.counts[kind] for kind in KINDS if kind in self.counts}

    def wrong(self, file: object, what: str) -> None:
        self.problems.append(f"{file}: {what}")

    def missing(self, error: MissingDataError) -> None:
        """A file that is not there: told once, however many values it should hold."""
        if str(error) not in self.problems:
            self.problems.append(str(error))
