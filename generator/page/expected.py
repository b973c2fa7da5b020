"""What a diagram takes: its component says it in one place, and every call is held to it.

    {% set takes = {
      "rows": [{"label": "text", "share": "number from 0 to 1"}],
      "names": ["text", "one for each of rows"],
      "most": "plain whole number from 1",
    } %}

A mapping has these keys. A list holds one or more of what stands in it first; a second entry says
how many, `one for each of NAME` or `exactly N`. A text is a kind:

- `text`, which says something; `text or nothing` may be empty;
- `number`, `numbers`, `matrix`: a value of the data of no, one or two dimensions. Before it may
  stand `finite` or `whole`, behind it `from A` or `above A`, `to B`, `, one for each of NAME` or
  `, each up to NAME`, which is as many numbers and none above its own;
- `plain number`: one of the template itself, with the same around it;
- `format` (of `num`), `index of NAME`, `one of A, B, C`, `anything`.

An argument that may be none is called `NAME or none`. Those that a component says nothing of are
not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from generator.data.folder import Namespace
from generator.data.value import Text, Value, named
from generator.errors import TemplateError, did_you_mean
from generator.page.number import show

_NUMERIC = re.compile(
    r"(?P<plain>plain )?(?P<form>finite |whole )?(?P<noun>number|numbers|matrix)"
    r"(?: (?P<lower>from|above) (?P<low>-?[\d.]+))?(?: to (?P<high>-?[\d.]+))?"
    r"(?:, one for each of (?P<of>\w+)|, each up to (?P<up>\w+))?"
)
_COUNT = re.compile(r"one for each of (?P<of>\w+)|exactly (?P<count>\d+)")
_DIMENSIONS = {"number": 0, "numbers": 1, "matrix": 2}
_OR_NONE = " or none"
_LAST_DIGITS = 1e-6  # by which rounding may take a share past 1
_QUOTED = 40  # characters of a text that a message repeats
KINDS_TOLD = (
    "kinds are: text, text or nothing, number, numbers, matrix, plain number, format, "
    "index of NAME, one of A, B, anything."
)
_EXAMPLES = "`glasspage gallery` shows an example of each diagram."


def bound(
    name: str, macro: jinja2.runtime.Macro, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """What a diagram's macro was given, by the names of its arguments.

    Raises TemplateError where it takes nothing of the kind, and where nothing is named at all.
    """
    known = list(macro.arguments)
    if len(args) > len(known) and not macro.catch_varargs:
        raise _refusal(
            f"diagram.{name} is given {len(args)} arguments and takes {len(known)}",
            f"they are: {', '.join(known)}.",
        )
    given = dict(zip(known, args, strict=False))
    for argument in kwargs:
        if argument in given:
            raise _refusal(f"diagram.{name} is given {argument!r} twice", "name it once.")
        if not (argument in known or argument == "caller" or macro.catch_kwargs):
            raise _refusal(
                f"diagram.{name} takes no argument {argument!r}", did_you_mean(argument, known)
            )
    for thing in (*args, *kwargs.values()):
        if isinstance(thing, jinja2.Undefined):
            str(thing)  # which raises, and tells what is not there
    return given | dict(kwargs)


def check(name: str, given: Mapping[str, Any], takes: Mapping[str, Any]) -> None:
    """Raise TemplateError where a diagram was given something else than it takes, and ValueError
    where `takes` itself says something that is no kind."""
    for entry, kind in takes.items():
        argument = entry.removesuffix(_OR_NONE)
        if argument not in given or (argument != entry and given[argument] is None):
            continue
        try:
            _check(argument, given[argument], kind, given)
        except TemplateError as error:
            error.message = f"diagram.{name}: {error.message}"
            raise


def _refusal(message: str, hint: str = _EXAMPLES) -> TemplateError:
    return TemplateError(message, hint=hint)


def _unexpected(path: str, thing: Any, expected: str, hint: str = _EXAMPLES) -> TemplateError:
    return _refusal(f"{path} is {_said(thing)}; expected {expected}", hint)


def _check(path: str, thing: Any, kind: Any, given: Mapping[str, Any]) -> None:
    if isinstance(thing, jinja2.Undefined):
        str(thing)
    if isinstance(kind, Mapping):
        _check_mapping(path, thing, kind, given)
    elif isinstance(kind, list | tuple):
        _check_list(path, thing, kind, given)
    else:
        _check_one(path, thing, kind, given)


def _check_mapping(
    path: str, thing: Any, kind: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    """What authors write has these keys alone, what comes from the data may have more."""
    if isinstance(thing, Value) and isinstance(thing.plain, dict):
        keys = set(thing.plain)
    elif isinstance(thing, dict | Namespace):
        keys = set(thing if isinstance(thing, dict) else thing._names())
    else:
        raise _unexpected(path, thing, f"a mapping of {_listed(kind)}")
    if isinstance(thing, dict) and (unknown := sorted(map(str, keys - kind.keys()))):
        near = did_you_mean(unknown[0], kind)
        raise _refusal(f"{path} has a {unknown[0]!r}, which nobody reads", near)
    if missing := [key for key in kind if key not in keys]:
        where = path if isinstance(thing, dict) else f"{path}, {named(thing)},"
        raise _refusal(f"{where} has no {missing[0]!r}; expected {_listed(kind)}")
    for key, part in kind.items():
        _check(f"{path}.{key}", thing[key], part, given)


def _check_list(path: str, thing: Any, kind: Sequence[Any], given: Mapping[str, Any]) -> None:
    """Of a list in the data, whose parts are alike, the first is looked at."""
    count = None if isinstance(thing, str) else _length(thing)
    mapping = isinstance(thing, dict) or (
        isinstance(thing, Value) and isinstance(thing.plain, dict)
    )
    if count is None or mapping:
        raise _unexpected(path, thing, "a list")
    if not count:
        raise _refusal(f"{path} is empty; expected one entry at least")
    for index in range(count if isinstance(thing, list | tuple) else 1):
        _check(f"{path}[{index}]", thing[index], kind[0], given)
    for many in kind[1:]:
        rule = _COUNT.fullmatch(many)
        if rule is None:
            raise ValueError(f"`takes` counts by {many!r}, which is not understood")
        if rule["of"]:
            _check_count(path, count, rule["of"], given)
        elif count != int(rule["count"]):
            raise _refusal(f"{path} has {count}; expected {many}")


def _check_count(path: str, count: int, other: str, given: Mapping[str, Any]) -> None:
    wanted = _length(given.get(other))
    if wanted is not None and count != wanted:
        raise _refusal(
            f"{path} has {count}, and {other} has {wanted}; expected one for each of {other}"
        )


def _check_one(path: str, thing: Any, kind: str, given: Mapping[str, Any]) -> None:
    if numeric := _numeric(kind):
        _check_numbers(path, thing, kind, numeric, given)
    elif kind in ("text", "text or nothing"):
        if isinstance(thing, Value):
            raise _unexpected(
                path, thing, "a text", 'show a number with `num`, as in x | num(".2f").'
            )
        if not isinstance(thing, str):
            raise _unexpected(path, thing, "a text")
        if kind == "text" and not thing.strip() and not isinstance(thing, Text):
            raise _refusal(f"{path} is empty; expected a text that says something")
    elif kind == "format":
        if not isinstance(thing, str):
            raise _unexpected(path, thing, "a format of `num`")
        try:
            show(0, thing)
        except ValueError as error:
            raise _refusal(f"{path}: {error}") from None
    elif kind.startswith("one of "):
        choices = kind.removeprefix("one of ").split(", ")
        if thing not in choices:
            hint = did_you_mean(thing, choices) if isinstance(thing, str) and thing else _EXAMPLES
            raise _unexpected(path, thing, kind, hint)
    elif kind.startswith("index of "):
        other = kind.removeprefix("index of ")
        count, number = _length(given.get(other)), _plain(thing)
        if count is not None and not (_is_number(number, int) and 0 <= number < count):
            expected = f"an index of {other}, from 0 to {count - 1}"
            raise _unexpected(path, thing, expected)
    elif kind != "anything":
        raise ValueError(f"`takes` names {kind!r}, which is no kind")


def _check_numbers(
    path: str, thing: Any, kind: str, rule: Mapping[str, str | None], given: Mapping[str, Any]
) -> None:
    noun = rule["noun"] or ""
    expected = kind.removeprefix("plain ").partition(",")[0]
    expected = expected if noun == "numbers" else f"a {expected}"
    if rule["plain"]:
        if isinstance(thing, Value):
            raise _unexpected(path, thing, f"{expected} without its address", "write `.plain`.")
        if not _is_number(thing):
            raise _unexpected(path, thing, expected)
        content = np.asarray(thing, dtype=np.float64)
    else:
        content = _content(path, thing, expected)
    if content.ndim != _DIMENSIONS[noun]:
        raise _unexpected(path, thing, expected)
    if not content.size:
        raise _refusal(f"{path} is empty; expected {expected}")
    wrong = ~_fit(content, rule)
    if wrong.any():
        place = np.argwhere(wrong)[0].tolist()
        found = content[tuple(place)].item()
        at = path + "".join(f"[{index}]" for index in place)
        source = f" ({thing.address})" if isinstance(thing, Value) and not place else ""
        raise _refusal(f"{at} is {found:g}{source}; expected {expected}")
    if other := rule["of"] or rule["up"]:
        _check_count(path, len(content), other, given)
    if rule["up"]:
        _check_up_to(path, content, rule["up"], given)


def _check_up_to(path: str, content: NDArray[Any], other: str, given: Mapping[str, Any]) -> None:
    if isinstance(most := given.get(other), Value):
        for index in np.argwhere(content > most.array).reshape(-1).tolist():
            found, allowed = content[index].item(), most.array[index].item()
            raise _refusal(
                f"{path}[{index}] is {found:g}, and {other}[{index}] is {allowed:g}; "
                f"expected no more than in {other}"
            )


def _content(path: str, thing: Any, expected: str) -> NDArray[Any]:
    if not isinstance(thing, Value):
        advice = "take it from the data, or from what is computed of it: only that has an address."
        raise _unexpected(path, thing, f"{expected} of the data", advice)
    try:
        return thing.array
    except TypeError:
        raise _unexpected(path, thing, expected) from None


def _fit(content: NDArray[Any], rule: Mapping[str, str | None]) -> NDArray[np.bool_]:
    """Which of the numbers are of a form and within bounds; what is not a number is in none."""
    fit = np.ones(content.shape, dtype=bool)
    if rule["form"]:
        fit &= np.isfinite(content)
    if rule["form"] == "whole ":
        fit &= content == np.round(content)
    if rule["low"]:
        low = float(rule["low"])
        fit &= content > low if rule["lower"] == "above" else content >= low - _LAST_DIGITS
    if rule["high"]:
        fit &= content <= float(rule["high"]) + _LAST_DIGITS
    return fit


@lru_cache
def _numeric(kind: str) -> Mapping[str, str | None] | None:
    found = _NUMERIC.fullmatch(kind)
    return found.groupdict() if found else None


def _is_number(thing: Any, kind: Any = (int, float)) -> bool:
    return isinstance(thing, kind) and not isinstance(thing, bool)


def _plain(thing: Any) -> Any:
    return thing.plain if isinstance(thing, Value) else thing


def _length(thing: Any) -> int | None:
    try:
        return len(thing)
    except TypeError:
        return None


def _listed(keys: Mapping[str, Any]) -> str:
    return ", ".join(keys)


def _said(thing: Any) -> str:
    """A thing as a message tells what was given instead of another."""
    if isinstance(thing, Value):
        return f"{thing.address}, {_kind(thing.plain)}"
    if isinstance(thing, str):
        text = str(thing)
        return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")
    if isinstance(thing, list | tuple | dict):
        return _kind(thing)
    name = getattr(thing, "__name__", None) or getattr(thing, "name", None)
    return f"`{name}`, a function" if callable(thing) and name else named(thing).lower()


def _kind(content: Any) -> str:
    if isinstance(content, dict):
        return "a mapping"
    if isinstance(content, list | tuple):
        return f"a list of {len(content)}"
    return f"{content:g}" if _is_number(content) else "no number"
