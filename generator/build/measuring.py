"""Timing generations, for `content/measurements.yaml`. No build does this."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from generator.build.jobs import processors
from generator.build.origins import import_missing
from generator.build.torch import need_torch
from generator.build.tracing import Tracer
from generator.data.yaml_text import dump
from generator.errors import Collected, GlasspageError
from generator.files import write
from generator.project.measurements import (
    DIGITS,
    Machine,
    Measurement,
    NewToken,
    measurements_file,
    read_measurements,
)
from generator.project.project import Named, Project
from generator.reporter import Reporter

_HEAD = "# Written by `glasspage measure`. A build reads it, and times nothing itself.\n"


def measure(
    project: Project, names: Sequence[str], repeat: int, threads: int, reporter: Reporter
) -> dict[str, Measurement]:
    """Time the generations of prompts of a project, each `repeat` times, and write each into its
    measurements as soon as it is done; those of other prompts stay.

    Raises GlasspageError where there is no such prompt, or torch is not installed.
    """
    known = {named.name: named for named in project.prompts}
    errors = Collected()
    for name in names:
        with errors.collecting():
            if name not in known:
                raise project.no_prompt(name, known)
    errors.tell()
    prompts = [known[name] for name in dict.fromkeys(names)]
    file = measurements_file(project.root)
    kept = {name: each.measurement for name, each in read_measurements(file).items()}
    for warning in import_missing(project, prompts, reporter):
        reporter.warn(warning)
    for named in prompts:
        project.card_of(named)
    need_torch()
    tracer = Tracer(project, threads)
    measured: dict[str, Measurement] = {}
    for named in prompts:
        measured[named.name] = _measured(tracer, named, repeat, threads, reporter)
        write(file, _written({**kept, **measured}))  # it took long, and the next may fail
    return measured


def _measured(
    tracer: Tracer, named: Named, repeat: int, threads: int, reporter: Reporter
) -> Measurement:
    from generator.build.published import generation, vocabulary_of
    from generator.trace.timing import timed

    checkpoint, traced = tracer.checkpoint(named), tracer.trace(named, reporter)
    gpt = checkpoint.gpt
    chosen = [choice.token for choice in traced.choices]
    new, times = timed(gpt, traced.tokens, named.prompt.sampling, len(chosen), repeat)
    if new != chosen:
        raise GlasspageError(
            f"{named.name}: with a cache other tokens are chosen than those of its trace",
            hint="a draw fell on the edge of an interval: give the prompt another seed.",
        )
    steps = generation(traced, vocabulary_of(checkpoint))["steps"]
    return Measurement(
        prompt=named.prompt.prompt,
        model=checkpoint.name,
        weights=checkpoint.trained.weights.sha256,
        machine=_machine(threads),
        date=datetime.date.today(),
        precision="float64",
        repetitions=repeat,
        tokens=[NewToken(id=step["choice"], text=step["text"]) for step in steps],
        times=[round(time, DIGITS) for time in times],
    )


def _machine(threads: int) -> Machine:
    return Machine(
        processor=_processor(), cores=processors(), threads=threads, torch=version("torch")
    )


def _processor() -> str:
    """What the processor calls itself."""
    told = Path("/proc/cpuinfo")  # elsewhere than on Linux, Python knows
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(filter(None, [*names, platform.processor(), platform.machine()]), "unknown")


def _written(measurements: dict[str, Measurement]) -> str:
    """Measurements as a file, by name."""
    known = {name: measurements[name].model_dump(mode="json") for name in sorted(measurements)}
    return _HEAD + dump({"measurements": known})
