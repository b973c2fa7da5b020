"""Structured data <-> YAML text that PyYAML, ruamel.yaml, Hugo and js-yaml all read alike.

No existing writer manages that: `json.dumps` and `yaml.safe_dump` each leave something (U+0085,
`1e-07`, `no`) that one of the readers takes for something else. So the few rules are kept here.
"""

from __future__ import annotations

import math
import re

import yaml

from generator.errors import DataError

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML was built without libyaml: slower, same result
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

# A line longer than this is broken up, where there is something to break.
WIDTH = 100

# YAML wants an unmarked key to end within 1024 characters.
_LONGEST_KEY = 1000

# Characters that some reader drops, changes or refuses when they stand as they are, and those that
# a person could not see or that turn the text around.
_ESCAPED = re.compile(
    '["\\\\\x00-\x1f\x7f-\xa0\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069'
    "\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]"
)
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset(["yes", "no", "on", "off", "y", "n", "true", "false", "null", "nan", "inf"])


def quote(text: str) -> str:
    """`text` as a double-quoted YAML string, in one line. A lone surrogate becomes U+FFFD."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in '"\\':
        return "\\" + char
    if code < 0xA0:
        return f"\\x{code:02X}"
    return "\\uFFFD" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04X}"


def number(value: int | float) -> str:
    """`value` as the shortest text that every reader takes for the same number.

    A float has a `.` in its mantissa and a sign in its exponent, for `1e-07` and `1e5` are strings
    to some readers. Raises TypeError for anything but a plain int or float, ValueError for an int
    of more than 64 bits.
    """
    if type(value) is int:
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"{value} does not fit 64 bits; write it as a string")
        return str(value)
    if type(value) is not float:
        raise TypeError(f"expected an int or a float, not {type(value).__name__}")
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    if not e:
        return mantissa
    point = "" if "." in mantissa else ".0"
    return f"{mantissa}{point}e{int(exponent):+d}"


def key(text: str) -> str:
    """`text` as the key of a mapping: quoted only where a reader could take it for anything else.

    Raises TypeError if it is no string, ValueError if it is too long for a key.
    """
    if type(text) is not str:
        raise TypeError(f"the keys of a YAML mapping are strings here, not {type(text).__name__}")
    plain = _PLAIN_KEY.fullmatch(text) and text.lower() not in _WORDS
    name = text if plain else quote(text)
    if len(name) > _LONGEST_KEY:
        raise ValueError(f"a key of {len(name)} characters is too long: {name[:40]}…")
    return name


def dump(value: object, indent: int = 0) -> str:
    """`value` as YAML lines, each indented by `indent` spaces and ended by a newline.

    `value` is made of dict (in its order), list, str, int, float, bool and None; anything else,
    NumPy scalars and subclasses among it, raises TypeError. Mappings are in block style, but those
    in a list take one line each if all of them fit; so do lists of numbers.
    """
    return "".join(f"{' ' * indent}{line}\n" for line in _lines(value, WIDTH - indent))


def load(text: str | bytes) -> object:
    """The value that `text` means by the core schema of YAML 1.2.

    That is how most tools write, so a file of ours that they wrote anew says the same: `no` and
    `1:30` are strings, `1e-7` is a number. Raises DataError, with the line in `text`.
    """
    try:
        return yaml.load(text, _CoreLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        raise DataError(
            f"this is not YAML that can be read: {problem}",
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error


def _lines(value: object, room: int) -> list[str]:
    """The lines of `value`, which have `room` columns."""
    text = _one_line(value, room)
    if text is not None:
        return [text]
    if type(value) is dict:
        return [line for name, item in value.items() for line in _entry(name, item, room)]
    assert type(value) is list
    return _items(value, room)


def _entry(name: str, value: object, room: int) -> list[str]:
    """The lines of one `name: value` of a mapping."""
    start = key(name) + ":"
    text = _one_line(value, room - len(start) - 1)
    if text is not None:
        return [f"{start} {text}"]
    return [start, *("  " + line for line in _lines(value, room - 2))]


def _items(values: list[object], room: int) -> list[str]:
    """The lines of a list. Its mappings look alike: all in one line each, or none."""
    maps = [_small_map(value, room - 2) for value in values]
    if None not in maps:
        return [f"- {text}" for text in maps]
    lines = []
    for value in values:
        first, *others = _lines(value, room - 2)
        lines += [f"- {first}", *("  " + line for line in others)]
    return lines


def _one_line(value: object, room: int) -> str | None:
    """A scalar, an empty collection or a list of numbers that fits; None for anything else."""
    if type(value) is dict:
        return None if value else "{}"
    if type(value) is list:
        if any(type(item) in (dict, list, str) for item in value):
            return None
        text = f"[{', '.join(_scalar(item) for item in value)}]"
        return text if len(text) <= room else None
    return _scalar(value)


def _small_map(value: object, room: int) -> str | None:
    """`{a: 1, b: "x"}`, if `value` is a mapping without deeper ones that fits; None otherwise."""
    if type(value) is not dict:
        return None
    parts = []
    for name, item in value.items():
        text = _one_line(item, room)
        if text is None:
            return None
        parts.append(f"{key(name)}: {text}")
    line = f"{{{', '.join(parts)}}}"
    return line if len(line) <= room else None


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is str:
        return quote(value)
    if type(value) is int or type(value) is float:
        return number(value)
    raise TypeError(f"{type(value).__name__} cannot be written as YAML: {value!r}")


def _core_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    based = text.startswith(("0o", "0x"))  # int(…, 0) would refuse 012
    return int(text, 0 if based else 10)


def _core_resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """What a plain scalar is, by its first character, in the form that PyYAML keeps it."""
    kinds = (
        ("null", ["", *"nN~"], r"(?:null|Null|NULL|~|)$"),
        ("bool", [*"tTfF"], r"(?:true|True|TRUE|false|False|FALSE)$"),
        ("int", [*"-+0123456789"], r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
        (
            "float",
            [*"-+.0123456789"],
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        ),
    )
    resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for kind, firsts, pattern in kinds:
        for first in firsts:
            meaning = (f"tag:yaml.org,2002:{kind}", re.compile(pattern))
            resolvers.setdefault(first, []).append(meaning)
    return resolvers


class _CoreLoader(_SafeLoader):
    """PyYAML with the core schema of YAML 1.2 in place of its own of 1.1."""

    yaml_implicit_resolvers = _core_resolvers()
    yaml_constructors = {  # noqa: RUF012  (so declared by PyYAML)
        **_SafeLoader.yaml_constructors,
        "tag:yaml.org,2002:int": _core_int,
    }
