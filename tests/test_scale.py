"""Round numbers for the axes of diagrams."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.page.scale import ticks

unhurried = settings(deadline=None, max_examples=100)

numbers = st.floats(-1e6, 1e6, width=32)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 4, [0, 1, 2, 3, 4]),
        (0.1, 0.3, [0.1, 0.15, 0.2, 0.25, 0.3]),
        (2.3, 8.4, [2, 4, 6, 8, 10]),
        (0, 2000, [0, 500, 1000, 1500, 2000]),
        (-0.7, 0.7, [-1, -0.5, 0, 0.5, 1]),
        (-1.8, -1.4, [-1.8, -1.7, -1.6, -1.5, -1.4]),
        (3, 3, [2.5, 3, 3.5]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@unhurried
@given(numbers, numbers, st.integers(2, 10))
def test_ticks_enclose_the_data_in_even_round_steps(a: float, b: float, about: int) -> None:
    low, high = min(a, b), max(a, b)
    assume(high - low > 1e-6 * max(abs(low), abs(high)))
    found = ticks(low, high, about)
    step = (found[-1] - found[0]) / (len(found) - 1)
    slack = 1e-9 * step
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert found[1] > low - slack
    assert found[-2] < high + slack
    for number in found:
        assert math.isclose(number / step, round(number / step), abs_tol=1e-6)
    first_digits = step / 10 ** math.floor(math.log10(step * (1 + 1e-9)))
    assert min(abs(first_digits - nice) for nice in (1, 2, 5)) < 1e-6


@unhurried
@given(numbers, numbers, st.integers(2, 10))
def test_there_are_about_as_many_ticks_as_were_asked_for(a: float, b: float, about: int) -> None:
    low, high = min(a, b), max(a, b)
    assume(high - low > 1e-6 * max(abs(low), abs(high)))
    assert 2 <= len(ticks(low, high, about)) <= about + 2


@unhurried
@given(numbers)
def test_a_single_number_has_ticks_around_it(number: float) -> None:
    found = ticks(number, number)
    assert found[0] < number < found[-1]


@unhurried
@given(st.integers(-1000, 1000), st.integers(1, 1000), st.integers(0, 6))
def test_ticks_have_no_digits_of_rounding(low: int, width: int, power: int) -> None:
    scale = 10.0**-power
    for tick in ticks(low * scale, (low + width) * scale):
        assert len(str(Fraction(repr(tick)).denominator)) <= power + 3
