"""What is wrong with a page that was rendered, told at the author's lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from generator.data.folder import DataFolder
from generator.data.runs import PageData
from generator.errors import TemplateError, did_you_mean
from generator.files import PICTURES_TOLD, is_picture
from generator.page.code import code_spans
from generator.page.commonmark import read
from generator.page.differences import Difference, differences
from generator.page.digits import Stray, forged, revealed, stray_digits
from generator.page.forbidden import Forbidden, forbidden
from generator.page.leftovers import Leftover, bracketed, leftovers
from generator.page.lines import lines_behind
from generator.page.picture import pictures, shows
from generator.page.rendering import Rendering
from generator.page.templates import Templates
from generator.project.article import TEMPLATES, Article, FrontMatter

# What times depend on beside the prompt and its model, and how it is said.
_TIMED_WITH = {
    "measured.machine": "the ",
    "measured.precision": "the precision",
    "measured.repetitions": "the repetitions",
}
_QUOTED = 40  # characters of a line that a message repeats
MOST_MARKS = 10_000  # Hugo refuses a YAML file with more lists or maps at one depth
_ANSWERS = (
    "take the number from the data with `num`, cite it with `fact`, list the name in "
    "content/terms.yaml, or answer for it yourself with `lit`."
)
_PLAIN_ANSWERS = "write it in words, or, if this is a name, list that in content/terms.yaml."
# A mark in the value of an attribute; a mark, or an escaped character.
_IN_ATTRIBUTE = re.compile(r'(?<==")[^"<>]*<(?:data|tspan) ')
_EXPRESSED = re.compile(r"<(?:data|tspan) |&#[0-9]+;")
_COMMENT = re.compile(r"\{#(?!#|[^\s}#]+\})")


def check_dialect(page: Rendering, marked: Callable[[], str]) -> list[TemplateError]:
    """What an article may not hold, what Hugo and the site would read differently, and what both
    would leave as it is written.

    `marked` renders the body with LineEnds; it is asked for only where something is wrong.
    """
    reading = read(page.markdown)
    found: list[tuple[str, Difference | Leftover | Forbidden]] = [
        ("an article cannot hold ", each) for each in forbidden(reading)
    ]
    found = found or [
        ("Hugo and the site would read this differently: ", difference)
        for difference in differences(reading, lambda: page.html.body)
    ]
    found = found or [("", leftover) for leftover in leftovers(reading)]
    behind = lines_behind(marked(), page.markdown) if found else []
    source = page.article.body.split("\n")

    def quoted(text: str, line: int | None) -> str:
        """The text, or its line as the author wrote it where the page's says it otherwise."""
        written = source[line - 1].strip() if line else text
        return (text if text[:_QUOTED] in written else written)[:_QUOTED]

    def first(each: Difference | Leftover | Forbidden) -> str:
        if not isinstance(each, Forbidden) or each.first is None:
            return ""
        made = page.markdown.split("\n")[each.first - 1]
        return f" (the first is on line {_likeliest(made, behind[each.first - 1], source)})"

    errors = []
    last, told = 1, ""
    for message, each in found:
        line = _likeliest(each.text, behind[each.line - 1], source)
        block = source[last - 1 : line] if line else []
        last = line or last
        if told == each.what and block and all(part.strip() for part in block):
            continue  # one mistake in a list parts all its items
        told = each.what
        message = f"{message}{each.what}{first(each)}, “{quoted(each.text, line)}”"
        errors.append(
            TemplateError(message, file=page.article.file, line=line, hint=f"{each.advice}.")
        )
    return errors


def check_comments(article: Article, templates: Templates) -> list[TemplateError]:
    """Comments as Jinja usually has them, which readers would see here."""
    text = templates.without_tags(article.body)
    if not _COMMENT.search(text):  # or it would cost each article a reading
        return []
    reading = read(text)
    lines = {
        first + part.count("\n", 0, found.start())
        for first, part in [*reading.texts, *reading.html_texts]
        for found in _COMMENT.finditer(part)
    }
    return [
        TemplateError(
            "`{#` begins the id of a heading, and here there is none",
            file=article.file,
            line=line,
            hint="write a comment as {## … ##}.",
        )
        for line in sorted(lines)
    ]


def check_formulas(article: Article, templates: Templates) -> list[TemplateError]:
    """Formulas whose brackets are gone once the article is read."""
    if not bracketed(article.body):
        return []
    lines = article.body.split("\n")
    return [
        TemplateError(
            f"{each.what}, “{lines[each.line - 1].strip()[:_QUOTED]}”",
            file=article.file,
            line=each.line,
            hint=f"{each.advice}.",
        )
        for each in bracketed(templates.without_tags(article.body))
    ]


def _likeliest(text: str, lines: Sequence[int], source: Sequence[str]) -> int | None:
    """Of some `lines` of a source, by number, the one that holds most of a text."""

    def likeness(number: int) -> int:
        match = SequenceMatcher(None, source[number - 1], text, autojunk=False)
        return match.find_longest_match().size

    return max(lines, key=likeness, default=None)


def check_words(page: Rendering) -> list[TemplateError]:
    """Texts that are empty once they are filled in."""
    article = page.article
    errors = []
    for key in TEMPLATES:
        source, path = article.origin((key,))
        if getattr(page.front, key) == "":
            errors.append(
                TemplateError(
                    f"the {key} is empty once it is filled in",
                    file=source.file,
                    line=source.place(path)[0],
                    hint="give it some words that always stand there.",
                )
            )
    if not page.markdown.strip():
        errors.append(
            TemplateError(
                "the article is empty once it is filled in",
                file=article.file,
                hint="write its text below the front matter.",
            )
        )
    return errors


def check_digits(
    page: Rendering, twin: Rendering, terms: Sequence[str], marked: Callable[[], str]
) -> list[TemplateError]:
    """What is wrong with the digits of a page, of which `twin` is the disguised rendering.

    `marked` renders the body with LineEnds; it is asked for only where a line is not known.
    """
    article = page.article
    strays = forged(article.body) or stray_digits(twin.html.body, article.body, terms)
    if any(stray.line is None for stray in strays):
        behind = lines_behind(marked(), page.markdown)
        strays = [stray if stray.line else _located(stray, page, behind) for stray in strays]
    errors = [_unanswered(stray, article.file, stray.line, _ANSWERS) for stray in _once(strays)]
    for path, shown in _visible(twin.front):
        source, place = article.origin(path)
        line = source.place(place)[0]
        answers = _ANSWERS if path[0] in TEMPLATES else _PLAIN_ANSWERS
        errors += [
            _unanswered(stray, source.file, line, answers)
            for stray in stray_digits(shown, "", terms)
        ]
    return errors or _changed_marks(page, twin)


def _once(strays: Sequence[Stray]) -> Iterator[Stray]:
    """The digits, of which a diagram may show the same in a label and in its table, once."""
    told: set[tuple[int | None, str]] = set()
    for stray in strays:
        key = (stray.line, stray.word)
        if not (stray.made and key in told):
            yield stray
        told.add(key)


def _unanswered(stray: Stray, file: Path, line: int | None, answers: str) -> TemplateError:
    return TemplateError(
        f"nobody answers for the digits {revealed(stray.text)!r} in “{stray.context}”",
        file=file,
        line=line,
        hint=answers,
    )


def _located(stray: Stray, page: Rendering, behind: Sequence[list[int]]) -> Stray:
    """Digits that an expression made, with the line of the article that it probably stands on."""
    made = page.markdown.split("\n")
    holding = [
        n for n, line in enumerate(made, 1) if behind[n - 1] and revealed(stray.text) in line
    ]
    line = _likeliest(stray.context, holding, made)
    lines = [] if line is None else behind[line - 1]
    return replace(stray, line=_likeliest(stray.context, lines, page.article.body.split("\n")))


def check_marks(page: Rendering, marked: Callable[[], str]) -> list[TemplateError]:
    """More marks than a list can hold, and what an expression gives where it would be shown with
    its markup or its escapes.

    `marked` renders the body with LineEnds; it is asked for only where something is wrong.
    """
    if len(page.marks) > MOST_MARKS:
        return [
            TemplateError(
                f"the page shows {len(page.marks)} numbers; Hugo reads {MOST_MARKS} of a list",
                file=page.article.file,
                hint="show fewer: a diagram's `most`, or a part of a tensor.",
            )
        ]
    text, source = page.markdown, page.article.body
    inside = [found.start() for found in _IN_ATTRIBUTE.finditer(text)]
    for start, end in code_spans(text):
        inside += [
            start + found.start()
            for found in _EXPRESSED.finditer(text[start:end])
            if found[0] not in source and not text.startswith("<", start)
        ]
    if not inside:
        return []
    behind = lines_behind(marked(), text)
    at = [text.count("\n", 0, place) for place in sorted(inside)]
    lines = {_likeliest(text.split("\n")[n], behind[n], source.split("\n")) for n in at}
    return [
        TemplateError(
            "an expression stands in backticks, a fence or an attribute, where its number's mark, "
            "or what is escaped in its text, would be shown",
            file=page.article.file,
            line=line,
            hint="write code that holds expressions as <code>…</code>; in an attribute use "
            "`num | striptags`.",
        )
        for line in sorted(lines, key=lambda line: line or 0)
    ]


def check_pictures(page: Rendering) -> list[TemplateError]:
    """Pictures that should lie beside the article and do not, or that are none."""
    article = page.article
    folder = article.file.parent
    known = [
        file.relative_to(folder).as_posix() for file in article.companions if is_picture(file.name)
    ]
    lines = list(enumerate(article.body.split("\n"), 1))
    errors = []
    for address, file in dict(pictures(page.html.body, folder)).items():
        name = unquote(address)
        if not file.resolve().is_relative_to(folder.resolve()):
            message = f"the picture {name!r} lies outside the article's folder"
            hint = "put it into that folder: nothing else is published with the page."
        elif not file.is_file():
            message = f"there is no picture {name!r} beside the article"
            hint = did_you_mean(name, known) if known else "put it into the article's folder."
        elif not is_picture(file.name):
            message = f"browsers do not show {name!r} as a picture"
            hint = f"they show {PICTURES_TOLD}; a link to the file is [words]({address})."
        elif not shows(file):
            message = f"{name!r} is not the picture that its name says"
            hint = "save it again, or take the name that its kind has."
        else:
            continue
        line = next((n for n, line in lines if address in line or name in line), None)
        errors.append(TemplateError(message, file=article.file, line=line, hint=hint))
    return errors


def check_timed_alike(article: Article, data: PageData) -> list[TemplateError]:
    """Times of several prompts on one page that cannot be compared, for they were not taken on one
    machine and in one way."""
    timed = [run.prompt for run in data.runs if _shows_times(run.prompt)]
    for first, other in pairwise(timed):
        for name, what in _TIMED_WITH.items():
            was, now = _parts(first.read(name)), _parts(other.read(name))
            for part in was:
                if was[part] == now[part]:
                    continue
                told = f"{what}{part} {was[part]}, those of {other.name} with {now[part]}"
                names = " ".join(folder.name for folder in timed)
                return [
                    TemplateError(
                        "the page compares times that were not measured alike: those of "
                        f"{first.name} with {told}",
                        file=article.file,
                        line=article.source.place(("prompts",), key=True)[0],
                        hint=f"measure them together, `glasspage measure {names}`, or all that "
                        "were measured before, `glasspage measure`.",
                    )
                ]
    return []


def _shows_times(folder: DataFolder) -> bool:
    """Whether a page has asked for what was timed of a prompt."""
    entry = folder.entries.get("measured.first")
    return entry is not None and entry["file"] in folder.used


def _parts(content: Any) -> dict[str, Any]:
    return content if isinstance(content, dict) else {"": content}


def _changed_marks(page: Rendering, twin: Rendering) -> list[TemplateError]:
    """Marks that something changed after `num` had made them: the twin's changed otherwise."""
    for mark, was in zip_longest(page.marks, twin.marks):
        if (
            mark is None
            or was is None
            or (mark.value, mark.text) != (was.value, revealed(was.text))
        ):
            return [
                TemplateError(
                    f"the number of {(mark or was).address} was changed after `num` had shown it",
                    file=page.article.file,
                    hint="use a format of `num` instead.",
                )
            ]
    return []


def _visible(front: FrontMatter) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts of the front matter that readers see, or find a page by, each with the keys that
    lead to it."""
    for key in TEMPLATES:
        yield (key,), getattr(front, key) or ""
    if front.cover is not None:
        yield ("cover", "alt"), front.cover.alt
        yield ("cover", "caption"), front.cover.caption or ""
    for key in ("categories", "tags", "keywords"):
        for index, name in enumerate(getattr(front, key)):
            yield (key, index), name
