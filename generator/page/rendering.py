"""An article filled in with values: once for readers, once for the check of its digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from generator.data.runs import PageData, RunList, RunValues
from generator.errors import GlasspageError, TemplateError
from generator.page.citations import Citations
from generator.page.claims import RECORD, Claim, ClaimRecord
from generator.page.dialect import settled
from generator.page.digits import disguised
from generator.page.jinja import Missing
from generator.page.markdown import Html, join_lines, number_footnotes, to_html
from generator.page.marks import BODY, Mark, marks_of
from generator.page.templates import Templates
from generator.project.article import TEMPLATES, Article, FrontMatter
from generator.project.facts import Facts
from generator.project.source import Path_, Source
from generator.project.theme import Theme


@dataclass(frozen=True)
class Rendering:
    """An article over its data, in Markdown.

    `front` holds its TEMPLATES as rendered, `marked` the same as HTML with marks.
    """

    article: Article
    front: FrontMatter
    marked: dict[str, Markup]
    markdown: str
    claims: list[Claim]
    facts: frozenset[str]
    sources: frozenset[str]

    @cached_property
    def html(self) -> Html:
        try:
            return to_html(self.markdown)
        except Exception as error:  # Python-Markdown trips over some broken HTML in its own ways
            raise TemplateError(
                f"the page's Markdown cannot be read: {error}",
                file=self.article.file,
                hint="look for elements that are not closed, and for footnotes inside HTML.",
            ) from error

    @cached_property
    def marks(self) -> list[Mark]:
        """Every number that carries its address: those of the front matter, and the body's."""
        parts = {**self.marked, BODY: self.html.body}
        return [
            replace(mark, place=place)
            for place, part in parts.items()
            for mark in marks_of(str(part))
        ]


class PageValues(Mapping[str, Any]):
    """What an article can name: its prompt's values at the top, its model's below `model`."""

    def __init__(self, data: PageData, functions: Mapping[str, Any]) -> None:
        self._functions = functions
        self._run = RunValues(data.runs[0])

    def __getitem__(self, name: str) -> Any:
        if name in self._functions:
            return self._functions[name]
        try:
            return getattr(self._run, name)
        except AttributeError:
            if told := self._run._missing(name):
                return Missing(told)
            if name == "prompts":
                return Missing(
                    "this article is made with one prompt, and `prompts` are those that one "
                    "compares; list them in its front matter, as in `prompts: [a, b]`"
                )
            raise KeyError(name) from None

    def known(self) -> Iterator[str]:
        """The names that may be meant, those of the model's values too; sought when one is not
        there."""
        yield from self
        yield from (f"model.{name}" for name in self._run.model._names())

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._functions, *self._run._names()}))

    def __len__(self) -> int:
        return len(list(iter(self)))


class ComparedValues(PageValues):
    """The same for an article that compares prompts: each below `prompts`. There is `model` at the
    top where all have the same."""

    def __init__(self, data: PageData, functions: Mapping[str, Any]) -> None:
        super().__init__(data, {"prompts": RunList(data.runs), **functions})
        self._first = data.runs[0].name
        self._one_model = len({run.model.name for run in data.runs}) == 1

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if name in self._functions or (name == "model" and self._one_model):
            return found
        why = "its prompts have different models" if name == "model" else "it lists its prompts"
        return Missing(
            f"this article has no {name!r} of its own, for {why}; write "
            f'prompts["{self._first}"].{name}, or run.{name} in {{% for run in prompts %}}'
        )


@dataclass(frozen=True)
class Kit:
    """What pages are made with besides articles and data.

    `disguise` are the same templates for the check of stray digits; `words` are the theme's own.
    """

    theme: Theme
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
        return cls(theme, Templates(theme, words), disguise, facts, terms, words)

    def forget(self) -> None:
        """Begin to remember anew which of the theme's files are used."""
        self.templates.forget()
        self.disguise.forget()

    def places(self) -> frozenset[Path]:
        """The theme's files that were used since, and those looked for before them."""
        return frozenset(self.templates.places() | self.disguise.places())

    @cached_property
    def tracing(self) -> Templates:
        """The same templates for finding the line of a mistake; most pages have none."""
        return Templates(self.theme, self.words, line_ends=True)


def render(article: Article, data: PageData, kit: Kit, templates: Templates) -> Rendering:
    """Fill an article in, with one of the kit's sets of templates."""
    values, citations, claims = _context(article, data, kit, templates)
    front: dict[str, str] = {}
    marked: dict[str, Markup] = {}
    for key in TEMPLATES:
        text, (source, path) = getattr(article.front, key), article.origin((key,))
        if text is None:
            continue
        line = source.place(path)[0]
        with _placed(source, path):
            front[key] = templates.render_line(text, source.file, line, values)
            marked[key] = templates.render_marked(text, source.file, line, values)
    body = templates.render_body(article.body, article.file, values)
    text = join_lines(body.strip()) + "\n" + citations.footnotes()
    return Rendering(
        article=article,
        front=article.front.model_copy(update=front),
        marked=marked,
        markdown=settled(number_footnotes(text)),
        claims=claims.claims,
        facts=frozenset(citations.used),
        sources=frozenset(citations.cited),
    )


@contextmanager
def _placed(source: Source, path: Path_) -> Iterator[None]:
    """Give the error about a template of front matter the place where the template begins."""
    try:
        yield
    except GlasspageError as error:
        if str(error.file) == str(source.file) and error.column is None:
            error.line, error.column = source.place(path)
        raise


def render_traced(article: Article, data: PageData, kit: Kit) -> str:
    """The body's Markdown, which tells the lines that it was made of; for mistakes."""
    values, _, _ = _context(article, data, kit, kit.tracing)
    # A last line that does not end would have no number.
    return kit.tracing.render_body(f"{article.body}\n", article.file, values)


def _context(
    article: Article, data: PageData, kit: Kit, templates: Templates
) -> tuple[PageValues, Citations, ClaimRecord]:
    """What an article's templates can name, and what they leave behind: citations and claims."""
    answer = disguised if templates is kit.disguise else str
    citations = Citations(kit.facts, kit.words, templates.mark, answer)
    claims = ClaimRecord()
    functions = {
        "fact": citations.fact,
        "fact_value": citations.value,
        "cite": citations.cite,
        RECORD: claims,
    }
    values = ComparedValues if article.compares else PageValues
    return values(data, functions), citations, claims
