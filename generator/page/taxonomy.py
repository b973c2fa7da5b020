"""Tags and categories: the pages that share one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from generator.page.page import Page

Kind = Literal["tags", "categories"]
TERMS: tuple[Kind, ...] = ("tags", "categories")


@dataclass(frozen=True)
class Term:
    """A tag or a category, and its pages, the newest first."""

    name: str
    slug: str
    pages: list[Page] = field(default_factory=list)


def slug_of(name: str) -> str:
    """A term's name in addresses: letters and digits of any script, in lower case."""
    spelt = name.lower().replace("+", "plus").replace("#", "sharp")
    return re.sub(r"[\W_]+", "-", spelt).strip("-") or "-"


def newest_first(pages: Sequence[Page]) -> list[Page]:
    """By date, and by slug where two have the same."""
    ordered = sorted(pages, key=lambda page: page.slug)
    return sorted(ordered, key=lambda page: page.front.date, reverse=True)


def terms(pages: Sequence[Page], kind: Kind) -> list[Term]:
    """The terms of pages in one language, by slug. Names that differ in case are one term.

    Raises ConfigError where two others would have one address.
    """
    found: dict[str, Term] = {}
    for page in newest_first(pages):
        for index, name in enumerate(getattr(page.front, kind)):
            term = found.setdefault(slug_of(name), Term(name, slug_of(name)))
            if name.casefold() != term.name.casefold():
                raise page.article.front_error(
                    f"{name!r} and {term.name!r} would both stand at {kind}/{term.slug}/",
                    (kind, index),
                    hint="write one of them with other letters or digits.",
                )
            if page not in term.pages:
                term.pages.append(page)
    return [found[slug] for slug in sorted(found)]
