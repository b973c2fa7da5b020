"""An output that is brought up to date again and again, while its author looks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from generator.build.builder import build
from generator.build.jobs import processors
from generator.build.last import stamps
from generator.build.output import cache_of
from generator.build.paging import OpenData, folders_in
from generator.build.plan import Planned
from generator.data.manifest import NAME as MANIFEST
from generator.data.manifest import read_manifest
from generator.data.runs import PageData
from generator.errors import ConfigError, DataError, GlasspageError
from generator.files import remove, write
from generator.page.layouts import Layouts, folder_of
from generator.page.page import COUNTS, Page, preview
from generator.page.rendering import Kit
from generator.page.site import SiteWriter, layouts_of, published, with_neighbours
from generator.project.article import Article
from generator.project.project import Project
from generator.reporter import Reporter

Stamps = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class _Tools:
    """What pages in a language are made with, good until a file changes that is no article."""

    language: str
    made_of: Stamps
    kit: Kit
    layouts: Layouts


@dataclass(frozen=True)
class _Read:
    """The data of a page, as far as it was read, good while its files stay as they are."""

    key: str
    made_of: Stamps
    data: PageData


class Live:
    """Brings the output of a project up to date, and tells what of its site was replaced.

    `previews` holds pages that are to be shown instead of the site's.
    """

    def __init__(self, root: Path, output: Path, reporter: Reporter) -> None:
        self._root = root
        self._output = output
        self._reporter = reporter
        self.previews = cache_of(output) / "previews"
        remove(self.previews)  # of a server that was stopped
        self._pages: Sequence[Page] = ()  # of the last build
        self._tools: _Tools | None = None
        self._read: _Read | None = None
        self._listed: tuple[tuple[int, int], dict[str, str]] = (0, 0), {}  # the manifest's files

    def __call__(self, first: str | None, replaced: Callable[[set[str]], None]) -> None:
        """Make what changed, the page `first` before all others: see
        `generator.serve.rebuild.Rebuild`.

        That page is shown before it has been checked, so that it is there at once. It lies in
        `previews` until a build has made it too: the output stays what the last one made.
        """
        before = self._files()
        project = Project(self._root)
        with suppress(GlasspageError, OSError):  # the build tells it
            if first in before and (shown := self._show(project, first)):
                before[first] = shown
                replaced({first})
        built = build(project, self._output, self._reporter, jobs=processors())
        remove(self.previews)
        self._pages = built.pages
        replaced({file for file, _ in before.items() ^ self._files().items()})
        if self._tools is None:  # the first change shall be shown as fast as any other
            for page in built.pages[:1]:
                self._preview(project, _again(project, page))

    def _show(self, project: Project, path: str) -> str | None:
        """Preview the page of a place on the site as it is now; returns its sha256, or nothing
        where the last build made no such page, or it is shown already."""
        for page in self._pages:
            folder = folder_of(page.slug, page.language, project.site)
            if f"{folder}index.html" != path:
                continue
            made = self._preview(project, _again(project, page))
            built, shown = self._output / "site" / path, self.previews / path
            if made == (shown if shown.exists() else built).read_bytes():
                return None
            write(shown, made)
            return sha256(made).hexdigest()
        return None

    def _preview(self, project: Project, planned: Planned) -> bytes:
        """A page as it is now, over the data that lies in the output."""
        language = planned.article.language
        tools, data = self._sharpened(project, language), self._data(planned)
        last, newer, older = self._last(planned)
        counts = last.counts if last else dict.fromkeys(COUNTS, 0)
        page = preview(planned.article, data, tools.kit, counts)
        return SiteWriter(project.site, tools.layouts).article(page, newer, older).encode()

    def _sharpened(self, project: Project, language: str) -> _Tools:
        """The tools for pages in a language, made anew where the theme or what belongs to the
        whole site has changed."""
        places = [*project.theme.folders, self._root / "content"]
        articles = self._root / "content" / "articles"
        now = {
            path: known for path, known in stamps(places) if not Path(path).is_relative_to(articles)
        }
        known = self._tools
        if known is None or (known.language, known.made_of) != (language, now):
            kit = Kit.of(project.theme, language, project.facts, project.terms)
            layouts = layouts_of(project.theme, project.site, project.docs)
            self._tools = known = _Tools(language, now, kit, layouts)
        return known

    def _data(self, planned: Planned) -> PageData:
        """The data of a page, read anew where it has changed."""
        folders = folders_in(self._output / "data", planned.prompts)
        now = dict(stamps(folders.values()))
        known = self._read
        if known is None or (known.key, known.made_of) != (planned.key, now):
            data = OpenData(folders).of(planned.prompts)
            self._read = known = _Read(planned.key, now, data)
        return known.data

    def _last(self, planned: Planned) -> tuple[Page | None, Page | None, Page | None]:
        """A page as it was at the last build, with the next newer one and the next older one."""
        of_language = published(self._pages, planned.article.language)
        for own, newer, older in with_neighbours(of_language):
            if own.slug == planned.slug:
                return own, newer, older
        return None, None, None

    def _files(self) -> dict[str, str]:
        """The files of the finished site, each with its sha256; none before the first build."""
        try:
            known = (self._output / MANIFEST).stat()
            stamp = known.st_ino, known.st_mtime_ns
            if stamp != self._listed[0]:  # it is long
                self._listed = stamp, read_manifest(self._output).output
        except (OSError, DataError):
            return {}
        return {
            file.removeprefix("site/"): digest
            for file, digest in self._listed[1].items()
            if file.startswith("site/")
        }


def _again(project: Project, page: Page) -> Planned:
    """A page that was made before, as it is planned now; of the prompts, it reads its own alone.

    Raises ConfigError where its article or its prompt is gone.
    """
    known, name = page.article, page.runs[0].name
    if known.compares:
        again = _same(project.comparisons, known)
        return Planned(tuple(project.prompts_of(again)), again)
    named = project.prompt(name)
    return Planned((named,), _same(project.articles_of(named), known))


def _same(articles: Sequence[Article], known: Article) -> Article:
    for article in articles:
        if (article.name, article.language) == (known.name, known.language):
            return article
    raise ConfigError("the article is gone", file=known.file)
