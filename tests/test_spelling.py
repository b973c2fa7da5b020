"""What tokens spell together: no character is lost, however the bytes are cut."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from generator.data.tokens import Vocabulary
from generator.data.value import Value
from generator.demo.drawings import Drawings
from generator.demo.parts import drawn
from generator.page.spelling import spelt_groups
from generator.page.templates import Templates
from generator.project.theme import Theme

THEME = Theme.read(ROOT / "themes", "paper")
# A token may hold a part of one character and all of another.
CUT = [
    ("层数", [2, 1 + 3], ["层数"]),
    ("系数", [3 + 2, 1], ["系数"]),
    ("他说 (∈", [3, 3, 2 + 1, 2], ["他", "说", " (∈"]),
    ("a农b", [2, 1, 2], ["a农b"]),
    ("山水", [3, 3], ["山", "水"]),
]


def tokens_of(raws: list[bytes]) -> Value:
    return Value(Vocabulary(raws).published(range(len(raws))), "p:tokens")


def cut(text: str, sizes: list[int]) -> list[bytes]:
    raw, raws = text.encode(), []
    for size in sizes:
        raws.append(raw[:size])
        raw = raw[size:]
    assert not raw
    return raws


@pytest.mark.parametrize(("text", "sizes", "spelt"), CUT)
def test_a_group_is_spelt_from_all_its_bytes(text: str, sizes: list[int], spelt: list[str]) -> None:
    groups = spelt_groups(tokens_of(cut(text, sizes)), most=48)
    assert [str(group.text) for group in groups] == spelt


@settings(deadline=None, max_examples=200)
@given(st.text("a层∈👧 ", max_size=8), st.lists(st.integers(1, 5), max_size=40))
def test_the_groups_spell_the_text_and_hold_its_tokens_in_order(
    text: str, sizes: list[int]
) -> None:
    raw, raws = text.encode(), []
    for size in [*sizes, len(raw)]:
        if raw:
            raws.append(raw[:size])
            raw = raw[size:]
    tokens = tokens_of(raws)
    groups = spelt_groups(tokens, most=len(raws))
    assert "".join(str(group.text) for group in groups) == text
    together = [token.id.plain for group in groups for token in group.tokens]
    assert together == list(range(len(raws)))
    some = spelt_groups(tokens, most=2)
    assert [token.id.plain for group in some for token in group.tokens] == together[:2]
    assert [group.text for group in some] == [group.text for group in groups][: len(some)]


@pytest.mark.parametrize(("text", "sizes", "spelt"), CUT)
def test_the_page_and_the_terminal_spell_alike(
    text: str, sizes: list[int], spelt: list[str]
) -> None:
    given: dict[str, Any] = {"tokens": tokens_of(cut(text, sizes)), "caption": "图"}
    words = THEME.words("zh")
    html = Templates(THEME, words)._rich.globals["diagram"].tokens(**given)
    groups = BeautifulSoup(html, "html5lib").select("[data-group] > :first-child")
    shown = [part.replace(" ", "␣") for part in spelt]  # as the spaces at a token's ends are
    assert [group.get_text() for group in groups] == shown
    drawings = Drawings(words)
    assert drawings.keep("tokens", given) is not None
    console = Console(width=60, color_system=None)
    (first, *_), *_ = [drawn(console, block, 60) for block in drawings.draw("0", 60)]
    line = "".join(segment.text for segment in first)
    assert line.split() == shown
