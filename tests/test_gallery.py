"""The gallery: every diagram, with the Jinja that makes it and its numbers as a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner
from conftest import HOME, ROOT

from generator.cli import cli
from generator.errors import GlasspageError

COMPONENTS = sorted(
    file.stem for file in (ROOT / "themes/paper/components").glob("*.html") if file.stem[0] != "_"
)
MEASURED = {"replay"}  # which are not drawn here, where nothing was measured
# Those that draw numbers; the others say words, and hold their numbers as text.
CHARTS = ("bars", "cache", "interval", "lines", "strip")


@pytest.fixture(scope="module")
def sections(output: Path) -> dict[str, list[Tag]]:
    page = BeautifulSoup((output / "site/docs/gallery/index.html").read_text("utf-8"), "html5lib")
    found: dict[str, list[Tag]] = {}
    prose = page.select(".prose")[0]
    name = ""
    for tag in prose.find_all(recursive=False):
        if tag.name == "h2":
            name = str(tag["id"])
        found.setdefault(name, []).append(tag)
    return found


def figure(section: list[Tag]) -> Tag:
    (drawn,) = [tag for tag in section if tag.name == "figure"]
    return drawn


def test_it_shows_every_diagram_with_its_jinja(sections: dict[str, list[Tag]]) -> None:
    assert sorted(sections) == COMPONENTS
    for name, section in sections.items():
        code = "".join(tag.get_text() for tag in section if "codehilite" in tag.get("class", []))
        assert f"diagram.{name}(" in code
        assert "{% raw" not in code
        if name in MEASURED:
            assert "Not drawn here" in "".join(tag.get_text() for tag in section)
            continue
        assert figure(section)["aria-roledescription"]
        assert figure(section).figcaption is not None


def test_it_is_drawn_in_the_language_that_it_is_written_in(
    sections: dict[str, list[Tag]],
) -> None:
    assert figure(sections["attention"])["aria-roledescription"] == "Attention pattern"
    for name in sections.keys() - MEASURED:
        section = sections[name]
        caption = str(figure(section).figcaption.find(string=True))
        assert re.search("[a-z]", caption)
        assert not re.search("[\u3400-\u9fff]", caption)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_its_numbers_as_a_table_with_real_heads(
    name: str, sections: dict[str, list[Tag]]
) -> None:
    (table,) = figure(sections[name]).select("details table")
    heads = table.select("thead th")
    assert all(head["scope"] == "col" and head.get_text() for head in heads)
    rows = table.select("tbody tr")
    assert rows
    for row in rows:
        assert [cell.get("scope") for cell in row.select("th")] == ["row"]
        assert len(row.select("th, td")) == len(heads)
        assert all(cell.find("data") for cell in row.select("td"))


def test_the_styles_of_diagrams_are_written_plainly(output: Path) -> None:
    html = (output / "site/docs/gallery/index.html").read_text(encoding="utf-8")
    assert re.search('style="[^"]*:', html)
    assert not re.search('style="[^"]*&#', html)  # a reference for each sign of a string


def test_the_attention_matrix_is_itself_a_table(sections: dict[str, list[Tag]]) -> None:
    table = figure(sections["attention"]).select("table")[0]
    assert {str(head["scope"]) for head in table.select("th")} == {"col", "row"}


def test_the_interval_s_numbers_are_those_of_the_data(sections: dict[str, list[Tag]]) -> None:
    drawn = figure(sections["interval"])
    shares = [float(str(d["value"])) for d in drawn.select("details td:nth-child(2) data")]
    widths = [
        float(str(div["style"]).split("width:")[1].split("%")[0])
        for div in drawn.select("div[style^='width:'][style*='display:flex']")
    ]
    wide = [share * 100 for share in shares if share >= 0.002]
    assert len(wide) < len(shares)  # the rest are a dot
    assert widths == pytest.approx(wide, abs=0.006)


def test_the_command_draws_it_by_itself(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    arguments = ["gallery", str(folder), "--project", str(HOME), "--output", str(output)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<figure") == len(COMPONENTS) - len(MEASURED)
    (style,) = (folder / "assets").glob("paper.*.css")
    assert f"assets/{style.name}" in page


def test_a_diagram_without_an_example_is_told(
    documented: Path, build_project: Callable[[], object]
) -> None:
    file = documented / "themes/paper/components/flow.html"
    file.write_text(file.read_text(encoding="utf-8").replace("Example:", "Say:"), encoding="utf-8")
    with pytest.raises(GlasspageError, match="says nothing of itself") as caught:
        build_project()
    assert caught.value.file == file


def test_a_mistake_in_an_example_is_told_where_the_example_stands(
    documented: Path, build_project: Callable[[], object]
) -> None:
    file = documented / "themes/paper/components/flow.html"
    text = file.read_text(encoding="utf-8").replace("diagram.flow(", "diagram.flwo(", 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GlasspageError, match="no diagram 'flwo'") as caught:
        build_project()
    assert caught.value.file == file
    assert "Example:" in text.split("\n")[(caught.value.line or 0) - 1]


def test_the_command_writes_over_nothing_that_it_did_not_make(output: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("precious", encoding="utf-8")
    arguments = ["gallery", str(tmp_path), "--project", str(HOME), "--output", str(output)]
    told = CliRunner().invoke(cli, arguments)
    assert "was not made by a build" in str(told.exception)
    told = CliRunner().invoke(cli, ["gallery", str(output), *arguments[2:]])
    assert "holds a build" in str(told.exception)
    assert (output / "manifest.yaml").is_file()
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "precious"
