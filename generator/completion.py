"""What a shell offers for a name: the prompts, articles and models of the project's folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from generator.project.layout import article_names, model_names, prompt_files

SHELLS = ["bash", "zsh", "fish"]

_VARIABLE = "_GLASSPAGE_COMPLETE"  # as click makes it of the name of the program

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def script(group: click.Group, shell: str) -> str:
    """What a shell runs so that it completes the commands of `group`. `shell` is one of SHELLS."""
    kind = click.shell_completion.get_completion_class(shell)
    assert kind is not None, shell
    return kind(group, {}, "glasspage", _VARIABLE).source()


def prompts(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The prompts; files too, once a path has been begun."""
    if "/" in begun or begun.startswith("."):
        return [CompletionItem(begun, type="file")]
    return _beginning(_prompt_names(_root(context)), begun)


def models(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return _beginning(model_names(_root(context)), begun)


def languages(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """The languages that the theme has words in."""
    found = (_root(context) / "themes").glob("*/i18n/*.yaml")
    return _beginning(sorted({file.stem for file in found}), begun)


def pages(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The pages of the last build."""
    found = (_root(context) / "output" / "site" / "posts").glob("*/")
    return _beginning(sorted(page.name for page in found), begun)


def of_kind(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The names that are there of the kind in the argument before: a new name may begin alike."""
    names = {"prompt": _prompt_names, "article": article_names, "model": model_names}
    kind = str(context.params.get("kind"))
    return _beginning(names[kind](_root(context)), begun) if kind in names else []


def _prompt_names(root: Path) -> list[str]:
    return [file.stem for file in prompt_files(root)]


def _root(context: click.Context) -> Path:
    """The project as far as it has been typed."""
    return context.params.get("project") or Path()


def _beginning(names: Sequence[str], begun: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(begun)]
