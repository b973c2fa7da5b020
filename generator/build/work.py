"""Work that may be done in another process: what it needs there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from generator.build.inputs import Inputs
from generator.build.steps import Step, Steps
from generator.build.store import Store
from generator.project.project import Project
from generator.reporter import Reporter


@dataclass(frozen=True)
class WorkPlace:
    """A project's folder, where its artefacts are kept, and the inputs as they were found."""

    root: Path
    store: Path
    inputs: Inputs

    @property
    def project(self) -> Project:
        return Project(self.root)

    @property
    def steps(self) -> Steps:
        return Steps(Store(self.store), self.inputs)


class Work(Protocol):
    """Makes the artefacts of steps. Raises all errors of the user's at once."""

    def __call__(self, steps: Sequence[Step], reporter: Reporter) -> None: ...
