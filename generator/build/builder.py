"""Everything from configs to pages, in order; what has not changed is used again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.build.checks import check, check_folders, warnings_of
from generator.build.inputs import Inputs
from generator.build.jobs import in_processes
from generator.build.origins import import_missing
from generator.build.output import cache_of, check_ours, replaced
from generator.build.paging import OpenData, PageWork, check_made_of, make_gallery, names_of
from generator.build.plan import FACTS, Plan, planned_pages
from generator.build.steps import Step, Steps
from generator.build.store import Artefact, Store, link
from generator.build.tracing import TraceWork
from generator.build.work import Work, WorkPlace
from generator.data.folder import DataFolder
from generator.data.manifest import write_manifest
from generator.files import sha256_of
from generator.page.blog import Blog
from generator.page.hugo import DATA, POSTS, blog_warnings, write_bundle, write_frame, write_into
from generator.page.layouts import Layouts
from generator.page.page import Page
from generator.page.search import FOLDER as SEARCH
from generator.page.search import index_site
from generator.page.site import SiteWriter, layouts_of, published, with_neighbours
from generator.page.stored import load
from generator.project.project import Project
from generator.reporter import Reporter

WORTH_A_PROCESS = 2  # artefacts: one takes about as long as a process takes to begin


@dataclass(frozen=True)
class Built:
    """What a build made, or found made. `fresh` are the pages that had to be made."""

    pages: list[Page]
    prompts: int
    models: int
    bundles: list[Path]  # those written into a blog
    fresh: int
    warnings: list[str]
    published: bool  # the site's address is known

    def told(self, output: Path) -> list[str]:
        """What was done, in words."""
        noun = "page" if len(self.pages) == 1 else "pages"
        kept = len(self.pages) - self.fresh
        lines = [
            f"made {len(self.pages)} {noun} from {self.prompts} prompt(s) and {self.models} "
            f"model(s){f'; {kept} of them had not changed' if kept else ''}",
            f"  {output / 'site' / 'index.html'}  the site: open it in a browser",
            f"  {output / 'hugo'}  the same pages for a Hugo blog",
            f"  {output / 'data'}  every value, as YAML",
            *(f"  {bundle}  in your blog" for bundle in self.bundles),
        ]
        if not self.published:
            lines.append(
                "before you publish the site, say where it will stand: `base_url` in "
                "content/site.yaml"
            )
        return lines


def build(
    project: Project,
    output: Path,
    reporter: Reporter,
    *,
    jobs: int = 1,
    threads: int = 1,
    data: Path | None = None,
    blog: Path | None = None,
) -> Built:
    """Trace every prompt, write its data, make its pages, and put them in `output`.

    Checkpoints that prompts name by a path are imported into the project's `models/` first.
    What was made before of the same is used again. Up to `jobs` processes trace and make pages.
    With `data`, a folder that another build published, nothing is traced. With `blog`, the pages
    that are no drafts are also written into that Hugo site.

    Raises GlasspageError, and leaves `output` as it was, where anything is wrong.
    """
    check_ours(output)
    check_folders(output, data, blog)
    check(project)
    into = None if blog is None else Blog.read(blog)
    store = Store(cache_of(output))
    with store.locked(lambda: reporter.info("waiting for another build of this output")):
        warnings = [] if data else import_missing(project, project.prompts, reporter)
        builder = Builder(project, store, reporter, jobs, threads, data)
        builder.make_data()
        pages = builder.make_pages()
        warnings += warnings_of(project, pages)
        for warning in warnings:
            reporter.warn(warning)
        with replaced(output) as scratch:
            builder.assemble(scratch)
            write_manifest(scratch, builder.models())
            bundles: list[Path] = []
            if into is not None:
                public = [page for page in pages if not page.front.draft]
                bundles = write_into(into, public, project.site, project.theme)
                for warning in blog_warnings(into, public, bundles, project.site):
                    reporter.warn(warning)
        store.prune()
    return Built(
        pages,
        len(project.prompts),
        len(builder.plan.models),
        bundles,
        builder.fresh,
        warnings,
        project.site.base_url is not None,
    )


class Builder:
    """Makes the artefacts of one build, and puts its output together from them."""

    def __init__(
        self,
        project: Project,
        store: Store,
        reporter: Reporter,
        jobs: int = 1,
        threads: int = 1,
        given: Path | None = None,
    ) -> None:
        self._project = project
        self._store = store
        self._reporter = reporter
        self._jobs = jobs
        self._threads = threads
        self._given = given  # data that another build published
        self._inputs = Inputs(project.root)
        self._steps = Steps(store, self._inputs)
        self.plan = Plan(project, self._inputs, given)
        self.fresh = 0  # pages that had to be made
        self._data: dict[str, Artefact] = {}  # by the name of the folder
        self._pages: list[Page] = []

    # Data

    def make_data(self) -> None:
        """Have the data of every prompt, of its model, and of the facts."""
        steps = self.plan.data()
        if self._given is not None:
            for name, step in steps.items():
                folder = self._given / name
                DataFolder(folder, name)  # which tells what is missing or not understood
                self._data[name] = self._steps.settle(step, partial(_copy, folder))
        else:
            self._data[FACTS] = self._steps.settle(steps.pop(FACTS), self._write_facts)
            work = TraceWork(self._work_place(), self._threads)
            made, _ = self._have(list(steps.values()), work, "tracing")
            self._data |= zip(steps, made, strict=True)
        for name, artefact in self._data.items():
            self.plan.tell_data(name, artefact)

    def _write_facts(self, folder: Path) -> None:
        from generator.build.published import publish_facts

        publish_facts(folder, self._project.facts)

    def _work_place(self) -> WorkPlace:
        return WorkPlace(self._project.root, self._store.folder, self._inputs)

    def _have(self, steps: Sequence[Step], work: Work, what: str) -> tuple[list[Artefact], int]:
        """The artefact of each step, and how many of them `work` had to make."""
        kept = [self._steps.kept(step) for step in steps]
        stale = [step for step, artefact in zip(steps, kept, strict=True) if artefact is None]
        if stale:
            self._do(work, stale, what)
        found = [
            artefact or self._steps.found(step) for step, artefact in zip(steps, kept, strict=True)
        ]
        return found, len(stale)

    def _do(self, work: Work, steps: Sequence[Step], what: str) -> None:
        """Let `work` make artefacts, in several processes where that pays."""
        jobs = min(self._jobs, len(steps) // WORTH_A_PROCESS)
        if jobs < 2:
            work(steps, self._reporter)
            return
        with self._reporter.progress(what, len(steps), said=True) as advance:
            in_processes(work, steps, jobs, lambda count: advance(count, ""))

    # Pages

    def make_pages(self) -> list[Page]:
        """Have every page. Raises all errors at once."""
        folders = self._folders
        if self._given is not None:
            for named in self._project.prompts:
                check_made_of(named, DataFolder(folders[named.name], named.name))
        pages = planned_pages(self._project)
        work = PageWork(self._work_place(), folders)
        made, self.fresh = self._have(list(map(self.plan.page, pages)), work, "making pages")
        data = OpenData(folders)
        for planned, artefact in zip(pages, made, strict=True):
            self.plan.tell_page(planned, artefact)
            self._pages.append(load(artefact.folder, planned.article, data.of(planned.prompts)))
        return self._pages

    @property
    def _folders(self) -> dict[str, Path]:
        """Where all data lies, by name."""
        return {
            name: made.folder if self._given is None else self._given / name
            for name, made in self._data.items()
        }

    # The output

    def models(self) -> dict[str, str]:
        """The files of all models by path, each with its sha256; of those that are not there, since
        published data does without them, it is what the card says."""
        return {
            file.relative_to(self._project.root).as_posix(): sha256_of(file)
            if file.is_file()
            else str(claimed)
            for name in self.plan.models
            for file, claimed in self._project.model_files(name).items()
        }

    def assemble(self, output: Path) -> None:
        """Put the data, the Hugo site and the finished site into `output`."""
        for name, made in self._data.items():
            link(made, output / "data" / name)
        self._assemble_hugo(output / "hugo")
        self._assemble_site(output / "site")

    def _assemble_hugo(self, folder: Path) -> None:
        site, theme = self._project.site, self._project.theme
        layouts = Layouts(theme, site)
        write_frame(folder, site, theme)
        for page in self._pages:
            write = partial(write_bundle, page, site, layouts)
            bundle = folder / POSTS / page.slug
            link(self._write(self.plan.bundle(page), layouts, write), bundle)
            for data in page.data:
                link(self._data[data.name], bundle / DATA / data.name)

    def _assemble_site(self, folder: Path) -> None:
        project = self._project
        layouts = layouts_of(project.theme, project.site, project.docs)
        writer = SiteWriter(project.site, layouts)
        for language in project.site.languages:
            own = published(self._pages, language)
            for page, newer, older in with_neighbours(own):
                step = self.plan.article(page, newer, older)
                write = partial(writer.write_article, page, newer, older)
                link(self._write(step, layouts, write), folder)
            step = self.plan.lists(language, own)
            write = partial(writer.write_lists, language, own)
            link(self._write(step, layouts, write), folder)
        if project.docs:
            write_docs = partial(self._write_docs, writer)
            link(self._steps.settle(self.plan.docs(), write_docs), folder)
        writer.write_rest(self._pages, project.docs, folder)
        self._index(folder)
        for data in {data.name for page in writer.shown(self._pages) for data in page.data}:
            link(self._data[data], folder / "data" / data)

    def _write(self, step: Step, layouts: Layouts, fill: Callable[[Path], None]) -> Artefact:
        """The artefact of a step, for which the theme's layouts are observed."""

        def observed(folder: Path) -> tuple[str, ...]:
            layouts.forget()
            fill(folder)
            return self.plan.files(layouts.places())

        return self._steps.settle(step, observed)

    def _write_docs(self, writer: SiteWriter, folder: Path) -> list[str]:
        """Write the documentation; returns the data that its gallery may show."""
        project = self._project
        writer.write_docs(project.docs, make_gallery(project, self._folders), folder)
        return [
            f"data/{name}/{file}"
            for name in names_of(project.prompts[:1])
            for file in self._data[name].files
        ]

    def _index(self, site: Path) -> None:
        """Put the search index of a site there."""
        bodies = {
            file.relative_to(site).as_posix(): sha256_of(file)
            for file in sorted(site.rglob("index.html"))
        }
        made = self._steps.settle(self.plan.search(bodies), lambda to: index_site(site, to))
        link(made, site / SEARCH)


def _copy(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder, dirs_exist_ok=True)
