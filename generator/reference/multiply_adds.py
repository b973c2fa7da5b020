"""What passes cost, counted a second time: from the weights that each token meets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.reference.forward import Architecture, Values, Weights, count_layers

_FARTHEST = 2048  # tokens behind the prompt

Counts = NDArray[np.int64]


class Count:
    """How many passes a generation makes, and over how many tokens the first."""

    def __init__(self, weights: Weights, architecture: Architecture, size: int) -> None:
        self._weights, self._architecture = weights, architecture
        self._size = size
        self._lengths: list[int] = []

    def see(self, tokens: Sequence[int], values: Values) -> None:
        """A pass over `tokens`."""
        self._lengths.append(len(tokens))

    def results(self) -> dict[str, NDArray[Any]]:
        n_ctx, prompt = self._architecture.n_ctx, self._lengths[0]
        # A text of a model that does not go on over its latest tokens ends with the context.
        quarters = 5 if self._architecture.slides else 4
        farthest = min(n_ctx * quarters // 4, prompt + _FARTHEST)
        texts = np.arange(prompt, farthest + 1)
        whole = np.array([self._whole(int(n)) for n in texts])  # [text, part]
        cached = np.array([self._cached(int(n), prompt) for n in texts])
        step = max(1, int(np.ceil((farthest - prompt) / (self._size - 1))))
        told = ((texts - prompt) % step == 0) | (texts == farthest) | (texts == n_ctx)
        made = range(prompt, prompt + len(self._lengths))
        return {
            "multiply_adds.whole": np.array([self._whole(n) for n in made]),
            "multiply_adds.cached": np.array([self._cached(n, prompt) for n in made]),
            "multiply_adds.full_whole": self._pass(n_ctx, n_ctx),
            "multiply_adds.full_cached": self._pass(1, n_ctx),
            "multiply_adds.lengths": texts[told],
            "multiply_adds.total_whole": np.cumsum(whole.sum(axis=1))[told],
            "multiply_adds.total_cached": np.cumsum(cached.sum(axis=1))[told],
        }

    def _whole(self, text: int) -> Counts:
        """A pass over the end of a text that the context holds, `[part]`."""
        read = min(text, self._architecture.n_ctx)
        return self._pass(read, read)

    def _cached(self, text: int, prompt: int) -> Counts:
        """A pass over its newest token; over all where nothing was kept that holds, `[part]`."""
        kept = prompt < text <= self._architecture.n_ctx
        return self._pass(1, text) if kept else self._whole(text)

    def _pass(self, queries: int, keys: int) -> Counts:
        """Each entry of a matrix is multiplied once for each token that meets it, `[part]`."""
        weights, architecture = self._weights, self._architecture
        d_head, layers = architecture.d_head, count_layers(weights)
        counts = np.zeros(8, dtype=np.int64)
        for layer in range(layers):
            block = f"blocks.{layer}."
            rows = np.array([architecture.n_heads] + 2 * [architecture.n_key_value_heads]) * d_head
            counts[:3] += queries * rows * weights[f"{block}attn.qkv.weight"].shape[1]
            counts[3:5] += architecture.n_heads * queries * keys * d_head
            counts[5] += queries * weights[f"{block}attn.proj.weight"].size
            counts[6] += queries * sum(
                weights[name].size
                for name in weights
                if name.startswith(f"{block}mlp.") and name.endswith(".weight")
            )
        counts[7] = queries * weights.get("head.weight", weights["embed.weight"]).size
        return counts
