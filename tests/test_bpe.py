"""Byte-level BPE: ids and bytes are those of the text, and pieces of characters stay pieces."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_model import byte_level, qwen, write_model
from tokenizers import Tokenizer as Library
from tokenizers import models, normalizers, pre_tokenizers

from generator.build.builder import build
from generator.check import tokens as checked
from generator.check.findings import Findings
from generator.check.tensors import check_model, check_prompt
from generator.check.verify import verify
from generator.data.folder import DataFolder
from generator.data.text import readable
from generator.data.tokens import UNUSED, Vocabulary, Writing, joins
from generator.encodings import encoding
from generator.errors import GlasspageError, ModelError
from generator.files import write
from generator.model.tokenizer import Tokenizer, UnreadableTextError
from generator.model.tokenizer_file import load_tokenizer
from generator.project.examples import new_prompt
from generator.project.project import Project
from generator.project.prompt import Prompt
from generator.project.source import Source
from generator.reference import tokenizer as reference
from generator.reference.tokenizer import encodings
from generator.reporter import Reporter

unhurried = settings(deadline=None, max_examples=60)

any_text = st.text(st.characters(codec="utf-8"))
CL100K = '{"kind": "tiktoken", "encoding": "cl100k_base"}'
KINDS: dict[str, Callable[[], str]] = {
    "cl100k_base": lambda: CL100K,
    "Llama 3": lambda: byte_level().to_str(),
    "Qwen": lambda: qwen().to_str(),
}
Both = tuple[Tokenizer, reference.Tokenizer]


@pytest.fixture(scope="module", params=KINDS)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A tokenizer as traces use it, and as `verify` reads it."""
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    write(file, KINDS[request.param]())
    return load_tokenizer(file), reference.load(file)


def vocabulary_of(tokenizer: Tokenizer) -> Vocabulary:
    raws = [tokenizer.bytes_of(index) for index in range(len(tokenizer))]
    return Vocabulary(raws, tokenizer.special)


@unhurried
@given(text=any_text)
@example(text="「农夫山泉 」e\u0301 <|endoftext|><|bos|>\r\n\0👩‍👩‍👧 \ufffd")
def test_the_tokens_of_any_text_spell_it(both: Both, text: str) -> None:
    tokenizer, again = both
    ids = tokenizer.encode(text)
    read = again.normalized(text)
    assert ids == again.encode(text)
    own = [index for index in ids if index not in tokenizer.special]
    assert tokenizer.decode(own) == read
    published = vocabulary_of(tokenizer).published(ids)
    assert b"".join(bytes(token["bytes"]) for token in published).decode() == read
    assert "\ufffd" not in json.dumps([token["text"] for token in published], ensure_ascii=False)
    assert published == checked.tokens_of(again, text, len(tokenizer))
    for token in published:
        assert int("".join(map(str, token["binary"])), 2) == token["id"]
        if token["joins"]:
            assert "⟨" in token["text"]


def test_every_id_means_the_same_to_the_trace_and_to_verify(both: Both) -> None:
    tokenizer, again = both
    count = len(tokenizer) + 2
    vocabulary = Vocabulary([tokenizer.bytes_of(n) for n in range(count)], tokenizer.special)
    assert tokenizer.special == again.special
    assert vocabulary.texts == checked.texts_of(again, count)
    assert vocabulary.pieces == checked.pieces_of(again, count)
    assert vocabulary.unused == checked.unused_of(again, count)
    assert vocabulary.texts[-1] == UNUSED
    assert "\ufffd" not in "".join(vocabulary.texts)
    assert vocabulary.bits == (17 if count > 65536 else 16)


def test_the_ids_of_cl100k_base_are_known(tmp_path: Path) -> None:
    write(tmp_path / "tokenizer.json", CL100K)
    tokenizer = load_tokenizer(tmp_path / "tokenizer.json")
    ids = tokenizer.encode("农夫山泉 ")
    assert ids == [13828, 250, 8192, 104, 58911, 14888, 231, 220]
    first, second = vocabulary_of(tokenizer).published(ids)[:2]
    assert (first["text"], second["text"]) == ("⟨E5 86⟩", "⟨9C⟩")
    assert first["joins"] == [{"character": "农", "bytes": [0, 1], "of": 3}]
    assert second["joins"] == [{"character": "农", "bytes": [2], "of": 3}]
    assert len(first["binary"]) == 17


def test_names_of_special_tokens_in_a_text_are_text(both: Both) -> None:
    tokenizer, _ = both
    names = "".join((tokenizer.bytes_of(n) or b"").decode() for n in tokenizer.special)
    bos = tokenizer.encode("")
    ids = tokenizer.encode(names)
    assert ids[: len(bos)] == bos
    assert tokenizer.special.isdisjoint(ids[len(bos) :])


def test_a_normal_form_and_a_mark_at_the_beginning_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    write(file, qwen().to_str())
    composed = load_tokenizer(file)
    assert composed.encode("e\u0301") == composed.encode(unicodedata.normalize("NFC", "e\u0301"))
    write(file, byte_level().to_str())
    marked = load_tokenizer(file)
    assert marked.special == {0}
    assert marked.encode("道")[0] == 0
    assert vocabulary_of(marked).published([0])[0] == {
        "text": "<|bos|>", "id": 0, "bytes": [], "binary": [0] * 16, "joins": [], "special": True
    }  # fmt: skip


def test_half_of_a_surrogate_pair_is_told_with_its_place(both: Both) -> None:
    with pytest.raises(UnreadableTextError, match=r"U\+D83D, character 2 of the text"):
        both[0].encode("a\ud83d")


# Texts that are written token by token


runs = st.lists(
    st.one_of(
        st.binary(max_size=5),
        st.text(max_size=2).filter(str.isprintable).map(str.encode),
        st.sampled_from(
            [b"\xe5", b"\xe5\x86", b"\x86", b"\x9c", b"\xf0\x9f", b"\x98\x80", b"\xff"]
        ),
    ),
    max_size=8,
)


@unhurried
@given(raws=runs)
@example(raws=[b"\xe5", b"\x86", b"\x9cabc\xe5", b"a", b"\x9c"])
def test_pieces_join_as_they_are_written(raws: list[bytes]) -> None:
    vocabulary = Vocabulary(raws)
    writing, before = Writing(vocabulary, []), b""
    for index, raw in enumerate(raws):
        told = writing.next(index)
        assert told == checked.written(before, raw, readable(raw))
        assert "\ufffd" not in told
        writing.write(index)
        before += raw
        assert writing.text == readable(before)
    assert joins(raws) == checked.joins_of(raws)


def test_a_token_that_completes_a_character_is_told_as_that_character() -> None:
    vocabulary = Vocabulary([b"a\xe5", b"\x86", b"\x9c!", b"b"])
    writing, told = Writing(vocabulary, []), []
    for index in range(3):
        told.append((writing.next(index), writing.next(3)))
        writing.write(index)
    assert told == [("a⟨E5⟩", "b"), ("⟨86⟩", "b"), ("农!", "b")]
    assert writing.text == "a农!"


# What cannot be read


def unicode_bpe() -> Any:
    made = Library(models.BPE(vocab={"悟": 0}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def edited(**parts: Any) -> str:
    """The file of a tokenizer that could be read, but for these parts of its model."""
    content = json.loads(byte_level().to_str())
    content["model"] |= parts
    return json.dumps(content)


def unlike(part: str, value: Any) -> str:
    return json.dumps(json.loads(byte_level().to_str()) | {part: value})


def byte_level_step(**options: bool) -> dict[str, Any]:
    return {"type": "ByteLevel", "trim_offsets": True, "use_regex": True, **options}


REFUSED = {
    "no tokens": (
        lambda: json.dumps(
            json.loads(edited(vocab={}, merges=[])) | {"added_tokens": [], "post_processor": None}
        ),
        "has no tokens",
    ),
    "a sequence of nothing": (
        lambda: unlike("pre_tokenizer", {"type": "Sequence", "pretokenizers": 5}),
        "splits text into characters",
    ),
    "another model": (
        Library(models.WordLevel({"a": 0}, unk_token="a")).to_str,
        "kind 'WordLevel'",
    ),
    "characters": (lambda: unicode_bpe().to_str(), "into characters, not bytes"),
    "byte fallback": (lambda: edited(byte_fallback=True), "SentencePiece"),
    "dropout": (lambda: edited(dropout=0.1), "at random"),
    "ends of words": (lambda: edited(end_of_word_suffix="</w>"), "end_of_word_suffix is '</w>'"),
    "lower case": (lambda: unlike("normalizer", {"type": "Lowercase"}), "normalizer 'Lowercase'"),
    "a space in front": (
        lambda: unlike("pre_tokenizer", byte_level_step(add_prefix_space=True)),
        "a space before a text",
    ),
    "damage": (lambda: edited(merges=7), "cannot be read"),
    "a token that is not bytes": (
        lambda: edited(vocab={"<|bos|>": 0, "悟": 1}, merges=[]),
        "'悟', id 1, which is not written as bytes",
    ),
    "two tokens of one id": (
        lambda: edited(vocab={"a": 0, "b": 1}, merges=[]),
        r"token '<\|bos\|>' the id 0, which",
    ),
    "an unknown encoding": (
        lambda: '{"kind": "tiktoken", "encoding": "o200k_base"}',
        "no table here for the encoding 'o200k_base'",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_shown_and_verified_is_refused_with_its_reason(
    kind: str, tmp_path: Path
) -> None:
    text, reason = REFUSED[kind]
    file = tmp_path / "tokenizer.json"
    write(file, text())
    with pytest.raises(ModelError, match=reason) as caught:
        load_tokenizer(file)
    assert caught.value.file == file
    assert caught.value.hint


def test_a_text_that_the_tokens_cannot_spell_is_refused(tmp_path: Path) -> None:
    content = json.loads(byte_level(None).to_str())
    vocabulary = content["model"]["vocab"]
    content["model"] |= {"vocab": {"a": 0, "b": 1}, "merges": []}
    content["added_tokens"] = []
    assert len(vocabulary) > 250
    write(tmp_path / "tokenizer.json", json.dumps(content))
    tokenizer = load_tokenizer(tmp_path / "tokenizer.json")
    assert tokenizer.encode("abba") == [0, 1, 1, 0]
    with pytest.raises(UnreadableTextError, match="no token for the byte 63"):
        tokenizer.encode("abc")


def test_truncation_in_the_file_cuts_no_prompt(tmp_path: Path) -> None:
    library = byte_level()
    library.enable_truncation(4)
    library.enable_padding(length=40)
    write(tmp_path / "tokenizer.json", library.to_str())
    ids = load_tokenizer(tmp_path / "tokenizer.json").encode("悟空道：悟空道")
    assert 4 < len(ids) < 40


def test_the_ids_of_gpt2_are_known() -> None:
    gpt2 = encoding("gpt2")
    assert gpt2.encode_ordinary("Hello, world!") == [15496, 11, 995, 0]
    assert gpt2.n_vocab == 50257


# A model of such tokens, from its files to its pages

ARTICLE = """---
title: "{{ prompt.text }}"
date: 2026-01-01
summary: "{{ generation.text }}"
---

{{ diagram.tokens(tokens, caption="一") }}

{{ diagram.tokens(encodings.cl100k_base, caption="二") }}

{% for step in generation.steps %}
{{ step.text }} {{ step.so_far }} {% for each in step.candidates %}{{ each.text }}{% endfor %}

{% endfor %}
> {{ generation.text }}

{% for id in model.pieces[:20] %}{{ model.vocabulary[id] }}{% endfor %}
"""
PROMPT = "悟空大聖😀e\u0301"


@pytest.fixture(scope="module")
def byte_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one prompt, whose model reads bytes and has more rows than tokens; built."""
    root = tmp_path_factory.mktemp("bytes")
    for name in ("site.yaml", "facts.yaml", "terms.yaml"):
        write(root / "content" / name, (ROOT / "content" / name).read_text(encoding="utf-8"))
    (root / "themes").symlink_to(ROOT / "themes")
    library = byte_level(normalizer=normalizers.NFC())
    write_model(root / "models/bytes", library.to_str(), library.get_vocab_size() + 6)
    sampling = "sampling: {temperature: 1.5, seed: 3}"
    config = f"model: bytes\nprompt: {PROMPT}\nnew_tokens: 12\narticles: [bytes]\n{sampling}\n"
    write(root / "content/prompts/bytes.yaml", config)
    write(root / "content/articles/bytes/index.md", ARTICLE)
    build(Project(root), root / "output", Reporter(quiet=True))
    return root


def test_a_model_of_bytes_is_traced_shown_and_verified(byte_project: Path) -> None:
    output = byte_project / "output"
    assert [found.problems for _, found in verify(output, byte_project)] == [[], [], []]
    texts = [*output.rglob("*.yaml"), *output.rglob("*.html"), *output.rglob("*.md")]
    assert len(texts) > 20
    assert not [file for file in texts if "\ufffd" in file.read_text(encoding="utf-8")]
    assert not [file for file in texts if "\\uFFFD" in file.read_text(encoding="utf-8")]
    data = DataFolder(output / "data/bytes", "bytes")
    assert data.read("tokens")[0]["special"]
    spelt = b"".join(bytes(token["bytes"]) for token in data.read("tokens")).decode()
    assert spelt == unicodedata.normalize("NFC", PROMPT)
    model = DataFolder(output / "data/models/bytes", "models/bytes")
    count = model.read("config")["d_vocab"]
    assert len(model.read("vocabulary")) == count
    assert model.read("unused") == list(range(count - 6, count))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("bytes/tokens.yaml", 'character: "悟"', 'character: "误"'),
        ("bytes/tokens.yaml", "of: 3", "of: 4"),
        ("bytes/tokens.yaml", "special: true", "special: false"),
        ("bytes/tokens.yaml", "id: 162", "id: 163"),
        ("bytes/tokens.yaml", "id: 32014", "id: 32015"),  # of encodings.gpt2
        ("bytes/generation.yaml", "⟩", ""),
        ("models/bytes/vocabulary.yaml", '"⟨80⟩"', '"⟨81⟩"'),
        ("models/bytes/vocabulary.yaml", "unused: [", "unused: [1, "),
    ],
)
def test_an_edit_of_tokens_is_caught(byte_project: Path, file: str, old: str, new: str) -> None:
    path = byte_project / "output/data" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    folder = path.parent
    name = folder.relative_to(byte_project / "output/data").as_posix()
    try:
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        findings = Findings()
        data, model = DataFolder(folder, name), byte_project / "models/bytes"
        if folder.parent.name == "models":
            check_model(data, model, findings)
        else:
            check_prompt(data, model, encodings(), findings)
    finally:
        path.write_text(text, encoding="utf-8")
    assert any(path.name in problem for problem in findings.problems)


def test_a_prompt_with_ids_past_the_table_is_refused(tmp_path: Path, byte_project: Path) -> None:
    root = tmp_path / "project"
    for part in ("content/articles", "content/site.yaml", "themes"):
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        (root / part).symlink_to(byte_project / part)
    write_model(root / "models/cut", CL100K, 10_000)
    write(root / "content/prompts/cut.yaml", "model: cut\nprompt: 山\narticles: [bytes]\n")
    with pytest.raises(
        GlasspageError, match="the token '山', id 58911, and cut knows only the ids"
    ):
        build(Project(root), root / "output", Reporter(quiet=True))


def test_a_new_prompt_for_a_model_of_bytes_can_be_read(tmp_path: Path, byte_project: Path) -> None:
    (tmp_path / "content").mkdir()
    for part in ("content/site.yaml", "content/articles", "themes", "models"):
        (tmp_path / part).symlink_to(byte_project / part)
    text = Source.read(new_prompt(Project(tmp_path), "second")).parse(Prompt).prompt
    tokenizer = load_tokenizer(tmp_path / "models/bytes/tokenizer.json")
    assert tokenizer.decode(tokenizer.encode(text)).endswith(text)


def test_the_command_line_and_published_data_need_no_tokenizers() -> None:
    script = (
        "import sys, generator.cli, generator.build.paging, generator.model.bpe;"
        "sys.exit(bool({'tokenizers', 'tiktoken', 'torch'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
