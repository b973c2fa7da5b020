"""What a build is to make, and what each part of it is made of as far as that is known before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.build.inputs import Inputs
from generator.build.steps import Step
from generator.build.store import Artefact
from generator.build.versions import computing_code, writing_code
from generator.page.page import Page, slug_of
from generator.project.article import Article
from generator.project.project import Named, Project

FACTS = "fact"  # the folder of the facts in published data
TRACE, MODEL, PAGE = "prompt", "model", "page"  # kinds of artefacts


@dataclass(frozen=True)
class Planned:
    """A page that is to be made: an article in one language over a prompt's data, or over that of
    all prompts that it compares."""

    prompts: tuple[Named, ...]
    article: Article

    @property
    def slug(self) -> str:
        return slug_of(self.article, self.prompts[0].name)

    @property
    def key(self) -> str:
        return f"{self.slug}.{self.article.language}"


def planned_pages(project: Project) -> list[Planned]:
    """All pages of a project, in the order of its prompts; comparisons come last."""
    of_prompts = [
        Planned((named,), article)
        for named in project.prompts
        for article in project.articles_of(named)
    ]
    return of_prompts + [
        Planned(tuple(project.prompts_of(article)), article) for article in project.comparisons
    ]


class Plan:
    """The steps of a project's build. What they are declared to be made of is told to `inputs`.

    With `given`, a folder that another build published, values are copied instead of computed.
    """

    def __init__(self, project: Project, inputs: Inputs, given: Path | None = None) -> None:
        self._project = project
        self._inputs = inputs
        self._given = given
        self._computing = inputs.tell("glasspage's code that computes", computing_code())
        self._writing = inputs.tell("glasspage's code that writes pages", writing_code())
        self._settings = tuple(
            inputs.tell(f"`{key}` in content/site.yaml", setting)
            for key, setting in project.site.model_dump(mode="json").items()
        )
        self._terms = inputs.tell("the terms", project.terms)
        self._theme = inputs.tell("the theme", [folder.name for folder in project.theme.folders])
        for name, fact in project.facts.facts.items():
            inputs.tell(f"fact {name}", fact.model_dump(mode="json"))
        for name, source in project.facts.sources.items():
            inputs.tell(f"source {name}", source.model_dump(mode="json"))
        for language in project.theme.languages:
            inputs.tell(_words(language), project.theme.words(language))

    @property
    def models(self) -> dict[str, Named]:
        """The models in use, each with a prompt that uses it."""
        return {named.model: named for named in reversed(self._project.prompts)}

    # Data

    def data(self) -> dict[str, Step]:
        """Every folder of data by its name."""
        steps = {FACTS: self._facts()}
        for name, named in self.models.items():
            steps[f"models/{name}"] = self._model(named)
        for named in self._project.prompts:
            steps[named.name] = self.trace(named)
        return steps

    def _facts(self) -> Step:
        if self._given is not None:
            return self._copied(FACTS)
        everything = self._inputs.tell("the facts", self._project.facts.model_dump(mode="json"))
        return Step(FACTS, FACTS, (everything, self._computing))

    def _model(self, named: Named) -> Step:
        name = named.model
        if self._given is not None:
            return self._copied(f"models/{name}")
        card = self._project.card_of(named).model_dump(mode="json")
        _, *files = self._project.model_files(name)  # but the card: its comments do not matter
        declared = (
            self._inputs.tell(f"the card of {name}", card),
            *self.files(files),
            self._computing,
        )
        return Step(MODEL, name, declared)

    def trace(self, named: Named) -> Step:
        """The data of one prompt."""
        if self._given is not None:
            return self._copied(named.name)
        name = named.model
        card = self._project.card_of(named)
        config = {"model": name, **named.prompt.published()}
        declared = [
            self._inputs.tell(f"the prompt {named.name}", config),
            self._inputs.tell(f"the architecture of {name}", card.architecture.model_dump()),
            self._inputs.tell(f"the dropout of {name}", card.dropout),
            self._computing,
        ]
        if recorded := self._project.measurement(named):
            timed = recorded.measurement.model_dump(mode="json")
            declared.append(self._inputs.tell(f"the measurement of {named.name}", timed))
        if card.trained is not None:
            folder = self._project.model_folder(name)
            parts = {"checkpoint": card.trained.weights, "tokenizer": card.trained.tokenizer}
            for kind, part in parts.items():
                shown = f"the {kind} {name}"
                digest = self._inputs.now(self._inputs.file(folder / part.file))
                self._inputs.tell_digests({shown: digest})
                claimed = self._inputs.tell(f"what the card says of {shown}", part.sha256)
                declared += [shown, claimed]
        return Step(TRACE, named.name, tuple(declared))

    def _copied(self, name: str) -> Step:
        """A folder of published data that is taken as it is."""
        assert self._given is not None
        return Step(
            "copy", name.replace("/", "+"), self.files(sorted((self._given / name).glob("*")))
        )

    def tell_data(self, name: str, made: Artefact) -> None:
        """Tell the inputs what a folder of data holds now."""
        self._inputs.tell_digests({f"data/{name}/{file}": made.files[file] for file in made.files})

    def files(self, places: Iterable[Path]) -> tuple[str, ...]:
        """The names of files, and of places where there are none."""
        return tuple(sorted(map(self._inputs.file, places)))

    # Pages

    def page(self, planned: Planned) -> Step:
        article = planned.article
        return Step(
            PAGE,
            planned.key,
            (
                self._inputs.file(article.file),
                *self._front_of(planned),
                *self._beside(article),
                _words(article.language),
                self._terms,
                self._theme,
                self._writing,
            ),
        )

    def _front_of(self, planned: Planned) -> tuple[str, ...]:
        """The front matter that a page has from its prompt config, where it has any."""
        named = planned.prompts[0]
        front = named.prompt.front
        if front is None or planned.article.compares:
            return ()
        name = f"the front matter in the prompt {named.name}"
        return (self._inputs.tell(name, front.model_dump(mode="json", exclude_unset=True)),)

    def tell_page(self, planned: Planned, made: Artefact) -> None:
        """Tell the inputs what a page is now."""
        self._inputs.tell_digests({f"the page {planned.key}": made.digest})

    def bundle(self, page: Page) -> Step:
        return Step("bundle", _key(page), self._of_page(page))

    def article(self, page: Page, newer: Page | None, older: Page | None) -> Step:
        beside = [
            self._inputs.tell(
                f"the next {which} page beside {_key(page)}",
                other and [other.slug, other.marked["title"]],
            )
            for which, other in (("newer", newer), ("older", older))
        ]
        return Step("article", _key(page), (*self._of_page(page), *beside, *self._frame()))

    def _of_page(self, page: Page) -> tuple[str, ...]:
        """What both outputs of a page are made of."""
        article = page.article
        files = {data.name: sorted(file.name for file in data.path.glob("*")) for data in page.data}
        return (
            f"the page {_key(page)}",
            *self._beside(article),
            *map(self._inputs.file, article.companions),
            self._inputs.tell(f"the data files of {_key(page)}", files),
            self._inputs.tell(
                f"the front matter of {_key(page)}", article.front.model_dump(mode="json")
            ),
            _words(article.language),
            *self._settings,
            self._theme,
            self._writing,
        )

    def _beside(self, article: Article) -> tuple[str, ...]:
        folder = article.file.parent
        names = [file.relative_to(folder).as_posix() for file in article.companions]
        return (
            self._inputs.tell(f"the languages of {article.name}", article.languages),
            self._inputs.tell(f"the files beside {article.name}", names),
        )

    # The rest of the site

    def _frame(self) -> tuple[str, ...]:
        """What every page of the site is framed with."""
        assets = self._project.theme.files("assets").values()
        spoken = sorted({doc.front.language for doc in self._project.docs})
        return (
            *map(self._inputs.file, assets),
            self._inputs.tell("the languages of the documentation", spoken),
        )

    def lists(self, language: str, pages: Sequence[Page]) -> Step:
        declared = (
            *(name for page in pages for name in self._of_page(page)),
            self._inputs.tell(f"the pages in {language}", list(map(_key, pages))),
            *self._frame(),
            _words(language),
            *self._settings,
            self._theme,
            self._writing,
        )
        return Step("lists", language, declared)

    def docs(self) -> Step:
        """The documentation, whose gallery is drawn over the first prompt's data."""
        theme = self._project.theme
        files = [
            file
            for part in ("layouts", "components", "i18n")
            for file in theme.files(part).values()
        ]
        return Step(
            "docs",
            "docs",
            (
                *(self._inputs.file(doc.file) for doc in self._project.docs),
                self._inputs.tell(
                    "the pages of the documentation", [d.name for d in self._project.docs]
                ),
                self._inputs.tell("the first prompt", self._project.prompts[0].name),
                self._inputs.tell("the theme's files", sorted(map(self._inputs.file, files))),
                *map(self._inputs.file, files),
                *self._frame(),
                *self._settings,
                self._terms,
                self._theme,
                self._writing,
            ),
        )

    def search(self, pages: Mapping[str, str]) -> Step:
        """The index of `pages`, digests by path."""
        listed = self._inputs.tell("the pages to search", dict(pages))
        return Step("search", "search", (listed, self._writing))


def _words(language: str) -> str:
    return f"the words in {language}"


def _key(page: Page) -> str:
    return f"{page.slug}.{page.language}"
