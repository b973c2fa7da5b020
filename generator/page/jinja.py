"""What the environments of articles and of layouts share: where templates are found, and how their
mistakes are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jinja2

from generator.errors import GlasspageError, TemplateError
from generator.project.theme import Theme


def loader(theme: Theme, part: str = "") -> jinja2.BaseLoader:
    """The templates of one `part` of a theme and of those that it inherits.

    `NAME/…` is a file of the theme `NAME`, so that a theme can build on the file that it hides.
    """
    own = {folder.name: jinja2.FileSystemLoader(folder / part) for folder in theme.folders}
    hiding = jinja2.FileSystemLoader(theme.paths(part))
    return jinja2.ChoiceLoader([hiding, jinja2.PrefixLoader(own)])


def layout_environment(theme: Theme) -> jinja2.Environment:
    """What the layouts of a theme are read with."""
    return jinja2.Environment(
        loader=loader(theme, "layouts"),
        autoescape=jinja2.select_autoescape(("html", "xml")),
        undefined=jinja2.StrictUndefined,
        comment_start_string="{##",
        comment_end_string="##}",
    )


@contextmanager
def mistakes_told(file: Path) -> Iterator[None]:
    """Turn what goes wrong while a template is filled in for `file` into a TemplateError.

    It names the file and the line of the template that is at fault, and the line of `file` that
    asked for it.
    """
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            error.message or "syntax error", file=error.filename or file, line=error.lineno
        ) from error
    except GlasspageError as error:
        if error.file is None:
            error.file, error.line = file, _line_in(error, file)
        raise
    except Exception as error:
        where, line = _innermost(error, file)
        asked = _line_in(error, file)
        hint = f"asked for by {file}:{asked}." if where != str(file) and asked else None
        raise TemplateError(str(error), file=where, line=line, hint=hint) from error


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
