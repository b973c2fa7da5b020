"""The named analyses: declared once, computed twice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from families import FAMILIES, random_gpt, recorded
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.data.analyses import ANALYSES, of_models, of_prompts
from generator.data.folder import DataFolder
from generator.model.checkpoint import Checkpoint
from generator.reference import analyses as reference
from generator.reference import forward
from generator.trace import analyses as traced


def test_each_is_written_once_for_the_trace_and_once_for_the_reference() -> None:
    prompts = {analysis.name for analysis in of_prompts()}
    models = {analysis.name for analysis in of_models(99)}
    assert len(prompts) + len(models) == len(ANALYSES) >= 3
    assert traced.OF_PROMPT.keys() == reference.OF_PROMPT.keys() == prompts
    assert traced.OF_MODEL.keys() == reference.OF_MODEL.keys() == models


@pytest.mark.parametrize("family", FAMILIES)
def test_those_of_a_prompt_agree_and_have_the_dimensions_that_are_declared(family: str) -> None:
    gpt, tokens = random_gpt(family), [3, 1, 2, 5]
    found = traced.analyse_prompt(gpt, recorded(gpt, tokens))
    weights = {name: tensor.numpy() for name, tensor in gpt.state_dict().items()}
    again = forward.forward(weights, gpt.config, tokens)
    for analysis in of_prompts():
        run = reference.OF_PROMPT[analysis.name]
        expected = run(weights, gpt.config, again, analysis.size)
        assert expected.keys() == {name.pattern for name in analysis.outputs}
        for name in analysis.outputs:
            assert found[name.pattern].ndim == len(name.dims)
            np.testing.assert_allclose(
                found[name.pattern], expected[name.pattern], rtol=1e-9, atol=1e-12
            )


def test_at_its_last_depth_the_logit_lens_sees_what_the_model_writes(
    checkpoint: Checkpoint,
) -> None:
    values = recorded(checkpoint.gpt, checkpoint.tokenizer.encode("悟空道"))
    found = traced.logit_lens(checkpoint.gpt, values, 5)
    order = np.argsort(-values["log_probs"], axis=-1, kind="stable")[:, :5]
    assert np.array_equal(found["logit_lens.ids"][-1], order)
    np.testing.assert_allclose(
        found["logit_lens.final"][-1], np.exp(values["log_probs"].max(axis=-1)), rtol=1e-12
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 30), st.integers(3, 9))
def test_those_of_a_model_agree_for_any_table(seed: int, d_vocab: int, d_model: int) -> None:
    table = np.random.default_rng(seed).normal(size=(d_vocab, d_model))
    words = list(range(0, d_vocab, max(1, d_vocab // 7)))
    found = traced.analyse_model(torch.from_numpy(table), words)
    assert found
    for analysis in of_models(len(words)):
        expected = reference.OF_MODEL[analysis.name](table, words, analysis.size)
        for name in analysis.outputs:
            np.testing.assert_allclose(
                found[name.pattern], expected[name.pattern], rtol=1e-7, atol=1e-9
            )


def test_a_row_of_zeros_is_nobody_s_neighbour() -> None:
    table = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 0.1], [-1.0, 0.0]])
    for found in (
        traced.neighbours(torch.from_numpy(table), [0], 8),
        reference.neighbours(table, [0], 8),
    ):
        assert found["neighbours.ids"].tolist() == [[2, 1, 3]]
        assert found["neighbours.cosines"][0] == pytest.approx([0.995, 0.0, -1.0], abs=1e-3)


def test_the_plane_keeps_the_distances_of_points_that_lie_on_one() -> None:
    plane = np.random.default_rng(2).normal(size=(5, 2))
    basis = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 2)))[0]
    points = traced.projection(torch.from_numpy(plane @ basis.T), range(5), 2)
    assert points["projection.explained"].sum() == pytest.approx(1.0)
    flat = points["projection.points"]
    assert np.linalg.norm(flat[0] - flat[3]) == pytest.approx(np.linalg.norm(plane[0] - plane[3]))


def test_their_results_are_values_with_addresses(output) -> None:
    wukong = DataFolder(output / "data/wukong", "wukong")
    prob = wukong.value("logit_lens.probs")[-1][2][0]
    assert prob.address == "wukong:logit_lens.probs[4][2][0]"
    model = DataFolder(output / "data/models/xiyouji", "models/xiyouji")
    assert model.value("projection.explained")[0] > model.value("projection.explained")[1]
    assert "nearest" in model.entries["neighbours.ids"]["meaning"]


def test_a_model_whose_card_names_too_few_words_has_fewer_analyses() -> None:
    assert [analysis.name for analysis in of_models(2)] == ["neighbours"]
    assert of_models(0) == []
