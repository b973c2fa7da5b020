"""Frames around tables, which may be wider than a screen: the keyboard can scroll them."""

from __future__ import annotations

import re
from html import escape

from markupsafe import Markup

_TABLE = re.compile(
    r"""
    <!--.*?--> | <figure\b[^>]*\bclass="gp\b.*?</figure>  # a diagram frames its own
    | (?P<begin> <table\b (?:"[^"]*"|'[^']*'|[^<>"'])* > )
    | (?P<end> </table\s*> )
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)


def framed(body: str, label: str) -> Markup:
    """The HTML of a body, its tables framed; a table within a table scrolls with that one."""
    depth = 0

    def with_frame(found: re.Match[str]) -> str:
        nonlocal depth
        html = found[0]
        if found["begin"]:
            depth += 1
            if depth == 1:
                name = escape(label)
                html = f'<div class="table" tabindex="0" role="group" aria-label="{name}">{html}'
        elif found["end"]:
            depth -= 1
            if depth == 0:
                html = f"{html}</div>"
        return html

    return Markup(_TABLE.sub(with_frame, str(body)))
