"""What the tokens of a text spell together, where a character is cut between several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generator.data.text import readable
from generator.data.value import Text


@dataclass(frozen=True)
class Spelt:
    """Tokens that stand together under the `text` that their bytes spell."""

    tokens: list[Any]
    text: Text


def spelt_groups(tokens: Iterable[Any], most: int) -> list[Spelt]:
    """The first `most` published tokens in groups: one that begins inside a character stands with
    those before it. A group that `most` cuts is spelt whole."""
    groups: list[list[Any]] = []
    for count, token in enumerate(tokens):
        if groups and _begins_inside(token):
            groups[-1].append(token)
        elif count < most:
            groups.append([token])
        else:
            break
    drawn, left = [], most
    for group in groups:
        drawn.append(Spelt(group[:left], _spelt(group)))
        left -= len(group)
    return drawn


def _begins_inside(token: Any) -> bool:
    return bool(token.joins) and token.joins.plain[0]["bytes"][0] > 0


def _spelt(group: list[Any]) -> Text:
    first: Text = group[0].text
    if len(group) == 1:
        return first
    raw = bytes(byte for token in group for byte in token.bytes.plain)
    return type(first)(readable(raw), first.address)
