"""Round numbers for the axes of diagrams."""

from __future__ import annotations

import math


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that enclose `low` to `high`, evenly spaced by 1, 2 or 5 times a power of ten.

    There are about `about` of them.
    """
    if not low < high:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / max(1, about - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first, last = math.floor(round(low / step, 9)), math.ceil(round(high / step, 9))
    digits = max(0, -math.floor(math.log10(step)))
    return [round(n * step, digits) for n in range(first, last + 1)]
