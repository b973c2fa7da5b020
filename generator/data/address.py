"""The language of addresses: what names a number, and how to compute it again.

The address of a value that a page shows is an expression over published data, and a claim's
condition is a comparison of such expressions (`GRAMMAR`).

A path is a folder of data and a name in it: `wukong:blocks.0.attn.pattern`. Where the name holds a
mapping or a list, its parts follow: `wukong:generation.steps[0].prob`. A string is written as in
JSON. The functions are those of `FUNCTIONS`.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from generator.data.value import FUNCTIONS
from generator.errors import DataError, did_you_mean

# In EBNF. One space stands around binary operators, after a comma and after `not`, none elsewhere.
GRAMMAR = r"""
condition   = conjunction , { " or " , conjunction } ;
conjunction = negation , { " and " , negation } ;
negation    = [ "not " ] , comparison ;
comparison  = address , { ( " == " | " != " | " < " | " <= " | " > " | " >= " ) , address } ;
address     = product , { ( " + " | " - " ) , product } ;
product     = signed , { ( " * " | " / " ) , signed } ;
signed      = [ "-" ] , part ;
part        = primary , { index | "." , word } ;
index       = "[" , integer , "]"
            | "[" , [ integer ] , ":" , [ integer ] , [ ":" , integer ] , "]" ;
primary     = number | string | function , "(" , address , { ", " , address } , ")"
            | "(" , condition , ")" | path ;
path        = folder , ":" , name , { "." , word } ;
folder      = part of a path , { "/" , part of a path } ;

number      = integer , [ "." , integer ] , [ "e" , [ "+" | "-" ] , integer ] | "inf" | "nan" ;
integer     = digit , { digit } ;                       (* of an index: also with "-" before it *)
string      = ? a text in double quotes, as in JSON ? ;
function    = ? one of the functions below ? ;
name        = ( letter | "_" ) , { letter | digit | "_" } ;
word        = ( letter | digit | "_" ) , { letter | digit | "_" } ;
part of a path = ( letter | digit ) , { letter | digit | "_" | "." | "-" } ;
"""

Resolve = Callable[[str, str], Any]  # a folder's name and a path in it -> a value

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<path>[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)*:[A-Za-z_]\w*(?:\.\w+)*)
    | (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf\b|nan\b)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<sign>==|!=|<=|>=|[-+*/<>()\[\],:.])
    )""",
    re.VERBOSE,
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SUM = {"+": operator.add, "-": operator.sub}
_PRODUCT = {"*": operator.mul, "/": operator.truediv}


def evaluate(address: str, resolve: Resolve) -> Any:
    """The value at an address, or the truth of a condition, over what `resolve` finds.

    Evaluating the address of a value gives that value, with that address. Raises DataError where
    the text is no address, or names what is not there.
    """
    parser = _Parser(address, resolve)
    try:
        result = parser.condition()
        parser.expect("")
    except RecursionError:
        raise DataError(f"this address is nested too deeply: {address[:60]}…") from None
    except (TypeError, AttributeError, LookupError, ValueError, ArithmeticError) as error:
        raise DataError(f"cannot evaluate {address}: {error}") from error
    return result


class _Parser:
    """Recursive descent, one method a rule, computing as it reads."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self._text = text
        self._resolve = resolve
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def _token(self) -> str:
        return self._tokens[self._at][1]

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0]

    def _next(self) -> str:
        token = self._token
        self._at += 1
        return token

    def _accept(self, *tokens: str) -> str | None:
        return self._next() if self._kind != "string" and self._token in tokens else None

    def expect(self, token: str) -> None:
        if self._token != token or self._kind == "string":
            wanted = repr(token) if token else "the end"
            found = repr(self._token) if self._token else "the end"
            raise DataError(f"{self._text!r} is no address: expected {wanted}, found {found}")
        self._at += 1

    def condition(self) -> Any:
        result = self._conjunction()
        while self._accept("or"):
            other = self._conjunction()
            result = bool(result) or bool(other)
        return result

    def _conjunction(self) -> Any:
        result = self._negation()
        while self._accept("and"):
            other = self._negation()
            result = bool(result) and bool(other)
        return result

    def _negation(self) -> Any:
        return not self._negation() if self._accept("not") else self._comparison()

    def _comparison(self) -> Any:
        left = self._address()
        if self._token not in _COMPARE or self._kind == "string":
            return left
        holds = True
        while sign := self._accept(*_COMPARE):
            right = self._address()
            holds = _COMPARE[sign](left, right) and holds
            left = right
        return holds

    def _address(self) -> Any:
        result = self._product()
        while sign := self._accept(*_SUM):
            result = _SUM[sign](result, self._product())
        return result

    def _product(self) -> Any:
        result = self._signed()
        while sign := self._accept(*_PRODUCT):
            result = _PRODUCT[sign](result, self._signed())
        return result

    def _signed(self) -> Any:
        return -self._signed() if self._accept("-") else self._part()

    def _part(self) -> Any:
        result = self._primary()
        while sign := self._accept("[", "."):
            result = self._index(result) if sign == "[" else result[self._next()]
        return result

    def _index(self, value: Any) -> Any:
        bounds = [self._integer()]
        while self._accept(":"):
            bounds.append(self._integer())
        self.expect("]")
        if len(bounds) > 1:
            return value[slice(*bounds)]
        if bounds[0] is None:
            raise DataError(f"{self._text!r} is no address: an index is missing")
        return value[bounds[0]]

    def _integer(self) -> int | None:
        sign = -1 if self._accept("-") else 1
        return sign * int(self._next()) if self._kind == "number" else None

    def _primary(self) -> Any:
        kind = self._kind
        if self._accept("("):
            result = self.condition()
            self.expect(")")
            return result
        token = self._next()
        if kind == "path":
            folder, _, path = token.partition(":")
            return self._resolve(folder, path)
        if kind == "number":
            return int(token) if token.isdigit() else float(token)
        if kind == "string":
            return json.loads(token)
        if kind == "word":
            return self._call(token)
        raise DataError(f"{self._text!r} is no address: found {token or 'the end'!r}")

    def _call(self, name: str) -> Any:
        if name not in FUNCTIONS:
            hint = did_you_mean(name, FUNCTIONS)
            raise DataError(f"there is no function {name!r} in {self._text!r}", hint=hint)
        self.expect("(")
        arguments = [self._address()]
        while self._accept(","):
            arguments.append(self._address())
        self.expect(")")
        return FUNCTIONS[name](*arguments)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Kind and text of each token, and an empty one at the end."""
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise DataError(f"{text!r} is no address: {text[at]!r} is not understood")
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        at = match.end()
    return [*tokens, ("end", "")]
