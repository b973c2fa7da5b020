"""Text that can be anything is shown as what it is, wherever it stands."""

from __future__ import annotations

import html
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from generator.data.text import bounded, escape, visible
from generator.page.markdown import to_html

unhurried = settings(deadline=None, max_examples=100)

any_text = st.text(st.characters())  # lone surrogates among them
HOSTILE = [
    *[
        "",
        " ",
        "  a  ",
        "|",
        "`",
        "<",
        ">",
        "&",
        '"',
        "'",
        "*a*",
        "_a_",
        "[a](b)",
        "![a](b)",
        "~a~",
    ],
    *["\\", "\\|", "&amp;", "&#42;", "<script>alert(1)</script>", "<!-- a -->", "]]>", "$$a$$"],
    *["{{< figure >}}", "{{% a %}}", "{{ 1+1 }}", "{% if %}", "{## a ##}", "{#id}", "{: .a}"],
    *["---", "+++", "# a", "- a", "1. a", "> a", "    a", "```", "a\n\nb", "\r\n", "\t", "\0"],
    *["https://example.org", "www.example.org", "a@example.org", "[^1]", "[1]", ":-)", "\x1b[0m"],
    *["\u2028", "\u202e", "\u200b", "\xa0", "\u3000", "\xad", "\ufeff", "\ud800", "\ue000"],
    *[
        "\ufffe",
        "\U000f0000",
        "\U0010ffff",
        "e\u0301",
        "👩‍👩‍👧",
        "🇨🇳",
        "👍🏽",
        "❤️‍🔥",
        "中文，标点。",
    ],
]
hostile = any_text | st.lists(st.sampled_from(HOSTILE), max_size=5).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("悟空道：“a b”", "悟空道：“a b”"),
        ("a\nb", "a⏎b"),
        ("\t", "⇥"),
        ("\r", "⟨U+000D⟩"),
        ("\0\x1b\x7f\x85", "⟨U+0000⟩⟨U+001B⟩⟨U+007F⟩⟨U+0085⟩"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\u2028\u2029", "⟨U+2028⟩⟨U+2029⟩"),
        ("\ufeff\u200b\xad", "⟨U+FEFF⟩⟨U+200B⟩⟨U+00AD⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("\ue000\U0010ffff", "⟨U+E000⟩⟨U+10FFFF⟩"),
        ("👩‍👩‍👧❤️‍🔥", "👩‍👩‍👧❤️‍🔥"),
        ("a\u200db", "a⟨U+200D⟩b"),
        ("\u200d", "⟨U+200D⟩"),
        ("👩\u200d", "👩⟨U+200D⟩"),
        ("\u200d👩", "⟨U+200D⟩👩"),
        ("", ""),
    ],
)
def test_what_a_reader_could_not_see_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" ", "␣"),
        ("  ", "␣␣"),
        (" the", "␣the"),
        ("a b ", "a b␣"),
        ("\u3000悟空", "⟨U+3000⟩悟空"),
        ("\n ", "⏎␣"),
        ("", ""),
    ],
)
def test_spaces_at_the_ends_of_a_token_are_shown(text: str, shown: str) -> None:
    assert bounded(text) == shown


@unhurried
@given(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"]))
def test_no_hidden_character_stays_hidden_alone(char: str) -> None:
    assert visible(char) in (f"⟨U+{ord(char):04X}⟩", "⏎", "⇥")


@unhurried
@given(any_text)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("悟空a1", "悟空a1"),
        ("，。「」《》……——", "，。「」《》……——"),
        ("a|b", "a&#124;b"),
        ("{{<", "&#123;&#123;&#60;"),
        ("1. ", "1&#46;&#32;"),
        ("\n", "&#9166;"),
        ("é👍", "&#233;&#128077;"),
    ],
)
def test_text_is_escaped_so(text: str, escaped: str) -> None:
    assert escape(text) == escaped
    assert isinstance(escape(text), Markup)


@unhurried
@given(hostile)
def test_escaped_text_means_the_visible_text_and_holds_nothing_that_a_parser_cares_about(
    text: str,
) -> None:
    escaped = str(escape(text))
    assert html.unescape(escaped) == visible(text)
    rest = re.sub(r"&#[0-9]+;", "", escaped)
    assert all(
        char.isalnum() or char in "，。：；？！、“”‘’（）《》「」『』【】…—·" for char in rest
    )
    assert not re.search(r"[\x00-\x1f\x7f-\xa0]", rest)


@unhurried
@given(hostile)
@example("".join(HOSTILE))
def test_escaped_text_stands_in_markdown_as_the_text_that_it_is(text: str) -> None:
    token = escape(text)
    page = to_html(
        f"{token}甲{token}\n\n"
        f"- 乙{token}\n\n"
        f'<div title="{token}">丙{token}</div>\n\n'
        f"| 丁 | 戊 |\n|---|---|\n| 己{token} | <code>庚{token}</code> |\n\n"
        "[^1]\n\n[^1]: 注\n"
    )
    soup = BeautifulSoup(page.body, "html.parser")
    shown = visible(text)
    assert soup.p and soup.p.text == f"{shown}甲{shown}"
    assert soup.li and soup.li.text == f"乙{shown}"
    assert soup.div and (soup.div["title"], soup.div.text) == (shown, f"丙{shown}")
    assert [cell.text for cell in soup("td")] == [f"己{shown}", f"庚{shown}"]
    assert soup.code and soup.code.text == f"庚{shown}"
