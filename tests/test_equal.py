"""The two outputs say the same: Hugo's Goldmark and our Python-Markdown make the same DOM."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import HOME, ROOT, page_data, publish
from dom import normalised, soup
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from needs import need
from playwright.sync_api import Browser

from generator.build.builder import build
from generator.data.text import bounded, readable, visible
from generator.data.yaml_text import dump
from generator.errors import Collected, GlasspageError
from generator.files import write
from generator.model.checkpoint import Checkpoint
from generator.model.tokenizer import CharacterTokenizer
from generator.page.commonmark import read
from generator.page.dialect import settled
from generator.page.differences import Difference, differences
from generator.page.hugo import without_shortcodes
from generator.page.leftovers import leftovers
from generator.page.markdown import join_lines, number_footnotes, to_html
from generator.page.page import make_page
from generator.page.rendering import Kit
from generator.project.article import read_articles
from generator.project.project import Project
from generator.project.prompt import Prompt
from generator.reporter import Reporter

SLUG = "llm-pipeline-wukong"
SNIPPETS = [
    "**某某道**后面",
    "**“某某道”。**后面的字",
    "前**加粗，**后",
    "*斜体*字，甲*斜*乙",
    "a ~b~ c 与 a ~~b~~ c",
    r"a \* b \_ c \[x\] \| d \\ e \` f",
    "正文\n- 一\n- 二",
    "正文\n1. 一\n2. 二",
    "## 标题 {#id}\n正文\n## 又 {#id2}",
    "正文\n| a | b |\n|:--|--:|\n| 1 | 2 |\n后面",
    "正文\n```python\nx = 1 ~ 2 **a**\n```\n后面",
    "> 引文\n> 又一行\n\n正文",
    "- 一\n    - 二\n    - 三\n- 四",
    "1. 一\n\n    段落\n\n2. 二",
    "`a*b*c` 与 `**x**` 与 `~`",
    "<code>x&#124;y</code> 与 **`code`**",
    "a_b_c 与 _下划线_ 与 __粗__ 字",
    "[链接](https://example.org/a_b_c) 后",
    "![图](a.png)",
    "甲[^二] 乙[^1] 丙[^二]\n\n[^1]: 一\n\n[^二]: 二",
    "一行  \n又一行",
    "a & b &lt; c &amp; d",
    "正文\n\n---\n\n正文",
    "<div>\n<p>甲</p>\n</div>\n\n乙",
    '**粗 <data value="1">1</data>**字',
    "***粗斜***",
    "2 * 3 * 4 与 a*b*c",
    "“引号” 'x' \"y\" -- ... (c)",
    "- 甲\n乙续行\n- 丙",
    "| a | b |\n|---|---|\n| **粗** | *斜* |",
    "*“斜”。*后面，*甲*",
    '<span title="**a** *b* ~c~">甲</span> 与 [a](https://x.org/*y*)',
    "[甲](中文.html) 与 ``[^2] `x` **y**``",
    "* 一\n* 二\n\n段\n\n+ 三",
    "一行\\\n又一行",
    '<figure>\n<div style="x">\n<span>甲</span>\n乙\n</div>\n</figure>\n\n丙',
    "- 一\n\n 续",
    "- | a | b |\n  |---|---|\n  | 1 | 2 |",
    "a | b\n---|---\nc | d",
    "一行   \n二",
    "<span>甲</span>",
    "术语\n: 解释一\n\n术语二\n: 解释",
    "```go\nx\t:= 1\n\ty\n```",
    "这是**`code`**的",
    "* * *",
    "`{{< figure >}}` 与 `{{%/* x */%}}`\n\n```text\n{{% toc %}}\n```\n\n甲 {{< x 乙 {{% y",
    "甲[^x] 乙[^x] 丙[^x]\n\n[^x]: 注 **粗** [链](x.html)",
    "## 用 [链接](#b) {#a}",
    "## 标题[^y] {#b}\n\n[^y]: 注",
    "甲[^a]\n\n| 乙[^b] | 丙 |\n|---|---|\n| 丁[^c] | 戊[^b] |\n\n己[^d]\n\n- 庚[^e]\n\n"
    "[^d]: 四\n\n[^c]: 三\n\n[^a]: 一\n\n[^b]: 二\n\n[^e]: 五",
    "[文][1]\n\n[1]: x.html",
    "[文][甲]\n\n[甲]: https://example.org/a",
    "~~删~~了，~~**粗** 与 `码`~~，*~~斜~~*，好的~~ 再见~~",
    "- ~~甲~~\n\n| a |\n|---|\n| ~~b~~ |\n\n## 题 ~~乙~~ {#struck}",
]
# Stars and brackets that mean themselves.
INNOCENT = [
    "```python\n2**3, x[^a], [a][b]\n```",
    r"写 \*\* 与 `**` 与 `[a][b]` 与 `[^x]`",
    "<code>2**3</code> 与 <kbd>**</kbd>",
    "<pre>\n2**3\n</pre>",
    '<p title="**">甲 <code>**</code></p>',
    "[1, 2] 与 x[2][0] 与 [[甲], [乙]] 与 [^ 与 []",
    "[文][b] 与 [b] 与 [b][]\n\n[b]: x.html",
    "跨行的**粗\n体**字",
    "价 $5 与 $HOME_DIR 与 $PATH，$A_B/$C，`$x^2$` 与 \\$x_i\\$ 与 $甲$",
    "<table><tr><td>$</td><td>^</td><td>$</td></tr></table>",
    "甲\n\n```text\n$x^2$\n```mermaid\n```",
    "![图 [a]](a.png)",
    "between $5 and $6, from $$ to $$$, $a+b$ of both",
]
REFUSED = {
    "## 标题": "a heading without an id",
    "标题\n===": "a heading by underlining",
    "标题\n---": "a heading by underlining",
    "##标题": "a heading without a space, or too deep",
    "####### 七": "a heading without a space, or too deep",
    "## {#id}": "a heading without words",
    "## 标题 {#page-main}": "an id that the page itself uses",
    "- [ ] 做": "a task list",
    "1. [x] 做": "a task list",
    "1) 一": "a list numbered with a bracket",
    "- 一\n  - 二": "a list",
    "- 一\n      - 二": "a list",
    "1. 一\n- 二": "a list",
    "- # 一": "a list",
    "> 一\n\n> 二": "a quotation",
    "> 甲\n> - 乙": "a quotation",
    "[TOC]": "a mark for a table of contents",
    "![a](b.png){width=10}": "an attribute list",
    "正文{: .类}": "an attribute list",
    "[x](a b.html)": "a space in an address",
    "*[HTML]: 超文本": "an abbreviation",
    "见 https://example.org 处": "an address that is no link",
    "![图 **粗**](a.png)": "a picture's description that is more than words",
    "- 甲\n\n    ```\n    x\n    ```": "a fence of code",
    "- ```": "a fence of code",
    "```\nx": "a fence of code",
    "~~~\nx\n~~~": "a fence of another kind",
    "    x": "an indented line",
    "| `a\\|b` |\n|---|\n| x |": "a table",
    "| a | b |\n|---|---|": "a table",
    "| a | b |\n|---|---|---|\n| 1 | 2 |": "a table",
    "<div>\n\n乙\n</div>": "HTML",
    "<table><tr><td>1</td></tr></table>\n后面": "HTML",
    "甲\n: ": "a definition",
    "甲\n\n: 一\n\n    二": "a definition",
    "`{{< b` 后": "a shortcode of Hugo's that is not closed",
    "类型 List<String> 与 a": "HTML whose <string> has no partner",
    "<div>甲": "HTML whose <div> has no partner",
    "<b>甲</i>": "HTML whose </i> has no partner",
    "甲 <![x]> 乙": "a declaration",
    "甲[^1]\n\n[^1]: 一\n\n[^1]: 二": "a footnote that was there before",
    "甲[^1]\n\n[^1]: ": "a footnote without words",
    "[甲[^1]](a.html)\n\n[^1]: 一": "a footnote inside a link",
    "甲\n\n: 乙": "a definition",
    "甲\n{.乙}": "an attribute list",
    "若 a<b 且 c>d": "a text with <",
    "甲\n\n[^a]: 注": "a footnote that nothing refers to",
    "| a | b |\n|---|---|\n| 1 | 2 | 3 |": "a row of a table with more cells than its header",
    "a | b\n---|---\n1 | 2 | 3": "a row of a table with more cells than its header",
}


def compositions() -> list[str]:
    """Snippets put together at random, always in the same way."""
    chance = random.Random(4)
    return [
        "\n\n段落隔开。\n\n".join(chance.sample(SNIPPETS[:19] + SNIPPETS[20:], 4))
        for _ in range(60)
    ]


def prepared(text: str) -> str:
    """A text as `make_page` hands it to both."""
    return settled(number_footnotes(join_lines(text)))


def differing(text: str) -> list[Difference]:
    made = prepared(text)
    return differences(read(made), lambda: to_html(made).body)


def read_by_both(
    texts: list[str], output: Path, root: Path, config: str | None = None
) -> list[tuple[str, str, str]]:
    """Each text, and its DOM by Hugo and by us."""
    shutil.copytree(output / "hugo", root)
    if config is not None:
        (root / "hugo.yaml").write_text(config, encoding="utf-8")
    shutil.rmtree(root / "content")
    for n, text in enumerate(texts):
        bundle = root / f"content/posts/s{n}"
        bundle.mkdir(parents=True)
        front = '---\ntitle: t\ndate: "2026-01-01"\nsummary: s\n---\n'
        text = without_shortcodes(text)
        (bundle / "index.md").write_text(f"{front}{text}\n", encoding="utf-8")
    run_hugo(root)
    return [
        (
            text,
            normalised(soup((root / f"public/posts/s{n}/index.html").read_text("utf-8"))
                       .select(".content")[0]),
            normalised(soup(f"<main>{to_html(text).body}</main>").select("main")[0]),
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip


def run_hugo(source: Path) -> None:
    command = [need("hugo"), "--source", str(source), "--panicOnWarning", "--noBuildLock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


DEFAULTS = "baseURL: https://x.org/\nmarkup: {goldmark: {renderer: {unsafe: true}}}\n"


@pytest.mark.parametrize("config", [None, DEFAULTS], ids=["our Hugo site", "any blog"])
def test_what_may_be_written_is_read_alike(
    config: str | None, output: Path, tmp_path: Path
) -> None:
    texts = [*SNIPPETS, *compositions()]
    assert [text for text in texts if differing(text)] == []
    made = list(map(prepared, texts))
    for text, by_hugo, by_us in read_by_both(made, output, tmp_path / "site", config):
        assert by_hugo == by_us, text
        assert by_us


@pytest.mark.parametrize("text", REFUSED)
def test_what_would_be_read_differently_is_refused_with_the_way_to_write_it(text: str) -> None:
    found = differing(f"正文\n\n{text}\n")
    assert {difference.what for difference in found} == {REFUSED[text]}
    assert all(difference.advice for difference in found)
    assert min(difference.line for difference in found) >= 3
    if not any(word in text for word in ("```", "~~~", "{{<")):
        assert differing(f"```\n{text}\n```\n") == []


LINE_BEGINS = [
    "", "", "", "- ", "* ", "1. ", "2. ", "1) ", "> ", "## 题 {#%d}", "# ", "    ", "  ", "| ", "|",
    "|---|---|", "| - | - |", "---", "===", "```", "```python", "~~~", "<div>", "</div>", "<p>",
    "</p>", "<span>x</span>", "<table><tr><td>", "</td></tr></table>", ": ", "[^1]: ", "> - ",
    "- - ", "- > ", "<!--", "-->", "| a | b |\n|---|---|\n| c | d |", "- a\n    - b", "<br>",
    "[x]: y", "<svg>", "</svg>", "<script>", "</script>",
]  # fmt: skip
PIECES = [
    "甲", "a b", "**粗**", "*斜*", "_下_", "__粗__", "`码`", "``a`b``", "<b>x</b>", "[链](x.html)",
    "![图](a.png)", "~~删~~", "~", "\\*", "\\", "|", "<", ">", "&", "&lt;", "<br>", "   ", "***",
    "*", "_", "`", "^", "<http://x.org>", "[^1]", "，", "“", "\"", "'", "[", "]", "(", "{",
    "}", "http://x.org", "#", "{: .y}", ":smile:", "$x$", "--", "...", "==", "<!-- c -->",
    "<span", "</span>", "1.", ":", "\t", "[x]", "&copy;",
]  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Lines put together of what Markdown may take for something."""
    lines = draw(
        st.lists(
            st.just("")
            | st.builds(
                lambda begin, pieces: begin + "".join(pieces),
                st.sampled_from(LINE_BEGINS),
                st.lists(st.sampled_from(PIECES), max_size=4),
            ),
            min_size=1,
            max_size=6,
        )
    )
    return "\n".join(line.replace("%d", f"h{n}") for n, line in enumerate(lines)).strip()


def test_any_text_is_read_alike_or_refused(output: Path, tmp_path: Path) -> None:
    texts: list[str] = []

    @settings(max_examples=400, derandomize=True, database=None, phases=[Phase.generate])
    @given(documents())
    def collect(text: str) -> None:
        if not differing(text):
            texts.append(prepared(text))

    collect()
    assert len(texts) > 80
    for text, by_hugo, by_us in read_by_both(texts, output, tmp_path / "site"):
        assert by_hugo == by_us, text


FRONT = "---\ntitle: t\ndate: 2026-01-01\nsummary: s\n---\n"


@pytest.fixture(scope="module")
def judged(
    output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[GlasspageError]]:
    """What is wrong with an article of this text."""
    project = Project(HOME)
    kit = Kit.of(project.theme, "zh", project.facts, project.terms)
    data = page_data(output / "data")
    file = tmp_path_factory.mktemp("text") / "index.md"

    def judge(text: str) -> list[GlasspageError]:
        file.write_text(text, encoding="utf-8")
        errors = Collected()
        with errors.collecting():
            make_page(read_articles(file.parent, ["zh"])[0], data, kit, demanding=False)
        return errors.errors

    return judge


@pytest.mark.parametrize("seed", range(3))
def test_what_is_refused_is_told_with_the_author_s_line(
    seed: int, judged: Callable[[str], list[GlasspageError]]
) -> None:
    article = ROOT / "content/articles/llm-pipeline/index.md"
    lines = article.read_text(encoding="utf-8").split("\n")
    prose = [
        n for n, line in enumerate(lines) if n > 20 and re.match(r"[\u4e00-\u9fff]|\d\. ", line)
    ]
    at = random.Random(seed).choice(prose)
    lines[at] += " https://example.org"
    assert {error.line for error in judged("\n".join(lines))} <= {at + 1}


def test_a_mistake_of_a_whole_list_is_told_once(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    text = "- 一\n  - 二\n  - 三\n- 四\n  - 五\n"
    errors = judged(f"{FRONT}{text}\n段落\n\n{text}")
    assert [(error.line, "a list" in error.message) for error in errors] == [(6, True), (14, True)]


def test_a_line_that_is_rewritten_is_quoted_as_its_author_wrote_it(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    (error,) = judged(f"{FRONT}正文\n\n    **粗** 与 a\n")
    assert "“**粗** 与 a”" in error.message


def test_a_line_inside_a_loop_is_told_once_however_often_it_turns(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    loop = "{% for token in tokens %}\n\n甲\n乙 https://x.org {{ token.text }}\n\n{% endfor %}\n"
    assert [error.line for error in judged(FRONT + loop)] == [9]


FORBIDDEN = {
    "<script>alert(甲)</script>": "<script>",
    "甲 <b onclick='x()'>乙</b>": "a program in onclick=",
    "<pre>\n<iframe src='a.html'></iframe>\n</pre>": "<iframe>",
    "<object data='a.pdf'></object>": "<object>",
    "<p><embed src='a.pdf'></p>": "<embed>",
    "<style>p { color: red }</style>": "<style>",
    "<p><link rel='stylesheet' href='a.css'></p>": "<link>",
    "<p><meta name='a'></p>": "<meta>",
    "<p><base href='/'></p>": "<base>",
    "<form action='a'></form>": "<form>",
    '甲 <a href="JavaScript:alert(甲)">乙</a>': "an address that runs a program",
    '甲 <img src="https://x.org/a.png" alt="乙">': "a picture from another host",
    "![乙](//x.org/a.png)": "a picture from another host",
    '<p style="background: url(https://x.org/a.png)">甲</p>': "something that <p> opens",
    "# 大 {#big}": "a second heading of the first level",
    "## 甲 {#a}": "a heading whose id 'a' another has (the first is on line 7)",
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_runs_comes_from_elsewhere_or_collides_is_told_with_its_line(
    text: str, judged: Callable[[str], list[GlasspageError]]
) -> None:
    code = f"```\n{text}\n```\n\n<code>&lt;script></code>\n"
    assert judged(f"{FRONT}## 乙 {{#b}}\n\n{code}") == []
    (error,) = judged(f"{FRONT}\n## 甲 {{#a}}\n\n甲\n\n{text}\n")
    assert error.message.startswith(f"an article cannot hold {FORBIDDEN[text]}")
    assert error.line in (11, 12)
    assert error.hint


def test_a_comment_as_jinja_usually_has_it_is_told(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    kept = "{## 注 ##}\n\n## 甲 {#a-{{ 'b' }}}\n\n`{# x #}` 与 <code>{# x #}</code>\n\n"
    kept += "```\n{# x #}\n```\n\n{% raw %}{# x #}{% endraw %}\n\n"
    assert judged(FRONT + kept) == []
    for comment in ("{# 注 #}", "{#注#}", "{#\n注 #}", "{#- 注 -#}", "{# {{ nothing }} #}"):
        (error,) = judged(f"{FRONT}{kept}正文\n乙 {comment}\n")
        assert error.line == FRONT.count("\n") + kept.count("\n") + 2
        assert error.hint == "write a comment as {## … ##}."


def test_labels_of_footnotes_and_links_may_be_digits(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    text = "文[^1]，[书][2]，又[^note3]。\n\n[^1]: 注。\n\n[^note3]: 再注。\n\n[2]: x.html\n"
    assert judged(FRONT + text) == []
    (error,) = judged(f"{FRONT}文[^1]。\n\n[^1]: 共 17 条。\n")
    assert "'17'" in error.message
    assert error.line == 8


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("甲\n\n前**加粗，后", "bold that does not end"),
        ("甲\n\n**粗 ** 后", "bold that does not end"),
        ("甲\n\n<p>前**加粗</p>", "bold that does not end"),
        ("| 甲 |\n|---|\n| **粗 |", "bold that does not end"),
        ("甲\n乙\n见[书][nope]", "a link to a definition that is not there"),
        ("甲\n\n见[^nope]", "a footnote that is not there"),
        ("甲\n\n乙 $x^2$ 丙", "a formula in TeX"),
        ("甲\n\n$$\nE = \\frac{a}{b}\n$$", "a formula in TeX"),
        ("甲\n\n乙 \\sqrt{d} 丙", "a formula in TeX"),
        ("甲\n\n<p>$x_i$</p>", "a formula in TeX"),
        ("甲\n\n乙 $$E=mc$$ 丙", "a formula in TeX"),
        ("甲\n\n$$ E = mc $$", "a formula in TeX"),
        ("甲\n\n$$x$$", "a formula in TeX"),
        ("甲\n\n乙 \\(x\\) 丙", "a formula in TeX"),
        ("甲\n\n乙 \\( a+b \\)，\\(f(x)\\) 丙", "a formula in TeX"),
        ("甲\n\n\\[ x = y \\]", "a formula in TeX"),
        ("甲\n\n\\[\n\\alpha\n\\]", "a formula in TeX"),
        ("甲\n\n`{{ 'a < b' }}`", "an expression stands in backticks"),
        ("甲\n\n`{{ tokens[0].id | num }}`", "an expression stands in backticks"),
        ('甲\n\n<i title="{{ tokens[0].id | num }}">乙</i>', "an expression stands in backticks"),
        ("甲\n```text\n{{ tokens[0].id | num }}\n```", "an expression stands in backticks"),
        ("甲\n\n```mermaid\ngraph TD\n```", "a drawing that a program would make of this code"),
    ],
)
def test_what_would_be_left_as_it_is_written_is_told(
    text: str, what: str, judged: Callable[[str], list[GlasspageError]]
) -> None:
    (error,) = judged(FRONT + text)
    assert error.message.startswith(what)
    assert error.line == 8


@pytest.mark.parametrize(
    "text",
    [
        "见 \\[x\\] 与 \\[a-b\\] 与 \\(见下文\\) 与 \\(see below\\)",
        "`\\(x\\)` 与 <code>\\(x\\)</code> 与 \\\\(x\\\\)",
        "```text\n\\[ x = y \\]\n```",
        "甲{## \\(x\\) ##}",
    ],
)
def test_brackets_that_are_escaped_around_words_are_no_formula(
    text: str, judged: Callable[[str], list[GlasspageError]]
) -> None:
    assert judged(FRONT + text) == []


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("{{ prompts[0].prompt.text }}", "list them in its front matter, as in `prompts: ", ""),
        ("{{ quantized.moved[0] | num }}", "wukong has no quantized: its config does not ask", ""),
        ("{{ neighbours.ids | num }}", "'neighbours' is undefined", "did you mean 'model.neighb"),
        ("{{ cache.nosuch }}", "cache has no 'nosuch'; known are: ", ""),
        ("{{ model.nosuch }}", "the model has no 'nosuch'; known are: ", ""),
    ],
)
def test_what_the_data_does_not_have_is_told_with_where_it_is_or_why_not(
    body: str, message: str, hint: str, judged: Callable[[str], list[GlasspageError]]
) -> None:
    (error,) = judged(FRONT + body)
    assert message in error.message
    assert str(error.hint or "").startswith(hint)
    assert error.line == 6


def test_a_picture_that_is_not_beside_the_article_is_told(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    (error,) = judged(f"{FRONT}甲\n\n![图](没有.png)\n")
    assert error.message == "there is no picture '没有.png' beside the article"
    assert error.line == 8


def test_a_picture_outside_the_article_s_folder_is_told(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    (error,) = judged(f"{FRONT}甲\n\n![图](../图.png)\n")
    assert error.message == "the picture '../图.png' lies outside the article's folder"
    assert error.line == 8


def test_a_file_that_is_no_picture_is_not_shown_as_one(
    judged: Callable[[str], list[GlasspageError]],
) -> None:
    (error,) = judged(f"{FRONT}甲\n\n![图](index.md)\n")
    assert error.message == "browsers do not show 'index.md' as a picture"
    assert (error.line, "PNG" in str(error.hint)) == (8, True)


@pytest.mark.parametrize("text", [*SNIPPETS, *INNOCENT])
def test_what_is_meant_as_it_is_written_is_no_mistake(text: str) -> None:
    assert leftovers(read(prepared(text))) == []


def test_what_is_struck_out_becomes_an_element() -> None:
    assert (
        settled("前~~删 *斜*~~后 `~~x~~` ~y~")
        == "前<del>删 <em>斜</em></del>后 `~~x~~` &#126;y&#126;"
    )


def test_settling_twice_changes_nothing() -> None:
    for text in [*SNIPPETS, *compositions()]:
        once = settled(text)
        assert settled(once) == once


@pytest.mark.parametrize("config", [None, DEFAULTS], ids=["our Hugo site", "any blog"])
def test_the_real_article_has_the_same_body_in_both(
    config: str | None, output: Path, tmp_path: Path
) -> None:
    source = Path(shutil.copytree(output / "hugo", tmp_path / "hugo"))
    if config is not None:
        (source / "hugo.yaml").write_text(config, encoding="utf-8")
    run_hugo(source)
    by_hugo = soup((source / f"public/posts/{SLUG}/index.html").read_text(encoding="utf-8"))
    by_us = soup((output / f"site/posts/{SLUG}/index.html").read_text(encoding="utf-8"))
    ours = normalised(by_us.select(".prose")[0]).split("\n")
    assert len(ours) > 500
    assert normalised(by_hugo.select(".content")[0]).split("\n") == ours


# Tokens that can be anything


NASTY = [
    "|", "`", "``", "<", ">", "&", "&amp;", "&lt;", "\n", "\n\n", "\t", "\x00", "\x07", "\x1b",
    "\x7f", "\x85", "\xa0", "\xad", "\ufffd", "\u2028", "\u2029", "\u202e", "\u200b", "\u200d",
    "\ufeff", "\u2066", "\ue000", "\ud800", "é", "ﬁ", "👩‍💻", "🇨🇳", "한", "ア", "{{", "}}", "{%",
    "%}", "{#", "#}", "{{ 1+1 }}", "{{< figure >}}", "{{% toc %}}", "{{</* x */>}}",
    "<!--more-->", "<!-- x -->",
    "<script>", "</script>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "javascript:alert(1)", "</td>", "</table>", "---", "+++", "***", "**", "*", "_", "__x__", "~~",
    "~", "#", "# x", "- x", "1. x", "> x", "    x", "[x](y)", "![x](y)", "[^1]", "[^1]: x", "[1]",
    "http://x.org", "x@y.z", ":smile:", "$x$", "\\", "\\n", "\\*", "\"", "'", "”", "=", "===",
    "^", "%", "0", "17", " ", "  ", "…", "—", "::", "{#id}", "{: .x}", "*[x]: y",
]  # fmt: skip
ARTICLE = """\
---
title: "「{{ tokens[0].text }}{{ tokens[3].text }}{{ tokens[46].text }}」"
date: 2026-01-01
summary: "{{ prompt.text }}"
---
| 甲 | 乙 | 丙 |
|:--|:--|:--|
{% for token in tokens %}
| {{ token.text }} | <code>{{ token.text }}</code> | <span title="{{ token.text }}">甲</span> |
{% endfor %}

{% for token in tokens %}
段{{ token.text }}落

{% endfor %}
{{ diagram.attention(blocks[0].attn.pattern[0], tokens, caption=tokens[46].text) }}

{{ diagram.strip([{"label": tokens[46].text, "vector": embed[0]}], caption=tokens[40].text) }}
"""


@pytest.fixture(scope="module")
def odd(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output for a model whose first tokens are nasty, and for a prompt of all of them."""
    root, data = tmp_path_factory.mktemp("odd"), tmp_path_factory.mktemp("odd-data")
    texts = [*NASTY, *checkpoint.tokenizer.tokens[len(NASTY) :]]
    texts = [
        text if text not in NASTY or n < len(NASTY) else f"<{n}>" for n, text in enumerate(texts)
    ]
    strange = replace(checkpoint, tokenizer=CharacterTokenizer(texts))
    prompt = Prompt(model="xiyouji", prompt="".join(NASTY).replace("\ud800", ""), new_tokens=3)
    publish(data, strange, prompt, list(range(len(NASTY))), "odd")

    kept_out = shutil.ignore_patterns("articles", "docs", "prompts")
    shutil.copytree(HOME / "content", root / "content", ignore=kept_out)
    for folder in ("models", "themes"):
        (root / folder).symlink_to(ROOT / folder)
    config = {"model": "xiyouji", "prompt": prompt.prompt, "new_tokens": 3, "articles": ["nasty"]}
    write(root / "content/prompts/odd.yaml", dump(config))
    write(root / "content/articles/nasty/index.md", ARTICLE)
    build(Project(root), root / "output", Reporter(quiet=True), data=data)
    run_hugo(root / "output/hugo")
    return root / "output"


def shown(token: str, how: Callable[[str], str] = bounded) -> str:
    """A token as a reader sees it."""
    return how(readable(token.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("where", ["site", "hugo"])
def test_every_token_is_found_intact_and_none_does_anything(odd: Path, where: str) -> None:
    assert len(NASTY) >= 80
    file = odd / {"site": "site/posts/nasty-odd", "hugo": "hugo/public/posts/nasty-odd"}[where]
    page = soup((file / "index.html").read_text(encoding="utf-8"))
    content = page.select(".prose, .content")[0]
    rows = content.select("table")[0].select("tbody tr")
    assert len(rows) == len(NASTY)
    for token, row in zip(NASTY, rows, strict=True):
        cells = row.select("td")
        assert len(cells) == 3, token
        assert cells[0].get_text() == shown(token), repr(token)
        assert cells[1].get_text() == shown(token), repr(token)
        span = cells[2].span
        assert span is not None
        assert span["title"] == shown(token), repr(token)
    paragraphs = [p.get_text() for p in content.find_all("p", recursive=False)]
    assert [f"段{shown(token)}落" for token in NASTY] == paragraphs
    forbidden = "script, img, em, strong, del, blockquote, h1, h2, ul, ol, sup"
    assert not content.select("table")[0].select(forbidden)
    assert not page.select("p script, p img, p em, figcaption img, h1 em")
    (heading,) = page.select("h1")
    assert heading.get_text() == f"「{''.join(shown(NASTY[n], visible) for n in (0, 3, 46))}」"
    summary = shown("".join(NASTY).replace("\ud800", ""), visible)
    found = page.select(".summary, .muted")
    assert any(" ".join(p.get_text().split()) == " ".join(summary.split()) for p in found)


def test_both_outputs_of_the_nasty_page_are_equal(odd: Path) -> None:
    by_hugo = soup((odd / "hugo/public/posts/nasty-odd/index.html").read_text(encoding="utf-8"))
    by_us = soup((odd / "site/posts/nasty-odd/index.html").read_text(encoding="utf-8"))
    ours = normalised(by_us.select(".prose")[0])
    assert normalised(by_hugo.select(".content")[0]) == ours


def test_the_feeds_of_the_nasty_page_are_xml(odd: Path) -> None:
    feed = ET.parse(odd / "site/feed.xml").getroot()
    content = feed.find("{*}entry/{*}content")
    assert content is not None
    assert "alert(1)" not in re.findall(r"<script[^>]*>[^<]*", str(content.text))
    rss = ET.parse(odd / "hugo/public/index.xml").getroot()
    titles = [str(title.text) for title in rss.iter("title")]
    assert any(NASTY[46] in title for title in titles)


def test_no_script_of_a_token_runs(odd: Path, browser: Browser) -> None:
    for file in ("site/posts/nasty-odd/index.html", "hugo/public/posts/nasty-odd/index.html"):
        page = browser.new_page()
        dialogs: list[str] = []
        page.on(
            "dialog",
            lambda dialog, seen=dialogs: (seen.append(dialog.message), dialog.dismiss()),
        )
        page.goto((odd / file).as_uri())
        page.wait_for_timeout(200)
        assert dialogs == []
        assert page.locator("table").count() >= 2
        page.close()
