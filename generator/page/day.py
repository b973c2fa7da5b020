"""Days as readers write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

# The placeholders of the words that are filled in here.
FILLED = {"date": ("year", "month", "day", "name"), "months": ()}


def written(day: str, words: Mapping[str, Any]) -> str:
    """A day, given as 2026-11-20, in the theme's words: `date`, which may name one of `months`.

    Its spaces do not break, so that it stays on one line.
    """
    when = date.fromisoformat(day)
    month = words["months"].split()[when.month - 1]
    shown: str = words["date"].format(year=when.year, month=when.month, day=when.day, name=month)
    return shown.replace(" ", "\N{NO-BREAK SPACE}")
