"""What the user sees while work is done."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from generator.errors import GlasspageError
from generator.reporter import Reporter
from generator.telling import told


def said(*, terminal: bool, seconds: float = 0.0, quiet: bool = False, lasting: bool = True) -> str:
    """What is written while work of four steps is done."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100)
    reporter = Reporter(console, quiet=quiet, seconds=seconds)
    with reporter.progress("tracing wukong", 4, said=lasting) as advance:
        for step in range(1, 5):
            advance(step, "")
    return file.getvalue()


def test_work_that_lasts_is_told_line_by_line_where_there_is_no_terminal() -> None:
    lines = said(terminal=False).splitlines()
    assert lines[0] == "tracing wukong: 1 of 4 (25%)"
    assert lines[3] == "tracing wukong: 4 of 4 (100%)"
    assert said(terminal=False, seconds=60) == ""


@pytest.mark.parametrize("given", [{"quiet": True}, {"lasting": False}])
def test_where_there_is_no_terminal_other_work_says_nothing(given: dict[str, bool]) -> None:
    assert said(terminal=False, **given) == ""


def test_on_a_terminal_a_bar_shows_how_far_the_work_has_come() -> None:
    assert "tracing wukong" in said(terminal=True)
    assert "4/4" in said(terminal=True)


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    error = GlasspageError("the option \x1b[2J\x07 is not known", hint="take\nit out")
    assert told(error) == "error: the option \\x1b[2J\\x07 is not known\n  take\nit out"
