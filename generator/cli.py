"""The doors of glasspage, one command each. What is heavy is imported inside the command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator import __version__
from generator.errors import GlasspageError

if TYPE_CHECKING:
    from generator.reporter import Reporter
    from generator.serve.rebuild import Rebuild

Command = Callable[..., Any]

PROJECT = click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    help="The folder that holds content/, models/ and themes/.",
)


def output_option(what: str) -> Callable[[Command], Command]:
    """`--output`, the folder of a build; `what` says what is done with it."""
    return click.option(
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        help=f"{what} By default output/ in the project.",
    )


BUILD = output_option("The build whose data to use.")

# As in generator.project.schemas, which takes longer to import than a help text should.
KINDS = ["site", "prompt", "article", "facts", "terms", "model", "theme"]

PROBLEMS_SHOWN = 20  # of each question; the rest are counted


@click.group()
@click.version_option(__version__, prog_name="glasspage")
def cli() -> None:
    """Make explainer articles in which every number is computed from a checkpoint."""


@cli.command("build")
@PROJECT
@output_option("Where to put what is made.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    show_default="one a processor",
    help="Processes to run models and make pages in. The results do not depend on it.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads of each to compute with. The results do not depend on it.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Make the pages from data that another build published; needs no torch.",
)
@click.option(
    "--hugo-into",
    "blog",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Also write the page bundles into the Hugo site in this folder.",
)
def build_command(
    project: Path,
    output: Path | None,
    jobs: int | None,
    threads: int,
    data: Path | None,
    blog: Path | None,
) -> None:
    """Run the models on the prompts, and make the data, the Hugo pages and the site.

    What has not changed since the last build is used again.
    """
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

    reporter = Reporter()
    built = build(
        Project(project),
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


@cli.command("serve")
@PROJECT
@output_option("The build to bring up to date and show.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0: all."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Where it is taken, another is found; 0: any that is free.",
)
@click.option("--open", "opening", is_flag=True, help="Open the site in a browser.")
def serve_command(project: Path, output: Path | None, host: str, port: int, opening: bool) -> None:
    """Show the site in a browser, and make anew what changes as you write.

    An open page shows each change by itself, and what is wrong with it. Ctrl-C stops, which exits
    with 0.
    """
    from generator.files import PARTS
    from generator.project.project import Project
    from generator.reporter import Reporter
    from generator.serve.serving import Serving

    reporter = Reporter()
    target = output or project / "output"
    serving = Serving(
        _whole_build(project, target, reporter),
        target / "site",
        [project / part for part in PARTS],
        lambda: Project(project).site.base_path,
        reporter,
    )
    try:
        serving.run(host, port, opening=opening)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def _whole_build(project: Path, output: Path, reporter: Reporter) -> Rebuild:
    """Brings an output up to date by a build of everything."""
    from generator.build.builder import build
    from generator.build.jobs import processors
    from generator.data.manifest import read_manifest
    from generator.errors import DataError
    from generator.project.project import Project

    def site() -> dict[str, str]:
        try:
            files = read_manifest(output).output.items()
        except DataError:  # nothing has been built yet
            return {}
        return {f.removeprefix("site/"): sha for f, sha in files if f.startswith("site/")}

    def rebuild(first: str | None, replaced: Callable[[set[str]], None]) -> None:
        before = site()
        build(Project(project), output, reporter, jobs=processors())
        replaced({file for file, _ in before.items() ^ site().items()})

    return rebuild


@cli.command("explain")
@click.argument("page")
@PROJECT
@output_option("The build to explain.")
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON.")
def explain_command(page: str, project: Path, output: Path | None, as_json: bool) -> None:
    """Say why each part of PAGE is fresh or stale: what the next build would make anew.

    PAGE is a page's name or address, such as posts/llm-pipeline-wukong/.
    """
    import dataclasses
    import json

    from generator.build.explain import explain
    from generator.project.project import Project

    made = Project(project)
    made.check()
    parts = explain(made, output or project / "output", page)
    if as_json:
        listed = [dataclasses.asdict(part) for part in parts]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for part in parts:
        click.echo(f"{part.part}: {'stale' if part.reasons else 'fresh'}")
        for reason in part.reasons:
            click.echo(f"  {reason}")


@cli.command("verify")
@PROJECT
@click.argument("output", required=False, type=click.Path(path_type=Path, file_okay=False))
def verify_command(project: Path, output: Path | None) -> None:
    """Check a build: its files, its pages against its data, its data against the models.

    OUTPUT is the folder of the build, by default output/ in the project. Needs no torch. Exits
    with 1 where anything is wrong.
    """
    from generator.check.verify import verify
    from generator.reporter import Reporter

    reporter = Reporter()
    sound = True
    for answer, findings in verify(output or project / "output", project):
        counts = ", ".join(f"{number:,} {kind}" for kind, number in findings.counts.items())
        verdict = "yes" if not findings.problems else f"NO, {len(findings.problems):,} wrong"
        reporter.info(f"{answer}: {verdict} ({counts})")
        for problem in findings.problems[:PROBLEMS_SHOWN]:
            reporter.info(f"  {problem}")
        if len(findings.problems) > PROBLEMS_SHOWN:
            reporter.info(f"  and {len(findings.problems) - PROBLEMS_SHOWN:,} more")
        sound = sound and not findings.problems
    sys.exit(0 if sound else 1)


@cli.command("check")
@PROJECT
@click.argument("output", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--external", is_flag=True, help="Also ask for every address on other hosts.")
def check_command(project: Path, output: Path | None, external: bool) -> None:
    """Look through a finished site: links, pictures, ids, headings, elements, weight, languages.

    OUTPUT is the folder of the build, by default output/ in the project. Links to other hosts are
    listed, and asked for only with --external. Exits with 1 where anything is wrong.
    """
    from generator.build.paging import articles_by_folder
    from generator.check.site import check_site, fetch_external
    from generator.project.project import Project

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
    for problem in checked.problems:
        click.echo(str(problem))
    for address in sorted(checked.external):
        click.echo(f"elsewhere: {address}")
    click.echo(
        f"{checked.pages} pages, {checked.links} links, {len(checked.external)} of them elsewhere: "
        + (f"{len(checked.problems)} wrong" if checked.problems else "all well")
    )
    sys.exit(1 if checked.problems else 0)


@cli.command("claims")
@PROJECT
@BUILD
def claims_command(project: Path, output: Path | None) -> None:
    """List every claim of every page: whether it holds, and how far it is from turning over.

    The tightest come first; those whose distance cannot be told (counts, ids, texts) last. Exits
    with 1 where a claim is false and the article has no other words for that.
    """
    import math

    from generator.build.paging import make_pages
    from generator.project.project import Project

    data = (output or project / "output") / "data"
    pages = make_pages(Project(project), data, demanding=False)
    listed = [(claim, page.slug) for page in pages for claim in page.content.claims]
    listed.sort(key=lambda pair: (pair[0].truth.margin is None, pair[0].truth.margin or 0.0))
    for claim, slug in listed:
        margin = claim.truth.margin
        shown = "" if margin is None else "∞" if math.isinf(margin) else f"{margin:.1%}"
        holds = "true " if claim.truth.holds else "false"
        click.echo(f"{shown:>7}  {holds}  {slug}:{claim.line}  {claim.name}")
        click.echo(f"                {claim.truth.condition}")
    if any(not claim.truth.holds and not claim.otherwise for claim, _ in listed):
        sys.exit(1)


@cli.command("diff")
@click.argument("old", type=click.Path(path_type=Path, file_okay=False))
@click.argument("new", type=click.Path(path_type=Path, file_okay=False))
@click.option("--all", "everything", is_flag=True, help="Tell every number, not only the first.")
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON.")
def diff_command(old: Path, new: Path, everything: bool, as_json: bool) -> None:
    """Compare two builds: numbers that moved, claims that turned over, pages affected.

    OLD and NEW are output folders. The numbers that moved farthest come first.
    """
    import dataclasses
    import json

    from generator.check.diff import diff

    found = diff(old, new)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2))
        return
    for page in found.affected:
        click.echo(
            f"{page.slug}: {len(page.moved):,} of {page.numbers:,} numbers moved, "
            f"{len(page.flipped)} claims turned over, "
            f"{len(page.added)} numbers new, {len(page.gone)} gone, "
            f"{len(page.reshown)} in another format, "
            f"{'other' if page.text else 'the same'} words"
        )
        if page.claims:
            click.echo(f"  claims new, gone or of another condition: {', '.join(page.claims)}")
        for claim in page.flipped:
            click.echo(f"  claim {claim.name} (line {claim.line}) is now {claim.holds}")
            click.echo(f"    {claim.condition}")
        shown = page.moved if everything else page.moved[:PROBLEMS_SHOWN]
        for number in shown:
            click.echo(f"  {number.old_shown} -> {number.new_shown}  {number.address}")
            click.echo(f"    {number.old} -> {number.new}")
        if len(page.moved) > len(shown):
            click.echo(f"  and {len(page.moved) - len(shown):,} more; --all tells them")
    for word, slugs in (("only in OLD", found.removed), ("only in NEW", found.new)):
        for slug in slugs:
            click.echo(f"{slug}: {word}")
    click.echo(
        f"pages: {len(found.affected)} affected, {len(found.unchanged)} unchanged, "
        f"{len(found.new)} new, {len(found.removed)} gone"
    )


@cli.command("gallery")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@PROJECT
@BUILD
def gallery_command(folder: Path, project: Path, output: Path | None) -> None:
    """Draw every diagram of the theme into FOLDER/index.html, each with the Jinja that makes it.

    For those who write a theme: it needs a build's data, and takes a second.
    """
    from generator.build.checks import check_theme
    from generator.build.output import replaced
    from generator.build.paging import make_gallery
    from generator.page.site import write_gallery
    from generator.project.project import Project

    made = Project(project)
    check_theme(made)
    page = make_gallery(made, (output or project / "output") / "data")
    with replaced(folder) as scratch:
        write_gallery(scratch, page, made.site, made.theme)
    click.echo(f"{folder / 'index.html'}: open it in a browser")


@cli.command("schema")
@click.argument("name", type=click.Choice(KINDS))
def schema_command(name: str) -> None:
    """Print the JSON Schema of a kind of file, so that an editor completes its keys.

    A build publishes them too, as output/site/schemas/NAME.json.
    """
    from generator.project.schemas import json_schema

    click.echo(json_schema(name), nl=False)


@cli.command("new")
@click.argument("kind", type=click.Choice(["prompt", "article", "model"]))
@click.argument("name")
@PROJECT
def new_command(kind: str, name: str, project: Path) -> None:
    """Write a commented example to begin with: a prompt, an article, or a model's card."""
    import datetime

    from generator.project.examples import new_article, new_model, new_prompt
    from generator.project.project import Project

    made = Project(project)
    if kind == "prompt":
        file = new_prompt(made, name)
        then = "run `glasspage build` for its page."
    elif kind == "article":
        file = new_article(made, name, datetime.date.today())
        then = f"add `articles: [{name}]` to a prompt config, and run `glasspage build`."
    else:
        file = new_model(made, name)
        then = f"look through it, and run `glasspage train {name} --corpus FILE`."
    click.echo(f"wrote {file}\n{then}")


@cli.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--language", default="zh", show_default=True, help="The site's language: zh, en or another."
)
@PROJECT
def init_command(folder: Path, language: str, project: Path) -> None:
    """Begin a new site in FOLDER, with the theme and a model of this project."""
    import datetime

    from generator.project.examples import init
    from generator.project.project import Project

    here = str(Path(sys.argv[0]).resolve())
    for file in init(folder, Project(project), language, here, datetime.date.today()):
        click.echo(f"wrote {file}")
    click.echo(f"then: make -C {folder} site")


@cli.command("models")
@PROJECT
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON.")
def models_command(project: Path, as_json: bool) -> None:
    """List the models: what each is, how large, how good, and which prompts use it."""
    import json

    from generator.project.inventory import inventory
    from generator.project.project import Project

    models = inventory(Project(project))
    if as_json:
        click.echo(json.dumps(models, ensure_ascii=False, indent=2))
        return
    for model in models:
        click.echo(f"{model['name']}: {model['title']}")
        if model["parameters"] is None:
            click.echo("  not trained yet")
        else:
            loss = model["held_out_loss"]
            click.echo(f"  {model['parameters']:,} parameters, held out {loss:.4f} nats a token")
        prompts = ", ".join(model["prompts"]) or "none"
        click.echo(f"  prompts: {prompts}")


@cli.command("clean")
@PROJECT
@output_option("What to remove.")
def clean_command(project: Path, output: Path | None) -> None:
    """Remove what a build made, and nothing else."""
    from generator.build.output import clean

    for folder in clean(output or project / "output"):
        click.echo(f"removed {folder}")


@cli.command("train")
@click.argument("name")
@click.option(
    "--corpus",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The text to train on, UTF-8.",
)
@click.option("--fresh", is_flag=True, help="Start over instead of resuming.")
@PROJECT
def train_command(name: str, corpus: Path, fresh: bool, project: Path) -> None:
    """Train the model NAME from the recipe in models/NAME/model.yaml.

    An interrupted training resumes where its last evaluation left it.
    """
    from generator.model.training import Trainer
    from generator.project.project import Project
    from generator.reporter import Reporter

    trainer = Trainer(Project(project).folder_to_train(name), corpus, Reporter())
    if fresh:
        trainer.forget()
    trainer.run()


def main() -> None:
    """Run the command line; an error the user can mend is told without a traceback."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GlasspageError as error:
        from generator.telling import told

        click.echo(told(error), err=True)
        sys.exit(1)
    except OSError as error:  # a folder that cannot be written, a full disk
        if error.filename is None:
            raise
        click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
