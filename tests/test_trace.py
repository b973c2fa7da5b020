"""A trace of the real model on the real prompt, against the reference."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import ROOT
from families import D_VOCAB, random_gpt, recorded
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from generator.model.checkpoint import Checkpoint
from generator.project.card import Architecture
from generator.project.prompt import Prompt, Sampling
from generator.reference import forward as reference
from generator.reference import sampling as reference_sampling
from generator.trace.passes import run
from generator.trace.sampling import choose
from generator.trace.tracer import Trace, trace

ARCHITECTURE = Architecture(n_layers=4, n_heads=4, d_model=256, n_ctx=128)
PROMPT = Prompt(
    model="xiyouji",
    prompt="悟空道",
    sampling=Sampling(temperature=0.8, top_k=20, top_p=0.95, seed=7),
    new_tokens=6,
)


@pytest.fixture(scope="module")
def weights() -> reference.Weights:
    return reference.load(ROOT / "models" / "xiyouji" / "model.safetensors")


@pytest.fixture(scope="module")
def traced(checkpoint: Checkpoint) -> Trace:
    return trace(checkpoint, PROMPT, checkpoint.tokenizer.encode(PROMPT.prompt))


@pytest.fixture(scope="module")
def forward(checkpoint: Checkpoint) -> dict[str, NDArray[np.float64]]:
    return recorded(checkpoint.gpt, checkpoint.tokenizer.encode(PROMPT.prompt))


def test_every_value_equals_the_reference(
    forward: dict[str, NDArray[np.float64]], traced: Trace, weights: reference.Weights
) -> None:
    expected = reference.forward(weights, ARCHITECTURE, traced.tokens)
    assert forward.keys() == expected.keys()
    for name, value in forward.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("more", [{}, {"repetition_penalty": 1.4}, {"repetition_penalty": 0.5}])
def test_every_choice_equals_the_reference(
    more: dict[str, float], checkpoint: Checkpoint, weights: reference.Weights
) -> None:
    sampling = PROMPT.sampling.model_copy(update=more)
    prompt = PROMPT.model_copy(update={"sampling": sampling})
    traced = trace(checkpoint, prompt, checkpoint.tokenizer.encode(PROMPT.prompt))
    expected = reference_sampling.generate(
        weights,
        ARCHITECTURE,
        traced.tokens,
        temperature=sampling.temperature,
        top_k=sampling.top_k,
        top_p=sampling.top_p,
        seed=sampling.seed,
        new_tokens=PROMPT.new_tokens,
        penalty=more.get("repetition_penalty"),
    )
    assert [c.token for c in traced.choices] == [s.choice for s in expected]
    assert [c.draw for c in traced.choices] == [s.draw for s in expected]
    for mine, other in zip(traced.choices, expected, strict=True):
        np.testing.assert_array_equal(mine.kept, other.kept)
        np.testing.assert_allclose(mine.cumulative, other.cumulative, atol=1e-7)
        np.testing.assert_allclose(mine.probs_all, other.probs_all, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(mine.interval, other.interval, atol=1e-7)
        assert mine.entropy == pytest.approx(other.entropy, rel=1e-9)
        assert mine.rank == other.rank


def test_the_model_expects_a_colon_after_wukong_says(
    forward: dict[str, NDArray[np.float64]], checkpoint: Checkpoint
) -> None:
    colon = checkpoint.tokenizer.encode("：")[0]
    assert np.exp(forward["log_probs"][-1][colon]) >= 0.9


def test_a_prompt_as_long_as_the_context_is_read_and_continued(checkpoint: Checkpoint) -> None:
    prompt = PROMPT.model_copy(update={"prompt": "悟空道" * 42 + "悟空", "new_tokens": 2})
    tokens = checkpoint.tokenizer.encode(prompt.prompt)
    assert len(tokens) == 128
    shapes: dict[str, tuple[int, ...]] = {}
    traced = trace(checkpoint, prompt, tokens, lambda n, value: shapes.update({n: value.shape}))
    assert shapes["blocks.3.attn.pattern"] == (4, 128, 128)
    assert len(traced.choices) == 2


LOGITS = st.lists(
    st.floats(-30, 30).map(lambda x: round(x, 2)), min_size=1, max_size=30
)  # rounded, so that ties occur


@settings(max_examples=300, deadline=None)
@given(
    LOGITS,
    st.floats(0.1, 3),
    st.none() | st.integers(1, 40),
    st.none() | st.just(1.0) | st.floats(0.05, 0.99),
    st.floats(0, 1, exclude_max=True),
)
def test_choosing_agrees_with_the_reference_on_any_logits(
    scores: list[float], temperature: float, top_k: int | None, top_p: float | None, draw: float
) -> None:
    logits = np.array(scores)
    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p)
    mine = choose(logits, [], sampling, draw)
    other = reference_sampling.sample(
        logits, temperature=temperature, top_k=top_k, top_p=top_p, draw=draw
    )
    if top_p not in (None, 1.0):  # a sum that lands on the bound may round to either side of it
        ends = np.cumsum(np.sort(mine.probs_all)[::-1][: top_k or None])
        assume(np.abs(ends / ends[-1] - top_p).min() > 1e-6)
    np.testing.assert_array_equal(mine.kept, other.kept)
    np.testing.assert_allclose(mine.probs, other.probs, rtol=1e-9)
    assume(np.abs(mine.cumulative - draw).min() > 1e-6 or draw == 0)
    assert (mine.rank, mine.token) == (other.rank, other.choice)
    assert mine.interval[0] <= draw < mine.interval[1]
    assert mine.probs.sum() == pytest.approx(1)


def test_writing_stops_behind_the_first_of_the_texts_that_end_it(checkpoint: Checkpoint) -> None:
    tokens = checkpoint.tokenizer.encode(PROMPT.prompt)
    free = trace(checkpoint, PROMPT.model_copy(update={"new_tokens": 40}), tokens)
    texts = [checkpoint.tokenizer.tokens[choice.token] for choice in free.choices]
    end = "".join(texts[4:6])
    written = "".join(texts)
    update = {"new_tokens": 40, "stop": ["没有这样的话", end]}
    stopped = trace(checkpoint, PROMPT.model_copy(update=update), tokens)
    assert len(stopped.choices) == written.index(end) + len(end)
    assert [c.token for c in stopped.choices] == [c.token for c in free.choices][
        : len(stopped.choices)
    ]


def test_a_penalty_lowers_every_token_of_the_text_once() -> None:
    logits = np.array([2.0, -2.0, 0.0, 2.0, -1.0])
    choice = choose(logits, [0, 0, 1, 2], Sampling(repetition_penalty=2.0), 0.0)
    assert choice.penalized is not None
    assert choice.penalized.tolist() == [1.0, -4.0, 0.0, 2.0, -1.0]
    assert choice.token == 3


def test_ties_go_to_the_lowest_id() -> None:
    choice = choose(np.array([0.0, 2.0, 2.0, 1.0]), [], Sampling(top_k=2), 0.0)
    assert choice.kept.tolist() == [1, 2]
    assert choice.token == 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=2, max_size=30),
    st.integers(0, 10**6),
    st.sampled_from([0.1, 0.7, 1.0]),
    st.none() | st.integers(1, 5),
    st.none() | st.sampled_from([0.3, 0.9, 1.0]),
)
def test_what_differs_in_its_last_bit_alone_is_a_tie(
    scores: list[int], seed: int, temperature: float, top_k: int | None, top_p: float | None
) -> None:
    logits = np.array(scores, dtype=np.float64)
    noise = np.random.default_rng(seed).integers(-1, 2, logits.size)
    noisy = np.nextafter(logits, logits + noise)
    options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    equal = reference_sampling.sample(logits, draw=0.5, **options)
    for mine in (choose(each, [], Sampling(**options), 0.5) for each in (logits, noisy)):
        np.testing.assert_array_equal(mine.kept, equal.kept)
        assert (mine.rank, mine.token, mine.interval) == (equal.rank, equal.choice, equal.interval)
    other = reference_sampling.sample(noisy, draw=0.5, **options)
    np.testing.assert_array_equal(other.kept, equal.kept)
    assert (other.rank, other.choice) == (equal.rank, equal.choice)
    scored = [(-score, index) for index, score in enumerate(scores)]
    assert equal.kept.tolist() == [index for _, index in sorted(scored)][: len(equal.kept)]


def test_rows_of_the_table_that_are_the_same_rank_by_id() -> None:
    """As the padded ids of models do, whose scores the sums of a matrix product may tell apart."""
    gpt = random_gpt("Llama 3")
    with torch.no_grad():
        gpt.embed.weight[5:] = gpt.embed.weight[4]
    weights = {name: tensor.numpy() for name, tensor in gpt.state_dict().items()}
    for first in range(D_VOCAB):
        mine = choose(run(gpt, [first, 1, 2]).logits, [], Sampling(), 0.9)
        logits = reference.forward(weights, gpt.config, [first, 1, 2])["logits"][-1]
        other = reference_sampling.sample(logits, temperature=1.0, top_k=None, top_p=None, draw=0.9)
        assert [index for index in mine.kept if index >= 4] == list(range(4, D_VOCAB))
        assert (mine.kept.tolist(), mine.token) == (other.kept.tolist(), other.choice)
