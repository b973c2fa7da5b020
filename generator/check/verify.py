"""`glasspage verify`: may a reader trust these pages?

Three questions, each independent of the others: are these the files that were built, do the pages
say what the data says, does the data say what the checkpoint says. Nothing here needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from generator.check.files import check_files
from generator.check.findings import Findings
from generator.check.pages import check_pages
from generator.check.tensors import check_facts, check_model, check_prompt
from generator.data.folder import DataFolder
from generator.data.manifest import read_manifest
from generator.errors import GlasspageError, MissingDataError
from generator.project.project import Project
from generator.reference.tokenizer import Tokenizer, encodings


def verify(output: Path, root: Path) -> list[tuple[str, Findings]]:
    """Answer the three questions over a build's output and its project, whose folder is `root`.

    Raises DataError where there is no build. Everything else that is wrong is a finding.
    """
    return [
        ("these are the files that were built", verify_files(output, root)),
        ("the pages say what the data says", verify_pages(output)),
        ("the data says what the checkpoint says", verify_data(output, root)),
    ]


def verify_files(output: Path, root: Path) -> Findings:
    """Are these the files that were built? Raises DataError where there is no build."""
    findings = Findings()
    check_files(output, root, read_manifest(output), findings)
    return findings


def verify_pages(output: Path) -> Findings:
    """Do the pages say what the data says?"""
    findings = Findings()
    _guarded(findings, output, partial(check_pages, output, findings))
    return findings


def verify_data(output: Path, root: Path) -> Findings:
    """Does the data say what the checkpoint says?"""
    project, common, findings = Project(root), encodings(), Findings()
    for index in sorted((output / "data").rglob("index.yaml")):
        folder = index.parent
        name = folder.relative_to(output / "data").as_posix()
        _guarded(findings, folder, partial(_check_data, folder, name, project, common, findings))
    return findings


def _check_data(
    folder: Path,
    name: str,
    project: Project,
    common: Mapping[str, Tokenizer],
    findings: Findings,
) -> None:
    """One folder of data; where it lies says what it must hold."""
    data = DataFolder(folder, name)
    if name == "fact":
        check_facts(data, project.facts, findings)
    elif name.startswith("models/"):
        check_model(data, project.model_folder(name.removeprefix("models/")), findings)
    else:
        model = project.model_folder(str(data.head["checkpoint"]["model"]))
        check_prompt(data, model, common, findings, project.measurements.get(name))


def _guarded(findings: Findings, where: Path, check: Callable[[], None]) -> None:
    """Run a check; what is too damaged to be checked is a finding like any other."""
    try:
        check()
    except MissingDataError as error:
        findings.missing(error)
    except GlasspageError as error:
        if str(error) not in findings.problems:  # of a file that several are checked against
            findings.problems.append(str(error))
    except FileNotFoundError as error:
        findings.wrong(Path(error.filename), "the file is missing: restore it, or build again")
    except (
        OSError,
        RecursionError,
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        UnicodeDecodeError,
    ) as error:
        findings.wrong(where, f"cannot be checked: {type(error).__name__}: {error}")
