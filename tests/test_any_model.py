"""The articles over models of other architectures, whose training left no record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import HOME, ROOT, WUKONG, page_data, publish
from families import D_VOCAB, N_CTX, architecture, random_gpt
from turning import FOLDERS, check_that_it_turns_over, data_of, in_each_language

from generator.data.folder import DataFolder
from generator.errors import GlasspageError
from generator.model.checkpoint import Checkpoint
from generator.model.tokenizer import CharacterTokenizer
from generator.page.gallery import gallery
from generator.page.page import make_page
from generator.page.rendering import Kit, PageValues
from generator.project.article import read_articles
from generator.project.project import Project

# What is so only where a text may outgrow the context.
BEYOND = ("写到上下文满了还不停", "线才直了", "忽然变陡")
BEYOND_IN_ENGLISH = ("and then further", "the line goes on straight", "suddenly turns upward")
# What only models say that turn queries and keys.
ROTARY = "behind-the-first-layer-values-change-too"
UNRECORDED = dict.fromkeys(("untrained", "history", "corpus", "metrics"))


def over(checkpoint: Checkpoint, family: str, **card: None) -> Checkpoint:
    """The checkpoint with random weights of this family, and `card` in its card's place."""
    update = {"architecture": architecture(family), "words": {}, **card}
    return replace(
        checkpoint,
        card=checkpoint.card.model_copy(update=update),
        trained=checkpoint.trained.model_copy(update=UNRECORDED),
        gpt=random_gpt(family),
        tokenizer=CharacterTokenizer("悟空道师父说我去也不知天山水人行"[:D_VOCAB] + "。"),
        untrained=None,
    )


@pytest.mark.parametrize("family", ["from scratch", "Llama", "Qwen3"])
def test_the_article_says_what_is_so_of_any_architecture(
    family: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    shape = architecture(family)
    other = over(checkpoint, family, corpus=None, recipe=None)
    longest = N_CTX if shape.slides else N_CTX - len(WUKONG.prompt) + 1
    prompt = WUKONG.model_copy(update={"new_tokens": longest})
    publish(tmp_path, other, prompt, other.tokenizer.encode(prompt.prompt))
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
    past = N_CTX - len(prompt.prompt) + 2  # the first round that reads more than N_CTX
    assert (f"从第 {past} 圈起，文字已经比这更长" in text) == shape.slides

    english = Kit.of(project.theme, "en", project.facts, project.terms)
    loop = read_articles(ROOT / "content/articles/next-token-loop", ["zh", "en"])
    said, told = (
        make_page(article, page_data(tmp_path), kit)
        for article, kit in zip(loop, (kit, english), strict=True)
    )
    rotary, shared = shape.positions == "rotary", shape.n_key_value_heads < shape.n_heads
    for page, turned, fewer, beyond in (
        (said, "转动查询和键", "几个查询合用一个", BEYOND),
        (told, "turns queries and keys", "shared by several", BEYOND_IN_ENGLISH),
    ):
        text = BeautifulSoup(str(page.content.html.body), "html5lib").get_text()
        assert (turned in text, fewer in text) == (rotary, shared)
        assert [words in text for words in beyond] == [shape.slides] * 3
    absent = {"dropout.rate": "the model xiyouji was not trained with it"}
    if rotary:
        folders = {name: DataFolder(tmp_path / name, name) for name in FOLDERS}
        written = in_each_language("next-token-loop", data_of(folders))
        check_that_it_turns_over(ROTARY, written, folders, data_of)
        absent["pos_embed[0][0]"] = "xiyouji has no pos_embed: it tells positions"
    for name, why in absent.items():
        with pytest.raises(GlasspageError, match=why):
            body = f"{{{{ {name} | num }}}}"
            kit.templates.render_body(body, Path("index.md"), PageValues(page_data(tmp_path), {}))
    if family == "Llama":  # which has the fewest values
        drawn = gallery(project.theme, "en", page_data(tmp_path), english)
        assert str(drawn["body"]).count("Not drawn here") == 4


FULL = "悟空道师父说我去也不知天"


@pytest.mark.parametrize(
    ("family", "text", "new"),
    [
        *(("nanoGPT", "悟空道", new) for new in (1, 2, 14)),
        *(("Llama", "悟空道", new) for new in (1, 10)),
        ("Llama", FULL, 1),
    ],
)
def test_the_article_on_the_loop_holds_for_one_token_and_beyond_the_context(
    family: str, text: str, new: int, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    other = over(checkpoint, family)
    prompt = WUKONG.model_copy(update={"prompt": text, "new_tokens": new})
    publish(tmp_path, other, prompt, other.tokenizer.encode(prompt.prompt))
    project = Project(HOME)
    kit = Kit.of(project.theme, "zh", project.facts, project.terms)
    article = read_articles(ROOT / "content/articles/next-token-loop", ["zh", "en"])[0]
    page = make_page(article, page_data(tmp_path), kit)
    said = BeautifulSoup(str(page.content.html.body), "html5lib").get_text()
    slides, begins = family == "nanoGPT", len(text)
    claims = {claim.name: claim.truth.holds for claim in page.content.claims}
    assert claims["decoding-with-the-cache-gives-the-same"]
    assert claims.get("nothing-moved-from-pass-to-pass", True) == (new < 14)
    full = begins + new - 1 >= N_CTX
    assert ("就不再添了" in said, "两者又成了一样" in said) == (full, new == 14)
    assert ("后一张单子就是前一张" in said) == (new > 1)
    assert ("只让这个模型写到写满为止" in said) == (not slides)
    assert [words in said for words in BEYOND] == [slides] * 3
    ends = N_CTX + N_CTX // 4 if slides else N_CTX
    told = {m.value for m in page.content.marks if ":multiply_adds.lengths[" in m.address}
    assert told == {str(n) for n in range(begins, ends + 1)}
    assert ("累计的乘加是这样" in said) == (begins < ends)
