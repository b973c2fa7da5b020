"""Text to token ids and back: what every tokenizer can do, and the one of single characters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from generator.errors import GlasspageError, ModelError

_MOST_NAMED = 20  # characters that an error names one by one


class Tokenizer(Protocol):
    """Text to ids, and what each id stands for.

    `special` are the ids that stand for no text: the model's own marks, such as the beginning of a
    text. Their names in a text are read as its letters.
    """

    @property
    def special(self) -> frozenset[int]: ...

    def __len__(self) -> int:
        """One more than the largest id."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text. Raises UnreadableTextError where they cannot spell it."""

    def bytes_of(self, index: int) -> bytes | None:
        """The bytes of a token, of a special one its name; None of an id that is not in use."""

    def decode(self, ids: Iterable[int]) -> str:
        """What the tokens spell together. Bytes that make no character are lone surrogates, as
        Python's `surrogateescape` makes them."""


class UnreadableTextError(GlasspageError):
    """A text that a tokenizer cannot turn into ids."""


class UnknownCharacterError(UnreadableTextError):
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

    special: frozenset[int] = frozenset()

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self._ids = {token: index for index, token in enumerate(self.tokens)}

    @classmethod
    def of_text(cls, text: str) -> CharacterTokenizer:
        return cls(sorted(set(text)))

    @classmethod
    def of_content(cls, content: Mapping[str, object], file: Path) -> CharacterTokenizer:
        """What `file` holds. Raises ModelError where it is damaged."""
        tokens = content.get("tokens")
        if (
            not isinstance(tokens, list)
            or not all(isinstance(token, str) and len(token) == 1 for token in tokens)
            or len(set(tokens)) != len(tokens)
        ):
            raise ModelError(
                "the tokenizer of kind 'characters' should have a list of distinct "
                "single-character tokens",
                file=file,
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

    def bytes_of(self, index: int) -> bytes | None:
        known = 0 <= index < len(self.tokens)
        return self.tokens[index].encode("utf-8", "surrogatepass") if known else None

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(self.tokens[index] for index in ids)
