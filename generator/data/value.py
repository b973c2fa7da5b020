"""Values that know where they come from.

A value taken out of the data carries its address through indexing, slicing, statistics and
arithmetic, so that whatever number a page shows can be found, and computed, again. It refuses to
become text by itself: a number reaches a page only through a filter that marks it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Self

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from generator.data.text import bounded, escape

Number = int | float


class UnmarkedNumberError(TypeError):
    """A number, or what holds some, was about to become text without its address."""

    def __init__(self, address: str, what: str = "a number, and only `num` may show it") -> None:
        super().__init__(address, what)

    def __str__(self) -> str:
        return f"{self.args[0]} is {self.args[1]}"


class Text(str):
    """A text out of the data, such as a token's. It is escaped wherever it goes into a page, where
    the spaces at its ends are shown."""

    __slots__ = ("address",)
    address: str

    def __new__(cls, text: str, address: str) -> Self:
        made = super().__new__(cls, text)
        made.address = address
        return made

    def __html__(self) -> Markup:
        return escape(str(self), bounded)


class Value:
    """A number, an array, a list or a mapping, with its address.

    `plain` is the content without the address: an int, a float, a list of such, for geometry and
    conditions. Elements of lists and mappings are values again, texts are `Text`. Statistics are
    float64 over the published values; sums are correctly rounded (`math.fsum`), so they are the
    same on every machine.
    """

    def __init__(
        self,
        content: Any,
        address: str,
        text: type[Text] = Text,
        *,
        choices: NDArray[np.float64] | None = None,
    ) -> None:
        self._content = content
        self.address = address
        self.choices = choices  # of an argmax: the numbers that it chose among
        self._text = text  # what the texts in it are made

    # What it is

    @property
    def plain(self) -> Any:
        if isinstance(self._content, np.ndarray | np.generic):
            return self._content.tolist()
        return self._content

    @property
    def exact(self) -> str:
        """The number in as few digits as tell it from its neighbours of the same type."""
        content = self._content
        if isinstance(content, np.float32):
            return str(content)
        return repr(self.number)

    @property
    def number(self) -> Number:
        """The plain number. Raises TypeError where there are several, or none."""
        content = self.plain
        if isinstance(content, bool) or not isinstance(content, int | float):
            raise TypeError(f"{self.address} is not one number{_instead(content)}")
        return content

    @property
    def array(self) -> NDArray[Any]:
        """The numbers in their shape. Raises TypeError where there is anything else."""
        return _numbers(self)

    @property
    def vector(self) -> NDArray[np.float64]:
        """All numbers in one row, [n]. Raises TypeError where there is anything else."""
        return _numbers(self).astype(np.float64).reshape(-1)

    def __repr__(self) -> str:
        return f"Value({self.address})"

    def unmarked(self) -> UnmarkedNumberError:
        """That this cannot be shown as it is."""
        content = self.plain
        if isinstance(content, dict):
            parts = ", ".join(map(str, content))
            return UnmarkedNumberError(
                self.address, f"a mapping, and only its parts can be shown: {parts}"
            )
        if isinstance(content, list):
            return UnmarkedNumberError(
                self.address, f"a list of {len(content)}, and only its elements can be shown"
            )
        return UnmarkedNumberError(self.address)

    def __str__(self) -> str:
        raise self.unmarked()

    def __format__(self, spec: str) -> str:
        raise self.unmarked()

    def __float__(self) -> float:
        raise self.unmarked()

    def __html__(self) -> str:
        raise self.unmarked()

    def __bool__(self) -> bool:
        if isinstance(self._content, list | dict):
            return bool(self._content)
        raise TypeError(f"compare {self.address} with something; by itself it is not true or false")

    __hash__ = None  # type: ignore[assignment]

    # Parts

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[Any]:
        """The elements; of a mapping its keys."""
        if isinstance(self._content, dict):
            return iter(self._content)
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            bounds = (_plain(index.start), _plain(index.stop), _plain(index.step))
            shown = ":".join("" if bound is None else str(bound) for bound in bounds[:2])
            if bounds[2] is not None:
                shown += f":{bounds[2]}"
            return Value(self._content[slice(*bounds)], f"{self.address}[{shown}]", self._text)
        index = _plain(index)
        if isinstance(index, str):
            return self._part(self._content[index], f"{self.address}.{index}")
        count = len(self)
        if not -count <= index < count:
            raise IndexError(past_the_end(self.address, count, index))
        return self._part(self._content[index], f"{self.address}[{index % count}]")

    def _part(self, content: Any, address: str) -> Any:
        """An element: texts and truths as themselves, everything else a value."""
        if isinstance(content, str):
            return self._text(content, address)
        if content is None or isinstance(content, bool):
            return content
        return Value(content, address, self._text)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and isinstance(self._content, dict) and name in self._content:
            return self[name]
        raise AttributeError(name)

    # Comparison gives plain truth; arithmetic gives values

    def __eq__(self, other: object) -> bool:
        mine, theirs = self.plain, _plain(other)
        if isinstance(mine, list) and isinstance(theirs, int | float):
            _number(self)  # raises: no list equals a number, and its author meant something else
        if isinstance(mine, int | float) and isinstance(other, Value):
            _number(other)
        return bool(mine == theirs)

    def __lt__(self, other: object) -> bool:
        return self.number < _number(other)

    def __le__(self, other: object) -> bool:
        return self.number <= _number(other)

    def __gt__(self, other: object) -> bool:
        return self.number > _number(other)

    def __ge__(self, other: object) -> bool:
        return self.number >= _number(other)

    def __add__(self, other: object) -> Value:
        return _arithmetic("+", self, other)

    def __radd__(self, other: object) -> Value:
        return _arithmetic("+", other, self)

    def __sub__(self, other: object) -> Value:
        return _arithmetic("-", self, other)

    def __rsub__(self, other: object) -> Value:
        return _arithmetic("-", other, self)

    def __mul__(self, other: object) -> Value:
        return _arithmetic("*", self, other)

    def __rmul__(self, other: object) -> Value:
        return _arithmetic("*", other, self)

    def __truediv__(self, other: object) -> Value:
        return _arithmetic("/", self, other)

    def __rtruediv__(self, other: object) -> Value:
        return _arithmetic("/", other, self)

    def __neg__(self) -> Value:
        return Value(_negated(self._content), f"(-{self.address})")

    # Statistics over all numbers of the value

    @property
    def _row(self) -> NDArray[np.float64]:
        """The numbers in one row, [n]. Raises ValueError where there are none."""
        row = self.vector
        if not len(row):
            raise ValueError(f"{self.address} holds no numbers")
        return row

    def sum(self) -> Value:
        """The sum of all numbers, correctly rounded."""
        return self._statistic("sum", math.fsum(self.vector))

    def mean(self) -> Value:
        """Arithmetic mean of all numbers."""
        return self._statistic("mean", _mean(self._row))

    def std(self) -> Value:
        """Standard deviation of the numbers as a whole population."""
        row = self._row
        return self._statistic("std", math.sqrt(_mean((row - _mean(row)) ** 2)))

    def norm(self) -> Value:
        """L2 norm: the length of the vector."""
        return self._statistic("norm", math.sqrt(math.fsum(self.vector**2)))

    def min(self) -> Value:
        """The smallest number."""
        return self._statistic("min", self._extreme(np.argmin))

    def max(self) -> Value:
        """The largest number."""
        return self._statistic("max", self._extreme(np.argmax))

    def argmax(self) -> Value:
        """Index of the largest number; the lowest index where several are."""
        row = self._row
        return Value(int(np.argmax(row)), f"argmax({self.address})", choices=row)

    def topk(self, k: int | Value) -> Value:
        """Indices of the `k` largest numbers, largest first; ties by lowest index.

        Of fewer numbers it gives all.
        """
        k = _plain(k)
        order = np.argsort(-self.vector, kind="stable")[:k]
        return Value(order, f"topk({self.address}, {k})")

    def softmax(self) -> Value:
        """exp of each number over the sum of all exp, along one row."""
        row = self._row
        largest = row.max()
        weights = [math.exp(x - largest) for x in row]
        return Value(np.array(weights) / math.fsum(weights), f"softmax({self.address})")

    def cosine(self, other: Value) -> Value:
        """Cosine of the angle between two vectors."""
        a, b = self.vector, other.vector
        if a.shape != b.shape:
            raise TypeError(f"{self.address} and {other.address} differ in length")
        lengths = math.sqrt(math.fsum(a**2)) * math.sqrt(math.fsum(b**2))
        cosine = math.fsum(a * b) / lengths if lengths else math.nan
        return Value(cosine, f"cosine({self.address}, {other.address})")

    def log(self) -> Value:
        """Natural logarithm of one number."""
        if self.number <= 0:
            raise ValueError(f"{self.address} is {self.exact}, and only numbers above 0 have a log")
        return self._statistic("log", math.log(self.number))

    def exp(self) -> Value:
        """e to the power of one number."""
        return self._statistic("exp", math.exp(self.number))

    def _statistic(self, name: str, result: Any) -> Value:
        return Value(result, f"{name}({self.address})")

    def _extreme(self, choose: Any) -> Any:
        """The first extreme number (0 and -0 are equal), of the type in which it was published."""
        number = _numbers(self).reshape(-1)[choose(self._row)]
        return number if isinstance(self._content, np.ndarray | np.generic) else number.item()


def mean(*values: Value) -> Value:
    """The mean of one value's numbers, or of several single numbers."""
    if len(values) == 1:
        return values[0].mean()
    numbers = [value.number for value in values]
    addresses = ", ".join(value.address for value in values)
    return Value(math.fsum(numbers) / len(numbers), f"mean({addresses})")


def length(thing: Value | Text) -> Value:
    """How many elements a value has, or characters a text."""
    return Value(len(thing), f"len({thing.address})")


def _of_values(name: str, function: Callable[..., Value]) -> Callable[..., Value]:
    """The function, which says by its name that it takes values and texts of the data alone."""

    @wraps(function)
    def called(*arguments: Any) -> Value:
        if not arguments or not isinstance(arguments[0], Value | Text):
            instead = f"not {named(arguments[0])}" if arguments else "and there is none"
            counted = "; without an address, write `… | length | lit`" if name == "len" else ""
            raise TypeError(f"`{name}` takes a value of the data, {instead}{counted}")
        if name in ("cosine", "mean"):
            for other in arguments[1:]:
                if not isinstance(other, Value):
                    raise TypeError(f"`{name}` takes values of the data, not {named(other)}")
        return function(*arguments)

    return called


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "sum": Value.sum,
    "mean": mean,
    "std": Value.std,
    "norm": Value.norm,
    "min": Value.min,
    "max": Value.max,
    "argmax": Value.argmax,
    "len": length,
    "topk": Value.topk,
    "softmax": Value.softmax,
    "cosine": Value.cosine,
    "log": Value.log,
    "exp": Value.exp,
}
# The functions of templates and of addresses, by the names that addresses give them.
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    name: _of_values(name, function) for name, function in _FUNCTIONS.items()
}


def _mean(row: NDArray[np.float64]) -> float:
    return math.fsum(row) / len(row)


def _plain(thing: Any) -> Any:
    return thing.plain if isinstance(thing, Value) else thing


def _content(thing: Any) -> Any:
    return thing._content if isinstance(thing, Value) else thing


def _number(thing: Any) -> Number:
    number: Number = thing.number if isinstance(thing, Value) else thing
    return number


def _negated(content: Any) -> Any:
    return -(np.asarray(content) if isinstance(content, list) else content)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": np.divide,
}


def _arithmetic(sign: str, left: Any, right: Any) -> Value:
    a, b = _operand(left), _operand(right)
    if sign == "/" and np.any(np.asarray(b) == 0):
        if isinstance(right, Value):
            raise ZeroDivisionError(f"{right.address} is 0, and nothing can be divided by it")
        raise ZeroDivisionError(f"{named(left)} cannot be divided by 0")
    with np.errstate(all="ignore"):  # what is infinite in the data stays so
        result = _OPERATORS[sign](a, b)
    if isinstance(result, np.ndarray | np.generic) and result.ndim == 0:
        result = result.item()
    return Value(result, f"({named(left)} {sign} {named(right)})")


def _operand(thing: Any) -> Any:
    """Float64 for what is float; integers stay so, that a count plus a count is a count.

    A single integer is Python's, which is never too large.
    """
    if type(_content(thing)) is int:
        return _content(thing)
    content = _numbers(thing)
    if content.dtype.kind == "f":
        return content.astype(np.float64)
    return content if content.ndim else content.item()


def _numbers(thing: Any) -> NDArray[Any]:
    """The numbers that a value, or a plain thing, is made of. Raises TypeError for all else."""
    try:
        content = np.asarray(_content(thing))
    except ValueError:  # of lists that differ in length
        content = np.asarray(None)
    if content.dtype.kind not in "fiu":
        raise TypeError(f"{named(thing)} is not made of numbers")
    return content


def named(thing: Any) -> str:
    """A thing as a message speaks of it: a value by its address."""
    if isinstance(thing, Markup):
        return f"{str(thing)!r} that is shown already"
    return thing.address if isinstance(thing, Value) else repr(thing)


def past_the_end(name: str, count: int, index: object) -> str:
    """That there is no such element of something that has so many."""
    known = f"{count}, from 0 to {count - 1}," if count else "no elements"
    return f"{name} has {known} and there is no [{index}]"


def _instead(content: Any) -> str:
    """What there is where one number was expected."""
    if isinstance(content, dict):
        return f"; it has the parts {', '.join(map(str, content))}"
    if isinstance(content, list):
        return f" but a list of {len(content)}; name one of them, or a statistic such as `max`"
    return ""
