"""The forward pass of every model that we know, written a second time, in NumPy alone.

It shares no line with `generator.model`: what both compute can be trusted because neither copied
the other. Everything is a pure function in float64, and each docstring carries the shapes:
`pos` tokens, of which an attention row belongs to one as `query` and looks at others as `key`.

A function that has more than its result to show returns all its values by name, so `forward`
only has to put the names together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from generator.errors import ModelError

Array: TypeAlias = NDArray[np.float64]
Weights: TypeAlias = Mapping[str, Array]
Values: TypeAlias = dict[str, Array]
Drop: TypeAlias = Callable[[Array], Array]


def nothing(x: Array) -> Array:
    """What a trained model drops."""
    return x


class Scaling(Protocol):
    """How Llama 3.1 stretches rotary positions."""

    @property
    def factor(self) -> float: ...
    @property
    def low_freq_factor(self) -> float: ...
    @property
    def high_freq_factor(self) -> float: ...
    @property
    def n_ctx(self) -> int: ...


class Architecture(Protocol):
    """What the weights alone do not say."""

    @property
    def n_heads(self) -> int: ...
    @property
    def n_key_value_heads(self) -> int: ...
    @property
    def d_head(self) -> int: ...
    @property
    def n_ctx(self) -> int: ...
    @property
    def slides(self) -> bool: ...
    @property
    def norm(self) -> str: ...
    @property
    def ln_eps(self) -> float: ...
    @property
    def positions(self) -> str: ...
    @property
    def rotary_base(self) -> float: ...
    @property
    def rotary_scaling(self) -> Scaling | None: ...
    @property
    def activation(self) -> str: ...


# Weights, and names


def load(path: Path | str) -> Weights:
    """The tensors of a safetensors file by name, whatever type they were stored in, as float64."""
    hint = "expected is a safetensors file of bfloat16, float16, float32 or float64 tensors."
    try:
        with safe_open(path, framework="numpy") as file:  # sees that header and data fit together
            names = list(file.keys())
    except (OSError, SafetensorError) as error:
        raise ModelError(f"the weights cannot be read: {error}", file=path, hint=hint) from error
    stored = np.memmap(path, dtype=np.uint8, mode="r")
    data, header = _header(stored)
    weights = {}
    for name in names:
        kind, shape = header[name]["dtype"], header[name]["shape"]
        if kind not in _WIDENED:
            raise ModelError(f"{name} is of type {kind}", file=path, hint=hint)
        begin, end = (data + offset for offset in header[name]["data_offsets"])
        weights[name] = _WIDENED[kind](stored[begin:end]).reshape(shape)
    return weights


def sizes(path: Path | str) -> dict[str, object]:
    """The bytes of a safetensors file, of its header, and of its tensors by their type."""
    stored = np.memmap(path, dtype=np.uint8, mode="r")
    data, header = _header(stored)
    held: dict[str, list[int]] = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            one = held.setdefault(_TYPES[entry["dtype"]], [0, 0])
            one[0] += math.prod(entry["shape"])
            one[1] += end - begin
    types = [{"type": kind, "count": n, "bytes": size} for kind, (n, size) in sorted(held.items())]
    return {"bytes": stored.size, "header": data, "types": types}


def _header(stored: NDArray[np.uint8]) -> tuple[int, dict[str, Any]]:
    """Where the tensors of a safetensors file begin, and what its header says of each."""
    data = _HEADER_SIZE + int(stored[:_HEADER_SIZE].view("<u8")[0])
    return data, json.loads(stored[_HEADER_SIZE:data].tobytes())


_HEADER_SIZE = 8  # bytes that hold the length of a safetensors file's header
_TYPES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32", "F64": "float64"}


def widen_bfloat16(raw: NDArray[np.uint8]) -> Array:
    """`[2 n] bytes -> [n]`. A bfloat16 is the upper half of a float32; NumPy has no type for it."""
    upper: Array = (raw.view("<u2").astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return upper


_WIDENED: Mapping[str, Callable[[NDArray[np.uint8]], Array]] = {
    "BF16": widen_bfloat16,
    "F16": lambda raw: raw.view("<f2").astype(np.float64),
    "F32": lambda raw: raw.view("<f4").astype(np.float64),
    "F64": lambda raw: raw.view("<f8").astype(np.float64),
}


def part(weights: Weights, prefix: str) -> Weights:
    """The tensors below `prefix`, named without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in weights.items()
        if name.startswith(prefix)
    }


def below(prefix: str, values: Values) -> Values:
    """The same values, named below `prefix`: the inverse of `part`."""
    return {prefix + name: value for name, value in values.items()}


def count_layers(weights: Weights) -> int:
    """How many blocks there are: `blocks.0`, `blocks.1`, ..."""
    return len({name.split(".")[1] for name in weights if name.startswith("blocks.")})


# Elementary functions


def erf(x: Array) -> Array:
    """The error function, `[...] -> [...]`.

    It is `math.erf` of the C library, element by element: NumPy has none, and this one is exact to
    the last digit or so.
    """
    result: Array = np.vectorize(math.erf, otypes=[np.float64])(x)
    return result


def gelu(x: Array) -> Array:
    """x times the normal distribution's share below x, `[...] -> [...]`. Not the tanh formula."""
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))


def gelu_tanh(x: Array) -> Array:
    """GELU by the tanh formula, `[...] -> [...]` (Hendrycks and Gimpel 2016)."""
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def relu(x: Array) -> Array:
    """`[...] -> [...]`, nothing below 0."""
    return np.maximum(x, 0.0)


def silu(x: Array) -> Array:
    """x times its logistic sigmoid, `[...] -> [...]`."""
    return x / (1.0 + np.exp(-x))


ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "relu": relu,
    "silu": silu,
}


def softmax(x: Array) -> Array:
    """`[..., n] -> [..., n]`, each row summing to 1."""
    highest: Array = np.max(x, axis=-1, keepdims=True)
    exp_x = np.exp(x - highest)  # subtracting changes nothing, but keeps exp from overflowing
    total: Array = np.sum(exp_x, axis=-1, keepdims=True)
    return exp_x / total


def log_softmax(x: Array) -> Array:
    """`[..., n] -> [..., n]`. Not `log(softmax(x))`, which loses small probabilities to 0."""
    highest: Array = np.max(x, axis=-1, keepdims=True)
    total: Array = np.sum(np.exp(x - highest), axis=-1, keepdims=True)
    return x - highest - np.log(total)


# Layers


def linear(x: Array, weights: Weights) -> Array:
    """`[pos, in] -> [pos, out]`; the weight is stored `[out, in]`."""
    return x @ weights["weight"].T + weights.get("bias", 0.0)


def layer_norm(x: Array, weights: Weights, eps: float) -> Values:
    """`[pos, d_model] -> out [pos, d_model]`; `mean` and `scale` are `[pos]`."""
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean((x - mean) ** 2, axis=-1, keepdims=True)  # biased: divided by n
    scale = np.sqrt(variance + eps)
    normalized = (x - mean) / scale
    out = normalized * weights["weight"] + weights.get("bias", 0.0)
    return {"mean": mean[..., 0], "scale": scale[..., 0], "normalized": normalized, "out": out}


def rms_norm(x: Array, weights: Weights, eps: float) -> Values:
    """`[..., n] -> out [..., n]`; `scale` is `[...]`."""
    scale = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps)
    normalized = x / scale
    return {"scale": scale[..., 0], "normalized": normalized, "out": normalized * weights["weight"]}


def norm(x: Array, weights: Weights, architecture: Architecture) -> Values:
    """The norm of this architecture over the residual stream, `[pos, d_model]`."""
    chosen = {"layer": layer_norm, "rms": rms_norm}[architecture.norm]
    return chosen(x, weights, architecture.ln_eps)


def wavelengths(architecture: Architecture) -> Array:
    """In how many positions each pair of dimensions turns once, `[d_head / 2]`."""
    pairs = np.arange(architecture.d_head // 2)
    lengths: Array = 2 * np.pi * architecture.rotary_base ** (2 * pairs / architecture.d_head)
    scaling = architecture.rotary_scaling
    if scaling is None:
        return lengths
    turns = scaling.n_ctx / lengths
    share = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    return lengths / (share + (1.0 - share) / scaling.factor)


def rotate(x: Array, architecture: Architecture, start: int = 0) -> Array:
    """`[head, pos, d_head] -> [head, pos, d_head]`: dimension i and i + d_head / 2 are the real and
    the imaginary part of a number, which turns with the position; the first is `start`."""
    real, imaginary = np.split(x, 2, axis=-1)
    positions = start + np.arange(x.shape[1])[:, None]
    turned = (real + 1j * imaginary) * np.exp(2j * np.pi * positions / wavelengths(architecture))
    return np.concatenate([turned.real, turned.imag], axis=-1)


def split_heads(x: Array, n_heads: int) -> Array:
    """`[pos, d_model] -> [head, pos, d_head]`; a head is a run of consecutive columns."""
    return np.stack(np.split(x, n_heads, axis=-1))


def merge_heads(x: Array) -> Array:
    """`[head, pos, d_head] -> [pos, d_model]`, the heads side by side."""
    return np.concatenate(list(x), axis=-1)


def causal_mask(scores: Array) -> Array:
    """`[head, query, key] -> [head, query, key]`, -inf where the key comes after the query."""
    n_pos = scores.shape[-1]
    is_future = np.triu(np.ones((n_pos, n_pos), dtype=bool), k=1)
    return np.where(is_future, -np.inf, scores)


def place(
    name: str, x: Array, weights: Weights, architecture: Architecture, start: int = 0
) -> tuple[Array, Values]:
    """Queries or keys ("q" or "k") from position `start` on as they meet the others, `[head, pos,
    d_head]`, and the values on the way there: the norm's where there is one, the rotation's where
    there is one."""
    values: Values = {}
    if gains := part(weights, f"{name}_norm."):
        normed = rms_norm(x, gains, architecture.ln_eps)
        values |= below(f"{name}_norm.", normed)
        x = normed["out"]
    if architecture.positions == "rotary":
        x = values[f"rot_{name}"] = rotate(x, architecture, start)
    return x, values


def attention(
    x: Array, weights: Weights, architecture: Architecture, drop: Drop = nothing
) -> Values:
    """`[pos, d_model] -> out [pos, d_model]`.

    `q` and `z` are `[head, pos, d_head]`, `k` and `v` have as many heads as keys and values have;
    the scores and `pattern` are `[head, query, key]`.
    """
    n_heads, n_shared = architecture.n_heads, architecture.n_key_value_heads
    heads = split_heads(linear(x, part(weights, "qkv.")), n_heads + 2 * n_shared)
    q, k, v = np.split(heads, [n_heads, n_heads + n_shared])
    placed_q, steps_q = place("q", q, weights, architecture)
    placed_k, steps_k = place("k", k, weights, architecture)

    shared_by = n_heads // n_shared  # neighbouring heads of queries read the same keys and values
    scores_raw = np.stack([placed_q[h] @ placed_k[h // shared_by].T for h in range(n_heads)])
    scores_scaled = scores_raw / math.sqrt(architecture.d_head)
    scores = causal_mask(scores_scaled)
    pattern = softmax(scores)
    kept = drop(pattern)
    z = np.stack([kept[h] @ v[h // shared_by] for h in range(n_heads)])
    return {
        "q": q,
        "k": k,
        "v": v,
        **steps_q,
        **steps_k,
        "scores_raw": scores_raw,
        "scores_scaled": scores_scaled,
        "scores": scores,
        "pattern": pattern,
        "z": z,
        "out": linear(merge_heads(z), part(weights, "proj.")),
    }


def mlp(x: Array, weights: Weights, activation: str) -> Values:
    """`[pos, d_model] -> out [pos, d_model]`; `pre`, `pre_linear` and `post` are `[pos, d_mlp]`."""
    pre = linear(x, part(weights, "fc."))
    values, post = {"pre": pre}, ACTIVATIONS[activation](pre)
    if gate := part(weights, "linear."):
        values["pre_linear"] = linear(x, gate)
        post = post * values["pre_linear"]
    return values | {"post": post, "out": linear(post, part(weights, "proj."))}


def block(
    resid_pre: Array, weights: Weights, architecture: Architecture, drop: Drop = nothing
) -> Values:
    """`[pos, d_model] -> resid_post [pos, d_model]`."""
    ln1 = norm(resid_pre, part(weights, "ln1."), architecture)
    attn = attention(ln1["out"], part(weights, "attn."), architecture, drop)
    resid_mid = resid_pre + drop(attn["out"])
    ln2 = norm(resid_mid, part(weights, "ln2."), architecture)
    mlp_values = mlp(ln2["out"], part(weights, "mlp."), architecture.activation)
    resid_post = resid_mid + drop(mlp_values["out"])
    return {
        "resid_pre": resid_pre,
        **below("ln1.", ln1),
        **below("attn.", attn),
        "resid_mid": resid_mid,
        **below("ln2.", ln2),
        **below("mlp.", mlp_values),
        "resid_post": resid_post,
    }


# The model


def forward(
    weights: Weights, architecture: Architecture, tokens: Sequence[int], drop: Drop = nothing
) -> Values:
    """Every value of one forward pass, `[pos] -> logits [pos, d_vocab]`, by name in float64.

    embed, pos_embed                                          [pos, d_model]
    blocks.{l}.resid_pre, .resid_mid, .resid_post             [pos, d_model]
    blocks.{l}.ln1.mean, .scale (ln2 alike)                   [pos]
    blocks.{l}.ln1.normalized, .out (ln2 alike)               [pos, d_model]
    blocks.{l}.attn.q, .k, .v, .z                             [head, pos, d_head]
    blocks.{l}.attn.q_norm.scale (k_norm alike)               [head, pos]
    blocks.{l}.attn.q_norm.normalized, .out (k_norm alike)    [head, pos, d_head]
    blocks.{l}.attn.rot_q, .rot_k                             [head, pos, d_head]
    blocks.{l}.attn.scores_raw, .scores_scaled, .scores       [head, query, key]
    blocks.{l}.attn.pattern                                   [head, query, key]
    blocks.{l}.attn.out                                       [pos, d_model]
    blocks.{l}.mlp.pre, .pre_linear, .post                    [pos, d_mlp]
    blocks.{l}.mlp.out                                        [pos, d_model]
    ln_final.mean, .scale                                     [pos]
    ln_final.normalized, .out                                 [pos, d_model]
    logits, log_probs                                         [pos, d_vocab]

    There is no `pos_embed` under rotary positions, no `rot_q` and `rot_k` under others, no `mean`
    in an RMSNorm; `q_norm` and `pre_linear` are where the weights have them. In training, `drop`
    takes numbers out of what it is given: the embeddings' sum, each pattern, and what attention and
    MLP add to the stream.
    """
    token_embedding = weights["embed.weight"]  # [d_vocab, d_model]
    _check_tokens(tokens, d_vocab=len(token_embedding), n_ctx=architecture.n_ctx)

    resid = token_embedding[list(tokens)]
    values: Values = {"embed": resid}
    if architecture.positions != "rotary":
        values["pos_embed"] = weights["pos_embed.weight"][: len(tokens)]
        resid = resid + values["pos_embed"]
    resid = drop(resid)
    for layer in range(count_layers(weights)):
        prefix = f"blocks.{layer}."
        block_values = block(resid, part(weights, prefix), architecture, drop)
        values |= below(prefix, block_values)
        resid = block_values["resid_post"]

    ln_final = norm(resid, part(weights, "ln_final."), architecture)
    values |= below("ln_final.", ln_final)
    values["logits"] = unembed(ln_final["out"], weights)
    values["log_probs"] = log_softmax(values["logits"])
    return values


def unembed(final: Array, weights: Weights) -> Array:
    """`[pos, d_model] -> [pos, d_vocab]`, by the head, or the embedding table used again."""
    head = part(weights, "head.")
    return linear(final, head) if head else final @ weights["embed.weight"].T


def _check_tokens(tokens: Sequence[int], d_vocab: int, n_ctx: int) -> None:
    """A negative id would silently count from the end of the table, a long text be cut."""
    if not 0 < len(tokens) <= n_ctx:
        raise ValueError(f"{len(tokens)} tokens, but the model takes 1 to {n_ctx}")
    if not all(0 <= token < d_vocab for token in tokens):
        raise ValueError(f"a token id is outside 0 to {d_vocab - 1}")
