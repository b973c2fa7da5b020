"""Reading on with what was kept, and what passes have in common, a second time in NumPy alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.reference.forward import (
    Architecture,
    Array,
    Values,
    Weights,
    count_layers,
    forward,
    linear,
    merge_heads,
    mlp,
    norm,
    part,
    place,
    softmax,
    split_heads,
    unembed,
)

_NOISE = 1e-9  # what two sums of the same numbers may differ by


def keys_of(values: Values, layer: int) -> Array:
    """A layer's keys as they meet the queries, `[key_value_head, pos, d_head]`."""
    for last in ("rot_k", "k_norm.out", "k"):
        if (name := f"blocks.{layer}.attn.{last}") in values:
            return values[name]
    raise KeyError(f"blocks.{layer}.attn.k")


class Cache:
    """Keys and values of a text so far, which is empty at first, `[key_value_head, pos, d_head]` a
    layer."""

    def __init__(self, weights: Weights, architecture: Architecture) -> None:
        self._weights, self._architecture = weights, architecture
        nothing: Array = np.zeros((architecture.n_key_value_heads, 0, architecture.d_head))
        self._keys = [nothing for _ in range(count_layers(weights))]
        self._values = list(self._keys)

    def read(self, tokens: Sequence[int]) -> Array:
        """Read on behind the text, and keep the part of it: `[new] -> logits [d_vocab]` of the
        last. The context must hold them."""
        weights, architecture = self._weights, self._architecture
        at = self._keys[0].shape[1]
        resid = weights["embed.weight"][list(tokens)]  # [new, d_model]
        if architecture.positions != "rotary":
            resid = resid + weights["pos_embed.weight"][at : at + len(tokens)]
        for layer in range(len(self._keys)):
            block = part(weights, f"blocks.{layer}.")
            read = norm(resid, part(block, "ln1."), architecture)["out"]
            resid = resid + self._attend(read, layer, at, part(block, "attn."))
            read = norm(resid, part(block, "ln2."), architecture)["out"]
            resid = resid + mlp(read, part(block, "mlp."), architecture.activation)["out"]
        last = norm(resid[-1:], part(weights, "ln_final."), architecture)["out"]
        return unembed(last, weights).reshape(-1)

    def _attend(self, x: Array, layer: int, at: int, weights: Weights) -> Array:
        """The attention of the tokens from position `at` on, `[new, d_model] -> [new, d_model]`."""
        architecture = self._architecture
        n_heads, n_shared = architecture.n_heads, architecture.n_key_value_heads
        heads = split_heads(linear(x, part(weights, "qkv.")), n_heads + 2 * n_shared)
        q, k, v = np.split(heads, [n_heads, n_heads + n_shared])
        q, _ = place("q", q, weights, architecture, at)
        k, _ = place("k", k, weights, architecture, at)
        self._keys[layer] = np.concatenate([self._keys[layer], k], axis=1)
        self._values[layer] = np.concatenate([self._values[layer], v], axis=1)
        queries, keys = at + np.arange(len(x)), np.arange(at + len(x))  # positions
        hidden = np.where(keys > queries[:, None], -np.inf, 0.0)  # [new, pos]
        shared_by = n_heads // n_shared
        gathered = []
        for head in range(n_heads):
            shared = head // shared_by
            scores = q[head] @ self._keys[layer][shared].T / math.sqrt(architecture.d_head)
            gathered.append(softmax(scores + hidden) @ self._values[layer][shared])
        return linear(merge_heads(np.stack(gathered)), part(weights, "proj."))


class Comparison:
    """The passes of a generation, each beside the one before it and beside one with a cache."""

    def __init__(self, weights: Weights, architecture: Architecture, size: int) -> None:
        self._weights, self._architecture = weights, architecture
        self._rows: list[list[float]] = []
        self._tokens: Sequence[int] = ()
        self._last: _Shown
        self._second: _Shown
        self._cache: Cache

    def see(self, tokens: Sequence[int], values: Values) -> None:
        """A pass over `tokens`, all of whose values are given."""
        now = _Shown.of(values, count_layers(self._weights))
        logits, number = values["logits"], len(self._rows)
        moved = len(tokens) == len(self._tokens)  # the context was full: the first token is gone
        begins = number == 0 or moved
        if begins:
            self._cache = Cache(self._weights, self._architecture)
        decoded = self._cache.read(tokens if begins else tokens[-1:])
        was = self._last if number else now
        again = was.logits if number == 0 or len(tokens) == 1 else logits[-2]
        self._rows.append(
            [
                len(tokens),
                len(tokens) if begins else 1,
                _farthest(was.keys, now.keys, dropped=int(moved)),
                _farthest(was.values, now.values, dropped=int(moved)),
                _apart(was.logits, again),
                _apart(decoded, logits[-1]),
            ]
        )
        self._last, self._tokens = now, tokens
        if number < 2:
            self._second = now

    def results(self) -> dict[str, NDArray[Any]]:
        lengths, read, keys, values, row, logits = np.array(self._rows).T
        whole, fewer = self._last, self._tokens[1:]
        slid = [np.zeros(len(whole.keys)), np.zeros(len(whole.keys))]
        if fewer:
            again = forward(self._weights, self._architecture, fewer)
            now = _Shown.of(again, len(whole.keys))
            for n, pairs in enumerate(((whole.keys, now.keys), (whole.values, now.values))):
                both = zip(*pairs, strict=True)
                slid[n] = np.array([_farthest([old], [new], dropped=1) for old, new in both])
        return {
            "cache.lengths": lengths.astype(np.int64),
            "cache.read": read.astype(np.int64),
            "cache.keys_apart": keys,
            "cache.values_apart": values,
            "cache.row_apart": row,
            "cache.logits_apart": logits,
            "cache.keys": self._second.keys[-1][0],
            "cache.values": self._second.values[-1][0],
            "cache.slid_keys": slid[0],
            "cache.slid_values": slid[1],
        }


@dataclass(frozen=True, eq=False)
class _Shown:
    """Of one pass: keys and values `[key_value_head, pos, d_head]` a layer, the last logits."""

    keys: list[Array]
    values: list[Array]
    logits: Array

    @classmethod
    def of(cls, values: Values, layers: int) -> _Shown:
        """Those of a pass."""
        return cls(
            [keys_of(values, layer) for layer in range(layers)],
            [values[f"blocks.{layer}.attn.v"] for layer in range(layers)],
            values["logits"][-1],
        )


def _farthest(last: list[Array], now: list[Array], *, dropped: int) -> float:
    """The largest difference over all layers, of the positions that both have."""
    most = 0.0
    for before, after in zip(last, now, strict=True):
        common = before.shape[1] - dropped
        most = max(most, _apart(before[:, dropped:], after[:, :common]))
    return most


def _apart(one: Array, other: Array) -> float:
    """The largest difference; noise, and that of nothing at all, is 0."""
    if one.size == 0:
        return 0.0
    largest = float(np.max(np.abs(one - other)))
    scale = max(1.0, float(np.max(np.abs(other))))
    return 0.0 if largest <= _NOISE * scale else largest
