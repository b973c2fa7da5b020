"""Running the models: what torch is needed for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from generator.build.plan import MODEL, TRACE
from generator.build.steps import Step
from generator.build.torch import need_torch
from generator.build.work import WorkPlace
from generator.data.text import readable
from generator.errors import Collected
from generator.project.measurements import Recorded
from generator.project.project import Named, Project
from generator.reporter import Advance, Reporter

if TYPE_CHECKING:
    from generator.model.checkpoint import Checkpoint
    from generator.model.tokenizer import Tokenizer
    from generator.trace.tracer import Trace


class Tracer:
    """Runs the models of a project, each of which it loads once, with so many threads.

    What is heavy is imported here, for nothing else of a build needs it, and importing it takes
    longer than making a page.
    """

    def __init__(self, project: Project, threads: int) -> None:
        from generator.trace.tracer import set_threads

        set_threads(threads)
        self._project = project
        self._loaded: dict[str, Checkpoint] = {}

    @cached_property
    def _encodings(self) -> Mapping[str, Tokenizer]:
        """The tokenizers that every prompt's text is given to, too."""
        from generator.model.bpe import encodings

        return encodings()

    def checkpoint(self, named: Named) -> Checkpoint:
        """The model of a prompt."""
        from generator.model.checkpoint import load

        name = named.model
        if name not in self._loaded:
            card = self._project.card_of(named)
            self._loaded[name] = load(name, self._project.model_folder(name), card)
        return self._loaded[name]

    def write_model(self, named: Named, folder: Path) -> None:
        """Write what is published of a prompt's model."""
        from generator.build.published import publish_model
        from generator.trace.portrait import portray

        checkpoint = self.checkpoint(named)
        portrait = portray(checkpoint, self._project.model_folder(checkpoint.name))
        publish_model(folder, portrait, checkpoint)

    def trace(self, named: Named, reporter: Reporter) -> Trace:
        """Run a model on a prompt. Raises ConfigError where it cannot read it."""
        from generator.trace.tracer import trace

        checkpoint = self.checkpoint(named)
        tokens = _encode(named, checkpoint)
        with _progress(named, reporter) as advance:
            return trace(checkpoint, named.prompt, tokens, advance=advance)

    def publish(self, named: Named, reporter: Reporter, folder: Path) -> Trace:
        """The same, and write what is published of it. Raises ConfigError alike."""
        from generator.build.published import publish_trace

        checkpoint, recorded = self.checkpoint(named), self._recorded(named)
        tokens = _encode(named, checkpoint)
        with _progress(named, reporter) as advance:
            return publish_trace(
                folder,
                named.name,
                checkpoint,
                named.prompt,
                tokens,
                self._encodings,
                advance,
                recorded,
            )

    def write_trace(self, named: Named, reporter: Reporter, folder: Path) -> None:
        """Publish a trace, and say how long that took."""
        began = time.perf_counter()
        traced = self.publish(named, reporter, folder)
        reporter.info(
            f"traced {named.name}: {len(traced.tokens)} tokens, {len(traced.choices)} new, "
            f"through {named.model} in {time.perf_counter() - began:.1f} s"
        )

    def check(self, prompts: Sequence[Named]) -> None:
        """Raise all errors of prompts that their models cannot read, and of what was timed with
        others, before any is traced."""
        errors = Collected()
        for named in prompts:
            with errors.collecting():
                _encode(named, self.checkpoint(named))
                self._recorded(named)  # of a text that cannot be read, none can be timed
        errors.tell()

    def _recorded(self, named: Named) -> Recorded | None:
        """What was timed of a prompt. Raises ConfigError where it was of another model, or text."""
        recorded = self._project.measurement(named)
        if recorded is not None:
            checkpoint = self.checkpoint(named)
            weights = checkpoint.trained.weights.sha256
            recorded.check(named.prompt.prompt, checkpoint.name, weights)
        return recorded


def _progress(named: Named, reporter: Reporter) -> AbstractContextManager[Advance]:
    return reporter.progress(f"tracing {named.name}", named.prompt.new_tokens, said=True)


def _encode(named: Named, checkpoint: Checkpoint) -> list[int]:
    """The token ids of a prompt. Raises ConfigError where its model cannot read it."""
    from generator.model.tokenizer import UnreadableTextError

    if mark := _special(named.prompt.prompt, checkpoint.tokenizer):
        raise named.source.error(
            f"the prompt spells the special token {mark!r}, which the original reads as one token "
            "and glasspage as its letters",
            ("prompt",),
            hint="take it out: special tokens cannot be written in a prompt.",
        )
    try:
        tokens = checkpoint.tokenizer.encode(named.prompt.prompt)
    except UnreadableTextError as error:
        raise named.source.error(error.message, ("prompt",), hint=error.hint) from None
    n_ctx = checkpoint.gpt.config.n_ctx
    if len(tokens) > n_ctx:
        raise named.source.error(
            f"the prompt has {len(tokens)} tokens, and {checkpoint.name} reads at most {n_ctx}",
            ("prompt",),
            hint="shorten it, or use a model with a longer context.",
        )
    longest = len(tokens) + named.prompt.new_tokens - 1  # the last one is not read
    if longest > n_ctx and not checkpoint.gpt.config.slides:
        raise named.source.error(
            f"new_tokens is {named.prompt.new_tokens}, and behind the {len(tokens)} of the prompt "
            f"{checkpoint.name} can write at most {n_ctx - len(tokens) + 1}: it reads {n_ctx} at "
            "once, and beyond them its original computes otherwise than glasspage does",
            ("new_tokens",),
            hint="write fewer, or shorten the prompt.",
        )
    d_vocab = checkpoint.gpt.config.d_vocab
    if unknown := [index for index in tokens if index >= d_vocab]:
        text = readable(checkpoint.tokenizer.bytes_of(unknown[0]) or b"")
        raise named.source.error(
            f"the prompt has the token {text!r}, id {unknown[0]}, and {checkpoint.name} knows only "
            f"the ids below {d_vocab}",
            ("prompt",),
            hint="word it otherwise, or use a model that was trained with more tokens.",
        )
    return tokens


def _special(text: str, tokenizer: Tokenizer) -> str | None:
    """The first of the tokenizer's special tokens that a text spells, None if there is none."""
    marks = [readable(tokenizer.bytes_of(index) or b"") for index in sorted(tokenizer.special)]
    return next((mark for mark in marks if mark and mark in text), None)


@dataclass(frozen=True)
class TraceWork:
    """Runs models on prompts. Raises GlasspageError without torch."""

    place: WorkPlace
    threads: int

    def __call__(self, steps: Sequence[Step], reporter: Reporter) -> None:
        need_torch(", or make the pages from published data with --data")
        project = self.place.project
        tracer = Tracer(project, self.threads)
        prompts = {named.name: named for named in project.prompts}
        models = {named.model: named for named in project.prompts}
        tracer.check([prompts[step.name] for step in steps if step.kind == TRACE])
        for step in steps:
            if step.kind == MODEL:
                named = models[step.name]
                self.place.steps.make(step, partial(tracer.write_model, named))
            else:
                named = prompts[step.name]
                self.place.steps.make(step, partial(tracer.write_trace, named, reporter))
