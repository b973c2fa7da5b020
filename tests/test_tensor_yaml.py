from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from needs import hugo_prints, js_yaml_prints
from numpy.typing import NDArray
from ruamel.yaml import YAML

from generator.data import yaml_text
from generator.data.tensor_yaml import (
    choose_flat,
    collections,
    collections_of,
    dump_tensor,
    load_section,
    load_tensor,
    sections,
)
from generator.errors import DataError

# Tests share the machine with whatever else runs there, so no example is timed.
unhurried = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

DIMS = ("head", "query", "key", "d_head")
BITS = {"float32": np.uint32, "float64": np.uint64, "int64": np.int64}

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@st.composite
def arrays(draw: st.DrawFn) -> NDArray[Any]:
    """An array of any rank and type that we write, with any bits whatever."""
    dtype = draw(st.sampled_from(sorted(BITS)))
    bits = draw(hnp.arrays(BITS[dtype], draw(shapes)))
    return bits.view(dtype)


def dump(array: NDArray[Any], name: str = "x", *, flat: bool = False) -> bytes:
    return dump_tensor(name, array, DIMS[: array.ndim], flat=flat)


def load(section: bytes, like: NDArray[Any]) -> NDArray[Any]:
    return load_tensor(section, str(like.dtype), like.shape)


def assert_same(found: NDArray[Any], expected: NDArray[Any]) -> None:
    """Equal in type, shape and every bit, but that NaNs are all one."""
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    numbers = ~np.isnan(expected)
    bits = BITS[str(expected.dtype)]
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.array_equal(found[numbers].view(bits), expected[numbers].view(bits))


def unflattened(value: Any) -> Any:
    return np.reshape(value["data"], value["shape"]) if isinstance(value, dict) else value


# Writing


def test_a_tensor_is_laid_out_so() -> None:
    pattern = np.array([[[1, 0], [0.56, 0.44]], [[1, 0], [0.5, 0.5]]], np.float32)
    assert (
        dump(pattern, "blocks.0.attn.pattern").decode()
        == """\
blocks.0.attn.pattern: # [head, query, key] = [2, 2, 2]
  - - [1.0, 0.0]
    - [0.56, 0.44]
  - - [1.0, 0.0]
    - [0.5, 0.5]
"""
    )
    assert dump(np.array([[1, -2]]), "ids") == b"ids: # [head, query] = [1, 2]\n  - [1, -2]\n"
    assert dump(np.array([0.1, 1e-7, 1e20])) == b"x: [0.1, 1.0e-7, 1.0e+20] # [head] = [3]\n"
    assert dump(np.array(0.5, np.float32), "steps[0].draw") == b'"steps[0].draw": 0.5\n'
    assert (
        dump(np.array([[[[1]], [[2]]]] * 2)).decode()
        == """\
x: # [head, query, key, d_head] = [2, 2, 1, 1]
  - - - [1]
    - - [2]
  - - - [1]
    - - [2]
"""
    )


def test_a_flat_tensor_is_laid_out_so() -> None:
    rows = np.array([[1, 2], [3, 4.5]])
    assert (
        dump(rows, "logits", flat=True).decode()
        == """\
logits: # [head, query] = [2, 2]
  shape: [2, 2]
  data: [
    1.0, 2.0,
    3.0, 4.5]
"""
    )
    assert dump(np.zeros((2, 0))) == b"x: # [head, query] = [2, 0]\n  shape: [2, 0]\n  data: []\n"


def test_numbers_that_json_does_not_have_are_spelled_as_in_yaml() -> None:
    odd = np.array([math.nan, 1, -math.inf, math.inf, -0.0], np.float32)
    assert dump(odd).startswith(b"x: [.nan, 1.0, -.inf, .inf, -0.0] #")
    assert dump(odd[2:3]).startswith(b"x: [-.inf] #")


def test_an_orjson_that_writes_no_sign_or_point_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orjson.dumps", lambda *args, **options: b"[[1e16,-2.5e20,3e-7,-4e+18]]")
    written = dump(np.ones(4))
    assert written.startswith(b"x: [1.0e+16, -2.5e+20, 3.0e-7, -4.0e+18] #")


def test_what_cannot_be_written_exactly_is_refused() -> None:
    for dtype in ("float16", "int32", "uint64", "bool", "complex64", ">f4", "O"):
        with pytest.raises(TypeError):
            dump(np.zeros(2, dtype))
    with pytest.raises(ValueError, match="dimensions"):
        dump_tensor("x", np.zeros((2, 2)), ("pos",))
    with pytest.raises(ValueError, match="dimensions"):
        dump_tensor("x", np.zeros((1, 1, 1, 1, 1)), (*DIMS, "more"))
    with pytest.raises(ValueError, match="line"):
        dump_tensor("x", np.zeros(2), ("pos\n",))


# There and back


@unhurried
@given(arrays(), st.booleans())
def test_a_tensor_is_read_back_bit_for_bit(array: NDArray[Any], flat: bool) -> None:
    assert_same(load(dump(array, flat=flat), array), array)


@unhurried
@given(arrays(), st.booleans())
def test_yaml_libraries_read_the_same_bits(array: NDArray[Any], flat: bool) -> None:
    section = dump(array, flat=flat)
    for value in (
        yaml.load(section, yaml.CSafeLoader),
        YAML(typ="safe", pure=True).load(section.decode()),
    ):
        rounded = np.array(unflattened(value["x"]), np.float64 if array.size == 0 else None)
        assert_same(rounded.astype(array.dtype), array)


@unhurried
@given(hnp.arrays(np.uint32, st.integers(1, 200)))
def test_any_float32_bits_are_read_back(bits: NDArray[np.uint32]) -> None:
    assert_same(load(dump(bits.view(np.float32)), bits.view(np.float32)), bits.view(np.float32))


def test_the_float32_whose_shortest_text_misleads_is_exact() -> None:
    array = np.array([0x15AE43FD, 0x95AE43FD], np.uint32).view(np.float32)
    text = yaml.load(dump(array), yaml.CSafeLoader)["x"]
    assert_same(np.array(text).astype(np.float32), array)


@pytest.mark.parametrize("order", ["transposed", "strided", "reversed", "Fortran"])
def test_the_order_in_memory_does_not_matter(order: str) -> None:
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    view = {
        "transposed": base.T,
        "strided": base[::2, 1::2],
        "reversed": base[::-1, ::-1],
        "Fortran": np.asfortranarray(base),
    }[order]
    assert_same(load(dump(view), view), np.ascontiguousarray(view))


def test_our_own_form_never_goes_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(text: str | bytes) -> object:
        raise AssertionError(f"the YAML library was asked to read {text!r}")

    monkeypatch.setattr(yaml_text, "load", slow)
    odd = np.array([math.nan, math.inf, -math.inf, 1e-30, 1e30, -0.0, 5.5, 7], np.float32)
    for shape in ((8,), (2, 4), (8, 1), (2, 2, 2), (2, 1, 2, 2)):
        for array in (odd.reshape(shape), np.arange(8).reshape(shape)):
            for flat in (False, True):
                section = dump(array, "a.b-c", flat=flat) + b"\n# what comes next\n\n"
                assert_same(load(section, array), array)


@unhurried
@given(arrays(), st.booleans())
def test_the_fast_way_and_yaml_give_the_same_value(array: NDArray[Any], flat: bool) -> None:
    section = dump(array, flat=flat)
    fast, slow = load_section(section), yaml_text.load(section)
    assert {"x": repr(fast)} == {"x": repr(slow["x"])}  # type: ignore[index]


# What other tools wrote


def by_pyyaml(text: bytes, flow: bool | None = False) -> bytes:
    value = yaml.safe_load(text)
    return yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True).encode()


def by_ruamel(text: bytes) -> bytes:
    stream = StringIO()
    YAML().dump(YAML().load(text), stream)
    return stream.getvalue().encode()


def by_js_yaml(text: bytes) -> bytes:
    return js_yaml_prints("require(process.argv[1]).dump(x)", text).encode()


@pytest.mark.parametrize(
    "rewrite",
    [
        by_pyyaml,
        lambda text: by_pyyaml(text, flow=None),
        lambda text: by_pyyaml(text, flow=None).replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"%YAML 1.2\n--- # ours\n\n" + text,
        by_ruamel,
        by_js_yaml,
    ],
    ids=["block", "flow", "Windows flow", "Windows ours", "preamble", "ruamel", "js-yaml"],
)
def test_a_file_that_another_tool_wrote_anew_still_reads(
    rewrite: Callable[[bytes], bytes],
) -> None:
    tensors = {
        "cube": np.array([[[1, 1e-7], [-0.0, 1e20]], [[0.1, -math.inf], [5, math.nan]]]),
        "vector": np.array([1e-30, 3.4e38], np.float32),
        "scalar": np.array(-7),
        "a key: odd": np.array([2**53 - 1, -5]),
        "empty": np.zeros((0, 3)),
        "flat": np.array([[1.5, 2], [3, 4]]),
    }
    words = ["no", "1:30", "012", "~", "2020-01-01", "a\nb", "王"]
    written = b"".join(dump(a, name, flat=name == "flat") for name, a in tensors.items())

    again = sections(rewrite(written + yaml_text.dump({"words": words}).encode()))

    assert set(again) == {*tensors, "words"}
    assert load_section(again["words"]) == words
    for name, array in tensors.items():
        assert_same(load(again[name], array), array)


@pytest.mark.parametrize(
    "text",
    [
        "x:\n  - [1.0, 2.0]\n  - [3.0, 4.0] # a note\n",
        "x:\n- [1.0, 2.0]\n- [3.0, 4.0]\n",
        "x:\n    - [1.0, 2.0]\n    - [3.0, 4.0]\n",
        "x:\n  - [1.0, 2.0]\n\n  # a note\n  - [3.0, 4.0]\n",
        "x: [[1.0, 2.0], [3.0, 4.0]]\n",
        "x: [[1.0, 2.0],\n  [3.0, 4.0]]\n",
        "x:\n  [[1, 2], [3, 4]]\n",
        "x:\n  - [+1.0, 2e0]\n  - [3., 0x4]\n",
        "x: {shape: [2, 2], data: [1, 2, 3, 4]}\n",
        "x:\n  data: [1, 2, 3, 4]\n  shape: [2, 2]",
        "'x' : # a note\n  - - 1\n    - 2\n  - - 3\n    - 4",
        "x: # [pos, key] = [2, 2]\n  - [1.0, 2.0]\n  - [3.0, 4.0]",
    ],
)
def test_other_spellings_of_a_tensor_are_read(text: str) -> None:
    expected = np.array([[1, 2], [3, 4]], np.float32)
    assert_same(load_tensor(text.encode(), "float32", (2, 2)), expected)


@pytest.mark.parametrize(
    ("text", "dtype", "message"),
    [
        ("x:\n  - [1.0, 2.0]\n", "float32", r"shape \[2, 2\], found \[1, 2\]"),
        ("x: 1.0\n", "float32", r"shape \[2, 2\], found \[\]"),
        ("x:\n  - [1.0, 2.0]\n  - [3.0]\n", "float32", "different lengths"),
        ("x: [[1, 2], 3]\n", "int64", "different lengths"),
        ("x:\n  shape: [4]\n  data: [1, 2, 3, 4]\n", "float32", r"found \[4\]"),
        ("x:\n  shape: [2, 2]\n  data: [1, 2, 3]\n", "float32", "4 numbers, found 3"),
        ("x:\n  shape: [2, 2]\n  data: [[1, 2], [3, 4]]\n", "float32", "numbers"),
        ("x:\n  shape: [2, 2]\n", "float32", "numbers, found {'shape'"),
        ('x: [["1.0", 2.0], [3.0, 4.0]]\n', "float32", "numbers, found '1.0'"),
        ('x:\n  - ["-", 2.0]\n  - [3.0, 4.0]\n', "float32", "numbers, found '-'"),
        ("x:\n  - [true, 2.0]\n  - [3.0, 4.0]\n", "float32", "numbers, found True"),
        ("x:\n  - [null, 2.0]\n  - [3.0, 4.0]\n", "float32", "numbers, found None"),
        ("x:\n  - [inf, 2.0]\n  - [3.0, 4.0]\n", "float32", "numbers, found 'inf'"),
        ("x:\n  - [1.0.0, 2.0]\n  - [3.0, 4.0]\n", "float32", "numbers, found '1.0.0'"),
        ("x:\n  - [1.0, 2.0], [3.0, 4.0]\n  - 5\n", "float32", "not YAML"),
        ("x:\n  - [1.0, 2.0], [3.0, 4.0]\n", "float32", "not YAML"),
        ("x:\n  - [1.0, 2.0]\n  * [3.0, 4.0]\n", "float32", "not YAML"),
        ("x:\n  - - [1.0, 2.0]\n   -  [3.0, 4.0]\n", "float32", "not YAML"),
        ("x: 5\n  - [1.0, 2.0]\n  - [3.0, 4.0]\n", "float32", "numbers, found '5 - "),
        ("x: [1.0, 2.0] # note\n  - [3.0, 4.0]\n", "float32", "not YAML"),
        ("x:\n  - [1.0, 2.0]\n  - [3.0, 4.0\n", "float32", "not YAML"),
        ("x:\n    - [1.0, 2.0]\n  - [3.0, 4.0]\n", "float32", "not YAML"),
        ("x:\n  - [1.0, 2.0]\ny: 1\n", "float32", "one section"),
        ("x:\n  - [1.0, 2.0]\n  - [3.0, 1e300]\n", "float32", "too large for float32"),
        (f"x:\n  - [1, 2]\n  - [3, {10**400}]\n", "float64", "too large"),
        ("x:\n  - [1, 2]\n  - [3, 4.5]\n", "int64", "whole numbers"),
        (f"x:\n  - [1, 2]\n  - [3, {2**63}]\n", "int64", "whole numbers"),
        (f"x:\n  - [1, 2]\n  - [-3, {2**63}]\n", "int64", "whole numbers"),
        (f"x: [[{2**63}, {2**63}], [{2**63}, {2**63}]]\n", "int64", "whole numbers"),
        ("- 1\n", "float32", "section"),
    ],
)
def test_a_section_that_is_not_the_tensor_is_a_data_error(
    text: str, dtype: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        load_tensor(text.encode(), dtype, (2, 2))


# Sections

keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
structures = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | keys,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)


@unhurried
@given(st.dictionaries(keys, structures | arrays(), max_size=6))
def test_a_file_is_cut_into_the_sections_it_was_made_of(values: dict[str, Any]) -> None:
    parts = {
        name: dump(value, name)
        if isinstance(value, np.ndarray)
        else yaml_text.dump({name: value}).encode()
        for name, value in values.items()
    }
    assert sections(b"# made by glasspage\n" + b"".join(parts.values())) == parts
    for name, value in values.items():
        if not isinstance(value, np.ndarray):
            assert load_section(parts[name]) == value


def test_a_section_ends_where_the_next_begins() -> None:
    text = b"""\
%YAML 1.2
---
# about the file
a: 1   # note
# about b

"b: \\"x\\"": # note
- [1]
- 2
'it''s' :
  c:
    d: |
      e: 1
  # indented
\xe7\x8e\x8b-1: {
  f: 2,
}
last: "x"
"""
    found = sections(text)
    assert list(found) == ["a", 'b: "x"', "it's", "王-1", "last"]
    assert found['b: "x"'] == b'"b: \\"x\\"": # note\n- [1]\n- 2\n'
    assert found["last"] == b'last: "x"\n'
    assert {name: load_section(part) for name, part in found.items()} == yaml_text.load(text)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# nothing\n", b"---\n", b"\xef\xbb\xbf"])
def test_a_file_without_sections_has_none(text: bytes) -> None:
    assert sections(text) == {}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"a: 1\nb: 2\n\na: 3\n", 4, "second section 'a'"),
        (b"# c\na: 1\n---\nb: 2\n", 3, "expected a section"),
        (b"- 1\n- 2\n", 1, "expected a section"),
        (b"# c\n\n  a: 1\n  b: 2\n", 3, "expected a section"),
        (b"{a: 1}\n", 1, "expected a section"),
        (b"a: 1\nb\n", 2, "expected a section"),
        (b"a: 1\nhttp://x\n", 2, "expected a section"),
        (b"a: 1\n\xff: 1\n", 2, "UTF-8"),
        (b'a: 1\n"\\q": 1\n', 2, "not YAML"),
    ],
)
def test_a_file_that_cannot_be_cut_is_a_data_error_with_its_line(
    text: bytes, line: int, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        sections(text)
    assert caught.value.line == line


def test_cutting_does_not_parse() -> None:
    assert sections(b"a: [[[\nb: 1\n") == {"a": b"a: [[[\n", "b": b"b: 1\n"}


def test_a_broken_section_is_a_data_error_that_names_it() -> None:
    with pytest.raises(DataError, match=r"^steps: .*\(line 2 of this section\)"):
        load_section(b"steps:\n  - a: b: c\n")


# All readers

EVERY_KIND = {
    "Cube.x": np.array([[[1, 1e-7], [-0.0, 1e20]], [[0.1, -math.inf], [math.inf, math.nan]]]),
    "steps[0].wide": np.array([[1e-45, 3.4028235e38], [7.038531e-26, 1.5]], np.float32),
    "empty": np.zeros((0, 3), np.float32),
    "row": np.array([2**53, -1, 0]),
    "one": np.array(5e-324),
}


def every_kind(flat: bool) -> bytes:
    return b"".join(dump(array, name, flat=flat) for name, array in EVERY_KIND.items())


def assert_reads_every_kind(printed: str, flat: bool) -> None:
    """`printed` is a line for each number: the section's name, a space, the number."""
    found: dict[str, list[str]] = {}
    for line in printed.splitlines():
        name, text = line.split()
        found.setdefault(name, []).append(text)
    for name, array in EVERY_KIND.items():
        texts = found.pop(name, [])
        if (flat or array.size == 0) and array.ndim:
            shape, texts = texts[: array.ndim], texts[array.ndim :]
            assert shape == [str(n) for n in array.shape]
        numbers = np.array([float(text) for text in texts]).astype(array.dtype)
        assert_same(numbers.reshape(array.shape), array)
    assert not found


@pytest.mark.parametrize("flat", [False, True], ids=["nested", "flat"])
def test_hugo_reads_tensors_as_they_were_written(tmp_path: Path, flat: bool) -> None:
    template = """
    {{- define "walk" -}}
      {{- $name := .name -}}
      {{- if reflect.IsMap .value -}}
        {{- template "walk" (dict "name" $name "value" .value.shape) -}}
        {{- template "walk" (dict "name" $name "value" .value.data) -}}
      {{- else if reflect.IsSlice .value -}}
        {{- range .value }}{{ template "walk" (dict "name" $name "value" .) }}{{ end -}}
      {{- else -}}
        {{- printf "%s %v\\n" $name .value -}}
      {{- end -}}
    {{- end -}}
    {{- range $name, $value := hugo.Data.x -}}
      {{- template "walk" (dict "name" $name "value" $value) -}}
    {{- end -}}
    """
    assert_reads_every_kind(hugo_prints(template, every_kind(flat), tmp_path), flat)


@pytest.mark.parametrize("flat", [False, True], ids=["nested", "flat"])
def test_js_yaml_reads_tensors_as_they_were_written(flat: bool) -> None:
    expression = """Object.entries(x).flatMap(([name, value]) =>
        (value.data ? [value.shape, value.data] : [value]).flat(9)
        .map(n => name + ' ' + (Object.is(n, -0) ? '-0' : n))).join('\\n')"""
    assert_reads_every_kind(js_yaml_prints(expression, every_kind(flat)), flat)


# Hugo's limit


def depths(value: Any, depth: int = 0) -> Counter[int]:
    if not isinstance(value, dict | list):
        return Counter()
    items = value.values() if isinstance(value, dict) else value
    return sum((depths(item, depth + 1) for item in items), Counter({depth: 1}))


@unhurried
@given(st.lists(st.tuples(shapes, st.booleans()), min_size=1, max_size=4), structures)
def test_the_collections_are_those_of_the_file(
    tensors: list[tuple[tuple[int, ...], bool]], other: Any
) -> None:
    text = yaml_text.dump({"other": other}).encode()
    counted = Counter({0: 1}) + collections_of(other)
    for n, (shape, flat) in enumerate(tensors):
        text += dump(np.zeros(shape), f"x{n}", flat=flat)
        counted += collections(shape, flat)
    assert counted == depths(yaml.load(text, yaml.CSafeLoader))


def file_at_the_limit(more: int = 0) -> dict[str, NDArray[Any]]:
    """Tensors of several ranks with `HUGO_LIMIT` lists at depth 3, and so many `more`."""
    return {
        "cube": np.ones((40, 100, 2)),
        "four": np.ones((10, 200, 1, 3)),
        "also": np.ones((40, 100, 1)) if more == 0 else np.ones((40 + more, 100, 1)),
        "row": np.ones(12_000),
    }


def hugo_counts(tensors: dict[str, NDArray[Any]], flat: set[str], folder: Path) -> dict[str, int]:
    text = b"".join(dump(a, name, flat=name in flat) for name, a in tensors.items())
    template = "{{ range $k, $v := hugo.Data.x }}{{ $k }} {{ len $v }} {{ end }}"
    words = hugo_prints(template, text, folder).split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def shapes_of(tensors: dict[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in tensors.items()}


def test_hugo_reads_a_file_just_at_the_limit(tmp_path: Path) -> None:
    tensors = file_at_the_limit()
    assert choose_flat(shapes_of(tensors)) == set()
    counts = hugo_counts(tensors, set(), tmp_path)
    assert counts == {"cube": 40, "four": 10, "also": 40, "row": 12_000}


def test_hugo_refuses_a_file_past_the_limit_and_reads_it_flat(tmp_path: Path) -> None:
    tensors = file_at_the_limit(more=1)
    with pytest.raises(RuntimeError, match="too many YAML aliases"):
        hugo_counts(tensors, set(), tmp_path / "nested")
    flat = choose_flat(shapes_of(tensors))
    assert flat == {"also"}
    counts = hugo_counts(tensors, flat, tmp_path / "flat")
    assert counts == {"cube": 40, "four": 10, "also": 2, "row": 12_000}


def test_the_tensors_with_the_most_lists_become_flat_first_and_no_more_than_needed() -> None:
    assert choose_flat({"a": (6000, 2), "b": (5000, 2)}) == {"a"}
    assert choose_flat({"a": (5000, 2), "b": (6000, 2)}) == {"b"}
    assert choose_flat({"b": (6000, 2), "a": (6000, 2)}) == {"a"}
    assert choose_flat({"b": (10_000, 2), "a": (10_000, 2), "c": (9_990, 2)}) == {"a", "b"}
    assert choose_flat({"a": (5000, 2), "b": (5000, 2)}) == set()
    assert choose_flat({"a": (10_001, 2)}) == {"a"}
    assert choose_flat({"a": (10_000, 2)}) == set()


def test_only_tensors_that_help_become_flat() -> None:
    deep = {"deep": (1, 9_000, 2), "wide": (6000, 2), "wider": (6000, 2), "row": (20_000,)}
    assert choose_flat(deep) == {"wide"}


def test_other_sections_count_too() -> None:
    tokens = [{"id": n} for n in range(5000)]
    assert choose_flat({"a": (5000, 2)}, collections_of(tokens)) == set()
    assert choose_flat({"a": (5001, 2)}, collections_of(tokens)) == {"a"}


def test_a_file_too_large_for_hugo_however_written_is_a_data_error() -> None:
    with pytest.raises(DataError, match="10001 lists and maps at nesting depth 1"):
        choose_flat({f"x{n}": (2,) for n in range(10_001)})
