"""Claims: sentences that stand in a page only under the condition that makes them true.

    {% claim "subject" if blocks[0].attn.pattern[0][2].argmax() == 0 %}
    It looks at the subject.
    {% else %}
    It does not look at the subject.
    {% endclaim %}

Where the condition does not hold and there is no other branch, the page fails, and says every such
claim at once. The condition is kept in the language of addresses, so that it can be evaluated again
without the template.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context

from generator.data.runs import Run
from generator.data.value import Text, Value
from generator.errors import GlasspageError, TemplateError, combined

RECORD = "_claims"  # the name under which a page's context holds its record

_SIGNS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("==", operator.eq),
    "ne": ("!=", operator.ne),
    "lt": ("<", operator.lt),
    "lteq": ("<=", operator.le),
    "gt": (">", operator.gt),
    "gteq": (">=", operator.ge),
}


@dataclass(frozen=True)
class Truth:
    """A condition evaluated: whether it holds, how it is written as addresses, and what of.

    `parts` are the addresses of the values that it compares, each with its number or its text.
    `margin` is how far the condition is from turning over, as a share of the numbers compared; of
    a choice (`argmax`), how far the number lies behind the chosen one that would have to be chosen.
    There is none where that cannot be told: for counts, ids and texts.
    """

    holds: bool
    condition: str
    parts: tuple[tuple[str, str], ...]
    margin: float | None


@dataclass(frozen=True)
class Claim:
    """One claim of a page, as it turned out. `line` is the article's."""

    name: str
    line: int
    truth: Truth
    otherwise: bool  # whether the article has words for when it does not hold


@dataclass
class ClaimRecord:
    """The claims of one page, in the order in which they were met."""

    claims: list[Claim] = field(default_factory=list)

    def add(self, claim: Claim) -> None:
        """Keep a claim. Raises TemplateError where another line has a claim of that name."""
        for other in self.claims:
            if other.name == claim.name and other.line != claim.line:
                raise TemplateError(
                    f"the claim {claim.name!r} is made twice; the first is on line {other.line}",
                    hint="give one of them another name.",
                )
        self.claims.append(claim)


def demand(claims: Sequence[Claim], file: Path, runs: Sequence[Run]) -> None:
    """Raise TemplateError for every claim that does not hold and has no other words."""
    made_of = " and ".join(f"prompt {run.name}, model {run.model_name}" for run in runs)
    errors: list[GlasspageError] = [
        TemplateError(
            f"the claim {claim.name!r} is not true of {made_of}: {claim.truth.condition}",
            file=file,
            line=claim.line,
            hint="; ".join(f"{address} is {shown}" for address, shown in claim.truth.parts)
            + "; write what is true, or what to say then after {% else %}.",
        )
        for claim in claims
        if not claim.truth.holds and not claim.otherwise
    ]
    if errors:
        raise combined(errors)


class ClaimTag(Extension):
    """The template's tag `claim`."""

    tags = {"claim"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        name = parser.parse_primary()
        if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
            raise TemplateSyntaxError(
                'a claim begins with its name: {% claim "name" if CONDITION %}', line
            )
        parser.stream.expect("name:if")
        truth = self._truth(parser.parse_expression())
        body = parser.parse_statements(("name:else", "name:endclaim"))
        otherwise: list[nodes.Node] = []
        has_else = next(parser.stream).value == "else"
        if has_else:
            otherwise = parser.parse_statements(("name:endclaim",), drop_needle=True)
        settled = self.call_method(
            "_settle",
            [nodes.ContextReference(), name, nodes.Const(line), nodes.Const(has_else), truth],
        )
        return nodes.If(settled, body, [], otherwise).set_lineno(line)

    def _truth(self, condition: nodes.Expr) -> nodes.Expr:
        """The condition as calls that note what they compare."""
        if isinstance(condition, nodes.And | nodes.Or):
            word = "and" if isinstance(condition, nodes.And) else "or"
            sides = [self._truth(condition.left), self._truth(condition.right)]
            return self._call("_join", condition, [nodes.Const(word), *sides])
        if isinstance(condition, nodes.Not):
            return self._call("_deny", condition, [self._truth(condition.node)])
        if isinstance(condition, nodes.Compare):
            signs = [nodes.Const(operand.op) for operand in condition.ops]
            terms = [condition.expr, *(operand.expr for operand in condition.ops)]
            arguments = [nodes.List(signs), nodes.List(terms)]
            return self._call("_compare", condition, arguments)
        raise TemplateSyntaxError(
            "a claim's condition compares values: ==, !=, <, <=, >, >=, joined by and, or, not",
            condition.lineno,
        )

    def _call(self, name: str, at: nodes.Node, arguments: list[Any]) -> nodes.Expr:
        call: nodes.Expr = self.call_method(name, arguments, lineno=at.lineno)
        return call

    # What the compiled template calls

    def _settle(
        self, context: Context, name: str, line: int, otherwise: bool, truth: Truth
    ) -> bool:
        record: ClaimRecord = context[RECORD]
        record.add(Claim(name, line, truth, otherwise))
        return truth.holds

    def _compare(self, signs: list[str], terms: list[Any]) -> Truth:
        if unknown := set(signs) - _SIGNS.keys():
            raise TypeError(
                f"a claim cannot compare with {', '.join(sorted(unknown))}; it knows "
                f"{', '.join(shown for shown, _ in _SIGNS.values())}"
            )
        holds = all(
            _SIGNS[sign][1](left, right)
            for sign, (left, right) in zip(signs, pairwise(terms), strict=True)
        )
        written = [_written(term) for term in terms]
        condition = written[0] + "".join(
            f" {_SIGNS[sign][0]} {term}" for sign, term in zip(signs, written[1:], strict=True)
        )
        parts = tuple(
            (term.address, term.exact if isinstance(term, Value) else json_text(term))
            for term in terms
            if isinstance(term, Value | Text)
        )
        if not parts:
            raise TypeError(f"the condition {condition} says nothing of the data")
        pairs = [(sign, *pair) for sign, pair in zip(signs, pairwise(terms), strict=True)]
        if holds:
            margin = _nearest([_margin(*pair) for pair in pairs])
        else:  # all that fail must turn over
            margin = _farthest([_margin(*p) for p in pairs if not _SIGNS[p[0]][1](p[1], p[2])])
        return Truth(bool(holds), condition, parts, margin)

    def _join(self, word: str, left: Truth, right: Truth) -> Truth:
        holds = left.holds and right.holds if word == "and" else left.holds or right.holds
        condition = f"({left.condition} {word} {right.condition})"
        # Where both sides must turn over, the farther one decides; where one is enough, the nearer.
        decisive = [side.margin for side in (left, right) if side.holds is holds]
        both = holds if word == "or" else not holds
        margin = _farthest(decisive) if both else _nearest(decisive)
        return Truth(holds, condition, left.parts + right.parts, margin)

    def _deny(self, truth: Truth) -> Truth:
        return Truth(not truth.holds, f"not ({truth.condition})", truth.parts, truth.margin)


def _margin(sign: str, left: Any, right: Any) -> float | None:
    """How far a comparison is from turning over; None where that cannot be told."""
    choices = [
        _choice_margin(sign, left, right, term)
        for term in (left, right)
        if isinstance(term, Value) and term.choices is not None
    ]
    if choices:
        return _nearest(choices)
    if isinstance(left, Value) and isinstance(right, Value) and left.address == right.address:
        return None  # it is the same number
    numbers = [term.plain if isinstance(term, Value) else term for term in (left, right)]
    if not any(isinstance(number, float) for number in numbers):
        return None
    return apart(*map(float, numbers))


def _choice_margin(sign: str, left: Any, right: Any, choice: Value) -> float | None:
    """How far the nearest number is from being chosen that would turn the comparison over."""
    compare = _SIGNS[sign][1]
    row = choice.choices
    assert row is not None
    holds = compare(left, right)
    others = [
        apart(float(row[int(choice.number)]), float(number))
        for index, number in enumerate(row)
        if compare(index if left is choice else left, index if right is choice else right)
        is not holds
    ]
    return _nearest(others)


def apart(a: float, b: float) -> float | None:
    """How far two numbers are from each other, over the larger of their sizes: from 0 to 2.

    Infinite where one of them is, None where one is no number.
    """
    if math.isnan(a) or math.isnan(b):
        return None
    if a == b:
        return 0.0
    size = max(abs(a), abs(b))
    return abs(a - b) / size if math.isfinite(size) else math.inf


def _nearest(margins: Sequence[float | None]) -> float | None:
    return min((margin for margin in margins if margin is not None), default=None)


def _farthest(margins: Sequence[float | None]) -> float | None:
    return None if None in margins else max(filter(None, margins), default=None)


def _written(term: Any) -> str:
    """A term as the language of addresses writes it."""
    if isinstance(term, Value | Text):
        return term.address
    if isinstance(term, bool) or not isinstance(term, int | float | str):
        raise TypeError(f"a claim cannot compare {term!r}")
    return json_text(term) if isinstance(term, str) else repr(term)


def json_text(text: str) -> str:
    """A text in quotes, as the language of addresses writes it."""
    return json.dumps(str(text), ensure_ascii=False)
