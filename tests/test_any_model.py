"""The article over models of other architectures, whose training left no record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import HOME, WUKONG, page_data, publish
from families import D_VOCAB, architecture, random_gpt

from generator.model.checkpoint import Checkpoint
from generator.model.tokenizer import CharacterTokenizer
from generator.page.gallery import gallery
from generator.page.page import make_page
from generator.page.rendering import Kit
from generator.project.project import Project

UNRECORDED = dict.fromkeys(("untrained", "history", "corpus", "metrics"))


@pytest.mark.parametrize("family", ["nanoGPT", "from scratch", "Llama", "Qwen3"])
def test_the_article_says_what_is_so_of_any_architecture(
    family: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    shape = architecture(family)
    card = checkpoint.card.model_copy(
        update={"architecture": shape, "corpus": None, "recipe": None, "words": {}}
    )
    other = replace(
        checkpoint,
        card=card,
        trained=checkpoint.trained.model_copy(update=UNRECORDED),
        gpt=random_gpt(family),
        tokenizer=CharacterTokenizer("悟空道师父说我去也不知天山水人行"[:D_VOCAB] + "。"),
        untrained=None,
    )
    publish(tmp_path, other, WUKONG, other.tokenizer.encode(WUKONG.prompt))
    project = Project(HOME)
    kit = Kit.of(project.theme, "zh", project.facts, project.terms)
    article = project.articles_of(project.prompts[0])[0]
    page = make_page(article, page_data(tmp_path), kit)

    text = BeautifulSoup(str(page.content.html.body), "html5lib").get_text()
    assert ("RMSNorm" in text, "LayerNorm" in text) == (shape.norm == "rms", shape.norm == "layer")
    assert ("位置嵌入" in text, "转过一个角度" in text) == (
        shape.positions != "rotary",
        shape.positions == "rotary",
    )
    assert ("另有一张表" in text) != shape.tied
    assert "训练没有留下记录" in text

    english = Kit.of(project.theme, "en", project.facts, project.terms)
    drawn = gallery(project.theme, "en", page_data(tmp_path), english)
    assert str(drawn["body"]).count("Not drawn here") == 3
