"""What is asked of a project before anything is computed, and what a build warns of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator.errors import Collected, ConfigError, GlasspageError, did_you_mean
from generator.page.components import check_components
from generator.page.digits import numerals
from generator.page.overrides import check_blocks, idle
from generator.page.page import Page
from generator.page.words import check_words
from generator.project.project import Project
from generator.project.unread import unread


def check(project: Project) -> None:
    """Raise every error of what authors wrote that can be told before anything is computed."""
    errors = Collected()
    for look in (Project.check, check_theme, check_slugs):
        with errors.collecting():  # one error found twice is told once
            look(project)
    errors.tell()


def check_folders(output: Path, data: Path | None, blog: Path | None) -> None:
    """Raise GlasspageError where there is nothing in `data`, or where `blog` would be replaced."""
    if data is not None and not any(data.glob("*/index.yaml")):
        raise GlasspageError(
            "there is no published data in this folder",
            file=data,
            hint="name the folder `data` of another build's output.",
        )
    if blog is not None and blog.resolve().is_relative_to(output.resolve()):
        raise GlasspageError(
            f"a build replaces the whole of {output}, and with it what is written here",
            file=blog,
            hint="name the folder of your own Hugo site. What a build makes for Hugo is in "
            f"{output / 'hugo'} anyway.",
        )


def check_theme(project: Project) -> None:
    """Raise GlasspageError where the theme's words do not fit its layouts in a language of ours,
    a layout's blocks not those that it extends, or a component cannot be read."""
    for doc in project.docs:
        if doc.front.language not in project.theme.languages:
            raise ConfigError(
                f"the theme has no words in the language {doc.front.language!r} of this page",
                file=doc.file,
                hint=did_you_mean(doc.front.language, project.theme.languages),
            )
    spoken = {*project.site.languages, *(doc.front.language for doc in project.docs)}
    check_words(project.theme, sorted(spoken))
    check_blocks(project.theme)
    check_components(project.theme)


def warnings_of(project: Project, pages: Sequence[Page]) -> list[str]:
    """What may be wrong, but need not be: typed numerals, and what no page uses."""
    warnings = [
        f"{file}:{numeral.line}: is “{numeral.text}” in “{numeral.context}” a number of the model? "
        "take it from the data with `num`, or list the phrase in content/terms.yaml"
        for file in sorted({page.article.file for page in pages})
        for numeral in numerals(file.read_text(encoding="utf-8"), project.terms)
    ]
    warnings += [
        f"{folder}: no prompt makes this article; name it under `articles:` of one, or list in it "
        "the `prompts:` that it compares"
        for folder in project.unused_articles
    ]
    warnings += project.idle_measurements
    warnings += unread(project.root, project.theme.folders)
    warnings += [
        f"{page.article.origin(('draft',))[0].file}: a draft, so the site leaves it out"
        for page in pages
        if page.front.draft
    ]
    bodies = sorted({page.article.body for page in pages})
    warnings += idle(project.theme, bodies, project.site.languages)
    used = {name for page in pages for name in page.seen.facts}
    unused = sorted(project.facts.facts.keys() - used)
    return warnings + [f"content/facts.yaml: no page uses the fact {name!r}" for name in unused]


def check_slugs(project: Project) -> None:
    """Raise ConfigError where two pages would stand in one place."""
    taken = {article.name: "the article of that name" for article in project.comparisons}
    for named in project.prompts:
        for index, article in enumerate(project.article_names(named)):
            slug = f"{article}-{named.name}"
            if slug in taken:
                raise named.source.error(
                    f"the page {slug!r} would be made twice; the other is of {taken[slug]}",
                    ("articles", index),
                    hint="list an article once, or give the prompt another name.",
                )
            taken[slug] = f"prompt {named.name}"
