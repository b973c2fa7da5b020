"""A project's folder and what its author wrote there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from generator.errors import Collected, ConfigError, did_you_mean
from generator.project.article import Article, read_articles, read_front
from generator.project.card import Card
from generator.project.doc import Doc, read_doc
from generator.project.facts import Facts
from generator.project.layout import (
    article_files,
    article_folder,
    article_names,
    model_names,
    prompt_files,
    prompt_folder,
)
from generator.project.measurements import Recorded, measurements_file, read_measurements
from generator.project.prompt import Prompt
from generator.project.site import Site
from generator.project.source import Path_, Source
from generator.project.terms import Terms
from generator.project.theme import Theme
from generator.project.unread import missing_index

_TAKEN = {"models", "fact"}
# It becomes part of an address and of a URL.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Named:
    """A prompt config with its name and its text."""

    name: str
    prompt: Prompt
    source: Source

    @property
    def model(self) -> str:
        """The folder of `models/` that its model is in."""
        return self.prompt.model.called


@dataclass(frozen=True)
class _Configs:
    """The prompt configs that are YAML, those of them that are prompts, and what is wrong."""

    sources: list[Source] = field(default_factory=list)
    prompts: list[Named] = field(default_factory=list)
    errors: Collected = field(default_factory=Collected)


class Project:
    """A folder with `content/`, `models/` and `themes/`. Everything is read when asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, list[Article]] = {}  # many prompts are made into one article
        if not (root / "content" / "site.yaml").is_file():
            raise ConfigError(
                "this is no glasspage project: there is no content/site.yaml",
                file=root,
                hint="run the command in the project's folder, or name it with --project.",
            )

    @cached_property
    def site(self) -> Site:
        site = self._site_source.parse(Site)
        if site.language in site.translations:
            raise self._site_source.error(
                f"{site.language!r} is the main language already",
                ("translations", site.language),
                key=True,
                hint="take it out here; `title` and `description` above are in that language.",
            )
        return site

    @cached_property
    def _site_source(self) -> Source:
        return Source.read(self.root / "content" / "site.yaml")

    @cached_property
    def facts(self) -> Facts:
        file = self.root / "content" / "facts.yaml"
        if not file.is_file():
            return Facts()
        source = Source.read(file)
        facts = source.parse(Facts)
        for name, fact in facts.facts.items():
            if fact.source not in facts.sources:
                raise source.error(
                    f"there is no source {fact.source!r}",
                    ("facts", name, "source"),
                    hint=did_you_mean(fact.source, facts.sources),
                )
        return facts

    @cached_property
    def measurements(self) -> dict[str, Recorded]:
        """What was timed, by prompt, which may be gone. Raises ConfigError where it is not
        understood."""
        return read_measurements(measurements_file(self.root))

    @property
    def idle_measurements(self) -> list[str]:
        """Where something is recorded of a prompt that is not there, and what to do."""
        known = [file.stem for file in prompt_files(self.root)]
        told = []
        for name, each in self.measurements.items():
            if name not in known:
                line, _ = each.source.place(("measurements", name), key=True)
                told.append(
                    f"{each.source.file}:{line}: this was measured, and there is no prompt "
                    f"{name!r}: {did_you_mean(name, known)} If it is gone, delete this entry; "
                    "`glasspage measure` without a name measures the others anew and drops it"
                )
        return told

    def measurement(self, named: Named) -> Recorded | None:
        """What was timed of a prompt, which need not be one of the project's."""
        own = prompt_folder(self.root) / f"{named.name}.yaml"
        return self.measurements.get(named.name) if named.source.file == own else None

    @cached_property
    def terms(self) -> list[str]:
        """The names that may hold digits."""
        file = self.root / "content" / "terms.yaml"
        return Source.read(file).parse(Terms).terms if file.is_file() else []

    @cached_property
    def prompts(self) -> list[Named]:
        """All prompt configs, by name. Raises ConfigError where there are none."""
        folder = prompt_folder(self.root)
        for file in folder.glob("*.yml"):
            raise ConfigError("this file is not read", file=file, hint="call it `.yaml`.")
        if not prompt_files(self.root):
            raise ConfigError(
                "there are no prompt configs",
                file=folder,
                hint="add one: two lines, `model: NAME` and `prompt: TEXT`, are enough.",
            )
        self._configs.errors.tell()
        return self._configs.prompts

    @cached_property
    def _configs(self) -> _Configs:
        """The prompt configs, as far as they can be read."""
        found = _Configs()
        seen: dict[str, Path] = {}
        for file in prompt_files(self.root):
            with found.errors.collecting():
                _check_case(file, seen.setdefault(file.stem.casefold(), file))
                source = _prompt_source(file)
                found.sources.append(source)
                found.prompts.append(_parsed(source))
        return found

    def prompt(self, name: str) -> Named:
        """A prompt config by its name, or by its file `FILE.yaml`, which may lie anywhere.

        Raises ConfigError where there is none.
        """
        known = {file.stem: file for file in prompt_files(self.root)}
        if name.endswith(".yaml") and (Path(name).exists() or Path(name).stem not in known):
            return _parsed(_prompt_source(Path(name)))
        if name not in known:
            raise self.no_prompt(name, known)
        return _parsed(_prompt_source(known[name]))

    def no_prompt(self, name: str, known: Iterable[str]) -> ConfigError:
        """The error for a name that is none of the `known` prompts'."""
        stem = Path(name).stem if name.endswith((".yaml", ".yml")) else name
        hint = f"name it without its ending: {stem}." if stem in known else ""
        return ConfigError(
            f"there is no prompt {name!r}",
            file=prompt_folder(self.root),
            hint=hint or did_you_mean(name, known),
        )

    def check(self) -> None:
        """Read all that a build needs but the weights, and every article.

        Raises every error of it at once, each once: what needs a part that is wrong tells the same
        error again.
        """
        errors = Collected()
        with errors.collecting():
            _ = self.site
        if errors.errors:  # it tells which languages articles can be in
            for file in article_files(self.root):
                with errors.collecting():
                    read_front(file)
        for part in ("theme", "facts", "measurements", "terms", "docs", "prompts"):
            with errors.collecting():
                getattr(self, part)
        with errors.collecting():
            for language in self.site.languages:
                with errors.collecting():
                    self.theme.words(language)
        to_import = self._to_import(errors)
        for source in self._configs.sources:
            model = source.content.get("model")
            model = _mapping(model).get("name", model)
            if isinstance(model, str) and model not in to_import:
                with errors.collecting():
                    self._card(model, source)
        for named in self._configs.prompts:
            with errors.collecting():
                self.articles_of(named)
        for name in article_names(self.root):
            with errors.collecting():
                for article in self._written(name):
                    with errors.collecting():
                        self.prompts_of(article)
        errors.tell()

    @property
    def unused_articles(self) -> list[Path]:
        """The folders of articles that no page is made of."""
        used = {name for named in self.prompts for name in self.article_names(named)}
        used |= {article.name for article in self.comparisons}
        return [
            article_folder(self.root) / name
            for name in article_names(self.root)
            if name not in used
        ]

    def article_names(self, named: Named) -> list[str]:
        """The names of the articles to be made with a prompt."""
        asked = named.prompt.articles
        return [self.site.default_article] if asked is None else asked

    def articles_of(self, named: Named) -> list[Article]:
        """The articles to be made with a prompt, in every language that they are written in."""
        front = named.prompt.front
        found = []
        for index, name in enumerate(self.article_names(named)):
            source: Source = named.source
            path: Path_ = ("articles", index)
            hint = (
                f"take it out here, `articles: []` if it is the only one, and name {named.name} "
                "under `prompts` in its front matter."
            )
            if named.prompt.articles is None:
                source, path = self._site_source, ("default_article",)
                hint = (
                    "name another article here; a prompt that is only compared with others says "
                    "`articles: []`."
                )
            articles = self._articles(name, source, path)
            if articles[0].compares:
                message = f"the article {name!r} lists its prompts itself, and is one page"
                raise source.error(message, path, hint=hint)
            found += [
                article if front is None else article.with_front(front, named.source)
                for article in articles
            ]
        return found

    @property
    def default_articles(self) -> list[Article]:
        """The site's default article, in every language that it is written in.

        Raises ConfigError where there is none, or where it compares prompts.
        """
        name, path = self.site.default_article, ("default_article",)
        articles = self._articles(name, self._site_source, path)
        if articles[0].compares:
            message = f"the article {name!r} lists its prompts itself, and is one page"
            raise self._site_source.error(message, path, hint="name another article here.")
        return articles

    @cached_property
    def comparisons(self) -> list[Article]:
        """The articles that list prompts themselves, in every language that they are written in."""
        errors = Collected()
        found: list[Article] = []
        for name in article_names(self.root):
            with errors.collecting():
                found += [article for article in self._written(name) if article.compares]
        errors.tell()
        return found

    def prompts_of(self, article: Article) -> list[Named]:
        """The prompts that an article lists. Raises ConfigError where one is not there."""
        known = [file.stem for file in prompt_files(self.root)]
        errors = Collected()
        asked = article.front.prompts or []
        for index, name in enumerate(asked):
            with errors.collecting():
                if name not in known:
                    raise article.source.error(
                        f"there is no prompt {name!r}",
                        ("prompts", index),
                        hint=did_you_mean(name, known),
                    )
                if name in asked[:index]:
                    raise article.source.error(
                        f"the prompt {name!r} is listed twice",
                        ("prompts", index),
                        hint="take one of them out.",
                    )
        errors.tell()
        if not asked:
            return []
        prompts = {named.name: named for named in self.prompts}
        return [prompts[name] for name in asked]

    def _written(self, name: str) -> list[Article]:
        """An article in its languages. Raises ConfigError where it is not understood."""
        if name not in self._read:
            folder = article_folder(self.root) / name
            self._read[name] = read_articles(folder, self.site.languages)
        return self._read[name]

    def _articles(self, name: str, source: Source, path: Path_) -> list[Article]:
        """An article in its languages, which the file `source` asks for at `path`."""
        folder = article_folder(self.root) / name
        found: list[Article] = []
        hint = did_you_mean(name, article_names(self.root))
        if folder.parent == article_folder(self.root):
            found = self._written(name)
            for place in (folder, folder.with_name(f"{name}.md")):
                if told := missing_index(place):
                    hint = f"{place}: {told}"
        if not found:
            raise source.error(f"there is no article {name!r}", path, hint=hint)
        return found

    @cached_property
    def docs(self) -> list[Doc]:
        """The pages of the documentation, in their order; a project need not have any."""
        docs: list[Doc] = []
        errors = Collected()
        for file in sorted((self.root / "content/docs").glob("*.md")):
            with errors.collecting():
                docs.append(read_doc(file))
        errors.tell()
        return sorted(docs, key=lambda doc: doc.front.order)

    @property
    def has_prompts(self) -> bool:
        return bool(prompt_files(self.root))

    @property
    def models(self) -> list[str]:
        """The names of all models that have a card."""
        return model_names(self.root)

    def model_folder(self, name: str) -> Path:
        return self.root / "models" / name

    def model_files(self, name: str) -> dict[Path, str | None]:
        """A model's card and the files that it names, each with the sha256 that it says they
        have."""
        folder = self.model_folder(name)
        trained = self.card(name).trained
        parts = [] if trained is None else trained.files
        return {folder / "model.yaml": None, **{folder / part.file: part.sha256 for part in parts}}

    def folder_to_train(self, name: str) -> Path:
        """The folder of a model that has a card. Raises ConfigError where there is none."""
        folder = self.model_folder(name)
        if name not in self.models:
            hint = did_you_mean(name, self.models)
            raise ConfigError(f"there is no model {name!r}", file=folder / "model.yaml", hint=hint)
        return folder

    def folder_to_import(self, name: str) -> Path:
        """The folder of a model that is to be imported. Raises ConfigError where no model can have
        the name."""
        if not NAME.fullmatch(name):
            raise ConfigError(
                f"a model cannot be called {name!r}",
                file=self.root / "models",
                hint="name it with --name: letters, digits, `.`, `-` and `_`.",
            )
        return self.model_folder(name)

    def checkpoint_of(self, named: Named) -> Path | None:
        """Where the checkpoint of a prompt's model is, if it is one of somebody else's."""
        return named.prompt.model.place(self.root)

    @property
    def checkpoint_folders(self) -> list[Path]:
        """The folders in which the checkpoints lie that prompts name by a path."""
        places = filter(None, map(self.checkpoint_of, self._configs.prompts))
        return sorted({place if place.is_dir() else place.parent for place in places})

    @property
    def checkpoint_files(self) -> list[Path]:
        """The files of the checkpoints that prompts name by a path; of a folder, all in it."""
        places = filter(None, map(self.checkpoint_of, self._configs.prompts))
        return sorted(
            {
                file
                for place in places
                for file in (place.iterdir() if place.is_dir() else [place])
                if not file.is_dir()
            }
        )

    def _to_import(self, errors: Collected) -> set[str]:
        """The names of the models that prompts bring by a path; `errors` takes what is wrong with
        them."""
        places: dict[str, Path] = {}
        for named in self._configs.prompts:
            if (place := self.checkpoint_of(named)) is None:
                continue
            with errors.collecting():
                self._check_import(named, place, places.setdefault(named.model, place))
        return set(places)

    def _check_import(self, named: Named, place: Path, first: Path) -> None:
        """Raise ConfigError where a checkpoint, or the `first` that is to have the name of this
        one's import, cannot be imported."""
        name = named.model
        hint = "give it another name: `name: …` beside `path`."
        if not NAME.fullmatch(name):
            message = f"a model cannot be called {name!r}"
            hint = "name it with `name: …` beside `path`: letters, digits, `.`, `-` and `_`."
            raise named.source.error(message, ("model", "name"), hint=hint)
        if place != first:
            message = f"another prompt calls the import of {first} {name!r}, too"
            alike = f"write that path here, if it is the same checkpoint, or {hint}"
            raise named.source.error(message, ("model",), hint=alike)
        if name in self.models:
            trained = self.card_of(named).trained
            if trained is None or trained.source is None:
                message = f"there is a model {name!r} that was not imported"
                raise named.source.error(message, ("model",), hint=hint)
        elif not place.exists():
            message = f"there is no file or folder {place}"
            hint = "a path begins in the project's folder, or with `~` or `/`."
            raise named.source.error(message, ("model", "path"), hint=hint)

    def card_of(self, named: Named) -> Card:
        """The card of a prompt's model. Raises ConfigError where there is no such model."""
        return self._card(named.model, named.source)

    def _card(self, name: str, source: Source) -> Card:
        """The card of the model that a prompt config, `source`, names."""
        if name not in self.models:
            hint = did_you_mean(name, self.models)
            given = _mapping(source.content["model"])
            if given.get("path"):
                hint = "`glasspage build` imports it."
            elif "name" in given:
                hint += " `path: …` beside it says what to import."
            elif (self.root / name).exists():
                hint = f"write a checkpoint's path below `path`: `model: {{path: {name}}}`."
            raise source.error(f"there is no model {name!r}", ("model",), hint=hint)
        if not NAME.fullmatch(name):
            raise source.error(
                f"a model cannot be called {name!r}",
                ("model",),
                hint="rename its folder: letters, digits, `.`, `-` and `_`.",
            )
        return self.card(name)

    def card(self, model: str) -> Card:
        """The card of one of the `models`. Raises ConfigError where it is missing, or wrong."""
        return Source.read(self.model_folder(model) / "model.yaml").parse(Card)

    def smallest_model(self, language: str) -> str | None:
        """Of the trained models that read texts in a language, the one with the fewest parameters;
        None where there is none. Raises ConfigError where a card is wrong."""
        sizes = {
            name: card.trained.parameters
            for name in self.models
            if (card := self.card(name)).trained is not None
            and card.corpus is not None
            and card.corpus.language == language
        }
        return min(sizes, key=lambda name: sizes[name], default=None)

    @cached_property
    def theme(self) -> Theme:
        """Raises ConfigError where there is no such theme."""
        try:
            return Theme.read(self.root / "themes", self.site.theme)
        except ConfigError as error:
            if error.file != self.root / "themes":
                raise
            raise self._site_source.error(error.message, ("theme",), hint=error.hint) from None


def check_prompt_name(file: Path) -> None:
    """Raise ConfigError where a prompt cannot have the name of its config, `file`."""
    if not NAME.fullmatch(file.stem) or file.stem in _TAKEN:
        raise ConfigError(
            f"a prompt cannot be called {file.stem!r}",
            file=file,
            hint="use letters, digits, `.`, `-` and `_`; `models` and `fact` are taken.",
        )


def _check_case(file: Path, first: Path) -> None:
    """Raise ConfigError where a file is not the `first` of its name, whatever the case."""
    if file != first:
        raise ConfigError(
            f"{first.name} is called the same but for capitals, and on many machines their pages "
            "would be one folder",
            file=file,
            hint="give one of them another name.",
        )


def _mapping(content: object) -> dict[str, object]:
    """What YAML holds, if it is a mapping; or else an empty one."""
    return content if isinstance(content, dict) else {}


def _prompt_source(file: Path) -> Source:
    check_prompt_name(file)
    return Source.read(file)


def _parsed(source: Source) -> Named:
    return Named(source.file.stem, source.parse(Prompt), source)
