"""A theme's words against the layouts and components that read them.

A word is a text or, in a group, a mapping of texts. What a template fills in with `format` are its
placeholders: `{count}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Any

import jinja2
from jinja2 import nodes

from generator.errors import GlasspageError, combined, did_you_mean
from generator.page import citations, day
from generator.page.page import COUNTS
from generator.project.source import Source, read_text
from generator.project.theme import Theme

TEXT, GROUP = "a text", "a mapping of keys to values"

Name = tuple[str, ...]  # of a word: the keys that lead to it
# What layouts fill in as a whole, by `**`.
_SPREAD: Mapping[Name, frozenset[str]] = {("page", "counts"): frozenset(COUNTS)}


@dataclass(frozen=True)
class Use:
    """How a template uses a word: as TEXT, as GROUP, or in a way that fits both.

    `fills` are the placeholders that it fills in, None where that is not known. With `asked`, it
    asks whether there is such a word, and does without.
    """

    name: Name
    kind: str | None = None
    fills: frozenset[str] | None = None
    asked: bool = False


def check_words(theme: Theme, languages: Iterable[str]) -> None:
    """Raise ConfigError for all that is wrong with a theme's words in these languages.

    That is: a group where a text is needed, and the other way round; placeholders that nobody
    fills in; and words that are read, and are there in another language alone.
    """
    uses = [use for file in _templates(theme) for use in uses_in(file)]
    uses += [
        Use((name,), TEXT, frozenset(fills))
        for name, fills in (citations.FILLED | day.FILLED).items()
    ]
    dispensable = {use.name for use in uses if use.asked}
    elsewhere: set[Name] = set()
    for language in theme.languages:
        with suppress(GlasspageError):  # it is told where the language is asked for
            elsewhere |= _flat(theme.words(language)).keys()
    errors: list[GlasspageError] = []
    for language in languages:
        try:
            words = _flat(theme.words(language))
        except GlasspageError as error:
            errors.append(error)
            continue
        sources = theme.word_sources(language)
        errors += _problems(words, uses, sources)
        missing = {use.name for use in uses} & (elsewhere - words.keys() - dispensable)
        if missing:
            errors.append(
                sources[-1].error(
                    f"words are missing: {', '.join(sorted(map('.'.join, missing)))}",
                    (),
                    hint="the theme's layouts read them; its other languages have them.",
                )
            )
    if errors:
        raise combined(errors)


def uses_in(template: str) -> Iterator[Use]:
    """How a template uses the theme's words. One that cannot be read uses none."""
    tree = plain_tree(template)
    if tree is not None:  # or it is told by `check_components`, or when the layout is used
        yield from _uses(tree)


@lru_cache(maxsize=256)  # of a theme's templates each, for those who look at them before a build
def plain_tree(template: str) -> nodes.Template | None:
    """A template read without the tags that are ours; nothing of one that cannot be read so."""
    environment = jinja2.Environment(comment_start_string="{##", comment_end_string="##}")
    try:
        return environment.parse(template)
    except jinja2.TemplateSyntaxError:
        return None


def _uses(node: nodes.Node, kind: str | None = None) -> Iterator[Use]:
    """The uses in a part of a template, which itself is used as `kind`."""
    if isinstance(node, nodes.Test) and node.name == "defined" and _name(node.node):
        yield Use(_name(node.node) or (), asked=True)
        return
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        name = _name(node.node.node)
        if name:  # a method of a text or of a mapping
            formats = node.node.attr == "format"
            yield Use(name, TEXT if formats else None, _fills(node) if formats else None)
            for argument in node.iter_child_nodes(exclude=("node",)):
                yield from _uses(argument)
            return
    name = _name(node)
    if name:
        yield Use(name, kind)
        return
    if isinstance(node, nodes.Getitem):
        yield from _uses(node.node, GROUP)
        yield from _uses(node.arg)
        return
    for child in node.iter_child_nodes():
        yield from _uses(child, TEXT if isinstance(node, nodes.Output | nodes.Concat) else None)


def _name(node: nodes.Node) -> Name | None:
    """The word that an expression names, if it names one: `words.diagram.add`."""
    found = _path(node)
    return found[1:] if found and found[0] == "words" and len(found) > 1 else None


def _path(node: nodes.Node) -> Name | None:
    if isinstance(node, nodes.Name):
        return (node.name,)
    step = None
    if isinstance(node, nodes.Getattr):
        step = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        step = str(node.arg.value)
    before = _path(node.node) if isinstance(node, nodes.Getattr | nodes.Getitem) else None
    return None if before is None or step is None else (*before, step)


def _fills(call: nodes.Call) -> frozenset[str] | None:
    names = frozenset(argument.key for argument in call.kwargs)
    if call.args or call.dyn_args:
        return None
    if call.dyn_kwargs is None:
        return names
    spread = _SPREAD.get(_path(call.dyn_kwargs) or ())
    return None if spread is None else names | spread


def _templates(theme: Theme) -> Iterator[str]:
    for part in ("layouts", "components"):
        for file in theme.files(part).values():
            yield read_text(file)


def _flat(words: Mapping[str, Any], group: Name = ()) -> dict[Name, Any]:
    """All words and groups by their names."""
    found: dict[Name, Any] = {}
    for key, word in words.items():
        found[(*group, key)] = word
        if isinstance(word, dict):
            found |= _flat(word, (*group, key))
    return found


def _problems(
    words: Mapping[Name, Any], uses: Iterable[Use], sources: Sequence[Source]
) -> list[GlasspageError]:
    """What is wrong with the words that there are, each told once."""
    wrong: dict[Name, GlasspageError] = {}
    for use in uses:
        needed = {use.name: use.kind} | {use.name[:n]: GROUP for n in range(1, len(use.name))}
        for name, kind in needed.items():
            word = words.get(name)
            if word is not None and kind is not None and isinstance(word, dict) != (kind is GROUP):
                wrong[name] = _source_of(name, sources).unexpected(kind, name)
        word = words.get(use.name)
        if use.fills is not None and isinstance(word, str):
            problem = _wrong_placeholder(word, use.fills)
            if problem:
                message, hint = problem
                source = _source_of(use.name, sources)
                wrong[use.name] = source.error(
                    f"{'.'.join(use.name)}: {message}", use.name, hint=hint
                )
    return list(wrong.values())


def _source_of(name: Name, sources: Sequence[Source]) -> Source:
    """The words file that a word is from: the last that has it."""

    def has(source: Source) -> bool:
        return name in _flat(source.content)

    return next(source for source in reversed(sources) if has(source))


def _wrong_placeholder(word: str, fills: frozenset[str]) -> tuple[str, str] | None:
    """What is wrong with the placeholders of a word, and what helps."""
    known = ", ".join(f"{{{name}}}" for name in sorted(fills)) or "none"
    try:
        parts = list(Formatter().parse(word))
    except ValueError:
        hint = f"its placeholders are {known}; a brace that is none is written twice."
        return "a brace is not closed, or closes nothing", hint
    for _, name, spec, _ in parts:
        if name is None:
            continue
        if name not in fills:
            near = did_you_mean(name, fills)
            hint = near if near.startswith("did") else f"its placeholders are {known}."
            return f"nothing is called {{{name}}} here", hint
        if spec and not any(_formats(example, spec) for example in (1, "")):
            return f"{{{name}:{spec}}} has no such format", f"write {{{name}}}, or {{{name}:02}}."
    return None


def _formats(example: object, spec: str) -> bool:
    try:
        format(example, spec)
    except ValueError:
        return False
    return True
