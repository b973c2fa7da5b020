"""Everything from configs to pages, in order."""

from __future__ import annotations

import importlib.util
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.build.output import replaced
from generator.data.folder import DataFolder
from generator.data.manifest import write_manifest
from generator.errors import Collected, ConfigError, GlasspageError, did_you_mean
from generator.page.blog import Blog
from generator.page.digits import numerals
from generator.page.gallery import gallery
from generator.page.hugo import blog_warnings, write_hugo, write_into
from generator.page.layouts import folder_of
from generator.page.overrides import check_blocks, idle
from generator.page.page import Page, make_page, slug_of
from generator.page.rendering import Kit
from generator.page.site import write_site
from generator.page.words import check_words
from generator.project.article import Article
from generator.project.project import Named, Project
from generator.reporter import Reporter

if TYPE_CHECKING:
    from generator.model.checkpoint import Checkpoint


@dataclass(frozen=True)
class Built:
    """What a build made."""

    pages: list[Page]
    prompts: int
    models: int
    bundles: list[Path]  # those written into a blog


def build(
    project: Project,
    output: Path,
    reporter: Reporter,
    *,
    threads: int = 1,
    data: Path | None = None,
    blog: Path | None = None,
) -> Built:
    """Trace every prompt, write its data, make its pages, and put them in `output`.

    With `data`, a folder that another build published, nothing is traced. With `blog`, the pages
    that are no drafts are also written into that Hugo site.

    Raises GlasspageError, and leaves `output` as it was, where anything is wrong.
    """
    check_folders(output, data, blog)
    project.check()
    check_theme(project)
    check_slugs(project)  # a misspelt article should not cost a trace
    check_blocks(project.theme)
    into = None if blog is None else Blog.read(blog)
    with replaced(output) as scratch:
        if data is None:
            write_data(project, scratch / "data", reporter, threads=threads)
        else:
            shutil.copytree(data, scratch / "data")
        source = data or scratch / "data"  # errors name the folder that the user gave
        kits = kits_of(project)
        pages = make_pages(project, source, kits)
        for warning in warnings_of(project, pages):
            reporter.warn(warning)
        models = sorted({named.prompt.model for named in project.prompts})
        write_hugo(scratch / "hugo", pages, project.site, project.theme)
        diagrams = make_gallery(project, source, kits) if project.docs else None
        write_site(scratch / "site", pages, project.docs, diagrams, project.site, project.theme)
        files = [file for name in models for file in project.model_files(name)]
        write_manifest(scratch, project.root, files)
        bundles: list[Path] = []
        if into is not None:
            public = [page for page in pages if not page.front.draft]
            bundles = write_into(into, public, project.site, project.theme)
            for warning in blog_warnings(into, public, bundles, project.site):
                reporter.warn(warning)
    return Built(pages, len(project.prompts), len(models), bundles)


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
    or a layout's blocks those that it extends."""
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


def warnings_of(project: Project, pages: Sequence[Page]) -> list[str]:
    """What may be wrong, but need not be: typed numerals, and what no page uses."""
    warnings = [
        f"{file}:{numeral.line}: is “{numeral.text}” in “{numeral.context}” a number of the model? "
        "take it from the data with `num`, or list the phrase in content/terms.yaml"
        for file in sorted({page.article.file for page in pages})
        for numeral in numerals(file.read_text(encoding="utf-8"), project.terms)
    ]
    warnings += [
        f"{folder}: no prompt makes this article; name it under `articles:` of one"
        for folder in project.unused_articles
    ]
    warnings += [
        f"{page.article.file}: a draft, so the site leaves it out"
        for page in pages
        if page.front.draft
    ]
    bodies = sorted({page.article.body for page in pages})
    warnings += idle(project.theme, bodies, project.site.languages)
    used = {name for page in pages for name in page.seen.facts}
    unused = sorted(project.facts.facts.keys() - used)
    return warnings + [f"content/facts.yaml: no page uses the fact {name!r}" for name in unused]


def articles_by_folder(project: Project) -> dict[str, Article]:
    """The articles of a project by the folders of their pages, from the site's top."""
    found = {}
    for named in project.prompts:
        for article in project.articles_of(named):
            if not article.front.draft:
                slug = slug_of(article.name, named.name)
                folder = folder_of(slug, article.language, project.site)
                found[folder.removesuffix("/")] = article
    return found


def check_slugs(project: Project) -> None:
    """Raise ConfigError where two pages would stand in one place."""
    taken: dict[str, str] = {}
    for named in project.prompts:
        for index, article in enumerate(project.article_names(named)):
            slug = slug_of(article, named.name)
            if slug in taken:
                raise named.source.error(
                    f"the page {slug!r} would be made twice; the other is of prompt {taken[slug]}",
                    ("articles", index),
                    hint="list an article once, or give the prompt another name.",
                )
            taken[slug] = named.name


def write_data(project: Project, folder: Path, reporter: Reporter, *, threads: int) -> None:
    """Run the models and write what they computed. Raises GlasspageError without torch."""
    if importlib.util.find_spec("torch") is None:
        raise GlasspageError(
            "running a model needs torch, which is not installed",
            hint="install glasspage[torch], or make the pages from published data with --data.",
        )
    # Nothing else of a build needs torch, and importing it takes longer than making a page.
    from generator.build.published import publish_facts, publish_model, publish_trace
    from generator.trace.portrait import portray
    from generator.trace.tracer import set_threads, trace

    set_threads(threads)

    publish_facts(folder / "fact", project.facts)
    checkpoints = _checkpoints(project)
    tokens = encode_prompts(project, checkpoints)
    for name, checkpoint in checkpoints.items():
        portrait = portray(checkpoint, project.model_folder(name))
        publish_model(folder / "models" / name, portrait, checkpoint)
    for named in project.prompts:
        began = time.perf_counter()
        checkpoint = checkpoints[named.prompt.model]
        what, total = f"tracing {named.name}", named.prompt.new_tokens
        with reporter.progress(what, total, said=True) as advance:
            traced = trace(checkpoint, named.prompt, tokens[named.name], advance)
        publish_trace(folder / named.name, named.name, traced, checkpoint)
        reporter.info(
            f"traced {named.name}: {len(traced.tokens)} tokens, {len(traced.choices)} new, "
            f"through {named.prompt.model} in {time.perf_counter() - began:.1f} s"
        )


def kits_of(project: Project) -> dict[str, Kit]:
    """What pages are made with, for each of the site's languages."""
    return {
        language: Kit.of(project.theme, language, project.facts, project.terms)
        for language in project.site.languages
    }


def make_pages(
    project: Project, data: Path, kits: Mapping[str, Kit] | None = None, *, demanding: bool = True
) -> list[Page]:
    """Make every prompt's pages from the data alone. Raises all errors at once.

    `kits` are those of `kits_of`, made here where none are given. If not `demanding`, claims that
    do not hold are no errors.
    """
    kits = kits or kits_of(project)
    facts = DataFolder(data / "fact", "fact")
    pages: list[Page] = []
    errors = Collected()
    for named in project.prompts:
        prompt = DataFolder(data / named.name, named.name)
        check_made_of(named, prompt)
        name = f"models/{named.prompt.model}"
        model = DataFolder(data / name, name)
        for article in project.articles_of(named):
            with errors.collecting():
                kit = kits[article.language]
                pages.append(make_page(article, (prompt, model, facts), kit, demanding=demanding))
    errors.tell()
    return pages


def make_gallery(
    project: Project, data: Path, kits: Mapping[str, Kit] | None = None
) -> dict[str, Any]:
    """The page of all diagrams, over the first prompt's data, as the layouts see it."""
    named = project.prompts[0]
    names = (named.name, f"models/{named.prompt.model}", "fact")
    language = project.site.language
    kit = (kits or kits_of(project))[language]
    return gallery(project.theme, language, [DataFolder(data / name, name) for name in names], kit)


def check_made_of(named: Named, data: DataFolder) -> None:
    """Raise ConfigError where the data was made of another prompt config than there is now."""
    now = {"model": named.prompt.model, **named.prompt.published()}
    was = {"model": data.head["checkpoint"]["model"], **data.head["prompt"]}
    for key in [*now, *was]:
        if was.get(key) != now.get(key):
            name = "prompt" if key == "text" else key
            raise named.source.error(
                f"the data was made with {name} {was.get(key)!r}, and now it is {now.get(key)!r}",
                (name,),
                hint="run `glasspage build` without --data, or put the config back.",
            )


def _checkpoints(project: Project) -> dict[str, Checkpoint]:
    """Every model that a prompt uses, loaded once."""
    from generator.model.checkpoint import load

    cards = {named.prompt.model: project.card_of(named) for named in project.prompts}
    return {name: load(name, project.model_folder(name), card) for name, card in cards.items()}


def encode_prompts(project: Project, checkpoints: Mapping[str, Checkpoint]) -> dict[str, list[int]]:
    """The token ids of every prompt. Raises ConfigError at each that its model cannot read."""
    tokens: dict[str, list[int]] = {}
    errors = Collected()
    for named in project.prompts:
        with errors.collecting():
            tokens[named.name] = _encode(named, checkpoints[named.prompt.model])
    errors.tell()
    return tokens


def _encode(named: Named, checkpoint: Checkpoint) -> list[int]:
    from generator.model.tokenizer import UnknownCharacterError

    try:
        tokens = checkpoint.tokenizer.encode(named.prompt.prompt)
    except UnknownCharacterError as error:
        raise named.source.error(error.message, ("prompt",), hint=error.hint) from None
    n_ctx = checkpoint.gpt.config.n_ctx
    if len(tokens) > n_ctx:
        raise named.source.error(
            f"the prompt has {len(tokens)} tokens, and {checkpoint.name} reads at most {n_ctx}",
            ("prompt",),
            hint="shorten it, or use a model with a longer context.",
        )
    return tokens
