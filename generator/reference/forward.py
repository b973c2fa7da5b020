"""The forward pass of our GPT, written a second time, in NumPy alone.

It shares no line with `generator.model`: what both compute can be trusted because neither copied
the other. Everything is a pure function in float64, and each docstring carries the shapes:
`pos` tokens, of which an attention row belongs to one as `query` and looks at others as `key`.

A function that has more than its result to show returns all its values by name, so `forward`
only has to put the names together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from generator.errors import ModelError

Array: TypeAlias = NDArray[np.float64]
Weights: TypeAlias = Mapping[str, Array]
Values: TypeAlias = dict[str, Array]

LAYER_NORM_EPS = 1e-5


# Weights, and names


def load(path: Path | str) -> Weights:
    """The tensors of a safetensors file by name, whatever type they were stored in, as float64."""
    try:
        stored = load_file(path)
    except (OSError, SafetensorError, TypeError) as error:
        raise ModelError(
            f"the weights cannot be read: {error}",
            file=path,
            hint="expected is a safetensors file of float16, float32 or float64 tensors.",
        ) from error
    return {name: tensor.astype(np.float64) for name, tensor in stored.items()}


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


def layer_norm(x: Array, weights: Weights) -> Values:
    """`[pos, d_model] -> out [pos, d_model]`; `mean` and `scale` are `[pos]`."""
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean((x - mean) ** 2, axis=-1, keepdims=True)  # biased: divided by n
    scale = np.sqrt(variance + LAYER_NORM_EPS)
    normalized = (x - mean) / scale
    out = normalized * weights["weight"] + weights.get("bias", 0.0)
    return {"mean": mean[:, 0], "scale": scale[:, 0], "normalized": normalized, "out": out}


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


def attention(x: Array, weights: Weights, n_heads: int) -> Values:
    """`[pos, d_model] -> out [pos, d_model]`.

    `q`, `k`, `v` and `z` are `[head, pos, d_head]`; the scores and `pattern` `[head, query, key]`.
    """
    qkv = linear(x, part(weights, "qkv."))  # [pos, 3 * d_model]
    q, k, v = (split_heads(third, n_heads) for third in np.split(qkv, 3, axis=-1))
    scores_raw = q @ k.transpose(0, 2, 1)
    scores_scaled = scores_raw / math.sqrt(q.shape[-1])
    scores = causal_mask(scores_scaled)
    pattern = softmax(scores)
    z = pattern @ v
    return {
        "q": q,
        "k": k,
        "v": v,
        "scores_raw": scores_raw,
        "scores_scaled": scores_scaled,
        "scores": scores,
        "pattern": pattern,
        "z": z,
        "out": linear(merge_heads(z), part(weights, "proj.")),
    }


def mlp(x: Array, weights: Weights) -> Values:
    """`[pos, d_model] -> out [pos, d_model]`; `pre` and `post` are `[pos, d_mlp]`."""
    pre = linear(x, part(weights, "fc."))
    post = gelu(pre)
    return {"pre": pre, "post": post, "out": linear(post, part(weights, "proj."))}


def block(resid_pre: Array, weights: Weights, n_heads: int) -> Values:
    """`[pos, d_model] -> resid_post [pos, d_model]`."""
    ln1 = layer_norm(resid_pre, part(weights, "ln1."))
    attn = attention(ln1["out"], part(weights, "attn."), n_heads)
    resid_mid = resid_pre + attn["out"]
    ln2 = layer_norm(resid_mid, part(weights, "ln2."))
    mlp_values = mlp(ln2["out"], part(weights, "mlp."))
    resid_post = resid_mid + mlp_values["out"]
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


def forward(weights: Weights, n_heads: int, tokens: Sequence[int]) -> Values:
    """Every value of one forward pass, `[pos] -> logits [pos, d_vocab]`, by name in float64.

    embed, pos_embed                                          [pos, d_model]
    blocks.{l}.resid_pre, .resid_mid, .resid_post             [pos, d_model]
    blocks.{l}.ln1.mean, .scale (ln2 alike)                   [pos]
    blocks.{l}.ln1.normalized, .out (ln2 alike)               [pos, d_model]
    blocks.{l}.attn.q, .k, .v, .z                             [head, pos, d_head]
    blocks.{l}.attn.scores_raw, .scores_scaled, .scores       [head, query, key]
    blocks.{l}.attn.pattern                                   [head, query, key]
    blocks.{l}.attn.out                                       [pos, d_model]
    blocks.{l}.mlp.pre, .post                                 [pos, d_mlp]
    blocks.{l}.mlp.out                                        [pos, d_model]
    ln_final.mean, .scale                                     [pos]
    ln_final.normalized, .out                                 [pos, d_model]
    logits, log_probs                                         [pos, d_vocab]
    """
    token_embedding = weights["embed.weight"]  # [d_vocab, d_model]
    pos_embedding = weights["pos_embed.weight"]  # [n_ctx, d_model]
    _check_tokens(tokens, d_vocab=len(token_embedding), n_ctx=len(pos_embedding))

    values: Values = {
        "embed": token_embedding[list(tokens)],
        "pos_embed": pos_embedding[: len(tokens)],
    }
    resid = values["embed"] + values["pos_embed"]
    for layer in range(count_layers(weights)):
        prefix = f"blocks.{layer}."
        block_values = block(resid, part(weights, prefix), n_heads)
        values |= below(prefix, block_values)
        resid = block_values["resid_post"]

    ln_final = layer_norm(resid, part(weights, "ln_final."))
    values |= below("ln_final.", ln_final)
    values["logits"] = ln_final["out"] @ token_embedding.T  # the embedding table, used again
    values["log_probs"] = log_softmax(values["logits"])
    return values


def _check_tokens(tokens: Sequence[int], d_vocab: int, n_ctx: int) -> None:
    """A negative id would silently count from the end of the table, a long text be cut."""
    if not 0 < len(tokens) <= n_ctx:
        raise ValueError(f"{len(tokens)} tokens, but the model takes 1 to {n_ctx}")
    if not all(0 <= token < d_vocab for token in tokens):
        raise ValueError(f"a token id is outside 0 to {d_vocab - 1}")
