"""Why the parts of a page are fresh or stale, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.build.inputs import Inputs
from generator.build.output import cache_of
from generator.build.paging import OpenData, names_of
from generator.build.plan import FACTS, Plan, Planned, planned_pages
from generator.build.steps import Steps
from generator.build.store import Store
from generator.errors import GlasspageError, did_you_mean
from generator.page.page import Page
from generator.page.site import published, with_neighbours
from generator.page.stored import load
from generator.project.project import Project


@dataclass(frozen=True)
class Explained:
    """A part of a page, and why it has to be made anew; no reasons where it is fresh."""

    part: str
    reasons: list[str]


def explain(project: Project, output: Path, name: str) -> list[Explained]:
    """What the next build of `output` would make anew of the page `name`, and why.

    `name` is a page's slug, or its address. Raises GlasspageError where there is no such page.
    """
    explainer = _Explainer(project, output)
    slug = name.strip("/").removesuffix("/index.html").rpartition("/")[2]
    pages = [planned for planned in explainer.pages if planned.slug == slug]
    if not pages:
        raise GlasspageError(f"there is no page {slug!r}", hint=_meant(slug, explainer.pages))
    parts = explainer.data(pages[0])
    for planned in pages:
        parts += explainer.outputs(planned)
    return parts


def _meant(slug: str, pages: Sequence[Planned]) -> str:
    """A hint for what is no page: those of the prompt that it names, or a page like it."""
    prompt = slug.removesuffix(".yaml")
    own = [each.slug for each in pages if prompt in [named.name for named in each.prompts]]
    if own:
        return f"the prompt {prompt} is on: {', '.join(dict.fromkeys(own))}."
    return did_you_mean(prompt, sorted({each.slug for each in pages}))


class _Explainer:
    def __init__(self, project: Project, output: Path) -> None:
        self._project = project
        self._inputs = Inputs(project.root)
        self._steps = Steps(Store(cache_of(output)), self._inputs)
        self._plan = Plan(project, self._inputs)
        self.pages = planned_pages(project)
        self._stale: dict[str, list[str]] = {}
        folders: dict[str, Path] = {}  # the data as the last build made it
        for name, step in self._plan.data().items():
            self._stale[name] = self._steps.stale(step)
            if made := self._steps.last(step):
                folders[name] = made.folder
                if not self._stale[name]:
                    self._plan.tell_data(name, made)
        self._reasons = {planned.key: self._of_page(planned) for planned in self.pages}
        self._made = {planned.key: self._load(planned, folders) for planned in self.pages}

    def data(self, planned: Planned) -> list[Explained]:
        """The folders of data that a page is made of."""
        folders = names_of(planned.prompts)
        return [Explained(f"data/{folder}", self._stale[folder]) for folder in folders]

    def outputs(self, planned: Planned) -> list[Explained]:
        """The page itself, and what both outputs have of it."""
        language = planned.article.language
        bundle, place = f"its Hugo bundle, in {language}", f"its place on the site, in {language}"
        page, reasons = self._made[planned.key], self._reasons[planned.key]
        parts = [Explained(f"the page, in {language}", reasons)]
        if page is None or reasons:
            anew = ["the page is to be made anew, and this with it unless it comes out the same"]
            return [*parts, Explained(bundle, anew), Explained(place, anew)]
        parts.append(Explained(bundle, self._steps.stale(self._plan.bundle(page))))
        # A neighbour that is stale is taken for what it was: most changes leave its title.
        pages = [other for other in self._made.values() if other is not None]
        for own, newer, older in with_neighbours(published(pages, language)):
            if own is page:
                step = self._plan.article(page, newer, older)
                parts.append(Explained(place, self._steps.stale(step)))
        return parts

    def _of_page(self, planned: Planned) -> list[str]:
        """Why a page has to be made anew."""
        anew = [folder for folder in names_of(planned.prompts) if self._stale[folder]]
        reasons = [
            reason
            for reason in self._steps.stale(self._plan.page(planned))
            if not any(reason.startswith(f"data/{folder}/") for folder in anew)
        ]
        # Of the facts, a page is made of those alone that it cites, which are told by name.
        told = [f"data/{folder} is to be made anew" for folder in anew if folder != FACTS]
        return [*told, *reasons]

    def _load(self, planned: Planned, folders: Mapping[str, Path]) -> Page | None:
        """The page as the last build made it, if it did."""
        made = self._steps.last(self._plan.page(planned))
        if made is None or not folders.keys() >= set(names_of(planned.prompts)):
            return None
        if not self._reasons[planned.key]:
            self._plan.tell_page(planned, made)
        return load(made.folder, planned.article, OpenData(folders).of(planned.prompts))
