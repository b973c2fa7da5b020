"""The named analyses: declared once, computed twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from families import D_VOCAB, FAMILIES, N_CTX, random_gpt, recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from generator.data.analyses import (
    ANALYSES,
    FARTHEST,
    NOISE,
    PARTS,
    TEMPERATURES,
    TOP_K,
    TOP_P,
    of_generations,
    of_models,
    of_prompts,
    told_lengths,
)
from generator.data.folder import DataFolder
from generator.model.checkpoint import Checkpoint
from generator.model.gpt import GPT, Kept
from generator.project.prompt import Prompt, Sampling
from generator.reference import analyses as reference
from generator.reference import forward
from generator.reference.sampling import generate
from generator.trace import analyses as traced
from generator.trace.dropout import dropping
from generator.trace.multiply_adds import multiply_adds
from generator.trace.passes import run
from generator.trace.quantized import quantized, rounded
from generator.trace.tracer import trace


def test_each_is_written_once_for_the_trace_and_once_for_the_reference() -> None:
    prompts = {analysis.name for analysis in of_prompts(0.1, [4])}
    models = {analysis.name for analysis in of_models(99)}
    generations = {analysis.name for analysis in of_generations()}
    assert len(prompts) + len(generations) + len(models) == len(ANALYSES) >= 5
    assert traced.OF_GENERATION.keys() == reference.OF_GENERATION.keys() == generations
    assert traced.OF_PROMPT.keys() == reference.OF_PROMPT.keys() == prompts
    assert traced.OF_MODEL.keys() == reference.OF_MODEL.keys() == models


@pytest.mark.parametrize("family", FAMILIES)
def test_those_of_a_prompt_agree_and_have_the_dimensions_that_are_declared(family: str) -> None:
    gpt, tokens = random_gpt(family), [3, 1, 2, 5]
    bits = [8, 3]
    found = traced.analyse_prompt(traced.Subject(gpt, tokens, recorded(gpt, tokens), 0.1, bits))
    weights = {name: tensor.numpy() for name, tensor in gpt.state_dict().items()}
    again = forward.forward(weights, gpt.config, tokens)
    subject = reference.Subject(weights, gpt.config, tokens, again, 0.1, bits)
    for analysis in of_prompts(0.1, bits):
        expected = reference.OF_PROMPT[analysis.name](subject, analysis.size)
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
    tokens = checkpoint.tokenizer.encode("悟空道")
    found = traced.logit_lens(traced.Subject(checkpoint.gpt, tokens, values, 0.0), 5)
    order = np.argsort(-values["log_probs"], axis=-1, kind="stable")[:, :5]
    assert np.array_equal(found["logit_lens.ids"][-1], order)
    np.testing.assert_allclose(
        found["logit_lens.final"][-1], np.exp(values["log_probs"].max(axis=-1)), rtol=1e-12
    )


def test_dropout_drops_its_share_the_same_with_the_same_seed_and_nothing_afterwards(
    checkpoint: Checkpoint,
) -> None:
    gpt, config = checkpoint.gpt, checkpoint.gpt.config
    tokens = torch.tensor([checkpoint.tokenizer.encode("悟空道")])
    found = []
    with torch.no_grad():
        before = gpt(tokens)
        for seed in (0, 0, 1):
            with dropping(gpt, 0.25, seed) as count:
                found.append(gpt(tokens))
        after = gpt(tokens)
    assert torch.equal(before, after)
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2]) and not torch.equal(found[0], before)
    pos = tokens.shape[1]
    masked = pos * config.d_model + config.n_layers * (
        config.n_heads * pos * pos + 2 * pos * config.d_model
    )
    assert count.numbers == masked
    assert count.dropped / masked == pytest.approx(0.25, abs=0.02)


def test_a_model_that_was_trained_without_dropout_has_no_analysis_of_it() -> None:
    assert {a.name for a in of_prompts(0.1)} - {a.name for a in of_prompts(0.0)} == {"dropout"}


def test_weights_are_looked_at_in_fewer_bits_only_where_a_prompt_asks() -> None:
    assert {a.name for a in of_prompts(0.0, [4])} - {a.name for a in of_prompts(0.0)} == {
        "quantized"
    }


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 9), st.integers(1, 70), st.integers(0, 2**32))
def test_a_rounded_weight_is_a_near_multiple_of_its_groups_scale(
    bits: int, columns: int, seed: int
) -> None:
    draws = np.random.default_rng(seed)
    matrix = draws.normal(size=(3, columns)) * (draws.random((3, columns)) < 0.8)
    new = rounded(torch.from_numpy(matrix), bits, 32).numpy()
    most = 2 ** (bits - 1) - 1
    for start in range(0, columns, 32):
        part, grid = matrix[:, start : start + 32], new[:, start : start + 32]
        scale = np.abs(part).max(axis=1, keepdims=True) / most
        assert (np.abs(grid - part) <= scale / 2 * (1 + 1e-9)).all()
        steps = grid / np.where(scale > 0, scale, 1.0)
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)
        assert (np.abs(steps) <= most + 1e-9).all()


def test_a_model_computes_as_before_once_it_was_looked_at_in_fewer_bits(
    checkpoint: Checkpoint,
) -> None:
    gpt, tokens = checkpoint.gpt, torch.tensor([checkpoint.tokenizer.encode("悟空道")])
    with torch.no_grad():
        before = gpt(tokens)
        with quantized(gpt, 3, 32) as moved:
            during = gpt(tokens)
        with pytest.raises(ZeroDivisionError), quantized(gpt, 3, 32):
            raise ZeroDivisionError
        after = gpt(tokens)
    assert 0.1 < moved < 0.5
    assert not torch.equal(during, before) and torch.equal(after, before)


def test_of_a_single_token_nothing_is_guessed_whatever_the_bits() -> None:
    gpt = random_gpt(next(iter(FAMILIES)))
    weights = {name: tensor.numpy() for name, tensor in gpt.state_dict().items()}
    again = reference.quantized(reference.Subject(weights, gpt.config, [3], {}, 0.0, [4]), 32)
    found = traced.quantized(traced.Subject(gpt, [3], {}, 0.0, [4]), 32)
    assert found["quantized.loss"].tolist() == again["quantized.loss"].tolist() == [0.0]


def test_colder_and_stricter_choices_are_surer(checkpoint: Checkpoint) -> None:
    tokens = checkpoint.tokenizer.encode("悟空道")
    values = recorded(checkpoint.gpt, tokens)
    found = traced.choices(traced.Subject(checkpoint.gpt, tokens, values, 0.0), 8)
    entropy, kept = found["choices.entropy"], found["choices.kept"]
    assert (np.diff(entropy[:3]) > 0).all()
    assert (np.diff(entropy) >= 0).all() and not np.signbit(entropy).any()
    assert (entropy[1:] < entropy[0]).all()
    for row, count in zip(kept, (checkpoint.gpt.config.d_vocab, *TOP_K), strict=False):
        assert set(row.tolist()) == {count}
    at_1 = np.exp(values["log_probs"][-1])
    column = TEMPERATURES.index(1.0)
    np.testing.assert_allclose(found["choices.probs"][:, column], np.sort(at_1)[::-1][:8])
    for row, share in enumerate(TOP_P, start=3):
        reached = np.cumsum(np.sort(at_1)[::-1])
        assert kept[row, column] == np.count_nonzero(reached < share) + 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 30), st.integers(2, 9), st.booleans())
def test_those_of_a_model_agree_for_any_table(
    seed: int, d_vocab: int, d_model: int, again: bool
) -> None:
    table = np.random.default_rng(seed).normal(size=(d_vocab, d_model))
    words = list(range(0, d_vocab, max(1, d_vocab // 7)))
    words += words[::2] * again  # a word may stand in several groups
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


def test_a_row_has_its_direction_however_short_it_is() -> None:
    """Rows that training hardly moved, or that decayed, are far shorter than those of words."""
    table = np.array([[3.0, 4.0], [3e-14, 4e-14], [4e-30, -3e-30], [0.0, 0.0], [1e-40, 0.0]])
    rows = torch.from_numpy(table)
    for found in (traced.neighbours(rows, [0, 4], 8), reference.neighbours(table, [0, 4], 8)):
        assert found["neighbours.ids"].tolist() == [[1, 4, 2, 3], [2, 0, 1, 3]]
        expected = [[1.0, 0.6, 0.0, 0.0], [0.8, 0.6, 0.6, 0.0]]
        np.testing.assert_allclose(found["neighbours.cosines"], expected, rtol=1e-12, atol=1e-15)
    for found in (traced.dimensions(rows, [], 2), reference.dimensions(table, [], 2)):
        assert found["dimensions.ids"].tolist() == [[0, 1], [0, 1]]
        assert found["dimensions.cosines"] == pytest.approx([1.0, 1.0])


def test_a_dimension_has_its_largest_numbers_whether_or_not_their_rows_are_alike() -> None:
    table = np.array([[3.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 0.0]])
    half = np.sqrt(0.5)
    for found in (
        traced.dimensions(torch.from_numpy(table), [], 3),
        reference.dimensions(table, [], 3),
    ):
        assert found["dimensions.ids"].tolist() == [[0, 1, 2], [2, 0, 1]]
        assert found["dimensions.numbers"].tolist() == [[3, 2, 2], [2, 0, 0]]
        assert found["dimensions.cosines"] == pytest.approx([(1 + half + half) / 3] * 2)
        assert found["dimensions.any_two"] == pytest.approx((1 + half + half) / 6)  # 3 with zeros
    for alone in (
        traced.dimensions(torch.from_numpy(table[:1]), [], 3),
        reference.dimensions(table[:1], [], 3),
    ):
        assert alone["dimensions.cosines"].tolist() == [0.0, 0.0]
        assert alone["dimensions.any_two"] == 0.0


def test_the_plane_keeps_the_distances_of_points_that_lie_on_one() -> None:
    plane = np.random.default_rng(2).normal(size=(5, 2))
    basis = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 2)))[0]
    points = traced.projection(torch.from_numpy(plane @ basis.T), range(5), 2)
    assert points["projection.explained"].sum() == pytest.approx(1.0)
    flat = points["projection.points"]
    assert np.linalg.norm(flat[0] - flat[3]) == pytest.approx(np.linalg.norm(plane[0] - plane[3]))


def projected(table: NDArray[np.float64], words: Sequence[int]) -> Iterator[dict[str, Any]]:
    """What both say of the words on two axes."""
    yield traced.projection(torch.from_numpy(table), words, 2)
    yield reference.projection(table, words, 2)


@pytest.mark.parametrize("seed", range(6))
def test_where_two_are_as_far_from_0_the_first_is_positive(seed: int) -> None:
    turned = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))[0][:2]  # and noisy
    table = np.array([[-2.0, 0.1], [2.0, 0.1], [0.0, -0.2], [0.0, 0.0]]) @ turned
    for found in projected(table, range(3)):
        points = [[2.0, 0.1], [-2.0, 0.1], [0.0, -0.2]]
        points = np.array(points) * [1, -1]  # -0.2 is the farthest of the second axis
        np.testing.assert_allclose(found["projection.points"], points, atol=1e-12)
    for found in projected(table, (3, 1, 0)):
        assert found["projection.points"][:, 0] == pytest.approx([0.0, 2.0, -2.0], abs=1e-12)


def test_words_that_lie_on_a_line_or_a_point_have_no_other_axis() -> None:
    rng = np.random.default_rng(5)
    one, other = rng.normal(size=(2, 7))
    table = np.array([one, 0.5 * one + 0.5 * other, other, one])
    for found in projected(table, (0, 1, 2)):
        points, half = found["projection.points"], np.linalg.norm(one - other) / 2
        np.testing.assert_allclose(points, [[half, 0], [0, 0], [-half, 0]], atol=1e-12)
        assert found["projection.explained"] == pytest.approx([1.0, 0.0])
        assert not np.signbit(points[points == 0]).any() and (points[:, 1] == 0).all()
    for found in projected(table, (0, 3, 0)):  # a word may stand in several groups
        assert found["projection.points"].tolist() == [[0.0, 0.0]] * 3
        assert not np.signbit(found["projection.points"]).any()
        assert found["projection.explained"].tolist() == [0.0, 0.0]


def test_their_results_are_values_with_addresses(output) -> None:
    wukong = DataFolder(output / "data/wukong", "wukong")
    prob = wukong.value("logit_lens.probs")[-1][2][0]
    assert prob.address == "wukong:logit_lens.probs[4][2][0]"
    model = DataFolder(output / "data/models/xiyouji", "models/xiyouji")
    assert model.value("projection.explained")[0] > model.value("projection.explained")[1]
    assert "nearest" in model.entries["neighbours.ids"]["meaning"]


def test_a_model_whose_card_names_too_few_words_has_fewer_analyses() -> None:
    assert [analysis.name for analysis in of_models(2)] == ["dimensions", "neighbours"]
    assert [analysis.name for analysis in of_models(0)] == ["dimensions"]


# Those of a generation


def weights_of(gpt: GPT) -> dict[str, NDArray[np.float64]]:
    return {name: tensor.numpy() for name, tensor in gpt.state_dict().items()}


def generated(
    gpt: GPT, tokens: list[int], new: int
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """What the analyses find of a generation, and what the reference finds."""
    analysts = traced.generation_analysts(gpt)
    observers = [
        reference.OF_GENERATION[analysis.name](weights_of(gpt), gpt.config, analysis.size)
        for analysis in of_generations()
    ]

    def see(read: Sequence[int], values: forward.Values) -> None:
        for analyst in analysts:
            analyst.see(run(gpt, list(read)))
        for observer in observers:
            observer.see(read, values)

    rest = {"temperature": 1.0, "top_k": None, "top_p": None, "seed": 0}
    generate(weights_of(gpt), gpt.config, tokens, new_tokens=new, see=see, **rest)
    found, expected = {}, {}
    for analyst, observer in zip(analysts, observers, strict=True):
        found |= analyst.results()
        expected |= observer.results()
    return found, expected


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("prompt", "new"), [(3, 6), (1, 1), (1, 3), (N_CTX - 2, 6), (N_CTX, 2)])
def test_those_of_a_generation_agree_and_have_the_dimensions_that_are_declared(
    family: str, prompt: int, new: int
) -> None:
    tokens = [(3 * n + 1) % D_VOCAB for n in range(prompt)]
    found, expected = generated(random_gpt(family), tokens, new)
    names = {name.pattern: name for analysis in of_generations() for name in analysis.outputs}
    assert found.keys() == expected.keys() == names.keys()
    for name, value in found.items():
        assert value.ndim == len(names[name].dims), name
        assert names[name].rounded(value).dtype == names[name].rounded(expected[name]).dtype
        np.testing.assert_allclose(value, expected[name], rtol=1e-9, atol=NOISE, err_msg=name)
    assert (found["cache.logits_apart"] == 0).all()
    assert (expected["cache.logits_apart"] == 0).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_multiply_adds_are_those_that_torch_counts(family: str) -> None:
    gpt = random_gpt(family)

    def counted(tokens: list[int], cache: list[Kept] | None = None) -> int:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            gpt(torch.tensor([tokens]), cache=cache)
        return int(counter.get_total_flops()) // 2  # a multiply-add is two operations

    for length in (1, 4, N_CTX):
        parts = multiply_adds(gpt.config, length, length)
        assert len(parts) == len(PARTS)
        assert sum(parts) == counted([1] * length)
    cache = gpt.empty_cache()
    assert sum(multiply_adds(gpt.config, 5, 5)) == counted([1] * 5, cache)
    for length in (6, 7):
        assert sum(multiply_adds(gpt.config, 1, length)) == counted([2], cache)


def test_totals_are_the_sums_of_the_passes() -> None:
    found, _ = generated(random_gpt("nanoGPT"), [1, 2, 3], 9)
    lengths = found["multiply_adds.lengths"].tolist()
    assert lengths == list(range(3, N_CTX + N_CTX // 4 + 1))
    for kind in ("whole", "cached"):
        passes = found[f"multiply_adds.{kind}"].sum(axis=1)
        assert found[f"multiply_adds.total_{kind}"][: len(passes)].tolist() == (
            np.cumsum(passes).tolist()
        )
    beyond = np.diff(found["multiply_adds.total_cached"])[lengths.index(N_CTX) :]
    assert (beyond == found["multiply_adds.full_whole"].sum()).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("prompt", [3, N_CTX])
def test_no_total_is_of_a_text_that_the_model_cannot_read(family: str, prompt: int) -> None:
    gpt = random_gpt(family)
    longest = N_CTX + N_CTX // 4 if gpt.config.slides else N_CTX
    for found in generated(gpt, [1] * prompt, 1):
        assert found["multiply_adds.lengths"].tolist() == list(range(prompt, longest + 1))
        assert len(found["multiply_adds.total_cached"]) == longest + 1 - prompt
    (lengths,) = (
        name.meaning
        for analysis in of_generations()
        for name in analysis.outputs
        if name.pattern == "multiply_adds.lengths"
    )
    assert "a quarter beyond it where the model writes on" in lengths


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(0, 20_000), st.booleans())
def test_totals_are_told_of_few_lengths_the_context_s_among_them(
    prompt: int, more: int, slides: bool
) -> None:
    context = prompt + more
    lengths = told_lengths(prompt, context, 33, slides=slides)
    assert lengths[0] == prompt
    assert lengths[-1] <= prompt + FARTHEST
    assert lengths[-1] <= context or slides
    assert len(lengths) <= 35
    assert context in lengths or context > lengths[-1]


def test_what_was_kept_holds_until_the_context_is_full() -> None:
    gpt = random_gpt("nanoGPT")
    found, _ = generated(gpt, [1, 2, 3], N_CTX)
    fits = N_CTX - 2  # passes that read no more than the context
    assert found["cache.lengths"].tolist() == [*range(3, N_CTX + 1), N_CTX, N_CTX]
    assert found["cache.read"].tolist() == [3, *[1] * (fits - 1), N_CTX, N_CTX]
    for name in ("keys_apart", "values_apart", "row_apart"):
        assert (found[f"cache.{name}"][:fits] == 0).all()
        assert (found[f"cache.{name}"][fits:] > 0.01).all()
    assert (found["cache.logits_apart"] == 0).all()
    assert (found["cache.slid_keys"] > 0.01).all()


@pytest.mark.parametrize("family", ["nanoGPT", "Llama"])
def test_every_pass_is_decoded_with_the_cache_that_which_fills_it_too(family: str) -> None:
    """Shown passes of one model, an observer that has the weights of another finds them apart."""
    gpt, other = random_gpt(family), random_gpt(family, seed=1)
    analyst = traced.OF_GENERATION["cache"](other, 0)
    observer = reference.OF_GENERATION["cache"](weights_of(other), other.config, 0)
    text = list(range(N_CTX + 1))
    ends = range(N_CTX - 1, N_CTX + 1 + gpt.config.slides)
    for tokens in (text[max(0, end - N_CTX) : end] for end in ends):
        analyst.see(run(gpt, tokens))
        observer.see(tokens, forward.forward(weights_of(gpt), gpt.config, tokens))
    for found in (analyst.results(), observer.results()):
        assert (found["cache.logits_apart"] > 0.01).all()


def test_rotary_keys_move_even_in_the_first_layer_and_values_only_behind_it() -> None:
    found, _ = generated(random_gpt("Llama"), [1, 2, 3], 3)
    assert found["cache.slid_keys"][0] > 0.01
    assert found["cache.slid_values"][0] == 0
    assert found["cache.slid_values"][1] > 0.01


def test_the_keys_of_the_second_pass_are_those_that_the_cache_holds(
    checkpoint: Checkpoint,
) -> None:
    tokens = checkpoint.tokenizer.encode("悟空道")
    prompt = Prompt(model="xiyouji", prompt="悟空道", new_tokens=3, sampling=Sampling(seed=1))
    traced_ = trace(checkpoint, prompt, tokens)
    values = recorded(checkpoint.gpt, [*tokens, traced_.choices[0].token])
    for name in ("keys", "values"):
        again = values[f"blocks.3.attn.{name[0]}"][0]
        np.testing.assert_allclose(traced_.analyses[f"cache.{name}"], again, rtol=1e-12)
