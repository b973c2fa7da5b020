"""The published data: exact, complete, and read alike by everyone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT
from families import recorded
from needs import hugo_prints, js_yaml_prints
from numpy.typing import NDArray
from ruamel.yaml import YAML

from generator.data.folder import DataFolder, Namespace
from generator.errors import DataError
from generator.model.checkpoint import Checkpoint
from generator.project.prompt import Prompt
from generator.project.source import Source
from generator.trace.tracer import Trace, trace

Forward = dict[str, NDArray[np.float64]]


@pytest.fixture(scope="module")
def prompt() -> Prompt:
    return Source.read(ROOT / "content/prompts/wukong.yaml").parse(Prompt)


@pytest.fixture(scope="module")
def forward(checkpoint: Checkpoint, prompt: Prompt) -> Forward:
    return recorded(checkpoint.gpt, checkpoint.tokenizer.encode(prompt.prompt))


@pytest.fixture(scope="module")
def traced(checkpoint: Checkpoint, prompt: Prompt) -> Trace:
    return trace(checkpoint, prompt, checkpoint.tokenizer.encode(prompt.prompt))


@pytest.fixture
def wukong(output: Path) -> DataFolder:
    return DataFolder(output / "data" / "wukong", "wukong")


@pytest.fixture
def xiyouji(output: Path) -> DataFolder:
    return DataFolder(output / "data" / "models" / "xiyouji", "models/xiyouji")


def test_every_value_is_published_rounded_once_and_read_back_bit_for_bit(
    wukong: DataFolder, forward: Forward
) -> None:
    for name, computed in forward.items():
        published = wukong.read(name)
        assert published.dtype == np.float32, name
        expected = computed.astype(np.float32)
        assert np.array_equal(published.view(np.uint32), expected.view(np.uint32)), name


def test_draws_and_bounds_are_published_as_float64(wukong: DataFolder, traced: Trace) -> None:
    choice = traced.choices[0]
    assert wukong.read("sampling.draw") == choice.draw
    assert tuple(wukong.read("sampling.interval")) == choice.interval
    assert np.array_equal(wukong.read("sampling.cumulative"), choice.cumulative)
    assert wukong.read("generation")["steps"][3]["interval"] == list(traced.choices[3].interval)


def test_the_index_tells_file_shape_dimensions_and_meaning_of_every_tensor(
    wukong: DataFolder, forward: Forward
) -> None:
    for name, computed in forward.items():
        entry = wukong.entries[name]
        assert entry["shape"] == list(computed.shape)
        assert len(entry["dims"]) == computed.ndim
        assert len(entry["meaning"]) > 5
        assert name in (wukong.path / entry["file"]).read_text(encoding="utf-8")
    assert wukong.head["checkpoint"]["model"] == "xiyouji"
    assert len(wukong.head["checkpoint"]["sha256"]) == 64
    assert wukong.head["prompt"]["text"] == "悟空道"


def test_there_is_one_file_for_each_stage(output: Path) -> None:
    assert sorted(file.name for file in (output / "data" / "wukong").iterdir()) == [
        "analyses.yaml",
        "block_0.yaml",
        "block_1.yaml",
        "block_2.yaml",
        "block_3.yaml",
        "embeddings.yaml",
        "generation.yaml",
        "index.yaml",
        "logits.yaml",
        "sampling.yaml",
        "tokens.yaml",
    ]


def test_a_row_of_a_tensor_is_a_line(output: Path, forward: Forward) -> None:
    lines = (output / "data/wukong/block_1.yaml").read_text(encoding="utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("blocks.1.resid_mid:"))
    for row, line in zip(forward["blocks.1.resid_mid"], lines[at + 1 :], strict=False):
        numbers = json.loads(line.removeprefix("  - "))
        assert np.array_equal(np.float32(numbers), row.astype(np.float32))


@pytest.mark.parametrize("folder", ["wukong", "models/xiyouji"])
def test_pyyaml_ruamel_and_we_read_every_file_alike(folder: str, output: Path) -> None:
    data = DataFolder(output / "data" / folder, folder)
    for file in sorted(data.path.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=yaml.CSafeLoader)
        # The pure Python reader would take seconds over the logits, and blocks are alike.
        if file.name not in ("logits.yaml", "block_1.yaml", "block_2.yaml", "block_3.yaml"):
            assert YAML(typ="safe", pure=False).load(text) == content, file.name
        if file.name == "index.yaml":
            continue
        for name, value in content.items():
            read = data.read(name)
            if isinstance(read, np.ndarray):
                again = np.array(value, dtype=read.dtype)
                assert again.tobytes() == read.tobytes(), name
            else:
                assert read == value, name


def test_javascript_reads_the_same_numbers_and_texts(output: Path) -> None:
    for name in ("tokens", "block_2", "sampling", "generation", "embeddings"):
        data = (output / f"data/wukong/{name}.yaml").read_bytes()
        # JSON has no infinities: write them as texts on both sides.
        spoken = "JSON.stringify(x, (k, v) => v === -Infinity ? '-inf' : v)"
        content = yaml.load(data, Loader=yaml.CSafeLoader)
        assert json.loads(js_yaml_prints(spoken, data)) == _spoken(content), name


def test_hugo_reads_the_same_numbers_and_texts(output: Path, tmp_path: Path) -> None:
    template = '{{ printf "%.17g" (index (index (index hugo.Data.x "embed") 2) 100) }}'
    data = (output / "data/wukong/embeddings.yaml").read_bytes()
    embed = yaml.load(data, Loader=yaml.CSafeLoader)["embed"]
    assert float(hugo_prints(template, data, tmp_path / "numbers")) == embed[2][100]
    template = "{{ jsonify hugo.Data.x }}"
    data = (output / "data/wukong/generation.yaml").read_bytes()
    said = json.loads(hugo_prints(template, data, tmp_path / "texts"))
    assert said == yaml.load(data, Loader=yaml.CSafeLoader)


def _spoken(thing: object) -> object:
    if isinstance(thing, dict):
        return {key: _spoken(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_spoken(value) for value in thing]
    return "-inf" if thing == float("-inf") else thing


def test_the_model_s_data_is_what_its_weights_say(
    xiyouji: DataFolder, checkpoint: Checkpoint
) -> None:
    table = checkpoint.gpt.embed.weight.detach().numpy()
    for word, row in zip(xiyouji.read("words"), xiyouji.read("embedding.rows"), strict=True):
        assert checkpoint.tokenizer.tokens[word["id"]] == word["text"]
        assert np.array_equal(row, table[word["id"]].astype(np.float32))
    assert xiyouji.read("embedding.std") == np.float32(table.std())
    norms = np.linalg.norm(checkpoint.untrained.numpy(), axis=1)
    np.testing.assert_allclose(xiyouji.read("untrained.norms"), norms, rtol=1e-6)
    assert xiyouji.read("config")["parameters"] == sum(
        entry["count"] for entry in xiyouji.read("parameters")
    )
    assert xiyouji.read("vocabulary") == checkpoint.tokenizer.tokens


def test_a_value_is_reached_by_its_name_and_keeps_its_address(wukong: DataFolder) -> None:
    value = Namespace(wukong).blocks[0].attn.pattern[0][2][0]
    assert value.address == "wukong:blocks.0.attn.pattern[0][2][0]"
    assert value.number == wukong.read("blocks.0.attn.pattern")[0][2][0]
    assert len(Namespace(wukong).blocks) == 4


def test_a_misspelt_value_is_told_with_the_word_that_was_meant(wukong: DataFolder) -> None:
    with pytest.raises(DataError, match="did you mean 'embed'"):
        wukong.read("embd")


def test_data_that_is_missing_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the data is missing") as caught:
        DataFolder(tmp_path / "nothing", "nothing")
    assert "glasspage build" in str(caught.value)


@pytest.mark.parametrize(
    "index", ["", "values: 3\n", "values: {embed: 3}\n", "values: {embed: {}}\n"]
)
def test_a_damaged_index_says_what_to_run(index: str, tmp_path: Path) -> None:
    (tmp_path / "index.yaml").write_text(f"format: 1\n{index}", encoding="utf-8")
    with pytest.raises(DataError, match="the list of values is damaged") as caught:
        DataFolder(tmp_path, "damaged")
    assert caught.value.file == tmp_path / "index.yaml"
    assert "glasspage build" in str(caught.value)
