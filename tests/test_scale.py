"""Round numbers for the axes of diagrams."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.page.scale import intervals_drawn, place, shade, tick_labels, ticks

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


@pytest.mark.parametrize(
    ("low", "high", "unit", "expected"),
    [
        (0, 4, 1, ["0", "1", "2", "3", "4"]),
        (-0.7, 0.7, 1, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
        (0.1, 0.9, 0.01, ["0", "20", "40", "60", "80", "100"]),
        (0, 2000, 1, ["0", "500", "1,000", "1,500", "2,000"]),
        (
            1_000_000,
            1_000_002,
            1,
            ["1,000,000.0", "1,000,000.5", "1,000,001.0", "1,000,001.5", "1,000,002.0"],
        ),
        (0, 4e12, 1, ["0", "1×10¹²", "2×10¹²", "3×10¹²", "4×10¹²"]),
        (0, 2e-9, 1, ["0", "0.5×10⁻⁹", "1.0×10⁻⁹", "1.5×10⁻⁹", "2.0×10⁻⁹"]),
    ],
)
def test_the_labels_of_an_axis_have_the_digits_that_it_takes(
    low: float, high: float, unit: float, expected: list[str]
) -> None:
    assert tick_labels(ticks(low, high), unit) == expected


@unhurried
@given(numbers, numbers, st.sampled_from([1, 0.01, 1000, 1e8]))
def test_no_two_labels_of_an_axis_are_equal_and_each_is_its_number(
    a: float, b: float, unit: float
) -> None:
    low, high = min(a, b), max(a, b)
    assume(high - low > 1e-6 * max(abs(low), abs(high)) and high - low > 1e-30)
    marks = ticks(low, high)
    labels = tick_labels(marks, unit)
    assert len(set(labels)) == len(marks)
    step = (marks[1] - marks[0]) / unit
    for mark, label in zip(marks, labels, strict=True):
        digits, _, power = label.partition("×10")
        exponent = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
        number = float(digits.replace("−", "-").replace(",", "")) * 10.0 ** int(exponent or 0)
        assert number == pytest.approx(mark / unit, abs=1e-3 * step)


def test_a_label_alone_is_its_number() -> None:
    assert [tick_labels([x])[0] for x in (0, 1, -1, 2.5)] == ["0", "1", "−1", "2.5"]


def test_one_number_stands_in_the_middle_of_its_axis() -> None:
    assert [place(x, 2, 4) for x in (2, 3, 4)] == [0, 0.5, 1]
    assert place(7, 7, 7) == 0.5


def test_intervals_are_drawn_up_to_the_last_wide_one_or_the_chosen_one() -> None:
    shares = [0.9, 0.098, 0.0015, 0.0005]
    assert [intervals_drawn(shares, chosen) for chosen in range(4)] == [2, 2, 3, 4]


def test_what_is_no_number_has_no_shade() -> None:
    assert [shade(x, 2.0) for x in (2.0, -1.0, 0.1, math.nan, math.inf)] == [4, -2, 0, 0, 0]
    assert shade(1.0, math.nan) == shade(0.0, 0.0) == 0
