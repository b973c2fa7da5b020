"""Stray digits: every digit that a reader sees has somewhere to come from."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from conftest import HOME, ROOT, page_data

from generator.build.checks import warnings_of
from generator.build.paging import make_pages
from generator.errors import CombinedError, GlasspageError
from generator.page.digits import numerals
from generator.page.page import Page, make_page
from generator.page.rendering import Kit
from generator.project.article import read_articles
from generator.project.project import Project
from generator.project.theme import Theme

THEME = Theme.read(ROOT / "themes", "paper")
FRONT = "---\ntitle: 题\ndate: 2026-11-22\nsummary: 摘要\n---\n"
ARTICLE = ROOT / "content/articles/llm-pipeline/index.md"


@pytest.fixture(scope="module")
def kit() -> Kit:
    project = Project(HOME)
    return Kit.of(THEME, "zh", project.facts, project.terms)


@pytest.fixture
def make(kit: Kit, output: Path, tmp_path: Path):
    """Make a page of an article's text over the real data."""
    data = page_data(output / "data")

    def make_(text: str) -> Page:
        file = tmp_path / "index.md"
        file.write_text(text, encoding="utf-8")
        return make_page(read_articles(file.parent, ["zh"])[0], data, kit)

    return make_


STRAYS = {
    "in a sentence": ("模型有 4 层。", 6, "4"),
    "in a later line": ("一\n\n二\n\n模型有 4 层。", 10, "4"),
    "beside a value": ("{{ model.config.n_layers | num }} 和 12 层", 6, "12"),
    "between values": ("{{ 1 | lit }}7{{ 2 | lit }}", 6, "7"),
    "in bold": ("<strong>共 7 个</strong>", 6, "7"),
    "in a heading": ("## 共 33 个 {#many}", 6, "33"),
    "in a table": ("| 层 | 数 |\n|:--|:--|\n| 头 | 55 |", 8, "55"),
    "in a list": ("1. 甲\n2. 有 99 个", 7, "99"),
    "in a decimal": ("约 0.56。", 6, "0"),
    "in a loop": ("{% for t in tokens %}\n有 8 个\n{% endfor %}", 7, "8"),
    "in a set block": ("{% set x %}\n有 8 个\n{% endset %}\n\n{{ x }}", 7, "8"),
    "in a claim": ('{% claim "c" if tokens[0].id > 0 %}\n有 8 个\n{% endclaim %}', 7, "8"),
    "in a caption": (
        '\n{{ diagram.cycle([{"text": "甲", "kind": "text"}] * 4, caption="共 6 步") }}',
        7,
        "6",
    ),
    "in a picture's text": ("![共 5 个](a.png)", 6, "5"),
    "in a label": ('<span aria-label="共 5 个">五</span>', 6, "5"),
    "leaked out of a value": ("{{ tokens[0].id.plain ~ '' }}", 6, ""),
    "leaked into code": ("<code>{{ tokens[0].id.exact }}</code>", 6, ""),
    "leaked into a fence": ("```\n{{ tokens[0].id.exact }}\n```", 7, ""),
    "leaked into backticks in a later line": (
        "`x` 与\n\n甲\n乙 `{{ tokens[1].id.exact }}` 丙",
        9,
        "",
    ),
    "stripped of its mark": ("{{ tokens[0].id | num | striptags }}", 6, ""),
    "cut out of a mark": ('{{ (embed[0][0] | num(".3f"))[-8:-7] }}', 6, ""),
    "in a footnote": ("甲[^x]\n\n[^x]: 模型有 44 层。", 8, "44"),
    "in what is called a footnote": ('<div class="footnote">44</div>', 6, "44"),
    "a stage that heads nothing": ("Step 400 of training.", 6, "400"),
    "full width": ("有 ４４ 层", 6, "４４"),
    "a superscript": ("x² 与 ½", 6, "²"),
    "a Roman numeral": ("第 Ⅻ 卷", 6, "Ⅻ"),
    "of another script": ("有 ٣ 层", 6, "٣"),
    "of the disguise": ("有 𝟜 层", 6, "4"),
    "in a placeholder": ('<p><input placeholder="共 5 个"></p>', 6, "5"),
    "in a title on code": ('<code title="44 层">x</code>', 6, "44"),
    "in a mark that nobody made": ('<data data-src="wukong:x" value="9">999</data>', 6, "999"),
    "where a list begins": ("44. 甲\n45. 乙", 6, "44"),
}


@pytest.mark.parametrize(
    ("drawn", "count"),
    [
        ('cache(cache.lengths, cache.read, tokens, generation.steps, caption="共 6 步")', 1),
        ('strip([{"label": "v6", "vector": embed[0]}], caption="图")', 1),
        ('strip([{"label": "v6", "vector": embed[0]}], caption="u6")', 2),
    ],
)
def test_what_a_diagram_shows_in_several_places_is_told_once(drawn: str, count: int, make) -> None:
    with pytest.raises(GlasspageError) as caught:
        make(f"{FRONT}\n{{{{ diagram.{drawn} }}}}\n\n有 7 个\n")
    errors = getattr(caught.value, "errors", [caught.value])
    assert sum("'6'" in error.message for error in errors) == count
    assert [error.line for error in errors] == [7] * count + [9]


@pytest.mark.parametrize("case", STRAYS)
def test_a_digit_that_nobody_answers_for_is_told_by_line(case: str, make) -> None:
    body, line, digits = STRAYS[case]
    with pytest.raises(GlasspageError) as caught:
        make(FRONT + body + "\n")
    errors = caught.value.errors if isinstance(caught.value, CombinedError) else [caught.value]
    assert f"nobody answers for the digits '{digits}" in errors[0].message
    assert errors[0].line == line
    assert "`num`" in str(errors[0].hint)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("title: 共 42 个", "`num`"),
        ("summary: 共 42 个", "`num`"),
        ("description: 共 42 个", "`num`"),
        ("tags: [共 42 个]", "write it in words"),
        ("keywords: [共 42 个]", "write it in words"),
    ],
)
def test_a_digit_in_front_matter_is_told_by_line(line: str, hint: str, make) -> None:
    kept = [each for each in FRONT.split("\n") if not each.startswith(line.split()[0])]
    with pytest.raises(GlasspageError, match="'42'") as caught:
        make("\n".join([kept[0], line, *kept[1:], "正文"]))
    assert caught.value.line == 2
    assert hint in str(caught.value.hint)


ANSWERED = {
    "computed": "{{ model.config.n_layers | num }} 层，{{ tokens[0].id | num }}",
    "computed, with an exponent": '{{ tokens[0].id | num(".2e") }}',
    "cited": '{{ fact("gpt3.layers") }} 层',
    "answered by hand": "第 {{ 3 | lit }} 步",
    "a term": "UTF-8 与 GPT-3",
    "code": "`x = 12` 与 <code>34</code>",
    "an index in code": "`x[i][0]`\n\n```python\ny[1][2]\n```",
    "a fence": "```python\nx = 1234\n```",
    "a list's own numbers": "1. 甲\n2. 乙",
    "a stage": "## 阶段 7：采样 {#s7}",
    "a reference": "&#91;甲&#93;",
    "an address or a style": '[甲](https://example.org/2005)<span style="margin:1em">乙</span>',
    "a text out of the data": "{{ tokens[0].text }}",
    "a diagram": '\n{{ diagram.attention(blocks[0].attn.pattern[0], tokens, caption="图") }}\n',
}


@pytest.mark.parametrize("case", ANSWERED)
def test_a_digit_that_has_somewhere_to_come_from_is_let_through(case: str, make) -> None:
    make(FRONT + ANSWERED[case] + "\n")


def test_chinese_numerals_before_a_measure_word_are_noticed_with_their_line() -> None:
    text = "模型有三层。\n每一层有四个头，第二层也是。\n\n十二层；{{ 三层 }}"
    found = [(stray.text, stray.line) for stray in numerals(text, [])]
    assert found == [("三层", 1), ("四个头", 2), ("十二层", 4)]
    assert numerals("三层楼高", ["三层楼"]) == []


def test_a_fact_that_no_page_uses_and_a_typed_numeral_are_warnings(
    project: Path, output: Path
) -> None:
    facts = project / "content/facts.yaml"
    extra = "  nobody.cites: {number: 7, unit: things, source: gpt3}\n"
    facts.write_text(facts.read_text(encoding="utf-8") + extra, encoding="utf-8")
    article = project / "content/articles/llm-pipeline/index.md"
    text = FRONT + "模型有四层。\n"
    article.write_text(text, encoding="utf-8")
    of = Project(project)
    said = "\n".join(warnings_of(of, make_pages(of, output / "data")))
    assert "no page uses the fact 'nobody.cites'" in said
    assert f"index.md:{text.count(chr(10))}: is “四层” in “模型有四层。” a number" in said


def test_a_title_may_hold_computed_numbers(make) -> None:
    page = make(FRONT.replace("题", "共 {{ model.config.parameters | num('.0万') }}个") + "正文")
    assert page.front.title == "共 433\u00a0万个"


def test_a_number_as_long_as_a_term_is_no_term(make) -> None:
    with pytest.raises(GlasspageError, match="'33'"):
        make(FRONT + "GPT-33\n")


def test_a_digit_typed_anywhere_into_the_real_article_is_found_on_its_line(make) -> None:
    lines = ARTICLE.read_text(encoding="utf-8").split("\n")
    prose = [
        n
        for n, line in enumerate(lines)
        if n > 12 and re.match(r"[\u4e00-\u9fff]", line) and "。" in line
    ]
    chosen = random.Random(2).sample(prose, 24)
    assert "777" not in "\n".join(lines)
    changed = [
        line.replace("。", "777。", 1) if n in chosen else line for n, line in enumerate(lines)
    ]
    with pytest.raises(CombinedError) as caught:
        make("\n".join(changed))
    assert all("'777'" in error.message for error in caught.value.errors)
    told = {error.line for error in caught.value.errors}
    assert len(told) >= 12
    assert told <= {n + 1 for n in chosen}
    for n in chosen:
        if n + 1 not in told:  # it stands in a branch that this trace does not take
            around = "\n".join(lines[max(0, n - 3) : n + 2])
            assert re.search(r"{% (else|claim|if|elif)", around), lines[n]


def test_of_what_authors_answer_for_only_what_readers_see_is_counted(make) -> None:
    page = make(f"{FRONT}## 一步 {{#step-{{{{ 1 | lit }}}}}}\n\n第 {{{{ 2 | lit }}}} 步\n")
    assert 'id="step-1"' in str(page.content.html.body)
    assert page.counts["by_hand"] == 1
