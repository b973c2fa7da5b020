"""Themes: what one changes of another, and the files that its styles name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import HOME, ROOT

from generator.errors import TemplateError
from generator.page.assets import Assets
from generator.page.components import check_components
from generator.page.overrides import check_blocks, idle
from generator.page.site import layouts_of
from generator.project.project import Project
from generator.project.theme import Theme

Make = Callable[[dict[str, str]], Theme]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A theme of these files that inherits `paper`."""

    def made(files: dict[str, str]) -> Theme:
        (tmp_path / "paper").symlink_to(ROOT / "themes/paper")
        for name, text in {"theme.yaml": "inherits: paper\n", **files}.items():
            file = tmp_path / "own" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return Theme.read(tmp_path, "own")

    return made


def test_a_block_that_no_layout_above_has_is_an_error(make: Make) -> None:
    theme = make(
        {"layouts/404.html": '{% extends "paper/404.html" %}\n{% block mian %}{% endblock %}'}
    )
    with pytest.raises(TemplateError, match="has no block 'mian'") as caught:
        check_blocks(theme)
    assert (caught.value.file, caught.value.line) == (theme.folders[0] / "layouts/404.html", 2)
    assert caught.value.hint == "did you mean 'main'?"


def test_blocks_of_layouts_above_and_blocks_inside_them_are_none(make: Make) -> None:
    inner = "{% block main %}{% block own %}{% endblock %}{% endblock %}"
    theme = make(
        {
            "layouts/404.html": '{% extends "middle.html" %}{% block kind %}{% endblock %}' + inner,
            "layouts/middle.html": '{% extends "base.html" %}',
            "layouts/home.html": "{% block alone %}{% endblock %}",
        }
    )
    check_blocks(theme)
    check_blocks(Theme.read(ROOT / "themes", "paper"))


def test_a_component_that_cannot_be_read_is_told_though_no_page_uses_it(make: Make) -> None:
    macro = "{% macro NAME() %}\n{% claim 'c' if n == 1 %}x{% endclaim %}{% endmacro %}"
    theme = make(
        {
            "components/good.html": macro.replace("NAME", "good"),
            "components/bad.html": macro.replace("NAME", "bad").replace("x", "{{ 1 + }}"),
        }
    )
    with pytest.raises(TemplateError) as caught:
        check_components(theme)
    assert (caught.value.file, caught.value.line) == (
        str(theme.folders[0] / "components/bad.html"),
        2,
    )


def test_a_layout_that_makes_nothing_is_an_error(make: Make) -> None:
    theme, site = make({"layouts/404.html": "\n"}), Project(HOME).site
    with pytest.raises(TemplateError, match="makes an empty page") as caught:
        layouts_of(theme, site, []).render("404.html", "404.html", "zh")
    assert caught.value.file == theme.folders[0] / "layouts/404.html"


def test_names_that_change_nothing_are_told(make: Make) -> None:
    theme = make(
        {
            "layouts/artcle.html": "",
            "components/atention.html": "{## Example: {{ diagram.atention() }} ##}",
            "assets/papr.css": "",
            "i18n/zh.yaml": "skip: 跳\nserach: 找\ndiagram: {stp: 步}\n",
        }
    )
    folder = theme.folders[0]
    assert idle(theme, [], ["zh"]) == [
        f"{folder / place}: nothing uses {name!r}, which is no {kind} of a theme that this one "
        f"inherits; did you mean {meant!r}?"
        for place, name, kind, meant in (
            ("layouts/artcle.html", "artcle.html", "file", "article.html"),
            ("components/atention.html", "atention.html", "file", "attention.html"),
            ("assets/papr.css", "papr.css", "file", "paper.css"),
            ("i18n/zh.yaml:2", "serach", "word", "search"),
            ("i18n/zh.yaml:3", "diagram.stp", "word", "step"),
        )
    ]


def test_names_that_the_theme_or_an_article_uses_are_not(make: Make) -> None:
    home = '{% include "own.html" %}{{ words.greeting }}{{ asset("own.css") }}'
    theme = make(
        {
            "layouts/home.html": home,
            "layouts/own.html": "",
            "components/mine.html": '{% from "components/_piece.html" import piece %}',
            "components/_piece.html": "",
            "components/attention.html": "",
            "assets/own.css": "a { background: url(a/b.png) }",
            "assets/a/b.png": "",
            "i18n/zh.yaml": "greeting: 好\ndiagram: {kinds: {mine: 我}}\nlanguages: {fr: 法}\n",
            "i18n/fr.yaml": "skip: s\n",
        }
    )
    assert idle(theme, ["{{ diagram.mine() }}"], ["zh", "fr"]) == []
    assert idle(Theme.read(ROOT / "themes", "paper"), [], ["zh"]) == []


def test_styles_name_other_assets_as_they_are_called_on_the_site(
    make: Make, tmp_path: Path
) -> None:
    assets = Assets(
        make(
            {
                "assets/a/own.css": '@import "../b.css";\n/* url(no.png) */ a::after { content: '
                '"url(no.png)"; background: url( "../c d.svg#x" ), url(#y), url(data:,z) }',
                "assets/b.css": "@font-face { src: url(f.woff2?v=1) }",
                "assets/f.woff2": "f",
                "assets/c d.svg": "<svg/>",
            }
        )
    )
    assets.write(tmp_path / "site")
    style = (tmp_path / "site" / assets("a/own.css")).read_text(encoding="utf-8")
    b, svg = (assets(name).removeprefix("assets/") for name in ("b.css", "c d.svg"))
    assert f'@import "../{b}";\n/* url(no.png) */' in style
    assert f'"url(no.png)"; background: url( "../{svg}#x" ), url(#y), url(data:,z)' in style
    font = assets("f.woff2").removeprefix("assets/")
    assert f'url("{font}?v=1")' in (tmp_path / "site/assets" / b).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ("url(papr.png)", "the theme has no asset 'papr.png'"),
        ("url(../paper.css)", "no asset '../paper.css'"),
        ("url('https://x.org/a.woff2')", "the site asks no other host"),
        ("url(//x.org/a.png)", "the site asks no other host"),
        ("url(/a.png)", "'/a.png' is none of the theme's assets"),
        ("} @import 'own.css'; {", "in a circle"),
    ],
)
def test_what_a_style_names_must_be_an_asset(style: str, message: str, make: Make) -> None:
    theme = make({"assets/own.css": f"a {{\n  background: {style}\n}}\n"})
    with pytest.raises(TemplateError, match=message) as caught:
        Assets(theme)
    assert (caught.value.file, caught.value.line) == (theme.folders[0] / "assets/own.css", 2)
