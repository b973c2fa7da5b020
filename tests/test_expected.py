"""What diagrams are given and cannot draw is refused at the author's line, with what they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from generator.data.value import Value
from generator.errors import GlasspageError, TemplateError
from generator.page.templates import Templates
from generator.project.theme import Theme

THEME = Theme.read(ROOT / "themes", "paper")
ARTICLE = Path("articles/a.md")


def value(content: Any, name: str) -> Value:
    return Value(content, f"w:{name}")


WORDS = [{"text": letter, "id": n, "bytes": [n], "joins": []} for n, letter in enumerate("abc")]
STEPS = [{"text": letter, "choice": 0} for letter in "de"]
VALUES = {
    "a": value(0.5, "a"),
    "big": value(1.5, "big"),
    "less": value(-0.5, "less"),
    "odd": value(float("nan"), "odd"),
    "n": value(4, "n"),
    "x": value([0, 5, 10], "x"),
    "y": value([1.0, 2.0, 3.0], "y"),
    "short": value([0, 5], "short"),
    "empty": value([], "empty"),
    "tokens": value(WORDS, "tokens"),
    "steps": value(STEPS, "steps"),
    "nothing": value([], "steps"),
    "lengths": value([3, 4], "lengths"),
    "read": value([3, 1], "read"),
    "times": value([0.01, 0.02], "times"),
    "logits": value(np.array([[1.5, -2.0]] * 3), "logits"),
    "pattern": value(np.tril(np.ones((3, 3))), "pattern"),
    "patterns": value(np.zeros((2, 3, 3)), "patterns"),
    "config": value({"d_vocab": 9, "d_model": 8}, "config"),
    "sampling": value(
        {"probs": [0.7, 0.3], "cumulative": [0.7, 1.0], "kept": [0, 1], "rank": 0, "draw": 0.5},
        "sampling",
    ),
    "vocabulary": value(["d", "e"], "vocabulary"),
}
ROW = '{"label": "l", "note": "", "share": a}'
# What is written between the parentheses, and what is said of it.
REFUSED = {
    # stack
    'stack([{"label": "l", "amounts": [n]}], ["p", "q"], n)': (
        "rows[0].amounts has 1, and names has 2; expected one for each of names"
    ),
    'stack([{"label": "l", "amounts": [n, less]}], ["p", "q"], n)': "rows[0].amounts[1] is -0.5",
    'stack([{"label": "l", "amounts": [n]}], ["p"], 8)': "whole is 8; expected a whole number from",
    # lines
    'lines(short, [{"name": "s", "column": y}])': (
        "series[0].column has 3, and x has 2; expected one for each of x"
    ),
    'lines(empty, [{"name": "s", "column": y}])': "x is empty; expected finite numbers",
    "lines(x, [])": "series is empty; expected one entry at least",
    'lines(x, [{"name": "s", "column": y}], spec="2f")': "spec: '2f' is no number format",
    'lines(x, [{"name": "s", "column": y}], best=3)': "best is 3; expected an index of x, from 0 ",
    'lines(x, [{"name": "s", "column": y}], unit=0)': "unit is 0; expected a number above 0",
    'lines(x, [{"name": "s", "column": [a]}])': "series[0].column is a list of 1; expected finite",
    'lines(x, [{"name": "s", "column": y}], mark={"at": a})': "mark has no 'label'",
    # bars
    'bars([{"label": "l", "note": "", "share": big}])': (
        "rows[0].share is 1.5 (w:big); expected a number from 0 to 1"
    ),
    'bars([{"label": "l", "note": "", "share": less}])': "rows[0].share is -0.5 (w:less)",
    'bars([{"label": "l", "note": "", "share": odd}])': "rows[0].share is nan (w:odd)",
    'bars([{"label": "l", "note": "", "share": 0.5}])': "rows[0].share is 0.5; expected a number",
    'bars([{"label": a, "note": "", "share": a}])': "rows[0].label is w:a, 0.5; expected a text",
    "bars([])": "rows is empty; expected one entry at least",
    "bars(a)": "rows is w:a, 0.5; expected a list",
    'bars([{"label": "l", "share": a}])': "rows[0] has no 'note'; expected label, note, share",
    'bars([{"labl": "l", "note": "", "share": a}])': "rows[0] has a 'labl', which nobody reads",
    "bars(tokens)": "rows[0], w:tokens[0], has no 'label'; expected label, note, share",
    "bars(ROWS, spec=a)": "spec is w:a, 0.5; expected a format of `num`",
    # cache
    "cache(lengths, read, tokens, steps, columns=0)": "columns is 0; expected a whole number",
    "cache(read, lengths, tokens, steps)": (
        "read[1] is 4, and lengths[1] is 1; expected no more than in lengths"
    ),
    "cache(lengths, read, steps, tokens)": "tokens[0], w:steps[0], has no 'id'; expected text, id",
    "cache(empty, empty, tokens, steps)": "lengths is empty; expected numbers from 1",
    "cache(lengths, x, tokens, steps)": "read has 3, and lengths has 2; expected one for each of",
    # replay
    "replay(steps, tokens, times)": "tokens[0], w:steps[0], has no 'id'; expected text, id",
    "replay(tokens, steps, times, slower=0)": "slower is 0; expected a number above 0",
    "replay(tokens, steps, times, slower=-2)": "slower is -2; expected a number above 0",
    "replay(tokens, steps, times, most=0)": "most is 0; expected a whole number from 1",
    "replay(tokens, nothing, times)": "steps is empty; expected one entry at least",
    "replay(tokens, steps, x)": "times has 3, and steps has 2; expected one for each of steps",
    # surprise
    "surprise(tokens, logits)": "log_probs[0][0] is 1.5; expected a matrix to 0",
    "surprise(tokens, y)": "log_probs is w:y, a list of 3; expected a matrix to 0",
    # names
    'names("Qwen2-7B")': "names is 'Qwen2-7B'; expected a list",
    "names([])": "names is empty; expected one entry at least",
    'names(["Qwen2-7B", ""])': "names[1] is empty; expected a text that says something",
    "names([5])": "names[0] is 5; expected a text",
    # the others
    "scatter([])": "points is empty",
    'scatter([{"label": "l", "group": "g", "x": odd, "y": a}])': "points[0].x is nan (w:odd)",
    "similarity([])": "pairs is empty",
    'similarity([{"a": "p", "b": "q", "before": a, "after": big}])': "pairs[0].after is 1.5",
    "strip([])": "rows is empty",
    'strip([{"label": "l", "vector": a}])': "rows[0].vector is w:a, 0.5; expected numbers",
    "interval(sampling, vocabulary, most=0)": "most is 0; expected a whole number from 1",
    "interval(vocabulary, sampling)": "sampling is w:vocabulary, a list of 2; expected a",
    'flow([{"title": "t", "text": "", "kind": "txt"}])': (
        "steps[0].kind is 'txt'; expected one of text, number, network, probability"
    ),
    'flow([{"titel": "t", "text": "", "kind": "text"}])': "steps[0] has a 'titel', which nobody",
    'cycle([{"text": "t", "kind": "text"}] * 5)': "steps has 5; expected exactly 4",
    "attention(patterns, tokens)": "pattern is w:patterns, a list of 2; expected a matrix",
    "attention(tokens, pattern)": "tokens[0] is w:pattern[0], a list of 3; expected a",
    "tokens(steps)": "tokens[0], w:steps[0], has no 'id'; expected text, id, bytes, joins",
    "architecture(config)": "config, w:config, has no 'n_layers'",
    "strip": "`diagram.strip` is a function; write diagram.strip(…)",
}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(THEME, THEME.words("zh"))


def refusal(templates: Templates, call: str) -> GlasspageError:
    """The error about a call that stands on the third line of an article."""
    with pytest.raises(TemplateError) as caught:
        templates.render_body(f"甲\n\n{{{{ diagram.{call} }}}}\n", ARTICLE, VALUES)
    error = caught.value
    assert (str(error.file), error.line) == (str(ARTICLE), 3)
    assert error.hint
    return error


@pytest.mark.parametrize("call", REFUSED)
def test_what_a_diagram_cannot_draw_is_refused_with_what_it_takes(
    call: str, templates: Templates
) -> None:
    said = REFUSED[call]
    name, bracket, arguments = call.replace("ROWS", f"[{ROW}]").partition("(")
    if not bracket:
        with pytest.raises(TemplateError) as caught:
            templates.render_body(f"{{{{ diagram.{name} }}}}", ARTICLE, VALUES)
        assert caught.value.message == said
        return
    error = refusal(templates, f'{name}({arguments[:-1]}, caption="c")')
    assert error.message.startswith(f"diagram.{name}: {said}")


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        ("bars([ROW])", "diagram.bars has no caption", "say what it shows: caption=…"),
        ('bars([ROW], caption="  ")', "diagram.bars has no caption", "caption=…"),
        ('bars([ROW], captoin="c")', "diagram.bars takes no argument 'captoin'", "'caption'?"),
        ('bars([ROW], "d", "c", 3)', "diagram.bars is given 4 arguments and takes 3", "rows, spec"),
        ('bars([ROW], caption="c", rows=1)', "diagram.bars is given 'rows' twice", "once"),
        ('bars(caption="c")', "diagram.bars: `rows` is missing", "drawn by"),
        ('stack([], ["p"], caption="c")', "diagram.stack: rows is empty", "gallery"),
    ],
)
def test_a_call_is_held_to_the_arguments_that_there_are(
    call: str, message: str, hint: str, templates: Templates
) -> None:
    error = refusal(templates, call.replace("ROW", ROW))
    assert error.message.startswith(message)
    assert hint in str(error.hint)


def test_what_is_not_there_is_told_at_the_call(templates: Templates) -> None:
    for row in ("x.y", '{"label": x.y, "note": "", "share": a}'):
        with pytest.raises(TemplateError, match="w:x has no 'y'") as caught:
            templates.render_body(
                f'\n{{{{ diagram.bars([{row}], caption="c") }}}}', ARTICLE, VALUES
            )
        assert (str(caught.value.file), caught.value.line) == (str(ARTICLE), 2)


def test_a_share_that_rounding_takes_past_the_whole_is_drawn(templates: Templates) -> None:
    rows = [{"label": "l", "note": "", "share": value(1 + 1e-12, "share")}]
    call = '{{ diagram.bars(rows, caption="c") }}'
    assert "100%" in templates.render_body(call, ARTICLE, {"rows": rows})


def test_a_theme_s_own_diagram_may_say_what_it_takes_and_is_told_what_is_no_kind(
    tmp_path: Path,
) -> None:
    macro = "{% macro mine(size) %}{% endmacro %}"
    file = tmp_path / "components/mine.html"
    file.parent.mkdir()
    for kind, message, place in (
        ("plain number from 1", "diagram.mine: size is 0; expected a number from 1", ARTICLE),
        ("plain nubmer", "`takes` names 'plain nubmer', which is no kind", file),
    ):
        file.write_text(f'{{% set takes = {{"size": "{kind}"}} %}}{macro}', encoding="utf-8")
        mine = Templates(Theme((tmp_path,)), {})
        with pytest.raises(TemplateError) as caught:
            mine.render_body("{{ diagram.mine(0) }}", ARTICLE, {})
        assert (caught.value.message, str(caught.value.file)) == (message, str(place))
