"""The tokenizer: every character of the training text, and only those."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ModelError
from generator.files import write
from generator.model.tokenizer import CharacterTokenizer, UnknownCharacterError
from generator.model.tokenizer_file import load_tokenizer

unhurried = settings(deadline=None, max_examples=100)

texts = st.text(st.characters(codec="utf-8"), min_size=1)  # line ends, NUL and all


def test_tokens_are_numbered_in_code_point_order() -> None:
    tokenizer = CharacterTokenizer.of_text("道空悟空\na")
    assert tokenizer.tokens == ["\n", "a", "悟", "空", "道"]
    assert tokenizer.encode("悟空道\n") == [2, 3, 4, 0]
    assert len(tokenizer) == 5


@unhurried
@given(texts, st.data())
def test_text_of_known_characters_comes_back(text: str, data: st.DataObject) -> None:
    tokenizer = CharacterTokenizer.of_text(text)
    other = data.draw(st.text(st.sampled_from(sorted(set(text)))))
    ids = tokenizer.encode(other)
    assert tokenizer.decode(ids) == other
    assert all(0 <= index < len(tokenizer) for index in ids)


@pytest.mark.parametrize(
    ("text", "character", "position"), [("悟x空", "x", 1), ("猪悟空", "猪", 0), ("悟空\n", "\n", 2)]
)
def test_an_unknown_character_is_told_with_its_position(
    text: str, character: str, position: int
) -> None:
    with pytest.raises(UnknownCharacterError) as caught:
        CharacterTokenizer.of_text("悟空").encode(text)
    error = caught.value
    assert error.positions == {character: position}
    assert error.message == (
        f"{character!r} (U+{ord(character):04X}, character {position + 1} of the text) "
        "is not among the 2 characters that the model knows"
    )
    assert error.hint


def test_unknown_characters_are_told_all_at_once() -> None:
    with pytest.raises(UnknownCharacterError) as caught:
        CharacterTokenizer.of_text("悟空").encode("悟a空ba")
    assert caught.value.positions == {"a": 1, "b": 3}
    assert caught.value.message == (
        "'a' (U+0061, character 2 of the text), 'b' (U+0062, character 4 of the text) "
        "are not among the 2 characters that the model knows"
    )


@unhurried
@given(text=texts)
def test_a_tokenizer_comes_back_from_its_file(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("model") / "tokenizer.json"
    tokenizer = CharacterTokenizer.of_text(text)
    write(file, tokenizer.to_json())
    found = load_tokenizer(file)
    assert isinstance(found, CharacterTokenizer) and found.tokens == tokenizer.tokens


def test_the_file_is_json_that_can_be_read_by_eye() -> None:
    text = CharacterTokenizer.of_text("悟空").to_json()
    assert text == '{"kind": "characters", "tokens": ["悟", "空"]}\n'


DAMAGED = {
    "no JSON": "{",
    "nothing": "",
    "a list": '["a"]',
    "another kind": json.dumps({"kind": "bpe", "tokens": ["a"]}),
    "no kind": json.dumps({"tokens": ["a"]}),
    "no tokens": json.dumps({"kind": "characters"}),
    "tokens in a text": json.dumps({"kind": "characters", "tokens": "ab"}),
    "a token of two characters": json.dumps({"kind": "characters", "tokens": ["ab"]}),
    "an empty token": json.dumps({"kind": "characters", "tokens": [""]}),
    "a number": json.dumps({"kind": "characters", "tokens": [1]}),
    "a token twice": json.dumps({"kind": "characters", "tokens": ["a", "b", "a"]}),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_named(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text(DAMAGED[damage])
    with pytest.raises(ModelError) as caught:
        load_tokenizer(file)
    assert caught.value.file == file
    assert caught.value.message.startswith("the tokenizer ")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_bytes(b'{"kind": "characters", "tokens": ["\xff"]}')
    with pytest.raises(ModelError, match="not valid JSON"):
        load_tokenizer(file)


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load_tokenizer(tmp_path / "tokenizer.json")
    assert caught.value.file == tmp_path / "tokenizer.json"
    assert "train or import the model again" in str(caught.value.hint)
