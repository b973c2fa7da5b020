"""Marks: numbers in a page that say which value they show.

`<data value="0.5123456" data-src="wukong:blocks.0.attn.pattern[0][2][0]" data-fmt=".2f">` holds the
value at full precision, its address and its format, so a program that has never seen the template
can evaluate the address and repeat the formatting.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from generator.data.value import Value, named
from generator.page.number import show


def shown(value: Any, spec: str = "d") -> str:
    """The number as text, without its mark. Raises TypeError where it has no address."""
    return show(_value(value).number, spec)


def mark(value: Any, spec: str = "d") -> Markup:
    """The number as text in an element that carries its address."""
    return _element("data", _value(value), spec)


def svg_mark(value: Any, spec: str = "d") -> Markup:
    """The same for the text of an SVG, where `<data>` renders nothing."""
    return _element("tspan", _value(value), spec)


def _element(tag: str, value: Value, spec: str) -> Markup:
    text = escape(show(value.number, spec))
    src, fmt = _attribute(value.address), _attribute(spec)
    return Markup(f'<{tag} value="{value.exact}" data-src="{src}" data-fmt="{fmt}">{text}</{tag}>')


def _attribute(text: str) -> str:
    """Text for an attribute in Markdown, where `[1]` could be read as a reference."""
    return str(escape(text)).replace("[", "&#91;").replace("]", "&#93;")


def _value(thing: Any) -> Value:
    if not isinstance(thing, Value):
        raise TypeError(
            f"{named(thing)} has no address: take the number from the data, "
            "or write it with `lit` if it is no result of the model"
        )
    return thing
