"""Numbers as readers see them.

A format is written `[+][,][.digits]kind`. The kinds are `f` (decimal), `%` (percent), `e`
(scientific), `d` (integer), 万, 亿, 万亿 (units of ten thousand, of a hundred million, and of
10¹²), and K, M, B, T (which show as thousand, million, billion, trillion: 10³, 10⁶, 10⁹, 10¹²);
`+` always shows the sign, `,` groups thousands. Bits and bytes are written `0widthkind`; there the
kinds are `b` (binary, in fours past eight digits) and `X` (hexadecimal).

Rounding is half-even on the exact decimal value of the number (`decimal`), not on what its binary
form happens to be near.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

FORMAT = re.compile(
    r"(?P<sign>\+?)(?P<comma>,?)(?:\.(?P<digits>[0-9]{1,2}))?(?P<kind>[f%edKMBT]|万亿|万|亿)"
)
BITS = re.compile(r"0(?P<width>[0-9]{1,2})(?P<kind>[bX])")
# Each with its power of ten, and what it shows as.
_UNITS = {
    **{"万": (4, "万"), "亿": (8, "亿"), "万亿": (12, "万亿")},
    **{"K": (3, "thousand"), "M": (6, "million"), "B": (9, "billion"), "T": (12, "trillion")},
}
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_EXACT = Context(prec=1200, rounding=ROUND_HALF_EVEN)  # holds any float64 to its last digit
MINUS = "\u2212"
SPACE = "\u00a0"  # a number and its unit stay on one line


def show(number: int | float, spec: str) -> str:
    """The number as text. Raises ValueError where the format is not understood.

    NaN and infinities are words. A share that is neither nothing nor all is never rounded to 0 %
    or 100 %: it shows as `< 0.1%`, `> 99.9%`.
    """
    if isinstance(spec, str) and BITS.fullmatch(spec):
        return _bits(number, spec)
    form = FORMAT.fullmatch(spec) if isinstance(spec, str) else None
    if form is None or (form["kind"] == "d" and form["digits"]):
        raise ValueError(
            f'{spec!r} is no number format; write "d", ",d", ".2f", "+.3f", ".1%", ".2e", ".1万", '
            '".1亿", ".1万亿", ".1K", ".1M", ".1B", ".1T", "08b" or "02X"'
        )
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else (f"{MINUS}inf" if number < 0 else "inf")
    kind, digits = form["kind"], int(form["digits"] or 0)
    if kind == "d" and number != int(number):
        raise ValueError(
            f'{number!r} is no integer, and the format {spec!r} shows only those; write num(".2f")'
        )
    flags = form["sign"] + form["comma"]
    exact = Decimal(number)
    if kind == "%":
        return _percent(exact, digits, flags)
    if kind == "e":
        return _scientific(exact, digits, form["sign"])
    if kind in _UNITS:
        power, unit = _UNITS[kind]
        return f"{_fixed(exact.scaleb(-power, _EXACT), digits, flags)}{SPACE}{unit}"
    return _fixed(exact, digits, flags)


def _fixed(exact: Decimal, digits: int, flags: str) -> str:
    rounded = exact.quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    if rounded == 0 and not ("+" in flags and exact < 0):
        rounded = abs(rounded)  # no −0.00, unless the sign is asked for
    return format(rounded, f"{flags}.{digits}f").replace("-", MINUS)


def _percent(exact: Decimal, digits: int, flags: str) -> str:
    hundredfold = exact.scaleb(2, _EXACT)
    step = Decimal(1).scaleb(-digits)
    rounded = hundredfold.quantize(step, context=_EXACT)
    if rounded == 0 and exact != 0:
        return f"<{SPACE}{step:f}%" if exact > 0 else f">{SPACE}{MINUS}{step:f}%"
    if rounded == 100 and exact < 1:
        return f">{SPACE}{100 - step:f}%"
    if rounded == -100 and exact > -1:
        return f"<{SPACE}{MINUS}{100 - step:f}%"
    return _fixed(hundredfold, digits, flags) + "%"


def _scientific(exact: Decimal, digits: int, sign: str) -> str:
    if exact == 0:  # of which decimal keeps the sign, and counts the digits as an exponent
        exact = Decimal(0).scaleb(-digits)
    mantissa, _, exponent = format(exact, f"{sign}.{digits}e").partition("e")
    return mantissa.replace("-", MINUS) + power_of_ten(int(exponent))


def power_of_ten(exponent: int) -> str:
    """What stands behind the digits of a number in scientific notation: `×10⁶`."""
    return f"×10{str(exponent).translate(_SUPERSCRIPT)}"


def _bits(number: int | float, spec: str) -> str:
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"{number!r} has no bits to show; {spec!r} is for integers from 0")
    digits = format(number, spec)
    return re.sub(r"(?<=.)(?=(?:.{4})+$)", " ", digits) if len(digits) > 8 else digits
