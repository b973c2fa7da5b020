"""Tokens as they are published, whole characters or not.

A token of byte-level BPE is a run of bytes, and may begin or end inside a character. Then it is no
text by itself: it is shown as its bytes in hex, and told is which bytes it has of which character.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator.data.text import is_readable, readable

UNUSED = "⟨unused⟩"
_FEWEST_BITS = 16
_LONGEST = 4  # bytes of a character


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a model by id: their bytes, None of an id that is not in use.

    `special` are those that stand for no text; their bytes are their names.
    """

    raw: Sequence[bytes | None]
    special: frozenset[int] = frozenset()

    def text(self, index: int) -> str:
        """A token by itself: its text, its bytes in hex where they are no text, or UNUSED."""
        raw = self.raw[index]
        return UNUSED if raw is None else readable(raw)

    @property
    def texts(self) -> list[str]:
        return [self.text(index) for index in range(len(self.raw))]

    @property
    def pieces(self) -> list[int]:
        """The ids of tokens that are shown otherwise than as their text."""
        return [index for index, raw in enumerate(self.raw) if raw and not is_readable(raw)]

    @property
    def unused(self) -> list[int]:
        """The ids that are not in use."""
        return [index for index, raw in enumerate(self.raw) if raw is None]

    @property
    def bits(self) -> int:
        """How many binary digits an id is written with: as many as the largest has, at least 16."""
        return max(_FEWEST_BITS, (len(self.raw) - 1).bit_length())

    def spelt(self, index: int) -> bytes:
        """What a token adds to a text when the model writes it."""
        return self.raw[index] or b""

    def read(self, index: int) -> bytes:
        """What a token of a prompt is of its text: a special one, nothing."""
        return b"" if index in self.special else self.spelt(index)

    def published(self, ids: Sequence[int]) -> list[dict[str, object]]:
        """A text's tokens: each one's text, id, bytes, binary digits, and what it is a piece of."""
        raws = [self.read(index) for index in ids]
        return [
            {
                "text": self.text(index),
                "id": index,
                "bytes": list(raw),
                "binary": [int(bit) for bit in f"{index:0{self.bits}b}"],
                "joins": joined,
                "special": index in self.special,
            }
            for index, raw, joined in zip(ids, raws, joins(raws), strict=True)
        ]


def joins(raws: Sequence[bytes]) -> list[list[dict[str, object]]]:
    """For each run of bytes, the characters that it has a part of: which `character`, which of its
    `bytes` (from 0), and how many it is made `of`. Runs of whole characters have none."""
    found: list[list[dict[str, object]]] = [[] for _ in raws]
    owners = [n for n, raw in enumerate(raws) for _ in raw]
    at = 0
    for character in b"".join(raws).decode("utf-8", "surrogateescape"):
        size = len(character.encode("utf-8", "surrogateescape"))
        own = owners[at : at + size]
        if own[0] != own[-1]:
            for n in dict.fromkeys(own):
                part = [index for index, owner in enumerate(own) if owner == n]
                found[n].append({"character": character, "bytes": part, "of": size})
        at += size
    return found


class Writing:
    """A text that is written token by token. Where a token completes a character, its text is that
    character rather than the bytes that were left of it."""

    def __init__(self, vocabulary: Vocabulary, ids: Iterable[int]) -> None:
        self._vocabulary = vocabulary
        self._raw = b"".join(vocabulary.read(index) for index in ids)

    @property
    def text(self) -> str:
        """All of it; bytes at its end that are no character yet are shown in hex."""
        return readable(self._raw)

    def next(self, index: int) -> str:
        """What a token would write here."""
        raw, begun = self._vocabulary.spelt(index), _begun(self._raw)
        if begun and raw and _is_text((begun + raw)[: _size(begun[0])]):
            return readable(begun + raw)
        return self._vocabulary.text(index)

    def write(self, index: int) -> None:
        self._raw += self._vocabulary.spelt(index)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _begun(raw: bytes) -> bytes:
    """The bytes at the end of a text that begin a character which more bytes can complete."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    decoder.decode(raw[-_LONGEST:])
    return decoder.getstate()[0]


def _size(first: int) -> int:
    """How many bytes a character has that begins with this one."""
    return 2 if first < 0xE0 else 3 if first < 0xF0 else 4
