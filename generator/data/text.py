"""Text that can be anything, made safe for Markdown and HTML alike.

A token may hold markup, template delimiters, control characters or half a character. It is shown
as the text that it is, in a paragraph, a table cell, an attribute or an SVG, whether Hugo's
Goldmark or Python-Markdown reads the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from markupsafe import Markup

# Needs no care in Markdown or HTML: ASCII letters and digits, kana, Han, Hangul, and the
# punctuation of Chinese text.
_SAFE = re.compile(
    "[0-9A-Za-z\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "，。：；？！、“”‘’（）《》「」『』【】…—·]"
)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PICTURES = {"\n": "⏎", "\t": "⇥"}
_SPACE = "␣"
# What Unicode calls a space (Zs).
_SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_REPLACEMENT = "\ufffd"  # which readers take for a character that was lost on the way to them
_STRAY_BYTES = re.compile("[\udc80-\udcff]+")  # as `surrogateescape` makes them
_JOINER = "\u200d"  # holds emoji sequences together


def visible(text: str) -> str:
    """Show what a reader could not see: ⏎ a newline, ⇥ a tab, `⟨U+202E⟩` any other.

    (Unicode's own control pictures, U+2400 and on, are missing from most readers' fonts.)
    """
    return "".join(_visible(text, index) for index in range(len(text)))


def bounded(text: str) -> str:
    """The same of a text whose ends matter, a token's: spaces there are shown, too, as ␣, and
    those of other widths as `⟨U+3000⟩`."""
    inner = text.strip(_SPACES)
    before, after = text.split(inner, 1) if inner else (text, "")
    return "".join((_edge(before), visible(inner), _edge(after)))


def readable(raw: bytes) -> str:
    """The text of UTF-8 bytes; those that make no character are shown in hex: `⟨E5 86⟩`. U+FFFD,
    which could be taken for such, is made `visible`."""
    text = raw.decode("utf-8", "surrogateescape")
    return _STRAY_BYTES.sub(_in_hex, text).replace(_REPLACEMENT, visible(_REPLACEMENT))


def is_readable(raw: bytes) -> bool:
    """Whether UTF-8 bytes are shown as the text that they are."""
    return readable(raw) == raw.decode("utf-8", "surrogateescape")


def escape(text: str, show: Callable[[str], str] = visible) -> Markup:
    """The text, visible, with every character outside a small safe set as a reference."""
    return Markup("".join(c if _SAFE.match(c) else f"&#{ord(c)};" for c in show(text)))


def _in_hex(run: re.Match[str]) -> str:
    return f"⟨{run[0].encode('utf-8', 'surrogateescape').hex(' ').upper()}⟩"


def _edge(spaces: str) -> str:
    return "".join(_SPACE if space == " " else _named(space) for space in spaces)


def _named(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"


def _visible(text: str, index: int) -> str:
    character = text[index]
    if character in _PICTURES:
        return _PICTURES[character]
    hidden = character == _REPLACEMENT or unicodedata.category(character) in _HIDDEN
    if hidden and not _joins_emoji(text, index):
        return _named(character)
    return character


def _joins_emoji(text: str, index: int) -> bool:
    """Whether the joiner at `index` stands between two symbols."""
    if text[index] != _JOINER or not 0 < index < len(text) - 1:
        return False
    symbols = {"So", "Sk", "Mn"}  # Mn: the variation selector after an emoji
    return all(unicodedata.category(text[near]) in symbols for near in (index - 1, index + 1))
