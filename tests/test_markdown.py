"""Markdown to HTML, and the joining of the lines of Chinese paragraphs."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.page.markdown import Heading, join_lines, reading_minutes, to_html

unhurried = settings(deadline=None, max_examples=100)


# Joining lines


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("一行\n又一行", "一行又一行"),
        ("一行，\n又一行。\n再一行", "一行，又一行。再一行"),
        ("他说：\n“好”\n就走", "他说：“好”就走"),
        ("一行——\n又一行……\n再一行", "一行——又一行……再一行"),
        ("かな\nカナ", "かなカナ"),
        ("概率是\n<data value=1>1</data>\n个", "概率是<data value=1>1</data>\n个"),
        ("这就是\n<strong>注意力</strong>", "这就是<strong>注意力</strong>"),
        ("用的是：\nSoftmax", "用的是：Softmax"),
        ("用的是\nSoftmax", "用的是\nSoftmax"),
        ("a line\nanother", "a line\nanother"),
        ("Softmax\n就是", "Softmax\n就是"),
        ("一段\n\n又一段", "一段\n\n又一段"),
        ("一行  \n又一行", "一行  \n又一行"),
        ("- 一项\n- 又一项", "- 一项\n- 又一项"),
        ("1. 一项\n2. 又一项", "1. 一项\n2. 又一项"),
        ("| 甲 |\n| 乙 |", "| 甲 |\n| 乙 |"),
        ("> 引文\n> 又一行", "> 引文\n> 又一行"),
        ("正文\n## 标题", "正文\n## 标题"),
        ("## 标题\n正文\n又一行", "## 标题\n正文又一行"),
        ("标题\n<div>", "标题\n<div>"),
        ("`代码`中\n又一行", "`代码`中又一行"),
        ("", ""),
    ],
)
def test_lines_are_joined_where_a_reader_would_see_a_space_that_is_none(
    text: str, joined: str
) -> None:
    assert join_lines(text) == joined


def test_code_between_fences_keeps_its_lines() -> None:
    code = "```python\n# 注释\n甲\n乙\n```"
    text = f"一行\n又一行\n\n{code}\n\n一行\n又一行\n\n{code}\n"
    assert join_lines(text) == f"一行又一行\n\n{code}\n\n一行又一行\n\n{code}\n"


PIECES = [
    "甲",
    "。",
    "“",
    "”",
    "a",
    " ",
    "\n",
    "\n",
    "\n",
    "#",
    "```",
    "\n```\n",
    "<em>",
    "|",
    "-",
    "…",
]
texts = st.lists(st.sampled_from(PIECES)).map("".join)


@unhurried
@given(texts)
def test_joining_takes_away_single_line_ends_and_nothing_else(text: str) -> None:
    joined = join_lines(text)
    assert joined.replace("\n", "") == text.replace("\n", "")
    assert joined.count("\n\n") == text.count("\n\n")
    assert join_lines(joined) == joined


@unhurried
@given(st.text("abc .,;|#-*`\n<>", max_size=60))
def test_text_without_wide_characters_is_left_alone(text: str) -> None:
    assert join_lines(text) == text


# HTML


def test_headings_of_the_second_and_third_level_make_the_table_of_contents() -> None:
    text = """\
# 题 {#top}

## 一 {#one}

### 一之一 {#one-one}

#### 深 {#deep}

### 一之二 {#one-two}

## 二 {#two}
"""
    html = to_html(text)
    assert html.toc == [
        Heading(
            "one",
            "一",
            2,
            [Heading("one-one", "一之一", 3, []), Heading("one-two", "一之二", 3, [])],
        ),
        Heading("two", "二", 2, []),
    ]
    assert '<h4 id="deep"><a class="anchor" href="#deep">深</a></h4>' in html.body


def test_the_table_of_contents_holds_plain_text() -> None:
    data = '<data value="1" data-src="w:n" data-fmt="d">1</data>'
    text = f"## 标题 {data} <strong>粗</strong> *斜* `a<b>` &#60;i&#62; {{#one}}\n"
    (heading,) = to_html(text).toc
    assert (heading.id, heading.text) == ("one", "标题 1 粗 斜 a<b> <i>")


def test_a_page_without_headings_has_no_contents() -> None:
    assert to_html("正文\n").toc == []


def test_a_footnote_is_reached_and_left_by_links() -> None:
    soup = BeautifulSoup(to_html("甲[^1]\n\n[^1]: 注\n").body, "html.parser")
    there, back = soup("a")
    assert soup.find(id=str(there["href"]).removeprefix("#"))
    assert soup.find(id=str(back["href"]).removeprefix("#"))
    # With the selector that keeps a phone from making an emoji of it.
    assert back.text == "↩\ufe0e"


def test_tables_code_and_html_come_through() -> None:
    text = """\
| 甲 | 乙 |
|:--:|---:|
| 1 | <code>a&#124;b</code> |

```yaml
model: xiyouji
```

<div class="a">
<svg><path d="M0 0"/></svg>
</div>

3. 三
4. 四
"""
    soup = BeautifulSoup(to_html(text).body, "html.parser")
    assert [cell.text for cell in soup("td")] == ["1", "a|b"]
    assert soup.pre and soup.pre.text == "model: xiyouji\n"
    assert soup.pre.parent and soup.pre.parent["class"] == ["codehilite"]
    assert soup.select_one("div.a > svg > path")
    assert soup.ol and soup.ol["start"] == "3"


@unhurried
@given(texts)
def test_the_same_text_gives_the_same_html_whatever_came_before(text: str) -> None:
    first = to_html(text)
    to_html("## 别的 {#other}\n\n[^1]\n\n[^1]: 注\n")
    assert to_html(text) == first


# Reading time


@pytest.mark.parametrize(
    ("body", "minutes"),
    [
        ("", 1),
        ("<p>" + "字" * 400 + "</p>", 1),
        ("<p>" + "字" * 2000 + "</p>", 5),
        ("<p>" + "word " * 1000 + "</p>", 5),
        ("<p>" + "字" * 800 + "word " * 400 + "</p>", 4),
        ("<p>" + "字。123 " * 800 + "</p>", 2),
        ("<p>字</p>" + "<figure>" + "字" * 9000 + "</figure>", 1),
        ("<p>字</p>" + '<table class="a"><tr><td>' + "字" * 9000 + "</td></tr></table>", 1),
        ("<p>字</p>" + "<pre>\n" + "word\n" * 9000 + "</pre>", 1),
        ("<figure>字</figure>" + "<p>" + "字" * 1200 + "</p>" + "<figure>字</figure>", 3),
        ('<p data-src="' + "word " * 9000 + '">字</p>', 1),
    ],
)
def test_reading_takes_as_long_as_the_prose_is(body: str, minutes: int) -> None:
    assert reading_minutes(body) == minutes
