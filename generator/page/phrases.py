"""Where lines may break: headings and captions between phrases, names of values between parts."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

import rjieba
from markupsafe import Markup

_HAN = r"[\u3400-\u9fff]"
# Headings and captions, and cells with a run of Han characters.
_BROKEN = re.compile(
    rf"(<(?:h[1-6]|figcaption)\b[^>]*>|<t[hd]\b[^>]*>(?=[^<]*{_HAN}{{3}}))(.*?)"
    r"(</(?:h[1-6]|figcaption|t[hd])>|<details\b)",
    re.DOTALL,
)
_CODE = re.compile(r"<code>([^<>]*)</code>")
_NAME = re.compile(r"(?=\S{1,24}$)[\w.]\S*-\S*")  # fits into a line anywhere: Qwen2.5-7B-Instruct
_OPENING = "「『（《“"
_CLOSING = "」』）》”，。：；？！、"
_LEADING = set(
    "在把被将是与和同跟从向往到为对给让用比按就才都也还又再更最很不没只一这那哪每各几第可能会要像"
)
_TRAILING = set("的地得了着过完成到里外上下中前后时们吗呢吧字者性化式")


def breakable(html: str) -> Markup:
    """The HTML of a heading or a caption, with `<wbr>` where a line may end.

    Text and tags stay as they are. Two words may be parted; a character that stands alone stays
    with what it leans on: 的 with what comes before it, 在 with what follows.
    """
    pieces = re.split(r"(<[^>]*>|&[^;\s]+;)", str(html))
    text = "".join(_plain(piece) for piece in pieces)
    breaks = _breaks(text)
    out: list[str] = []
    at = 0
    for piece in pieces:
        if piece.startswith("<"):
            out.append(piece)
        elif piece.startswith("&"):
            out.append("<wbr>" * (at in breaks) + piece)
            at += 1
        else:
            for character in piece:
                out.append("<wbr>" * (at in breaks) + character)
                at += 1
    # Before an element rather than first in it.
    return Markup(re.sub(r"((?:<(?!/|wbr)[^>]*>)+)<wbr>", r"<wbr>\1", "".join(out)))


def breakable_body(body: str) -> Markup:
    """A page's body, in which headings, captions and cells of tables break between phrases, and
    short names in code are marked, so that the theme can keep them whole."""
    named = _CODE.sub(_named, str(body))
    return Markup(_BROKEN.sub(lambda found: found[1] + str(breakable(found[2])) + found[3], named))


def _named(code: re.Match[str]) -> str:
    is_name = _NAME.fullmatch(unescape(code[1]))
    return f'<code class="name">{code[1]}</code>' if is_name else code[0]


def breakable_names(html: str) -> Markup:
    """HTML in which long names, such as `blocks.0.attn.pattern`, may break after their dots."""
    return Markup(re.sub(r"(?<=[\w}\]])[.:\[(](?=[\w{-])", r"\g<0><wbr>", str(html)))


def _plain(piece: str) -> str:
    """A piece of HTML as text in which each reference counts as one character."""
    if piece.startswith("<"):
        return ""
    return unescape(piece)[:1] if piece.startswith("&") else piece


def _breaks(text: str) -> set[int]:
    """The places before which a line may end."""
    words: list[str] = rjieba.cut(text, hmm=False)
    places: set[int] = set()
    at = 0
    for before, after in pairwise(words):
        at += len(before)
        if _may_part(before, after):
            places.add(at)
    return places


def _may_part(before: str, after: str) -> bool:
    if before[-1] in _OPENING or after[0] in _CLOSING:
        return False
    if before[-1].isspace() or after[0].isspace():
        return False  # it may anyway
    if before[-1] in _CLOSING or after[0] in _OPENING:
        return True
    if not (re.match(_HAN, before[-1]) and re.match(_HAN, after[0])):
        return False
    ended = len(before) > 1 or before in _TRAILING
    return ended and (len(after) > 1 or after in _LEADING)
