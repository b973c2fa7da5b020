"""Scales of diagrams, on the page and in a terminal alike: round numbers for axes, what is too
small to be drawn, the shades of vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from generator.data.value import Value
from generator.page.number import MINUS, power_of_ten

SMALLEST_BAR = 0.004  # a share that is drawn as a bar
NARROWEST_INTERVAL = 0.002  # the same of an interval
SHADES = 4  # of a number in a vector, above zero and below
_EXACT = 1e-6  # of a step: as far as a label may be from its mark
_MOST_DIGITS = 330  # which the smallest number has
_LONGEST = 8  # characters of a label that is not written in powers of ten


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that enclose `low` to `high`, evenly spaced by 1, 2 or 5 times a power of ten.

    There are about `about` of them.
    """
    if not low < high:
        around = max(0.5, abs(low) * 1e-6)
        low, high = low - around, high + around
    raw = (high - low) / max(1, about - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first, last = math.floor(round(low / step, 9)), math.ceil(round(high / step, 9))
    digits = max(0, -math.floor(math.log10(step)))
    return [round(n * step, digits) for n in range(first, last + 1)]


def tick_labels(marks: Sequence[float], unit: float = 1) -> list[str]:
    """The marks of an axis in so many digits that none is taken for another; long ones are
    multiples of one power of ten. They count in units of `unit`."""
    numbers = [mark / unit for mark in marks]
    steps = [abs(after - before) for before, after in pairwise(numbers)]
    exact = min(steps, default=max(map(abs, numbers), default=0.0)) * _EXACT
    labels = _fixed(numbers, exact)
    largest = max(map(abs, numbers), default=0.0)
    if max(map(len, labels), default=0) > _LONGEST and largest:
        exponent = math.floor(math.log10(largest))
        scaled = [number / 10.0**exponent for number in numbers]
        short = [
            label if label == "0" else label + power_of_ten(exponent)
            for label in _fixed(scaled, exact / 10.0**exponent)
        ]
        if max(map(len, short)) < max(map(len, labels)):
            return short
    return labels


def _fixed(numbers: Sequence[float], exact: float) -> list[str]:
    """Numbers in as few decimals, the same for all, as tell each with this exactness."""
    digits = 0
    while digits < _MOST_DIGITS and any(abs(round(x, digits) - x) > exact for x in numbers):
        digits += 1
    rounded = [round(x, digits) or 0.0 for x in numbers]  # no −0
    return [f"{x:,.{digits}f}".replace("-", MINUS) if x else "0" for x in rounded]


def place(number: float, low: float, high: float) -> float:
    """Where a number stands between two others, from 0 to 1; in the middle where these are one."""
    return (number - low) / (high - low) if low != high else 0.5


def intervals_drawn(shares: Sequence[float], chosen: int) -> int:
    """How many of the intervals that a line is cut into are drawn: up to the last that is wide
    enough, and to the one that was chosen."""
    wide = [n for n, share in enumerate(shares) if share >= NARROWEST_INTERVAL or n == chosen]
    return max(wide, default=-1) + 1


def reach_of_cosines(cosines: Sequence[float]) -> float:
    """How far to both sides of 0 a scale goes that these fit on: a half, or 1."""
    return 0.5 if all(abs(cosine) <= 0.5 for cosine in cosines) else 1.0


def shared_ends(vectors: Sequence[Value]) -> tuple[Value, Value]:
    """The ends of the scale on which all vectors fit: as far below zero as above."""
    spans = [(vector.min(), vector.max()) for vector in vectors]
    ends = [span for least, most in spans for span in ((-most, most), (least, -least))]
    return max(ends, key=lambda span: span[1].plain if math.isfinite(span[1].plain) else -1.0)


def shade(number: float, largest: float) -> int:
    """How strong a number of a vector is drawn, from 0 to SHADES, or below zero, to −SHADES."""
    if not (math.isfinite(number) and math.isfinite(largest) and largest):
        return 0
    return round(number / largest * SHADES)
