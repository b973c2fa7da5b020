"""Choosing the next token by one uniform draw, so that the choice can be shown and repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.project.prompt import Sampling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """How one token was chosen.

    The kept tokens are in order of rank, likeliest first, ties by lowest id; all arrays over
    ranks are [rank]. The draw fell into `interval`, which is `cumulative` just before the chosen
    rank and at it.
    """

    penalized: Floats | None  # [d_vocab]; None where there is no penalty
    scaled: Floats  # [d_vocab]
    probs_all: Floats  # [d_vocab]
    kept: NDArray[np.int64]
    probs: Floats
    cumulative: Floats
    entropy: float
    draw: float
    interval: tuple[float, float]
    rank: int
    token: int


def choose(logits: Floats, written: Sequence[int], sampling: Sampling, draw: float) -> Choice:
    """Choose among `logits` [d_vocab] by inverting the cumulative distribution at `draw`.

    `written` are the ids of the text so far.
    """
    penalty = sampling.repetition_penalty
    penalized = None if penalty is None else penalize(logits, written, penalty)
    scaled = (logits if penalized is None else penalized) / sampling.temperature
    # Ranked as published, and stable: what ties there goes to the lowest id. Rows of a table that
    # are the same get scores that may differ in their last bits.
    order = np.argsort(-scaled.astype(np.float32), kind="stable")
    kept = order[: sampling.top_k]
    probs = softmax(scaled[kept])
    if sampling.top_p is not None and sampling.top_p < 1:
        reached = np.searchsorted(running_sum(probs), sampling.top_p)  # nucleus: Holtzman 2020
        kept = kept[: reached + 1]
        probs = softmax(scaled[kept])
    cumulative = running_sum(probs)
    rank = int(np.searchsorted(cumulative, draw, side="right"))
    positive = probs[probs > 0]
    return Choice(
        penalized=penalized,
        scaled=scaled,
        probs_all=softmax(scaled),
        kept=kept,
        probs=probs,
        cumulative=cumulative,
        entropy=0.0 - float((positive * np.log(positive)).sum()),  # not -0.0 of a certain one
        draw=draw,
        interval=(float(cumulative[rank - 1]) if rank else 0.0, float(cumulative[rank])),
        rank=rank,
        token=int(kept[rank]),
    )


def penalize(logits: Floats, written: Sequence[int], penalty: float) -> Floats:
    """The logits [d_vocab], those of the tokens in `written` lowered (Keskar et al. 2019)."""
    lowered = logits.copy()
    ids = np.unique(np.asarray(written, dtype=np.int64))
    lowered[ids] = np.where(logits[ids] > 0, logits[ids] / penalty, logits[ids] * penalty)
    return lowered


def running_sum(probs: Floats) -> Floats:
    """The running sum of probabilities, in float64; it ends at exactly 1, so no draw falls beyond.

    They are summed as they are stored, in float32: what machines differ by is in no bound, then.
    """
    total = np.cumsum(probs.astype(np.float32), dtype=np.float64)
    shares: Floats = total / total[-1]
    return shares


def softmax(scores: Floats) -> Floats:
    """exp(scores) over its sum, shifted by the largest so that nothing overflows."""
    weights = np.exp(scores - scores.max())
    probs: Floats = weights / weights.sum()
    return probs
