"""Reading a model's folder: what is wrong with it is said with the file's name."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file, save_file

from generator.errors import ConfigError, ModelError
from generator.files import sha256_of
from generator.model.checkpoint import Checkpoint, load
from generator.project.card import Card
from generator.project.source import Source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the real model's folder."""
    return Path(shutil.copytree(ROOT / "models" / "xiyouji", tmp_path / "xiyouji"))


def read(folder: Path) -> Checkpoint:
    return load("xiyouji", folder, Source.read(folder / "model.yaml").parse(Card))


def vouch_for(folder: Path, name: str) -> None:
    """Write a file's sha256 into the card, as if training had made the file."""
    card = folder / "model.yaml"
    lines = card.read_text(encoding="utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip() == f"file: {name}")
    lines[at + 1] = f"    sha256: {sha256_of(folder / name)}"
    card.write_text("\n".join(lines), encoding="utf-8")


def test_the_real_model_is_read_as_float64_and_ready_to_evaluate() -> None:
    checkpoint = read(ROOT / "models" / "xiyouji")
    assert checkpoint.gpt.embed.weight.dtype == torch.float64
    assert not checkpoint.gpt.training
    assert checkpoint.untrained.shape == checkpoint.gpt.embed.weight.shape


def test_the_stored_weights_are_float16_and_the_card_is_true_of_them() -> None:
    folder = ROOT / "models" / "xiyouji"
    trained = Source.read(folder / "model.yaml").parse(Card).trained
    assert trained is not None
    weights = load_file(folder / trained.weights.file)
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert sum(tensor.numel() for tensor in weights.values()) == trained.parameters
    assert trained.metrics.held_out_loss <= 4.65
    assert sum(file.stat().st_size for file in folder.iterdir()) < 20_000_000


def test_missing_weights_are_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="it is missing") as caught:
        read(folder)
    assert caught.value.file == folder / "model.safetensors"


@pytest.mark.parametrize("size", [0, 7, 5_000, 8_000_000])
def test_truncated_weights_are_named(folder: Path, size: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ModelError, match="damaged or cut short") as caught:
        read(folder)
    assert caught.value.file == file


def test_a_flipped_byte_is_noticed(folder: Path) -> None:
    file = folder / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1000] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="not the file that the card describes"):
        read(folder)


def test_weights_of_another_architecture_are_refused(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["pos_embed.weight"] = weights["pos_embed.weight"][:64].clone()
    save_file(weights, folder / "model.safetensors")
    vouch_for(folder, "model.safetensors")
    with pytest.raises(ModelError, match=r"pos_embed\.weight has shape \[64, 256\]"):
        read(folder)


def test_weights_that_lack_a_tensor_are_refused(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["blocks.2.mlp.fc.weight"]
    save_file(weights, folder / "model.safetensors")
    vouch_for(folder, "model.safetensors")
    with pytest.raises(ModelError, match=r"the weights lack blocks\.2\.mlp\.fc\.weight"):
        read(folder)


def test_weights_that_are_not_finite_are_refused(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["ln_final.weight"][3] = torch.nan
    save_file(weights, folder / "model.safetensors")
    vouch_for(folder, "model.safetensors")
    with pytest.raises(ModelError, match=r"ln_final\.weight holds values that are not finite"):
        read(folder)


def test_a_damaged_tokenizer_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").write_text(json.dumps({"kind": "characters", "tokens": ["a", "a"]}))
    with pytest.raises(ModelError, match="distinct") as caught:
        read(folder)
    assert caught.value.file == folder / "tokenizer.json"


def test_a_model_that_was_never_trained_says_how_to_train_it(folder: Path) -> None:
    card = folder / "model.yaml"
    card.write_text(card.read_text(encoding="utf-8").split("# Written by")[0], encoding="utf-8")
    with pytest.raises(ModelError, match="has not been trained yet") as caught:
        read(folder)
    assert "glasspage train xiyouji" in str(caught.value)
    without_recipe = re.sub(r"recipe:\n(  .*\n)+", "", card.read_text(encoding="utf-8"))
    card.write_text(without_recipe, encoding="utf-8")
    with pytest.raises(ModelError, match="import the checkpoint again"):
        read(folder)


def test_a_translation_names_groups_of_words_that_there_are(folder: Path) -> None:
    card = folder / "model.yaml"
    text = card.read_text(encoding="utf-8")
    assert "景物: scenery" in text
    card.write_text(text.replace("景物: scenery", "景色: scenery"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"groups of `words` \(说话, 景物\) below en\.words"):
        Source.read(card).parse(Card)


def test_a_token_may_stand_in_two_groups_of_words_but_not_twice_in_one(folder: Path) -> None:
    card = folder / "model.yaml"
    text = card.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("  景物: ["))
    word = line.split("[")[1][0]
    card.write_text(text.replace(line, f"{line}\n  别的: [{word}]"), encoding="utf-8")
    assert Source.read(card).parse(Card).words["别的"] == [word]
    card.write_text(text.replace(line, line.replace("]", f", {word}]")), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"words\.景物: expected each token once, not") as caught:
        Source.read(card).parse(Card)
    assert caught.value.line == text.splitlines().index(line) + 1
