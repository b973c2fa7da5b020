"""A checkpoint in our own words, whosever it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from torch import Tensor

from generator.errors import ModelError
from generator.model.tokenizer import CharacterTokenizer
from generator.project.card import Architecture


@dataclass(frozen=True)
class Converted:
    """What is written into a model's folder.

    `tensors` have the names of `gpt.py` and the types that they came in. `tokenizer` is the content
    of `tokenizer.json`. `files` are those that were read, `notes` what the card should say beside.
    """

    format: str
    architecture: Architecture
    tensors: dict[str, Tensor]
    tokenizer: bytes
    files: list[Path]
    notes: list[str] = field(default_factory=list)


def architecture(file: Path, **sizes: object) -> Architecture:
    """An architecture of these sizes. Raises ModelError where they do not fit together."""
    try:
        return Architecture.model_validate(sizes)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        name = ".".join(str(step) for step in first["loc"])
        told = f"{name} {message}" if name else message
        raise ModelError(f"the sizes do not fit together: {told}", file=file) from None


def heads_of(d_model: int, n_heads: int, file: Path) -> int:
    """The width of a head, where the heads share the stream evenly."""
    if d_model % n_heads:
        raise ModelError(
            f"{d_model} dimensions cannot be shared by {n_heads} heads evenly", file=file
        )
    return d_model // n_heads


def characters(tokens: Sequence[str]) -> bytes:
    """The tokenizer with one token for each of these characters."""
    return CharacterTokenizer(tokens).to_json().encode("utf-8", "surrogatepass")


def tiktoken(encoding: str) -> bytes:
    """One of tiktoken's encodings, by its name."""
    return (json.dumps({"kind": "tiktoken", "encoding": encoding}) + "\n").encode()
