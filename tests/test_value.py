"""Values keep their address through every computation, and never become text by themselves."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from markupsafe import Markup, escape
from numpy.typing import NDArray

from generator.data.value import Text, UnmarkedNumberError, Value, length, mean

unhurried = settings(deadline=None, max_examples=100)

floats32 = st.floats(-1e6, 1e6, width=32)
floats64 = st.floats(-1e6, 1e6)
rows = hnp.arrays(np.float32, st.integers(1, 40), elements=floats32) | hnp.arrays(
    np.float64, st.integers(1, 40), elements=floats64
)
arrays = hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=3), elements=floats32)
# Numbers that would show an order of adding up, or a rounding in between.
far_apart = st.lists(st.sampled_from([1e16, -1e16, 1.0, 0.1, 3e-9, -0.7]), min_size=1, max_size=20)


def plain(value: Value) -> Any:
    return value.plain


# It does not become text

WAYS: dict[str, Callable[[Any], object]] = {
    "str": str,
    "format": lambda v: format(v, ".2f"),
    "f-string": lambda v: f"{v}",
    "f-string with a format": lambda v: f"{v:.2f}",
    "str.format": "{}".format,
    "%s": lambda v: "%s" % v,  # noqa: UP031
    "%d": lambda v: "%d" % v,  # noqa: UP031
    "%f": lambda v: "%f" % v,  # noqa: UP031
    "%x": lambda v: "%x" % v,  # noqa: UP031
    "%c": lambda v: "%c" % v,  # noqa: UP031
    "join": lambda v: ", ".join([v]),
    "join of markup": lambda v: Markup(", ").join([v]),
    "adding to text": lambda v: "a" + v,
    "adding to markup": lambda v: Markup("a") + v,
    "escape": escape,
    "Markup": Markup,
    "JSON": json.dumps,
    "float": float,
    "int": int,
    "round": round,
    "chr": chr,
}
CONTENTS = {
    "float32": np.float32(0.5),
    "float64": np.float64(0.5),
    "int64": np.int64(65),
    "int": 65,
    "float": 0.5,
    "array": np.array([0.5, 1.0]),
    "list": [1, 2],
    "mapping": {"a": 1},
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_value_refuses_to_become_text_or_a_number_without_an_address(
    way: str, content: str
) -> None:
    value = Value(CONTENTS[content], "w:x")
    with pytest.raises(TypeError):
        WAYS[way](value)


def test_the_refusal_names_the_value_and_the_way_to_show_it() -> None:
    with pytest.raises(UnmarkedNumberError, match=r"^w:x is a number, and only `num` may show it$"):
        str(Value(1, "w:x"))


def test_what_a_debugger_shows_holds_the_address_and_not_the_number() -> None:
    assert repr(Value(np.float32(0.5), "w:x")) == "Value(w:x)"


# Addresses


@st.composite
def indexed(draw: st.DrawFn) -> tuple[NDArray[np.float32], list[Any]]:
    """An array, and indices and slices that lead into it."""
    array = draw(arrays)
    steps: list[Any] = []
    part: Any = array
    while isinstance(part, np.ndarray) and len(part) and draw(st.booleans()):
        bound = st.none() | st.integers(-6, 6)
        step = draw(
            st.integers(-len(part), len(part) - 1)
            | st.builds(slice, bound, bound, st.none() | st.sampled_from([1, 2, -1]))
        )
        steps.append(step)
        part = part[step]
    return array, steps


@unhurried
@given(indexed())
def test_the_address_of_a_part_leads_to_it(case: tuple[NDArray[np.float32], list[Any]]) -> None:
    array, steps = case
    value = Value(array, "x")
    for step in steps:
        array, value = array[step], value[step]
    assert plain(value) == array.tolist()
    assert eval(value.address, {"x": case[0]}).tolist() == array.tolist()


def test_one_element_has_one_address() -> None:
    value = Value(np.arange(5.0), "x")
    assert value[-1].address == value[4].address == "x[4]"
    assert value[Value(3, "n")].address == "x[3]"
    assert value[Value(1, "n") : Value(3, "n")].address == "x[1:3]"


def test_parts_of_mappings_are_reached_as_items_and_as_attributes() -> None:
    value = Value({"steps": [{"prob": 0.5, "text": "道"}]}, "w:generation")
    assert value.steps[0].prob.address == "w:generation.steps[0].prob"
    assert value["steps"][0]["prob"].address == "w:generation.steps[0].prob"
    assert value.steps[0].text.address == "w:generation.steps[0].text"


def test_texts_and_truths_come_out_as_themselves_and_a_text_is_escaped_wherever_it_goes() -> None:
    value = Value(["<b>|", True, None], "x")
    text, true, nothing = value
    assert isinstance(text, Text)
    assert text == "<b>|"
    assert str(Markup("<i>%s</i>") % text) == "<i>&#60;b&#62;&#124;</i>"
    assert true is True
    assert nothing is None


def test_a_mapping_goes_through_its_keys() -> None:
    value = Value({"a": 1, "b": 2}, "x")
    assert list(value) == ["a", "b"]
    assert "a" in value
    assert "c" not in value


@pytest.mark.parametrize("index", [3, -4, 100])
def test_an_index_that_leads_nowhere_is_refused(index: int) -> None:
    for content in (np.arange(3.0), [1, 2, 3]):
        with pytest.raises(IndexError, match=r"x has 3, from 0 to 2, and there is no \[-?\d+\]"):
            Value(content, "x")[index]


def test_a_name_that_is_not_there_is_no_attribute() -> None:
    for content in ({"a": 1}, np.arange(3.0), 1):
        assert not hasattr(Value(content, "x"), "b")


NUMBERS = {"n": 7, "k": 3, "x": np.float32(0.1), "y": np.float64(-2.5)}
leaves = st.sampled_from([*NUMBERS, "2", "0.75"])
expressions = st.recursive(
    leaves,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner)
        | st.builds("(-{})".format, inner)
    ),
    max_leaves=8,
)


@unhurried
@given(expressions)
def test_the_address_of_a_result_computes_it_again(expression: str) -> None:
    value = eval(expression, {name: Value(number, name) for name, number in NUMBERS.items()})
    if not isinstance(value, Value):  # of constants alone
        return
    again = eval(value.address, {name: number.item() for name, number in typed().items()})
    assert plain(value) == again
    assert type(plain(value)) is type(again)


def typed() -> dict[str, np.generic]:
    return {name: np.asarray(number)[()] for name, number in NUMBERS.items()}


def test_a_list_is_computed_with_number_by_number() -> None:
    x = Value(np.array([1.0, 2.0], np.float32), "x")
    results = [x + 1, 1 - x, x * x, x / 2, -x, 1 / x]
    assert [plain(r) for r in results] == [[2, 3], [0, -1], [1, 4], [0.5, 1], [-1, -2], [1, 0.5]]
    assert [r.address for r in results] == [
        *["(x + 1)", "(1 - x)", "(x * x)", "(x / 2)", "(-x)", "(1 / x)"],
    ]


def test_a_count_stays_a_count_however_large() -> None:
    parameters, tokens = Value(405_000_000_000, "p"), Value(np.int64(15_600_000_000_000), "t")
    work = 6 * parameters * tokens
    assert (plain(work), work.exact) == (37_908 * 10**21, "37908000000000000000000000")
    assert plain(work - work) == 0
    assert plain(work / 10**24) == 37.908
    assert plain(work * 0.5) == 1.8954e25


def test_nothing_is_divided_by_zero_and_what_is_infinite_in_the_data_stays() -> None:
    one, zero, masked = Value(np.float32(1), "a"), Value(0, "b"), Value([-math.inf, 1], "c")
    for divide in (lambda: one / zero, lambda: zero / (one - one), lambda: 1 / Value([1, 0], "d")):
        with pytest.raises(ZeroDivisionError, match="is 0, and nothing can be divided by it"):
            divide()
    assert plain(masked / 2) == [-math.inf, 0.5]


@pytest.mark.parametrize("other", ["a", None, True, {}, ["a"], Value("a", "t"), Value({}, "m")])
def test_what_is_no_number_is_not_computed_with(other: object) -> None:
    value = Value(1, "x")
    for compute in (lambda: value + other, lambda: other - value, lambda: value * other):
        with pytest.raises(TypeError):
            compute()


# Comparison


def test_a_comparison_is_plainly_true_or_false() -> None:
    x, n = Value(np.float32(0.5), "x"), Value(3, "n")
    for truth in (x == 0.5, x != n, x < n, x <= 0.5, n > x, n >= 3, n == Value(3, "m")):
        assert truth is True
    assert Value(np.array([1.0, 2.0]), "a") == [1.0, 2.0]
    assert Value(["a"], "a") == ["a"]
    assert 3 in Value([1, 3], "a")
    assert any(number > x for number in (0.2, 1))
    assert not any(number < x for number in (0.6, 1))


@pytest.mark.parametrize("content", [np.float32(0), 0, 1.5, np.array([1.0]), np.array([])])
def test_a_number_by_itself_is_neither_true_nor_false(content: Any) -> None:
    with pytest.raises(TypeError, match=r"^compare x with something"):
        bool(Value(content, "x"))


def test_a_list_is_true_where_it_holds_anything() -> None:
    assert Value([0], "x")
    assert not Value([], "x")
    assert not Value({}, "x")


@pytest.mark.parametrize("other", [[1], "1", None, Value([1, 2], "y")])
def test_only_numbers_have_an_order(other: object) -> None:
    with pytest.raises(TypeError):
        _ = Value(1, "x") < other


# Statistics


def rounded_once(exact: Fraction) -> float:
    """The float64 nearest to an exact number."""
    return float(exact)


@unhurried
@given(rows | far_apart)
def test_sum_and_mean_are_the_exact_ones_rounded_in_the_end(row: Any) -> None:
    value = Value(row, "x")
    exact = sum(map(Fraction, np.asarray(row, np.float64).tolist()), Fraction())
    assert plain(value.sum()) == rounded_once(exact)
    assert plain(value.mean()) == rounded_once(exact) / len(row)
    assert (value.sum().address, value.mean().address) == ("sum(x)", "mean(x)")


@unhurried
@given(far_apart, st.randoms())
def test_no_statistic_depends_on_the_order_of_the_numbers(
    row: list[float], rng: random.Random
) -> None:
    shuffled = rng.sample(row, len(row))
    a, b = Value(row, "x"), Value(shuffled, "x")
    for name in ("sum", "mean", "std", "norm", "min", "max"):
        assert plain(getattr(a, name)()) == plain(getattr(b, name)())


@unhurried
@given(rows)
def test_std_and_norm_are_numpys(row: NDArray[Any]) -> None:
    value, numbers = Value(row, "x"), row.astype(np.float64)
    assert plain(value.std()) == pytest.approx(np.std(numbers), rel=1e-9, abs=1e-9)
    assert plain(value.norm()) == pytest.approx(np.linalg.norm(numbers), rel=1e-12)
    assert (value.std().address, value.norm().address) == ("std(x)", "norm(x)")


@unhurried
@given(arrays)
def test_a_statistic_is_of_all_the_numbers_of_an_array(array: NDArray[np.float32]) -> None:
    value, row = Value(array, "x"), Value(array.reshape(-1), "x")
    for name in ("sum", "mean", "std", "norm", "min", "max", "argmax"):
        assert plain(getattr(value, name)()) == plain(getattr(row, name)())


@unhurried
@given(rows)
def test_the_extremes_are_numbers_of_the_row_as_they_were_published(row: NDArray[Any]) -> None:
    value = Value(row, "x")
    least, most = value.min(), value.max()
    assert (plain(least), plain(most)) == (min(row.tolist()), max(row.tolist()))
    assert most.exact == value[value.argmax()].exact
    assert (least.address, most.address) == ("min(x)", "max(x)")


def test_the_extremes_of_a_list_stay_counts() -> None:
    assert [repr(plain(v)) for v in (Value([2, 9], "x").max(), Value([2, 9], "x").min())] == [
        *["9", "2"],
    ]


few = st.lists(st.integers(0, 3), min_size=1, max_size=12)  # with many ties


@unhurried
@given(few, st.integers(0, 14))
def test_of_equal_numbers_the_first_is_the_largest(numbers: list[int], k: int) -> None:
    value = Value(numbers, "x")
    ranks = sorted(range(len(numbers)), key=lambda index: (-numbers[index], index))
    assert plain(value.argmax()) == ranks[0]
    top = value.topk(Value(k, "k"))
    assert plain(top) == ranks[:k]
    assert top.address == f"topk(x, {k})"
    assert value.argmax().address == "argmax(x)"


@unhurried
@given(rows)
def test_softmax_is_made_of_shares_in_the_order_of_the_numbers(row: NDArray[Any]) -> None:
    shares = Value(row, "x").softmax()
    numbers = row.astype(np.float64)
    weights = np.exp(numbers - numbers.max())
    assert shares.vector == pytest.approx(weights / weights.sum(), rel=1e-12, abs=0)
    assert plain(shares.sum()) == pytest.approx(1, abs=1e-12)
    assert shares.address == "softmax(x)"


def test_softmax_gives_masked_scores_nothing() -> None:
    assert plain(Value(np.array([0.0, -np.inf, 0.0]), "x").softmax()) == [0.5, 0, 0.5]


@unhurried
@given(hnp.arrays(np.float32, (2, 6), elements=st.floats(-100, 100, width=32)))
def test_cosine_is_numpys(pair: NDArray[np.float32]) -> None:
    a, b = Value(pair[0], "a"), Value(pair[1], "b")
    cosine = a.cosine(b)
    assert cosine.address == "cosine(a, b)"
    x, y = pair.astype(np.float64)
    lengths = np.linalg.norm(x) * np.linalg.norm(y)
    if lengths:
        assert plain(cosine) == pytest.approx(np.dot(x, y) / lengths, rel=1e-9, abs=1e-9)
    else:
        assert math.isnan(plain(cosine))


def test_a_vector_has_a_cosine_only_with_one_of_its_length() -> None:
    with pytest.raises(TypeError, match=r"^a and b differ in length$"):
        Value([1, 2], "a").cosine(Value([1, 2, 3], "b"))


def test_single_numbers_have_a_logarithm_a_power_and_a_mean_in_common() -> None:
    a, b = Value(4477, "a"), Value(np.float32(0.5), "b")
    assert plain(a.log()) == math.log(4477)
    assert plain(b.exp()) == math.exp(0.5)
    assert plain(mean(a, b)) == 2238.75
    assert [v.address for v in (a.log(), b.exp(), mean(a, b))] == [
        *["log(a)", "exp(b)", "mean(a, b)"],
    ]


def test_the_length_of_a_list_is_a_value_too() -> None:
    assert (plain(length(Value([5, 6, 7], "x"))), length(Value([], "x")).address) == (3, "len(x)")
    assert len(Value({"a": 1}, "x")) == 1


def test_the_length_of_a_text_is_a_value_too() -> None:
    text = Value({"text": "悟空道"}, "w:x").text
    assert (plain(length(text)), length(text).address) == (3, "len(w:x.text)")


@pytest.mark.parametrize("content", ["a", None, True, ["a"], [1, None], {}, [[1, 2], [3]]])
def test_what_is_not_made_of_numbers_has_no_statistics(content: Any) -> None:
    for name in ("sum", "mean", "std", "norm", "min", "max", "argmax", "softmax"):
        with pytest.raises(TypeError, match=r"^x is not made of numbers$"):
            getattr(Value(content, "x"), name)()


# The number itself


@unhurried
@given(st.floats(width=32), st.floats())
def test_exact_digits_read_back_as_the_very_number(single: float, double: float) -> None:
    for number in (np.float32(single), np.float64(double)):
        value = Value(number, "x")
        with np.errstate(all="ignore"):
            again = type(number)(value.exact)
        assert again == number or (np.isnan(again) and np.isnan(number))
        assert plain(value) == number or np.isnan(number)


def test_a_float32_has_the_digits_of_a_float32() -> None:
    assert Value(np.float32(0.1), "x").exact == "0.1"
    assert Value(np.array([0.1, 0.2], np.float32), "x")[1].exact == "0.2"
    assert Value(np.float64(0.1), "x").exact == "0.1"
    assert Value(np.int64(96), "x").exact == "96"


@pytest.mark.parametrize("content", [True, "1", None, [1], np.array([1.0]), {"a": 1}])
def test_what_is_not_one_number_is_not_taken_for_one(content: Any) -> None:
    value = Value(content, "x")
    for take in (lambda: value.number, lambda: value.exact, value.log, value.exp):
        with pytest.raises(TypeError, match=r"^x is not one number\b"):
            take()


def test_a_value_is_no_key() -> None:
    with pytest.raises(TypeError):
        _ = {Value(1, "x")}
