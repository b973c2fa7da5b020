"""The Hugo drop-in: real Hugo builds it, and says the same as the site."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from needs import need

from generator.data.folder import DataFolder

SLUG = "llm-pipeline-wukong"


@pytest.fixture(scope="module")
def by_hugo(output: Path, tmp_path_factory: pytest.TempPathFactory) -> Tag:
    """The article's page as real Hugo makes it of `output/hugo/`, without a warning."""
    source = tmp_path_factory.mktemp("hugo") / "site"
    shutil.copytree(output / "hugo", source)
    command = [need("hugo"), "--source", str(source), "--panicOnWarning", "--noBuildLock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARN" not in done.stdout + done.stderr
    return soup(source / "public" / "posts" / SLUG / "index.html")


@pytest.fixture(scope="module")
def by_us(output: Path) -> Tag:
    return soup(output / "site" / "posts" / SLUG / "index.html")


def soup(file: Path) -> Tag:
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html5lib")


def article(page: Tag) -> Tag:
    """What was made of the article's Markdown."""
    return next(tag.parent for tag in page.find_all("h2", id="overview") if tag.parent)


def text(tag: Tag) -> str:
    return " ".join(tag.get_text().split())


def headings(page: Tag) -> list[tuple[str, str, str]]:
    found = article(page).find_all(re.compile("^h[2-6]$"))
    return [(tag.name, tag["id"], text(tag)) for tag in found]


def tables(page: Tag) -> list[list[list[str]]]:
    return [
        [
            [f"{cell.name}:{text(cell)}" for cell in row.find_all(["th", "td"])]
            for row in table("tr")
        ]
        for table in article(page).find_all("table")
    ]


def numbers(page: Tag) -> list[tuple[str, str, str, str]]:
    marks = article(page).find_all(attrs={"data-src": True})
    return [(mark["data-src"], mark["value"], mark["data-fmt"], text(mark)) for mark in marks]


def test_hugo_and_the_site_have_the_same_headings(by_hugo: Tag, by_us: Tag) -> None:
    assert len(headings(by_us)) >= 13
    assert headings(by_hugo) == headings(by_us)


def test_hugo_and_the_site_have_the_same_tables(by_hugo: Tag, by_us: Tag) -> None:
    assert len(tables(by_us)) >= 12
    assert tables(by_hugo) == tables(by_us)


def test_hugo_and_the_site_have_the_same_numbers(by_hugo: Tag, by_us: Tag) -> None:
    assert len(numbers(by_us)) >= 300
    assert numbers(by_hugo) == numbers(by_us)


def test_hugo_and_the_site_have_the_same_diagrams(by_hugo: Tag, by_us: Tag) -> None:
    # The site marks where its captions may break.
    ours = [str(figure).replace("<wbr/>", "") for figure in article(by_us).find_all("figure")]
    theirs = [str(figure) for figure in article(by_hugo).find_all("figure")]
    assert len(ours) >= 12
    assert theirs == ours


def test_hugo_and_the_site_have_the_same_text(by_hugo: Tag, by_us: Tag) -> None:
    def prose(page: Tag) -> list[str]:
        found = article(page).find_all(["p", "li", "blockquote"])
        own = [tag for tag in found if not tag.find_parent(class_="gp-panel")]  # the site has its
        return [re.sub(r"\s|↩︎|↩", "", tag.get_text()) for tag in own]

    assert prose(by_hugo) == prose(by_us)


def test_a_panel_under_the_page_counts_its_numbers_and_leads_to_its_data(
    by_hugo: Tag, by_us: Tag, output: Path
) -> None:
    (panel,) = by_hugo.select(".gp-panel")
    counts = re.findall(r"\d+ 个算出.*?。", text(panel))
    assert counts == re.findall(r"\d+ 个算出.*?。", text(by_us.select(".card")[0]))
    shown = {kind: int(count) for count, kind in re.findall(r"(\d+) 个(\w+)", counts[0])}
    written = shown.pop("由作者写下")
    marks = [mark for mark in by_us.select("article [data-src]") if not mark.find_parent("nav")]
    cited = sum(str(mark["data-src"]).startswith("fact:") for mark in marks)
    assert (sum(shown.values()), shown["引自别处"]) == (len(marks), cited)
    assert written > 0
    assert "make verify" in text(panel)
    bundle = output / "hugo/content/posts" / SLUG
    links = [link["href"] for link in panel.find_all("a")]
    assert "data/numbers.yaml" in links
    assert "data/wukong/block_0.yaml" in links
    assert all((bundle / link).is_file() for link in links)


def test_bold_text_and_code_are_bold_and_code_in_both(by_hugo: Tag, by_us: Tag) -> None:
    for page in (by_hugo, by_us):
        leftovers = re.findall(r"\*\*|`", article(page).get_text())
        assert leftovers == []


def test_the_front_matter_is_what_papermod_reads(output: Path) -> None:
    page = (output / "hugo/content/posts" / SLUG / "index.md").read_text(encoding="utf-8")
    front = yaml.safe_load(page.split("---\n")[1])
    assert list(front) == [
        "title", "date", "draft", "summary", "categories", "tags", "ShowToc", "TocOpen",
    ]  # fmt: skip
    assert "悟空道" in front["title"]
    assert "{{" not in front["title"] + front["summary"]


def test_each_bundle_holds_one_copy_of_its_prompt_s_data(output: Path) -> None:
    bundle = output / "hugo/content/posts" / SLUG
    for name in ("wukong", "models/xiyouji"):
        for file in (output / "data" / name).glob("*.yaml"):
            assert (bundle / "data" / name / file.name).read_bytes() == file.read_bytes()
    assert len(list(bundle.rglob("block_0.yaml"))) == 1


def test_every_plain_address_on_the_page_gives_the_value_that_is_shown(
    output: Path, by_us: Tag
) -> None:
    folders = {
        name: DataFolder(output / "data" / name, name) for name in ("wukong", "models/xiyouji")
    }
    address = re.compile(rf"({'|'.join(folders)}):[\w.\[\]]+")
    plain = [number for number in numbers(by_us) if address.fullmatch(number[0])]
    assert len(plain) >= 180
    for source, value, _, _ in plain:
        folder, _, path = source.partition(":")
        found = look_up(folders[folder], path)
        assert np.float32(value) == np.float32(found), source


def look_up(folder: DataFolder, path: str) -> float:
    """What stands at a path of names and indices, without the code that wrote the path."""
    name = max((n for n in folder.names if re.match(rf"{re.escape(n)}(?![\w])", path)), key=len)
    content = folder.read(name)
    for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path.removeprefix(name)):
        content = content[key] if key else content[int(index)]
    return float(content)
