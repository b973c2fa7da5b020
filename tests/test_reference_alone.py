"""The NumPy reference against arithmetic done by hand, without any other implementation."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from generator.errors import ModelError
from generator.reference import forward as ref
from generator.reference.sampling import Sample, generate, sample

N_LAYERS, N_HEADS, D_MODEL, D_VOCAB, N_CTX = 2, 2, 4, 7, 5
D_HEAD, D_MLP = D_MODEL // N_HEADS, 4 * D_MODEL
TOKENS = [3, 0, 6, 3]


@dataclass(frozen=True)
class Scaling:
    factor: float
    low_freq_factor: float
    high_freq_factor: float
    n_ctx: int


@dataclass(frozen=True)
class Shape:
    """What the weights below do not say of themselves."""

    n_heads: int = N_HEADS
    n_key_value_heads: int = N_HEADS
    d_head: int = D_HEAD
    n_ctx: int = N_CTX
    slides: bool = True
    norm: str = "layer"
    ln_eps: float = 1e-5
    positions: str = "learned"
    rotary_base: float = 10000.0
    rotary_scaling: Scaling | None = None
    activation: str = "gelu"


SHAPE = Shape()


def make_weights(*, bias: bool, seed: int = 0) -> dict[str, ref.Array]:
    """A tiny model of random weights, large enough that every part of it matters."""
    rng = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "embed.weight": (D_VOCAB, D_MODEL),
        "pos_embed.weight": (N_CTX, D_MODEL),
        "ln_final.weight": (D_MODEL,),
    }
    for layer in range(N_LAYERS):
        shapes |= {
            f"blocks.{layer}.ln1.weight": (D_MODEL,),
            f"blocks.{layer}.attn.qkv.weight": (3 * D_MODEL, D_MODEL),
            f"blocks.{layer}.attn.proj.weight": (D_MODEL, D_MODEL),
            f"blocks.{layer}.ln2.weight": (D_MODEL,),
            f"blocks.{layer}.mlp.fc.weight": (D_MLP, D_MODEL),
            f"blocks.{layer}.mlp.proj.weight": (D_MODEL, D_MLP),
        }
    if bias:
        shapes |= {
            name.replace(".weight", ".bias"): shape[:1]
            for name, shape in shapes.items()
            if "embed" not in name
        }
    return {name: rng.normal(0.0, 0.7, shape) for name, shape in shapes.items()}


@pytest.fixture(params=[False, True], ids=["no bias", "bias"])
def weights(request: pytest.FixtureRequest) -> dict[str, ref.Array]:
    return make_weights(bias=request.param)


# Elementary functions


@pytest.mark.parametrize(
    ("x", "expected"),
    [  # Abramowitz & Stegun, table 7.1, and its symmetry
        (0.0, 0.0),
        (0.5, 0.5204998778130465),
        (1.0, 0.8427007929497149),
        (2.0, 0.9953222650189527),
        (-1.0, -0.8427007929497149),
        (1e-10, 2e-10 / math.sqrt(math.pi)),
        (30.0, 1.0),
    ],
)
def test_erf_known_values(x: float, expected: float) -> None:
    assert ref.erf(np.array([x]))[0] == pytest.approx(expected, rel=4e-16, abs=0)


def test_erf_keeps_shape_and_type() -> None:
    out = ref.erf(np.zeros((2, 0, 3)))
    assert out.shape == (2, 0, 3)
    assert out.dtype == np.float64


def test_gelu_is_the_exact_one() -> None:
    out = ref.gelu(np.array([-1.0, 0.0, 1.0, 2.0]))
    # x times the normal distribution function; the tanh formula gives 0.841192 at 1.
    expected = [-0.15865525393145707, 0.0, 0.8413447460685429, 1.9544997361036416]
    np.testing.assert_allclose(out, expected, rtol=1e-15, atol=0)


def test_the_other_activations_by_hand() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    assert ref.relu(x).tolist() == [0.0, 0.0, 2.0]
    silu = [-1 / (1 + math.e), 0.0, 2 / (1 + math.exp(-2))]
    np.testing.assert_allclose(ref.silu(x), silu, rtol=1e-15)
    inner = math.sqrt(2 / math.pi) * (2 + 0.044715 * 8)
    assert ref.gelu_tanh(x)[2] == pytest.approx(1 + math.tanh(inner), rel=1e-15)
    assert abs(ref.gelu_tanh(x)[2] - ref.gelu(x)[2]) > 1e-5  # they are two functions


def test_softmax_by_hand() -> None:
    out = ref.softmax(np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]]))
    np.testing.assert_allclose(out, [[0.125, 0.25, 0.625], [0.375, 0.375, 0.25]], rtol=1e-15)


def test_softmax_of_large_and_masked_numbers() -> None:
    out = ref.softmax(np.array([1000.0, -np.inf, 1000.0]))
    assert out.tolist() == [0.5, 0.0, 0.5]


def test_log_softmax_keeps_small_probabilities() -> None:
    assert ref.log_softmax(np.array([0.0, -2000.0])).tolist() == [0.0, -2000.0]
    out = ref.log_softmax(np.log([1.0, 3.0]))
    np.testing.assert_allclose(out, np.log([0.25, 0.75]), rtol=1e-15)


# Layers


def test_linear_weight_is_out_by_in() -> None:
    weight = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 0.0]])
    x = np.array([[1.0, 10.0, 100.0]])
    assert ref.linear(x, {"weight": weight}).tolist() == [[321.0, -10.0]]
    bias = np.array([0.5, 7.0])
    assert ref.linear(x, {"weight": weight, "bias": bias}).tolist() == [[321.5, -3.0]]


def test_layer_norm_by_hand() -> None:
    x = np.array([[1.0, 3.0], [5.0, 5.0]])
    out = ref.layer_norm(x, {"weight": np.array([2.0, 10.0]), "bias": np.array([0.0, 1.0])}, 1e-5)
    # Means 2 and 5; the biased variance of 1, 3 is 1 (the unbiased one is 2).
    scale = math.sqrt(1.00001)
    assert out["mean"].tolist() == [2.0, 5.0]
    np.testing.assert_allclose(out["scale"], [scale, math.sqrt(0.00001)], rtol=1e-15)
    np.testing.assert_allclose(out["normalized"], [[-1 / scale, 1 / scale], [0.0, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(out["out"], [[-2 / scale, 10 / scale + 1], [0.0, 1.0]], rtol=1e-15)


def test_layer_norm_without_bias() -> None:
    out = ref.layer_norm(np.array([[1.0, 3.0]]), {"weight": np.array([2.0, 10.0])}, 1e-5)
    np.testing.assert_array_equal(out["out"], out["normalized"] * [2.0, 10.0])


def test_rms_norm_by_hand() -> None:
    out = ref.rms_norm(np.array([[1.0, 7.0]]), {"weight": np.array([2.0, 10.0])}, 24.0)
    assert out["scale"].tolist() == [7.0]  # the mean square is 25, and eps is added to it
    np.testing.assert_allclose(out["normalized"], [[1 / 7, 1.0]], rtol=1e-15)
    np.testing.assert_allclose(out["out"], [[2 / 7, 10.0]], rtol=1e-15)


def test_rotation_by_hand() -> None:
    """Dimension i turns with i + d_head / 2: a radian a position, and a tenth of one."""
    shape = replace(SHAPE, d_head=4, rotary_base=100.0)
    np.testing.assert_allclose(ref.wavelengths(shape), [2 * np.pi, 20 * np.pi], rtol=1e-15)
    x = np.tile([1.0, 0.0, 0.0, 2.0], (1, 3, 1))
    expected = [
        [math.cos(t), -2 * math.sin(t / 10), math.sin(t), 2 * math.cos(t / 10)] for t in range(3)
    ]
    np.testing.assert_allclose(ref.rotate(x, shape)[0], expected, rtol=1e-14)


def test_stretched_wavelengths_by_hand() -> None:
    """Fast rotations stay, slow ones take `factor` times as long, those between are in between."""
    scaling = Scaling(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, n_ctx=80)
    shape = replace(SHAPE, d_head=6, rotary_base=8.0**3, rotary_scaling=scaling)
    plain = 2 * np.pi * np.array([1.0, 8.0, 64.0])  # 80 positions are 12.7, 1.6 and 0.2 turns
    share = (80 / plain[1] - 1) / 3
    between = 1 / (share / plain[1] + (1 - share) / (8 * plain[1]))
    expected = [plain[0], between, 8 * plain[2]]
    np.testing.assert_allclose(ref.wavelengths(shape), expected, rtol=1e-14)


def test_heads_are_consecutive_slices() -> None:
    x = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    heads = ref.split_heads(x, 2)
    assert heads.tolist() == [[[1, 2], [5, 6]], [[3, 4], [7, 8]]]
    np.testing.assert_array_equal(ref.merge_heads(heads), x)


def test_causal_attention_by_hand() -> None:
    """One head of d_head 4; q is x + 1, k is -x, v is 2x."""
    identity = np.eye(4)
    x = np.array([[0.0, 0.0, 0.0, 0.0], [math.log(3.0), 0.0, 0.0, math.log(3.0)]])
    out = ref.attention(
        x,
        {
            "qkv.weight": np.concatenate([identity, -identity, 2.0 * identity]),
            "qkv.bias": np.concatenate([np.ones(4), np.zeros(4), np.zeros(4)]),
            "proj.weight": identity[::-1],  # turns the columns round
        },
        replace(SHAPE, n_heads=1, n_key_value_heads=1, d_head=4),
    )
    log3 = math.log(3.0)
    raw = [[0.0, -2 * log3], [0.0, -2 * log3 * (1 + log3)]]
    np.testing.assert_allclose(out["scores_raw"][0], raw, rtol=1e-15)
    np.testing.assert_allclose(out["scores_scaled"][0], np.array(raw) / 2, rtol=1e-15)
    assert out["scores"][0, 0].tolist() == [0.0, -np.inf]
    weight = 3.0 ** -(1 + log3)
    pattern = [[1.0, 0.0], [1 / (1 + weight), weight / (1 + weight)]]
    np.testing.assert_allclose(out["pattern"][0], pattern, rtol=1e-15)
    z1 = 2 * log3 * weight / (1 + weight)
    np.testing.assert_allclose(out["z"][0], [[0, 0, 0, 0], [z1, 0, 0, z1]], rtol=1e-15)
    np.testing.assert_allclose(out["out"], [[0, 0, 0, 0], [z1, 0, 0, z1]], rtol=1e-15)


def test_attention_output_is_projected() -> None:
    proj = np.array([[0.0, 1.0], [5.0, 0.0]])  # out by in: swaps, and takes the second 5 times
    out = ref.attention(
        np.array([[1.0, 10.0]]),
        {"qkv.weight": np.concatenate([np.eye(2)] * 3), "proj.weight": proj},
        replace(SHAPE, d_head=1),
    )
    assert out["out"].tolist() == [[10.0, 5.0]]


def test_heads_of_queries_share_keys_and_values_with_their_neighbours() -> None:
    """Four heads of queries, two of keys and values, one number wide; only position 0 is read."""
    shape = replace(SHAPE, n_heads=4, n_key_value_heads=2, d_head=1)
    qkv = np.array([[1.0], [1.0], [1.0], [1.0], [10.0], [20.0], [5.0], [7.0]])
    out = ref.attention(np.array([[1.0]]), {"qkv.weight": qkv, "proj.weight": np.eye(4)}, shape)
    assert out["k"].shape == out["v"].shape == (2, 1, 1)
    assert out["scores_raw"].ravel().tolist() == [10.0, 10.0, 20.0, 20.0]
    assert out["out"].tolist() == [[5.0, 5.0, 7.0, 7.0]]


def test_gated_mlp_by_hand() -> None:
    weights = {
        "fc.weight": np.array([[1.0], [-1.0]]),
        "linear.weight": np.array([[10.0], [5.0]]),
        "proj.weight": np.array([[1.0, 1.0]]),
    }
    out = ref.mlp(np.array([[2.0]]), weights, "relu")
    assert out["pre"].tolist() == [[2.0, -2.0]]
    assert out["pre_linear"].tolist() == [[20.0, 10.0]]
    assert out["post"].tolist() == [[40.0, 0.0]]
    assert out["out"].tolist() == [[40.0]]


def test_mlp_by_hand() -> None:
    out = ref.mlp(
        np.array([[1.0]]),
        {
            "fc.weight": np.array([[1.0], [-1.0]]),
            "fc.bias": np.array([1.0, 1.0]),
            "proj.weight": np.array([[3.0, 100.0]]),
            "proj.bias": np.array([0.5]),
        },
        "gelu",
    )
    assert out["pre"].tolist() == [[2.0, 0.0]]
    assert out["out"][0, 0] == pytest.approx(3 * 1.9544997361036416 + 0.5, rel=1e-15)


# The model


def test_names_and_shapes(weights: dict[str, ref.Array]) -> None:
    pos, heads = len(TOKENS), (N_HEADS, len(TOKENS))
    layer_norm = {"mean": (pos,), "scale": (pos,), "normalized": (pos, 4), "out": (pos, 4)}
    expected: dict[str, tuple[int, ...]] = {
        "embed": (pos, D_MODEL),
        "pos_embed": (pos, D_MODEL),
        "logits": (pos, D_VOCAB),
        "log_probs": (pos, D_VOCAB),
    }
    expected |= {f"ln_final.{name}": shape for name, shape in layer_norm.items()}
    for layer in range(N_LAYERS):
        block: dict[str, tuple[int, ...]] = {}
        for name in ("resid_pre", "resid_mid", "resid_post", "attn.out", "mlp.out"):
            block[name] = (pos, D_MODEL)
        block |= {f"ln1.{name}": shape for name, shape in layer_norm.items()}
        block |= {f"ln2.{name}": shape for name, shape in layer_norm.items()}
        block |= {f"attn.{name}": (*heads, D_HEAD) for name in "qkvz"}
        for name in ("scores_raw", "scores_scaled", "scores", "pattern"):
            block[f"attn.{name}"] = (*heads, pos)
        block |= {"mlp.pre": (pos, D_MLP), "mlp.post": (pos, D_MLP)}
        expected |= {f"blocks.{layer}.{name}": shape for name, shape in block.items()}

    values = ref.forward(weights, SHAPE, TOKENS)
    assert {name: value.shape for name, value in values.items()} == expected
    assert {value.dtype for value in values.values()} == {np.dtype(np.float64)}


def logits_by_loops(weights: dict[str, ref.Array], tokens: list[int]) -> list[list[float]]:
    """The whole model once more in plain Python numbers, no array among them."""
    tables = {name: tensor.tolist() for name, tensor in weights.items()}

    def linear(row: list[float], name: str) -> list[float]:
        biases = tables.get(f"{name}.bias", [0.0] * len(tables[f"{name}.weight"]))
        return [
            sum(w * x for w, x in zip(ws, row, strict=True)) + b
            for ws, b in zip(tables[f"{name}.weight"], biases, strict=True)
        ]

    def norm(row: list[float], name: str) -> list[float]:
        mean = sum(row) / len(row)
        variance = sum((x - mean) ** 2 for x in row) / len(row)
        biases = tables.get(f"{name}.bias", [0.0] * len(row))
        return [
            (x - mean) / math.sqrt(variance + 1e-5) * w + b
            for x, w, b in zip(row, tables[f"{name}.weight"], biases, strict=True)
        ]

    def add(a: list[float], b: list[float]) -> list[float]:
        return [x + y for x, y in zip(a, b, strict=True)]

    rows = [
        add(tables["embed.weight"][t], tables["pos_embed.weight"][i]) for i, t in enumerate(tokens)
    ]
    for layer in range(N_LAYERS):
        name = f"blocks.{layer}"
        qkv = [linear(norm(row, f"{name}.ln1"), f"{name}.attn.qkv") for row in rows]
        for query in reversed(range(len(rows))):
            z: list[float] = []
            for start in range(0, D_MODEL, D_HEAD):
                columns = range(start, start + D_HEAD)
                exps = [
                    math.exp(
                        sum(qkv[query][c] * qkv[key][D_MODEL + c] for c in columns)
                        / math.sqrt(D_HEAD)
                    )
                    for key in range(query + 1)
                ]
                z += [
                    sum(e / sum(exps) * qkv[key][2 * D_MODEL + c] for key, e in enumerate(exps))
                    for c in columns
                ]
            rows[query] = add(rows[query], linear(z, f"{name}.attn.proj"))
        for pos, row in enumerate(rows):
            pre = linear(norm(row, f"{name}.ln2"), f"{name}.mlp.fc")
            post = [x * math.erfc(-x / math.sqrt(2)) / 2 for x in pre]
            rows[pos] = add(row, linear(post, f"{name}.mlp.proj"))
    finals = [norm(row, "ln_final") for row in rows]
    return [
        [sum(x * y for x, y in zip(row, entry, strict=True)) for entry in tables["embed.weight"]]
        for row in finals
    ]


def test_logits_equal_plain_loops(weights: dict[str, ref.Array]) -> None:
    values = ref.forward(weights, SHAPE, TOKENS)
    expected = logits_by_loops(weights, TOKENS)
    np.testing.assert_allclose(values["logits"], expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.exp(values["log_probs"]).sum(axis=-1), 1.0, rtol=1e-14)
    differences = values["logits"] - values["log_probs"]  # one constant a row
    np.testing.assert_allclose(differences, differences[:, :1] * np.ones(D_VOCAB), rtol=1e-12)


def test_every_tensor_matters() -> None:
    """No weight or bias is left out."""
    weights = make_weights(bias=True)
    logits = ref.forward(weights, SHAPE, TOKENS)["logits"]
    for name in weights:
        changed = ref.forward(weights | {name: weights[name] * 1.5}, SHAPE, TOKENS)["logits"]
        assert np.abs(changed - logits).max() > 1e-6, name


def test_attention_rows_sum_to_one_and_look_back(weights: dict[str, ref.Array]) -> None:
    values = ref.forward(weights, SHAPE, TOKENS)
    for layer in range(N_LAYERS):
        pattern = values[f"blocks.{layer}.attn.pattern"]
        np.testing.assert_allclose(pattern.sum(axis=-1), 1.0, rtol=1e-15)
        assert (np.triu(pattern, k=1) == 0.0).all()
        assert (pattern[:, -1] > 0.0).all()


def test_residual_stream_adds_up(weights: dict[str, ref.Array]) -> None:
    values = ref.forward(weights, SHAPE, TOKENS)
    total = values["embed"] + values["pos_embed"]
    for layer in range(N_LAYERS):
        np.testing.assert_array_equal(values[f"blocks.{layer}.resid_pre"], total)
        total = total + values[f"blocks.{layer}.attn.out"]
        np.testing.assert_array_equal(values[f"blocks.{layer}.resid_mid"], total)
        total = total + values[f"blocks.{layer}.mlp.out"]
        np.testing.assert_array_equal(values[f"blocks.{layer}.resid_post"], total)


def test_a_later_token_changes_no_earlier_row(weights: dict[str, ref.Array]) -> None:
    before = ref.forward(weights, SHAPE, TOKENS)["logits"]
    after = ref.forward(weights, SHAPE, [*TOKENS[:-1], 5])["logits"]
    np.testing.assert_allclose(after[:-1], before[:-1], rtol=1e-13)
    assert np.abs(after[-1] - before[-1]).max() > 1e-3


def test_an_earlier_token_changes_the_last_row(weights: dict[str, ref.Array]) -> None:
    before = ref.forward(weights, SHAPE, TOKENS)["logits"]
    after = ref.forward(weights, SHAPE, [5, *TOKENS[1:]])["logits"]
    assert np.abs(after[-1] - before[-1]).max() > 1e-3


@pytest.mark.parametrize("tokens", [[], [0] * (N_CTX + 1), [D_VOCAB], [-1]])
def test_tokens_that_the_model_cannot_take(tokens: list[int]) -> None:
    with pytest.raises(ValueError, match="token"):
        ref.forward(make_weights(bias=False), SHAPE, tokens)


def test_load_casts_to_float64(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": np.array([0.1, -2.0], dtype=np.float16), "b": np.ones(1, np.float32)}, path)
    loaded = ref.load(path)
    assert loaded["a"].tolist() == [0.0999755859375, -2.0]  # 0.1 as float16 has it, no rounding
    assert {tensor.dtype for tensor in loaded.values()} == {np.dtype(np.float64)}


def write_header(path: Path, header: bytes, data: bytes) -> None:
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def test_load_widens_bfloat16_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    header = b'{"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}'
    bits = [0x3F80, 0xC049, 0x0001, 0x7F7F, 0x8000, 0x3DCD]  # 1 + 8 + 7 of each
    write_header(path, header, b"".join(each.to_bytes(2, "little") for each in bits))
    subnormal, largest = 2.0**-133, (2 - 2.0**-7) * 2.0**127
    expected = [[1.0, -3.140625, subnormal], [largest, -0.0, 0.10009765625]]
    assert ref.load(path)["a"].tolist() == expected


def test_load_says_which_file_is_bad(tmp_path: Path) -> None:
    missing, damaged, integers = (tmp_path / name for name in ("missing", "damaged", "integers"))
    damaged.write_bytes(b"not a safetensors file")
    write_header(integers, b'{"a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]}}', b"\0\0")
    for path in (missing, damaged, integers):
        with pytest.raises(ModelError) as caught:
            ref.load(path)
        assert str(path) in str(caught.value)


def test_reference_imports_neither_torch_nor_the_model() -> None:
    code = (
        "import sys, generator.reference.forward, generator.reference.sampling;"
        "print([n for n in sys.modules if n.split('.')[0] == 'torch' or"
        " n.startswith(('generator.model', 'generator.trace'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Sampling

# Probabilities 1/8, 1/2, 1/8, 1/4: ranked 1, 3, then 0 and 2, which tie.
LOGITS = np.log([1.0, 4.0, 1.0, 2.0])


def draw_from(
    logits: ref.Array = LOGITS,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    draw: float = 0.0,
) -> Sample:
    return sample(logits, temperature=temperature, top_k=top_k, top_p=top_p, draw=draw)


def test_sample_by_hand() -> None:
    chosen = draw_from(draw=0.6)
    np.testing.assert_array_equal(chosen.scaled, LOGITS)
    np.testing.assert_allclose(chosen.probs_all, [0.125, 0.5, 0.125, 0.25], rtol=1e-15)
    assert chosen.kept.tolist() == [1, 3, 0, 2]
    np.testing.assert_allclose(chosen.probs, [0.5, 0.25, 0.125, 0.125], rtol=1e-15)
    np.testing.assert_allclose(chosen.cumulative, [0.5, 0.75, 0.875, 1.0], rtol=1e-15)
    assert (chosen.draw, chosen.rank, chosen.choice) == (0.6, 1, 3)
    assert chosen.interval == pytest.approx((0.5, 0.75), rel=1e-15)
    assert chosen.entropy == pytest.approx(1.75 * math.log(2.0), rel=1e-15)


def test_temperature_divides() -> None:
    chosen = draw_from(temperature=0.5, top_k=2)
    np.testing.assert_allclose(chosen.scaled, 2 * LOGITS, rtol=1e-15)
    np.testing.assert_allclose(chosen.probs_all, np.array([1, 16, 1, 4]) / 22, rtol=1e-14)
    np.testing.assert_allclose(chosen.probs, [0.8, 0.2], rtol=1e-14)


def test_top_k_one_is_certain() -> None:
    chosen = draw_from(top_k=1, draw=0.999)
    assert chosen.kept.tolist() == [1]
    assert chosen.probs.tolist() == chosen.cumulative.tolist() == [1.0]
    assert (chosen.choice, chosen.rank, chosen.interval) == (1, 0, (0.0, 1.0))
    assert math.copysign(1.0, chosen.entropy) == 1.0  # 0.0 and not -0.0
    assert chosen.entropy == 0.0


def test_top_k_cuts_between_ties_at_the_lowest_id() -> None:
    assert draw_from(top_k=3).kept.tolist() == [1, 3, 0]
    assert draw_from(top_k=99).kept.tolist() == [1, 3, 0, 2]
    many = np.tile([0.0, 1.0, 2.0], 100)  # enough for an unstable sort to show itself
    assert draw_from(many).kept.tolist() == [
        *range(2, 300, 3),
        *range(1, 300, 3),
        *range(0, 300, 3),
    ]


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [(1e-12, [1]), (0.49, [1]), (0.51, [1, 3]), (0.8, [1, 3, 0]), (0.9, [1, 3, 0, 2])],
)
def test_top_p_keeps_the_shortest_prefix(top_p: float, kept: list[int]) -> None:
    assert draw_from(top_p=top_p).kept.tolist() == kept


def test_top_p_counts_what_reaches_it_exactly() -> None:
    equal = np.zeros(4)  # probabilities of exactly a quarter each
    assert draw_from(equal, top_p=0.5).kept.tolist() == [0, 1]
    assert draw_from(equal, top_p=1.0).kept.tolist() == [0, 1, 2, 3]


def test_top_p_counts_within_top_k() -> None:
    # Of the whole the first has 1/2 and is not enough; of the two kept it has 2/3.
    assert draw_from(top_p=0.6).kept.tolist() == [1, 3]
    assert draw_from(top_k=2, top_p=0.6).kept.tolist() == [1]


def test_the_last_bound_is_one_whatever_rounding_leaves() -> None:
    logits = np.zeros(10)  # ten tenths add up to 0.9999999999999999
    assert np.cumsum(ref.softmax(logits))[-1] < 1.0
    assert len(draw_from(logits, top_p=1.0).kept) == 10
    last = draw_from(logits, draw=np.nextafter(1.0, 0.0))
    assert last.rank == 9
    assert last.interval[1] == last.cumulative[-1] == 1.0


def test_a_draw_on_a_bound_belongs_to_the_upper_interval() -> None:
    equal = np.zeros(4)
    for draw, rank in [(0.0, 0), (0.25, 1), (0.5, 2), (0.75, 3)]:
        chosen = draw_from(equal, draw=draw)
        assert (chosen.rank, chosen.interval) == (rank, (draw, draw + 0.25))
        if draw > 0.0:
            assert draw_from(equal, draw=np.nextafter(draw, 0.0)).rank == rank - 1


def test_a_draw_never_picks_an_impossible_token() -> None:
    # At this distance exp gives 0: the first interval is all of [0, 1).
    chosen = draw_from(np.array([0.0, 1000.0, 0.0]), draw=np.nextafter(1.0, 0.0))
    assert chosen.choice == 1
    assert chosen.entropy == 0.0


def test_intervals_cover_everything_once() -> None:
    logits = np.random.default_rng(1).normal(size=6)
    draws = np.random.default_rng(2).random(200).tolist()
    for draw in draws:
        chosen = draw_from(logits, temperature=0.8, draw=draw)
        low, high = chosen.interval
        assert low <= draw < high
        assert high - low == pytest.approx(chosen.probs[chosen.rank], abs=1e-7)
        assert chosen.choice == chosen.kept[chosen.rank]


def test_bounds_are_the_same_where_probabilities_differ_by_less_than_is_stored() -> None:
    logits = np.random.default_rng(3).normal(size=500)
    bounds = draw_from(logits).cumulative
    noisy = logits * (1 + np.random.default_rng(4).normal(size=500) * 1e-16)
    assert (draw_from(noisy).probs != draw_from(logits).probs).any()
    assert draw_from(noisy).cumulative.tolist() == bounds.tolist()
    total = np.cumsum(draw_from(logits).probs.astype(np.float32), dtype=np.float64)
    assert (total / total[-1]).tolist() == bounds.tolist()


def test_settings_that_mean_nothing() -> None:
    with pytest.raises(ValueError, match="temperature"):
        draw_from(temperature=0.0)
    with pytest.raises(ValueError, match="top_k"):
        draw_from(top_k=0)
    with pytest.raises(ValueError, match="top_p"):
        draw_from(top_p=0.0)
    with pytest.raises(ValueError, match="draw"):
        draw_from(draw=1.0)


def test_sample_leaves_the_logits_alone() -> None:
    logits = LOGITS.copy()
    draw_from(logits, temperature=2.0, top_k=2, top_p=0.5)
    np.testing.assert_array_equal(logits, LOGITS)


# Generation


def continue_text(prompt: list[int], *, seed: int = 7, new_tokens: int = 8) -> list[Sample]:
    return generate(
        make_weights(bias=True),
        SHAPE,
        prompt,
        temperature=1.5,
        top_k=5,
        top_p=0.95,
        seed=seed,
        new_tokens=new_tokens,
    )


def test_generate_draws_once_a_token_from_pcg64() -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    assert [step.draw for step in continue_text([1])] == [rng.random() for _ in range(8)]
    assert continue_text([1])[0].draw == 0.625095466604667  # PCG64(7), for good


def test_generate_sees_the_last_n_ctx_tokens_of_its_own_text() -> None:
    prompt = [1, 2]
    steps = continue_text(prompt)
    text = prompt + [step.choice for step in steps]
    for count, step in enumerate(steps, start=len(prompt)):
        seen = text[max(0, count - N_CTX) : count]
        logits = ref.forward(make_weights(bias=True), SHAPE, seen)["logits"][-1]
        np.testing.assert_array_equal(step.scaled, logits / 1.5)


def test_generate_takes_a_prompt_longer_than_the_context() -> None:
    long = [6, 6, 6, 1, 2, 3, 4, 5]
    ours = [step.choice for step in continue_text(long)]
    assert ours == [step.choice for step in continue_text(long[-N_CTX:])]


def test_generate_repeats_and_varies_with_the_seed() -> None:
    choices = [step.choice for step in continue_text([1])]
    assert choices == [step.choice for step in continue_text([1])]
    assert choices != [step.choice for step in continue_text([1], seed=8)]
    assert len(set(choices)) > 1
    assert continue_text([1], new_tokens=0) == []
