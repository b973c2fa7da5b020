"""Runs of models on prompts: what a page is made of, and how its templates name the values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from generator.data.folder import DataFolder, Namespace
from generator.data.value import Value


@dataclass(frozen=True)
class Run:
    """One model run on one prompt: the data of both."""

    prompt: DataFolder
    model: DataFolder

    @property
    def name(self) -> str:
        """The prompt's."""
        return self.prompt.name

    @property
    def model_name(self) -> str:
        return str(self.prompt.head["checkpoint"]["model"])

    @property
    def checkpoint(self) -> str:
        """The sha256 of the model's weights."""
        return str(self.prompt.head["checkpoint"]["sha256"])


@dataclass(frozen=True)
class PageData:
    """The data that a page is made of: one run or several, and the facts."""

    runs: tuple[Run, ...]
    facts: DataFolder

    @property
    def folders(self) -> tuple[DataFolder, ...]:
        """Each folder once: the prompts', the models', the facts'."""
        runs = [*(run.prompt for run in self.runs), *(run.model for run in self.runs)]
        return tuple({folder.name: folder for folder in [*runs, self.facts]}.values())

    def each(self, change: Callable[[DataFolder], DataFolder]) -> PageData:
        """The same data with every folder changed; one that several runs share stays shared."""
        changed = {folder.name: change(folder) for folder in self.folders}
        runs = [Run(changed[run.prompt.name], changed[run.model.name]) for run in self.runs]
        return PageData(tuple(runs), changed[self.facts.name])


class RunValues(Namespace):
    """A run as a template names its values: the prompt's, and the model's below `model`."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.prompt)
        self.model = Namespace(run.model)

    def _missing(self, name: str) -> str | None:
        """Why there is no value of this name, where more can be said than that."""
        prompt = self._folder
        if name == "measured":
            return f"{prompt.name} has not been measured: run `glasspage measure {prompt.name}`"
        if name == "pos_embed":
            model = prompt.head["checkpoint"]["model"]
            return f"the model {model} has no pos_embed: it tells positions by rotations"
        if name == "dropout":
            model = prompt.head["checkpoint"]["model"]
            return f"{prompt.name} has no dropout: the model {model} was not trained with it"
        if name == "quantized":
            return (
                f"{prompt.name} has no quantized: its config does not ask for it; "
                "write `quantize: [8, 4]` there"
            )
        return None

    def __repr__(self) -> str:
        return f"the prompt {self._folder.name}"

    @property
    def _said(self) -> str:
        return "the prompt"

    def _names(self) -> set[str]:
        return super()._names() | {"model"}


class RunList:
    """Several runs as a template names them: in their order, or one by its prompt's name."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = {run.name: RunValues(run) for run in runs}

    def __repr__(self) -> str:
        return "`prompts` alone"

    @property
    def _said(self) -> str:
        return "`prompts`"

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._runs[key]
        return list(self._runs.values())[key.plain if isinstance(key, Value) else key]

    def __iter__(self) -> Iterator[RunValues]:
        return iter(self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)

    def _names(self) -> set[str]:
        return set(self._runs)
