"""Choosing the next token, written a second time, in NumPy alone.

One uniform draw a token, and the cumulative distribution it falls into: whoever has the seed can
repeat the choice by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.reference.forward import Architecture, Array, Values, Weights, forward, softmax


@dataclass(frozen=True, eq=False)  # arrays have no single truth value to compare by
class Sample:
    """One token chosen, and how. `k` candidates are kept, the most probable first."""

    penalized: Array | None
    """[d_vocab] logits after the repetition penalty, where there is one"""
    scaled: Array
    """[d_vocab] those divided by the temperature"""
    probs_all: Array
    """[d_vocab] probabilities before top-k and top-p"""
    kept: NDArray[np.intp]
    """[k] ids that top-k and top-p left, in rank order"""
    probs: Array
    """[k] their probabilities, which sum to 1"""
    cumulative: Array
    """[k] running sum of `probs`; the last is exactly 1.0"""
    draw: float
    """the uniform number in [0, 1)"""
    interval: tuple[float, float]
    """the part of [0, 1) that belongs to the choice: from, up to but without"""
    rank: int
    """the choice's place in `kept`, from 0"""
    choice: int
    """the chosen id"""
    entropy: float
    """of `probs`, in nats"""


def sample(
    logits: Array,
    *,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    draw: float,
    penalty: float | None = None,
    seen: Sequence[int] = (),
) -> Sample:
    """Choose an id by `draw`, `[d_vocab] -> choice`; the ids in `seen` bear the penalty."""
    if temperature <= 0.0:
        raise ValueError(f"temperature {temperature} is not above 0")
    if not 0.0 <= draw < 1.0:
        raise ValueError(f"draw {draw} is not in [0, 1)")

    penalized = None if penalty is None else penalize(logits, seen, penalty)
    scaled = (logits if penalized is None else penalized) / temperature
    kept = keep_top_p(scaled, keep_top_k(scaled, top_k), top_p)
    probs = softmax(scaled[kept])
    cumulative = cumulate(probs)
    rank = int(np.argmax(cumulative > draw))  # the first that is
    return Sample(
        penalized=penalized,
        scaled=scaled,
        probs_all=softmax(scaled),
        kept=kept,
        probs=probs,
        cumulative=cumulative,
        draw=draw,
        interval=(float(cumulative[rank - 1]) if rank > 0 else 0.0, float(cumulative[rank])),
        rank=rank,
        choice=int(kept[rank]),
        entropy=entropy(probs),
    )


def penalize(logits: Array, seen: Sequence[int], penalty: float) -> Array:
    """Make the ids in `seen` less likely, `[d_vocab] -> [d_vocab]`, each once."""
    if penalty <= 0.0:
        raise ValueError(f"penalty {penalty} is not above 0")
    lowered = np.array(logits)
    for token in set(seen):
        score = logits[token]
        lowered[token] = score / penalty if score > 0.0 else score * penalty
    return lowered


def keep_top_k(scaled: Array, top_k: int | None) -> NDArray[np.intp]:
    """The ids of the `top_k` highest (None: of all), the highest first, `[d_vocab] -> [k]`.

    Those that are equal once rounded to float32 are equal, and the lowest id comes first.
    """
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k {top_k} is not at least 1")
    ranked = np.lexsort((np.arange(scaled.size), -np.float32(scaled)))  # the last key is the first
    return ranked[:top_k]


def keep_top_p(scaled: Array, kept: NDArray[np.intp], top_p: float | None) -> NDArray[np.intp]:
    """The fewest first ids of `kept` that together reach `top_p` (None: all), `[n] -> [k]`."""
    if top_p is None:
        return kept
    if not 0.0 < top_p <= 1.0:
        raise ValueError(f"top_p {top_p} is not in (0, 1]")
    if top_p == 1.0:  # whoever asks for everything gets it, also what adds nothing to a rounded sum
        return kept
    below_top_p = cumulate(softmax(scaled[kept])) < top_p
    # Those below, and the one that reaches it; the last always does.
    return kept[: np.count_nonzero(below_top_p) + 1]


def cumulate(probs: Array) -> Array:
    """Each probability, rounded to float32, added to those before it, `[k] -> [k]`; up to 1.0."""
    sums = np.cumsum(np.float32(probs).astype(np.float64))
    return np.asarray(sums / sums[-1])


def entropy(probs: Array) -> float:
    """In nats, `[k] -> []`."""
    possible = probs[probs > 0.0]  # 0 log 0 counts as 0
    return 0.0 - float(np.sum(possible * np.log(possible)))  # not -0.0 when one is certain


def generate(
    weights: Weights,
    architecture: Architecture,
    prompt_ids: Sequence[int],
    *,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    seed: int,
    new_tokens: int,
    penalty: float | None = None,
    stop: Callable[[list[int]], bool] = lambda new: False,
    see: Callable[[Sequence[int], Values], None] = lambda tokens, values: None,
) -> list[Sample]:
    """Continue the prompt by `new_tokens` tokens; what was chosen is their `choice`.

    It ends early where `stop` of the new ids is true. `see` is shown each pass: the ids that it
    read, and all its values.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    ids = list(prompt_ids)
    steps: list[Sample] = []
    for _ in range(new_tokens):
        read = ids[-architecture.n_ctx :]
        values = forward(weights, architecture, read)
        see(read, values)
        step = sample(
            values["logits"][-1],
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            draw=rng.random(),
            penalty=penalty,
            seen=ids,
        )
        steps.append(step)
        ids.append(step.choice)
        if stop(ids[len(prompt_ids) :]):
            break
    return steps
