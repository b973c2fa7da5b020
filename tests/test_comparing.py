"""Articles over several prompts: each says what is so of all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from comparing import COMPARING, compared_by, copied, keep_measurements
from conftest import ROOT
from turning import Told, check_that_it_turned, check_that_it_turns_over, in_each_language, names_in

from generator.build.builder import Built, build
from generator.check.verify import verify_pages
from generator.data.folder import DataFolder
from generator.data.runs import PageData, Run
from generator.page.page import Page
from generator.project.project import Project
from generator.reporter import Reporter

MEASURED = {"talk-first", "talk-second", "talk-third", "wukong-penalty"}  # or spoken on from
MODELS = {"wukong-big": "xiyouji-big", "romeo": "shakespeare", "romeo-big": "shakespeare-big"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The articles that compare, and their prompts, which write little."""
    compared = {name for article in COMPARING for name in compared_by(article)}
    others = {f"{named.name}.yaml" for named in Project(ROOT).prompts if named.name not in compared}
    root = tmp_path_factory.mktemp("comparing") / "project"
    made = copied(root, {"docs", "llm-pipeline", "first-look", "next-token-loop", *others})
    site = root / "content/site.yaml"
    site.write_text(site.read_text(encoding="utf-8").split("translations:")[0], encoding="utf-8")
    for file in (root / "content/prompts").iterdir():
        text = re.sub(r"articles: .*", "", file.read_text(encoding="utf-8")) + "articles: []\n"
        if file.stem not in MEASURED:
            text = re.sub(r"new_tokens: \d+", "new_tokens: 8", text)
        file.write_text(text, encoding="utf-8")
    keep_measurements(root, MEASURED)
    return made


@pytest.fixture(scope="module")
def output(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared") / "output"


@pytest.fixture(scope="module")
def built(project: Project, output: Path) -> Built:
    return build(project, output, Reporter(quiet=True))


@pytest.fixture(scope="module")
def pages(built: Built) -> dict[str, Page]:
    return {page.slug: page for page in built.pages}


def test_each_is_one_page_that_shows_what_the_data_says(
    pages: dict[str, Page], output: Path
) -> None:
    assert pages.keys() == set(COMPARING)
    findings = verify_pages(output)
    assert findings.problems == [] and findings.counts["pages"] > 10


def test_they_say_what_is_so(pages: dict[str, Page]) -> None:
    told = {
        slug: BeautifulSoup(page.content.html.body, "html5lib").get_text()
        for slug, page in pages.items()
    }
    assert "第一名就各不相同" in told["inference"]
    assert "与多出的一个不差，另外三个也是" in told["model-basics"]
    assert "因为前一段整个都在里面" in told["model-basics"]
    # 152064 · 3584 · 2 + 28 · (2 · 3584² + 2 · 3584 · 512 + 4608 + 3 · 3584 · 18944 + 7168) + 3584
    assert "7,615,616,512" in told["model-basics"]


def claims() -> list[tuple[str, str]]:
    """The claims of the articles, but for the one of cited numbers alone."""
    named = [(article, name) for article in COMPARING for name in names_in(article)]
    return [each for each in named if each[1] != "its-name-rounds-down"]


def made_of(
    article: str, output: Path
) -> tuple[dict[str, DataFolder], Callable[[dict[str, DataFolder]], PageData]]:
    """The folders that an article's page is made of, and how it is made of them."""
    prompts = compared_by(article)
    models = [f"models/{MODELS.get(prompt, 'xiyouji')}" for prompt in prompts]
    data = output / "data"
    folders = {folder: DataFolder(data / folder, folder) for folder in (*prompts, *models, "fact")}

    def data_of(changed: dict[str, DataFolder]) -> PageData:
        runs = (Run(changed[p], changed[m]) for p, m in zip(prompts, models, strict=True))
        return PageData(tuple(runs), changed["fact"])

    return folders, data_of


@pytest.mark.parametrize(("article", "name"), claims())
def test_wrong_data_turns_each_claim_over_and_the_page_says_otherwise_or_fails(
    article: str, name: str, built: Built, output: Path
) -> None:
    folders, data_of = made_of(article, output)
    check_that_it_turns_over(name, in_each_language(article, data_of(folders)), folders, data_of)


def test_the_name_of_the_cited_model_is_held_against_the_numbers_that_are_cited(
    built: Built, output: Path
) -> None:
    folders, data_of = made_of("model-basics", output)
    for one in in_each_language("model-basics", data_of(folders)):
        facts = dict(one.kit.facts.facts)
        layers = facts["qwen25.layers"]
        facts["qwen25.layers"] = layers.model_copy(update={"number": layers.number - 8})
        changed = one.kit.facts.model_copy(update={"facts": facts})
        smaller = Told(one.made, replace(one.kit, facts=changed))
        again = smaller.over(data_of(folders))
        check_that_it_turned("its-name-rounds-down", smaller, again, data_of(folders))
