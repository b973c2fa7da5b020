"""One article made with one prompt."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from html import unescape
from itertools import zip_longest
from pathlib import Path
from typing import Any

from markupsafe import Markup

from generator.data.folder import DataFolder, Namespace
from generator.errors import TemplateError, combined
from generator.page.citations import Citations
from generator.page.claims import RECORD, Claim, ClaimRecord, demand
from generator.page.dialect import settled
from generator.page.differences import differences
from generator.page.digits import (
    DisguisedText,
    Stray,
    count_by_hand,
    disguised,
    forged,
    revealed,
    stray_digits,
)
from generator.page.lines import lines_behind
from generator.page.markdown import (
    Html,
    join_lines,
    number_footnotes,
    reading_minutes,
    to_html,
)
from generator.page.marks import BODY, KINDS, SUMMARY, TITLE, Mark, kind_of, marks_of
from generator.page.templates import Templates
from generator.project.article import Article, FrontMatter
from generator.project.facts import Facts
from generator.project.theme import Theme

COUNTS = (*KINDS, "by_hand", "claims")  # what is counted of a page
MOST_MARKS = 10_000  # Hugo refuses a YAML file with more lists or maps at one depth


@dataclass(frozen=True)
class Page:
    """A finished page, in Markdown; both outputs are made of it.

    `front` holds the title and the summary as rendered, `marked` the same as HTML with marks.
    `data` are the folders that the page was made from: its prompt's, its model's, and the facts if
    it cites any. `by_hand` counts the numbers that the author
    answers for with `lit`.
    """

    article: Article
    language: str
    slug: str
    front: FrontMatter
    marked: dict[str, Markup]
    markdown: str
    prompt: str
    model: str
    checkpoint: str
    data: tuple[DataFolder, ...]
    claims: list[Claim]
    facts: frozenset[str]
    by_hand: int = 0

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

    def copy_companions(self, folder: Path) -> None:
        """Put the article's pictures beside the page."""
        for file in self.article.companions:
            target = folder / file.relative_to(self.article.file.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)

    @cached_property
    def marks(self) -> list[Mark]:
        """Every number that carries its address: the title's, the summary's, the body's."""
        parts = {**self.marked, BODY: self.html.body}
        return [
            replace(mark, place=place)
            for place, part in parts.items()
            for mark in marks_of(str(part))
        ]

    @property
    def counts(self) -> dict[str, int]:
        """How many numbers there are of each kind, and how many claims."""
        kinds = Counter(kind_of(mark.address) for mark in self.marks)
        numbers = [kinds[kind] for kind in KINDS]
        return dict(zip(COUNTS, [*numbers, self.by_hand, len(self.claims)], strict=True))

    @property
    def reading_minutes(self) -> int:
        return reading_minutes(self.html.body)


def check_dialect(page: Page, marked: Callable[[], str]) -> list[TemplateError]:
    """What Hugo and the site would read differently.

    `marked` renders the body with LineEnds; it is asked for only where something is wrong.
    """
    found = differences(page.markdown, lambda: page.html.body)
    behind = lines_behind(marked(), page.markdown) if found else []
    source = page.article.body.split("\n")
    return [
        TemplateError(
            f"Hugo and the site would read this differently: {difference.what}, "
            f"“{difference.text[:40]}”",
            file=page.article.file,
            line=_likeliest(difference.text, behind[difference.line - 1], source),
            hint=f"{difference.advice}.",
        )
        for difference in found
    ]


def _likeliest(text: str, lines: Sequence[int], source: Sequence[str]) -> int | None:
    """Of some `lines` of a source, by number, the one that holds most of a text."""

    def likeness(number: int) -> int:
        match = SequenceMatcher(None, source[number - 1], text, autojunk=False)
        return match.find_longest_match().size

    return max(lines, key=likeness, default=None)


def check_digits(
    page: Page, twin: Page, terms: Sequence[str], marked: Callable[[], str]
) -> list[TemplateError]:
    """What is wrong with the digits of a page, of which `twin` is the disguised rendering.

    `marked` renders the body with LineEnds; it is asked for only where a line is not known.
    """
    article = page.article
    strays = forged(article.body) or stray_digits(twin.html.body, article.body, terms)
    if any(stray.line is None for stray in strays):
        behind = lines_behind(marked(), page.markdown)
        strays = [stray if stray.line else _located(stray, page, behind) for stray in strays]
    for path, shown in _visible(twin.front):
        line = article.source.place(path)[0]
        strays += [replace(stray, line=line) for stray in stray_digits(shown, "", terms)]
    errors = [
        TemplateError(
            f"nobody answers for the digits {revealed(stray.text)!r} in “{stray.context}”",
            file=article.file,
            line=stray.line,
            hint="take the number from the data with `num`, cite it with `fact`, list the name in "
            "content/terms.yaml, or answer for it yourself with `lit`.",
        )
        for stray in strays
    ]
    return errors or _changed_marks(page, twin)


def _located(stray: Stray, page: Page, behind: Sequence[list[int]]) -> Stray:
    """Digits that an expression made, with the line of the article that it probably stands on."""
    made = page.markdown.split("\n")
    holding = [
        n for n, line in enumerate(made, 1) if behind[n - 1] and revealed(stray.text) in line
    ]
    line = _likeliest(stray.context, holding, made)
    lines = [] if line is None else behind[line - 1]
    return replace(stray, line=_likeliest(stray.context, lines, page.article.body.split("\n")))


def check_marks(page: Page) -> list[TemplateError]:
    """More marks than a list can hold, and marks that a reader would see as an element's text."""
    if len(page.marks) > MOST_MARKS:
        return [
            TemplateError(
                f"the page shows {len(page.marks)} numbers; Hugo reads {MOST_MARKS} of a list",
                file=page.article.file,
                hint="show fewer: a diagram's `most`, or a part of a tensor.",
            )
        ]
    text = unescape(re.sub(r"<[^<>]*>", "", page.html.body))
    if "data-src=" not in text and not re.search(r'="[^"<>]*<(data|tspan) ', page.html.body):
        return []
    return [
        TemplateError(
            "a number's mark stands where it is shown as text, in backticks, a fence or a label",
            file=page.article.file,
            hint="write code that holds numbers as <code>…</code>; in an attribute use "
            "`num | striptags`.",
        )
    ]


def _changed_marks(page: Page, twin: Page) -> list[TemplateError]:
    """Marks that something changed after `num` had made them: the twin's changed otherwise."""
    for mark, was in zip_longest(page.marks, twin.marks):
        if (
            mark is None
            or was is None
            or (mark.value, mark.text) != (was.value, revealed(was.text))
        ):
            return [
                TemplateError(
                    f"the number of {(mark or was).address} was changed after `num` had shown it",
                    file=page.article.file,
                    hint="use a format of `num` instead.",
                )
            ]
    return []


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

    @cached_property
    def tracing(self) -> Templates:
        """The same templates for finding the line of a mistake; most pages have none."""
        return Templates(self.theme, self.words, line_ends=True)


def make_page(
    article: Article, data: Sequence[DataFolder], kit: Kit, *, demanding: bool = True
) -> Page:
    """Render an article over its data: a prompt's, its model's, and the facts'.

    Raises TemplateError with file and line: where the template fails, for digits that nobody
    answers for and, if it is `demanding`, for claims that do not hold.
    """
    page = _render(article, data, kit, kit.templates)
    twin = _render(article, [d.with_texts(DisguisedText) for d in data], kit, kit.disguise)
    if demanding:
        demand(page.claims, article.file, page.prompt, page.model)

    def marked() -> str:
        values, _, _ = _context(article, data, kit, kit.tracing)
        return kit.tracing.render_body(article.body, article.file, values)

    errors = (
        check_marks(page)
        or check_dialect(page, marked)
        or check_digits(page, twin, kit.terms, marked)
    )
    if errors:
        raise combined(errors)
    return replace(page, by_hand=count_by_hand(twin.html.body))


def _render(article: Article, data: Sequence[DataFolder], kit: Kit, templates: Templates) -> Page:
    prompt, model, facts = data
    values, citations, claims = _context(article, data, kit, templates)
    front: dict[str, str] = {}
    marked: dict[str, Markup] = {}
    for key in (TITLE, SUMMARY):
        text, line = getattr(article.front, key), article.source.place((key,))[0]
        front[key] = templates.render_line(text, article.file, line, values)
        marked[key] = templates.render_marked(text, article.file, line, values)
    body = templates.render_body(article.body, article.file, values)
    text = join_lines(body.strip()) + "\n" + citations.footnotes()
    checkpoint = prompt.head["checkpoint"]
    return Page(
        article=article,
        language=article.language,
        slug=slug_of(article.name, prompt.name),
        front=article.front.model_copy(update=front),
        marked=marked,
        markdown=settled(number_footnotes(text)),
        prompt=prompt.name,
        model=checkpoint["model"],
        checkpoint=checkpoint["sha256"],
        data=(prompt, model, facts) if citations.used else (prompt, model),
        claims=claims.claims,
        facts=frozenset(citations.used),
    )


def _context(
    article: Article, data: Sequence[DataFolder], kit: Kit, templates: Templates
) -> tuple[PageValues, Citations, ClaimRecord]:
    """What an article's templates can name, and what they leave behind: citations and claims."""
    prompt, model, _ = data
    answer = disguised if templates is kit.disguise else str
    citations = Citations(kit.facts, kit.words, templates.mark, answer)
    claims = ClaimRecord()
    functions = {
        "fact": citations.fact,
        "fact_value": citations.value,
        "cite": citations.cite,
        RECORD: claims,
    }
    return PageValues(prompt, model, functions), citations, claims
