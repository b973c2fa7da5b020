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
from generator.errors import Collected, GlasspageError, combined
from generator.files import write
from generator.project.measurements import (
    DIGITS,
    LONGEST,
    Machine,
    Measurement,
    NewToken,
    Records,
    measurements_file,
    read_records,
)
from generator.project.project import Named, Project
from generator.reporter import Reporter

_HEAD = "# Written by `glasspage measure`. A build reads it, and times nothing itself.\n"


def measure(
    project: Project, names: Sequence[str], repeat: int, threads: int, reporter: Reporter
) -> dict[str, Measurement]:
    """Time the generations of prompts of a project, each `repeat` times, and write each into its
    measurements as soon as it is done; those of other prompts stay. Without `names`, all that were
    measured before, and what was measured of prompts that are gone is dropped.

    Raises GlasspageError where there is no such prompt, where more `threads` are asked for than
    there are cores, or torch is not installed.
    """
    _check_threads(threads)
    file = measurements_file(project.root)
    records = read_records(file)
    if not names:
        names = _measured_before(project, records, file, reporter)
        if not names:  # all are gone
            write(file, _written({}))
    known = {named.name: named for named in project.prompts}
    errors = Collected()
    for name in names:
        with errors.collecting():
            if name not in known:
                raise project.no_prompt(name, known)
    errors.tell()
    prompts = [known[name] for name in dict.fromkeys(names)]
    kept = _kept(records, names, reporter)
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


def _check_threads(threads: int) -> None:
    """Raise GlasspageError for more threads than there are cores, which wait for each other."""
    cores = processors()
    if threads > cores:
        raise GlasspageError(
            f"--threads {threads}, and this process may use {cores} core{'s'[: cores > 1]}: what "
            "is timed would be how threads wait for each other",
            hint=f"give at most --threads {cores}.",
        )


def _measured_before(
    project: Project, records: Records, file: Path, reporter: Reporter
) -> list[str]:
    """The prompts that something is recorded of; what is recorded of others is taken out."""
    known = {named.name for named in project.prompts}
    recorded = [*records.sound, *records.damaged]
    if not recorded:
        raise GlasspageError(
            "no prompt of this project has been measured",
            file=file,
            hint="name one: `glasspage measure PROMPT`.",
        )
    for name in recorded:
        if name not in known:
            records.sound.pop(name, None)
            records.damaged.pop(name, None)
            reporter.info(f"{name}: there is no such prompt any more; its measurement is dropped")
    return [name for name in recorded if name in known]


def _kept(records: Records, names: Sequence[str], reporter: Reporter) -> dict[str, Measurement]:
    """What stays until its prompt is measured. Raises GlasspageError where something that cannot
    be read would be lost, since nothing of these `names` is measured in its place."""
    if lost := [error for name, error in records.damaged.items() if name not in names]:
        for error in lost:
            error.hint = f"{error.hint} Without a name, it measures all of them anew."
        raise combined(lost)
    for name in records.damaged:
        reporter.info(f"{name}: what was recorded of it cannot be read, and is replaced")
    return {name: each.measurement for name, each in records.sound.items()}


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
    if times[-1] > LONGEST:
        raise GlasspageError(
            f"{named.name}: a generation of more than a day is not recorded",
            hint="let it write fewer tokens: `new_tokens`.",
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
