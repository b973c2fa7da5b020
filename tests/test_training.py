"""Training, on a text so small that it takes a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

import pytest
import torch
import yaml
from safetensors.torch import load_file

from generator.errors import ConfigError, ModelError
from generator.files import sha256_of
from generator.model.checkpoint import load
from generator.model.training import MARKER, Trainer, learning_rate
from generator.project.card import Baseline, Card
from generator.project.source import Source
from generator.reporter import Advance, Reporter

TEXT = "山高水长，水流山转。" * 60

CARD = """\
title: 山水  # the author's comment
summary: 一个极小的模型
licence: MIT
architecture: {n_layers: 1, n_heads: 2, d_model: 16, n_ctx: 8}
corpus: {title: 山水, author: 无名, language: zh, licence: public domain, source: 此处}
recipe:
  seed: 3
  steps: 40
  batch_size: 4
  learning_rate: 1.0e-2
  min_learning_rate: 1.0e-3
  warmup_steps: 5
  betas: [0.9, 0.99]
  weight_decay: 0.1
  grad_clip: 1.0
  dropout: 0.1
  held_out: 0.1
  evaluate_every: 10
words:
  景物: [山, 水]
  动作: [流, 转]
"""


class Interrupting(Reporter):
    """Stands in for a user who presses Ctrl-C at a step."""

    def __init__(self, step: int) -> None:
        super().__init__(quiet=True)
        self.step = step

    @contextmanager
    def progress(self, what: str, total: int, *, start: int = 0) -> Iterator[Advance]:
        def advance(to: int, note: str) -> None:
            if to == self.step:
                raise KeyboardInterrupt

        yield advance


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "model.yaml").write_text(CARD, encoding="utf-8")
    return folder


def card_of(folder: Path) -> Card:
    return Source.read(folder / "model.yaml").parse(Card)


def test_training_learns_and_leaves_a_model_that_loads(folder: Path, corpus: Path) -> None:
    Trainer(folder, corpus, Reporter(quiet=True)).run()
    card = card_of(folder)
    assert card.trained is not None
    history = yaml.safe_load((folder / "history.yaml").read_text(encoding="utf-8"))
    assert [row["step"] for row in history] == [0, 10, 20, 30, 40]
    assert history[-1]["held_out_loss"] < history[0]["held_out_loss"] - 0.5
    assert {"std", "min", "max", "norm", "cosine_within", "cosine_between"} <= history[0].keys()
    words = [(group, word) for group, inside in card.words.items() for word in inside]
    pairs = [a[0] == b[0] for n, a in enumerate(words) for b in words[n + 1 :]]
    for row in history:
        for name, of_one_group in (("cosine_within", True), ("cosine_between", False)):
            found = [
                c for c, same in zip(row["cosines"], pairs, strict=True) if same is of_one_group
            ]
            assert mean(found) == pytest.approx(row[name], abs=1e-4)
    assert card.trained.corpus.sha256 == sha256_of(corpus)
    assert card.trained.corpus.characters == len(TEXT)
    checkpoint = load("tiny", folder, card)
    assert len(checkpoint.tokenizer) == len(set(TEXT))
    assert not torch.equal(checkpoint.untrained, checkpoint.gpt.embed.weight)
    assert checkpoint.untrained.std().item() == pytest.approx(0.02, rel=0.2)
    assert not (folder / "training.pt").exists()


def test_the_best_held_out_state_is_kept_and_not_the_last(folder: Path, corpus: Path) -> None:
    # What is held out says the opposite of what is trained on, so it gets worse with training.
    corpus.write_text(TEXT + "转流水山" * 17, encoding="utf-8")
    trainer = Trainer(folder, corpus, Reporter(quiet=True))
    trainer.run()
    best = min(trainer.history, key=lambda row: row["held_out_loss"])
    trained = card_of(folder).trained
    assert trained is not None
    assert best["step"] < trainer.history[-1]["step"]
    assert trained.metrics.best_step == best["step"]
    assert trained.metrics.held_out_loss == pytest.approx(best["held_out_loss"], abs=1e-2)


def test_the_learning_rate_warms_up_and_falls_along_a_cosine() -> None:
    recipe = Source(CARD, Path("model.yaml")).parse(Card).recipe
    assert recipe is not None
    assert learning_rate(recipe, 0) == pytest.approx(0.002)
    assert learning_rate(recipe, 4) == pytest.approx(0.01)
    assert learning_rate(recipe, 5) == pytest.approx(0.01)
    assert learning_rate(recipe, 22.5) == pytest.approx(0.0055)  # type: ignore[arg-type]
    assert learning_rate(recipe, 40) == pytest.approx(0.001)


def test_an_interrupted_training_ends_as_an_uninterrupted_one(
    folder: Path, corpus: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "model.yaml").write_text(CARD, encoding="utf-8")
    Trainer(whole, corpus, Reporter(quiet=True)).run()

    with pytest.raises(KeyboardInterrupt):
        Trainer(folder, corpus, Interrupting(25)).run()
    assert (folder / "training.pt").exists()
    resumed = Trainer(folder, corpus, Reporter(quiet=True))
    resumed.run()
    expected = load_file(whole / "model.safetensors")
    found = load_file(folder / "model.safetensors")
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert (folder / "history.yaml").read_bytes() == (whole / "history.yaml").read_bytes()


def test_an_interrupted_training_does_not_resume_under_another_recipe(
    folder: Path, corpus: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        Trainer(folder, corpus, Interrupting(15)).run()
    card = folder / "model.yaml"
    text = card.read_text(encoding="utf-8").replace("seed: 3", "seed: 4")
    card.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="another recipe or text") as caught:
        Trainer(folder, corpus, Reporter(quiet=True)).run()
    assert "--fresh" in str(caught.value)


def test_the_author_s_part_of_the_card_stays_as_it_was(folder: Path, corpus: Path) -> None:
    for _ in range(2):
        Trainer(folder, corpus, Reporter(quiet=True)).run()
        own, _, account = (folder / "model.yaml").read_text(encoding="utf-8").partition(MARKER)
        assert own.rstrip() == CARD.rstrip()
        assert account.count("\ntrained:") == 1


def test_a_model_is_measured_against_a_smaller_one_of_the_same_text(
    folder: Path, corpus: Path
) -> None:
    Trainer(folder, corpus, Reporter(quiet=True)).run()
    big = folder.with_name("big")
    big.mkdir()
    card = big / "model.yaml"
    card.write_text("baseline: tiny\n" + CARD.replace("d_model: 16", "d_model: 32"), "utf-8")
    Trainer(big, corpus, Reporter(quiet=True)).run()
    small, trained = card_of(folder).trained, card_of(big).trained
    assert small is not None and small.metrics is not None
    assert trained is not None and trained.metrics is not None
    assert trained.metrics.baseline == Baseline(
        model="tiny",
        parameters=small.parameters,
        held_out_loss=small.metrics.held_out_loss,
    )

    corpus.write_text(TEXT + "山", encoding="utf-8")
    with pytest.raises(ConfigError, match="tiny was measured on another text") as caught:
        Trainer(big, corpus, Reporter(quiet=True))
    assert caught.value.line == 1
    card.write_text(f"baseline: nobody\n{CARD}", encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no model 'nobody' that was trained"):
        Trainer(big, corpus, Reporter(quiet=True))


def test_another_text_than_the_card_names_is_refused(folder: Path, corpus: Path) -> None:
    card = folder / "model.yaml"
    text = CARD.replace("source: 此处", f"source: 此处, sha256: {'a' * 64}")
    card.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="not the text that the card names") as caught:
        Trainer(folder, corpus, Reporter(quiet=True))
    assert caught.value.file == corpus


def test_a_text_that_is_too_short_is_refused(folder: Path, corpus: Path) -> None:
    corpus.write_text("山水山水流转", encoding="utf-8")
    with pytest.raises(ConfigError, match="too short"):
        Trainer(folder, corpus, Reporter(quiet=True))


def test_a_word_that_the_text_lacks_is_refused_with_its_line(folder: Path, corpus: Path) -> None:
    card = folder / "model.yaml"
    card.write_text(CARD.replace("[流, 转]", "[流, 龙]"), encoding="utf-8")
    with pytest.raises(ConfigError, match="龙") as caught:
        Trainer(folder, corpus, Reporter(quiet=True))
    assert caught.value.line == CARD.split("\n").index("  动作: [流, 转]") + 1
