from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import hugo_prints, js_yaml_prints
from ruamel.yaml import YAML

from generator.data.yaml_text import dump, key, load, number, quote
from generator.errors import DataError

# Tests share the machine with whatever else runs there, so no example is timed.
unhurried = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

any_text = st.text(st.characters())  # lone surrogates among them
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
)

HOSTILE_STRINGS = [
    *["", " ", "no", "yes", "on", "y", "~", "null", "true", "012", "0x1F", "0o17", "1_000"],
    *["1:30", "1e-07", "1e5", ".5", "1.", "nan", ".nan", "-.inf", "2020-01-01", "<<", "=", "!"],
    *["- a", "? a", "a: b", "a #b", "# a", "%a", "@a", "`a", "|", ">", "[a", "{a", "---", "..."],
    *["&a", "*a", ",", "\\", '"', "'", "\\n", '\\"', "a\\", "a" * 3000],
    *["\n", "a\n\n b\n", "\r\n", "\t", "\t\ta ", "\0", "\x1b[0m", "\x7f", "\x85", "\xa0", "\xad"],
    *["\u200b", "\u200d", "\u2028", "\u2029", "\ufeff", "\ufffd", "\ufffe", "\u061c", "\u202eabc"],
    *["\ue000", "\U000f0000", "\U0010ffff", "\ud800", "a\udfffb", "a\u0301", "é", "中文，标点。"],
    *["👩‍👩‍👧", "🇨🇳", "{{< figure >}}", "{{ 1+1 }}", "{% x %}", "<script>", "&amp;"],
]
HOSTILE_FLOATS = [
    *[0.0, -0.0, 1.0, -1.0, 0.1, 1e-7, 1e5, 1e15, 1e16, 1e17, 123456789.0, 1.5e300, 2.0**53 + 2],
    *[5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.nan, math.inf, -math.inf],
]
HOSTILE_INTS = [0, -1, 10**15, -(2**53), 2**53]  # JavaScript knows no larger ones


def same_bits(a: float, b: float) -> bool:
    return (math.isnan(a) and math.isnan(b)) or struct.pack("d", a) == struct.pack("d", b)


def well_formed(value: Any) -> Any:
    """The value with U+FFFD for each lone surrogate, as it must come back."""
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in value)
    if isinstance(value, list):
        return [well_formed(item) for item in value]
    if isinstance(value, dict):
        return {well_formed(name): well_formed(item) for name, item in value.items()}
    return value


# Strings


@unhurried
@given(any_text)
def test_a_quoted_string_is_read_back_by_pyyaml_ruamel_and_load(text: str) -> None:
    quoted = quote(text)
    expected = well_formed(text)
    assert yaml.load(quoted, yaml.CSafeLoader) == expected
    assert yaml.load(quoted, yaml.SafeLoader) == expected
    assert YAML(typ="safe", pure=True).load(quoted) == expected
    assert load(quoted) == expected


@unhurried
@given(any_text)
def test_a_quoted_string_is_one_line_that_is_utf8(text: str) -> None:
    assert len(quote(text).encode().decode().splitlines()) == 1


def test_characters_are_escaped_so() -> None:
    assert quote('a\n\x85\xa0\u2028\u202e\ud800\\"中👍') == (
        '"a\\x0A\\x85\\u00A0\\u2028\\u202E\\uFFFD\\\\\\"中👍"'
    )


def test_what_a_reader_cannot_see_is_escaped() -> None:
    ranges = [(0, 0x1F), (0x7F, 0xA0), (0x2028, 0x202E), (0x2066, 0x2069), (0xE000, 0xF8FF)]
    invisible = [code for first, last in ranges for code in range(first, last + 1)]
    for code in [*invisible, 0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xFFFE, 0xFFFF]:
        assert quote(chr(code)).isascii(), hex(code)


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-5, "-5"),
        (2**64 - 1, "18446744073709551615"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e-7, "1.0e-7"),
        (-2.5e-12, "-2.5e-12"),
        (1e16, "1.0e+16"),
        (5e-324, "5.0e-324"),
        (math.nan, ".nan"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
    ],
)
def test_a_number_is_written_so(value: float, text: str) -> None:
    assert number(value) == text


@unhurried
@given(st.floats())
def test_a_float_is_read_back_bit_for_bit(value: float) -> None:
    text = number(value)
    assert same_bits(yaml.load(text, yaml.CSafeLoader), value)
    assert same_bits(YAML(typ="safe", pure=True).load(text), value)
    assert same_bits(load(text), value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, "1", None, np.float64(1), np.float32(1), np.int64(1)])
def test_a_number_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        number(value)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1])
def test_an_int_past_64_bits_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        number(value)


# All readers


def everything() -> dict[str, Any]:
    numbered = [f"{text}{n}" for n, text in enumerate(HOSTILE_STRINGS) if len(text) < 100]
    words = ["no", "YES", "y", "null", "~", "012", "1:30", "nan", "-", "a b", "<<", "plain.key-1/x"]
    return {
        "strings": HOSTILE_STRINGS,
        "floats": HOSTILE_FLOATS,
        "ints": HOSTILE_INTS,
        "keys": {name: n for n, name in enumerate([*words, *numbered])},
        "maps": [{"text": text, "id": n} for n, text in enumerate(HOSTILE_STRINGS)],
        "small": [{"text": "王", "bytes": [231, 142, 139], "no": None, "on": True}, {}],
        "name" * 15: list(range(15)),
        "deep": [[[], {}], [[1], [{"a": [{"b": "c"}]}]], {"a": {"b": {}}, "c": [[]]}],
    }


def assert_reads_everything(reading: dict[str, Any]) -> None:
    expected = well_formed(everything())
    assert len(reading["floats"]) == len(HOSTILE_FLOATS)
    for was, is_now in zip(HOSTILE_FLOATS, reading.pop("floats"), strict=True):
        assert isinstance(is_now, float) and same_bits(was, is_now)
    del expected["floats"]
    assert reading == expected


def test_pyyaml_ruamel_and_load_read_hostile_values_as_they_were_written() -> None:
    text = dump(everything())
    assert_reads_everything(yaml.load(text, yaml.CSafeLoader))
    assert_reads_everything(yaml.load(text, yaml.SafeLoader))
    assert_reads_everything(YAML(typ="safe", pure=True).load(text))
    assert_reads_everything(load(text))  # type: ignore[arg-type]


def test_hugo_reads_hostile_values_as_they_were_written(tmp_path: Path) -> None:
    template = """
    {{- range hugo.Data.x.floats }}{{ printf "%T %v" . . }},{{ end }}|
    {{- jsonify (dict "noHTMLEscape" true) (merge hugo.Data.x (dict "floats" slice)) -}}
    """
    printed = hugo_prints(template, dump(everything()).encode(), tmp_path)
    floats, _, others = printed.partition("|")
    reading = json.loads(others)
    for item in floats.removesuffix(",").split(","):
        kind, text = item.split(" ")
        assert kind == "float64", item
        reading["floats"].append(float(text))
    assert_reads_everything(reading)


def test_js_yaml_reads_hostile_values_as_they_were_written() -> None:
    expression = """JSON.stringify({...x,
        floats: x.floats.map(f => typeof f + ' ' + (Object.is(f, -0) ? '-0' : f))})"""
    reading = json.loads(js_yaml_prints(expression, dump(everything()).encode()))
    assert all(text.startswith("number ") for text in reading["floats"])
    reading["floats"] = [float(text.split(" ")[1]) for text in reading["floats"]]
    assert_reads_everything(reading)


# Structure


def test_a_structure_is_laid_out_so() -> None:
    value = {
        "format": 1,
        "no": "no",
        "3d": None,
        "temperature": 0.7,
        "shape": [2, 3],
        "mask": [True, None, -1.5],
        "words": ["a", "b"],
        "nothing": [],
        "tokens": [{"text": "王", "id": 5}, {"text": "\n", "id": 6}],
        "model": {"name": "wukong", "sizes": {"d_model": 64}},
        "steps": [{"draw": 0.5, "kept": [{"id": 1}]}, {"draw": 0.25, "kept": []}],
        "rows": [[1, 2], [3, 4]],
    }
    assert (
        dump(value)
        == """\
format: 1
"no": "no"
"3d": null
temperature: 0.7
shape: [2, 3]
mask: [true, null, -1.5]
words:
  - "a"
  - "b"
nothing: []
tokens:
  - {text: "王", id: 5}
  - {text: "\\x0A", id: 6}
model:
  name: "wukong"
  sizes:
    d_model: 64
steps:
  - draw: 0.5
    kept:
      - {id: 1}
  - draw: 0.25
    kept: []
rows:
  - [1, 2]
  - [3, 4]
"""
    )


def test_what_does_not_fit_a_line_is_broken_up() -> None:
    numbers = list(range(100))
    wide = [{"a": 1}, {"text": "x" * 100}]
    lines = dump({"numbers": numbers, "wide": wide}).splitlines()
    assert lines[:3] == ["numbers:", "  - 0", "  - 1"]
    assert lines[-3:] == ["wide:", "  - a: 1", f'  - text: "{"x" * 100}"']


def test_a_name_counts_towards_the_width_of_its_line() -> None:
    value = {"name" * 15: list(range(15))}
    lines = dump(value).splitlines()
    assert lines == [f"{'name' * 15}:", "  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]"]
    assert load(dump(value)) == value


@unhurried
@given(values)
def test_a_structure_is_read_back_in_its_order(value: Any) -> None:
    expected = well_formed(value)
    for reading in (load(dump(value)), yaml.load(dump(value), yaml.CSafeLoader)):
        assert reading == expected
        assert json.dumps(reading) == json.dumps(expected)  # the order, and 1 or 1.0 or true


@unhurried
@given(values, st.integers(0, 20))
def test_an_indent_only_moves_the_lines(value: Any, indent: int) -> None:
    text = dump({"a": value}, indent)
    assert all(line.startswith(" " * indent) for line in text.splitlines())
    assert load(text) == well_formed({"a": value})


@pytest.mark.parametrize(
    "value", [np.float64(1), np.int64(1), np.bool_(True), np.zeros(2), (1, 2), b"a", {1}, 1j]
)
def test_a_value_that_yaml_does_not_have_is_refused(value: Any) -> None:
    for whole in (value, [value], {"a": value}, [{"a": [value]}]):
        with pytest.raises(TypeError):
            dump(whole)


@pytest.mark.parametrize("name", [1, None, True, np.str_("a")])
def test_a_key_that_is_no_plain_string_is_refused(name: Any) -> None:
    with pytest.raises(TypeError):
        dump({name: 1})


def test_a_key_too_long_for_yaml_is_refused() -> None:
    assert load(dump({"é" * 990: 1})) == {"é" * 990: 1}
    with pytest.raises(ValueError, match="too long"):
        key("a" * 1001)


# Reading


def test_plain_scalars_mean_what_yaml_1_2_says() -> None:
    text = "[no, on, y, 1:30, 012, 0o12, 0x1F, 1e-7, 1E5, .5, 1., -.INF, ~, 2020-01-01, True, 1_0]"
    assert load(text) == [
        *["no", "on", "y", "1:30", 12, 10, 31, 1e-7, 1e5, 0.5, 1.0, -math.inf, None],
        *["2020-01-01", True, "1_0"],
    ]


@pytest.mark.parametrize("text", ["a: 1\nb: [", "a: 1\nb: c: d", "a: 1\n\tb: 2", b"a: 1\n\xff"])
def test_text_that_is_no_yaml_is_a_data_error(text: str | bytes) -> None:
    with pytest.raises(DataError, match="not YAML"):
        load(text)


def test_the_error_names_the_line() -> None:
    with pytest.raises(DataError) as caught:
        load("a: 1\nb: c: d\n")
    assert caught.value.line == 2
