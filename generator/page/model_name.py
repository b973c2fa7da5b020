"""What the name of a model says: family, version, size, training, format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "owner", "family", "version", "size", "experts", "active", "training", "subject", "origin",
    "context", "date", "format", "precision", "unknown",
]  # fmt: skip

# What a piece is, whatever stands before it; the first that matches. Numbers and units are as the
# names on Hugging Face and Ollama have them.
_SHAPES: tuple[tuple[Role, str], ...] = (
    ("experts", r"\d+x\d+(\.\d+)?b|\d+e|moe"),
    ("active", r"a\d+(\.\d+)?b"),
    ("size", r"\d+([._]\d+)?[bt]|\d+b\d|nano|micro|mini|tiny|small|medium|large|x+l|lite"),
    ("context", r"\d+k"),
    ("date", r"(19|20)?\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])?|(0[1-9]|1[0-2])([0-2]\d|3[01])"),
    ("version", r"v?\d+([._]\d+)*|[kmrv]\d+([._]\d+)*"),
    ("training", r"base|pt|pretrain(ed)?|instruct|it|chat|sft|dpo|rlhf|thinking|reasoning|distill"),
    ("subject", r"code|coder|math|vl|vision|audio|omni|embedding|reranker|guard"),
    ("format", r"gguf|ggml|safetensors|gptq|awq|exl[23]|mlx|bnb|hf|onnx|i?matrix"),
    (
        "precision",
        r"(u?int|fp|bf|f|float|nf|mxfp|nvfp)\d+|\d+bits?|i?q\d(_[0-9a-z]+)*|w\d+a\d+|tq\d_\d",
    ),
)
# A precision as files are named by it, whose underscores divide nothing.
_QUANTIZED = r"i?q\d(?:_[0-9a-z]+)+(?=[-:/. ]|$)"
# What a dot divides from what stands before it; others belong to a number, or to a name.
_BEHIND_A_DOT = rf"{_QUANTIZED}|(?:i?q\d|b?f16|f32|gguf|ggml|safetensors)(?=[-:/. ]|$)"
_PIECE = re.compile(
    rf"{_QUANTIZED}|(?:[^-:/_. ]|(?<=\d)_(?=\d)|\.(?!{_BEHIND_A_DOT}))*", re.IGNORECASE
)
# Families that others are made from.
_ORIGINS = {"llama", "qwen", "mistral", "mixtral", "gemma", "phi", "yi", "falcon", "deepseek"}
_FAMILY = re.compile(r"([a-z]*[a-z]{2})(\d+(?:[._]\d+)*)", re.IGNORECASE)  # Qwen2.5, gpt2


@dataclass(frozen=True)
class Part:
    """A piece of a name, and what it tells. `before` is what divides it from the piece before."""

    text: str
    role: Role
    before: str = ""


def parts_of(name: str) -> list[Part]:
    """The pieces of a model's name in their order; put together, they are the name again.

    A piece that nothing is known of has the role `unknown`: names follow habits, not a grammar.
    """
    found: list[Part] = []
    for before, text in _pieces(name):
        if before == "/":  # whose it is stands first
            found = [Part(part.text, "owner", part.before) for part in found]
        found += _read(text, before, {part.role for part in found})
    return found


def _pieces(name: str) -> Iterator[tuple[str, str]]:
    """Each piece, with the sign before it. An underscore divides nothing that digits surround, or
    that belongs to a precision such as Q4_K_M; a dot divides such a precision, and what kind of
    file it is."""
    before, rest = "", name
    while rest:
        end = _PIECE.match(rest)
        assert end is not None
        yield before, end[0]
        before, rest = rest[end.end() :][:1], rest[end.end() + 1 :]
    if before:  # the name ends with a sign
        yield before, ""


def _read(text: str, before: str, seen: set[Role]) -> list[Part]:
    if not text:
        return [Part(text, "unknown", before)]
    role = _role(text, seen)
    named = seen - {"owner"}
    if role == "unknown" and not named - {"family"}:
        attached = _FAMILY.fullmatch(text)
        if attached and not named:
            return [Part(attached[1], "family", before), Part(attached[2], "version")]
        if attached or not named or text.isalpha():  # a number of a kind not known is no family
            return [Part(text, "family", before)]
    if role == "unknown":
        attached = _FAMILY.fullmatch(text)
        if attached and attached[1].lower() in _ORIGINS:
            return [Part(text, "origin", before)]
    if role in ("version", "size", "training") and not named:
        return [Part(text, "family", before)]  # a name has to begin with one
    return [Part(text, role, before)]


def _role(text: str, seen: set[Role]) -> Role:
    small = text.lower()
    if re.fullmatch(r"\d+(\.\d+)?m", small):  # millions of parameters, or else of tokens
        return "context" if "size" in seen else "size"
    for role, shape in _SHAPES:
        if re.fullmatch(shape, small):
            return role
    return "origin" if small in _ORIGINS and seen - {"owner", "family"} else "unknown"
