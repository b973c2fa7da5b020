"""Pickles, looked through before anything is made of them.

A pickle is a program for a small machine. What it would do is known from its instructions: which
of Python's names it asks for, above all, and those we let pass are listed here.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Iterator
from typing import IO, Any

from generator.imports.refusal import ANOTHER_SOURCE, RefusedError

_STORED = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
_TYPES = ("float16", "bfloat16", "float32", "float64", "int64", "int32", "uint8", "bool")

# What tensors, and the mappings that hold them, are made with. torch.load knows more.
_HARMLESS = {
    "collections.OrderedDict",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch.Size",
    "torch.device",
    *(f"torch.{kind}Storage" for kind in _STORED),
    *(f"torch.cuda.{kind}Storage" for kind in _STORED),
    *(f"torch.{kind}" for kind in _TYPES),
}

# The instructions that a mapping of texts and whole numbers needs.
_PLAIN = {
    *("PROTO", "FRAME", "STOP", "MARK", "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1"),
    *("PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET", "MEMOIZE"),
}

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch's mark on its files from before 1.6
_EXPECTED = "name a file that torch.save wrote, or a folder of Hugging Face's."
_LEGACY_PICKLES = 5  # mark, version, machine, checkpoint, storages


def check_globals(content: bytes) -> None:
    """Raise RefusedError where a checkpoint's pickle asks for more than tensors are made with."""
    _check(_instructions(io.BytesIO(content)))


def check_legacy(stream: IO[bytes]) -> None:
    """The same for a file from before torch 1.6: pickles one after the other, then the weights."""
    start = stream.read(1)
    stream.seek(0)
    if not start:
        raise RefusedError("the file is empty")
    try:
        mark = list(_instructions(stream))
    except RefusedError:
        if start == pickle.PROTO:
            raise
        raise RefusedError("this is no checkpoint that torch wrote", _EXPECTED) from None
    if not any(argument == _LEGACY_MAGIC for _, argument in mark):
        raise RefusedError("this is no checkpoint that torch wrote", _EXPECTED)
    _check(iter(mark))
    for _ in range(_LEGACY_PICKLES - 1):
        _check(_instructions(stream))


def _instructions(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            yield opcode.name, argument
    except (ValueError, OverflowError, MemoryError) as error:
        raise RefusedError(f"the pickle is damaged or cut short: {error}") from None


def _check(instructions: Iterator[tuple[str, Any]]) -> None:
    texts: list[str] = []
    for name, argument in instructions:
        if isinstance(argument, str) and name != "GLOBAL":
            texts = [*texts[-1:], argument]
        if name in ("GLOBAL", "INST"):
            wanted = str(argument).replace(" ", ".", 1)
        elif name == "STACK_GLOBAL":
            wanted = ".".join(texts[-2:])
        elif name.startswith("EXT"):
            wanted = f"extension {argument}"
        else:
            continue
        if name != "GLOBAL" or wanted not in _HARMLESS:
            raise RefusedError(
                f"it asks for {wanted}, which is more than weights need; nothing of it was run",
                "save it with weights and plain numbers only, or do without it. It may be an "
                "attack: such a file can run any program when it is loaded carelessly.",
            )


class _Plain(pickle.Unpickler):
    """An unpickler that knows nothing but what the instructions themselves make."""

    def find_class(self, module: str, name: str) -> Any:
        raise RefusedError(f"the pickle asks for {module}.{name}", ANOTHER_SOURCE)


def plain(content: bytes) -> dict[Any, Any]:
    """A pickle of a mapping that holds mappings, texts and whole numbers. Raises RefusedError."""
    _check(_instructions(io.BytesIO(content)))
    for name, _ in _instructions(io.BytesIO(content)):
        if name not in _PLAIN:
            raise RefusedError(
                f"the pickle holds more than mappings, texts and whole numbers ({name})",
                ANOTHER_SOURCE,
            )
    try:
        made = _Plain(io.BytesIO(content)).load()
    except RefusedError:
        raise
    except Exception as error:  # an unpickler may raise anything
        raise RefusedError(f"the pickle is damaged: {error}") from None
    if not isinstance(made, dict):
        raise RefusedError("the pickle is no mapping")
    return made
