"""The checkpoints that prompts name by their path: imported before they are needed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from generator.build.torch import need_torch
from generator.errors import Collected, ModelError
from generator.imports.detection import detect
from generator.project.project import Named, Project
from generator.reporter import Reporter


def import_missing(project: Project, prompts: Iterable[Named], reporter: Reporter) -> list[str]:
    """Import the checkpoints of prompts, unless they were imported before as they are now.

    Returns warnings: a checkpoint that is gone is no error where it was imported before. Raises
    all errors at once, each with the line that names the checkpoint.
    """
    errors, warnings = Collected(), []
    done: set[str] = set()
    for named in prompts:
        place = project.checkpoint_of(named)
        if place is None or named.model in done:
            continue
        done.add(named.model)
        imported = _imported(project, named)
        if imported and not place.exists():
            line, _ = named.source.place(("model", "path"))
            warnings.append(
                f"{named.source.file}:{line}: {place} is not there; {named.name} uses what was "
                "imported from it before"
            )
            continue
        with errors.collecting():
            try:
                _import_one(project, named, place, reporter, again=imported)
            except ModelError as error:
                at = f"{error.place}: " if error.place else ""
                raise named.source.error(
                    f"the checkpoint cannot be imported: {at}{error.message}",
                    ("model", "path"),
                    hint=error.hint,
                ) from None
    errors.tell()
    return warnings


def _imported(project: Project, named: Named) -> bool:
    """Whether the files are there that an import makes."""
    return named.model in project.models and all(
        file.is_file() for file in project.model_files(named.model)
    )


def _import_one(
    project: Project, named: Named, place: Path, reporter: Reporter, *, again: bool
) -> None:
    detected = detect(place)
    trained = project.card_of(named).trained if again else None
    source = None if trained is None else trained.source
    if source is not None and detected.made(source):
        return
    need_torch()
    # A misspelt path should not cost the time that torch takes to be imported.
    from generator.imports.folder import write_folder
    from generator.imports.importing import convert

    card = write_folder(project.model_folder(named.model), convert(detected))
    assert card.trained is not None
    why = "again, for its files have changed" if again else f"from {place}"
    reporter.info(f"imported {named.model} {why}: {card.trained.parameters:,} parameters")
