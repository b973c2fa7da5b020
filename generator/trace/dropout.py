"""A pass with dropout, whose masks anybody can draw again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from generator.model.gpt import GPT


@dataclass
class Dropped:
    """How many numbers of a pass were multiplied by a mask, and how many of them by 0."""

    numbers: int = 0
    dropped: int = 0


@contextmanager
def dropping(gpt: GPT, rate: float, seed: int) -> Iterator[Dropped]:
    """Let a model in evaluation mode drop the share `rate` as it does in training.

    The masks are drawn in the order of the pass by `numpy.random.Generator(PCG64(seed))`, a number
    in [0, 1) for each of a tensor's. Where it is below `rate`, the tensor becomes 0; what is kept
    is divided by 1 - rate (Srivastava et al. 2014, "Dropout"; inverted, as in PyTorch).
    """
    draws = np.random.Generator(np.random.PCG64(seed))
    count = Dropped()

    def mask(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        kept = torch.from_numpy(draws.random(output.shape) >= rate)
        count.numbers += kept.numel()
        count.dropped += int((~kept).sum())
        return output * kept / (1 - rate)

    layers = [module for module in gpt.modules() if isinstance(module, nn.Dropout)]
    hooks = [layer.register_forward_hook(mask) for layer in layers]
    try:
        yield count
    finally:
        for hook in hooks:
            hook.remove()
