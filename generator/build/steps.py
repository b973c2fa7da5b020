"""Steps of a build: each makes an artefact, unless the one of before can still be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.build.inputs import Inputs, changes
from generator.build.store import Artefact, Store


@dataclass(frozen=True)
class Step:
    """What artefact is to be there, and the names of those of its inputs that are known before it
    is made. What else it is made of is observed meanwhile."""

    kind: str
    name: str
    declared: tuple[str, ...]


@dataclass
class Steps:
    """The store, and the inputs as they are now."""

    store: Store
    inputs: Inputs

    def stale(self, step: Step) -> list[str]:
        """Why the artefact cannot be used again, in words; nothing where it can."""
        return self._look(step)[1]

    def kept(self, step: Step) -> Artefact | None:
        """The artefact of before, if it can be used again."""
        return self._look(step)[0]

    def _look(self, step: Step) -> tuple[Artefact | None, list[str]]:
        was = self.store.inputs(step.kind, step.name)
        if was is None:
            return None, ["it has not been made before"]
        if found := changes(was, self.inputs.all_now([*was, *step.declared])):
            return None, found
        kept = self.store.find(step.kind, step.name)
        return kept, [] if kept else ["its files in the cache are damaged"]

    def make(self, step: Step, fill: Callable[[Path], Iterable[str] | None]) -> Artefact:
        """Let `fill` make the artefact in a folder; it returns the names of what it observed."""

        def filled(folder: Path) -> Mapping[str, str]:
            observed = fill(folder) or ()
            return self.inputs.all_now([*step.declared, *observed])

        return self.store.make(step.kind, step.name, filled)

    def settle(self, step: Step, fill: Callable[[Path], Iterable[str] | None]) -> Artefact:
        """The artefact, made only if it has to be."""
        return self.kept(step) or self.make(step, fill)

    def last(self, step: Step) -> Artefact | None:
        """The artefact of before, whether or not it can be used again."""
        return self.store.find(step.kind, step.name)

    def found(self, step: Step) -> Artefact:
        """The artefact, which has just been made."""
        made = self.last(step)
        assert made is not None, f"{step.kind} {step.name} is gone"
        return made
