"""One article made with one prompt."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from generator.data.folder import DataFolder, Namespace
from generator.page.citations import Citations
from generator.page.claims import RECORD, Claim, ClaimRecord
from generator.page.markdown import Html, join_lines, reading_minutes, to_html
from generator.page.templates import Templates
from generator.project.article import Article, FrontMatter
from generator.project.facts import Facts


@dataclass(frozen=True)
class Page:
    """A finished page, in Markdown; both outputs are made of it.

    `front` holds the title and the summary as rendered. `data` are the folders that the page
    was made from: its prompt's and its model's.
    """

    article: Article
    slug: str
    front: FrontMatter
    markdown: str
    prompt: str
    model: str
    checkpoint: str
    data: tuple[DataFolder, DataFolder]
    claims: list[Claim]

    @cached_property
    def html(self) -> Html:
        return to_html(self.markdown)

    def copy_companions(self, folder: Path) -> None:
        """Put the article's pictures beside the page."""
        for file in self.article.companions:
            target = folder / file.relative_to(self.article.file.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)

    @property
    def reading_minutes(self) -> int:
        return reading_minutes(self.html.body)


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


def make_page(
    article: Article,
    prompt: DataFolder,
    model: DataFolder,
    templates: Templates,
    facts: Facts,
    words: dict[str, str],
) -> Page:
    """Render an article over a prompt's data. Raises TemplateError with file and line."""
    citations = Citations(facts, words)
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
        slug=f"{article.name}-{prompt.name}",
        front=article.front.model_copy(update=rendered),
        markdown=join_lines(body.strip()) + "\n" + citations.footnotes(),
        prompt=prompt.name,
        model=checkpoint["model"],
        checkpoint=checkpoint["sha256"],
        data=(prompt, model),
        claims=claims.claims,
    )
