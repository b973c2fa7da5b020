"""An article that lists the prompts it compares: one page over all of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from conftest import ROOT

from generator.build.builder import Built, build
from generator.build.explain import explain
from generator.build.paging import OpenData, articles_by_folder, folders_in
from generator.check.diff import diff
from generator.check.site import check_site
from generator.check.verify import verify
from generator.cli import cli
from generator.data.runs import PageData
from generator.data.yaml_text import load
from generator.errors import GlasspageError
from generator.page.page import Page, make_page
from generator.page.rendering import Kit
from generator.project.article import read_articles
from generator.project.project import Project
from generator.reporter import Reporter

PROMPTS = {
    "wukong": "model: xiyouji\nprompt: 悟空道\nnew_tokens: 2\narticles: []\n",
    "tang.seng": "model: xiyouji\nprompt: 唐僧\nnew_tokens: 2\narticles: []\n",
    "other": "model: second\nprompt: 八戒\nnew_tokens: 2\narticles: []\n",
}
PAIR = """\
---
title: "「{{ prompts[0].prompt.text }}」与「{{ prompts['tang.seng'].prompt.text }}」"
date: 2026-11-22
summary: 概率 {{ prompts.wukong.generation.steps[0].prob | num(".1%") }}。
prompts: [wukong, tang.seng]
---
{% for run in prompts %}
## {{ run.prompt.text }} {#run-{{ loop.index | lit }}}

{{ run.embed[0][0] | num(".3f") }}，词表 {{ model.config.d_vocab | num }}。
{% claim "not-certain" if run.generation.steps[0].prob < 1 %}
不是必然。
{% endclaim %}
{% endfor %}

{% claim "differ" if prompts.wukong.tokens[0].id != prompts["tang.seng"].tokens[0].id %}
第一个字不同：{{ cosine(prompts[0].embed[0], prompts[1].embed[0]) | num(".2f") }}。
{% endclaim %}
"""
MODELS = """\
---
title: 两个模型
date: 2026-11-21
summary: 同一件事，两个模型。
prompts: [wukong, other]
---
{% for run in prompts %}
{{ run.model.card.title }}，{{ run.model.config.parameters | num }}。
{% endfor %}
{{ fact("utf8.han") }}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built project of two comparisons, one of them in two languages and one of two models."""
    root = tmp_path_factory.mktemp("compare")
    texts = {
        "site.yaml": "title: 题\ndescription: 述\nbase_url: https://example.org/\n"
        "translations:\n  en: {title: T, description: D}\n",
        "facts.yaml": (ROOT / "content/facts.yaml").read_text(encoding="utf-8"),
        "articles/pair/index.md": PAIR,
        "articles/pair/index.en.md": PAIR.replace("概率", "Probability"),
        "articles/models/index.md": MODELS,
        **{f"prompts/{name}.yaml": text for name, text in PROMPTS.items()},
    }
    for name, text in texts.items():
        file = root / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "themes").symlink_to(ROOT / "themes")
    for name in ("xiyouji", "second"):
        (root / "models" / name).mkdir(parents=True)
        for file in (ROOT / "models/xiyouji").iterdir():
            (root / "models" / name / file.name).symlink_to(file)
    build(Project(root), root / "output", Reporter(quiet=True))
    return root


@pytest.fixture
def output(site: Path) -> Path:
    return site / "output"


Make = Callable[..., Page]


@pytest.fixture
def make(site: Path, output: Path, tmp_path: Path) -> Make:
    """Make a page over two prompts of an article with this body."""
    project = Project(site)
    kit = Kit.of(project.theme, "zh", project.facts, project.terms)

    def data(names: list[str]) -> PageData:
        prompts = [each for name in names for each in project.prompts if each.name == name]
        return OpenData(folders_in(output / "data", prompts)).of(prompts)

    def made(body: str, *names: str) -> Page:
        listed = list(names or ("wukong", "tang.seng"))
        front = f"---\ntitle: 题\ndate: 2026-01-01\nsummary: 述\nprompts: {listed}\n---\n"
        (tmp_path / "index.md").write_text(front + body, encoding="utf-8")
        return make_page(read_articles(tmp_path, ["zh"])[0], data(listed), kit)

    return made


def test_a_comparison_is_one_page_a_language_though_no_prompt_lists_it(output: Path) -> None:
    assert {file.parent.name for file in output.glob("site/posts/*/index.html")} == {
        "pair",
        "models",
    }
    assert (output / "site/en/posts/pair/index.html").is_file()
    home = BeautifulSoup((output / "site/index.html").read_text("utf-8"), "html5lib")
    assert [str(a["href"]) for a in home.select(".pages h2 a")] == [
        "posts/pair/index.html",
        "posts/models/index.html",
    ]


def test_its_numbers_and_claims_have_the_addresses_of_their_prompts(output: Path) -> None:
    records = output / "hugo/content/posts/pair/data"
    numbers = [entry["address"] for entry in load((records / "numbers.zh.yaml").read_bytes())]
    assert numbers == [
        "wukong:generation.steps[0].prob",
        "wukong:embed[0][0]",
        "models/xiyouji:config.d_vocab",
        "tang.seng:embed[0][0]",
        "models/xiyouji:config.d_vocab",
        "cosine(wukong:embed[0], tang.seng:embed[0])",
    ]
    claims = [entry["condition"] for entry in load((records / "claims.zh.yaml").read_bytes())]
    assert claims == [
        "wukong:generation.steps[0].prob < 1",
        "tang.seng:generation.steps[0].prob < 1",
        "wukong:tokens[0].id != tang.seng:tokens[0].id",
    ]


def test_what_verifies_checks_and_compares_a_build_takes_it_like_any_page(
    site: Path, output: Path
) -> None:
    assert [found.problems for _, found in verify(output, site)] == [[], [], []]
    articles = articles_by_folder(Project(site))
    assert articles.keys() == {"posts/pair", "en/posts/pair", "posts/models"}
    checked = check_site(output / "site", articles, base_url="https://example.org/")
    assert checked.problems == []
    assert diff(output, output).unchanged == ["models", "pair.en", "pair.zh"]


@pytest.mark.parametrize(
    ("slug", "card", "folders"),
    [
        ("pair", ["xiyouji", "wukong，tang.seng"], {"wukong", "tang.seng", "models/xiyouji"}),
        (
            "models",
            ["xiyouji", "wukong", "second", "other"],
            {"wukong", "other", "models/xiyouji", "models/second", "fact"},
        ),
    ],
)
def test_each_prompt_is_named_with_its_model_and_has_its_data_beside_the_page(
    slug: str, card: list[str], folders: set[str], output: Path
) -> None:
    page = BeautifulSoup((output / f"site/posts/{slug}/index.html").read_text("utf-8"), "html5lib")
    told = [dd.get_text() for dd in page.select(".card dd") if not dd.select("code, a")]
    assert told == card
    assert len(page.select(".card dd code")) == len(card) // 2
    bundle = output / f"hugo/content/posts/{slug}"
    found = {
        index.parent.relative_to(bundle / "data") for index in bundle.glob("data/**/index.yaml")
    }
    assert {folder.as_posix() for folder in found} == folders
    panel = (bundle / "index.zh.md" if slug == "pair" else bundle / "index.md").read_text("utf-8")
    for name in card[0::2]:
        assert f"<code>{name}</code>" in panel


def test_a_blog_is_not_told_which_prompts_are_compared(output: Path) -> None:
    text = (output / "hugo/content/posts/pair/index.zh.md").read_text(encoding="utf-8")
    assert "prompts:" not in text.split("---\n")[1]


def test_the_pages_made_from_published_data_are_the_same(site: Path, output: Path) -> None:
    again: Built = build(Project(site), site / "again", Reporter(quiet=True), data=output / "data")
    assert [page.slug for page in again.pages] == ["models", "pair", "pair"]
    assert diff(output, site / "again").affected == []
    bundle = "hugo/content/posts/pair/index.zh.md"
    assert (site / "again" / bundle).read_bytes() == (output / bundle).read_bytes()


def test_claims_lists_those_of_a_comparison(site: Path) -> None:
    told = CliRunner().invoke(cli, ["claims", "--project", str(site)])
    assert (told.exit_code, told.stdout.count("pair:")) == (0, 6)


def test_it_is_stale_when_any_of_its_prompts_is(site: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(site, tmp_path / "site", symlinks=True))
    reasons = {part.part: part.reasons for part in explain(Project(root), root / "output", "pair")}
    assert not any(reasons.values())
    config = root / "content/prompts/tang.seng.yaml"
    config.write_text(config.read_text("utf-8").replace("唐僧", "唐僧道"), encoding="utf-8")
    reasons = {part.part: part.reasons for part in explain(Project(root), root / "output", "pair")}
    assert [part for part, why in reasons.items() if part.startswith("data/") and why] == [
        "data/tang.seng"
    ]
    assert reasons["the page, in zh"] == ["data/tang.seng is to be made anew"]
    other = explain(Project(root), root / "output", "models")
    assert all(not part.reasons for part in other if "neighbours" not in str(part.reasons))


@pytest.mark.parametrize(
    ("body", "prompts", "message"),
    [
        ("{{ embed[0][0] | num }}", (), 'write prompts["wukong"].embed, or run.embed in {% for'),
        ("{{ model.config.n_layers | num }}", ("wukong", "other"), "have different models"),
        ("{{ prompts.wukon.embed }}", (), "`prompts` has no 'wukon'; did you mean 'wukong'?"),
        ("{{ prompts.wukong.embd }}", (), "the prompt has no 'embd'; did you mean 'embed'?"),
        ("{{ prompts[2].embed }}", (), "`prompts` has 2, from 0 to 1, and there is no [2]"),
        ("{{ len(prompts) | num }}", (), "without an address, write `… | length | lit`"),
        ("{{ prompts }}", (), "`prompts` alone cannot be shown"),
        ("{{ prompts.wukong }}", (), "the prompt wukong cannot be shown"),
        ("有 2 个。", (), "nobody answers for the digits '2'"),
        (
            '{% claim "a" if prompts[0].embed[0][0] > prompts[1].embed[0][0] + 99 %}{% endclaim %}',
            (),
            "not true of prompt wukong, model xiyouji and prompt tang.seng, model xiyouji",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(
    body: str, prompts: tuple[str, ...], message: str, make: Make
) -> None:
    with pytest.raises(GlasspageError) as caught:
        make(f"\n{body}\n", *prompts)
    assert (caught.value.line, message in caught.value.message) == (8, True), caught.value.message


def test_a_name_may_be_asked_for_that_only_a_single_prompt_has(make: Make) -> None:
    body = "{% if embed is defined %}甲{% else %}乙{% endif %}{{ prompts | length | lit }}"
    assert make(body).content.markdown == "乙2\n"


def test_the_comparison_of_the_readme_can_be_made(make: Make) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    article = readme.split("### Compare prompts")[1].split("```markdown\n")[1].split("```")[0]
    body = article.split("---\n")[2].replace("prompts.tangseng", "prompts['tang.seng']")
    page = make(body)
    assert [heading.id for heading in page.content.html.toc] == ["prompt-1", "prompt-2"]
    assert len(page.content.claims) == 1


def test_a_list_of_prompts_that_was_begun_and_left_empty_is_an_error(tmp_path: Path) -> None:
    front = "---\ntitle: 题\ndate: 2026-01-01\nsummary: 述\nprompts:\n---\n文。\n"
    (tmp_path / "index.md").write_text(front, encoding="utf-8")
    with pytest.raises(GlasspageError, match="prompts: expected a list, not nothing") as refused:
        read_articles(tmp_path, ["zh"])
    assert refused.value.line == 5


def test_a_list_of_one_prompt_is_a_comparison_too(make: Make) -> None:
    page = make("{% for run in prompts %}{{ run.tokens[0].text }}{% endfor %}", "wukong")
    assert (page.slug, page.content.markdown) == (page.article.name, "悟\n")
