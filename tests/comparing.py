"""The articles that compare prompts, and copies of the project that hold some of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml
from conftest import ROOT

from generator.project.article import read_articles
from generator.project.project import Project

COMPARING = ("inference", "model-basics")


def compared_by(article: str) -> list[str]:
    """The prompts that an article lists."""
    (read, *_) = read_articles(ROOT / "content/articles" / article, ["zh"])
    return list(read.front.prompts or [])


def copied(root: Path, left_out: set[str]) -> Project:
    """The project without these of its prompts and articles, and what was measured of them."""
    shutil.copytree(ROOT / "content", root / "content", ignore=shutil.ignore_patterns(*left_out))
    keep_measurements(root, {file.stem for file in (root / "content/prompts").iterdir()})
    for part in ("models", "themes"):
        (root / part).symlink_to(ROOT / part)
    return Project(root)


def keep_measurements(root: Path, prompts: set[str]) -> None:
    """Forget what was measured of any other prompt."""
    file = root / "content/measurements.yaml"
    measured = yaml.safe_load(file.read_text(encoding="utf-8"))["measurements"]
    kept = {name: one for name, one in measured.items() if name in prompts}
    file.write_text(yaml.safe_dump({"measurements": kept}, allow_unicode=True), encoding="utf-8")
