"""Tensors too large for YAML: they lie beside it, and read the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import HOME, ROOT, WUKONG, page_data, publish
from hypothesis import given
from hypothesis import strategies as st

from generator.check.findings import Findings
from generator.check.tensors import check_prompt
from generator.data.analyses import analysed_names, of_generations, of_prompts
from generator.data.beside import too_many
from generator.data.folder import DataFolder
from generator.data.yaml_text import load
from generator.errors import DataError, MissingDataError
from generator.model.checkpoint import Checkpoint
from generator.page.page import make_page
from generator.page.rendering import Kit
from generator.project.project import Project
from generator.reference.tokenizer import encodings

MODEL = ROOT / "models/xiyouji"
BUDGET = 20_000


@pytest.fixture(scope="module")
def small(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trace of the real prompt under a small budget."""
    folder = tmp_path_factory.mktemp("beside") / "wukong"
    prompt = WUKONG.model_copy(update={"value_budget": BUDGET})
    publish(folder.parent, checkpoint, prompt, checkpoint.tokenizer.encode("悟空道"))
    return folder


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> DataFolder:
    return DataFolder(Path(shutil.copytree(small, tmp_path / "wukong")), "wukong")


def test_every_value_reads_as_it_does_from_yaml(small: Path, output: Path) -> None:
    here = DataFolder(small, "wukong")
    there = DataFolder(output / "data/wukong", "wukong")
    assert list(here.entries) == list(there.entries)
    for name in here.entries:
        found, expected = here.read(name), there.read(name)
        if isinstance(expected, np.ndarray):
            assert found.dtype == expected.dtype, name
            assert np.array_equal(found, expected), name
        else:
            assert found == expected, name


def test_the_largest_lie_beside_and_the_yaml_says_where(small: Path) -> None:
    data = DataFolder(small, "wukong")
    beside = {name: entry for name, entry in data.entries.items() if "beside" in entry}
    sizes = {n: int(np.prod(e["shape"])) for n, e in data.entries.items() if "shape" in e}
    assert {"logits", "log_probs"} < beside.keys()
    assert beside["logits"]["beside"] == "logits.safetensors"
    analysed = set(analysed_names([*of_prompts(0.1), *of_generations()]))
    forward = {n for n in sizes if not n.startswith("sampling.")} - analysed
    left = sum(sizes[name] for name in forward - beside.keys())
    assert left <= BUDGET < left + min(sizes[name] for name in beside)
    said = load((small / "logits.yaml").read_bytes())["logits"]
    assert said["file"] == "logits.safetensors"
    assert (said["key"], said["shape"]) == ("logits", [3, 4477])
    assert data.surplus() == []


def test_verify_compares_them_with_the_reference(small: Path, copy: DataFolder) -> None:
    findings = Findings()
    check_prompt(DataFolder(small, "wukong"), MODEL, encodings(), findings)
    assert findings.problems == []
    file = copy.path / "logits.safetensors"
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    check_prompt(copy, MODEL, encodings(), findings)
    assert any("logits.safetensors is not the file that belongs" in p for p in findings.problems)


def test_a_page_over_them_is_the_same(small: Path, output: Path, tmp_path: Path) -> None:
    project, data = Project(HOME), tmp_path / "data"
    shutil.copytree(output / "data", data)
    shutil.rmtree(data / "wukong")
    shutil.copytree(small, data / "wukong")
    kit = Kit.of(project.theme, "zh", project.facts, project.terms)
    article = project.articles_of(project.prompts[0])[0]
    pages = [make_page(article, page_data(folder), kit) for folder in (data, output / "data")]
    assert pages[0].content.markdown == pages[1].content.markdown


def test_a_file_that_is_missing_or_another_is_told(copy: DataFolder) -> None:
    file = copy.path / "logits.safetensors"
    shutil.copyfile(copy.path / "block_0.safetensors", file)
    with pytest.raises(DataError, match=r"logits\.safetensors is not the file that belongs here"):
        copy.read("logits")
    file.unlink()
    with pytest.raises(MissingDataError, match="the file is missing") as caught:
        DataFolder(copy.path, "wukong").read("logits")
    assert caught.value.file == file


COUNTS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 50), max_size=12)


@given(COUNTS, st.integers(0, 300))
def test_no_more_is_taken_out_than_must_be(counts: dict[str, int], budget: int) -> None:
    out = too_many(counts, budget)
    left = sum(count for name, count in counts.items() if name not in out)
    assert left <= budget
    for name in out:
        assert all(counts[name] >= counts[other] for other in counts.keys() - out)
    smallest = min((counts[name] for name in out), default=0)
    assert not out or left + smallest > budget
