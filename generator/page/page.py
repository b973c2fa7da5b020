"""One article made with one prompt."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from generator.data.folder import DataFolder, Namespace
from generator.errors import CombinedError, TemplateError
from generator.page.citations import Citations
from generator.page.claims import RECORD, Claim, ClaimRecord
from generator.page.digits import count_by_hand, stray_digits
from generator.page.markdown import Html, join_lines, reading_minutes, to_html
from generator.page.marks import Mark, marks_of
from generator.page.templates import Templates
from generator.project.article import Article, FrontMatter
from generator.project.facts import Facts
from generator.project.theme import Theme


@dataclass(frozen=True)
class Page:
    """A finished page, in Markdown; both outputs are made of it.

    `front` holds the title and the summary as rendered. `data` are the folders that the page
    was made from: its prompt's and its model's. `by_hand` counts the numbers that the author
    answers for with `lit`.
    """

    article: Article
    language: str
    slug: str
    front: FrontMatter
    markdown: str
    prompt: str
    model: str
    checkpoint: str
    data: tuple[DataFolder, DataFolder]
    claims: list[Claim]
    facts: frozenset[str]
    by_hand: int = 0

    @cached_property
    def html(self) -> Html:
        return to_html(self.markdown)

    def copy_companions(self, folder: Path) -> None:
        """Put the article's pictures beside the page."""
        for file in self.article.companions:
            target = folder / file.relative_to(self.article.file.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)

    @cached_property
    def marks(self) -> list[Mark]:
        """Every number of the body that carries its address, in order."""
        return marks_of(str(self.html.body))

    @property
    def counts(self) -> dict[str, int]:
        """How many numbers there are of each kind, and how many claims."""
        cited = sum(mark.address.startswith("fact:") for mark in self.marks)
        return {
            "computed": len(self.marks) - cited,
            "cited": cited,
            "by_hand": self.by_hand,
            "claims": len(self.claims),
        }

    @property
    def reading_minutes(self) -> int:
        return reading_minutes(self.html.body)


def check_digits(twin: Page, terms: Sequence[str]) -> list[TemplateError]:
    """What is wrong with the digits of a page, of which `twin` is the disguised rendering."""
    article = twin.article
    text = article.file.read_text(encoding="utf-8")
    strays = stray_digits(twin.html.body, text, terms)
    for path, shown in _visible(twin.front):
        line = article.source.place(path)[0]
        strays += [replace(stray, line=line) for stray in stray_digits(shown, "", terms)]
    return [
        TemplateError(
            f"nobody answers for the digits {stray.text!r} in “{stray.context}”",
            file=article.file,
            line=stray.line,
            hint="take the number from the data with `num`, cite it with `fact`, list the name in "
            "content/terms.yaml, or answer for it yourself with `lit`.",
        )
        for stray in strays
    ]


def _visible(front: FrontMatter) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts of the front matter that readers see, each with the keys that lead to it."""
    yield ("title",), front.title
    yield ("summary",), front.summary
    if front.cover is not None:
        yield ("cover", "alt"), front.cover.alt
        yield ("cover", "caption"), front.cover.caption or ""
    for key in ("categories", "tags"):
        for index, name in enumerate(getattr(front, key)):
            yield (key, index), name


class PageValues(Mapping[str, Any]):
    """What an article can name: its prompt's values at the top, its model's below `model`."""

    def __init__(self, prompt: DataFolder, model: DataFolder, functions: dict[str, Any]) -> None:
        self._prompt = Namespace(prompt)
        self._functions = {"model": Namespace(model), **functions}
        self._names = {name.split(".")[0] for name in prompt.names} | set(self._functions)

    def __getitem__(self, name: str) -> Any:
        if name in self._functions:
            return self._functions[name]
        try:
            return getattr(self._prompt, name)
        except AttributeError:
            raise KeyError(name) from None

    def __iter__(self) -> Any:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


def slug_of(article: str, prompt: str) -> str:
    """The name of a page in addresses of the web."""
    return f"{article}-{prompt}"


@dataclass(frozen=True)
class Kit:
    """What pages are made with besides articles and data.

    `disguise` are the same templates for the check of stray digits; `words` are the theme's own.
    """

    templates: Templates
    disguise: Templates
    facts: Facts
    terms: Sequence[str]
    words: dict[str, Any]

    @classmethod
    def of(cls, theme: Theme, language: str, facts: Facts, terms: Sequence[str]) -> Kit:
        """The kit for articles in one language."""
        words = theme.words(language)
        disguise = Templates(theme, words, disguise=True)
        return cls(Templates(theme, words), disguise, facts, terms, words)


def make_page(article: Article, prompt: DataFolder, model: DataFolder, kit: Kit) -> Page:
    """Render an article over a prompt's data.

    Raises TemplateError with file and line: where the template fails, for claims that do not hold
    and for digits that nobody answers for.
    """
    page = _render(article, prompt, model, kit, kit.templates)
    twin = _render(article, prompt, model, kit, kit.disguise)
    if errors := check_digits(twin, kit.terms):
        raise errors[0] if len(errors) == 1 else CombinedError(errors)
    return replace(page, by_hand=count_by_hand(twin.html.body))


def _render(
    article: Article, prompt: DataFolder, model: DataFolder, kit: Kit, templates: Templates
) -> Page:
    citations = Citations(kit.facts, kit.words)
    claims = ClaimRecord()
    functions = {
        "fact": citations.fact,
        "fact_value": citations.value,
        "cite": citations.cite,
        RECORD: claims,
    }
    values = PageValues(prompt, model, functions)
    rendered = {
        key: templates.render_line(
            getattr(article.front, key), article.file, article.source.place((key,))[0], values
        )
        for key in ("title", "summary")
    }
    body = templates.render_body(article.body, article.file, values)
    checkpoint = prompt.head["checkpoint"]
    claims.demand(article.file, prompt.name, checkpoint["model"])
    return Page(
        article=article,
        language=article.language,
        slug=slug_of(article.name, prompt.name),
        front=article.front.model_copy(update=rendered),
        markdown=join_lines(body.strip()) + "\n" + citations.footnotes(),
        prompt=prompt.name,
        model=checkpoint["model"],
        checkpoint=checkpoint["sha256"],
        data=(prompt, model),
        claims=claims.claims,
        facts=frozenset(citations.used),
    )
