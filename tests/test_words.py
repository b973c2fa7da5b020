"""A theme's words: what does not fit the layouts that read them is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from generator.errors import CombinedError, ConfigError, GlasspageError
from generator.page.words import check_words
from generator.project.theme import Theme

LAYOUT = """\
{% macro cut(most) %}{{ words.diagram.cut.format(count=3, most=most) }}{% endmacro %}
{{ words.toc }} {{ words.count.format(**page.counts) }} {{ words.date.format(month=1) }}
{{ words.languages[language] }} {% if words.extra is defined %}{{ words.extra }}{% endif %}
{{ words.other.format(**page) }}
"""
WORDS = """\
toc: "目录"
count: "{computed} 个"
date: "{month:02} 月"
languages: {zh: "中文"}
diagram: {cut: "共 {count} 项，画 {most} 项"}
other: "{anything}"
range: "（{low} 到 {high}）"
"""


def wrong(tmp_path: Path, files: dict[str, str]) -> list[GlasspageError]:
    """What is wrong with the words of a theme `own` that inherits one, with these files."""
    base = {"paper/layouts/a.html": LAYOUT, "paper/i18n/zh.yaml": WORDS}
    for name, text in (base | {"own/theme.yaml": "inherits: paper\n"} | files).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    try:
        check_words(Theme.read(tmp_path, "own"), ["zh"])
    except GlasspageError as error:
        return error.errors if isinstance(error, CombinedError) else [error]
    return []


def test_the_words_of_our_own_theme_fit_its_layouts() -> None:
    theme = Theme.read(ROOT / "themes", "paper")
    check_words(theme, theme.languages)


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("{computed} 个", "{nosuch} 个", "count: nothing is called {nosuch} here", "{computed}"),
        ("{computed} 个", "{computd} 个", "count: nothing is called {computd} here", "'computed'?"),
        ("{computed} 个", "{} 个", "count: nothing is called {} here", "{computed}"),
        ("{computed} 个", "{computed 个", "count: a brace is not closed", "{computed}"),
        ("{computed} 个", "computed} 个", "count: a brace is not closed", "{computed}"),
        ("{count} 项", "{cuont} 项", "diagram.cut: nothing is called {cuont}", "'count'?"),
        ("{low} 到", "{lo} 到", "range: nothing is called {lo} here", "'low'?"),
        ("{month:02}", "{month:zz}", "date: {month:zz} has no such format", "write {month}"),
        ('"目录"', "[目录]", "toc: expected a text, not [目录]", None),
        ('"目录"', "2024", "toc: expected a text, not 2024", "put it in quotes."),
        ('"目录"', "{a: 目录}", "toc: expected a text, not {a: 目录}", None),
        ('{zh: "中文"}', "中文", "languages: expected a mapping of keys to values, not 中文", None),
    ],
)
def test_a_word_that_does_not_fit_is_told_with_its_line(
    old: str, new: str, message: str, hint: str | None, tmp_path: Path
) -> None:
    text = WORDS.replace(old, new)
    (error,) = wrong(tmp_path, {"paper/i18n/zh.yaml": text})
    changed = [n for n, line in enumerate(text.split("\n"), 1) if new in line]
    assert (error.file, [error.line]) == (tmp_path / "paper/i18n/zh.yaml", changed)
    assert error.message.startswith(message)
    assert (hint is None and error.hint is None) or str(hint) in str(error.hint)


def test_a_word_is_told_in_the_theme_that_it_is_from(tmp_path: Path) -> None:
    own = "toc: 目\ndiagram: 图\n"
    (error,) = wrong(tmp_path, {"own/i18n/zh.yaml": own})
    assert (error.file, error.line) == (tmp_path / "own/i18n/zh.yaml", 2)
    assert error.message == "diagram: expected a mapping of keys to values, not 图"


def test_words_that_another_language_has_are_missed_at_once(tmp_path: Path) -> None:
    less = "".join(line + "\n" for line in WORDS.split("\n") if line[:3] not in ("toc", "dia"))
    files = {"paper/i18n/zh.yaml": less, "paper/i18n/en.yaml": WORDS}
    (error,) = wrong(tmp_path, files)
    assert error.message == "words are missing: diagram.cut, toc"
    assert error.file == tmp_path / "paper/i18n/zh.yaml"


def test_what_cannot_be_known_or_is_asked_for_first_is_let_through(tmp_path: Path) -> None:
    assert wrong(tmp_path, {"own/layouts/b.html": "{% if %} {{ words.toc.format(x=1) }}"}) == []
    assert wrong(tmp_path, {"paper/i18n/en.yaml": WORDS + "extra: more\n"}) == []


def test_the_words_of_a_language_that_nobody_speaks_are_told_where_they_are_asked_for(
    tmp_path: Path,
) -> None:
    assert wrong(tmp_path, {"paper/i18n/en.yaml": "toc: ["}) == []
    with pytest.raises(ConfigError, match="not valid YAML"):
        check_words(Theme.read(tmp_path, "own"), ["en"])
