"""A model's `tokenizer.json`: which kind of tokenizer it holds."""

from __future__ import annotations

import json
from pathlib import Path

from generator.errors import ModelError
from generator.model.bpe import HuggingFaceTokenizer, TiktokenTokenizer
from generator.model.tokenizer import CharacterTokenizer, Tokenizer


def load_tokenizer(file: Path) -> Tokenizer:
    """Read a tokenizer. Raises ModelError where it is missing, damaged, or of another kind.

    `{"kind": "characters", "tokens": […]}` and `{"kind": "tiktoken", "encoding": "cl100k_base"}`
    are glasspage's own; what has the key "model" is Hugging Face's.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            "the tokenizer is missing",
            file=file,
            hint="restore the file, or train or import the model again.",
        ) from None
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"the tokenizer is not valid JSON: {error}",
            file=file,
            hint="restore the file, or train or import the model again.",
        ) from None
    if isinstance(content, dict):
        if content.get("kind") == "characters":
            return CharacterTokenizer.of_content(content, file)
        if content.get("kind") == "tiktoken":
            return TiktokenTokenizer.of_content(content, file)
        if "model" in content:
            return HuggingFaceTokenizer.of_content(content, file)
    raise ModelError(
        "the tokenizer should be of the kind 'characters' or 'tiktoken', or a tokenizer.json of "
        "Hugging Face",
        file=file,
    )
