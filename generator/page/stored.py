"""A finished page on disk, to be used again: what lists show of it, and its large content apart."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from markupsafe import Markup

from generator.data.runs import PageData
from generator.files import write
from generator.page.claims import Claim, Truth
from generator.page.markdown import Heading, Html
from generator.page.marks import Mark
from generator.page.page import Content, Page, Seen, slug_of
from generator.project.article import TEMPLATES, Article

_HEAD, _CONTENT = "page.json", "content.json"


def save(page: Page, folder: Path) -> None:
    """Write a page into a folder of its own."""
    content = page.content
    head = {
        "front": {key: getattr(page.front, key) for key in TEMPLATES},
        "marked": page.marked,
        "facts": sorted(page.seen.facts),
        "counts": page.counts,
        "reading_minutes": page.reading_minutes,
    }
    large = {
        "markdown": content.markdown,
        "body": content.html.body,
        "toc": [asdict(heading) for heading in content.html.toc],
        "marks": [asdict(mark) for mark in content.marks],
        "claims": [_packed(claim) for claim in content.claims],
    }
    write(folder / _HEAD, orjson.dumps(head, default=str))
    write(folder / _CONTENT, orjson.dumps(large, default=str))


def load(folder: Path, article: Article, data: PageData) -> Page:
    """The page of an article that `save` wrote, over the data that it was made from. Its content
    is read whenever it is asked for."""
    head: dict[str, Any] = orjson.loads((folder / _HEAD).read_bytes())
    return Page(
        article=article,
        language=article.language,
        slug=slug_of(article, data.runs[0].name),
        front=article.front.model_copy(update=head["front"]),
        marked={key: Markup(text) for key, text in head["marked"].items()},
        made_of=data,
        load=lambda: _content(folder),
        counts=head["counts"],
        reading_minutes=head["reading_minutes"],
        seen=Seen(facts=frozenset(head["facts"])),
    )


def _content(folder: Path) -> Content:
    large: dict[str, Any] = orjson.loads((folder / _CONTENT).read_bytes())
    return Content(
        large["markdown"],
        Html(Markup(large["body"]), [_heading(heading) for heading in large["toc"]]),
        [Mark(**mark) for mark in large["marks"]],
        [_unpacked(claim) for claim in large["claims"]],
    )


def _heading(entry: dict[str, Any]) -> Heading:
    return Heading(**{**entry, "children": [_heading(child) for child in entry["children"]]})


def _packed(claim: Claim) -> dict[str, Any]:
    margin = claim.truth.margin
    infinite = margin is not None and math.isinf(margin)  # which JSON does not have
    return {**asdict(claim), "infinite": infinite}


def _unpacked(entry: dict[str, Any]) -> Claim:
    infinite = entry.pop("infinite")
    truth = entry["truth"]
    margin = math.inf if infinite else truth["margin"]
    parts = tuple((address, value) for address, value in truth["parts"])
    return Claim(**{**entry, "truth": Truth(**{**truth, "parts": parts, "margin": margin})})
