"""Claims: no sentence outlives the condition that makes it true."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from comparing import COMPARING
from conftest import HOME, ROOT, WUKONG, page_data, publish
from turning import (
    FOLDERS,
    Told,
    branches_in,
    check_that_it_turned,
    check_that_it_turns_over,
    data_of,
    in_each_language,
    names_in,
)

from generator.build.paging import make_pages
from generator.check.pages import Published
from generator.data.address import evaluate
from generator.data.folder import DataFolder
from generator.data.runs import PageData
from generator.errors import CombinedError, GlasspageError, TemplateError
from generator.model.checkpoint import Checkpoint
from generator.page.claims import demand
from generator.page.page import Page, make_page
from generator.page.rendering import Kit
from generator.project.article import read_articles
from generator.project.project import Project

Make = Callable[[str], Page]
LOOP = read_articles(ROOT / "content/articles/next-token-loop", ["zh", "en"])[0]


@pytest.fixture(scope="module")
def page(output: Path) -> Page:
    (made,) = make_pages(Project(HOME), output / "data")
    return made


@pytest.fixture(scope="module")
def kit() -> Kit:
    project = Project(HOME)
    return Kit.of(project.theme, "zh", project.facts, project.terms)


@pytest.fixture(scope="module")
def loop_page(output: Path, kit: Kit) -> Page:
    """The article on the loop, over the same data."""
    return make_page(LOOP, page_data(output / "data"), kit)


@pytest.fixture
def make(kit: Kit, folders: dict[str, DataFolder], tmp_path: Path) -> Make:
    """Make a page of an article's body over the real data."""

    def make_(body: str) -> Page:
        front = "---\ntitle: 题\ndate: 2026-11-22\nsummary: 摘要\n---\n"
        (tmp_path / "index.md").write_text(front + body, encoding="utf-8")
        return make_page(read_articles(tmp_path, ["zh"])[0], data_of(folders), kit)

    return make_


@pytest.fixture
def folders(output: Path) -> dict[str, DataFolder]:
    return {name: DataFolder(output / "data" / name, name) for name in FOLDERS}


# What a claim does


def test_a_true_claim_shows_its_words_and_a_false_one_its_others(
    make: Make, folders: dict[str, DataFolder]
) -> None:
    body = (
        '{% claim "a" if tokens[0].id > 0 %}甲{% else %}乙{% endclaim %}'
        '{% claim "b" if tokens[0].id < 0 %}丙{% else %}丁{% endclaim %}'
    )
    page = make(body)
    assert page.content.markdown.strip() == "甲丁"
    assert [(claim.name, claim.truth.holds) for claim in page.content.claims] == [
        ("a", True),
        ("b", False),
    ]


def test_all_untrue_claims_of_a_page_are_told_at_once_with_their_parts(
    make: Make, folders: dict[str, DataFolder]
) -> None:
    body = (
        '{% claim "a" if tokens[0].id > 9999 %}甲{% endclaim %}\n\n'
        '{% claim "b" if blocks[0].attn.pattern[0][2].argmax() == 7 %}乙{% endclaim %}\n'
    )
    with pytest.raises(CombinedError) as caught:
        make(body)
    first, second = caught.value.errors
    assert (first.line, second.line) == (6, 8)
    assert "the claim 'a' is not true of prompt wukong, model xiyouji" in first.message
    assert "wukong:tokens[0].id > 9999" in first.message
    token = folders["wukong"].read("tokens")[0]["id"]
    assert str(first.hint).startswith(f"wukong:tokens[0].id is {token}; write what is true")
    assert "argmax(wukong:blocks.0.attn.pattern[0][2]) is 0" in str(second)


def test_two_claims_of_one_name_are_refused(make: Make) -> None:
    body = '{% claim "a" if tokens[0].id > 0 %}甲{% endclaim %}\n' * 2
    with pytest.raises(TemplateError, match="made twice; the first is on line 6") as caught:
        make(body)
    assert caught.value.line == 7


def test_a_claim_in_a_loop_is_one_claim_met_several_times(
    make: Make, folders: dict[str, DataFolder]
) -> None:
    body = '{% for t in tokens %}{% claim "a" if t.id > 0 %}甲{% endclaim %}{% endfor %}'
    page = make(body)
    assert page.content.markdown.strip() == "甲甲甲"
    conditions = [claim.truth.condition for claim in page.content.claims]
    assert conditions == [f"wukong:tokens[{n}].id > 0" for n in range(3)]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("{% claim if tokens %}x{% endclaim %}", "begins with its name"),
        ('{% claim "a" %}x{% endclaim %}', "expected token 'if'"),
        ('{% claim "a" if tokens %}x{% endclaim %}', "compares values"),
        ('{% claim "a" if 1 < 2 %}x{% endclaim %}', "says nothing of the data"),
        ('{% claim "a" if tokens[0].id in 3 %}x{% endclaim %}', "cannot compare with in"),
        ('{% claim "a" if tokens[0].id == none %}x{% endclaim %}', "cannot compare None"),
        ('{% claim "a" if tokens[0].id > 0 %}x', "endclaim"),
    ],
)
def test_a_claim_written_wrongly_is_told_by_line(tag: str, message: str, make: Make) -> None:
    with pytest.raises(TemplateError, match=message) as caught:
        make(f"\n\n{tag}\n")
    assert caught.value.line in (8, 9)


def test_a_page_without_claims_demands_nothing() -> None:
    demand([], Path("index.md"), [])


def test_the_margin_is_how_far_a_condition_is_from_turning_over(
    make: Make, folders: dict[str, DataFolder]
) -> None:
    body = """
{% set row = blocks[0].attn.pattern[0][2] %}
{% claim "plain" if row[0] > row[0] * 0.75 %}x{% endclaim %}
{% claim "both" if row[0] > row[0] * 0.75 and row[0] > row[0] * 0.9 %}x{% endclaim %}
{% claim "either" if row[0] > row[0] * 0.75 or row[0] > row[0] * 0.9 %}x{% endclaim %}
{% claim "one-of-two" if row[0] > row[0] * 0.75 or row[0] > row[0] * 2 %}x{% endclaim %}
{% claim "not" if not row[0] < row[0] * 0.75 %}x{% endclaim %}
{% claim "choice" if row.argmax() == 0 %}x{% endclaim %}
{% claim "count" if len(tokens) == 3 %}x{% endclaim %}
"""
    page = make(body)
    margins = {claim.name: claim.truth.margin for claim in page.content.claims}
    first, second, third = sorted(folders["wukong"].read("blocks.0.attn.pattern")[0][2])[::-1]
    last = folders["wukong"].read("blocks.0.attn.pattern")[0][2].argmin()
    assert margins["plain"] == pytest.approx(0.25)
    assert margins["both"] == pytest.approx(0.1)
    assert margins["either"] == pytest.approx(0.25)
    assert margins["one-of-two"] == pytest.approx(0.25)
    assert margins["not"] == pytest.approx(0.25)
    assert margins["choice"] == pytest.approx((first - second) / first)
    assert margins["count"] is None
    body = f"""
{{% set row = blocks[0].attn.pattern[0][2] %}}
{{% claim "another" if row.argmax() != {last} %}}x{{% endclaim %}}
{{% claim "any" if row.argmax() >= 0 %}}x{{% endclaim %}}
{{% claim "false" if row.argmax() == {last} %}}x{{% else %}}y{{% endclaim %}}
{{% claim "itself" if row[0] == row[0] %}}x{{% endclaim %}}
{{% claim "infinite" if blocks[0].attn.scores[0][0][1] < 0.5 %}}x{{% endclaim %}}
{{% claim "chain" if row[0] < row[0] * 0.5 < row[0] * 0.4 %}}x{{% else %}}y{{% endclaim %}}
"""
    page = make(body)
    margins = {claim.name: claim.truth.margin for claim in page.content.claims}
    assert margins["another"] == pytest.approx((first - third) / first)
    assert margins["any"] is None
    assert margins["false"] == pytest.approx((first - third) / first)
    assert margins["itself"] is None
    assert margins["infinite"] == float("inf")
    assert margins["chain"] == pytest.approx(0.5)


# The claims of the articles


def test_the_article_makes_at_least_25_claims(page: Page) -> None:
    assert len({claim.name for claim in page.content.claims}) >= 25


def test_every_claim_of_the_pages_is_evaluated_again_to_the_same_truth(
    page: Page, loop_page: Page, output: Path
) -> None:
    published = Published(output / "data")
    for claim in page.content.claims + loop_page.content.claims:
        assert evaluate(claim.truth.condition, published.resolve) is claim.truth.holds


MEASURED = ["it-beats-the-smaller-model", "growing-paid-off"]  # against a baseline
ROTARY = "behind-the-first-layer-values-change-too"  # of other architectures, see there
ARTICLES = ("llm-pipeline", "next-token-loop", "first-look")


def claim_ids() -> list[tuple[str, str]]:
    """The claims of the articles over a model like ours, not measured against another."""
    return [
        (article, name)
        for article in ARTICLES
        for name in names_in(article)
        if name not in (*MEASURED, ROTARY)
    ]


@pytest.fixture(scope="module")
def articles(output: Path) -> dict[str, list[Told]]:
    """The articles in every language, over the same data."""
    data = page_data(output / "data")
    return {article: in_each_language(article, data) for article in ARTICLES}


def test_no_article_is_left_out_here_and_where_several_prompts_are_compared() -> None:
    folders = {folder.name for folder in (ROOT / "content/articles").iterdir()}
    assert folders == {*ARTICLES, *COMPARING}


def test_the_branches_of_a_claim_end_where_it_says_and_not_where_a_condition_inside_does(
    kit: Kit,
) -> None:
    body = """
{% claim "a" if x > 0 %}甲{% if y %}乙乙乙{% else %}丙丙丙{% endif %}丁丁
{% else %}戊戊{% for z in y %}己己己{% else %}庚庚庚{% endfor %}
{% endclaim %}
{% claim "b" if x > 0 %}辛{{ x }}壬壬{% endclaim %}
"""
    assert branches_in(body, kit.templates) == {"a": ("丁丁", "戊戊"), "b": ("壬壬", "")}


@pytest.mark.parametrize(("article", "name"), claim_ids())
def test_a_wrong_trace_turns_each_claim_over_and_the_page_says_otherwise_or_fails(
    article: str,
    name: str,
    articles: dict[str, list[Told]],
    folders: dict[str, DataFolder],
) -> None:
    check_that_it_turns_over(name, articles[article], folders, data_of)


@pytest.mark.parametrize("name", MEASURED)
def test_a_model_is_said_to_be_better_than_its_baseline_only_where_it_is(
    name: str, articles: dict[str, list[Told]], folders: dict[str, DataFolder]
) -> None:
    def measured_against(loss: float) -> PageData:
        model = copy.copy(folders["models/xiyouji"])
        model._contents = {}
        model.head = copy.deepcopy(model.head)
        baseline = {"model": "tiny", "parameters": 1000, "held_out_loss": loss}
        model.head["card"]["trained"]["metrics"]["baseline"] = baseline
        return data_of({**folders, "models/xiyouji": model})

    far, near, better = (measured_against(loss) for loss in (9.5, 4.6, 0.5))
    for one in articles["llm-pipeline"]:
        said = Told(one.over(far), one.kit)
        check_that_it_turned(name, said, one.over(better), better)
        truths = {claim.name: claim.truth.holds for claim in one.over(near).claims}
        assert [truths[each] for each in MEASURED] == [True, False]


@pytest.mark.parametrize("noise", [0.3, 3.0, "untrained"])
def test_over_a_worse_checkpoint_the_article_is_made_or_names_every_untrue_claim(
    noise: float | str, checkpoint: Checkpoint, kit: Kit, tmp_path: Path
) -> None:
    worse = copy.deepcopy(checkpoint)
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for weight in worse.gpt.parameters():
            if weight.dim() < 2:
                continue
            spread = 0.02 if noise == "untrained" else float(noise) * float(weight.std())
            random = torch.randn(weight.shape, generator=generator, dtype=weight.dtype) * spread
            weight.copy_(random if noise == "untrained" else weight + random)
    publish(tmp_path, worse, WUKONG, worse.tokenizer.encode(WUKONG.prompt))

    loop = make_page(LOOP, page_data(tmp_path), kit)
    assert {claim.name for claim in loop.content.claims if not claim.otherwise} == set()
    try:
        (made,) = make_pages(Project(HOME), tmp_path)
    except GlasspageError as error:
        errors = error.errors if isinstance(error, CombinedError) else [error]
        assert all(str(each).count("the claim '") == 1 for each in errors), str(error)
        assert all(each.line for each in errors)
    else:
        turned = [claim.name for claim in made.content.claims if not claim.truth.holds]
        assert turned if noise in (3.0, "untrained") else True
