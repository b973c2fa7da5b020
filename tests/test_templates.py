"""The template language: what reaches a page and how, and where an error is said to be."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.data.folder import DataFolder, Namespace
from generator.data.text import bounded, visible
from generator.data.value import Value
from generator.data.writer import Item, write_folder
from generator.errors import GlasspageError, TemplateError
from generator.page.citations import Citations
from generator.page.dialect import settled
from generator.page.hugo import without_shortcodes
from generator.page.markdown import number_footnotes, to_html
from generator.page.marks import marks_of
from generator.page.templates import Templates
from generator.project.facts import Fact, Facts, FactSource
from generator.project.theme import Theme

unhurried = settings(deadline=None, max_examples=100)

ARTICLE = Path("articles/a.md")
COMPONENTS = {
    "box": """\
{## One number and what it means. ##}
{% macro box(value, said="") %}
  <div>
    {{ value | num(".2f") }}

    <p>{{ words.box.note }} {{ said }}</p>
  </div>
{% endmacro %}
""",
    "broken": "{% macro broken(value) %}\n<i>\n{{ value.nowhere.at_all }}\n</i>\n{% endmacro %}\n",
    "unmarked": '{% macro unmarked(value) %}\n<svg width="{{ value }}"/>\n{% endmacro %}\n',
    "unfinished": "{% macro unfinished(value) %}\n<div>\n\n{{ value }\n{% endmacro %}\n",
    "nested": """\
{% from "components/_parts.html" import part %}
{% macro nested(value) %}{% call part() %}{{ diagram.box(value) }}{% endcall %}{% endmacro %}
""",
    "called": "{% macro caled() %}{% endmacro %}",
    "drawn": "{% macro drawn(a) %}{{ a | css }};{{ a | axis }}{% endmacro %}",
    "_parts": "{% macro part() %}<i>{{ caller() }}</i>{% endmacro %}\n",
}
DAYS = {"date": "{year}-{month:02}-{day:02}", "months": "m " * 12}
WORDS = {**DAYS, "seen": " (checked on {date})", "box": {"note": "<em>note</em>"}}
DATE = datetime.date(2026, 1, 2)
FACTS = Facts(
    sources={
        "paper": FactSource(
            title="A <b> *c* `d` [1]", url="https://example.org/?a=1&copy=2", seen=DATE
        ),
        "other": FactSource(title="书", url="https://example.org/", seen=DATE),
    },
    facts={
        "layers": Fact(number=96, unit="层", source="paper"),
        "heads": Fact(number=12.5, unit="头", source="paper"),
        "tokens": Fact(number=300_000_000_000, unit="token", source="other", where="表三"),
        "share": Fact(number=0.3, unit="份", source="other", where="第二节", range=(0.25, 0.5)),
    },
)


@pytest.fixture(scope="module")
def theme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("theme")
    (folder / "components").mkdir()
    for name, text in COMPONENTS.items():
        (folder / "components" / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def templates(theme: Path) -> Templates:
    return Templates(Theme((theme,)), WORDS)


def values() -> dict[str, Any]:
    """What the articles of these tests can name."""
    citations = Citations(FACTS, {**DAYS, "seen": " (checked on {date})"})
    return {
        "p": Value(np.array([0.25, 0.75], np.float32), "w:p"),
        "x": Value(np.float32(0.5), "w:x"),
        "n": Value(3, "w:n"),
        "m": Value({"a": 1, "text": "道|"}, "w:m"),
        "fact": citations.fact,
        "fact_value": citations.value,
        "cite": citations.cite,
    }


Render = Callable[..., str]


@pytest.fixture(scope="module")
def body(templates: Templates) -> Render:
    """Renders an article's body."""
    return lambda text, **more: templates.render_body(text, ARTICLE, values() | more)


@pytest.fixture(scope="module")
def line(templates: Templates) -> Render:
    """Renders a title that stands on line 2."""
    return lambda text, **more: templates.render_line(text, ARTICLE, 2, values() | more)


def error_of(render: Render, text: str, **more: Any) -> GlasspageError:
    with pytest.raises(GlasspageError) as caught:
        render(text, **more)
    return caught.value


# A number reaches a page only as a mark


def test_a_number_is_shown_as_a_mark(body: Render) -> None:
    text = body('{{ p[0] | num(".1%") }} {{ n | num }}')
    marks = BeautifulSoup(text, "html.parser")("data")
    assert [(m.text, m["data-src"], m["value"]) for m in marks] == [
        ("25.0%", "w:p[0]", "0.25"),
        ("3", "w:n", "3"),
    ]


UNMARKED = [
    *["{{ n }}", "{{ x }}", "{{ p }}", "{{ p[0] }}", "{{ m }}", "{{ x + 1 }}", "{{ p | sum }}"],
    *['{{ n ~ "" }}', '{{ "" ~ x ~ "" }}', '{{ "%s" % x }}', '{{ "%d" % n }}', '{{ "%.2f" % x }}'],
    *['{{ "%x" % n }}', '{{ "{}".format(x) }}', '{{ "{:.2f}".format(x) }}', "{{ [x] | join }}"],
    *[
        '{{ p | join(", ") }}',
        "{{ x | string }}",
        "{{ x | e }}",
        "{{ x | safe }}",
        "{{ x | upper }}",
    ],
    *["{{ x | tojson }}", "{{ x | lit }}", "{{ x | css }}", "{{ x | axis }}", "{{ x | round }}"],
    *["{{ x | int }}", "{{ n | int }}", "{{ x | float }}", "{{ x | urlencode }}", "{{ [x] }}"],
    *["{{ {'a': x} }}", "{{ x.plain }}", "{{ p.plain }}", "{{ p | length }}", "{{ p | list }}"],
    *["{{ 5 }}", "{{ 1.5 }}", "{{ 1 + 1 }}", "{{ -1 }}", "{{ [1] }}", "{{ (1, 2) }}", "{{ true }}"],
    *[
        "{{ none }}",
        "{{ n > 2 }}",
        "{{ range(3) }}",
        "{{ fact }}",
        "{{ x.sum }}",
        "{{ x | num | int }}",
    ],
    "{% set a = n %}{{ a }}",
    "{% set a %}{{ n }}{% endset %}{{ a }}",
    "{% macro a(b) %}{{ b }}{% endmacro %}{{ a(x) }}",
    "{% for a in p %}{{ a }}{% endfor %}",
    "{% for a in p %}{{ loop.index }}{% endfor %}",
    "{% for i in range(n) %}{{ i }}{% endfor %}",
    "{% filter upper %}{{ x }}{% endfilter %}",
    "{% autoescape false %}{{ x }}{% endautoescape %}",
    "{{ diagram.unmarked(x) }}",
    "{{ diagram.box(x, said=n) }}",
]


@pytest.mark.parametrize("text", UNMARKED)
def test_a_number_without_a_mark_reaches_no_page(text: str, body: Render) -> None:
    assert error_of(body, text).line is not None


IN_A_TITLE = [
    *["{{ n }}", "{{ x }}", "{{ m }}", "{{ p | join }}", "{{ x | lit }}", "{{ x | string }}"],
    *['{{ n ~ "" }}', '{{ "%d" % n }}', "{{ 5 }}", "{{ none }}", "{{ x.plain }}", "{{ n | int }}"],
]


@pytest.mark.parametrize("text", IN_A_TITLE)
def test_a_number_without_a_format_reaches_no_title(text: str, line: Render) -> None:
    assert error_of(line, text).line == 2


def test_the_error_says_how_to_show_a_number(body: Render) -> None:
    assert error_of(body, "{{ x }}").message == "w:x is a number, and only `num` may show it"
    assert "`lit`" in error_of(body, "{{ 5 }}").message
    assert 'write "d"' in error_of(body, '{{ x | num(".2q") }}').message
    assert "take the number from the data" in error_of(body, "{{ 3 | num }}").message


def test_what_the_author_answers_for_stands_as_it_is(body: Render, line: Render) -> None:
    assert html.unescape(body("{{ 3 | lit }} {{ 2.5 | lit }}")) == "3 2.5"
    assert body("{% for a in p %}{{ loop.index | lit }}{% endfor %}") == "12"
    assert line('{{ 2.5 | lit }} {{ "a-b" | lit }}') == "2.5 a-b"


# Text is shown as the text that it is


HOSTILE = ["{{ 1+1 }}", "{% if %}", "{{< figure >}}", "<script>", "|", "`a`", "*a*", "&amp;", "\n"]
hostile = st.text(st.characters(codec="utf-8")) | st.lists(st.sampled_from(HOSTILE)).map("".join)
PASSAGES = [
    "{{ m.text }}",
    "{{ t }}",
    "{% set a %}{{ m.text }}{% endset %}{{ a }}",
    "{% set a = m.text %}{{ a }}",
    "{% macro a(b) %}{{ b }}{% endmacro %}{{ a(m.text) }}",
    '{{ m.text ~ "" }}',
    '{{ "%s" % m.text }}',
    '{{ "%s" | format(t) }}',
    "{{ [m.text] | join }}",
    "{{ m.text | string }}",
    "{{ m.text | safe }}",
    "{{ m.text | e }}",
    "{{ m['text'] }}",
    "{{ t[:1] ~ t[1:] }}",
    "{% filter string %}{{ m.text }}{% endfilter %}",
    "{% for a in [m.text] %}{{ a }}{% endfor %}",
    "{{ m.text if n == 3 else 0 }}",
    "{% call(a) each() %}{{ a }}{% endcall %}",
    "{% autoescape false %}{{ m.text }}{% endautoescape %}",
    "{% autoescape false %}{{ m.text ~ '' }}{% endautoescape %}",
]


@pytest.mark.parametrize("passage", PASSAGES)
@settings(deadline=None, max_examples=15)
@given(text=hostile)
def test_text_out_of_the_data_is_escaped_whatever_way_it_takes(
    passage: str, text: str, body: Render
) -> None:
    each = "{% macro each() %}{{ caller(m.text) }}{% endmacro %}"
    rendered = body(each + passage, m=Value({"text": text}, "w:m"), t=text)
    assert html.unescape(rendered) in (bounded(text), visible(text))
    assert not set(rendered) & set("|`*_~[]{}<>\"'\n")


def test_text_of_the_data_is_never_rendered_as_a_template(body: Render, line: Render) -> None:
    text = Value(["{{ n | num }}{% raw %}"], "w:t")
    assert html.unescape(body("{{ t[0] }}", t=text)) == text[0]
    assert line("{{ t[0] }}", t=text) == text[0]


def test_a_list_of_the_article_is_looked_up_by_a_position_out_of_the_data(body: Render) -> None:
    assert body("{{ ['甲', '乙'][p.argmax()] }}{{ range(5, 9)[n] | lit }}") == "乙8"


def test_the_heading_of_an_article_keeps_its_id_and_a_comment_goes(body: Render) -> None:
    text = "## 标题 {#first}\n{## a comment, {{ n }} ##}\n| a |\n"
    assert body(text) == "## 标题 {#first}\n| a |\n"


# Titles


def test_a_title_is_plain_text_on_one_line(line: Render) -> None:
    text = '「{{ m.text }}」  <b>\n {{ 0.5 | lit }}&{{ 123456 | lit }}　{{ f | num(".1万") }} '
    assert line(text, f=Value(36000, "w:f")) == "「道|」 <b> 0.5&123456　3.6\u00a0万"


@unhurried
@given(text=hostile)
def test_a_title_shows_the_visible_text(text: str, line: Render) -> None:
    rendered = line("甲{{ t }}乙", t=Value([text], "w:t")[0])
    assert rendered == " ".join(part for part in f"甲{visible(text)}乙".split(" ") if part)


@pytest.mark.parametrize("text", ['{{ fact("layers") }}', '{{ cite("paper") }}', '{{ "a" | e }}'])
def test_a_title_holds_no_markup(text: str, line: Render) -> None:
    error = error_of(line, text)
    assert error.line == 2
    assert "`fact_value(…) | num`" in error.message


def test_a_title_may_show_a_fact_without_its_footnote(line: Render) -> None:
    assert line('{{ fact_value("layers") | num }} 层') == "96 层"


# Names that are misspelt


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("甲\n{{ x | numm('.2f') }}", "there is no filter 'numm'", "did you mean 'num'?"),
        ("\n{% if true %}{{ x | numm }}{% endif %}", "there is no filter 'numm'", "mean 'num'?"),
        ("\n{{ x | percent }}", "there is no filter 'percent'", "num, svgnum, and Jinja's own."),
        ("\n{% if x is defind %}{% endif %}", "there is no test 'defind'", "mean 'defined'?"),
    ],
)
def test_a_filter_that_there_is_not_is_answered_with_the_one_that_was_meant(
    text: str, message: str, hint: str, body: Render
) -> None:
    error = error_of(body, text)
    assert (error.line, error.message) == (2, message)
    assert str(error.hint).endswith(hint)


# Functions and conditions


def test_functions_give_values_with_their_addresses(body: Render) -> None:
    text = """
{{ mean(p) | num(".2f") }}
{{ mean(x, n) | num(".2f") }}
{{ std(p) | num(".2f") }}
{{ norm(p) | num(".2f") }}
{{ argmax(p) | num }}
{{ topk(p, n)[0] | num }}
{{ softmax(p)[0] | num(".2f") }}
{{ cosine(p, p) | num(".2f") }}
{{ log(n) | num(".2f") }}
{{ exp(x) | num(".2f") }}
{{ p.sum() | num(".2f") }}
"""
    marks = BeautifulSoup(body(text), "html.parser")("data")
    assert [(m["data-src"], m.text) for m in marks] == [
        ("mean(w:p)", "0.50"),
        ("mean(w:x, w:n)", "1.75"),
        ("std(w:p)", "0.25"),
        ("norm(w:p)", "0.79"),
        ("argmax(w:p)", "1"),
        ("topk(w:p, 3)[0]", "1"),
        ("softmax(w:p)[0]", "0.38"),
        ("cosine(w:p, w:p)", "1.00"),
        ("log(w:n)", "1.10"),
        ("exp(w:x)", "1.65"),
        ("sum(w:p)", "1.00"),
    ]


def test_conditions_see_the_plain_numbers(body: Render) -> None:
    text = "{% if x | float > 0.4 and n | int == 3 and p[1] > p[0] %}yes{% else %}no{% endif %}"
    assert body(text) == "yes"


def test_loops_count_to_a_value(body: Render) -> None:
    assert body("{% for i in range(n) %}{{ i | lit }}{% endfor %}") == "012"
    assert body("{% for i in range(1, n) %}{{ p[i - 1] | num }}{% endfor %}", p=Value([7, 8], "p"))


@pytest.mark.parametrize("text", ["{{ t | int | lit }}", "{% if t | float < 1 %}{% endif %}"])
def test_what_is_no_number_is_not_taken_for_0(text: str, body: Render) -> None:
    assert "'many'" in error_of(body, text, t="many").message


@pytest.mark.parametrize(
    ("number", "length", "label"),
    [
        (0, "0", "0"),
        (-0.001, "0", "−0.001"),
        (100.0, "100", "100"),
        (33.3333, "33.33", "33.3333"),
        (-1.5, "-1.5", "−1.5"),
        (1e-7, "0", "1×10⁻⁷"),
    ],
)
def test_drawings_get_short_numbers(number: float, length: str, label: str, body: Render) -> None:
    assert body("{{ diagram.drawn(a) }}", a=number) == f"{length};{label}"


@pytest.mark.parametrize("name", ["css", "axis", "label"])
def test_filters_that_show_numbers_without_a_mark_are_for_diagrams_alone(
    name: str, body: Render
) -> None:
    error = error_of(body, "甲\n{{ 5 | " + name + " }}")
    assert (error.message, error.line) == (
        "only the theme's diagrams may use this filter; `num` shows a number",
        2,
    )


# Components


def test_a_diagram_is_one_block_without_blank_lines_and_indentation(body: Render) -> None:
    assert body('{{ diagram.box(x, said="甲<乙") }}') == (
        '<div>\n<data value="0.5" data-src="w:x" data-fmt=".2f">0.50</data>\n'
        "<p><em>note</em> 甲&#60;乙</p>\n</div>"
    )


def test_a_diagram_can_be_made_of_others(body: Render) -> None:
    text = body("{{ diagram.nested(x) }}")
    assert text.startswith("<i><div>")
    assert text.count("<data") == 1


def test_a_caption_may_hold_marks(body: Render) -> None:
    text = body("{% set c %}{{ n | num }} 个{% endset %}{{ diagram.box(x, said=c) }}")
    assert '<data value="3" data-src="w:n" data-fmt="d">3</data> 个</p>' in text


def test_an_unknown_diagram_is_answered_with_the_one_that_was_meant(body: Render) -> None:
    error = error_of(body, "甲\n\n{{ diagram.bux(x) }}")
    assert (error.file, error.line) == (ARTICLE, 3)
    assert error.message == "the theme has no diagram 'bux'"
    assert error.hint == "did you mean 'box'?"


def test_a_part_of_components_is_no_diagram(body: Render) -> None:
    assert error_of(body, "{{ diagram._parts(x) }}").line == 1


# Where an error is

FRONT = "\n" * 6  # the front matter's lines are blank in a body
PLACES = [
    ("{{ n }}", 1),
    ("甲\n\n{{ n }}\n", 3),
    (FRONT + "甲\n{{ n }}\n乙\n", 8),
    ("{% for a in p %}\n甲\n{{ a }}\n{% endfor %}\n", 3),
    ("{% for a in p %}\n{% for b in p %}\n\n\n{{ b }}\n{% endfor %}\n{% endfor %}\n", 5),
    ("{% for a in p %}\n{{ n | num }}\n{% else %}\n{% endfor %}\n\n{{ n }}", 6),
    ("{% macro a(b) %}\n\n甲 {{ b }}\n{% endmacro %}\n\n\n{{ a(n) }}\n", 3),
    ("{% macro a() %}{{ caller() }}{% endmacro %}\n{% call a() %}\n\n{{ n }}\n{% endcall %}", 4),
    ("{% set a %}\n甲\n{{ n }}\n{% endset %}\n\n{{ a }}\n", 3),
    ("{% set a = n ~ '' %}\n", 1),
    ("{% filter upper %}\n\n{{ n }}\n{% endfilter %}\n", 3),
    ("{% if n > 2 %}\n甲\n{% if n %}\n乙\n{% endif %}\n{% endif %}\n", 3),
    ("{% if n > 5 %}\n甲\n{% elif n > 'a' %}\n{% endif %}\n", 3),
    ("{## a comment\n\n of three lines ##}\n{{ n }}\n", 4),
    ("{% raw %}\n{{ n }}\n{% endraw %}\n{{ n }}\n", 4),
    ("{% with a = n %}\n甲\n{{ a }}\n{% endwith %}\n", 3),
    ("| 甲 |\n|---|\n{% for a in p %}\n| {{ a | num('.1f') }}{{ a }} |\n{% endfor %}\n", 4),
    ("甲\n{{ diagram.box(\n  n ~ '',\n) }}\n", 2),
    ("甲\n{{ p[7] | num }}\n", 2),
    ("甲\n{{ nothing | num }}\n", 2),
    ("甲\n{{ m.b | num }}\n", 2),
    ("甲\n{{ fact('lairs') }}\n", 2),
    ("甲\n{% for a in p %}\n{{ fact('lairs') }}\n{% endfor %}", 3),
    ("甲\n{% macro a() %}\n{{ cite('papper') }}\n{% endmacro %}\n\n{{ a() }}", 3),
    ("甲\n{{ diagram.box(x, said=fact('lairs')) }}\n", 2),
    ("甲\n{{ n | }}\n", 2),
    ("甲\n{{ n | nom }}\n", 2),
    ("甲\n{% for a in p %}\n乙\n", 2),
    ("甲\n{% endfor %}\n", 2),
    ("甲\n{% iff n %}\n", 2),
    ("甲\n{{ n\n\n", 2),
    ("甲\n{{ 1 / 0 }}\n", 2),
    ("甲\n{% include 'no.html' %}\n", 2),
]


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_an_error_names_its_file_and_its_line(text: str, expected: int, body: Render) -> None:
    error = error_of(body, text)
    assert (str(error.file), error.line) == (str(ARTICLE), expected)
    assert error.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{% if n %}\n\n", 1, "this `if` is not closed"),
        ("甲\n{% for a in p %}\n{% for b in p %}{% endfor %}\n\n", 2, "this `for` is not closed"),
        ("{% if n %}{% endif %}\n{% if n %}\n{% set a = 1 %}\n乙", 2, "this `if` is not closed"),
        ("{% set a = 1 %}\n{% set a %}\n{% set a = (1 == 1) %}\n", 2, "this `set` is not closed"),
        ('\n{% claim "a" if n > 2 %}\n{% else %}\n', 2, "this `claim` is not closed"),
        (
            "{% if n %}\n{% for a in p %}\n{% endif %}\n{% endfor %}",
            3,
            "`endif` stands inside the `for` of line 2, which is not closed yet",
        ),
    ],
)
def test_a_tag_that_is_not_closed_is_told_with_the_line_where_it_stands(
    text: str, line: int, message: str, body: Render
) -> None:
    error = error_of(body, text)
    assert (error.line, error.message) == (line, message)
    assert str(error.hint).startswith("write {% end")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ log(x - x) | num }}", "(w:x - w:x) is 0.0, and only numbers above 0 have a log"),
        ("{{ log(-n) | num }}", "(-w:n) is -3, and only numbers above 0 have a log"),
        ("{{ log(0) | num }}", "`log` takes a value of the data, not 0"),
        ("{{ mean() | num }}", "`mean` takes a value of the data, and there is none"),
        ("{{ cosine(p, 3) | num }}", "`cosine` takes values of the data, not 3"),
        ("{{ mean(x, 3) | num }}", "`mean` takes values of the data, not 3"),
        ("{{ p }}", "w:p is a list of 2, and only its elements can be shown"),
        ("{{ m }}", "w:m is a mapping, and only its parts can be shown: a, text"),
        ("{{ [1].plain }}", "a list has no `plain`"),
        ("{{ exp(n * 1000) | num }}", "the result is too large for a number"),
        ("{{ mean(p[:0]) | num }}", "w:p[:0] holds no numbers"),
        ("{{ max(p[:0]) | num }}", "w:p[:0] holds no numbers"),
        ("{{ 1 / 0 }}", "a number is divided by zero"),
        ("{{ (1 / (x - x)) | num }}", "(w:x - w:x) is 0, and nothing can be divided by it"),
        ("{{ (x / 0) | num }}", "w:x cannot be divided by 0"),
        ("{{ x.__class__ }}", "names that begin with `_`, as '__class__', are no values"),
        ("{{ x['__class__'] }}", "names that begin with `_`, as '__class__', are no values"),
        ("{{ x | attr('__class__') }}", "names that begin with `_`, as '__class__', are no values"),
        (
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "a macro calls itself, or a template extends itself",
        ),
        ("{{ p.argmx() | num }}", "w:p has no 'argmx'; did you mean 'argmax'?"),
        ("{{ x.lgo() | num }}", "w:x has no 'lgo'; did you mean 'log'?"),
        ("{{ m.text + 3 }}", "`+` does not go between a text and a single number"),
        ("{{ self }}", "`self` is the article itself, and cannot be shown"),
        ("{{ log }}", "`log` is a function; write log(…)"),
        ("{{ p[2] | num }}", "w:p has 2, from 0 to 1, and there is no [2]"),
        ("{{ [1, 2, 3][3] }}", "the list has 3, from 0 to 2, and there is no [3]"),
        ("{{ [1, 2, 3][n] }}", "the list has 3, from 0 to 2, and there is no [3]"),
        ("{{ [1, 2, 3][x] }}", "the list has 3, from 0 to 2, and there is no [0.5]"),
        ("{{ 5 % 0 }}", "a number is divided by zero"),
        ("{{ 5 | lit | num }}", "'5' that is shown already has no address: take the number from"),
        ("{{ n // 2 }}", "`//` does not go between a value of the data and a single number"),
        ("{{ 'a' - 1 }}", "`-` does not go between a text and a single number"),
        ("{% if p > 0 %}{% endif %}", "w:p is not one number but a list of 2; name one of them,"),
        ("{% if p == 0 %}{% endif %}", "w:p is not one number but a list of 2; name one of them,"),
        ("{% if n == p %}{% endif %}", "w:p is not one number but a list of 2; name one of them,"),
        ("{% if m > 0 %}{% endif %}", "w:m is not one number; it has the parts a, text"),
        ("{% if n > 'a' %}{% endif %}", "`>` cannot compare a single number with a text"),
        ("{% if m.text > 3 %}{% endif %}", "`>` cannot compare a text of the data with a single"),
        ("{% for a in x %}{% endfor %}", "a single number has no elements to go through"),
        ("{{ -m.text }}", "there is no `-` of a text of the data"),
        ("{{ n() }}", "a value of the data is no function"),
        ("{{ topk(p) }}", "`topk` also needs 'k'"),
        ("{{ n | num('d', 3) }}", "`num` is given more than it takes"),
        ("{{ n | replace('a') }}", "`replace` also needs 'new'"),
        ("{{ '%d' % n }}", "`%` does not write a value of the data"),
        ("{{ n | round }}", "`round` does not go with a value of the data"),
        ("{{ 'a' | int }}", "'a' is no number"),
        ("{{ '{b}'.format(a=1) }}", "there is no 'b'"),
        ("{{ 'a }}", "a text in quotes is not closed"),
        ("{{ n | num(“d”) }}", "`“` is no sign of the template language"),
        ("{## 甲", "a comment is not closed"),
        ("{{ n ", "unexpected end of template, expected `}}`."),
    ],
)
def test_what_cannot_be_computed_or_read_is_told_in_words(
    text: str, message: str, body: Render
) -> None:
    error = error_of(body, f"甲\n\n{text}")
    assert (str(error.file), error.line) == (str(ARTICLE), 3)
    assert error.message.startswith(message)


def test_a_component_without_its_macro_is_told(body: Render, theme: Path) -> None:
    error = error_of(body, "{{ diagram.called() }}")
    assert (error.file, error.line) == (str(theme / "components/called.html"), 1)
    assert error.message == "this component has no macro 'called'"
    assert "{% macro called(…) %}" in str(error.hint)


@pytest.mark.parametrize(
    "text", ["{% include NAME %}", "{% extends NAME %}", "{% from NAME import x %}"]
)
def test_a_template_that_is_not_there_is_answered_with_the_one_that_was_meant(
    text: str, body: Render, theme: Path
) -> None:
    for name, hint in {
        "components/bx.html": "did you mean 'components/box.html'?",
        f"{theme.name}/components/bx.html": f"did you mean '{theme.name}/components/box.html'?",
        "themes/components/box.html": f"did you mean '{theme.name}/components/box.html'?",
        "nowhere.html": "known are: components/_parts.html, components/box.html, ",
    }.items():
        error = error_of(body, "甲\n" + text.replace("NAME", repr(name)))
        assert (str(error.file), error.line) == (str(ARTICLE), 2)
        assert error.message == f"the theme has no template {name!r}"
        assert str(error.hint).startswith(hint)


@pytest.mark.parametrize("text", ["{{< note >}}", "{{% note %}}", '{{< figure src="a" >}}'])
def test_a_shortcode_is_told_with_a_way_to_show_it_that_works(text: str, body: Render) -> None:
    error = error_of(body, f"甲\n乙 {text} 丙")
    assert error.line == 2
    assert error.message.startswith("this is a shortcode of Hugo's")
    advice = re.search(r"\{\{ (['\"])\{\{.*?\}\}\1 \}\}", str(error.hint))
    assert advice
    for way in (advice[0], "{% raw %}`" + text + "`{% endraw %}"):
        markdown = without_shortcodes(settled(body(way)))
        assert text not in markdown
        shown = BeautifulSoup(to_html(markdown).body, "html5lib").get_text()
        assert shown.replace("/*", "").replace("*/", "").strip() == text


# Blocks of Jinja, as what stands before, between and after what they hold.
BLOCKS = [
    ("{% if n == 3 %}\n", "{% endif %}\n"),
    ("{% for a in p[:1] %}\n{{ a | num('.1f') }}\n", "\n{% endfor %}\n"),
    ("{% set a %}\n\n", "{% endset %}\n"),
    ("{% macro f() %}\n", "{% endmacro %}\n\n{{ f() }}\n"),
    ("{% filter upper %}", "\n{% endfilter %}"),
    ("正文{#id}\n\n", "{## 注 ##}\n"),
    ("{% with a = 1 %}", "{% endwith %}"),
]


@unhurried
@given(above=st.integers(0, 8), blocks=st.lists(st.sampled_from(BLOCKS), max_size=4))
def test_the_line_is_right_however_deep_the_error_stands(
    above: int, blocks: list[tuple[str, str]], body: Render
) -> None:
    before = "\n" * above + "".join(start for start, _ in blocks)
    after = "".join(end for _, end in reversed(blocks))
    text = f"{before}甲 {{{{ x }}}} 乙{after}\n{{{{ n | num }}}}\n"
    error = error_of(body, text)
    assert error.message == "w:x is a number, and only `num` may show it"
    assert error.line == before.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ n }}", 2),
        ("甲 {{ nothing }}", 2),
        ("{{ fact_value('lairs') | num }}", 2),
        ("{{ n | }}", 2),
        ("{% for a in p %}{{ a }}{% endfor %}", 2),
        ("{{ 5 }}", 2),
    ],
)
def test_an_error_in_a_title_names_the_line_of_the_title(
    text: str, expected: int, line: Render
) -> None:
    error = error_of(line, text)
    assert (str(error.file), error.line) == (str(ARTICLE), expected)


DRAWN = "甲\n{% for a in p %}\n{{ diagram.NAME(a) }}\n{% endfor %}"


@pytest.mark.parametrize(("name", "drawing"), [("broken", 3), ("unmarked", 2)])
def test_an_error_in_a_diagram_is_told_at_the_author_s_line_with_that_of_the_component(
    name: str, drawing: int, body: Render, theme: Path
) -> None:
    error = error_of(body, DRAWN.replace("NAME", name))
    assert isinstance(error, TemplateError)
    assert (str(error.file), error.line) == (str(ARTICLE), 3)
    assert error.message.startswith(f"diagram.{name}: ")
    assert error.hint == f"it is drawn by {theme / 'components' / name}.html:{drawing}."


def test_a_component_that_cannot_be_read_is_told_at_its_own_line(body: Render, theme: Path) -> None:
    error = error_of(body, DRAWN.replace("NAME", "unfinished"))
    assert (str(error.file), error.line) == (str(theme / "components/unfinished.html"), 4)


def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(
    body: Render, tmp_path: Path
) -> None:
    row = np.zeros(2, np.float32)
    items = [Item(f"blocks.0.attn.{name}", "a.yaml", "m", row, ("pos",)) for name in ("z", "out")]
    write_folder(tmp_path, {"kind": "trace"}, items)
    blocks = Namespace(DataFolder(tmp_path, "w"), "blocks.")
    for text, message in {
        "{{ blocks[0].atn | num }}": "blocks.0 has no 'atn'; did you mean 'attn'?",
        "{{ blocks[0].attn.ot | num }}": "blocks.0.attn has no 'ot'; did you mean 'out'?",
        "{{ blocks[1].attn | num }}": "blocks has no 1; known are: 0.",
        "{{ blocks[0].attn.out[2] | num }}": "w:blocks.0.attn.out has 2, from 0 to 1, and there is "
        "no [2]",
        "{{ m.tekst }}": "w:m has no 'tekst'; did you mean 'text'?",
        "{{ nothing }}": "'nothing' is undefined",
        "{{ nothing | num }}": "'nothing' is undefined",
        "{{ (x + nothing) | num }}": "'nothing' is undefined",
        "{{ cosine(p, nothing) | num }}": "'nothing' is undefined",
        "{{ diagram.box(nothing) }}": "'nothing' is undefined",
        "{% if x > nothing %}{% endif %}": "'nothing' is undefined",
    }.items():
        assert error_of(body, text, blocks=blocks).message == message
    assert error_of(body, "{{ blcks[0] }}", blocks=blocks).hint == "did you mean 'blocks'?"
    assert 'data-src="w:blocks.0.attn.out&#91;1&#93;"' in body(
        "{{ blocks[0].attn.out[1] | num }}", blocks=blocks
    )


# Facts and their footnotes


@pytest.fixture
def citations() -> Citations:
    return Citations(FACTS, {**DAYS, "seen": " (checked on {date})", "range": " ({low} to {high})"})


def test_sources_are_numbered_in_the_order_in_which_they_are_cited(citations: Citations) -> None:
    cited = [
        citations.fact("tokens", ".0亿"),
        citations.fact("layers"),
        citations.fact("heads", ".1f"),
        citations.cite("other"),
    ]
    text = number_footnotes(f"{'，'.join(cited)}\n{citations.footnotes()}")
    assert re.findall(r"\[\^\d\](?!:)", text) == ["[^1]", "[^2]", "[^2]", "[^1]"]
    assert re.findall(r"(?m)^\[\^\d\]: <a[^>]*>(.)", text) == ["书", "A"]
    assert cited[1].startswith('<data value="96" data-src="fact:layers" data-fmt="d">96</data>')


def test_a_fact_with_a_range_shows_it_with_addresses_of_its_own(citations: Citations) -> None:
    shown = citations.fact("share", ".0%")
    assert re.sub(r"<[^>]*>", "", shown) == "30% (25% to 50%)[^source:other]"
    addresses = [mark.address for mark in marks_of(shown)]
    assert addresses == ["fact:share", "fact:share.range[0]", "fact:share.range[1]"]


def test_a_footnote_tells_each_place_in_the_source_that_the_page_uses_once(
    citations: Citations,
) -> None:
    for name in ("tokens", "share", "tokens"):
        citations.fact(name, ".1f")
    note = BeautifulSoup(citations.footnotes(), "html.parser").text
    assert note.strip() == "[^source:other]: 书, 表三, 第二节 (checked on 2026-01-02)"


def test_a_number_without_a_footnote_cites_no_source(citations: Citations) -> None:
    value = citations.value("layers") * 2
    assert (value.plain, value.address) == (192, "(fact:layers * 2)")
    assert citations.footnotes() == ""


def test_a_footnote_gives_title_address_and_day(citations: Citations) -> None:
    cited = f"甲{citations.fact('layers')}乙{citations.cite('other')}丙{citations.cite('paper')}"
    text = f"{cited}\n{citations.footnotes()}"
    soup = BeautifulSoup(to_html(text).body, "html.parser")
    notes = [note.p for note in soup("li")]
    links = [note.a for note in notes if note and note.a]
    assert [(link["href"], link.text) for link in links] == [
        ("https://example.org/?a=1&copy=2", "A <b> *c* `d` [1]"),
        ("https://example.org/", "书"),
    ]
    assert all(note and "(checked on 2026-01-02)" in note.text for note in notes)
    assert soup.p and soup.p.text == "甲961乙2丙1"


def test_an_unknown_fact_or_source_is_answered_with_the_one_that_was_meant(
    citations: Citations,
) -> None:
    for look_up, hint in (
        (lambda: citations.fact("layer"), "did you mean 'layers'?"),
        (lambda: citations.value("tokns"), "did you mean 'tokens'?"),
        (lambda: citations.cite("papr"), "did you mean 'paper'?"),
    ):
        with pytest.raises(TemplateError) as caught:
            look_up()
        assert caught.value.hint == hint


def test_a_fact_that_is_no_integer_needs_a_format(citations: Citations) -> None:
    with pytest.raises(ValueError, match=r"^12\.5 is no integer"):
        citations.fact("heads")
