"""Where headings and long names may break."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.page.day import written
from generator.page.phrases import breakable, breakable_body, breakable_names


@pytest.mark.parametrize(
    "heading",
    [
        "跟着|「悟空道」|走完|语言|模型的|每一步",
        "阶段 2：|分词，|把文字|换成|编号",
        "最可能的|十个字",
        "it’s “one” heading",
    ],
)
def test_a_heading_breaks_between_phrases(heading: str) -> None:
    assert breakable(heading.replace("|", "")) == heading.replace("|", "<wbr>")


def test_tags_and_references_in_a_heading_are_no_words() -> None:
    html = '共 <data value="1">1</data> 个&amp;<em>语言模型</em>的训练'
    broken = breakable(html)
    assert "<em>语言<wbr>模型</em>的<wbr>训练" in broken
    assert broken.replace("<wbr>", "") == html


def test_a_break_stands_before_an_element_and_not_first_in_it() -> None:
    html = '训练完，<em><data value="4">4</data></em> 行'
    assert breakable(html) == '训练完，<wbr><em><data value="4">4</data></em> 行'


def test_cells_with_phrases_break_between_them() -> None:
    body = '<tr><th scope="row">语言模型</th><td>语言</td><td><b>语言模型</b></td></tr>'
    assert breakable_body(body) == (
        '<tr><th scope="row">语言<wbr>模型</th><td>语言</td><td><b>语言模型</b></td></tr>'
    )


@given(st.text(st.sampled_from("模型语言的「」，： a<b>&;é\n一在"), max_size=30))
def test_only_breaks_are_added(text: str) -> None:
    assert breakable(text).replace("<wbr>", "") == text


def test_only_headings_and_captions_of_a_body_are_changed() -> None:
    body = '<p>语言模型</p>\n<h2 id="a">语言模型</h2>'
    assert breakable_body(body) == '<p>语言模型</p>\n<h2 id="a">语言<wbr>模型</h2>'
    caption = "<figcaption>语言模型<details>语言模型</details></figcaption>"
    assert breakable_body(caption) == caption.replace("语言模型", "语言<wbr>模型", 1)


def test_short_names_with_hyphens_are_marked_to_stay_whole() -> None:
    def marked(code: str) -> bool:
        body = breakable_body(f"<p><code>{code}</code></p>")
        assert body.replace(' class="name"', "") == f"<p><code>{code}</code></p>"
        return "class" in body

    assert all(map(marked, ("xiyouji-big", "Qwen2.5-7B-Instruct", "llama3.1&#45;8b")))
    others = ("gpt2", "--start", "make site-all", "Qwen2.5-Coder-32B-Instruct-GPTQ-Int4")
    assert not any(map(marked, others))


def test_a_name_breaks_after_its_dots() -> None:
    broken = breakable_names("wukong:blocks.0.attn.pattern[0, 12]")
    assert re.split("<wbr>", broken) == ["wukong:", "blocks.", "0.", "attn.", "pattern[", "0, 12]"]


def test_a_day_is_written_in_the_words_of_a_theme_and_does_not_break() -> None:
    words = {"date": "{day} {name} {year}", "months": "January February March"}
    assert written("2026-03-02", words) == "2\N{NO-BREAK SPACE}March\N{NO-BREAK SPACE}2026"
