"""The project as it is: all of its models, and a page over each."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from comparing import COMPARING, compared_by, copied
from conftest import ROOT

from generator.build.builder import build
from generator.build.tracing import Tracer
from generator.check.verify import verify
from generator.model.checkpoint import Checkpoint
from generator.page.marks import marks_of
from generator.project.card import Baseline, Card
from generator.project.project import Project
from generator.project.source import Source
from generator.reporter import Reporter
from generator.trace.multiply_adds import multiply_adds

MOST = 56_000_000  # bytes of all models together
WORTHWHILE = 0.05  # nats a token that a bigger model should save


def cards() -> dict[str, Card]:
    files = (ROOT / "models").glob("*/model.yaml")
    return {file.parent.name: Source.read(file).parse(Card) for file in files}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project without the pages over the big models, which are made as the others are, and
    without those that compare prompts."""
    compared = {f"{name}.yaml" for article in COMPARING for name in compared_by(article)}
    return copied(tmp_path / "project", {"*-big.yaml", *COMPARING, *(compared - {"romeo.yaml"})})


def test_every_model_can_read_its_prompts() -> None:
    project = Project(ROOT)
    by_model = {named.model: named for named in project.prompts}
    assert by_model.keys() == cards().keys()
    tracer = Tracer(project, threads=1)
    tracer.check(project.prompts)
    for named in by_model.values():
        traced = tracer.trace(named, Reporter(quiet=True))
        assert len(traced.choices) == named.prompt.new_tokens


def test_every_prompt_has_its_page_in_every_language_and_verify_holds_all_of_it(
    project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "output"
    built = build(project, target, Reporter(quiet=True))
    assert {page.slug for page in built.pages} == {
        f"{article}-{named.name}"
        for named in project.prompts
        for article in project.article_names(named)
    }
    assert [findings.problems for _, findings in verify(target, project.root)] == [[], [], []]
    shown: dict[str, list[Counter[tuple[str, str]]]] = {}
    for page in built.pages:
        marks = marks_of(page.content.markdown)
        shown.setdefault(page.slug, []).append(Counter((m.address, m.value) for m in marks))
    for slug, languages in shown.items():
        if slug.startswith(("llm-pipeline-", "next-token-loop-")):
            assert len(languages) == len(project.site.languages), slug
        assert all(values == languages[0] for values in languages), slug


def test_every_model_says_how_it_was_trained_on_what_and_how_well() -> None:
    known = cards()
    for name, card in known.items():
        assert card.licence and card.recipe and card.corpus and card.trained, name
        trained = card.trained
        assert trained.corpus and trained.corpus.sha256 == card.corpus.sha256, name
        assert trained.metrics, name
        if card.baseline is not None:
            smaller = known[card.baseline].trained
            assert smaller and smaller.metrics, name
            assert trained.metrics.baseline == Baseline(
                model=card.baseline,
                parameters=smaller.parameters,
                held_out_loss=smaller.metrics.held_out_loss,
            )
            saved = smaller.metrics.held_out_loss - trained.metrics.held_out_loss
            too_short = "太短" in card.summary or "too short" in card.summary
            assert saved > 0 and too_short == (saved < WORTHWHILE), name
    assert sum(f.stat().st_size for f in (ROOT / "models").rglob("*")) <= MOST


def test_the_code_that_articles_offer_for_checking_prints_what_they_say(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def printed(article: str, mentions: str) -> list[str]:
        text = (ROOT / "content/articles" / article / "index.md").read_text(encoding="utf-8")
        (code,) = [
            code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if mentions in code
        ]
        exec(code, {})
        return capsys.readouterr().out.splitlines()

    monkeypatch.chdir(ROOT)
    assert "embed.weight [4477, 256]" in printed("inference", "load_file")
    counted = [f"xiyouji {n} {sum(multiply_adds(checkpoint.gpt.config, n, n))}" for n in (1, 3, 8)]
    assert set(counted) <= set(printed("next-token-loop", "FlopCounterMode"))
