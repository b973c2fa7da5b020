"""One prompt traced by itself, as a build would trace it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.build.origins import import_missing
from generator.build.paging import OpenData, folders_in
from generator.build.plan import FACTS
from generator.build.torch import need_torch
from generator.build.tracing import Tracer
from generator.data.runs import PageData
from generator.errors import GlasspageError
from generator.project.project import Named, Project
from generator.reporter import Reporter


def trace_prompt(
    project: Project, name: str, out: Path | None, reporter: Reporter
) -> dict[str, Any]:
    """Run one prompt, a name or a file as `Project.prompt` takes it, through its model.

    Returns its name, its model, its tokens, the text and the steps of its generation, as a build
    publishes them. With `out`, an empty folder or none yet, all values are written there too.
    Raises GlasspageError where anything is wrong.
    """
    if out is not None and out.exists() and any(out.iterdir()):
        raise GlasspageError(
            "there is something in this folder",
            file=out,
            hint="name another with --out, or empty it yourself.",
        )
    named = project.prompt(name)
    for warning in import_missing(project, [named], reporter):
        reporter.warn(warning)
    project.card_of(named)
    need_torch()
    # A misspelt name should not cost the time that torch takes to be imported.
    from generator.build.published import generation, vocabulary_of

    tracer = Tracer(project, threads=1)
    traced = tracer.trace(named, reporter) if out is None else tracer.publish(named, reporter, out)
    checkpoint = tracer.checkpoint(named)
    vocabulary = vocabulary_of(checkpoint)
    return {
        "prompt": named.name,
        "model": checkpoint.name,
        "tokens": vocabulary.published(traced.tokens),
        **generation(traced, vocabulary),
    }


def publish_prompt(project: Project, named: Named, data: Path, reporter: Reporter) -> PageData:
    """Write into `data` all that a page over one prompt is made of, and return it.

    Raises GlasspageError where torch is not installed, or where the model cannot read the prompt.
    """
    project.card_of(named)
    need_torch()
    from generator.build.published import publish_facts

    folders = folders_in(data, [named])
    tracer = Tracer(project, threads=1)
    tracer.check([named])
    tracer.publish(named, reporter, folders[named.name])
    tracer.write_model(named, folders[f"models/{named.model}"])
    publish_facts(folders[FACTS], project.facts)
    return OpenData(folders).of([named])
