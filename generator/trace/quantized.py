"""A model whose weights are rounded to fewer bits, for as long as one looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor
from torch.nn import functional as F

from generator.model.gpt import GPT


@contextmanager
def quantized(gpt: GPT, bits: int, group: int) -> Iterator[float]:
    """Let a model compute with matrices that are `rounded`; vectors, the norms' and the biases,
    stay. Gives how far the weights of its matrices moved: the root of the squares of all
    differences, divided by that of the weights themselves; 0 where these are all 0.
    """
    matrices = [parameter for parameter in gpt.parameters() if parameter.dim() == 2]
    kept = [matrix.data for matrix in matrices]
    moved = size = 0.0
    try:
        for matrix in matrices:
            new = rounded(matrix.data, bits, group)
            moved += float((new - matrix.data).square().sum())
            size += float(matrix.data.square().sum())
            matrix.data = new
        yield (moved / size) ** 0.5 if size else 0.0
    finally:
        for matrix, data in zip(matrices, kept, strict=True):
            matrix.data = data


def rounded(matrix: Tensor, bits: int, group: int) -> Tensor:
    """A matrix, [rows, columns], of which each `group` of neighbours in a row shares a scale: the
    largest of their magnitudes divided by 2^(bits - 1) - 1. Each becomes the nearest whole multiple
    of it, the even one of two (round to nearest with absmax scales, as in llama.cpp's Q8_0).
    """
    rows, columns = matrix.shape
    padded = F.pad(matrix, (0, -columns % group)).view(rows, -1, group)
    scale = padded.abs().amax(dim=-1, keepdim=True) / (2 ** (bits - 1) - 1)  # (rows, groups, 1)
    steps = (padded / scale.where(scale > 0, 1.0)).round()
    new: Tensor = (steps * scale).view(rows, -1)[:, :columns].contiguous()
    return new
