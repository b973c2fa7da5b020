"""What each command of `generator.commands` does. What is heavy is imported inside the command."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.commands import cli
from generator.errors import GlasspageError

Run = TypeVar("Run", bound=Callable[..., None])


def runs(name: str) -> Callable[[Run], Run]:
    """Make a function what the declared command `name` does."""

    def given(function: Run) -> Run:
        cli.commands[name].callback = function
        return function

    return given


def tell(as_json: bool, data: Any, lines: Iterable[str]) -> None:
    """Report on the standard output, to programs or to people."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            click.echo(line)


@runs("build")
def build_command(
    project: Path,
    output: Path | None,
    jobs: int | None,
    threads: int,
    data: Path | None,
    blog: Path | None,
) -> None:
    from generator.build.last import LastBuild
    from generator.build.output import cache_of

    target = output or project / "output"
    last = LastBuild(cache_of(target) / "last.json", project, target, data)
    if blog is None and (said := last.unchanged()) is not None:
        for line in [*said, "nothing has changed since the last build"]:
            click.echo(line, err=True)
        return

    from generator.build.builder import build
    from generator.build.jobs import processors
    from generator.project.project import Project
    from generator.reporter import Reporter

    made, reporter = Project(project), Reporter()
    last.look_at(made.checkpoint_folders)
    built = build(
        made,
        target,
        reporter,
        jobs=jobs or processors(),
        threads=threads,
        data=data,
        blog=blog,
    )
    done = built.told(target)
    for line in done:
        reporter.info(line)
    last.remember([*(f"warning: {warning}" for warning in built.warnings), *done])


@runs("serve")
def serve_command(project: Path, output: Path | None, host: str, port: int, opening: bool) -> None:
    from generator.build.live import Live
    from generator.files import PARTS
    from generator.project.project import Project
    from generator.reporter import Reporter
    from generator.serve.serving import Serving

    reporter = Reporter()
    target = output or project / "output"
    live = Live(project, target, reporter)
    serving = Serving(
        live,
        target / "site",
        live.previews,
        [project / part for part in PARTS],
        lambda: Project(project).site.base_path,
        reporter,
        lambda: Project(project).checkpoint_files,
    )
    try:
        serving.run(host, port, opening=opening)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@runs("explain")
def explain_command(page: str, project: Path, output: Path | None, as_json: bool) -> None:
    import dataclasses

    from generator.build.explain import explain
    from generator.project.project import Project
    from generator.report import explained_lines

    made = Project(project)
    made.check()
    parts = explain(made, output or project / "output", page)
    tell(as_json, [dataclasses.asdict(part) for part in parts], explained_lines(parts))


@runs("verify")
def verify_command(project: Path, output: Path | None, as_json: bool) -> None:
    from generator.check.verify import verify
    from generator.report import verified_data, verified_lines

    answers = verify(output or project / "output", project)
    tell(as_json, verified_data(answers), verified_lines(answers))
    sys.exit(1 if any(findings.problems for _, findings in answers) else 0)


@runs("check")
def check_command(project: Path, output: Path | None, external: bool, as_json: bool) -> None:
    from generator.build.paging import articles_by_folder
    from generator.check.site import check_site, fetch_external
    from generator.project.project import Project
    from generator.report import checked_data, checked_lines

    made = Project(project)
    checked = check_site(
        (output or project / "output") / "site",
        articles_by_folder(made),
        {f"docs/{doc.name}": doc.file for doc in made.docs},
        languages=len(made.site.languages),
        base_url=made.site.base_url,
    )
    if external:
        fetch_external(checked)
    tell(as_json, checked_data(checked), checked_lines(checked))
    sys.exit(1 if checked.problems else 0)


@runs("claims")
def claims_command(project: Path, output: Path | None, as_json: bool) -> None:
    from generator.build.paging import make_pages
    from generator.project.project import Project
    from generator.report import claims_data, claims_lines

    data = (output or project / "output") / "data"
    pages = make_pages(Project(project), data, demanding=False)
    listed = [(claim, page.slug) for page in pages for claim in page.content.claims]
    listed.sort(key=lambda pair: (pair[0].truth.margin is None, pair[0].truth.margin or 0.0))
    tell(as_json, claims_data(listed), claims_lines(listed))
    if any(not claim.truth.holds and not claim.otherwise for claim, _ in listed):
        sys.exit(1)


@runs("diff")
def diff_command(old: Path, new: Path, everything: bool, as_json: bool) -> None:
    import dataclasses

    from generator.check.diff import diff
    from generator.report import differences_lines

    found = diff(old, new)
    tell(as_json, dataclasses.asdict(found), differences_lines(found, everything=everything))


@runs("trace")
def trace_command(project: Path, prompt: str, out: Path | None, as_json: bool) -> None:
    from generator.build.trial import trace_prompt
    from generator.project.project import Project
    from generator.report import traced_lines
    from generator.reporter import Reporter

    traced = trace_prompt(Project(project), prompt, out, Reporter())
    tell(as_json, traced, traced_lines(traced))


@runs("demo")
def demo_command(
    project: Path,
    model: str | None,
    start: str | None,
    gen_tokens: int,
    temperature: float,
    top_k: int,
    seed: int,
    lang: str | None,
    auto: float | None,
) -> None:
    from contextlib import suppress

    from generator.demo.asked import Asked
    from generator.demo.story import tell
    from generator.demo.walk import show
    from generator.project.project import Project
    from generator.reporter import Reporter

    asked = Asked(model, start, gen_tokens, temperature, top_k, seed, lang)
    story = tell(Project(project), asked, Reporter())
    with suppress(KeyboardInterrupt):  # a way to leave, as `q` is
        show(story, auto)


@runs("gallery")
def gallery_command(folder: Path, project: Path, output: Path | None) -> None:
    from generator.build.checks import check_theme
    from generator.build.output import replaced
    from generator.build.paging import folders_in, make_gallery
    from generator.page.gallery import check_folder
    from generator.page.site import write_gallery
    from generator.project.project import Project

    check_folder(folder)
    made = Project(project)
    check_theme(made)
    data = (output or project / "output") / "data"
    page = make_gallery(made, folders_in(data, made.prompts))
    with replaced(folder) as scratch:
        write_gallery(scratch, page, made.site, made.theme)
    click.echo(f"{folder / 'index.html'}: open it in a browser")


@runs("schema")
def schema_command(name: str) -> None:
    from generator.project.schemas import json_schema

    click.echo(json_schema(name), nl=False)


@runs("new")
def new_command(kind: str, name: str, project: Path) -> None:
    import datetime

    from generator.project.examples import new_article, new_model, new_prompt
    from generator.project.project import Project

    made = Project(project)
    if kind == "prompt":
        file = new_prompt(made, name)
        then = "run `glasspage build` for its page."
    elif kind == "article":
        file = new_article(made, name, datetime.date.today())
        then = (
            f"add `articles: [{name}]` to a prompt config, which then makes this article and not "
            f"the default one ({made.site.default_article}), and run `glasspage build`."
        )
    else:
        file = new_model(made, name)
        then = f"look through it, and run `glasspage train {name} --corpus FILE`."
    click.echo(f"wrote {file}\n{then}")


@runs("init")
def init_command(folder: Path, language: str, project: Path) -> None:
    import datetime
    import shlex

    from generator.project.examples import init
    from generator.project.project import Project

    here = str(Path(sys.argv[0]).resolve())
    for file in init(folder, Project(project), language, here, datetime.date.today()):
        click.echo(f"wrote {file}")
    click.echo(f"then: make -C {shlex.quote(str(folder))} site")


@runs("models")
def models_command(project: Path, as_json: bool) -> None:
    from generator.project.inventory import inventory
    from generator.project.project import Project
    from generator.report import models_lines

    models = inventory(Project(project))
    tell(as_json, models, models_lines(models))


@runs("measure")
def measure_command(prompts: tuple[str, ...], repeat: int, threads: int, project: Path) -> None:
    from generator.build.measuring import measure
    from generator.project.measurements import measurements_file
    from generator.project.project import Project
    from generator.report import measured_lines
    from generator.reporter import Reporter

    made = Project(project)
    measured = measure(made, prompts, repeat, threads, Reporter())
    for line in measured_lines(measured, measurements_file(project)):
        click.echo(line)


@runs("clean")
def clean_command(project: Path, output: Path | None) -> None:
    from generator.build.output import clean

    target = output or project / "output"
    for folder in (removed := clean(target)):
        click.echo(f"removed {folder}")
    if not removed:
        click.echo(f"{target}: there is nothing to remove")


@runs("import")
def import_command(path: Path, name: str | None, project: Path) -> None:
    from generator.build.torch import need_torch
    from generator.imports.detection import detect
    from generator.project.origin import name_from
    from generator.project.project import Project

    made = Project(project)
    detected = detect(path)
    folder = made.folder_to_import(name_from(path.absolute()) if name is None else name)
    need_torch()
    from generator.imports.folder import check_place, write_folder
    from generator.imports.importing import convert
    from generator.report import imported_lines

    check_place(folder)
    card = write_folder(folder, convert(detected))
    for line in imported_lines(folder, card):
        click.echo(line)


@runs("train")
def train_command(name: str, corpus: Path, fresh: bool, project: Path) -> None:
    from generator.build.torch import need_torch
    from generator.project.project import Project
    from generator.reporter import Reporter

    folder = Project(project).folder_to_train(name)
    need_torch()
    # A misspelt name should not cost the time that torch takes to be imported.
    from generator.model.training import Trainer

    trainer = Trainer(folder, corpus, Reporter())
    if fresh:
        trainer.forget()
    trainer.run()


@runs("completion")
def completion_command(shell: str) -> None:
    from generator.completion import script

    click.echo(script(cli, shell))


def main() -> None:
    """Run the command line; an error the user can mend is told without a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may not know every character
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = cli(prog_name="glasspage", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (GlasspageError, OSError) as error:
        from generator.reporter import Reporter
        from generator.telling import told

        Reporter().error(told(error))
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
