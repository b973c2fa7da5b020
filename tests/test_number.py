"""Numbers as readers see them, and the marks that say which value they show."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from generator.data.value import Value
from generator.page.mark import mark, shown, svg_mark
from generator.page.markdown import to_html
from generator.page.number import show

unhurried = settings(deadline=None, max_examples=100)

numbers = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1e6, 1e6)
    | st.floats(0, 1)
    | st.integers(-(10**15), 10**15)
    | st.integers(-200, 200).map(lambda n: n / 8)  # ties
)
digits = st.integers(0, 12)


# The same, computed another way: with fractions, which know nothing of decimals


def decimals(exact: Fraction, count: int, *, sign: bool = False, comma: bool = False) -> str:
    """An exact number to `count` decimals, half-even, as text."""
    units = round(exact * 10**count)  # of a Fraction, half-even on the exact value
    whole, rest = divmod(abs(units), 10**count)
    text = f"{whole:,}" if comma else str(whole)
    text += f".{rest:0{count}}" if count else ""
    negative = units < 0 or (sign and exact < 0)  # the sign is asked for, and so it is the true one
    return ("−" if negative else "+" if sign else "") + text


def power_of_ten(exact: Fraction) -> int:
    """The exponent of the first digit of a number that is not 0."""
    exponent = len(str(abs(exact.numerator))) - len(str(exact.denominator))
    return exponent if abs(exact) >= Fraction(10) ** exponent else exponent - 1


# Examples


@pytest.mark.parametrize(
    ("number", "spec", "text"),
    [
        (0.51234, ".2f", "0.51"),
        (0.51234, "f", "1"),
        (0.125, ".2f", "0.12"),
        (0.375, ".2f", "0.38"),
        (2.5, ".0f", "2"),
        (2.675, ".2f", "2.67"),  # 2.67499… is what the float64 is
        (-1234567.5, ",.1f", "−1,234,567.5"),
        (0.5, "+.1f", "+0.5"),
        (-0.5, "+.1f", "−0.5"),
        (0.0, "+.1f", "+0.0"),
        (-0.0, ".2f", "0.00"),
        (-0.001, ".2f", "0.00"),
        (0.3755, ".1%", "37.6%"),
        (0.5, "%", "50%"),
        (0.0, ".1%", "0.0%"),
        (1.0, ".1%", "100.0%"),
        (1.5, ".0%", "150%"),
        (0.0004, ".1%", "<\u00a00.1%"),
        (1e-300, ".0%", "<\u00a01%"),
        (0.0005, ".1%", "0.1%"),  # the float64 is a little more than that
        (0.99951, ".1%", ">\u00a099.9%"),
        (0.999, ".0%", ">\u00a099%"),
        (1.0001, ".1%", "100.0%"),
        (-0.0004, ".1%", ">\u00a0−0.1%"),
        (1234.5, ".2e", "1.23×10³"),
        (-0.00012, ".1e", "−1.2×10⁻⁴"),
        (9.996, ".2e", "1.00×10¹"),
        (0, ".2e", "0.00×10⁰"),
        (-0.0, "e", "0×10⁰"),
        (5, "+.1e", "+5.0×10⁰"),
        (4477, "d", "4477"),
        (4477, ",d", "4,477"),
        (4477.0, ",d", "4,477"),
        (-0.0, "d", "0"),
        (123456, ".1万", "12.3\u00a0万"),
        (175_000_000_000, ",.0亿", "1,750\u00a0亿"),
        (15_600_000_000_000, ".1万亿", "15.6\u00a0万亿"),
        (5000, ".0万", "0\u00a0万"),
        (15000, ".0万", "2\u00a0万"),
        (23_526.4, ".0K", "24\u00a0thousand"),
        (4_326_912, ".1M", "4.3\u00a0million"),
        (175_000_000_000, ",.0B", "175\u00a0billion"),
        (15_600_000_000_000, ".1T", "15.6\u00a0trillion"),
        (5, "08b", "00000101"),
        (0xAB, "02X", "AB"),
        (4477, "016b", "0001 0001 0111 1101"),
        (70000, "016b", "1 0001 0001 0111 0000"),
        (300, "08b", "1 0010 1100"),
        (5, "010b", "00 0000 0101"),
        (math.nan, ".2f", "NaN"),
        (math.inf, ".1%", "inf"),
        (-math.inf, "d", "−inf"),
    ],
)
def test_a_number_is_shown_so(number: float, spec: str, text: str) -> None:
    assert show(number, spec) == text


@pytest.mark.parametrize(
    "spec",
    [
        *["", "x", "2f", ".f", ".2", "2", ".2g", "-.2f", " .2f", ".2f ", ",+.2f", ".2F", "_d"],
        *[".100f", "b", "8b", "X", "08x", "0b", "0100b", "万.1", "％", ".２f", "0.2f"],
    ],
)
def test_a_format_that_is_none_is_refused_with_examples_of_some(spec: str) -> None:
    with pytest.raises(ValueError, match=r"is no number format; write "):
        show(1, spec)


@pytest.mark.parametrize(("number", "spec"), [(0.5, "d"), (1e-9, ",d"), (4477.5, "d")])
def test_what_is_no_integer_is_not_shown_as_one(number: float, spec: str) -> None:
    with pytest.raises(ValueError, match="is no integer"):
        show(number, spec)


@pytest.mark.parametrize("number", [-1, 1.0, 0.5, math.nan])
def test_only_integers_from_0_have_bits(number: float) -> None:
    with pytest.raises(ValueError, match="has no bits to show"):
        show(number, "016b")


# Every number


@unhurried
@given(numbers, digits, st.booleans(), st.booleans())
@example(-0.004, 2, True, True)
def test_decimals_are_rounded_half_even_on_the_exact_value(
    number: float, count: int, sign: bool, comma: bool
) -> None:
    flags = "+" * sign + "," * comma
    expected = decimals(Fraction(number), count, sign=sign, comma=comma)
    assert show(number, f"{flags}.{count}f") == expected


@unhurried
@given(
    numbers,
    digits,
    st.sampled_from(
        [
            *(("万", 4, "万"), ("亿", 8, "亿"), ("万亿", 12, "万亿")),
            *(("K", 3, "thousand"), ("M", 6, "million")),
            *(("B", 9, "billion"), ("T", 12, "trillion")),
        ]
    ),
)
def test_units_are_decimals_of_their_power_of_ten(
    number: float, count: int, unit: tuple[str, int, str]
) -> None:
    kind, power, name = unit
    expected = decimals(Fraction(number) / 10**power, count)
    assert show(number, f".{count}{kind}") == f"{expected}\u00a0{name}"


@unhurried
@given(numbers, st.integers(0, 5))
@example(0.5 / 1000, 1)
@example(1 - 2**-53, 5)
@example(0.9995, 1)
def test_a_share_is_nothing_or_all_only_where_it_is(number: float, count: int) -> None:
    exact = Fraction(number)
    text = show(number, f".{count}%")
    nothing, all_of_it = decimals(Fraction(0), count), decimals(Fraction(100), count)
    rounded = decimals(exact * 100, count)
    if rounded == nothing and exact:
        step = decimals(Fraction(1, 10**count), count)
        assert text == (f"<\u00a0{step}%" if exact > 0 else f">\u00a0−{step}%")
    elif rounded == all_of_it and exact < 1:
        most = decimals(100 - Fraction(1, 10**count), count)
        assert text == f">\u00a0{most}%"
    elif rounded == decimals(Fraction(-100), count) and exact > -1:
        most = decimals(100 - Fraction(1, 10**count), count)
        assert text == f"<\u00a0−{most}%"
    else:
        assert text == f"{rounded}%"


SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@unhurried
@given(numbers, digits)
@example(9.9999, 2)
@example(5e-324, 0)
def test_scientific_notation_rounds_the_exact_value_to_one_digit_before_the_point(
    number: float, count: int
) -> None:
    assume(number != 0)
    exact = Fraction(number)
    exponent = power_of_ten(exact)
    if abs(round(exact / Fraction(10) ** (exponent - count))) == 10 ** (count + 1):
        exponent += 1  # 9.99… is 1.00 of the next power
    mantissa, _, power = show(number, f".{count}e").partition("×10")
    assert int(power.translate(SUPERSCRIPTS)) == exponent
    assert mantissa == decimals(exact / Fraction(10) ** exponent, count)


@unhurried
@given(numbers, digits, st.sampled_from([".{}f", ".{}%", ".{}e", ".{}万", ",.{}B"]))
def test_nothing_has_no_minus_sign(number: float, count: int, spec: str) -> None:
    text = show(number, spec.format(count)).partition("×")[0]
    assert "-" not in text
    assert "−" not in text or any(digit in text for digit in "123456789")


@unhurried
@given(st.integers(0, 2**40), st.integers(1, 40), st.sampled_from([("b", 2), ("X", 16)]))
def test_bits_stand_in_fours_from_the_right(number: int, width: int, kind: tuple[str, int]) -> None:
    letter, base = kind
    text = show(number, f"0{width}{letter}")
    joined = text.replace(" ", "")
    assert int(joined, base) == number
    assert len(joined) >= width
    groups = text.split(" ")
    if len(joined) > 8:
        assert all(len(group) == 4 for group in groups[1:])
        assert 1 <= len(groups[0]) <= 4
    else:
        assert len(groups) == 1


@unhurried
@given(st.floats() | st.integers(), st.text("0123456789+-,.f%edbXx万亿 ", max_size=6))
def test_any_format_is_understood_or_refused(number: float, spec: str) -> None:
    try:
        text = show(number, spec)
    except ValueError:
        return
    assert text


# Marks


def element_of(marked: str) -> Any:
    (element,) = BeautifulSoup(marked, "html.parser").find_all(True)
    return element


def test_a_mark_holds_the_exact_number_its_address_and_its_format() -> None:
    value = Value(np.array([0.5123456, 1], np.float32), "wukong:blocks.0.attn.pattern")[0]
    assert mark(value, ".2f") == (
        '<data value="0.5123456" data-src="wukong:blocks.0.attn.pattern&#91;0&#93;" '
        'data-fmt=".2f">0.51</data>'
    )
    assert shown(value, ".2f") == "0.51"
    assert mark(Value(96, "fact:layers")).endswith('data-fmt="d">96</data>')


def test_in_an_svg_the_mark_is_a_tspan() -> None:
    element = element_of(svg_mark(Value(0.25, "w:x"), ".0%"))
    assert (element.name, element.text) == ("tspan", "25%")
    assert (element["value"], element["data-src"], element["data-fmt"]) == ("0.25", "w:x", ".0%")


specs = st.sampled_from([".2f", "+,.3f", ".1%", ".2e", ".1万", ",.0亿"])


@unhurried
@given(st.floats(width=32), st.floats(), specs)
def test_what_a_mark_holds_is_enough_to_repeat_it(single: float, double: float, spec: str) -> None:
    for number in (np.float32(single), np.float64(double)):
        element = element_of(mark(Value(number, "w:x"), spec))
        with np.errstate(all="ignore"):
            again = type(number)(element["value"])
        assert show(float(again), element["data-fmt"]) == element.text


@unhurried
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")))
@example("w:x[0][1:3]")
@example("\"><script>alert(1)</script>'&amp;")
def test_an_address_comes_out_of_its_mark_as_it_went_in(address: str) -> None:
    marked = mark(Value(1, address))
    element = element_of(marked)
    assert element["data-src"] == address
    assert element.text == "1"
    assert "[" not in marked


def test_a_mark_is_not_taken_for_a_link_where_a_footnote_has_the_number_of_its_index() -> None:
    marked = mark(Value([0.5, 0.25], "w:x")[1], ".2f")
    page = to_html(
        f"甲{marked}乙[^1]\n\n| 丙 |\n|---|\n| {marked} |\n\n[^1]: 注\n\n[1]: https://x\n"
    )
    soup = BeautifulSoup(page.body, "html.parser")
    assert [data["data-src"] for data in soup("data")] == ["w:x[1]"] * 2
    assert soup.td and soup.td.text == "0.25"


@pytest.mark.parametrize("thing", [1, 0.5, "1", None, True, [1], np.float32(1)])
def test_what_has_no_address_gets_no_mark(thing: object) -> None:
    for show_it in (mark, svg_mark, shown):
        with pytest.raises(TypeError, match="has no address: take the number from the data"):
            show_it(thing)


@pytest.mark.parametrize("content", [[1], {"a": 1}, np.array([1.0]), True])
def test_what_is_not_one_number_gets_no_mark(content: Any) -> None:
    with pytest.raises(TypeError, match="w:x is not one number"):
        mark(Value(content, "w:x"))
