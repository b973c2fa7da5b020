"""Byte-level BPE: tokens are runs of bytes, which need not end where a character does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.encodings import ENCODINGS, encoding
from generator.errors import GlasspageError, ModelError
from generator.model.tokenizer import UnreadableTextError

if TYPE_CHECKING:
    import tokenizers
    from tiktoken import Encoding

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")  # Unicode's own, which anyone can repeat
_ONLY = "only byte-level BPE can be read: GPT-2's, Llama 3's, Qwen's and their like."


class _ByteLevelTokenizer:
    """What tokenizers of byte-level BPE have in common, whichever library splits the text."""

    def __init__(self, table: Mapping[int, bytes], special: Iterable[int]) -> None:
        self._table = dict(table)
        self.special = frozenset(special)
        self._length = max(self._table) + 1

    def __len__(self) -> int:
        return self._length

    def bytes_of(self, index: int) -> bytes | None:
        return self._table.get(index)

    def decode(self, ids: Iterable[int]) -> str:
        raw = b"".join(self._table.get(index, b"") for index in ids)
        return raw.decode("utf-8", "surrogateescape")

    def encode(self, text: str) -> list[int]:
        """The ids of a text. Raises UnreadableTextError where they would spell another."""
        try:
            expected = self.normalized(text).encode()
        except UnicodeEncodeError as error:
            raise UnreadableTextError(
                f"U+{ord(text[error.start]):04X}, character {error.start + 1} of the text, is half "
                "of a character",
                hint="write the character itself.",
            ) from None
        ids = self._split(text)
        spelt = b"".join(self._table.get(index, b"") for index in ids if index not in self.special)
        if spelt != expected:
            missing = sorted(
                set(expected) - {raw[0] for raw in self._table.values() if len(raw) == 1}
            )
            why = f"; it has no token for the byte {missing[0]:02X}" if missing else ""
            raise UnreadableTextError(
                f"the tokenizer reads another text than this one{why}",
                hint="take out what its training text did not have, or use another model.",
            )
        return ids

    def normalized(self, text: str) -> str:
        """The text as the tokenizer normalizes it."""
        return text

    def _split(self, text: str) -> list[int]:
        raise NotImplementedError


class TiktokenTokenizer(_ByteLevelTokenizer):
    """One of tiktoken's encodings."""

    def __init__(self, name: str) -> None:
        """Raises GlasspageError where there is no such encoding."""
        self._encoding = encoding(name)
        marks = self._encoding.special_tokens_set
        super().__init__(
            dict(_numbered(self._encoding)), map(self._encoding.encode_single_token, marks)
        )

    @classmethod
    def of_content(cls, content: Mapping[str, object], file: Path) -> TiktokenTokenizer:
        """What `file` holds. Raises ModelError where its encoding is not to be had."""
        try:
            return cls(str(content.get("encoding")))
        except GlasspageError as error:
            raise ModelError(error.message, file=file, hint=error.hint) from None

    def _split(self, text: str) -> list[int]:
        return self._encoding.encode_ordinary(text)


@cache
def encodings() -> Mapping[str, TiktokenTokenizer]:
    """All of ENCODINGS by name."""
    return {name: TiktokenTokenizer(name) for name in ENCODINGS}


class HuggingFaceTokenizer(_ByteLevelTokenizer):
    """What a `tokenizer.json` of Hugging Face describes, if it is byte-level BPE.

    The special tokens that its template puts around a text are part of the ids.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer, table: Mapping[int, bytes]) -> None:
        added = tokenizer.get_added_tokens_decoder()
        super().__init__(table, (index for index, token in added.items() if token.special))
        self._tokenizer = tokenizer

    @classmethod
    def of_content(cls, content: Mapping[str, Any], file: Path) -> HuggingFaceTokenizer:
        """What `file` holds. Raises ModelError where it is damaged, or splits text in a way that
        cannot be shown and verified."""
        import tokenizers

        if refusal := _refusal(content):
            raise ModelError(f"the tokenizer {refusal}", file=file, hint=_ONLY)
        try:
            tokenizer = tokenizers.Tokenizer.from_str(file.read_text(encoding="utf-8"))
        except BaseException as error:
            if not is_the_librarys(error):
                raise
            raise ModelError(
                f"the tokenizer cannot be read: {error}", file=file, hint="restore the file."
            ) from None
        # All of a text counts, and the names of special tokens in it are text.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        added = tokenizer.get_added_tokens_decoder()
        for entry in content.get("added_tokens") or []:
            if tokenizer.token_to_id(entry["content"]) != entry["id"]:
                raise ModelError(
                    f"the tokenizer gives the token {entry['content']!r} the id {entry['id']}, "
                    "which does not follow those of the others or is another's",
                    file=file,
                    hint="restore the file.",
                )
        table = {index: token.content.encode() for index, token in added.items()}
        for token, index in tokenizer.get_vocab(with_added_tokens=False).items():
            if index in added:
                continue
            try:
                table[index] = bytes(_BYTES[character] for character in token)
            except KeyError:
                raise ModelError(
                    f"the tokenizer has the token {token!r}, id {index}, which is not written as "
                    "bytes",
                    file=file,
                    hint=_ONLY,
                ) from None
        if not table:
            raise ModelError("the tokenizer has no tokens", file=file, hint="restore the file.")
        around = tokenizer.encode("").ids
        if unknown := [index for index in around if index not in table]:
            raise ModelError(
                f"the tokenizer puts the token {unknown[0]} around a text, and has none of that id",
                file=file,
                hint="restore the file.",
            )
        return cls(tokenizer, table)

    def normalized(self, text: str) -> str:
        text.encode()  # what is no text is told as such, which the library would not
        normalizer = self._tokenizer.normalizer
        return text if normalizer is None else str(normalizer.normalize_str(text))

    def _split(self, text: str) -> list[int]:
        try:
            return list(self._tokenizer.encode(text).ids)
        except BaseException as error:
            if not is_the_librarys(error):
                raise
            raise UnreadableTextError(
                f"the tokenizer cannot split this text: {error}",
                hint="shorten it, or use another model.",
            ) from None


def is_the_librarys(error: BaseException) -> bool:
    """Whether `tokenizers` raised it: its panics are no Exceptions."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _numbered(encoding: Encoding) -> Iterator[tuple[int, bytes]]:
    """Each id that is in use, with its bytes."""
    for index in range(encoding.n_vocab):
        with suppress(KeyError):
            yield index, encoding.decode_single_token_bytes(index)


def _refusal(content: Mapping[str, Any]) -> str | None:
    """Why a tokenizer.json is not one of those that can be read; None if it may be."""
    model = content.get("model")
    if not isinstance(model, dict):
        return "has no model"
    # Files from before the library's version 0.11 do not name it.
    kind = model.get("type", "BPE" if "merges" in model else None)
    if kind != "BPE":
        return f"is of the kind {kind!r}"
    if model.get("byte_fallback"):
        return "is a SentencePiece BPE, which falls back to bytes"
    if model.get("dropout"):
        return "drops merges at random, so that a text has no ids of its own"
    for key in ("continuing_subword_prefix", "end_of_word_suffix"):
        if model.get(key):
            return f"marks the parts of words ({key} is {model[key]!r})"
    steps = list(_steps(content.get("pre_tokenizer"), "pretokenizers"))
    byte_level = [step for step in steps if step.get("type") == "ByteLevel"]
    if not byte_level:
        return "splits text into characters, not bytes"
    if any(step.get("add_prefix_space") for step in byte_level):
        return "puts a space before a text (add_prefix_space)"
    for step in _steps(content.get("normalizer"), "normalizers"):
        if step.get("type") not in _FORMS:
            return f"changes a text before it reads it (normalizer {step.get('type')!r})"
    return None


def _steps(step: Any, parts: str) -> Iterator[Mapping[str, Any]]:
    """A step of a tokenizer.json, or each of a sequence of them."""
    if isinstance(step, dict) and step.get("type") == "Sequence":
        inner = step.get(parts)
        for each in inner if isinstance(inner, list) else []:
            yield from _steps(each, parts)
    elif isinstance(step, dict):
        yield step


def _alphabet() -> dict[str, int]:
    """How GPT-2 writes bytes as characters: the visible ones of Latin-1 as themselves, the others,
    in their order, from U+0100 on."""
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {
        chr(0x100 + at): byte for at, byte in enumerate(hidden)
    }


_BYTES = _alphabet()
