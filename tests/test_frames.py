"""Tables in frames of their own."""

from __future__ import annotations

import pytest

from generator.page.frames import framed

BEGIN = '<div class="table" tabindex="0" role="group" aria-label="a &lt; b">'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>x</p><table><tr></table>y", f"<p>x</p>{BEGIN}<table><tr></table></div>y"),
        ('<table title="a>b"></table>', f'{BEGIN}<table title="a>b"></table></div>'),
        (
            "<table><td><table></table></td></table><table></table>",
            f"{BEGIN}<table><td><table></table></td></table></div>{BEGIN}<table></table></div>",
        ),
        ('<figure class="gp"><table></table></figure>',) * 2,
        ("<!-- <table> -->",) * 2,
        ("<pre>&lt;table></pre>",) * 2,
    ],
)
def test_tables_outside_diagrams_are_framed_once(html: str, expected: str) -> None:
    assert framed(html, "a < b") == expected
