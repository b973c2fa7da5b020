"""The model: what must hold of its forward pass, whatever the weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
import torch
from families import D_VOCAB, FAMILIES, N_CTX, architecture, random_gpt, recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from generator.data.names import forward_names, model_names, sampling_names
from generator.model.gpt import GPT, GPTConfig
from generator.project.card import Architecture
from generator.reference.forward import forward
from generator.trace.tracer import Laws

NAMES_OF_ONE_LAYER = [
    "embed",
    "pos_embed",
    "blocks.0.resid_pre",
    "blocks.0.ln1.mean",
    "blocks.0.ln1.scale",
    "blocks.0.ln1.normalized",
    "blocks.0.ln1.out",
    "blocks.0.attn.q",
    "blocks.0.attn.k",
    "blocks.0.attn.v",
    "blocks.0.attn.scores_raw",
    "blocks.0.attn.scores_scaled",
    "blocks.0.attn.scores",
    "blocks.0.attn.pattern",
    "blocks.0.attn.z",
    "blocks.0.attn.out",
    "blocks.0.resid_mid",
    "blocks.0.ln2.mean",
    "blocks.0.ln2.scale",
    "blocks.0.ln2.normalized",
    "blocks.0.ln2.out",
    "blocks.0.mlp.pre",
    "blocks.0.mlp.post",
    "blocks.0.mlp.out",
    "blocks.0.resid_post",
    "ln_final.mean",
    "ln_final.scale",
    "ln_final.normalized",
    "ln_final.out",
    "logits",
    "log_probs",
]


TOKENS = st.lists(st.integers(0, D_VOCAB - 1), min_size=1, max_size=N_CTX)
FAMILY = st.sampled_from(sorted(FAMILIES))


SAMPLING_NAMES = (
    "scaled",
    "probs_all",
    "kept",
    "probs",
    "cumulative",
    "entropy",
    "draw",
    "interval",
    "rank",
    "choice",
)
TABLE_NAMES = (
    "rows",
    "norms",
    "mean",
    "std",
    "min",
    "max",
)
HISTORY_NAMES = (
    "step",
    "training_loss",
    "held_out_loss",
    "std",
    "min",
    "max",
    "norm",
    "cosine_within",
    "cosine_between",
    "cosines",
)


def test_the_names_of_a_choice_and_of_a_model_are_frozen() -> None:
    assert list(sampling_names()) == [f"sampling.{name}" for name in SAMPLING_NAMES]
    tables = [f"{table}.{name}" for table in ("embedding", "untrained") for name in TABLE_NAMES]
    assert list(model_names()) == tables + [f"history.{name}" for name in HISTORY_NAMES]


def test_the_names_of_the_values_are_frozen() -> None:
    assert list(forward_names(architecture("nanoGPT", n_layers=1))) == NAMES_OF_ONE_LAYER
    assert list(recorded(random_gpt(n_layers=1), [1, 2])) == NAMES_OF_ONE_LAYER


def test_what_an_architecture_lacks_is_absent_and_what_it_has_is_named() -> None:
    def changed(family: str) -> tuple[set[str], set[str]]:
        names = {name.removeprefix("blocks.0.") for name in recorded(random_gpt(family), [1, 2])}
        usual = {name.removeprefix("blocks.0.") for name in recorded(random_gpt(), [1, 2])}
        others = {name for name in names ^ usual if not name.startswith("blocks.1.")}
        return others & usual, others & names

    lacks = {"pos_embed", "ln1.mean", "ln2.mean", "ln_final.mean"}
    has = {"attn.rot_q", "attn.rot_k", "mlp.pre_linear"}
    normed = {f"attn.{x}_norm.{what}" for x in "qk" for what in ("scale", "normalized", "out")}
    assert changed("Llama") == (lacks, has)
    assert changed("Qwen3") == (lacks, has | normed)
    assert changed("GPT-2") == changed("from scratch") == (set(), set())


@settings(max_examples=40, deadline=None)
@given(FAMILY, TOKENS, st.integers(0, 9))
def test_a_recorded_pass_equals_the_unrecorded_one_bit_for_bit(
    family: str, tokens: list[int], seed: int
) -> None:
    gpt = random_gpt(family, seed)
    with torch.no_grad():
        plain = gpt(torch.tensor([tokens]))[0].numpy()
    assert np.array_equal(recorded(gpt, tokens)["logits"], plain)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=8, deadline=None)
@given(TOKENS, st.integers(0, 9))
def test_every_value_equals_the_independent_reference(
    family: str, tokens: list[int], seed: int
) -> None:
    gpt = random_gpt(family, seed)
    weights = {name: tensor.numpy() for name, tensor in gpt.state_dict().items()}
    expected = forward(weights, gpt.config, tokens)
    values = recorded(gpt, tokens)
    assert values.keys() == expected.keys()
    names = forward_names(gpt.config)
    for name, value in values.items():
        assert value.shape == expected[name].shape, name
        assert value.ndim == len(names[name].dims), name
        np.testing.assert_allclose(value, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(FAMILY, TOKENS, st.integers(0, 9))
def test_the_laws_hold_attention_rows_sum_to_1_and_the_stream_adds_up(
    family: str, tokens: list[int], seed: int
) -> None:
    values = recorded(random_gpt(family, seed), tokens)
    obeyed(values)
    broken = values | {"blocks.1.attn.out": values["blocks.1.attn.out"] + 1e-6}
    with pytest.raises(AssertionError, match=r"blocks\.1\.resid_mid is not what was added up"):
        obeyed(broken)
    leaky = values | {"blocks.0.attn.pattern": values["blocks.0.attn.pattern"] * 1.001}
    with pytest.raises(AssertionError, match="does not sum to 1"):
        obeyed(leaky)


def obeyed(values: Mapping[str, NDArray[np.float64]]) -> None:
    """Ask the laws of all values of a pass."""
    laws = Laws()
    for name, value in values.items():
        laws.check(name, value)


@given(FAMILY, TOKENS.filter(lambda tokens: len(tokens) > 1), st.data())
@settings(max_examples=25, deadline=None)
def test_a_later_token_changes_nothing_before_it(
    family: str, tokens: list[int], data: st.DataObject
) -> None:
    gpt = random_gpt(family, 3)
    changed = data.draw(st.integers(1, len(tokens) - 1))
    other = [*tokens[:changed], (tokens[changed] + 1) % D_VOCAB, *tokens[changed + 1 :]]
    before, after = recorded(gpt, tokens)["logits"], recorded(gpt, other)["logits"]
    np.testing.assert_allclose(before[:changed], after[:changed], rtol=1e-12)
    assert np.abs(before[changed] - after[changed]).max() > 1e-6


@given(FAMILY, TOKENS.filter(lambda tokens: len(tokens) > 1), st.data())
@settings(max_examples=40, deadline=None)
def test_reading_on_with_a_cache_gives_the_logits_of_reading_anew(
    family: str, tokens: list[int], data: st.DataObject
) -> None:
    gpt = random_gpt(family, 4)
    cache = gpt.empty_cache()
    cuts = data.draw(st.sets(st.integers(1, len(tokens) - 1)))
    bounds = [0, *sorted(cuts), len(tokens)]
    with torch.no_grad():
        anew = gpt(torch.tensor([tokens]))
        rows = [
            gpt(torch.tensor([tokens[start:end]]), cache=cache) for start, end in pairwise(bounds)
        ]
    np.testing.assert_allclose(torch.cat(rows, dim=1).numpy(), anew.numpy(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_decoding_with_a_cache_chooses_the_same_tokens(family: str) -> None:
    gpt, tokens = random_gpt(family, 6), [3, 1]
    cache, written, new = gpt.empty_cache(), [*tokens], tokens
    with torch.no_grad():
        while len(written) < N_CTX:
            best = int(gpt(torch.tensor([new]), cache=cache)[0, -1].argmax())
            assert best == int(gpt(torch.tensor([written]))[0, -1].argmax())
            written.append(best)
            new = [best]


def test_masked_scores_are_minus_infinity_and_get_no_attention() -> None:
    values = recorded(random_gpt(seed=1), [3, 1, 2])
    future = np.triu(np.ones((3, 3), dtype=bool), k=1)
    assert (values["blocks.0.attn.scores"][:, future] == -math.inf).all()
    assert (values["blocks.0.attn.pattern"][:, future] == 0).all()
    assert (values["blocks.0.attn.pattern"][:, ~future] > 0).all()


def test_a_fresh_model_is_spread_as_gpt2_was() -> None:
    shape = Architecture(n_layers=4, n_heads=4, d_model=128, n_ctx=64, bias=True)
    gpt = GPT(GPTConfig(**dict(shape), d_vocab=500))
    gpt.initialize(torch.Generator().manual_seed(0))
    weights = gpt.state_dict()
    assert weights["embed.weight"].std().item() == pytest.approx(0.02, rel=0.05)
    narrow = 0.02 / math.sqrt(8)
    assert weights["blocks.2.attn.proj.weight"].std().item() == pytest.approx(narrow, rel=0.05)
    assert weights["blocks.2.mlp.proj.weight"].std().item() == pytest.approx(narrow, rel=0.05)
    assert (weights["blocks.2.mlp.fc.bias"] == 0).all()
    assert (weights["ln_final.weight"] == 1).all()


def test_the_output_head_is_the_embedding_table() -> None:
    gpt = random_gpt(seed=5)
    values = recorded(gpt, [1, 2, 3])
    table = gpt.embed.weight.detach().numpy()
    np.testing.assert_allclose(values["logits"], values["ln_final.out"] @ table.T, rtol=1e-12)


def test_dropout_acts_in_training_only() -> None:
    gpt = GPT(GPTConfig(**dict(architecture("nanoGPT")), d_vocab=D_VOCAB, dropout=0.5))
    tokens = torch.tensor([[1, 2, 3]])
    assert not torch.equal(gpt.train()(tokens), gpt(tokens))
    assert torch.equal(gpt.eval()(tokens), gpt(tokens))
