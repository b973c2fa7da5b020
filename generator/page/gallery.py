"""The gallery: each diagram of a theme with real values, and the Jinja that makes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

from generator.data.manifest import NAME as MANIFEST
from generator.data.runs import PageData
from generator.errors import ConfigError, GlasspageError, each_of
from generator.page.page import make_page
from generator.page.rendering import Kit
from generator.project.article import Article, FrontMatter
from generator.project.site import Site
from generator.project.source import Source
from generator.project.theme import Theme

NAME = "gallery"
LANGUAGE = "en"
_COMMENT = r"\{##(?P<text>(?:(?!##\}).)*)##\}\s*"
_OWN = ("Example:", "Needs:")  # begin the comments that are for the gallery alone
_NOT_DRAWN = "Not drawn here: the first prompt, or its model, does not have these values."
_FRONT = """\
title: Diagrams
date: 2026-01-01
summary: Every diagram of the theme, drawn with real values, and the Jinja that makes it.
"""


def check_folder(folder: Path) -> None:
    """Raise ConfigError where a gallery would take the place of a build."""
    if (folder / MANIFEST).exists():
        raise ConfigError(
            "this folder holds a build, and the gallery replaces the whole of its own",
            file=folder,
            hint="name another folder.",
        )


def language_of(theme: Theme, site: Site) -> str:
    """The language whose words the theme draws the gallery with: that in which it is written, or
    the site's where the theme has none."""
    return LANGUAGE if LANGUAGE in theme.languages else site.language


def gallery(theme: Theme, language: str, data: PageData, kit: Kit) -> dict[str, Any]:
    """The page as the layouts see a page of the documentation; `kit` is for the `language`.

    Raises ConfigError where a component has no example, and TemplateError where one fails.
    """
    files = {
        Path(name).stem: file
        for name, file in theme.files("components").items()
        if not name.startswith("_")
    }
    sections = {file: _section(name, file) for name, file in files.items()}
    place = Path(f"{NAME}.md")
    source = Source(_FRONT, place)
    front = source.parse(FrontMatter)
    body = "\n".join(sections.values())
    article = Article(NAME, language, (language,), place, source, front, body)
    with _placed(place, sections):
        html = make_page(article, data, kit).content.html
    return {
        "name": NAME,
        "title": front.title,
        "summary": front.summary,
        "language": language,
        "body": html.body,
        "toc": html.toc,
    }


@contextmanager
def _placed(place: Path, sections: Mapping[Path, str]) -> Iterator[None]:
    """Give errors about the gallery at `place` the components in whose sections they are."""
    try:
        yield
    except GlasspageError as error:
        for each in each_of(error):
            if str(each.file) == str(place) and each.line is not None:
                each.file, each.line = _behind(each.line, sections)
        raise


def _behind(line: int, sections: Mapping[Path, str]) -> tuple[Path, int]:
    """The component in whose section a line of the gallery is, and the line of its example."""
    ends = accumulate(section.count("\n") + 1 for section in sections.values())
    file = next(file for file, end in zip(sections, ends, strict=True) if line <= end)
    text = file.read_text(encoding="utf-8")
    return file, text.count("\n", 0, max(0, text.find("Example:"))) + 1


def _behind_mark(mark: str, comments: Sequence[str]) -> list[str]:
    """What the comments say that begin with a mark."""
    return [each.removeprefix(mark).strip() for each in comments if each.startswith(mark)]


def _section(name: str, file: Path) -> str:
    """A heading, what the diagram is, its example as code, and the example, where the data has what
    it needs."""
    text = file.read_text(encoding="utf-8")
    comments = [found["text"].strip() for found in re.finditer(_COMMENT, text, flags=re.DOTALL)]
    examples, needs = (_behind_mark(mark, comments) for mark in _OWN)
    told = [comment for comment in comments if not comment.startswith(_OWN)]
    if not examples or not told:
        raise ConfigError(
            "this diagram says nothing of itself",
            file=file,
            hint="write {## what it shows ##} and {## Example: … ##} above its macro.",
        )
    words = re.sub(r"[0-9]+", r"{{ \g<0> | lit }}", " ".join(told[-1].split()))
    drawn = f"{examples[0]}\n"
    if needs:  # an imported model has no record of its training
        drawn = f"{{% if {needs[0]} %}}\n{drawn}{{% else %}}\n{_NOT_DRAWN}\n{{% endif %}}\n"
    return (
        f"## {name} {{#{name}}}\n\n{words}\n\n"
        f"```jinja\n{{% raw %}}\n{examples[0]}\n{{% endraw %}}\n```\n\n{drawn}"
    )
