"""What the terminal itself says around an article, in the article's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`place` is filled in with section, sections, page and pages, `auto` with seconds."""

    place: str
    onward: str
    end: str
    back: str
    leave: str
    auto: str


_WORDS: Mapping[str, Words] = {
    "zh": Words(
        place="第 {section}/{sections} 节 · 第 {page}/{pages} 页",
        onward="继续",
        end="结束",
        back="返回",
        leave="离开",
        auto="每 {seconds} 秒自动翻页",
    ),
    "en": Words(
        place="section {section} of {sections} · page {page} of {pages}",
        onward="go on",
        end="end",
        back="back",
        leave="leave",
        auto="goes on every {seconds} s",
    ),
}


def words_of(language: str) -> Words:
    """The words in a language, or else in English."""
    return _WORDS.get(language.split("-")[0], _WORDS["en"])
