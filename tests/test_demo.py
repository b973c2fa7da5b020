"""The article in a terminal: the page's own words and numbers, drawn to fit, and walked by keys."""

from __future__ import annotations

import inspect
import re
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag
from conftest import HOME, ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from rich.console import Console
from rich.text import Text
from terminal import Terminal
from wcwidth import wcswidth

from generator.build.readers import check_readable
from generator.cli import main
from generator.commands import cli
from generator.data.value import Value
from generator.demo import colours
from generator.demo.asked import Asked, settle
from generator.demo.blocks import Block, Blocks
from generator.demo.drawings import DRAWINGS, OF_THE_TABLE, Drawings
from generator.demo.interval import cut, mark_at
from generator.demo.parts import drawn, parts_of
from generator.demo.prose import inline, lines_of
from generator.demo.room import Explained
from generator.demo.story import Stage, Story, tell
from generator.demo.tree import parsed
from generator.demo.walk import show, tell_all
from generator.demo.words import words_of
from generator.errors import ConfigError, TemplateError
from generator.page.templates import Templates
from generator.project.card import Card
from generator.project.project import Project
from generator.project.prompt import Prompt
from generator.project.source import Source
from generator.reporter import Reporter

USUAL: dict[str, Any] = {
    "model": None,
    "start": None,
    "new_tokens": 10,
    "temperature": 0.8,
    "top_k": 20,
    "seed": 1,
    "language": None,
}


def asked(**given: Any) -> Asked:
    return Asked(**USUAL | given)


def told(**given: Any) -> Story:
    return tell(Project(HOME), asked(**given), Reporter(quiet=True))


@pytest.fixture(scope="module")
def story() -> Story:
    """The demo as it is where nothing is asked for."""
    return told()


def lines_in(story: Story, stage: Stage, width: int) -> list[str]:
    """A stage as lines of plain text."""
    console = Console(width=width, color_system=None)
    return [
        "".join(segment.text for segment in line)
        for block in story.blocks(stage, width)
        for line in drawn(console, block, width)
    ]


def shown(html: str, width: int = 60, words: dict[str, Any] | None = None) -> list[str]:
    """Some HTML as lines of plain text."""
    blocks = Blocks(width, Drawings(words or {}).draw).of(parsed(html).children)
    console = Console(width=width, color_system=None)
    return [
        "".join(segment.text for segment in line)
        for block in blocks
        for line in drawn(console, block, width)
    ]


def squeezed(text: str) -> str:
    """A text without white space, bars before its lines, and what refers to footnotes."""
    return re.sub(r"[\s│┃]|\[\d\]", "", text)


# ------------------------------------------------------------------ what it tells


def sections(output: Path) -> Iterator[list[Tag]]:
    """The sections of the site's page, what is folded and what refers to footnotes taken out."""
    page = (output / "site/posts/llm-pipeline-wukong/index.html").read_text(encoding="utf-8")
    body = BeautifulSoup(page, "html5lib").select_one("#bytes").parent  # type: ignore[union-attr]
    assert body is not None
    for gone in body.select("details, sup, .footnote, svg, [aria-hidden]"):
        gone.decompose()
    section: list[Tag] = []
    for element in body.find_all(recursive=False):
        if element.name == "h2":
            yield section
            section = []
        section.append(element)
    yield section


def test_it_tells_the_words_and_the_numbers_of_the_page(story: Story, output: Path) -> None:
    on_the_page = list(sections(output))
    assert len(on_the_page) == len(story.stages)
    numbers = 0
    for stage, section in zip(story.stages, on_the_page, strict=True):
        text = squeezed("".join([stage.title.plain, *lines_in(story, stage, 76)]))
        for element in section:
            for said in element.select("p, li, td, figcaption, data") or [element]:
                assert squeezed(said.get_text()) in text, said
            numbers += len(element.select("data"))
    assert numbers > 400


def test_every_diagram_of_the_article_is_drawn_and_others_have_their_numbers_as_a_table(
    story: Story,
) -> None:
    components = Project(HOME).theme.files("components")
    names = {Path(name).stem for name in components if not name.startswith("_")}
    assert DRAWINGS.keys() < names
    figures = [f for stage in story.stages for e in stage.body for f in parsed_figures(e)]
    assert len(figures) > 10
    assert all("data-drawing" in figure.attributes for figure in figures)


def parsed_figures(element: Any) -> list[Any]:
    if isinstance(element, str):
        return []
    return [element] if element.tag == "figure" else list(element.find("figure"))


def test_a_diagram_that_is_not_known_is_told_as_its_table() -> None:
    lines = shown(
        '<figure class="gp"><svg><path d="M0 0"/></svg><figcaption>Two points.<details><summary>as '
        "a table</summary><table><thead><tr><th>of</th><th>x</th></tr></thead><tbody><tr><th>山"
        '</th><td><data value="0.25" data-fmt=".2f">0.25</data></td></tr></tbody></table></details>'
        "</figcaption></figure>"
    )
    assert [line.split() for line in lines if "山" in line] == [["山", "0.25"]]
    assert lines[-1] == "Two points."


def test_a_diagram_of_another_theme_by_a_known_name_is_left_to_the_theme() -> None:
    drawings = Drawings({"diagram": {}})
    assert drawings.keep("bars", {"what": 1}) is None
    assert drawings.keep("interval", {"sampling": None}) is None
    steps = [{"title": Markup("<b>a</b>"), "text": "", "kind": "text"}]
    kept = drawings.keep("flow", {"steps": steps, "caption": "b"})
    assert kept is not None
    assert "figure" in kept


def test_what_is_wrong_in_a_diagram_is_told_where_it_is_asked_for() -> None:
    theme = Project(HOME).theme
    words = theme.words("zh")
    templates = Templates(theme, words, instead=Drawings(words).keep)
    body = '\n{{ diagram.flow([{"title": "a"}], caption="b") }}'
    with pytest.raises(TemplateError, match="kind") as caught:
        templates.render_body(body, Path("index.md"), {})
    assert (str(caught.value.file), caught.value.line) == ("index.md", 2)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_takes_what_the_theme_s_diagram_takes(name: str) -> None:
    theme = Project(HOME).theme
    environment = Templates(theme, theme.words("zh"))._rich
    macro = getattr(environment.get_template(f"components/{name}.html").module, name)
    _, *own = inspect.signature(DRAWINGS[name]).parameters
    others = {"caption"} | OF_THE_TABLE.get(name, set())
    assert own == [argument for argument in macro.arguments if argument not in others]
    assert others <= set(macro.arguments)


def test_the_title_begins_the_first_stage_and_footnotes_stand_where_they_are_cited(
    story: Story,
) -> None:
    assert story.stages[0].title.plain.startswith("一个字是怎样写出来的：跟着「悟空道」")
    for stage in story.stages:
        text = "\n".join(lines_in(story, stage, 80))
        cited = set(re.findall(r"(?<=.)\[(\d)\]", text))
        assert set(re.findall(r"^\[(\d)\] ", text, re.MULTILINE)) == cited


# ------------------------------------------------------------------ how it is drawn


@pytest.mark.parametrize("width", [100, 76, 38, 24])
def test_nothing_is_wider_than_the_terminal(story: Story, width: int) -> None:
    for stage in story.stages:
        for line in lines_in(story, stage, width):
            assert wcswidth(line) <= width, line


def test_lines_break_between_chinese_characters_but_not_before_a_comma() -> None:
    html = (
        "字节，<b>「编号」</b>与 token，以及<span style='white-space: nowrap'>「道」 9.5%</span>。"
    )
    text = inline(parsed(html).children)
    for width in range(14, 40):
        lines = [line.plain for line in lines_of(text, width)]
        assert all(wcswidth(line) <= width for line in lines)
        assert not any(line[0] in "，」。" or line[-1] in "「" for line in lines)
        assert any("「道」 9.5%" in line for line in lines)
        assert squeezed("".join(lines)) == squeezed(text.plain)
    assert [line.plain for line in lines_of(Text("字节字节"), 5)] == ["字节", "字节"]
    assert [line.plain for line in lines_of(Text("aaaa bbbbbbb"), 4)] == ["aaaa", "bbbb", "bbb"]


def test_powers_and_indices_are_told_apart_in_a_terminal() -> None:
    html = "<var>x</var><sub>4</sub> = 10<sup>5</sup>，再说<sub>i</sub>"
    assert [line.strip() for line in shown(html) if line.strip()] == ["x₄ = 10^5，再说_i"]


TABLE = (
    "<table><thead><tr><th style='text-align: left'>字</th><th style='text-align: right'>编号</th>"
    "<th>what it is, in words</th></tr></thead><tbody>"
    "<tr><td>悟</td><td style='text-align: right'>1</td><td>a word, and some more of them</td></tr>"
    "<tr><td>abc</td><td style='text-align: right'>1234</td><td>字</td></tr></tbody></table>"
)


def test_the_columns_of_a_table_stand_below_each_other_whatever_the_script() -> None:
    lines = shown(TABLE)
    (one,) = [line for line in lines if line.startswith("悟")]
    (two,) = [line for line in lines if line.startswith("abc")]
    assert wcswidth(one[: one.index("1") + 1]) == wcswidth(two[: two.index("4") + 1])
    assert wcswidth(one[: one.index("a ")]) == wcswidth(two[: two.index("字")])


def test_a_table_that_is_too_wide_is_told_row_by_row() -> None:
    lines = shown(TABLE, width=20)
    assert lines[:2] == ["字 │ 悟", "  编号 │ 1"]
    assert "1234" in "".join(lines)
    assert all(wcswidth(line) <= 20 for line in lines)


def test_a_token_told_row_by_row_is_told_apart_from_the_name_of_its_column() -> None:
    names = "".join(f"<th>Head {n}</th>" for n in range(5))
    row = "".join(f"<td>{token}&nbsp;0.83</td>" for token in ":│ER:")
    html = f"<table><thead><tr>{names}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
    assert shown(html, width=30)[0].split() == ["Head", "0", "│", ":", "0.83"]
    assert shown(html, width=38)[0] == "  ".join(f"Head {n}" for n in range(5))


def test_a_name_of_a_few_characters_is_not_broken_for_a_long_cell() -> None:
    html = (
        "<table><thead><tr><th>字符</th><th>十六进制</th><th>二进制</th><th>字节数</th></tr>"
        "</thead><tbody><tr><td>悟</td><td><code>E6&nbsp;82&nbsp;9F</code></td><td>"
        "11100110 10000010 10011111</td><td>3</td></tr></tbody></table>"
    )
    assert shown(html, width=38)[0].split() == ["字符", "十六进制", "二进制", "字节数"]


def test_a_column_takes_what_another_cannot_use() -> None:
    names = ("项目", "本文的模型", "GPT-3", "Llama 3.1 405B")
    head = "".join(f"<th>{name}</th>" for name in names)
    row = "".join(f"<td>{text}</td>" for text in ("读满时，一个头的注意力矩阵", "1", "2", "3"))
    html = f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
    for width in range(59, 80):
        lines = shown(html, width=width)
        assert "本文的模型" in "".join(lines), width
        assert max(map(wcswidth, lines)) <= width


def test_a_footnote_s_number_is_told_apart_from_the_number_before_it() -> None:
    html = '1<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup> 个字节'
    text = inline(parsed(html).children)
    assert text.plain == "1\N{NO-BREAK SPACE}[1] 个字节"
    assert lines_of(text, 4)[0].plain != "1"


def test_a_column_without_a_name_has_its_first_cell_below_the_rule() -> None:
    lines = shown(
        "<table><thead><tr><th>字</th></tr></thead><tbody><tr><td>悟</td><td>一</td></tr>"
        "<tr><td>空</td><td>二</td></tr></tbody></table>"
    )
    head, _, *rows = [line.split() for line in lines]
    assert head == ["字"]
    assert rows == [["悟", "一"], ["空", "二"]]


def drawn_alone(name: str, width: int, **given: Any) -> list[str]:
    """One diagram as lines of plain text."""
    drawings = Drawings(Project(HOME).theme.words("zh"))
    assert drawings.keep(name, given) is not None
    console = Console(width=width, color_system=None)
    return [
        "".join(segment.text for segment in line)
        for block in drawings.draw("0", width)
        for line in drawn(console, block, width)
    ]


def test_the_last_positions_of_a_long_prompt_are_drawn_and_the_others_added_up() -> None:
    count = 30
    pattern = np.tril(np.ones((count, count))) / np.arange(1, count + 1)[:, None]
    tokens = Value([{"text": "字"} for _ in range(count)], "p:tokens")
    given = {"pattern": Value(pattern, "p:pattern"), "tokens": tokens, "caption": "头"}
    for width in (76, 38):
        lines = drawn_alone("attention", width, **given)
        assert max(map(wcswidth, lines)) <= width
        assert "更早" in lines[0]
        rows = [re.findall(r"\d\.\d\d", line) for line in lines if line.startswith("字")]
        assert sum(map(float, rows[-1])) == pytest.approx(1, abs=0.05)
        assert f"只画出最后{len(rows)}个" in squeezed("".join(lines))


def test_what_is_left_out_of_a_large_model_is_told() -> None:
    tokens = Value([{"text": "字"}, {"text": "符"}], "p:tokens")
    pattern = Value(np.array([[[1.0, 0.0], [0.3, 0.7]]] * 12), "p:pattern")
    heads = drawn_alone("heads", 76, patterns=[pattern] * 9, tokens=tokens, caption="头。")
    assert heads[-1] == "头。（共 9 层，只画出前 5 层和最后一层。）"
    assert [line[0] for line in heads if line[:1].isdigit()] == [*"01234", "8"]
    vector = Value(np.linspace(-1, 1, 1000), "p:v")
    strip = drawn_alone("strip", 70, rows=[{"label": "字", "vector": vector}], caption="一条。")
    assert strip[-1] == "一条。（每个向量有 1000 维，只画出前 256 维。）"
    assert {"⠿", "█"} <= {*"".join(strip)}
    sizes = {"d_vocab": 9, "d_model": 8, "n_heads": 2, "d_head": 4, "d_mlp": 32}
    more = {"n_layers": 80, "norm": "layer", "n_ctx": 7, "positions": "learned"}
    config = Value({**sizes, **more}, "m:config")
    parts = drawn_alone("architecture", 76, config=config, caption="图")
    assert [n for n in range(80) if f"第 {n} 层" in "".join(parts)] == [0, 1, 2, 3, 4, 79]
    assert [line.split()[2:4] for line in parts if "⋮" in line] == [["中间还有", "74"]]
    letters = [{"text": "a", "id": 1, "bytes": [97], "joins": []}] * 50
    tokens = drawn_alone("tokens", 76, tokens=Value(letters, "p:tokens"), most=3, caption="图。")
    assert "".join(tokens).count("61") == 3
    assert tokens[-1] == "图。（共 50 个，只画出前 3 个。）"


def patterns(layers: int, heads: int, count: int) -> dict[str, Any]:
    """What a diagram of all heads is given, its shares all alike."""
    pattern = np.tril(np.ones((count, count))) / np.arange(1, count + 1)[:, None]
    tokens = Value([{"text": chr(ord("a") + n)} for n in range(count)], "p:tokens")
    layer = Value(np.array([pattern] * heads), "p:pattern")
    return {"patterns": [layer] * layers, "tokens": tokens, "caption": "头"}


@pytest.mark.parametrize("width", [76, 60, 56, 38])
@pytest.mark.parametrize("heads", [4, 6, 8, 12])
def test_the_heads_of_a_layer_stand_in_rows_of_as_many_each(width: int, heads: int) -> None:
    lines = drawn_alone("heads", width, **patterns(2, heads, 6))
    assert max(map(wcswidth, lines)) <= width
    rows = [len(re.findall("█+", line)) for line in lines[3:] if "█" in line]
    assert len(set(rows)) == 1 and sum(rows) == heads * 2
    if heads == 8:
        assert rows[0] == (8 if width >= 57 else 4)


def test_the_shades_of_heads_have_a_legend() -> None:
    lines = drawn_alone("heads", 76, **patterns(1, 4, 3))
    assert lines[:2] == ["份额 0 ·░▒▓█ 1", "从左到右、从上到下，依次是 a b c"]


def test_the_signs_and_the_sizes_of_what_is_drawn_are_those_of_the_numbers() -> None:
    shares = np.array([0.75, 0.2, 0.0499, 0.0001])
    rows = [{"label": "字", "note": "", "share": Value(share, "p:s")} for share in shares]
    bars = drawn_alone("bars", 60, rows=rows, caption="条")
    lengths = [line.count("█") + any(c in "▏▎▍▌▋▊▉" for c in line) for line in bars[:4]]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == pytest.approx(0.75 * 40, abs=1)
    assert [line.split()[-1] for line in bars[:3]] == ["75.0%", "20.0%", "5.0%"]
    assert "·" in bars[3]
    assert bars[3].endswith("<\N{NO-BREAK SPACE}0.1%")
    vector = Value(np.array([1.0, -1.0, 0.0, 0.3, -0.3]), "p:v")
    strip = drawn_alone("strip", 70, rows=[{"label": "字", "vector": vector}], caption="条")
    assert "█⠿ ░⠄" in strip
    pairs = [
        {"a": "说", "b": "道", "before": Value(0.0, "p:b"), "after": Value(after, "p:a")}
        for after in (-0.5, 0.5)
    ]
    head, below, above = drawn_alone("similarity", 76, pairs=pairs, limit=1, caption="对")[:3]
    assert head.split()[:3] == ["−1", "0", "1"]
    assert wcswidth(below.split("│")[0]) == head.index("0")
    assert below.index("━") < below.index("│")
    assert above.index("━") > above.index("│")
    assert (below.count("━"), above.count("━")) == (9, 9)
    narrower = drawn_alone("similarity", 76, pairs=pairs, most=1, caption="对")
    assert narrower[0].split()[:3] == ["−0.5", "0", "0.5"] and narrower[1].count("━") == 18
    assert "共 2 个，只画出前 1 个" in "".join(narrower)


def test_a_colour_can_be_read_on_white_and_on_black() -> None:
    def luminance(hex_colour: str) -> float:
        parts = [int(hex_colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    styles = [colours.QUIET, colours.CODE, colours.ABOVE, colours.BELOW, colours.NUMBER]
    styles += [colours.of_stage(k) for k in ("text", "number", "network", "probability", "other")]
    styles += [*colours.SERIES, *(colours.of_share(share) for share in (0.0, 0.05, 0.2, 0.4))]
    for style in styles:
        if style.color is not None:
            light = luminance(style.color.name)
            assert 1.05 / (light + 0.05) >= 4.5
            assert (light + 0.05) / 0.05 >= 4.5
            assert style.bgcolor is None
    strongest = colours.of_share(0.5)
    assert strongest.color is not None and strongest.bgcolor is not None
    ink, ground = luminance(strongest.color.name), luminance(strongest.bgcolor.name)
    assert (ink + 0.05) / (ground + 0.05) >= 4.5


shares = st.lists(st.floats(1e-4, 1), min_size=1, max_size=30).map(
    lambda parts: [part / sum(parts) for part in sorted(parts, reverse=True)]
)


@settings(deadline=None, max_examples=300)
@given(shares, st.floats(0, 1, exclude_max=True), st.integers(24, 64))
@example([0.9985, 0.0015], 0.999, 64)  # a chosen interval that is narrower than a column
@example([0.5078, 0.4922], 0.5077, 64)  # a draw beside the end of its own
def test_the_interval_of_the_draw_is_there_and_the_mark_is_over_it(
    shares: list[float], draw: float, width: int
) -> None:
    ends = np.cumsum(shares)
    chosen = min(int(np.searchsorted(ends, draw, side="right")), len(shares) - 1)
    columns = cut(shares, chosen, width)
    assert columns[0][0] == 0
    assert all(end == start for (_, end), (start, _) in pairwise(columns))
    assert columns[-1][1] <= width
    start, end = columns[chosen]
    assert start <= mark_at(draw, columns[chosen], width) < end
    for (_, drawn_end), true in zip(columns, ends, strict=False):
        assert abs(drawn_end - true * width) <= 1.5
    assert (columns[-1][1] < width) == (len(columns) < len(shares))


def test_the_draw_is_marked_over_the_interval_that_it_fell_into() -> None:
    sampling = {"probs": [0.9985, 0.0015], "kept": [0, 1], "rank": 1, "draw": 0.999}
    given = {"sampling": Value(sampling, "p:s"), "vocabulary": Value(["甲", "乙"], "m:v")}
    lines = drawn_alone("interval", 76, **given, most=1, caption="线")
    mark, line = lines[1], lines[2]
    assert wcswidth(line.split("█")[0]) == mark.index("│")
    assert line.count("█") == 1


def test_the_line_that_marks_the_draw_goes_through_the_interval() -> None:
    sampling = {"probs": [0.5, 0.5], "kept": [0, 1], "rank": 1, "draw": 0.75}
    given = {"sampling": Value(sampling, "p:s"), "vocabulary": Value(["甲", "乙"], "m:v")}
    for width in (76, 38):
        _, above, _, below, *_ = drawn_alone("interval", width, **given, caption="线")
        assert above.index("│") == below.index("│") == int(0.75 * min(width, 64))
        assert (below[0], below[-1]) == ("0", "1")


def test_the_last_step_of_a_cycle_leads_back_to_the_first() -> None:
    steps = [{"text": f"步{n}" * 12, "kind": "text"} for n in range(4)]
    lines = drawn_alone("cycle", 30, steps=steps, caption="圈")
    assert lines[0].startswith("╭→ ● 步0")
    (last,) = [n for n, line in enumerate(lines) if "● 步3" in line]
    assert lines[last].startswith("╰─ ●")
    assert all(line.startswith("│") for line in lines[1:last])
    assert sum("●" in line for line in lines) == 4


def test_curves_are_told_apart_and_their_axes_are_named() -> None:
    x = Value([0.2, 1.0, 2.0], "m:x")
    series = [
        {"name": f"列{n}", "column": Value([1e6 + n / 4, 1e6 + 1, 1e6 + 2], f"m:{n}")}
        for n in range(5)
    ]
    mark = {"at": Value(1.0, "m:at"), "label": "此处"}
    labels = {"x_label": "温度", "y_label": "次数", "x_spec": ".1f", "exact": ".1f", "sign": "%"}
    lines = drawn_alone("lines", 76, x=x, series=series, mark=mark, **labels, caption="线")
    assert lines[next(n for n, line in enumerate(lines) if "列4" in line) + 1] == "次数"
    beside = [line.split("│")[0].strip() for line in lines if "│" in line]
    named = [label for label in beside if label]
    assert len(set(named)) == len(named) == 5
    assert all(label.endswith("%") for label in named)
    assert any("┊" in line for line in lines if "│" in line)
    assert re.search(r"0\.2 +温度 +2\.0", "\n".join(lines))
    single = [{"name": "一", "column": Value([3.0], "m:y")}]
    one = drawn_alone("lines", 76, x=Value([7], "m:x"), series=single, caption="线")
    assert sum(len(re.findall("[\u2801-\u28ff]", line)) for line in one) == 1


def test_what_is_pointed_out_of_a_curve_stands_on_it() -> None:
    series = [{"name": "甲", "column": Value([9.0, 1.0, 5.0], "m:y")}]
    lines = drawn_alone(
        "lines", 60, x=Value([0, 5, 10], "m:x"), series=series, best=1, caption="线"
    )
    assert "◦ 最低 1.00" in "\n".join(lines)
    rows = [line.split("│")[1] for line in lines if "│" in line]
    (row,) = [n for n, line in enumerate(rows) if "◦" in line]
    assert row >= len(rows) * 0.75 and 0.4 < rows[row].index("◦") / max(map(len, rows)) < 0.6


# ------------------------------------------------------------------ parts


def block(lines: int, name: str, **given: Any) -> Block:
    return Block(Text("\n".join(f"{name}{n}" for n in range(lines))), **given)


def cut_into(blocks: list[Block], height: int, width: int = 20) -> list[list[str]]:
    console = Console(width=width, color_system=None)
    return [
        ["".join(segment.text for segment in line) for line in part.lines]
        for part in parts_of(console, blocks, width, height)
    ]


def test_what_is_too_tall_is_cut_between_blocks() -> None:
    assert cut_into([block(2, "a"), block(2, "b"), block(2, "c")], 5) == [
        ["a0", "a1", "", "b0", "b1"],
        ["c0", "c1"],
    ]


def test_a_heading_is_not_parted_from_what_follows() -> None:
    assert cut_into([block(2, "a"), block(1, "b", glued=True), block(2, "c")], 5) == [
        ["a0", "a1"],
        ["b0", "", "c0", "c1"],
    ]


def test_a_block_taller_than_the_terminal_is_shown_whole_over_several_parts() -> None:
    parts = cut_into([block(1, "a", glued=True), block(9, "b")], 4)
    assert all(len(part) <= 4 for part in parts)
    assert [line for part in parts for line in part if line] == ["a0", *(f"b{n}" for n in range(9))]


def test_a_legend_is_said_again_where_what_it_explains_begins_a_part() -> None:
    vectors = [{"label": f"字{n}", "vector": Value([1.0, -1.0], f"p:{n}")} for n in range(4)]
    for name, values in (
        ("strip", {"rows": vectors, "caption": "一条。"}),
        ("heads", patterns(4, 4, 3)),
    ):
        drawings = Drawings(Project(HOME).theme.words("zh"))
        drawings.keep(name, values)
        parts = cut_into(drawings.draw("0", 60), 9, 60)
        assert len(parts) > 1
        assert {lines[0] for lines in parts} == {parts[0][0]}
        assert ("·░▒▓█" if name == "heads" else "正") in parts[0][0]


def test_every_line_of_the_story_is_in_a_part_that_fits(story: Story) -> None:
    console = Console(width=76, color_system=None)
    for stage in story.stages:
        blocks = [
            replace(block, body=body.piece) if isinstance(body := block.body, Explained) else block
            for block in story.blocks(stage, 76)
        ]
        whole = [line for block in blocks for line in drawn(console, block, 76) if line]
        parts = parts_of(console, blocks, 76, 20)
        assert [line for part in parts for line in part.lines if line] == whole
        assert all(0 < len(part.lines) <= 20 for part in parts)


def test_it_is_told_all_at_once_where_the_shell_has_closed_the_input(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    show(story, None)
    assert squeezed(story.stages[-1].title.plain) in squeezed(capsys.readouterr().out)


# ------------------------------------------------------------------ what is asked for


def test_the_model_and_its_text_are_those_of_the_language_and_of_the_card() -> None:
    project = Project(ROOT)
    for language, model, text in (("zh", "xiyouji", "悟空道"), ("en", "shakespeare", "ROMEO:")):
        named, article = settle(project, asked(language=language))
        assert (article.language, named.model, named.prompt.prompt) == (language, model, text)
        big, _ = settle(project, asked(language=language, model=f"{model}-big"))
        assert big.prompt.prompt == text


def test_the_usual_options_are_those_of_the_first_prompt_of_the_model() -> None:
    named, _ = settle(Project(HOME), asked())
    prompt = Project(HOME).prompt("wukong").prompt
    assert named.prompt.published() == prompt.published()
    defaults = {option.name: option.default for option in cli.commands["demo"].params}
    assert {k: defaults[k] for k in ("temperature", "top_k", "seed", "gen_tokens")} == {
        **{k: USUAL[k] for k in ("temperature", "top_k", "seed")},
        "gen_tokens": USUAL["new_tokens"],
    }


def without_start(project: Path) -> None:
    """Let the card of the model, which is a link, say nothing of a text to begin with."""
    card = project / "models/xiyouji/model.yaml"
    text = card.read_text(encoding="utf-8")
    card.unlink()
    card.write_text(text.replace("start: 悟空道\n", ""), encoding="utf-8")


def test_a_model_whose_card_has_no_text_begins_with_that_of_its_prompt(project: Path) -> None:
    without_start(project)
    config = project / "content/prompts/wukong.yaml"
    config.write_text("model: xiyouji\nprompt: 八戒道\n", encoding="utf-8")
    named, _ = settle(Project(project), asked())
    assert named.prompt.prompt == "八戒道"
    config.unlink()
    with pytest.raises(ConfigError, match=r"nothing says what xiyouji should continue\n.*--start"):
        settle(Project(project), asked())


def test_the_text_of_a_card_is_some_text(tmp_path: Path) -> None:
    card = (ROOT / "models/xiyouji/model.yaml").read_text(encoding="utf-8")
    file = tmp_path / "model.yaml"
    for wrong, message in (('""', 'start: expected some text, not ""'), ("7", "expected a text")):
        file.write_text(card.replace("start: 悟空道", f"start: {wrong}"), encoding="utf-8")
        with pytest.raises(ConfigError, match=message):
            Source.read(file).parse(Card)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "xiyuoji"}, r"^--model: there is no model 'xiyuoji'\n  did you mean 'xiyouji'"),
        ({"language": "fr"}, r"^--lang: .*'llm-pipeline' is not written in 'fr'\n.*in: zh\."),
        ({"temperature": 0.0}, "^--temperature: expected a number from 0.01 on, not 0"),
        ({"temperature": float("nan")}, "^--temperature: expected a finite number"),
        ({"top_k": 0}, "^--top-k: expected a number from 1 on, not 0"),
        ({"new_tokens": 10_001}, "^--gen-tokens: expected a number up to 10000, not 10001"),
        ({"seed": -1}, "^--seed: expected a number from 0 on, not -1"),
        ({"start": ""}, "^--start: expected some text"),
        ({"start": "\udcff"}, "^--start: this is not UTF-8"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_by_its_option(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settle(Project(HOME), asked(**given))


def test_the_limits_that_the_help_names_are_those_of_a_prompt_config() -> None:
    helped = {p.name: str(getattr(p, "help", "")) for p in cli.commands["demo"].params}
    schema = Prompt.model_json_schema()
    tokens = schema["properties"]["new_tokens"]
    heat = schema["$defs"]["Sampling"]["properties"]["temperature"]
    assert f"from {tokens['minimum']} to {tokens['maximum']}" in helped["gen_tokens"]
    assert f"from {heat['minimum']} to {heat['maximum']:g}" in helped["temperature"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--gen-tokens", "0"], "'--gen-tokens'.*: 0 is not in the range"),
        (["--gen-tokens", "10001"], "'--gen-tokens'.*: 10001 is not in the range"),
        (["--temperature", "0"], r"'--temperature': 0\.0 is not .*give --top-k 1\.$"),
        (["--temperature", "nan"], "'--temperature': 'nan' is not a valid number"),
        (["--top-k", "0"], "'--top-k': 0 is not in the range"),
        (["--seed", "-1"], "'--seed': -1 is not in the range"),
        (["--seed", str(2**63)], f"'--seed': {2**63} is above {2**63 - 1}"),
        (["--start", ""], "'--start': it is empty: give the text"),
        (["--auto", "-1"], r"'--auto': -1\.0 is not in the range"),
        (["--auto=-0.5", "--lang", "zh"], r"'--auto': -0\.5 is not in the range"),
    ],
    ids=str,
)
def test_a_value_that_an_option_cannot_have_is_wrong_usage(
    given: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["glasspage", "demo", *given])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert re.search(message, capsys.readouterr().err.rstrip().split("\n")[-1])


def test_a_text_that_a_model_cannot_read_is_told_with_the_models_that_can() -> None:
    project = Project(ROOT)
    named, _ = settle(project, asked(start="唐僧道", language="en"))
    with pytest.raises(ConfigError, match="'唐'") as caught:
        check_readable(project, named)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("the model is shakespeare; xiyouji, xiyouji-big can")
    named, _ = settle(project, asked(start="唐Ж"))
    with pytest.raises(ConfigError, match=r"'Ж'.*\n.*no model of the project can read it"):
        check_readable(project, named)


def measuring(project: Path, text: str) -> None:
    """Let the article tell what was measured."""
    article = next((project / "content/articles/llm-pipeline").glob("index*.md"))
    article.write_text(article.read_text("utf-8") + f"\n{text}\n", encoding="utf-8")


def test_an_article_that_tells_what_was_measured_says_that_the_demo_s_text_was_not(
    project: Path,
) -> None:
    measuring(project, '{{ measured.rate | num(".0f") }}')
    with pytest.raises(TemplateError) as caught:
        tell(Project(project), asked(start="八戒", new_tokens=1), Reporter(quiet=True))
    assert "measured, and the text of this demo was not" in str(caught.value)
    assert "{% if measured is defined %}" in str(caught.value)
    assert "glasspage measure" not in str(caught.value)


def test_what_was_measured_of_the_same_prompt_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Project(project)
    monkeypatch.setattr(
        Project, "measurement", lambda self, named: named if named.name == "wukong" else None
    )
    assert settle(made, asked())[0].name == "wukong"
    assert settle(made, asked(seed=2))[0].name == "demo"


@pytest.mark.parametrize(
    "given",
    [
        {"start": "悟", "new_tokens": 1, "top_k": 1},
        {"start": "行者道：" * 10, "new_tokens": 2, "temperature": 100.0, "top_k": 4477},
    ],
    ids=["least", "most"],
)
def test_the_least_and_the_most_can_be_told(given: dict[str, Any]) -> None:
    told_story = told(**given)
    for width in (76, 30):
        for stage in told_story.stages:
            for line in lines_in(told_story, stage, width):
                assert wcswidth(line) <= width, line


# ------------------------------------------------------------------ in a terminal


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """`glasspage demo` in a terminal. Each begins with importing torch, which takes seconds."""
    started: list[Terminal] = []

    def start(*arguments: str, **given: Any) -> Terminal:
        started.append(Terminal(["demo", *arguments], HOME, **given))
        return started[-1]

    yield start
    for each in started:
        each.close()


ENTER, BACK = "\r", "b"


def test_keys_lead_on_and_back_and_out_through_a_terminal_that_changes_its_size(
    terminal: Callable[..., Terminal], story: Story
) -> None:
    walk = terminal()
    first = walk.wait_for("第 1/14 节 · 第 1/1 页")
    assert first.startswith("  一个字是怎样写出来的")
    assert "Enter 继续   b 返回   q 离开" in first
    assert b"\x1b[38;2;" in walk.raw  # in colour
    walk.press(ENTER)
    walk.wait_for("第 2/14 节")
    walk.press("\x1b[C\x1b[6~")  # the right arrow and page down, at once
    walk.wait_for("第 4/14 节 · 第 1/3 页")
    walk.press("x\x1b[99~悟")  # which mean nothing
    walk.press(ENTER)
    tokens = walk.wait_for("第 4/14 节 · 第 2/3 页")
    assert "E6   82   9F" in tokens
    walk.press(f"{BACK}\x1b[D")
    assert walk.wait_for("第 3/14 节 · 第 1/1 页").startswith("  阶段 1：原始文本")
    walk.press("\x7f" * 5)
    walk.wait_for("第 1/14 节")  # where there is no further back

    walk.press(ENTER * 5 + " ")
    walk.wait_for("第 5/14 节")
    walk.resize(44, 16)
    narrow = walk.wait_for("5/14 · ")
    assert max(map(wcswidth, narrow.split("\n"))) <= 44
    walk.resize(120, 40)
    wide = walk.wait_for("第 5/14 节 · 第 1/1 页")
    assert wide.startswith(f"{'':22}阶段 3")  # in the middle
    walk.press("q")
    assert walk.end() == 0
    assert termios.tcgetattr(walk.theirs) == walk.before
    assert walk.raw.endswith(b"\x1b[?1049l\x1b[?25h")  # the screen of before, and its cursor


def test_it_goes_on_by_itself_to_the_end_in_a_narrow_terminal_without_colour(
    terminal: Callable[..., Terminal],
) -> None:
    walk = terminal("--auto", "0.1", columns=40, lines=60, NO_COLOR="1")
    walk.wait_for("1/14")
    assert walk.end() == 0
    whole = "\n".join(walk.frames)
    assert all(f"{number}/14 · " in whole for number in range(1, 15))
    assert not re.search(rb"\x1b\[[0-9;]*(?:3[0-8]|4[0-8])[0-9;]*m", walk.raw)
    assert all(wcswidth(line) <= 40 for line in whole.split("\n"))


def test_ctrl_c_leaves_as_q_does(terminal: Callable[..., Terminal]) -> None:
    walk = terminal("--auto")
    assert "每 10 秒自动翻页" in walk.wait_for("第 1/14 节")
    walk.press("\x03")
    assert walk.end() == 0
    assert "Traceback" not in walk.shown
    assert termios.tcgetattr(walk.theirs) == walk.before


def test_a_model_that_there_is_not_is_told_in_a_terminal(terminal: Callable[..., Terminal]) -> None:
    walk = terminal("--model", "xiyuoji")
    assert walk.end() == 1
    assert "error: --model: there is no model 'xiyuoji'" in walk.shown
    assert "did you mean 'xiyouji'?" in walk.shown
    assert "Traceback" not in walk.shown


def test_a_character_outside_the_vocabulary_is_named_in_a_terminal(
    terminal: Callable[..., Terminal],
) -> None:
    walk = terminal("--start", "悟空Ж")
    assert walk.end() == 1
    told = walk.shown.replace("\n", "")
    assert "error: --start: 'Ж' (U+0416, character 3 of the text) is not among" in told
    assert "the model is xiyouji; no model of the project can read it" in told
    assert "Traceback" not in told
    assert b"\x1b[?1049h" not in walk.raw  # the screen of the walk


def test_a_pipe_behind_a_terminal_gets_plain_text_and_no_key_is_waited_for(
    terminal: Callable[..., Terminal], story: Story
) -> None:
    walk = terminal(piped=True)
    assert walk.end() == 0
    out = walk.piped.decode()
    assert "\x1b" not in out
    assert max(map(wcswidth, out.split("\n"))) == 80
    assert all(stage.title.plain in out.split("\n") for stage in story.stages)
    assert "一个字是怎样写出来的" not in walk.shown


def test_a_dumb_terminal_gets_lines_of_its_own_width(terminal: Callable[..., Terminal]) -> None:
    walk = terminal(columns=40, lines=2000, TERM="dumb")
    assert walk.end() == 0
    assert b"\x1b[?1049h" not in walk.raw
    rules = [line for line in walk.shown.split("\n") if set(line.strip()) == {"─"}]
    assert {len(rule) for rule in rules if len(rule) > 39} == {40}
    lines = walk.raw.decode().replace("\r", "\n").split("\n")
    assert max(map(wcswidth, (re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", x) for x in lines))) <= 40


def test_letters_mean_the_same_in_capitals_and_alt_goes_back_and_does_not_leave(
    terminal: Callable[..., Terminal],
) -> None:
    walk = terminal()
    walk.wait_for("第 1/14 节")
    walk.press("NN")
    walk.wait_for("第 3/14 节")
    walk.press("\x1bb")  # Option and the left arrow
    walk.wait_for("第 2/14 节")
    walk.press("\x1b[1;3C")  # the same to the right, elsewhere
    walk.wait_for("第 3/14 节")
    walk.press("\x1bxB")
    walk.wait_for("第 2/14 节")
    walk.press("Q")
    assert walk.end() == 0


def test_progress_is_shown_while_it_computes_and_ctrl_c_ends_that(
    terminal: Callable[..., Terminal],
) -> None:
    walk = terminal("--gen-tokens", "10000")
    walk.wait_for("/10000")
    walk.press("\x03")
    assert walk.end() == 130
    assert walk.shown.rstrip().endswith("stopped")
    assert "Traceback" not in walk.shown


def test_a_file_gets_all_of_it_at_once_as_plain_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], story: Story
) -> None:
    monkeypatch.chdir(HOME)
    monkeypatch.setattr(sys, "argv", ["glasspage", "demo", "--gen_tokens", "10", "--auto"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, _ = capsys.readouterr()
    assert not ended.value.code
    lines = out.split("\n")
    assert "\x1b" not in out
    assert max(map(wcswidth, lines)) == 80
    assert not any(line.endswith(" ") for line in lines)
    assert all(stage.title.plain in lines for stage in story.stages)
    assert not list(HOME.glob("output*"))  # nothing is built


def test_the_whole_story_can_be_told_in_colour_too(story: Story) -> None:
    console = Console(width=80, color_system="truecolor", force_terminal=True, record=True)
    with console.capture() as captured:
        tell_all(console, story)
    assert "\x1b[38;2;" in captured.get()


def test_words_are_in_the_language_of_the_article_or_else_in_english() -> None:
    assert words_of("zh").onward == "继续"
    assert words_of("zh-TW") == words_of("zh")
    assert words_of("fr") == words_of("en")
