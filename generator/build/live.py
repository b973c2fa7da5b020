"""An output that is brought up to date again and again, while its author looks at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generator.build.builder import build
from generator.build.jobs import processors
from generator.data.manifest import read_manifest
from generator.errors import DataError
from generator.project.project import Project
from generator.reporter import Reporter


class Live:
    """Brings the output of a project up to date, and tells what of its site was replaced."""

    def __init__(self, root: Path, output: Path, reporter: Reporter) -> None:
        self._root = root
        self._output = output
        self._reporter = reporter

    def __call__(self, first: str | None, replaced: Callable[[set[str]], None]) -> None:
        """Build what changed; see `generator.serve.rebuild.Rebuild`."""
        before = self._site()
        build(Project(self._root), self._output, self._reporter, jobs=processors())
        replaced({file for file, _ in before.items() ^ self._site().items()})

    def _site(self) -> dict[str, str]:
        """The files of the finished site, each with its sha256; none before the first build."""
        try:
            files = read_manifest(self._output).output
        except DataError:
            return {}
        return {
            file.removeprefix("site/"): digest
            for file, digest in files.items()
            if file.startswith("site/")
        }
