"""An article over one prompt, told in stages: what stands below a heading of the second level."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from generator.build.readers import check_readable
from generator.build.trial import publish_prompt
from generator.data.runs import Run, RunValues
from generator.demo.asked import NAME, Asked, settle
from generator.demo.blocks import Block, Blocks
from generator.demo.colours import QUIET, TITLE
from generator.demo.drawings import Drawings
from generator.demo.prose import Prose, inline
from generator.demo.tree import Element, parsed
from generator.errors import TemplateError
from generator.page.claims import demand
from generator.page.rendering import Kit, render
from generator.page.templates import Templates
from generator.project.project import Project
from generator.reporter import Reporter


@dataclass(frozen=True)
class Stage:
    """A part of the article with its title; `notes` are the footnotes that it refers to."""

    title: Text
    body: Sequence[Element | str]
    notes: Sequence[Element]


@dataclass(frozen=True)
class Story:
    """A whole article. The first stage is what stands before the first heading."""

    language: str
    stages: Sequence[Stage]
    drawings: Drawings

    def blocks(self, stage: Stage, width: int) -> list[Block]:
        """A stage in so many columns."""
        made = Blocks(width, self.drawings.draw)
        notes = [Block(Prose(_note(note)), gap=int(n == 0)) for n, note in enumerate(stage.notes)]
        return [*made.of(stage.body), *notes]


def tell(project: Project, asked: Asked, reporter: Reporter) -> Story:
    """Run the model on the prompt that was asked for, and fill the article in.

    Nothing is left on the disk. Raises GlasspageError for what cannot be run or told.
    """
    named, article = settle(project, asked)
    kit = Kit.of(project.theme, article.language, project.facts, project.terms)
    check_readable(project, named)
    drawings = Drawings(kit.words)
    templates = Templates(project.theme, kit.words, instead=drawings.keep)
    with tempfile.TemporaryDirectory(prefix="glasspage-") as folder:
        data = publish_prompt(project, named, Path(folder), reporter)
        with reporter.progress("filling the article in", 1, said=True):
            with _measured_or_told(project, data.runs[0]):
                made = render(article, data, kit, templates)
            demand(made.claims, article.file, data.runs)
            body = parsed(str(made.html.body))
    title, summary = made.marked["title"], made.marked["summary"]
    first = Element("p", children=[Element("em", children=parsed(str(summary)).children)])
    stages = stages_of(body, inline(parsed(str(title)).children, TITLE), first)
    return Story(article.language, stages, drawings)


@contextmanager
def _measured_or_told(project: Project, run: Run) -> Iterator[None]:
    """Tell an error for want of measurements as what it is here: a demo is no prompt that could be
    measured."""
    told = RunValues(run)._missing("measured") or ""
    try:
        yield
    except TemplateError as error:
        if told not in error.message or run.name != NAME:
            raise
        prompts = project.prompts if project.has_prompts else []
        known = [named.name for named in prompts if project.measurement(named)]
        others = f"give the options of a prompt that was ({', '.join(known)}), or " if known else ""
        raise TemplateError(
            "the article tells what was measured, and the text of this demo was not",
            file=error.file,
            line=error.line,
            column=error.column,
            hint=f"{others}put what it tells between {{% if measured is defined %}} and "
            "{% endif %}.",
        ) from None


def stages_of(body: Element, title: Text, first: Element) -> list[Stage]:
    """The stages of a body; `title` and `first`, a paragraph, begin the first one."""
    notes = {
        item.attributes.get("id", "").removeprefix("fn:"): item
        for block in body.find("div")
        if "footnote" in block.classes
        for item in block.find("li")
    }
    parts: list[tuple[Text, list[Element | str]]] = [(title, [first])]
    for child in body.children:
        if isinstance(child, Element) and child.tag == "h2":
            parts.append((inline(child.children, TITLE), []))
        elif not (isinstance(child, Element) and "footnote" in child.classes):
            parts[-1][1].append(child)
    return [Stage(title, body, _cited(body, notes)) for title, body in parts]


def _cited(body: Iterable[Element | str], notes: dict[str, Element]) -> list[Element]:
    """The footnotes that are referred to somewhere in a body, in their order."""
    links = Element("", children=list(body)).find("a")
    cited = {
        link.attributes["href"].removeprefix("#fn:")
        for link in links
        if "footnote-ref" in link.classes
    }
    return [note for number, note in notes.items() if number in cited]


def _note(item: Element) -> Text:
    """A footnote behind its number."""
    number = item.attributes["id"].removeprefix("fn:")
    parts = [inline(child.children if child.tag == "p" else [child]) for child in item.elements]
    text = Text(f"[{number}] ").append_text(Text(" ").join(parts))
    text.stylize(QUIET)
    return text
