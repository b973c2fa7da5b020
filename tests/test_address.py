"""The language of addresses: whatever a value's address says, gives the value again."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import HOME
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.check.pages import Published
from generator.data.address import evaluate
from generator.data.folder import DataFolder, Namespace
from generator.data.value import FUNCTIONS, Text, Value
from generator.errors import DataError
from generator.page.number import show
from generator.project.project import Project

RNG = np.random.Generator(np.random.PCG64(0))
CONTENT = {
    "blocks.0.attn.pattern": RNG.random((2, 3, 3), dtype=np.float32),
    "embed": RNG.standard_normal((3, 4)).astype(np.float32),
    "ids": np.array([7, 0, 7, 2]),
    "draw": np.float64(0.1) + np.float64(0.2),
    "tokens": [{"text": "悟", "id": 5, "bytes": [230, 130, 159]}, {"text": 'a"b', "id": 9}],
}


def resolve(folder: str, path: str) -> Value:
    assert folder == "models/a-b"
    name = max((name for name in CONTENT if f"{path}.".startswith(f"{name}.")), key=len)
    return Value(CONTENT[name], f"{folder}:{name}")


def root(name: str) -> Value:
    return Value(CONTENT[name], f"models/a-b:{name}")


def same(a: Value, b: Value) -> bool:
    left, right = np.asarray(a._content), np.asarray(b._content)
    return left.dtype == right.dtype and np.array_equal(
        left, right, equal_nan=left.dtype.kind == "f"
    )


@st.composite
def vectors(draw: st.DrawFn) -> Value:
    """A row of numbers, taken from the data in one of many ways."""
    value = root(draw(st.sampled_from(["blocks.0.attn.pattern", "embed", "ids"])))
    while np.ndim(value._content) > 1:
        value = value[draw(st.integers(-len(value), len(value) - 1))]
    if draw(st.booleans()):
        start, stop = draw(st.integers(0, 1)), draw(st.none() | st.integers(2, 4))
        value = value[start:stop]
    if draw(st.booleans()):
        value = draw(
            st.sampled_from([lambda v: -v, lambda v: v * 2, lambda v: 1.5 - v, Value.softmax])
        )(value)
    return value


@st.composite
def numbers(draw: st.DrawFn) -> Value:
    """One number, computed from the data."""
    kind = draw(
        st.sampled_from(["part", "statistic", "cosine", "topk", "record", "arithmetic", "mean"])
    )
    vector = draw(vectors())
    if kind == "part":
        return vector[draw(st.integers(-len(vector), len(vector) - 1))]
    if kind == "statistic":
        names = ["sum", "mean", "std", "norm", "min", "max", "argmax", "len"]
        return FUNCTIONS[draw(st.sampled_from(names))](vector)
    if kind == "cosine":
        other = draw(vectors())
        assume(len(vector) == len(other))
        return vector.cosine(other)
    if kind == "topk":
        best = vector.topk(2)
        return best[draw(st.integers(0, len(best) - 1))]
    if kind == "record":
        return draw(
            st.sampled_from([root("tokens")[0].id, root("tokens")[0].bytes[1], root("draw")])
        )
    if kind == "mean":
        return FUNCTIONS["mean"](draw(numbers()), draw(numbers()))
    left, right = draw(numbers()), draw(numbers() | st.integers(-3, 9) | st.floats(-1e6, 1e6))
    sign = draw(st.sampled_from("+-*/"))
    if sign == "+":
        return left + right
    if sign == "-":
        return right - left
    if sign == "*":
        return right * left
    assume((right.number if isinstance(right, Value) else right) != 0)
    return left / right


@settings(max_examples=500, deadline=None)
@given(numbers())
def test_evaluating_the_address_of_any_number_gives_that_number(value: Value) -> None:
    again = evaluate(value.address, resolve)
    assert same(again, value)
    assert again.address == value.address


@settings(max_examples=200, deadline=None)
@given(vectors())
def test_evaluating_the_address_of_any_row_gives_that_row(value: Value) -> None:
    again = evaluate(value.address, resolve)
    assert same(again, value)
    assert again.address == value.address


def test_texts_have_addresses_too() -> None:
    text = evaluate("models/a-b:tokens[1].text", resolve)
    assert isinstance(text, Text)
    assert text == 'a"b'


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ("models/a-b:ids[0] == 7", True),
        ("models/a-b:ids[0] == models/a-b:ids[2]", True),
        ("argmax(models/a-b:ids) != 0", False),
        ("0 < models/a-b:draw < 1", True),
        ("0 < models/a-b:draw < 0.2", False),
        ("models/a-b:draw == 0.30000000000000004", True),
        ('models/a-b:tokens[0].text == "悟"', True),
        (r'models/a-b:tokens[1].text == "a\"b"', True),
        ("not models/a-b:ids[0] == 7 or models/a-b:ids[3] >= 2", True),
        ("models/a-b:ids[0] == 7 and (models/a-b:ids[1] > 0 or models/a-b:ids[3] <= 1)", False),
        ("norm(models/a-b:embed[0]) > -1.5", True),
    ],
)
def test_conditions_are_true_or_false(condition: str, truth: bool) -> None:
    assert evaluate(condition, resolve) is truth


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "wukong",
        "models/a-b:ids[",
        "models/a-b:ids[]",
        "models/a-b:ids[0",
        "models/a-b:ids[0]]",
        "models/a-b:ids[9]",
        "models/a-b:ids[0].text",
        "models/a-b:tokens[0].colour",
        "mean()",
        "average(models/a-b:ids)",
        "models/a-b:ids +",
        "1 2",
        "(1",
        "models/a-b:ids; import os",
        '"open',
        "models/a-b:tokens + 1",
    ],
)
def test_what_is_no_address_is_refused(nonsense: str) -> None:
    with pytest.raises(DataError):
        evaluate(nonsense, resolve)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='abmodels/-:.ids[]()0123456789 +*,<>="', max_size=40))
def test_arbitrary_text_is_evaluated_or_refused_and_nothing_else(text: str) -> None:
    try:
        evaluate(text, resolve)
    except (DataError, AssertionError):
        return


def test_every_mark_of_the_page_says_what_the_published_data_says(output: Path) -> None:
    facts = Project(HOME).facts.facts
    folders: dict[str, DataFolder] = {}

    def published(folder: str, path: str) -> Value:
        if folder == "fact":
            return Value(facts[path].number, f"fact:{path}")
        if folder not in folders:
            folders[folder] = DataFolder(output / "data" / folder, folder)
        return folders[folder].resolve(path)

    page = (output / "site/posts/llm-pipeline-wukong/index.html").read_text(encoding="utf-8")
    marks = BeautifulSoup(page, "html5lib").find_all(attrs={"data-src": True})
    assert len(marks) >= 300
    for mark in marks:
        value = evaluate(mark["data-src"], published)
        assert value.exact == mark["value"], mark
        assert show(value.number, mark["data-fmt"]) == mark.get_text(), mark


def test_a_number_in_an_address_is_the_number_that_was_meant() -> None:
    for number in (0.1, 1e-7, 1.5e300, 3, 10**15, math.pi):
        value = root("draw") * number
        again = evaluate(value.address, resolve)
        assert again.number == value.number, value.address
    assert re.fullmatch(r"\(models/a-b:draw \* 1e-07\)", (root("draw") * 1e-7).address)


# Over what a build published


published_indices = st.integers(-1, 2)
published_slices = st.sampled_from(["[:2]", "[1:]", "[::-1]", "[-2:]", "[:-1]", "[::2]"])
published_vectors = st.sampled_from(
    [
        "wukong.blocks[0].attn.pattern[0][2]",
        "wukong.logits[-1]",
        "wukong.sampling.probs",
        "wukong.blocks[3].resid_post[1]",
        "wukong.logit_lens.probs[-1][2]",
        "model.history.held_out_loss",
        "model.embedding.rows[3]",
    ]
)
published_scalars = st.one_of(
    st.builds(lambda v, i: f"{v}[{i}]", published_vectors, published_indices),
    st.builds(
        lambda f, v, s: f"{f}({v}{s})",
        st.sampled_from(["sum", "mean", "std", "norm", "min", "max", "argmax", "len"]),
        published_vectors,
        published_slices | st.just(""),
    ),
    st.builds(lambda v, k: f"topk({v}, {k})[0]", published_vectors, st.integers(1, 3)),
    st.builds(lambda v, i: f"softmax({v})[{i}]", published_vectors, published_indices),
    st.builds(lambda v: f"cosine({v}, {v})", published_vectors),
    st.builds(lambda v: f"exp(mean({v}) / 100)", published_vectors),
    st.builds(lambda v: f"log(norm({v}))", published_vectors),
    st.sampled_from(["len(wukong.tokens[0].text)", "wukong.generation.steps[-1].prob"]),
)
published_expressions = st.recursive(
    published_scalars,
    lambda inner: (
        st.builds(lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from("+-*/"), inner)
        | inner.map(lambda a: f"(-{a})")
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def published(output: Path) -> Published:
    return Published(output / "data")


@pytest.fixture(scope="module")
def names(output: Path) -> dict[str, Any]:
    """What an expression over published data may name."""
    wukong = DataFolder(output / "data/wukong", "wukong")
    model = DataFolder(output / "data/models/xiyouji", "models/xiyouji")
    return {"wukong": Namespace(wukong), "model": Namespace(model), **FUNCTIONS}


@settings(deadline=None, max_examples=150)
@given(published_expressions)
def test_over_published_data_the_address_of_any_expression_gives_the_shown_number(
    published: Published, names: dict[str, Any], text: str
) -> None:
    try:
        value = eval(text, {"__builtins__": {}}, names)
    except (ValueError, ZeroDivisionError):  # the logarithm of 0
        return
    again = published.value(value.address)
    assert again.address == value.address
    assert again.exact == value.exact
    for spec in (".3f", "+.1%", ".2e"):
        assert show(again.number, spec) == show(value.number, spec)


@pytest.mark.parametrize("name", ["Qwen2.5-7B", "a_b", "v1.5-beta"])
def test_a_model_may_have_dots_in_its_name(name: str) -> None:
    found: list[tuple[str, str]] = []

    def resolve(folder: str, path: str) -> Value:
        found.append((folder, path))
        return Value(3, f"{folder}:{path}")

    address = f"(models/{name}:config.n_layers * 2)"
    assert evaluate(address, resolve).number == 6
    assert found == [(f"models/{name}", "config.n_layers")]


@pytest.mark.parametrize("text", ["mean(3)", "(" * 3000, "-" * 5000 + "1", "cosine(1, 2)"])
def test_what_cannot_be_evaluated_is_a_data_error(text: str) -> None:
    with pytest.raises(DataError):
        evaluate(text, lambda folder, path: Value(1, f"{folder}:{path}"))
