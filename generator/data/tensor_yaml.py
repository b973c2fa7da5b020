"""Named arrays <-> sections of a YAML file: fast, exact, one row a line.

    blocks.0.attn.pattern: # [head, query, key] = [2, 2, 2]
      - - [1.0, 0.0]
        - [0.56, 0.44]
      - - [1.0, 0.0]
        - [0.5, 0.5]
    blocks.0.ln1.mean: [0.1, 0.2, 0.3] # [pos] = [3]
    logits: # [pos, d_vocab] = [2, 3]
      shape: [2, 3]
      data: [
        1.0, 2.0, 3.0,
        4.0, 5.0, 6.0]

The last is the flat form: for arrays with a dimension of 0, and for those that would take a file
past `HUGO_LIMIT`. A YAML library writes and reads such files some fifty times slower than JSON's,
so orjson does the numbers, and the few bytes in which YAML differs are mended here. What another
tool wrote anew is read by the YAML library.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from generator.data import yaml_text
from generator.errors import DataError

# Hugo refuses a file with more lists and maps, counted together, at one nesting depth: it takes
# them for aliases of one another. Empty ones count, scalars do not, other depths do not.
HUGO_LIMIT = 10_000

_DTYPES = ("float32", "float64", "int64")
_MAX_RANK = 4

# The one float32 (0x15ae43fd) whose shortest text, read as a double and rounded, is another one.
_ODD_SHORTEST, _ODD_EXACT = b"7.038531e-26", b"7.03853069e-26"

# How YAML spells what JSON cannot, and the string that stands for it while orjson reads. The longer
# word first: it contains the other.
_NON_FINITE = (
    (b"-.inf", b'"-"', -math.inf),
    (b".inf", b'"+"', math.inf),
    (b".nan", b'"?"', math.nan),
)

# Directives, comments, the mark of a document's start: what may stand before the first section.
_PREAMBLE = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?:%[^\n]*|(?:---)?[ \t\r]*(?:#[^\n]*)?)\n)*")
# What precedes a section: a line's end, if the next line is not blank or indented, a comment, the
# end of a flow collection, or the item of a list, which other tools do not indent.
_SECTION_START = re.compile(rb"\n(?=[^\s#\]}-]|-[^\s])")
_KEY = re.compile(
    rb"""("(?:[^"\\\n]|\\.)*" | '(?:[^'\n]|'')*' | [^\s"'\#?&*!|>%@`\[\]{},-][^\n]*?)
         [ \t]* : (?=\s|\Z)""",
    re.VERBOSE,
)
_COMMENT = re.compile(rb"[ \t]*(?:#.*)?")
_ROW_AFTER_KEY = re.compile(rb" (\[[^\]]*\])(?: #.*)?")
_FLAT_START = re.compile(rb"  shape: (\[[0-9, ]*\])\n  data: (?=\[)")


def dump_tensor(
    name: str, array: NDArray[Any], dims: tuple[str, ...], *, flat: bool = False
) -> bytes:
    """The section that says `array`, whose axes are called `dims`.

    `array` has any shape of rank 0 to 4 and dtype float32, float64 or int64; read as doubles and
    rounded to its dtype, the numbers are its very bits (NaNs are all one). A rank of 0 is written
    alike with `flat` and without. Raises TypeError for another dtype, ValueError for another rank.
    """
    if array.dtype not in _DTYPES:
        raise TypeError(f"{name}: expected one of {', '.join(_DTYPES)}, not {array.dtype}")
    if array.ndim > _MAX_RANK or array.ndim != len(dims):
        raise ValueError(f"{name}: shape {array.shape} does not fit the dimensions {dims}")
    if not all(dim.isprintable() for dim in dims):
        raise ValueError(f"{name}: a dimension's name must fit on a line: {dims}")
    key = yaml_text.key(name).encode()
    if array.ndim == 0:
        return b"%s: %s\n" % (key, _rows(array.reshape(1))[0])
    comment = f"# [{', '.join(dims)}] = {list(array.shape)}".encode()
    rows = _rows(array)
    if flat or array.size == 0:
        shape = str(list(array.shape)).encode()
        lead = b"\n    " if rows else b""
        data = lead + b",\n    ".join(rows)
        return b"%s: %s\n  shape: %s\n  data: [%s]\n" % (key, comment, shape, data)
    if array.ndim == 1:
        return b"%s: [%s] %s\n" % (key, rows[0], comment)
    starts = _row_starts(array.shape[:-1])
    lines = b"]\n".join([start + row for start, row in zip(starts, rows, strict=True)])
    return b"%s: %s\n%s]\n" % (key, comment, lines)


def collections(shape: Sequence[int], flat: bool) -> Counter[int]:
    """How many lists and maps the section of an array of `shape` has at each nesting depth.

    The file's own map is depth 0, so the value of a section is depth 1.
    """
    if len(shape) == 0:
        return Counter()
    if flat or 0 in shape:
        return Counter({1: 1, 2: 2})
    return Counter({depth + 1: math.prod(shape[:depth]) for depth in range(len(shape))})


def collections_of(value: object, depth: int = 1) -> Counter[int]:
    """The same count for the section of any other `value`, made of dict, list and scalars."""
    if not isinstance(value, dict | list):
        return Counter()
    count = Counter({depth: 1})
    for item in value.values() if isinstance(value, dict) else value:
        count.update(collections_of(item, depth + 1))
    return count


def choose_flat(
    shapes: Mapping[str, Sequence[int]], others: Mapping[int, int] | None = None
) -> set[str]:
    """The names of those arrays of one file that must be flat for Hugo to read it.

    `others` counts the collections of the file's other sections (`collections_of`). The arrays with
    the most lists become flat first; of those with as many, the first by name. Raises DataError
    if the file is too large even so.
    """
    total = Counter(others or {})
    for shape in shapes.values():
        total.update(collections(shape, flat=False))
    flat = set()
    for name in sorted(shapes, key=lambda name: (-collections(shapes[name], False).total(), name)):
        over = [depth for depth, count in total.items() if count > HUGO_LIMIT]
        if not over:
            break
        before, after = collections(shapes[name], flat=False), collections(shapes[name], flat=True)
        if any(after[depth] < before[depth] for depth in over):
            flat.add(name)
            total.update(after)
            total.subtract(before)
    depth, most = max(total.items(), key=lambda item: item[1], default=(0, 0))
    if most > HUGO_LIMIT:
        raise DataError(
            f"{most} lists and maps at nesting depth {depth} of one YAML file; "
            f"Hugo reads no more than {HUGO_LIMIT}",
            hint="write fewer tensors into one file.",
        )
    return flat


def sections(text: bytes) -> dict[str, bytes]:
    """Cut a YAML file into its top-level sections, by key, in their order.

    Each section is a YAML file of its own that begins with its key. They are not parsed: only the
    first characters of lines are looked at. Raises DataError, with the line, if it is another kind
    of YAML.
    """
    preamble = _PREAMBLE.match(text)
    body = text[preamble.end() :] if preamble else text
    lines_before = text.count(b"\n", 0, len(text) - len(body))
    cuts = [0, *(match.end() for match in _SECTION_START.finditer(body)), len(body)]
    found: dict[str, bytes] = {}
    for start, end in pairwise(cuts if body else ()):
        section = body[start:end]
        try:
            name = _name_of(section)
            if name in found:
                raise DataError(f"a second section {name!r}")
        except DataError as error:
            error.line = lines_before + body.count(b"\n", 0, start) + 1
            raise
        found[name] = section
    return found


def load_section(section: bytes) -> object:
    """The value of one section, as YAML has it.

    A tensor is nested lists of numbers; in flat form it is a dict of its `shape` and `data`. Raises
    DataError if the text is no YAML, or not one section.
    """
    own = _own_form(section)
    return _any_form(section) if own is None else own


def load_tensor(section: bytes, dtype: str, shape: Sequence[int]) -> NDArray[Any]:
    """The array of `shape` and `dtype` (float32, float64 or int64) that a section says.

    Raises DataError if the text is no YAML, of another shape, or of what does not fit `dtype`.
    """
    if dtype not in _DTYPES:
        raise ValueError(f"expected one of {', '.join(_DTYPES)}, not {dtype}")
    name = _name_of(section)
    value = _own_form(section)
    if value is None:
        value = _any_form(section)
        _expect_numbers(name, value["data"] if _is_flat(value) else value)
    if not _is_flat(value):
        array = _as_array(name, value, dtype)
        _expect_shape(name, shape, list(array.shape))
        return array
    _expect_shape(name, shape, value["shape"])
    array = _as_array(name, value["data"], dtype)
    if array.shape != (math.prod(shape),):
        raise DataError(f"{name}: expected {math.prod(shape)} numbers, found {array.size}")
    return array.reshape(shape)


# Writing


def _rows(array: NDArray[Any]) -> list[bytes]:
    """The numbers of each row (along the last axis) of an array of rank 1 or more, `1.0, 2.0`."""
    if array.size == 0:
        return []
    table = np.ascontiguousarray(array).reshape(-1, array.shape[-1])
    text = orjson.dumps(table, option=orjson.OPT_SERIALIZE_NUMPY)
    if array.dtype.kind == "f":
        text = _spell_exponents(text)
        text = _spell_non_finite(text, table)
    if array.dtype == np.float32:
        text = text.replace(_ODD_SHORTEST, _ODD_EXACT)
    return text.replace(b",", b", ")[2:-2].split(b"], [")


def _spell_exponents(text: bytes) -> bytes:
    """`1e-7` as `1.0e-7`, `1.5e16` as `1.5e+16`: else they are strings to some readers."""
    if b"e" not in text:
        return text
    chars = np.frombuffer(text, np.uint8)
    at = np.flatnonzero(chars == ord("e"))
    no_point = at[~np.isin(chars[at - 2], np.frombuffer(b".0123456789", np.uint8))]
    no_sign = at[~np.isin(chars[at + 1], np.frombuffer(b"+-", np.uint8))] + 1
    missing = np.repeat(np.frombuffer(b".0+", np.uint8), [len(no_point)] * 2 + [len(no_sign)])
    return np.insert(chars, np.concatenate([no_point, no_point, no_sign]), missing).tobytes()


def _spell_non_finite(text: bytes, array: NDArray[Any]) -> bytes:
    """`.nan`, `.inf` and `-.inf` where orjson wrote null."""
    odd = array[~np.isfinite(array)]
    if odd.size == 0:
        return text
    words = [b".nan" if math.isnan(x) else b".inf" if x > 0 else b"-.inf" for x in odd.tolist()]
    if len(set(words)) == 1:  # the masked scores of attention
        return text.replace(b"null", words[0])
    pieces = text.split(b"null")
    pairs = zip(pieces, [*words, b""], strict=True)
    return b"".join([part for pair in pairs for part in pair])


def _row_starts(counts: Sequence[int]) -> list[bytes]:
    """What stands before the numbers of each row; `counts` is the shape without its last axis."""
    starts = [b"["]
    for count in reversed(counts):
        block = [b"- " + starts[0], *[b"  " + start for start in starts[1:]]]
        starts = block * count
    return [b"  " + start for start in starts]


# Reading


def _name_of(section: bytes) -> str:
    """The key of a section. Raises DataError if it does not begin with one."""
    key = _KEY.match(section)
    if not key:
        raise DataError(
            "expected a section, `key: value`, here",
            hint="a data file is one YAML document, a mapping in block style.",
        )
    if key[1][:1] in (b'"', b"'"):
        return str(yaml_text.load(key[1]))
    try:
        return key[1].decode()
    except UnicodeDecodeError as error:
        raise DataError("this key is not UTF-8") from error


def _any_form(section: bytes) -> Any:
    """The value of a section, read by the YAML library."""
    name = _name_of(section)
    try:
        value = yaml_text.load(section)
    except DataError as error:
        where = f" (line {error.line} of this section)" if error.line else ""
        raise DataError(f"{name}: {error.message}{where}") from error
    if not isinstance(value, dict) or len(value) != 1:
        raise DataError(f"{name}: expected one section, found more")
    return next(iter(value.values()))


def _own_form(section: bytes) -> Any:
    """The value of a tensor's section that is just as `dump_tensor` writes it; otherwise None."""
    head, _, body = section.partition(b"\n")
    key = _KEY.match(head)
    if not key:
        return None
    rest, body = head[key.end() :], _without_tail(body)
    row = _ROW_AFTER_KEY.fullmatch(rest)
    if row:
        rows = None if body else _parse_rows([row[1]])
        return rows and rows[0]
    if not _COMMENT.fullmatch(rest):
        return None
    if body.startswith(b"  - "):
        return _parse_nested(body)
    return _parse_flat(body)


def _without_tail(body: bytes) -> bytes:
    """`body` without the empty lines and comments that precede the next section."""
    while body.endswith(b"\n") or body.startswith(b"#", body.rfind(b"\n") + 1):
        last = body.rfind(b"\n") + 1
        body = body[: last - 1] if last else b""
    return body


def _parse_nested(body: bytes) -> list[Any] | None:
    """The lists that rows of one length of indentation and dashes say, or None."""
    lines = body.split(b"\n")
    width = body.find(b"[")
    above = width // 2 - 1  # lists around the rows
    # A row that opens a new list has a dash for it, and one that does not is indented instead.
    level_of = {b"  " * (n + 1) + b"- " * (above - n): n for n in range(above)}
    levels = [level_of.get(line[:width], -1) for line in lines]
    if -1 in levels:
        return None
    rows = _parse_rows([line[width:] for line in lines])
    if rows is None or above == 1:
        return rows
    top: list[Any] = []
    opened = [top]
    for level, row in zip(levels, rows, strict=True):
        del opened[level + 1 :]
        while len(opened) < above:
            inner: list[Any] = []
            opened[-1].append(inner)
            opened.append(inner)
        opened[-1].append(row)
    return top


def _parse_flat(body: bytes) -> dict[str, Any] | None:
    """The `shape` and `data` of a tensor in flat form, or None."""
    start = _FLAT_START.match(body)
    rows = _parse_rows([start[1], body[start.end() :]]) if start else None
    return {"shape": rows[0], "data": rows[1]} if rows else None


def _parse_rows(rows: list[bytes]) -> list[list[float]] | None:
    """The numbers of rows that are each `[1.0, 2.0]`; None if one is anything else."""
    text = b"[" + b",".join(rows) + b"]"
    words = text.translate(None, b"0123456789.,+-e []\n")
    if words.replace(b"nan", b"").replace(b"inf", b""):
        return None
    if not text.count(b"[") == text.count(b"]") == len(rows) + 1:
        return None
    if {row[:1] + row[-1:] for row in rows} != {b"[]"}:
        return None
    for spelling, stand_in, _ in _NON_FINITE if words else ():
        text = text.replace(spelling, stand_in)
    try:
        parsed: list[list[Any]] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not words:
        return parsed
    meaning = {stand_in.decode()[1:-1]: value for _, stand_in, value in _NON_FINITE}
    return [[meaning[x] if isinstance(x, str) else x for x in row] for row in parsed]


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"shape", "data"}


def _expect_numbers(name: str, value: object) -> None:
    """Raise DataError unless `value` is numbers, in lists or not."""
    if isinstance(value, list):
        for item in value:
            _expect_numbers(name, item)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{name}: expected numbers, found {reprlib.repr(value)}")


def _expect_shape(name: str, expected: Sequence[int], found: object) -> None:
    if list(expected) != found:
        raise DataError(f"{name}: expected the shape {list(expected)}, found {found}")


def _as_array(name: str, value: Any, dtype: str) -> NDArray[Any]:
    """Numbers in nested lists as an array. Raises DataError where one does not fit."""
    try:
        if dtype == "int64":
            return _as_integers(name, np.array(value))
        exact = np.array(value, np.float64)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{name}: rows of different lengths, or a number too large") from error
    with np.errstate(over="ignore"):
        array = exact.astype(dtype)
    if np.any(np.isinf(array) & np.isfinite(exact)):
        raise DataError(f"{name}: a number is too large for {dtype}")
    return array


def _as_integers(name: str, array: NDArray[Any]) -> NDArray[np.int64]:
    if array.size and array.dtype != np.int64:  # an empty list says nothing of its type
        raise DataError(f"{name}: expected whole numbers of 64 bits, found others")
    return array.astype(np.int64)
