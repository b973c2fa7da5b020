"""A generation with a cache, timed."""

from __future__ import annotations

from statistics import median
from time import perf_counter_ns

import numpy as np
import torch

from generator.model.gpt import GPT
from generator.project.prompt import Sampling
from generator.trace.sampling import choose


def timed(
    gpt: GPT, tokens: list[int], sampling: Sampling, count: int, repeat: int
) -> tuple[list[int], list[float]]:
    """The ids of `count` new tokens, and how many seconds after the prompt's ids, `tokens`, were
    given each was chosen.

    The generation is made `repeat` times, after one that does not count. A time is the sum of the
    medians of the steps so far.
    """
    new, _ = _generated(gpt, tokens, sampling, count)
    runs = [_generated(gpt, tokens, sampling, count)[1] for _ in range(repeat)]
    steps = [median(step) for step in zip(*runs, strict=True)]
    return new, (np.cumsum(steps) / 1e9).tolist()


@torch.no_grad()
def _generated(
    gpt: GPT, tokens: list[int], sampling: Sampling, count: int
) -> tuple[list[int], list[int]]:
    """The new ids, and how many nanoseconds each took: its pass, and the choice."""
    draws = np.random.Generator(np.random.PCG64(sampling.seed))
    written, durations = list(tokens), list[int]()
    cache, new = gpt.empty_cache(), tokens
    for _ in range(count):
        began = perf_counter_ns()
        logits = gpt(torch.tensor([new]), cache=cache)[0, -1].numpy()
        written.append(choose(logits, written, sampling, float(draws.random())).token)
        durations.append(perf_counter_ns() - began)
        new = written[-1:]
        if len(written) > gpt.config.n_ctx:  # then each token moves by a position
            cache, new = gpt.empty_cache(), written[-gpt.config.n_ctx :]
    return written[len(tokens) :], durations
