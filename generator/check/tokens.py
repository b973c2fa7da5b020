"""Do the tokens spell the text, and are they those of the tokenizer?

Ids are asked of the tokenizer again; bytes, texts and joins are put together again, byte by byte.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from generator.data.text import readable
from generator.data.tokens import UNUSED
from generator.reference.tokenizer import Tokenizer

_REPLACEMENT = "\ufffd".encode()


def text_of(tokenizer: Tokenizer, index: int) -> str:
    """A token by itself, as pages show it."""
    return readable(tokenizer.raw[index]) if index in tokenizer.raw else UNUSED


def texts_of(tokenizer: Tokenizer, count: int) -> list[str]:
    """The texts of a model's `count` ids."""
    return [text_of(tokenizer, index) for index in range(count)]


def pieces_of(tokenizer: Tokenizer, count: int) -> list[int]:
    """Those of the ids that are shown otherwise than as their text."""
    raws = [tokenizer.raw.get(index, b"") for index in range(count)]
    return [n for n, raw in enumerate(raws) if not _whole(raw) or _REPLACEMENT in raw]


def unused_of(tokenizer: Tokenizer, count: int) -> list[int]:
    """Those of the ids that no token has."""
    return [index for index in range(count) if index not in tokenizer.raw]


def tokens_of(tokenizer: Tokenizer, text: str, count: int) -> list[dict[str, object]]:
    """The tokens of a text as they should be published; the model has `count` ids."""
    ids = tokenizer.encode(text)
    own = [_own(tokenizer, index) for index in ids]
    bits = max(len(bin(count - 1)) - 2, 16)
    return [
        {
            "text": text_of(tokenizer, index),
            "id": index,
            "bytes": list(raw),
            "binary": [index >> place & 1 for place in reversed(range(bits))],
            "joins": joined,
            "special": index in tokenizer.special,
        }
        for index, raw, joined in zip(ids, own, joins_of(own), strict=True)
    ]


def spelt(tokenizer: Tokenizer, ids: Sequence[int]) -> bytes:
    """The bytes of a prompt's tokens, one after the other."""
    return b"".join(_own(tokenizer, index) for index in ids)


def joins_of(raws: Sequence[bytes]) -> list[list[dict[str, object]]]:
    """What each run of bytes has of characters that it does not hold whole."""
    ends = list(accumulate(map(len, raws)))
    joined: list[list[dict[str, object]]] = [[] for _ in raws]
    text = b"".join(raws)
    for at, size in _characters(text):
        holders = [bisect_right(ends, at + n) for n in range(size)]
        for holder in sorted(set(holders)) if len(set(holders)) > 1 else []:
            part = [n for n in range(size) if holders[n] == holder]
            character = text[at : at + size].decode()
            joined[holder].append({"character": character, "bytes": part, "of": size})
    return joined


def written(before: bytes, raw: bytes, alone: str) -> str:
    """What a token of the bytes `raw` writes behind those before it: `alone`, or the character that
    it completes and what follows."""
    for length in (1, 2, 3):
        begun = before[-length:]
        for size in range(length + 1, 5):
            whole = (begun + raw)[:size]
            if raw and len(whole) == size and len(begun) == length and _is_character(whole):
                return readable(begun + raw)
    return alone


def _own(tokenizer: Tokenizer, index: int) -> bytes:
    return b"" if index in tokenizer.special else tokenizer.raw[index]


def _whole(raw: bytes) -> bool:
    return raw.decode(errors="ignore").encode() == raw


def _is_character(raw: bytes) -> bool:
    return _whole(raw) and len(raw.decode()) == 1


def _characters(text: bytes) -> list[tuple[int, int]]:
    """Where each character begins, and how many bytes it has; what is none is left out."""
    found = []
    at = 0
    while at < len(text):
        size = next((n for n in (1, 2, 3, 4) if _is_character(text[at : at + n])), 0)
        if size:
            found.append((at, size))
        at += max(size, 1)
    return found
