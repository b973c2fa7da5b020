"""What the environments of articles and of layouts share: where templates are found, and how their
mistakes are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2 import meta

from generator.data.folder import Namespace
from generator.data.runs import RunList, RunValues
from generator.data.value import FUNCTIONS, Value, named, past_the_end
from generator.errors import GlasspageError, TemplateError, did_you_mean, nearest
from generator.page.mistakes import in_words, missing, not_known, wrongly_written
from generator.project.theme import Theme

_KEPT = 16  # texts: the bodies, titles and summaries of a few articles
_STATISTICS = sorted(name for name in FUNCTIONS if hasattr(Value, name))
_UNDEFINED = re.compile(r"'(\w+)' is undefined")


def loader(theme: Theme, part: str = "") -> jinja2.BaseLoader:
    """The templates of one `part` of a theme and of those that it inherits.

    `NAME/…` is a file of the theme `NAME`, so that a theme can build on the file that it hides.
    """
    own = {folder.name: jinja2.FileSystemLoader(folder / part) for folder in theme.folders}
    hiding = jinja2.FileSystemLoader(theme.paths(part))
    return jinja2.ChoiceLoader([hiding, jinja2.PrefixLoader(own)])


class Missing(jinja2.StrictUndefined):
    """An undefined name, whose error suggests the one that was meant."""

    @property
    def _undefined_message(self) -> str:
        message = super()._undefined_message
        thing = self._undefined_obj
        name: Any = self._undefined_name  # of a list, an index
        known: list[str] = []
        if isinstance(thing, RunValues) and (told := thing._missing(str(name))):
            return told
        if isinstance(thing, RunList) and isinstance(name, int):
            message = past_the_end("`prompts`", len(thing), name)
        elif isinstance(thing, Namespace | RunList):
            message = f"{thing._said} has no {name!r}"
            known = sorted(thing._names())
        elif isinstance(thing, list | tuple) and isinstance(name, int | float):
            message = past_the_end("the list", len(thing), name)
        elif isinstance(thing, Value) and isinstance(thing.plain, list) and isinstance(name, int):
            message = past_the_end(thing.address, len(thing), named(name))
        elif isinstance(thing, Value):
            message = f"{thing.address} has no {named(self._undefined_name)}"
            known = sorted(thing.plain) if isinstance(thing.plain, dict) else _STATISTICS
        elif isinstance(thing, dict):
            message = f"there is no {self._undefined_name!r} here"
            known = sorted(map(str, thing))
        return f"{message}; {did_you_mean(str(self._undefined_name), known)}" if known else message

    def __repr__(self) -> str:
        return str(self)  # which raises: no other error should speak of it first


class Environment(jinja2.Environment):
    """Jinja's, which keeps what it compiled: one article makes many pages."""

    def __init__(self, **options: Any) -> None:
        # To fold constants takes Jinja longer than it saves.
        super().__init__(optimized=False, **options)
        self.code_of = lru_cache(_KEPT)(self._code_of)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute` means. What Python itself keeps in things is none of it."""
        if attribute.startswith("_"):
            raise TypeError(f"names that begin with `_`, as {attribute!r}, are no values")
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """What `obj[argument]` means, where Jinja would look for such a name too."""
        if isinstance(argument, str) and argument.startswith("__"):
            return self.getattr(obj, argument)
        if isinstance(argument, Value) and isinstance(obj, list | tuple | range):
            argument = argument.plain  # Python's lists know no values
        return super().getitem(obj, argument)

    def _code_of(self, text: str, file: Path) -> CodeType:
        """A template's text, which stands in `file`, compiled."""
        return self.compile(text, filename=str(file))


class Watching(Environment):
    """An environment over one part of a theme that remembers which templates were asked for."""

    def __init__(self, theme: Theme, part: str = "", **options: Any) -> None:
        super().__init__(loader=loader(theme, part), **options)
        self.asked: set[str] = set()
        self._theme = theme
        self._part = part
        self._references: dict[Path, set[str]] = {}

    def get_template(self, name: Any, *args: Any, **kwargs: Any) -> jinja2.Template:
        self.asked.add(str(name))
        return super().get_template(name, *args, **kwargs)

    def select_template(self, names: Any, *args: Any, **kwargs: Any) -> jinja2.Template:
        self.asked.update(map(str, names))
        return super().select_template(names, *args, **kwargs)

    def places(self) -> set[Path]:
        """The files that the templates asked for came from, those that these name, and those that
        would have come first had they been there."""
        found: set[Path] = set()
        waiting, known = list(self.asked), set(self.asked)
        while waiting:
            for place in self._candidates(waiting.pop()):
                found.add(place)
                if place.is_file():
                    new = self._named_in(place) - known
                    known |= new
                    waiting += new
                    break
        return found

    def _candidates(self, name: str) -> list[Path]:
        own = [
            folder / self._part / name.removeprefix(f"{folder.name}/")
            for folder in self._theme.folders
            if name.startswith(f"{folder.name}/")
        ]
        return [*(folder / name for folder in self._theme.paths(self._part)), *own]

    def _named_in(self, file: Path) -> set[str]:
        if file not in self._references:
            tree = self.parse(file.read_text(encoding="utf-8"))
            names = set(meta.find_referenced_templates(tree))
            if None in names:  # told only when it is filled in: it may be any
                names |= set(self._theme.files(self._part))
            self._references[file] = {name for name in names if name is not None}
        return self._references[file]


def layout_environment(theme: Theme) -> Watching:
    """What the layouts of a theme are read with."""
    return Watching(
        theme,
        "layouts",
        autoescape=jinja2.select_autoescape(("html", "xml")),
        undefined=Missing,
        comment_start_string="{##",
        comment_end_string="##}",
    )


@contextmanager
def mistakes_told(
    file: Path, environment: jinja2.Environment, known: Iterable[str] = ()
) -> Iterator[None]:
    """Turn what goes wrong while a template is filled in for `file` into a TemplateError.

    It names the file and the line of the template that is at fault, and the line of `file` that
    asked for it. Of an undefined name it suggests the one of the `known` that was meant.
    """
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        message, hint, opened = wrongly_written(error, environment)
        raise TemplateError(
            message, file=error.filename or file, line=opened or error.lineno, hint=hint
        ) from error
    except jinja2.TemplateNotFound as error:
        message, hint = missing(error, environment)
        where, line = _innermost(error, file)
        raise TemplateError(message, file=where, line=line, hint=hint) from error
    except GlasspageError as error:
        if error.file is None:
            where, error.line = _innermost(error, file)
            error.file = Path(where)
        raise
    except Exception as error:
        where, line = _innermost(error, file)
        asked = _line_in(error, file)
        hint = f"asked for by {file}:{asked}." if where != str(file) and asked else None
        message = in_words(error)
        if unknown := not_known(message, environment):  # Jinja tells it late inside an `if`
            message, hint = unknown
        elif undefined := _UNDEFINED.fullmatch(str(error)):
            near = nearest(undefined[1], {*known, *environment.globals})
            hint = f"did you mean {near!r}?" if near and not hint else hint
        elif hint and (diagram := next(iter(getattr(error, "__notes__", ())), None)):
            # Most likely it was given what it cannot draw.
            message, hint = f"{diagram}: {message}", f"it is drawn by {where}:{line}."
            where, line = str(file), asked
        raise TemplateError(message, file=where, line=line, hint=hint) from error


def _line_in(error: BaseException, file: Path) -> int | None:
    """The line of the file's own frame in an error's traceback."""
    frames = [f for f in _frames(error) if f[0] == str(file)]
    return frames[-1][1] if frames else None


def _innermost(error: BaseException, file: Path) -> tuple[str, int | None]:
    """The template, and its line, that the error comes from."""
    frames = [f for f in _frames(error) if f[0] == str(file) or f[0].endswith((".html", ".xml"))]
    return frames[-1] if frames else (str(file), None)


def _frames(error: BaseException) -> list[tuple[str, int]]:
    found = []
    traceback = error.__traceback__
    while traceback is not None:
        found.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found
