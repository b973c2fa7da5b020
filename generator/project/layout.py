"""Where a project's files lie. Cheap to import, for what must answer at once."""

from __future__ import annotations

from pathlib import Path


def prompt_folder(root: Path) -> Path:
    return root / "content" / "prompts"


def prompt_files(root: Path) -> list[Path]:
    """The prompt configs, by name."""
    return sorted(prompt_folder(root).glob("*.yaml"), key=lambda file: file.stem)


def article_folder(root: Path) -> Path:
    return root / "content" / "articles"


def article_files(root: Path) -> list[Path]:
    """The articles in all their languages."""
    return sorted(article_folder(root).glob("*/index*.md"))


def article_names(root: Path) -> list[str]:
    """The names of all articles that are written in some language."""
    return sorted({file.parent.name for file in article_files(root)})


def model_names(root: Path) -> list[str]:
    """The names of all models that have a card."""
    return sorted(file.parent.name for file in (root / "models").glob("*/model.yaml"))
