"""What the documentation says of the command line: walked, so that nothing is left out."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from generator.commands import Command, Commands


@dataclass(frozen=True)
class Option:
    """An option as it is typed, what it means, and what holds where it is not given, if that is
    told; `required` where it must be."""

    names: str
    meaning: str
    default: str | None
    required: bool


@dataclass(frozen=True)
class Usage:
    """How a command is used.

    `line` is what is typed, `help` what it does, in paragraphs; each of the `examples` is a line
    to type and what it does. `wrong` says when the command exits with 1, if it says so.
    """

    name: str
    line: str
    help: list[str]
    options: list[Option]
    examples: Sequence[tuple[str, str]]
    wrong: str | None


def usages(group: Commands) -> list[tuple[str, list[Usage]]]:
    """The commands of a group by section, in the order of its help text."""
    return [
        (section, [_usage(group, command) for command in commands])
        for section, commands in group.sections().items()
    ]


def options_of(group: Commands) -> list[Option]:
    """The options that stand before a command, with those that every command has."""
    context = click.Context(group, info_name="glasspage", **group.context_settings)
    return list(_options(group.get_params(context), context))


def _usage(group: Commands, command: Command) -> Usage:
    parent = click.Context(group, info_name="glasspage", **group.context_settings)
    context = click.Context(command, parent=parent, info_name=command.name)
    return Usage(
        name=str(command.name),
        line=" ".join([context.command_path, *command.collect_usage_pieces(context)]),
        help=_paragraphs(command.help or ""),
        options=list(_options(command.params, context)),
        examples=command.examples,
        wrong=command.wrong,
    )


def _paragraphs(text: str) -> list[str]:
    """A help text in paragraphs of one line each, without click's own marks (`\\b`, `\\f`)."""
    told = inspect.cleandoc(text).split("\f")[0].replace("\b", "")
    return [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", told)]


def _options(parameters: Sequence[click.Parameter], context: click.Context) -> Iterator[Option]:
    for parameter in parameters:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            record = parameter.get_help_record(context)
            assert record is not None, parameter.name
            extra = parameter.get_help_extra(context)
            default = extra.get("default")
            yield Option(
                names=record[0],
                meaning=" ".join((parameter.help or "").split()),
                default=None if default is None else default.removeprefix("(").removesuffix(")"),
                required=parameter.required,
            )
