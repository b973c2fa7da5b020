"""JSON that somebody else wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.errors import ModelError


def read_json(file: Path, largest: int) -> dict[str, Any]:
    """A mapping of at most `largest` bytes. Raises ModelError, for a key that is written twice
    too."""
    if not file.is_file():
        raise ModelError(
            "the file is missing", file=file, hint="a Hugging Face folder has it: copy it, too."
        )
    if (size := file.stat().st_size) > largest:
        raise ModelError(
            f"the file has {size:,} bytes, expected are at most {largest:,}", file=file
        )
    return parse_json(file.read_bytes(), file)


def parse_json(content: bytes, file: Path) -> dict[str, Any]:
    """The same of a text that is part of `file`."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                raise ModelError(
                    f"{key!r} is written twice", file=file, hint="keep one of the two."
                )
            made[key] = value
        return made

    def no_number(name: str) -> Any:
        raise ModelError(
            f"{name} is no number that JSON knows",
            file=file,
            hint="write it anew with transformers.",
        )

    try:
        made = json.loads(content, object_pairs_hook=once, parse_constant=no_number)
    except RecursionError:
        raise ModelError("the JSON is nested too deeply", file=file) from None
    except ValueError as error:
        raise ModelError(
            f"this is not valid JSON: {error}",
            file=file,
            hint="mend it there, or copy the file again from where it comes from.",
        ) from None
    if not isinstance(made, dict):
        raise ModelError("expected is a mapping of keys to values", file=file)
    return made
