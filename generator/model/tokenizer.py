"""Text to token ids and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from generator.errors import GlasspageError, ModelError


class UnknownCharacterError(GlasspageError):
    """A text holds a character that the vocabulary lacks.

    `position` counts characters of the text from 0.
    """

    def __init__(self, character: str, position: int, known: int) -> None:
        super().__init__(
            f"character {position + 1} of the text, {character!r} (U+{ord(character):04X}), "
            f"is not among the {known} characters that the model knows",
            hint="take it out, or use a model whose training text has it.",
        )
        self.character = character
        self.position = position


class CharacterTokenizer:
    """One token for each character of the training text, in code point order.

    `tokens[id]` is the text of a token.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self._ids = {token: index for index, token in enumerate(self.tokens)}

    @classmethod
    def of_text(cls, text: str) -> CharacterTokenizer:
        return cls(sorted(set(text)))

    @classmethod
    def load(cls, path: Path) -> CharacterTokenizer:
        """Read `tokenizer.json`. Raises ModelError where it is missing or damaged."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ModelError(
                "the tokenizer is missing",
                file=path,
                hint="restore the file, or make it again with `glasspage train`.",
            ) from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ModelError(
                f"the tokenizer is not valid JSON: {error}",
                file=path,
                hint="restore the file, or make it again with `glasspage train`.",
            ) from None
        tokens = content.get("tokens") if isinstance(content, dict) else None
        if (
            not isinstance(tokens, list)
            or content.get("kind") != "characters"
            or not all(isinstance(token, str) and len(token) == 1 for token in tokens)
            or len(set(tokens)) != len(tokens)
        ):
            raise ModelError(
                "the tokenizer should be of kind 'characters' with a list of distinct "
                "single-character tokens",
                file=path,
            )
        return cls(tokens)

    def to_json(self) -> str:
        return json.dumps({"kind": "characters", "tokens": self.tokens}, ensure_ascii=False) + "\n"

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """The ids of a text. Raises UnknownCharacterError."""
        ids = []
        for position, character in enumerate(text):
            if character not in self._ids:
                raise UnknownCharacterError(character, position, len(self))
            ids.append(self._ids[character])
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(self.tokens[index] for index in ids)
