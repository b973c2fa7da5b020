"""The analysis `cache`: what a pass has in common with the one before it, and decoding with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from generator.data.analyses import NOISE
from generator.model.gpt import GPT
from generator.trace.passes import Arrays, Floats, Pass, run


class CacheAnalyst:
    """Sees the passes of a generation, and makes each of them with a cache, too."""

    def __init__(self, gpt: GPT, size: int) -> None:
        self._gpt = gpt
        self._cache = gpt.empty_cache()
        self._last: Pass | None = None
        self._shown: Pass | None = None  # whose keys and values are published
        self._lengths: list[int] = []
        self._read: list[int] = []
        self._apart: list[tuple[float, float, float, float]] = []  # keys, values, row, logits

    def see(self, one: Pass) -> None:
        last = self._last
        dropped = last is not None and len(one.tokens) == len(last.tokens)
        begins = last is None or dropped
        new = one.tokens if begins else one.tokens[-1:]
        keys, values, row = (0.0, 0.0, 0.0) if last is None else _compare(last, one, int(dropped))
        self._lengths.append(len(one.tokens))
        self._read.append(len(new))
        decoded = self._decode(new, begins=begins)
        self._apart.append((keys, values, row, apart(decoded, one.logits)))
        self._last = one
        if len(self._lengths) <= 2:
            self._shown = one

    def results(self) -> Arrays:
        assert self._last is not None and self._shown is not None, "no pass was seen"
        keys, values, row, logits = np.array(self._apart).T
        slid_keys, slid_values = self._slide(self._last)
        return {
            "cache.lengths": np.array(self._lengths),
            "cache.read": np.array(self._read),
            "cache.keys_apart": keys,
            "cache.values_apart": values,
            "cache.row_apart": row,
            "cache.logits_apart": logits,
            "cache.keys": self._shown.keys[-1][0],
            "cache.values": self._shown.values[-1][0],
            "cache.slid_keys": slid_keys,
            "cache.slid_values": slid_values,
        }

    @torch.no_grad()
    def _decode(self, new: list[int], *, begins: bool) -> Floats:
        """The last logits [d_vocab] of a pass with a cache, which is empty where it begins."""
        if begins:
            self._cache = self._gpt.empty_cache()
        logits: Floats = self._gpt(torch.tensor([new]), cache=self._cache)[0, -1].numpy()
        return logits

    def _slide(self, one: Pass) -> tuple[Floats, Floats]:
        """How far keys and values move in each layer when the first token is dropped, [layer]."""
        if len(one.tokens) == 1:  # nothing is left to move
            return np.zeros(len(one.keys)), np.zeros(len(one.keys))
        slid = run(self._gpt, one.tokens[1:])
        pairs = zip(one.keys, slid.keys, strict=True), zip(one.values, slid.values, strict=True)
        keys, values = (
            np.array([apart(old[:, 1:], new) for old, new in layers]) for layers in pairs
        )
        return keys, values


def _compare(last: Pass, one: Pass, dropped: int) -> tuple[float, float, float]:
    """How far keys, values and the row of logits that was chosen from are from what they were.

    `dropped` tokens were taken from the beginning.
    """
    keys = _farthest(last.keys, one.keys, dropped)
    values = _farthest(last.values, one.values, dropped)
    return keys, values, 0.0 if one.before is None else apart(last.logits, one.before)


def _farthest(last: Sequence[Floats], now: Sequence[Floats], dropped: int) -> float:
    """The largest difference over all layers, of the tokens that both passes read."""
    pairs = ((old[:, dropped:], new) for old, new in zip(last, now, strict=True))
    return max(apart(old, new[:, : old.shape[1]]) for old, new in pairs)


def apart(one: Floats, other: Floats) -> float:
    """The largest absolute difference; 0 where there is nothing, or it is not above NOISE, which is
    a share of what is above 1."""
    farthest = float(np.abs(one - other).max(initial=0.0))
    return farthest if farthest > NOISE * np.abs(other).max(initial=1.0) else 0.0
