"""The articles that compare prompts, and copies of the project that hold some of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from conftest import ROOT

from generator.project.article import read_articles
from generator.project.project import Project

COMPARING = ("inference", "model-basics")


def compared_by(article: str) -> list[str]:
    """The prompts that an article lists."""
    (read, *_) = read_articles(ROOT / "content/articles" / article, ["zh"])
    return list(read.front.prompts or [])


def copied(root: Path, left_out: set[str]) -> Project:
    """The project without these of its prompts and articles."""
    shutil.copytree(ROOT / "content", root / "content", ignore=shutil.ignore_patterns(*left_out))
    for part in ("models", "themes"):
        (root / part).symlink_to(ROOT / part)
    return Project(root)
