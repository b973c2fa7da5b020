"""An output that is brought up to date again and again, while its author looks at it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from generator.build.builder import build
from generator.build.jobs import processors
from generator.build.last import stamps
from generator.build.output import cache_of
from generator.build.paging import data_of, folders_in
from generator.build.plan import Planned, planned_pages
from generator.data.manifest import read_manifest
from generator.errors import DataError, GlasspageError
from generator.files import sha256_of
from generator.page.layouts import Layouts, folder_of
from generator.page.page import Page, preview
from generator.page.rendering import Kit
from generator.page.site import SiteWriter, layouts_of, published, with_neighbours
from generator.project.project import Project
from generator.reporter import Reporter


@dataclass(frozen=True)
class _Tools:
    """What a page is made with: compiled templates, good for as long as nothing else changes."""

    language: str
    stamp: dict[str, tuple[int, int]]
    kit: Kit
    layouts: Layouts


class Live:
    """Brings the output of a project up to date, and tells what of its site was replaced."""

    def __init__(self, root: Path, output: Path, reporter: Reporter) -> None:
        self._root = root
        self._output = output
        self._reporter = reporter
        self._pages: Sequence[Page] = ()  # of the last build
        self._tools: _Tools | None = None

    def __call__(self, first: str | None, replaced: Callable[[set[str]], None]) -> None:
        """Make what changed, the page `first` before all others: see
        `generator.serve.rebuild.Rebuild`.

        That page is shown before it has been checked, so that it is there at once; what is wrong
        with it is raised a moment later, and mended in the output by the next build.
        """
        before = self._site()
        project = Project(self._root)
        with suppress(GlasspageError, OSError):  # the build tells it
            if first in before and (shown := self._show(project, first)):
                before[first] = shown
                replaced({first})
        built = build(project, self._output, self._reporter, jobs=processors())
        self._pages = built.pages
        replaced({file for file, _ in before.items() ^ self._site().items()})

    def _show(self, project: Project, path: str) -> str | None:
        """Put a page as it is now into the output, over the data that lies there; returns its
        sha256, or nothing where it was there already."""
        site = project.site
        for planned in planned_pages(project):
            language = planned.article.language
            if f"{folder_of(planned.slug, language, site)}index.html" != path:
                continue
            folders = folders_in(self._output / "data", planned.prompts)
            tools = self._sharpened(project, language)
            last, newer, older = self._last(planned)
            by_hand = last.counts["by_hand"] if last else 0
            data = data_of(planned.prompts, folders)
            page = preview(planned.article, data, tools.kit, by_hand)
            writer = SiteWriter(site, tools.layouts)
            with tempfile.TemporaryDirectory(dir=cache_of(self._output)) as scratch:
                writer.write_article(page, newer, older, Path(scratch))
                made, shown = Path(scratch, path), self._output / "site" / path
                digest = sha256_of(made)
                if digest == sha256_of(shown):
                    return None
                made.replace(shown)
                return digest
        return None

    def _sharpened(self, project: Project, language: str) -> _Tools:
        """The tools for pages in a language, made anew where the theme or what belongs to the
        whole site has changed."""
        places = [*project.theme.folders, self._root / "content"]
        articles = self._root / "content" / "articles"
        stamp = {
            path: known for path, known in stamps(places) if not Path(path).is_relative_to(articles)
        }
        known = self._tools
        if known is None or known.stamp != stamp or known.language != language:
            kit = Kit.of(project.theme, language, project.facts, project.terms)
            layouts = layouts_of(project.theme, project.site, project.docs)
            self._tools = known = _Tools(language, stamp, kit, layouts)
        return known

    def _last(self, planned: Planned) -> tuple[Page | None, Page | None, Page | None]:
        """A page as it was at the last build, with the next newer one and the next older one."""
        of_language = published(self._pages, planned.article.language)
        for own, newer, older in with_neighbours(of_language):
            if own.slug == planned.slug:
                return own, newer, older
        return None, None, None

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
