"""One article made with one prompt, or with several that it compares."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from generator.data.folder import DataFolder
from generator.data.runs import PageData, Run
from generator.errors import combined
from generator.page.checks import (
    check_comments,
    check_dialect,
    check_digits,
    check_formulas,
    check_marks,
    check_pictures,
    check_timed_alike,
    check_words,
)
from generator.page.claims import Claim, demand
from generator.page.digits import DisguisedText, count_by_hand
from generator.page.markdown import Html, reading_minutes
from generator.page.marks import KINDS, Mark, kind_of
from generator.page.rendering import Kit, Rendering, render, render_traced
from generator.project.article import Article, FrontMatter

COUNTS = (*KINDS, "by_hand", "claims")  # what is counted of a page


@dataclass(frozen=True)
class Content:
    """What is large of a page: its Markdown, which both outputs are made of, as HTML, and what
    stands in it."""

    markdown: str
    html: Html
    marks: list[Mark]
    claims: list[Claim]


@dataclass(frozen=True)
class Seen:
    """What a page was made of besides its article: files of the theme, also those that would have
    come first had they been there; files of the data, as `wukong/tokens.yaml`; facts and sources
    by name."""

    theme: frozenset[Path] = frozenset()
    data: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Page:
    """A finished page.

    `front` holds its TEMPLATES as rendered, `marked` the same as HTML with marks.
    `made_of` is the data that it was made from. `counts` tells how many numbers there are of each
    kind, those that the author answers for with `lit`, and claims. `load` gets the content; nobody
    should keep that of many.
    """

    article: Article
    language: str
    slug: str
    front: FrontMatter
    marked: dict[str, Markup]
    made_of: PageData
    load: Callable[[], Content] = field(compare=False, repr=False)
    counts: dict[str, int] = field(default_factory=dict)
    reading_minutes: int = 1
    seen: Seen = Seen()

    @property
    def runs(self) -> tuple[Run, ...]:
        return self.made_of.runs

    @property
    def data(self) -> tuple[DataFolder, ...]:
        """The folders that it needs beside it: its prompts', its models', the facts' if it cites
        any."""
        *folders, facts = self.made_of.folders
        return (*folders, facts) if self.seen.facts else tuple(folders)

    @property
    def content(self) -> Content:
        return self.load()

    def copy_companions(self, folder: Path) -> None:
        """Put the article's pictures beside the page."""
        for file in self.article.companions:
            target = folder / file.relative_to(self.article.file.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def slug_of(article: Article, prompt: str) -> str:
    """The name in addresses of the web of an article's page, the first of whose prompts is this."""
    return article.name if article.compares else f"{article.name}-{prompt}"


def make_page(article: Article, data: PageData, kit: Kit, *, demanding: bool = True) -> Page:
    """Render an article over its data.

    Raises TemplateError with file and line: where the template fails, for digits that nobody
    answers for and, if it is `demanding`, for claims that do not hold.
    """
    data = data.each(DataFolder.watched)
    kit.forget()
    if errors := check_comments(article, kit.templates) + check_formulas(article, kit.templates):
        raise combined(errors)
    made = render(article, data, kit, kit.templates)
    twin = render(article, data.each(lambda f: f.with_texts(DisguisedText)), kit, kit.disguise)
    if demanding:
        demand(made.claims, article.file, data.runs)

    def marked() -> str:
        return render_traced(article, data, kit)

    errors = (
        check_words(made)
        or check_marks(made, marked)
        or check_dialect(made, marked)
        or check_digits(made, twin, kit.terms, marked)
    )
    errors += check_pictures(made) + check_timed_alike(article, data)
    if errors:
        raise combined(errors)
    content = Content(made.markdown, made.html, made.marks, made.claims)
    seen = Seen(
        kit.places(),
        frozenset(f"{each.name}/{file}" for each in data.folders for file in each.used),
        made.facts,
        made.sources,
    )
    return _finished(made, data, content, _counts(made, count_by_hand(twin.html.body)), seen)


def preview(article: Article, data: PageData, kit: Kit, counts: dict[str, int]) -> Page:
    """The page as it will look, in a third of the time: nothing is checked, its numbers are not
    listed, and the `counts` are given."""
    made = render(article, data, kit, kit.templates)
    content = Content(made.markdown, made.html, [], made.claims)
    return _finished(made, data, content, counts, Seen(facts=made.facts))


def _finished(
    made: Rendering, data: PageData, content: Content, counts: dict[str, int], seen: Seen
) -> Page:
    return Page(
        article=made.article,
        language=made.article.language,
        slug=slug_of(made.article, data.runs[0].name),
        front=made.front,
        marked=made.marked,
        made_of=data,
        load=lambda: content,
        counts=counts,
        reading_minutes=reading_minutes(made.html.body),
        seen=seen,
    )


def _counts(made: Rendering, by_hand: int) -> dict[str, int]:
    """How many numbers there are of each kind, and how many claims."""
    kinds = Counter(kind_of(mark.address) for mark in made.marks)
    numbers = [kinds[kind] for kind in KINDS]
    return dict(zip(COUNTS, [*numbers, by_hand, len(made.claims)], strict=True))
