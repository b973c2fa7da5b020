"""The documentation: it says what the code does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import HOME, ROOT

from generator.build.builder import Built
from generator.data.analyses import ANALYSES
from generator.data.folder import DataFolder
from generator.data.value import FUNCTIONS
from generator.errors import ConfigError, TemplateError
from generator.page.docs import tables
from generator.page.gallery import language_of
from generator.page.number import show
from generator.page.site import SiteWriter, layouts_of
from generator.project.project import Project


def soup(output: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((output / "site/docs" / name).read_text("utf-8"), "html5lib")


def cells(output: Path, name: str) -> list[list[str]]:
    rows = soup(output, name).select("tbody tr")
    return [[cell.get_text() for cell in row.select("td")] for row in rows]


def test_every_function_analysis_and_value_is_listed(output: Path) -> None:
    functions = {row[0] for row in cells(output, "addresses/index.html")}
    assert FUNCTIONS.keys() <= functions
    values = {row[0] for row in cells(output, "values/index.html")}
    wukong = DataFolder(output / "data/wukong", "wukong")
    model = DataFolder(output / "data/models/xiyouji", "models/xiyouji")
    for folder in (wukong, model):
        for name, entry in folder.entries.items():
            pattern = re.sub(r"^blocks\.\d+", "blocks.{l}", name)
            pattern = re.sub(r"^(embedding|untrained)\.", "{table}.", pattern)
            assert "dims" not in entry or pattern in values, name
    headings = {heading.get("id") for heading in soup(output, "values/index.html").select("h3")}
    assert {analysis.name for analysis in ANALYSES} <= headings


def test_every_function_says_what_it_does() -> None:
    assert all(len(summary) > 10 and summary != "None" for _, summary in tables()["functions"])


def test_a_key_of_a_part_that_need_not_be_is_required_only_where_that_is_given() -> None:
    within = {
        (name, key): within
        for name, rows in tables()["configs"].items()
        for key, _, default, within in rows
        if default is None
    }
    assert within["site", "title"] is None
    assert within["site", "licence.url"] == "licence"
    assert within["site", "translations.<name>.title"] == "translations.<name>"
    assert within["model", "architecture.n_layers"] is None
    assert within["model", "trained.weights.file"] == "trained"


def test_the_formats_show_what_the_table_says(output: Path) -> None:
    text = (ROOT / "content/docs/addresses.md").read_text(encoding="utf-8").split("## Formats")[1]
    rows = re.findall(r"^\| (`.*) \| (.*) \| (.*) \|$", text, flags=re.MULTILINE)
    assert len(rows) == 10
    for formats, number, shown in rows:
        value = float(number.replace("−", "-"))
        specs = re.findall(r"`([^`]+)`", formats)
        made = [show(int(value) if value == int(value) else value, spec) for spec in specs]
        assert ", ".join(made).replace("\u00a0", " ") == shown


def test_the_index_leads_to_each_page_and_every_page_to_the_index(output: Path) -> None:
    names = ["gallery", *(file.stem for file in (ROOT / "content/docs").glob("*.md"))]
    links = {a["href"] for a in soup(output, "index.html").select(".pages a")}
    assert links == {f"{name}/index.html" for name in names}
    for page in ("../index.html", "../posts/llm-pipeline-wukong/index.html"):
        hrefs = [str(a["href"]) for a in soup(output, page).select(".colophon a")]
        assert sum(href.endswith("docs/index.html") for href in hrefs) == 1


def test_a_project_without_documentation_has_none(
    documented: Path, build_project: Callable[[], Built]
) -> None:
    for file in (documented / "content/docs").glob("*.md"):
        file.unlink()
    build_project()
    assert not (documented / "output/site/docs").exists()
    assert "docs/" not in (documented / "output/site/index.html").read_text(encoding="utf-8")


def test_documentation_in_another_language_leads_to_the_gallery_too(tmp_path: Path) -> None:
    project = Project(HOME)
    first = project.docs[0]
    docs = [replace(first, front=first.front.model_copy(update={"language": "zh"}))]
    spoken = language_of(project.theme, project.site)
    gallery = {"name": "gallery", "title": "Diagrams", "summary": "", "language": spoken}
    writer = SiteWriter(project.site, layouts_of(project.theme, project.site, docs))
    writer.write_docs(docs, {**gallery, "body": "", "toc": []}, tmp_path)
    assert 'lang="en"' in (tmp_path / "docs/gallery/index.html").read_text(encoding="utf-8")
    assert "gallery/index.html" in (tmp_path / "docs/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("order: 1", "order: one", ConfigError, "expected a whole number, not one"),
        ("{{ grammar }}", "{% gramar %}", TemplateError, "Encountered unknown tag"),
        ("{{ grammar }}", "{{ gramar }}", TemplateError, "'gramar' is undefined"),
    ],
)
def test_what_is_wrong_in_a_page_is_told_with_file_and_line(
    old: str,
    new: str,
    error: type[Exception],
    message: str,
    documented: Path,
    build_project: Callable[[], Built],
) -> None:
    file = documented / "content/docs/addresses.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(error, match=message) as caught:  # type: ignore[type-var]
        build_project()
    line = text.split("\n").index(old) + 1
    assert f"addresses.md:{line}" in str(caught.value)
