"""Tokenizers again, read from a model's file without what reads it for a trace.

Ids come from the library that defines them; what each of them stands for, and what text it read,
is taken from the file itself.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from generator.encodings import ENCODINGS, encoding


@dataclass(frozen=True)
class Tokenizer:
    """`raw` has the bytes of each id in use; `special` are the ids that are no part of a text.

    `normalized` gives a text as it is read, `encode` its ids.
    """

    raw: Mapping[int, bytes]
    special: frozenset[int]
    normalized: Callable[[str], str]
    encode: Callable[[str], list[int]]


def load(file: Path) -> Tokenizer:
    """A model's tokenizer. Raises ValueError, KeyError or TypeError where it is damaged."""
    content = json.loads(file.read_bytes())
    if "tokens" in content:
        return _characters(content["tokens"])
    if "encoding" in content:
        return of_encoding(content["encoding"])
    return _byte_level(content, file)


def of_encoding(name: str) -> Tokenizer:
    """One of tiktoken's encodings."""
    tiktoken = encoding(name)
    ranks = {tiktoken.encode_single_token(raw): raw for raw in tiktoken.token_byte_values()}
    marks = {tiktoken.encode_single_token(mark): mark for mark in tiktoken.special_tokens_set}
    return Tokenizer(
        raw=ranks | {index: mark.encode() for index, mark in marks.items()},
        special=frozenset(marks),
        normalized=lambda text: text,
        encode=lambda text: tiktoken.encode(text, disallowed_special=()),
    )


@cache
def encodings() -> Mapping[str, Tokenizer]:
    """Those that every prompt's text is published under, by name."""
    return {name: of_encoding(name) for name in ENCODINGS}


def _characters(tokens: list[str]) -> Tokenizer:
    return Tokenizer(
        raw={index: token.encode("utf-8", "surrogatepass") for index, token in enumerate(tokens)},
        special=frozenset(),
        normalized=lambda text: text,
        encode=lambda text: [tokens.index(character) for character in text],
    )


def _byte_level(content: Mapping[str, Any], file: Path) -> Tokenizer:
    """A `tokenizer.json` of Hugging Face."""
    import tokenizers

    library = tokenizers.Tokenizer.from_file(str(file))
    library.no_truncation()
    library.no_padding()
    library.encode_special_tokens = True
    forms = _forms(content.get("normalizer"))

    def normalized(text: str) -> str:
        for form in forms:
            text = unicodedata.normalize(form, text)
        return text

    added = content.get("added_tokens", [])
    vocabulary = {index: _bytes_of(token) for token, index in content["model"]["vocab"].items()}
    return Tokenizer(
        raw=vocabulary | {token["id"]: token["content"].encode() for token in added},
        special=frozenset(token["id"] for token in added if token["special"]),
        normalized=normalized,
        encode=lambda text: list(library.encode(text).ids),
    )


def _forms(normalizer: Any) -> list[Any]:
    """The Unicode normal forms that a text is brought into, one after the other."""
    if normalizer is None:
        return []
    if normalizer["type"] == "Sequence":
        return [form for each in normalizer["normalizers"] for form in _forms(each)]
    return [normalizer["type"]]


def _bytes_of(token: str) -> bytes:
    """The bytes that GPT-2's alphabet writes as these characters.

    It takes each visible character of Latin-1 for its own byte, and counts on from U+0100 for the
    bytes in between: 0 to 32, 127 to 160, and 173.
    """
    hidden = [*range(33), *range(127, 161), 173]
    codes = map(ord, token)
    return bytes(hidden[code - 256] if code >= 256 else code for code in codes)
