"""What can be typed: every command, with its arguments, its options and examples.

What each does when it is run is in `generator.cli`. Here they are only declared, so that they can
be told of (in a help text, in the documentation, to a shell) without anything heavy.
"""

from __future__ import annotations

import errno
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from generator import __version__, completion

Decorated = Callable[..., Any]

EXIT_CODES = {
    0: "all is well",
    1: "something is wrong with the content or the build",
    2: "wrong usage",
    130: "stopped",
}

_WHOLE = 1000  # characters, of a sentence that is not cut short

SECTIONS = ("Begin", "Make", "Look at what was made", "Check", "Other")

# As in generator.project.schemas, which takes longer to import than a help text should.
KINDS = ["site", "prompt", "article", "facts", "terms", "measurements", "model", "theme"]


class Command(click.Command):
    """A command that shows how it is used.

    `section` is one of SECTIONS. Of the `examples`, each is a line to type and what it does.
    `wrong` says when the command exits with 1, beside a project that cannot be read.
    """

    def __init__(
        self,
        *given: Any,
        section: str = SECTIONS[-1],
        examples: Sequence[tuple[str, str]] = (),
        wrong: str | None = None,
        **others: Any,
    ) -> None:
        super().__init__(*given, **others)
        self.section = section
        self.examples = examples
        self.wrong = wrong

    @property
    def summary(self) -> str:
        """The first sentence of what it does."""
        return self.get_short_help_str(_WHOLE)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for line, meaning in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
                    with formatter.indentation(), formatter.indentation():
                        formatter.write_text(meaning)
        if self.wrong is not None:
            formatter.write_paragraph()
            formatter.write_text(f"Exits with 1 where {self.wrong}.")
        super().format_epilog(ctx, formatter)


class Commands(click.Group):
    """All commands, told by section, in the order in which they are declared."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def sections(self) -> dict[str, list[Command]]:
        """The commands that are not hidden, by section."""
        shown = [c for c in self.commands.values() if isinstance(c, Command) and not c.hidden]
        found = {name: [c for c in shown if c.section == name] for name in SECTIONS}
        return {name: commands for name, commands in found.items() if commands}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, self.commands))
        for name, commands in self.sections().items():
            with formatter.section(name):
                formatter.write_dl([(f"{c.name:{widest}}", c.summary) for c in commands])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        codes = "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())
        formatter.write_paragraph()
        formatter.write_text(f"Exit codes: {codes}.")
        formatter.write_paragraph()
        formatter.write_text("Examples of each command: glasspage COMMAND --help")


class Folder(click.Path):
    """A folder. One that need not be there may not be a link that leads back to itself."""

    def __init__(self, *, exists: bool = False) -> None:
        super().__init__(exists=exists, file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            Path(value).stat()
        except OSError as error:
            if error.errno == errno.ELOOP:
                self.fail(f"Directory {str(value)!r} is a link to itself.", param, ctx)
        return super().convert(value, param, ctx)


class OutputFolder(Folder):
    """The folder of a build, which is made beside the last one: it is inside another folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        folder = super().convert(value, param, ctx)
        if not folder.resolve().name:
            self.fail(f"No build can be in {str(value)!r}: name a folder in it.", param, ctx)
        return folder


class Number(click.FloatRange):
    """A number within bounds, called so where something else is given, which the `hint` helps."""

    name = "number"

    def __init__(
        self, min: float | None = None, max: float | None = None, *, hint: str = ""
    ) -> None:
        super().__init__(min, max)
        self._hint = hint

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):  # which is below no bound, and above none
            self.fail(f"{value!r} is not a valid number.", param, ctx)
        return number

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> NoReturn:
        super().fail(f"{message} {self._hint}".rstrip(), param, ctx)


class Count(click.IntRange):
    """The same of a whole number."""

    name = "whole number"

    def __init__(
        self, min: int | None = None, max: int | None = None, *, most: int | None = None
    ) -> None:
        super().__init__(min, max)
        self._most = most  # a limit that nobody meets, and a help text need not tell

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if self._most is not None and number > self._most:
            self.fail(f"{number} is above {self._most}.", param, ctx)
        return number


class Words(click.types.StringParamType):
    """A text that is not empty; `what` it is to be."""

    name = "text"

    def __init__(self, what: str) -> None:
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not value:
            self.fail(f"it is empty: give {self._what}, or leave the option out.", param, ctx)
        return value


class Walk(Command):
    """A command whose `--auto` need have no number. Of one below zero click would say that there is
    no such option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if found := re.search(r"(?:^|\0)--auto[=\0](-[0-9.]+)(?:\0|$)", "\0".join(args)):
            (auto,) = (param for param in self.params if param.name == "auto")
            auto.type.convert(found[1], auto, ctx)  # which is in no range, and told
        return super().parse_args(ctx, args)


THREADS = Count(1, 1024)  # torch dies of many more


PROJECT = click.option(
    "--project",
    type=Folder(),
    default=Path(),
    show_default="the current folder",
    help="The folder that holds content/, models/ and themes/.",
)

OUTPUT = click.argument("output", required=False, type=Folder())

JSON = click.option(
    "--json", "as_json", is_flag=True, help="Tell it as JSON, with the same exit code."
)


def output_option(what: str) -> Callable[[Decorated], Decorated]:
    """`--output`, the folder of a build; `what` says what is done with it."""
    return click.option(
        "--output",
        type=OutputFolder(),
        show_default="output/ in the project",
        help=what,
    )


BUILD = output_option("The build whose data to use.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="glasspage")
def cli() -> None:
    """Make explainer articles in which every number is computed from a checkpoint."""


@cli.command(
    "init",
    section="Begin",
    examples=[("glasspage init ../my-site --language en", "a site in English, ready to be built")],
    wrong="there is something in FOLDER already, or the theme lacks words in the language",
)
@click.argument("folder", type=Folder())
@click.option(
    "--language",
    default="zh",
    show_default=True,
    help="The site's language: zh, en, or another that the theme has words in.",
)
@PROJECT
def init_declared() -> None:
    """Begin a new site in FOLDER, with the theme and a model of this project."""


@cli.command(
    "new",
    section="Begin",
    examples=[
        ("glasspage new prompt tangseng", "content/prompts/tangseng.yaml, a page of its own"),
        ("glasspage new article first-words", "content/articles/first-words/index.md"),
    ],
    wrong="the name is taken",
)
@click.argument("kind", type=click.Choice(["prompt", "article", "model"]))
@click.argument("name", shell_complete=completion.of_kind)
@PROJECT
def new_declared() -> None:
    """Write a commented example to begin with: a prompt, an article, or a model's card."""


@cli.command(
    "build",
    section="Make",
    examples=[
        ("glasspage build", "output/: the site, the pages for Hugo, and the data"),
        ("glasspage build --hugo-into ../my-blog", "the pages in your own blog, too"),
        ("glasspage build --data ../other/output/data", "the pages of published data, no torch"),
    ],
    wrong="anything is wrong with the content; the last build stays as it was",
)
@PROJECT
@output_option("Where to put what is made.")
@click.option(
    "--jobs",
    type=Count(min=1),
    metavar="N",
    show_default="one a processor",
    help="Processes to run models and make pages in. The results do not depend on it.",
)
@click.option(
    "--threads",
    type=THREADS,
    metavar="N",
    default=1,
    show_default=True,
    help="Threads of each to compute with. The results do not depend on it.",
)
@click.option(
    "--data",
    type=Folder(exists=True),
    help="Make the pages from data that another build published; needs no torch.",
)
@click.option(
    "--hugo-into",
    "blog",
    type=Folder(exists=True),
    help="Also write the page bundles into the Hugo site in this folder.",
)
def build_declared() -> None:
    """Run the models on the prompts, and make the data, the Hugo pages and the site.

    What has not changed since the last build is used again.
    """


@cli.command(
    "import",
    section="Make",
    examples=[
        ("glasspage import out-shakespeare-char/ckpt.pt", "nanoGPT's, with meta.pkl beside it"),
        ("glasspage import ../Qwen2-0.5B --name qwen", "a folder of Hugging Face's"),
    ],
    wrong="the checkpoint is damaged, or computes in a way that is not known",
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--name", show_default="as the file or folder is called", help="What to call it in models/."
)
@PROJECT
def import_declared() -> None:
    """Convert somebody else's checkpoint into a model of this project, models/NAME.

    PATH is nanoGPT's ckpt.pt, the Transformer-from-scratch book's model.ckpt, or a folder of
    Hugging Face's with GPT-2, Llama, Mistral, Qwen2 or Qwen3. Weights keep the type that they
    have, and no program in a checkpoint is run. An earlier import of the same name is replaced;
    what you wrote into its card stays.
    """


@cli.command(
    "train",
    section="Make",
    examples=[
        ("glasspage train xiyouji --corpus xiyouji.txt", "begin, or go on where it stopped"),
    ],
    wrong="the card has no recipe, or the text is not the one that it names",
)
@click.argument("name", shell_complete=completion.models)
@click.option(
    "--corpus",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The text to train on, UTF-8.",
)
@click.option("--fresh", is_flag=True, help="Start over instead of resuming.")
@PROJECT
def train_declared() -> None:
    """Train the model NAME from the recipe in models/NAME/model.yaml.

    An interrupted training resumes where its last evaluation left it.
    """


@cli.command(
    "measure",
    section="Make",
    examples=[
        ("glasspage measure wukong-penalty", "how fast its tokens come, for pages that say so"),
        ("glasspage measure", "all that was measured before, anew: on another machine"),
    ],
    wrong="there is no such prompt, the model cannot read it, or there are fewer cores than N",
)
@click.argument("prompts", nargs=-1, shell_complete=completion.prompts)
@click.option(
    "--repeat",
    type=Count(1, 1000),
    metavar="N",
    default=5,
    show_default=True,
    help="How often each generation is timed, after one that does not count. Of each step, the "
    "median is kept.",
)
@click.option(
    "--threads",
    type=THREADS,
    metavar="N",
    default=1,
    show_default=True,
    help="Threads to compute with; at most as many as there are cores.",
)
@PROJECT
def measure_declared() -> None:
    """Time how models write on from PROMPTS, and record it in content/measurements.yaml.

    Each is a name in content/prompts; without any, all that were measured before are measured
    anew, and what was recorded of prompts that are gone is dropped. The generation has a cache of
    keys and values and computes in float64, as traces do; its tokens must be those of the trace.
    What was recorded of other prompts stays. A build reads this file and times nothing, so record
    it anew when the model or the prompt has changed. A page compares only what was measured on one
    machine, with the same threads and repetitions.
    """


@cli.command(
    "clean",
    section="Make",
    examples=[("glasspage clean", "no output/ any more")],
    wrong="the folder holds something that no build made",
)
@PROJECT
@output_option("What to remove.")
def clean_declared() -> None:
    """Remove what a build made, and nothing else."""


@cli.command(
    "serve",
    section="Look at what was made",
    examples=[
        ("glasspage serve --open", "the site in your browser; it shows what you save"),
    ],
    wrong="nothing can be served",
)
@PROJECT
@output_option("The build to bring up to date and show.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0: all."
)
@click.option(
    "--port",
    type=Count(0, 65535),
    metavar="N",
    default=8000,
    show_default=True,
    help="Where it is taken, another is found; 0: any that is free.",
)
@click.option("--open", "opening", is_flag=True, help="Open the site in a browser.")
def serve_declared() -> None:
    """Show the site in a browser, and make anew what changes as you write.

    An open page shows each change by itself, and what is wrong with it. Ctrl-C stops, which exits
    with 0.
    """


@cli.command(
    "explain",
    section="Look at what was made",
    examples=[
        ("glasspage explain llm-pipeline-wukong", "what the next build makes of it, and why"),
    ],
    wrong="there is no such page",
)
@click.argument("page", shell_complete=completion.pages)
@PROJECT
@output_option("The build to explain.")
@JSON
def explain_declared() -> None:
    """Say why each part of PAGE is fresh or stale: what the next build would make anew.

    PAGE is a page's name or address, such as posts/llm-pipeline-wukong/.
    """


@cli.command(
    "trace",
    section="Look at what was made",
    examples=[
        ("glasspage trace wukong", "what the model writes on, token by token"),
        ("glasspage trace trial.yaml --out trial", "every value that it computes, as YAML"),
    ],
    wrong="there is no such prompt, or the model cannot read it",
)
@click.argument("prompt", shell_complete=completion.prompts)
@click.option(
    "--out",
    type=Folder(),
    help="Also write all values into this folder, as a build writes output/data/PROMPT.",
)
@JSON
@PROJECT
def trace_declared() -> None:
    """Run a model on one prompt and tell its tokens, and how each new one was chosen.

    PROMPT is a name in content/prompts, or a config of your own, FILE.yaml. Nothing in output/ is
    changed.
    """


@cli.command(
    "claims",
    section="Look at what was made",
    examples=[
        ("glasspage claims", "which sentences another training may make untrue"),
        ("glasspage claims --json", "the same for programs"),
    ],
    wrong="a claim is false and the article has no other words for that",
)
@PROJECT
@BUILD
@JSON
def claims_declared() -> None:
    """List every claim of every page: whether it holds, and how far it is from turning over.

    The tightest come first; those whose distance cannot be told (counts, ids, texts) last. In JSON
    a distance is a number, null where it cannot be told, or the text "infinite".
    """


@cli.command(
    "models",
    section="Look at what was made",
    examples=[("glasspage models", "the models, and which prompts use each")],
)
@PROJECT
@JSON
def models_declared() -> None:
    """List the models: what each is, how large, how good, and which prompts use it."""


@cli.command(
    "demo",
    cls=Walk,
    section="Look at what was made",
    examples=[
        ("glasspage demo", "the article's way from a text to the next token, by Enter"),
        ("glasspage demo --model shakespeare --lang en --auto 20", "by itself, in English"),
        ("glasspage demo --start 唐僧道 --gen-tokens 20 > demo.txt", "as plain text"),
    ],
    wrong="there is no such model or language, or the model cannot read the text",
)
@click.option(
    "--model",
    metavar="NAME",
    show_default="the smallest that was trained on a text in the language",
    help="A model of the project.",
    shell_complete=completion.models,
)
@click.option(
    "--start",
    type=Words("the text that the model is to continue"),
    metavar="TEXT",
    show_default="`start` of the model's card, or else the text of the first prompt for it",
    help="The text that the model continues.",
)
@click.option(
    "--gen-tokens",
    "--gen_tokens",
    type=Count(1, 10_000),
    metavar="N",
    default=10,
    show_default=True,
    help="How many tokens it writes, from 1 to 10000.",
)
@click.option(
    "--temperature",
    type=Number(0.01, 100, hint="For the likeliest token at every step, give --top-k 1."),
    metavar="NUMBER",
    default=0.8,
    show_default=True,
    help="Logits are divided by it; from 0.01 to 100.",
)
@click.option(
    "--top-k",
    type=Count(min=1, most=10_000_000),
    metavar="N",
    default=20,
    show_default=True,
    help="Keep only so many of the likeliest tokens.",
)
@click.option(
    "--seed",
    type=Count(min=0, most=2**63 - 1),
    metavar="N",
    default=1,
    show_default=True,
    help="Starts the generator of the draws.",
)
@click.option(
    "--lang",
    metavar="CODE",
    show_default="the site's main one",
    help="A language that the article is written in.",
    shell_complete=completion.languages,
)
@click.option(
    "--auto",
    type=Number(0.1, 3600),
    metavar="[SECONDS]",
    is_flag=False,
    flag_value=10,
    help="Go on without a key, after so many seconds each time; after 10 where none are given.",
)
@PROJECT
def demo_declared() -> None:
    """Walk through the site's article in the terminal, stage by stage, over a text of your own.

    The numbers are computed for it at once; nothing needs to be built, and nothing is written.
    Enter goes on, b goes back, q leaves. A pipe or a file gets all of it as plain text.
    """


@cli.command(
    "gallery",
    section="Look at what was made",
    examples=[("glasspage gallery /tmp/gallery", "then open /tmp/gallery/index.html")],
    wrong="the theme is wrong, or FOLDER holds something that was not made by glasspage",
)
@click.argument("folder", type=Folder())
@PROJECT
@BUILD
def gallery_declared() -> None:
    """Draw every diagram of the theme into FOLDER/index.html, each with the Jinja that makes it.

    For those who write a theme: it needs a build's data, and takes a second.
    """


@cli.command(
    "verify",
    section="Check",
    examples=[
        ("glasspage verify", "three questions about output/, each answered with yes or no"),
        ("glasspage verify --json ../other/output", "of another build, for programs"),
    ],
    wrong="anything is wrong",
)
@PROJECT
@OUTPUT
@JSON
def verify_declared() -> None:
    """Check a build: its files, its pages against its data, its data against the models.

    OUTPUT is the folder of the build, by default output/ in the project. Needs no torch.
    """


@cli.command(
    "check",
    section="Check",
    examples=[
        ("glasspage check", "what a reader of the site could stumble over"),
        ("glasspage check --external --json", "links to other hosts too, for programs"),
    ],
    wrong="anything is wrong",
)
@PROJECT
@OUTPUT
@click.option("--external", is_flag=True, help="Also ask for every address on other hosts.")
@JSON
def check_declared() -> None:
    """Look through a finished site: links, pictures, ids, headings, elements.

    OUTPUT is the folder of the build, by default output/ in the project. Links to other hosts are
    listed, and asked for only with --external. Pages that are heavy and articles that are not
    written in every language are remarked.
    """


@cli.command(
    "diff",
    section="Check",
    examples=[
        ("glasspage diff old/output output", "the numbers that moved farthest, of each page"),
        ("glasspage diff --json old/output output", "all of them, for programs"),
    ],
    wrong="OLD or NEW is no build; that they differ is no error",
)
@click.argument("old", type=Folder())
@click.argument("new", type=Folder())
@click.option("--all", "everything", is_flag=True, help="Tell every number, not only the first.")
@JSON
def diff_declared() -> None:
    """Compare two builds: numbers that moved, claims that turned over, pages affected.

    OLD and NEW are output folders. The numbers that moved farthest come first.
    """


@cli.command(
    "schema",
    section="Other",
    examples=[("glasspage schema prompt", "what may stand in content/prompts/NAME.yaml")],
)
@click.argument("name", type=click.Choice(KINDS))
def schema_declared() -> None:
    """Print the JSON Schema of a kind of file, so that an editor completes its keys.

    A build publishes them too, as output/site/schemas/NAME.json.
    """


@cli.command(
    "completion",
    section="Other",
    examples=[('eval "$(glasspage completion bash)"', "in ~/.bashrc: completion in every shell")],
)
@click.argument("shell", type=click.Choice(completion.SHELLS))
def completion_declared() -> None:
    """Print the script that lets a shell complete commands, options and names.

    Names are those of the prompts, articles and models of the project in the current folder, or in
    the one that --project before them names.
    """
