"""Front matter that a prompt config gives to its own pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from generator.build.inputs import Inputs
from generator.build.paging import make_pages
from generator.build.plan import Plan, planned_pages
from generator.check.findings import Findings
from generator.check.pages import check_pages
from generator.errors import GlasspageError
from generator.page.hugo import front_matter, write_bundle
from generator.page.layouts import Layouts, entry
from generator.page.page import Page
from generator.page.site import SiteWriter
from generator.project.article import Article
from generator.project.project import Project

ARTICLE = """\
---
title: 题
date: 2026-01-01
lastmod: 2026-02-01
summary: 摘要
tags: [甲]
---
正文
"""
CONFIG = "model: xiyouji\nprompt: 悟空道\nsampling: {temperature: 0.8, top_k: 20, seed: 1}\n"

Write = Callable[[str], Project]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """The real project with a small article, whose prompt config ends with some text."""
    for part in ("models", "themes"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "content/articles/llm-pipeline").mkdir(parents=True)
    (tmp_path / "content/articles/llm-pipeline/index.md").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "content/site.yaml").write_text("title: t\ndescription: d\n", encoding="utf-8")
    config = tmp_path / "content/prompts/wukong.yaml"
    config.parent.mkdir()

    def written(more: str) -> Project:
        config.write_text(CONFIG + more, encoding="utf-8")
        return Project(tmp_path)

    return written


def article_of(project: Project) -> Article:
    (article,) = project.articles_of(project.prompts[0])
    return article


def page_of(project: Project, output: Path) -> Page:
    (page,) = make_pages(project, output / "data")
    return page


def test_what_a_prompt_gives_replaces_the_article_s_and_the_rest_stays(write: Write) -> None:
    plain = article_of(write("")).front
    given = article_of(write("front: {title: 另题, tags: [], draft: true, summary: }\n")).front
    assert (given.title, given.tags, given.draft) == ("另题", [], True)
    assert given.model_copy(update={"title": "题", "tags": ["甲"], "draft": False}) == plain


def test_a_page_younger_than_its_article_s_last_change_has_none(write: Write) -> None:
    assert article_of(write("front: {date: 2026-01-31}\n")).front.lastmod is not None
    assert article_of(write("front: {date: 2026-03-01}\n")).front.lastmod is None


@pytest.mark.parametrize(
    ("front", "column", "message"),
    [
        ("titel: a", 9, "unknown key 'titel'\n  did you mean 'title'?"),
        ("prompts: [wukong]", 9, "unknown key 'prompts'"),
        ("title: ''", 16, "front.title: expected some text, not ''"),
        ("date: soon", 15, "front.date: expected a day, not soon"),
        ("lastmod: 2025-01-01", 18, "the article was changed before it was written"),
        ("cover: {image: a.png, alt: 图}", 24, "there is no such picture beside the article"),
    ],
)
def test_what_is_wrong_with_it_is_told_in_the_prompt_config(
    front: str, column: int, message: str, write: Write
) -> None:
    project = write(f"front: {{{front}}}\n")
    with pytest.raises(GlasspageError) as caught:
        project.check()
    place = project.root / f"content/prompts/wukong.yaml:4:{column}"
    assert str(caught.value).startswith(f"{place}: {message}")


@pytest.mark.parametrize(
    ("title", "column", "message"),
    [
        ("{{ nowhere }}", 10, "'nowhere' is undefined"),
        ("{{ embed[0][0] }}", 10, "only `num` may show it"),
        ("7 步", None, "nobody answers for the digits '7'"),
    ],
)
def test_a_mistake_in_a_title_is_told_where_the_title_stands(
    title: str, column: int | None, message: str, write: Write, output: Path
) -> None:
    project = write(f'front:\n  title: "{title}"\n')
    with pytest.raises(GlasspageError) as caught:
        make_pages(project, output / "data")
    assert str(caught.value.file) == str(project.root / "content/prompts/wukong.yaml")
    assert (caught.value.line, caught.value.column) == (5, column)
    assert message in caught.value.message


def test_the_page_shows_it_and_says_where_its_numbers_come_from(write: Write, output: Path) -> None:
    page = page_of(write('front: {title: "{{ len(tokens) | num }} 个字"}\n'), output)
    assert (page.front.title, page.front.summary) == ("3 个字", "摘要")
    assert [mark.address for mark in page.content.marks] == ["len(wukong:tokens)"]


def test_a_description_takes_the_place_of_the_summary_for_search_engines(
    write: Write, output: Path
) -> None:
    given = "{description: '{{ len(tokens) | num }} 个字', keywords: [甲, 乙]}"
    project = write(f"front: {given}\n")
    page = page_of(project, output)
    front = yaml.safe_load(front_matter(page).strip("-\n"))
    assert (front["summary"], front["description"]) == ("摘要", "3 个字")
    assert front["keywords"] == ["甲", "乙"]
    assert [(mark.place, mark.text) for mark in page.content.marks] == [("description", "3")]
    assert entry(page, project.site)["description"] == "3 个字"
    assert entry(page_of(write(""), output), project.site)["description"] == "摘要"


def test_the_numbers_of_a_description_are_checked_where_it_stands(
    write: Write, output: Path, tmp_path: Path
) -> None:
    project = write("front: {description: '{{ len(tokens) | num }} 个字'}\n")
    page, layouts = page_of(project, output), Layouts(project.theme, project.site)
    root, bundle = tmp_path / "made", tmp_path / "made/hugo/content/posts" / page.slug
    write_bundle(page, project.site, layouts, bundle)
    SiteWriter(project.site, layouts).write_article(page, None, None, root / "site")
    (root / "data").symlink_to(output / "data")
    findings = Findings()
    check_pages(root, findings)
    assert (findings.counts["numbers"], findings.problems) == (1, [])
    markdown = bundle / "index.md"
    markdown.write_text(markdown.read_text("utf-8").replace("3 个字", "4 个字"), encoding="utf-8")
    check_pages(root, findings)
    assert findings.problems == [f"{markdown}: its description does not show 3"]


def test_it_makes_the_page_stale_and_not_the_trace(write: Write) -> None:
    def inputs(more: str) -> tuple[dict[str, str], dict[str, str]]:
        project = write(more)
        known = Inputs(project.root)
        plan = Plan(project, known)
        (planned,) = planned_pages(project)
        page, trace = plan.page(planned), plan.data()["wukong"]
        return known.all_now(page.declared), known.all_now(trace.declared)

    without, one, other = (
        inputs(more) for more in ("", "front: {weight: 1}\n", "front: {weight: 2}\n")
    )
    assert len({str(page) for page, _ in (without, one, other)}) == 3
    assert len({str(trace) for _, trace in (without, one, other)}) == 1
