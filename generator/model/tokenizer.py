"""Text to token ids and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from generator.errors import GlasspageError, ModelError

_MOST_NAMED = 20  # characters that an error names one by one


class UnknownCharacterError(GlasspageError):
    """A text holds characters that the vocabulary, of `known` characters, lacks.

    `positions` has the first place of each, counted in characters of the text from 0.
    """

    def __init__(self, positions: Mapping[str, int], known: int) -> None:
        named = [
            f"{character!r} (U+{ord(character):04X}, character {position + 1} of the text)"
            for character, position in positions.items()
        ]
        shown = ", ".join(named[:_MOST_NAMED])
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        one = len(named) == 1
        super().__init__(
            f"{shown}{more} {'is' if one else 'are'} not among the {known} characters that the "
            "model knows",
            hint=f"take {'it' if one else 'them'} out, or use a model whose training text has "
            f"{'it' if one else 'them'}.",
        )
        self.positions = dict(positions)


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
        """The ids of a text. Raises UnknownCharacterError, for all such characters at once."""
        unknown: dict[str, int] = {}
        for position, character in enumerate(text):
            if character not in self._ids:
                unknown.setdefault(character, position)
        if unknown:
            raise UnknownCharacterError(unknown, len(self))
        return [self._ids[character] for character in text]

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(self.tokens[index] for index in ids)
