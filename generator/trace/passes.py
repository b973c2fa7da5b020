"""The passes of a generation, as the analyses see them one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from generator.model.gpt import GPT, GPTConfig

Floats = NDArray[np.float64]
Arrays = Mapping[str, NDArray[np.float64] | NDArray[np.int64]]


@dataclass(frozen=True)
class Pass:
    """One pass: the ids that it read, and what it computed of that which is watched.

    `keys`, as they meet the queries, and `values` are [key_value_head, pos, d_head], one a layer;
    `logits` are the last position's, [d_vocab], and `before` those of the position before it, where
    there is one.
    """

    tokens: list[int]
    keys: list[Floats]
    values: list[Floats]
    logits: Floats
    before: Floats | None


class Analyst(Protocol):
    """An analysis of a generation, which is shown its passes in their order."""

    def see(self, one: Pass) -> None:
        """The next pass."""

    def results(self) -> Arrays:
        """What was found in all of them, by the names of the values."""


class Watch:
    """Collects, while a pass is recorded, what `Pass` holds of it."""

    def __init__(self, config: GPTConfig) -> None:
        normed = "k_norm.out" if config.qk_norm else "k"
        self._key = f".attn.{'rot_k' if config.positions == 'rotary' else normed}"
        self._keys: list[Floats] = []
        self._values: list[Floats] = []

    def take(self, name: str, value: Floats) -> None:
        """A recorded value, without the batch dimension."""
        if name.endswith(self._key):
            self._keys.append(value)
        elif name.endswith(".attn.v"):
            self._values.append(value)

    def made(self, tokens: list[int], logits: Floats) -> Pass:
        """The pass over `tokens`, whose logits are [pos, d_vocab]."""
        before = logits[-2].copy() if len(logits) > 1 else None
        return Pass(tokens, self._keys, self._values, logits[-1].copy(), before)


@torch.no_grad()
def run(gpt: GPT, tokens: list[int]) -> Pass:
    """A pass over `tokens`."""
    watch = Watch(gpt.config)
    logits = gpt(torch.tensor([tokens]), lambda name, value: watch.take(name, value[0].numpy()))
    return watch.made(tokens, logits[0].numpy())
