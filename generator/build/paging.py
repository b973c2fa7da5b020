"""Making pages out of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from generator.build.plan import FACTS, Planned, planned_pages
from generator.build.steps import Step
from generator.build.work import WorkPlace
from generator.data.folder import DataFolder
from generator.data.runs import PageData, Run
from generator.errors import Collected
from generator.page.gallery import gallery, language_of
from generator.page.layouts import folder_of
from generator.page.page import Page, make_page
from generator.page.rendering import Kit
from generator.page.stored import save
from generator.project.article import Article
from generator.project.project import Named, Project
from generator.reporter import Reporter

Folders = Mapping[str, Path]  # of data, by name


@dataclass(frozen=True)
class PageWork:
    """Makes pages, over data that lies in `folders`."""

    place: WorkPlace
    folders: Folders

    def __call__(self, steps: Sequence[Step], reporter: Reporter) -> None:
        project = self.place.project
        kits, data = kits_of(project), OpenData(self.folders)
        pages = {planned.key: planned for planned in planned_pages(project)}
        errors = Collected()
        with reporter.progress("making pages", len(steps), said=True) as advance:
            for count, step in enumerate(steps, 1):
                planned = pages[step.name]
                with errors.collecting():
                    made_of = data.of(planned.prompts)
                    kit = kits[planned.article.language]
                    self.place.steps.make(step, partial(self._write, planned, made_of, kit))
                advance(count, "")
        errors.tell()

    def _write(self, planned: Planned, data: PageData, kit: Kit, folder: Path) -> list[str]:
        """Make a page and save it; returns the names of what was observed."""
        page = make_page(planned.article, data, kit)
        save(page, folder)
        return [
            *map(self.place.inputs.file, page.seen.theme),
            *(f"data/{file}" for file in page.seen.data),
            *(f"fact {name}" for name in page.seen.facts),
            *(f"source {name}" for name in page.seen.sources),
        ]


def kits_of(project: Project) -> dict[str, Kit]:
    """What pages are made with, for each of the site's languages."""
    return {
        language: Kit.of(project.theme, language, project.facts, project.terms)
        for language in project.site.languages
    }


class OpenData:
    """Data that lies in `folders`. What many pages share, models and facts, is read once."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._shared: dict[str, DataFolder] = {}

    def of(self, prompts: Sequence[Named]) -> PageData:
        """The data that a page over these prompts is made of."""
        runs = (
            Run(
                DataFolder(self._folders[named.name], named.name),
                self._kept(f"models/{named.model}"),
            )
            for named in prompts
        )
        return PageData(tuple(runs), self._kept(FACTS))

    def _kept(self, name: str) -> DataFolder:
        if name not in self._shared:
            self._shared[name] = DataFolder(self._folders[name], name)
        return self._shared[name]


def names_of(prompts: Sequence[Named]) -> list[str]:
    """The folders of data that a page over these prompts is made of."""
    models = dict.fromkeys(f"models/{named.model}" for named in prompts)
    return [*(named.name for named in prompts), *models, FACTS]


def folders_in(data: Path, prompts: Sequence[Named]) -> dict[str, Path]:
    """Where these are in a folder `data` that a build published."""
    return {name: data / name for name in names_of(prompts)}


def make_pages(project: Project, data: Path, *, demanding: bool = True) -> list[Page]:
    """Make every page from the data alone. Raises all errors at once.

    If not `demanding`, claims that do not hold are no errors.
    """
    kits = kits_of(project)
    folders = folders_in(data, project.prompts)
    for named in project.prompts:
        check_made_of(named, DataFolder(folders[named.name], named.name))
    pages: list[Page] = []
    errors, opened = Collected(), OpenData(folders)
    for planned in planned_pages(project):
        with errors.collecting():
            made_of = opened.of(planned.prompts)
            kit = kits[planned.article.language]
            pages.append(make_page(planned.article, made_of, kit, demanding=demanding))
    errors.tell()
    return pages


def make_gallery(project: Project, folders: Folders) -> dict[str, Any]:
    """The page of all diagrams, over the first prompt's data, as the layouts see it."""
    language = language_of(project.theme, project.site)
    kit = Kit.of(project.theme, language, project.facts, project.terms)
    return gallery(project.theme, language, OpenData(folders).of(project.prompts[:1]), kit)


def check_made_of(named: Named, data: DataFolder) -> None:
    """Raise ConfigError where the data was made of another prompt config than there is now."""
    now = {"model": named.model, **named.prompt.published()}
    was = {"model": data.head["checkpoint"]["model"], **data.head["prompt"]}
    for key in [*now, *was]:
        if was.get(key) != now.get(key):
            name = "prompt" if key == "text" else key
            raise named.source.error(
                f"the data was made with {name} {was.get(key)!r}, and now it is {now.get(key)!r}",
                (name,),
                hint="run `glasspage build` without --data, or put the config back.",
            )


def articles_by_folder(project: Project) -> dict[str, Article]:
    """The articles of a project by the folders of their pages, from the site's top."""
    return {
        folder_of(each.slug, each.article.language, project.site).removesuffix("/"): each.article
        for each in planned_pages(project)
        if not each.article.front.draft
    }
