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
from generator.errors import Collected
from generator.page.gallery import gallery
from generator.page.layouts import folder_of
from generator.page.page import Page, make_page, slug_of
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
        kits = kits_of(project)
        pages = {planned.key: planned for planned in planned_pages(project)}
        errors = Collected()
        with reporter.progress("making pages", len(steps), said=True) as advance:
            for count, step in enumerate(steps, 1):
                planned = pages[step.name]
                with errors.collecting():
                    self.place.steps.make(step, partial(self._write, planned, kits))
                advance(count, "")
        errors.tell()

    def _write(self, planned: Planned, kits: Mapping[str, Kit], folder: Path) -> list[str]:
        """Make a page and save it; returns the names of what was observed."""
        article = planned.article
        page = make_page(article, data_of(planned.named, self.folders), kits[article.language])
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


def data_of(named: Named, folders: Folders) -> tuple[DataFolder, DataFolder, DataFolder]:
    """The data that a prompt's pages are made of: its own, its model's, and the facts'."""
    names = (named.name, f"models/{named.prompt.model}", FACTS)
    prompt, model, facts = (DataFolder(folders[name], name) for name in names)
    return prompt, model, facts


def make_pages(
    project: Project, data: Path, kits: Mapping[str, Kit] | None = None, *, demanding: bool = True
) -> list[Page]:
    """Make every prompt's pages from the data alone. Raises all errors at once.

    `kits` are those of `kits_of`, made here where none are given. If not `demanding`, claims that
    do not hold are no errors.
    """
    kits = kits or kits_of(project)
    facts = DataFolder(data / "fact", "fact")
    pages: list[Page] = []
    errors = Collected()
    for named in project.prompts:
        prompt = DataFolder(data / named.name, named.name)
        check_made_of(named, prompt)
        name = f"models/{named.prompt.model}"
        model = DataFolder(data / name, name)
        for article in project.articles_of(named):
            with errors.collecting():
                kit = kits[article.language]
                pages.append(make_page(article, (prompt, model, facts), kit, demanding=demanding))
    errors.tell()
    return pages


def make_gallery(
    project: Project, data: Path, kits: Mapping[str, Kit] | None = None
) -> dict[str, Any]:
    """The page of all diagrams, over the first prompt's data, as the layouts see it."""
    named = project.prompts[0]
    names = (named.name, f"models/{named.prompt.model}", "fact")
    language = project.site.language
    kit = (kits or kits_of(project))[language]
    return gallery(project.theme, language, [DataFolder(data / name, name) for name in names], kit)


def check_made_of(named: Named, data: DataFolder) -> None:
    """Raise ConfigError where the data was made of another prompt config than there is now."""
    now = {"model": named.prompt.model, **named.prompt.published()}
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
    found = {}
    for named in project.prompts:
        for article in project.articles_of(named):
            if not article.front.draft:
                slug = slug_of(article.name, named.name)
                folder = folder_of(slug, article.language, project.site)
                found[folder.removesuffix("/")] = article
    return found
