"""YAML read into schemas: what is wrong is told with its line, its column and a hint."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.data.value import UnmarkedNumberError
from generator.errors import CombinedError, ConfigError, GlasspageError, ModelError, did_you_mean
from generator.model.tokenizer import UnknownCharacterError
from generator.project.article import Front, FrontMatter
from generator.project.card import Card
from generator.project.facts import Facts
from generator.project.prompt import Prompt
from generator.project.schemas import SCHEMAS, keys_of
from generator.project.section import Section
from generator.project.site import Site
from generator.project.source import Source, read_text

unhurried = settings(deadline=None, max_examples=100)
FILE = Path("a.yaml")


def errors_of(text: str, schema: type[Section], *, first_line: int = 1) -> list[GlasspageError]:
    """Everything that is wrong with a text."""
    with pytest.raises(GlasspageError) as caught:
        Source(text, FILE, first_line=first_line).parse(schema)
    error = caught.value
    return error.errors if isinstance(error, CombinedError) else [error]


def error_of(text: str, schema: type[Section], *, first_line: int = 1) -> GlasspageError:
    (error,) = errors_of(text, schema, first_line=first_line)
    return error


# What is right


def test_a_text_becomes_its_schema_and_what_is_left_out_has_its_default() -> None:
    text = "model: m\nprompt: 悟空道\nsampling: {top_k: 5}\n"
    prompt = Source(text, FILE).parse(Prompt)
    assert (prompt.model.called, prompt.prompt, prompt.new_tokens) == ("m", "悟空道", 10)
    assert (prompt.sampling.top_k, prompt.sampling.temperature) == (5, 1.0)
    assert prompt.articles is None


def test_a_number_may_be_written_as_yaml_itself_would_not_read_it() -> None:
    text = "facts: {a: {number: 1e9, unit: u, source: s}, b: {number: 96, unit: u, source: s}}"
    facts = Source(text, FILE).parse(Facts).facts
    assert facts["a"].number == 1_000_000_000
    assert repr(facts["b"].number) == "96"


def test_an_anchor_can_be_merged_into_another_mapping() -> None:
    text = (
        "sources:\n  a: &a {title: t, url: 'https://x', seen: 2026-01-02}\n  b: {<<: *a, title: u}"
    )
    sources = Source(text, FILE).parse(Facts).sources
    assert (sources["b"].title, sources["b"].url) == ("u", "https://x")


# Unknown keys


def test_an_unknown_key_names_its_line_and_the_word_that_was_meant() -> None:
    error = error_of("model: m\nprompt: p\n\nsampling:\n  temprature: 0.8\n", Prompt)
    assert error.message == "unknown key 'temprature'"
    assert (error.file, error.line, error.column) == (FILE, 5, 3)
    assert error.hint == "did you mean 'temperature'?"


def test_an_unknown_key_that_resembles_nothing_is_answered_with_all_keys() -> None:
    error = error_of("model: m\nprompt: p\nxyz: 1\n", Prompt)
    assert error.hint == (
        "known are: articles, front, model, new_tokens, prompt, quantize, sampling, stop, "
        "value_budget."
    )


def test_a_key_that_stands_one_level_too_high_is_told_where_it_belongs() -> None:
    hints = [e.hint for e in errors_of("model: m\nprompt: p\ntop_k: 3\ntags: [a]\n", Prompt)]
    assert hints == ["it belongs below `sampling`.", "it belongs below `front`."]


def test_a_key_that_glasspage_writes_itself_is_told_as_one() -> None:
    cover = "cover: {image: a.png, alt: a, relative: true}"
    error = error_of(FRONT + cover, FrontMatter)
    assert (error.line, error.column, error.hint) == (4, 31, "take it out.")
    assert error.message.startswith("the key 'relative' is not yours to write: the picture stands")


CARD = """\
title: t
summary: s
licence: MIT
architecture: {n_layers: 1, n_heads: 1, d_model: 4, n_ctx: 8}
"""
FRONT = "title: t\nsummary: s\ndate: 2026-01-02\n"
SITE = "title: t\ndescription: d\n"


@pytest.mark.parametrize(
    ("schema", "text", "column", "meant"),
    [
        (Card, CARD.replace("n_ctx: 8", "n_ctx: 8, d_modle: 4"), 63, "d_model"),
        (Card, CARD + "corpus: {titel: t}", 10, "title"),
        (Facts, "facts:\n  gpt3.layers: {numbr: 96}", 17, "number"),
        (Facts, "sources: {a: {titel: t}}", 15, "title"),
        (FrontMatter, FRONT + "Showtoc: true", 1, "ShowToc"),
        (FrontMatter, FRONT + "toc_open: true", 1, "TocOpen"),
    ],
)
def test_the_word_that_was_meant_is_looked_for_where_the_key_stands(
    schema: type[Section], text: str, column: int, meant: str
) -> None:
    (error,) = (e for e in errors_of(text, schema) if "unknown" in e.message)
    assert error.column == column
    assert error.hint == f"did you mean {meant!r}?"


# Missing keys and wrong values


def test_a_missing_key_names_the_section_that_lacks_it() -> None:
    text = CARD + "\ncorpus:\n  title: t\n  author: a\n  language: zh\n  source: s\n"
    error = error_of(text, Card)
    assert error.message == "the key 'corpus.licence' is missing"
    assert (error.line, error.column) == (6, 1)
    assert error.hint == "write `licence: …` here. Under which terms it may be used."


def test_an_empty_text_lacks_every_key() -> None:
    errors = errors_of("", Prompt)
    assert [e.message for e in errors] == [
        "the key 'model' is missing",
        "the key 'prompt' is missing",
    ]
    assert [(e.line, e.column) for e in errors] == [(1, 1)] * 2


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("model: m\nprompt: 3\n", (2, 9), "prompt: expected a text, not 3"),
        ("model: m\nprompt: ''\n", (2, 9), "prompt: expected some text, not ''"),
        ("model: m\nprompt: p\nnew_tokens: many", (3, 13), "new_tokens: expected a whole number"),
        ("model: m\nprompt: p\nnew_tokens: 0", (3, 13), "new_tokens: expected a number from 1 on"),
        ("model: m\nprompt: p\nsampling: 3", (3, 11), "sampling: expected a mapping of keys"),
        (
            "model: m\nprompt: p\narticles: [a, [b]]",
            (3, 15),
            "articles.1: expected a text",
        ),
        ("model: m\nprompt: p\narticles:\n- a\n-  7", (5, 4), "articles.1: expected a text, not 7"),
        (
            "model: m\nprompt: p\nsampling:\n  top_p: 2",
            (4, 10),
            "sampling.top_p: expected a number",
        ),
    ],
)
def test_a_wrong_value_names_its_place_and_what_was_expected(
    text: str, place: tuple[int, int], message: str
) -> None:
    error = error_of(text, Prompt)
    assert (error.line, error.column) == place
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("title: ' '", "title: expected some text, not ' '", "The title; a template"),
        ("summary:", "summary: expected a text, not nothing", "What it is about"),
        ("cover: a.png", "cover: expected a mapping", "its keys are image, alt, caption."),
        ("cover: {image: a.png}", "the key 'cover.alt' is missing", "write `alt: …` here. What it"),
    ],
)
def test_where_something_is_lacking_the_hint_says_what_belongs_there(
    text: str, message: str, hint: str
) -> None:
    error = next(e for e in errors_of(text, FrontMatter) if e.message.startswith(message))
    assert str(error.hint).startswith(hint)


def test_an_alias_holds_only_what_can_stand_in_an_address() -> None:
    good = ["/old/", "/old.html", "/旧文/第一.html", "/a-b_c.d/~e/"]
    bad = ["old/", "/a b/", "/a\u3000b/", '/a"b/', "/a%20b/", "/<a>/", "/a[b]/", "/a?b/", "/../a/"]
    front = Source(yaml.safe_dump({"aliases": good}, allow_unicode=True), FILE).parse(Front)
    assert front.aliases == good
    errors = errors_of(yaml.safe_dump({"aliases": bad}, allow_unicode=True), Front)
    assert len(errors) == len(bad)
    assert all("no white space" in str(error.hint) for error in errors)


def test_a_value_that_may_be_of_several_types_is_complained_of_once() -> None:
    error = error_of("facts:\n  a.b: {number: many, unit: u, source: s}", Facts)
    assert (error.line, error.column) == (2, 17)
    assert error.message.startswith("facts.a.b.number: expected a number")


WRONG = [None, True, -1, 1.5, float("inf"), "x y", "", ["a", "b", "c"], [0.1], {"a b": 3}]


@pytest.mark.parametrize("name", SCHEMAS)
def test_of_every_key_the_message_says_what_is_expected_in_words(name: str) -> None:
    for key in keys_of(name):
        for value in WRONG:
            content: Any = value
            for step in reversed(key.name.replace("<name>", "n").split(".")):
                content = {step: content}
            try:
                Source(yaml.safe_dump(content), FILE).parse(SCHEMAS[name])
            except GlasspageError as error:
                errors = error.errors if isinstance(error, CombinedError) else [error]
                for each in errors:
                    assert re.search("expected|is missing|unknown key", each.message), each
                    assert not re.search("[Ii]nput|valid|pattern|[\\^$\\\\]", each.message), each


def test_a_name_that_cannot_be_one_is_told_at_the_name() -> None:
    error = error_of("translations:\n  zh_CN: {title: t, description: d}\n" + SITE, Site)
    assert (error.line, error.column) == (2, 3)
    assert error.message.startswith("translations.zh_CN: of a name, expected the code of a lang")


def test_a_list_that_is_too_short_is_told_as_a_list() -> None:
    text = "facts: {a: {number: 3, unit: u, source: s, range: [1]}}"
    error = error_of(text, Facts)
    assert error.message == "facts.a.range: expected a list, not [1]"
    assert error.hint == "write a list: [lowest, highest]."


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = "prompt: 3\nmodle: m\nsampling:\n  seed: -1\n  top: 5\n"
    errors = errors_of(text, Prompt)
    assert {(e.line, e.column, e.message.split(",")[0]) for e in errors} == {
        (1, 1, "the key 'model' is missing"),
        (1, 9, "prompt: expected a text"),
        (2, 1, "unknown key 'modle'"),
        (4, 9, "sampling.seed: expected a number from 0 on"),
        (5, 3, "unknown key 'top'"),
    }
    told = str(CombinedError(errors))
    assert all(f"{FILE}:{e.line}:{e.column}: {e.message}" in told for e in errors)


# What is no YAML


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("model: m\nmodel: n\n", (2, 1), "the key 'model' is written twice, first on line 1"),
        ("sampling: {seed: 1,\n  seed: 1}", (2, 3), "the key 'seed' is written twice"),
        ('sampling:\n  seed: 1\n  "seed": 2\n', (3, 3), "the key 'seed' is written twice"),
        ("- a: 1\n  a: 2\n", (2, 3), "the key 'a' is written twice"),
        ("model: m\nyes: 1\n", (2, 1), "this key is no text"),
        ("model: m\n2026-01-02: 1\n", (2, 1), "this key is no text"),
        ("model: m\n12: 1\n", (2, 1), "this key is no text"),
        ("model: m\n? [a]\n: 1\n", (2, 3), "this key is no text"),
        ("model: a: b\n", (1, 9), "mapping values are not allowed here"),
        ("model: m\n\tprompt: p\n", (2, 1), "a tab stands where only spaces can"),
        ("prompt: [悟空道\nmodel: m\n", (2, 6), "expected ',' or ']'"),
        ("prompt: *nobody\n", (1, 9), "found undefined alias"),
        ("prompt: !!python/name:os.system x\n", (1, 9), "could not determine a constructor"),
        ("model: m\n---\nmodel: n\n", (2, 1), "a second document begins here"),
        ("a: 1\nseen: 2026-02-30\n", (2, 7), "there is no such day: 2026-02-30"),
        ("seen: 2026-13-45\n", (1, 7), "there is no such day: 2026-13-45"),
        ("model：m\nprompt：p\n", (1, 6), "the key 'model' is followed by a fullwidth colon"),
        ("model: m\nprompt：p\n", (2, 7), "the key 'prompt' is followed by a fullwidth colon"),
        ("model: m\nprompt：p\nnew: 1", (2, 7), "the key 'prompt' is followed by a fullwidth"),
        ("model: m\nprompt: 'p\nnew: 1", (2, 9), "the quote that opens here is not closed"),
        ("model：m\nprompt: p\n", (1, 6), "the key 'model' is followed by a fullwidth colon"),
        ('a: "b\nc: "d"\n', (1, 4), "the quote that opens here closes only on line 2"),
        ("a: 0x_\n", (1, 4), "'0x_' cannot be read"),
        ("a: !!bool x\n", (1, 4), "'x' cannot be read"),
        ("a: !!timestamp x\n", (1, 4), "there is no such day: x"),
    ],
)
def test_what_is_no_yaml_names_its_place(text: str, place: tuple[int, int], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Source(text, FILE)
    error = caught.value
    assert (error.line, error.column) == place
    assert error.message.startswith(f"this is not valid YAML: {problem}")
    assert error.hint


@pytest.mark.parametrize("text", ["{{ a }}", "{{ a }} b", "{% if a %}b{% endif %}"])
def test_a_template_that_needs_quotes_is_told_so(text: str) -> None:
    with pytest.raises(ConfigError, match="begins with a template's braces") as caught:
        Source(f"a: 1\ntitle: {text}\n", FILE)
    assert caught.value.line == 2
    assert caught.value.hint == "put the whole of it in single quotes: title: '…'."


def test_a_character_that_yaml_forbids_names_its_place() -> None:
    with pytest.raises(ConfigError) as caught:
        Source("model: m\nprompt: 悟空\x07道\n", FILE)
    error = caught.value
    assert (error.line, error.column) == (2, 11)
    assert error.message == "a YAML text cannot hold the character U+0007"


@pytest.mark.parametrize(
    ("text", "place"), [("\n# list\n\n  - a\n", (4, 3)), ("text", (1, 1)), ("3", (1, 1))]
)
def test_what_is_no_mapping_names_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(ConfigError) as caught:
        Source(text, FILE)
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.message == "expected a mapping of keys to values"


@pytest.mark.parametrize(
    "text",
    [
        "model: m\nprompt: p\nx: 1",
        "model: m\nprompt: 3",
        "model: m\nprompt: [",
        "model: m\nmodel: m",
        "model: m\nprompt: \x07",
        "\n- 1",
        "\n\n",
    ],
)
def test_lines_are_counted_from_where_the_text_begins_in_its_file(text: str) -> None:
    near = errors_of(text, Prompt)
    far = errors_of(text, Prompt, first_line=12)
    assert [e.column for e in far] == [e.column for e in near]
    assert [e.line for e in far] == [e.line + 11 for e in near if e.line]


# Whatever the text


leaves = st.integers(0, 9)
trees = st.recursive(
    leaves,
    lambda tree: st.lists(tree, max_size=3) | st.dictionaries(leaves, tree, max_size=3),
    max_leaves=8,
)


def with_own_names(tree: Any, count: Any) -> Any:
    """The same tree, in which every key and every leaf is another text."""
    if isinstance(tree, list):
        return [with_own_names(item, count) for item in tree]
    if isinstance(tree, dict):
        return {f"key{next(count)}": with_own_names(item, count) for item in tree.values()}
    return f"leaf{next(count)}"


def paths(tree: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Every path that leads to a leaf, with the leaf."""
    if not isinstance(tree, list | dict):
        yield path, tree
        return
    for step, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from paths(inner, (*path, step))


@unhurried
@given(
    st.dictionaries(leaves, trees, max_size=3), st.booleans(), st.integers(2, 5), st.integers(1, 50)
)
def test_a_place_is_where_the_value_and_its_key_stand(
    tree: Any, flow: bool, indent: int, first_line: int
) -> None:
    content = with_own_names(tree, iter(range(10_000)))
    text = "# 注释\n\n" + yaml.safe_dump(content, default_flow_style=flow, indent=indent, width=40)
    source = Source(text, FILE, first_line=first_line)
    lines = [""] * first_line + text.split("\n")
    for path, leaf in paths(content):
        line, column = source.place(path)
        assert lines[line][column - 1 :].startswith(leaf)
        if isinstance(path[-1], str):
            line, column = source.place(path, key=True)
            assert lines[line][column - 1 :].startswith(path[-1])


PIECES = [
    *["model", "prompt", "sampling", "seed", "temprature", "articles", ": ", ":", "\n", "\n  "],
    *["- ", "? ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<: ", "!!int ", "!!bool ", "! ", "| \n"],
    *["1", "1e5", "0x_", "0b", "-", ".", ".inf", "2026-02-30", "12:60", "null", "~", "yes", "'"],
    *['"', "# ", "---", "...", "%", "悟空", "\t", "\x00", "\ud800", "\u2028", "\ufeff", "=", "\\"],
]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_is_written_is_understood_or_is_an_error_with_its_line(text: str) -> None:
    try:
        prompt = Source(text, FILE).parse(Prompt)
    except GlasspageError as error:
        errors = error.errors if isinstance(error, CombinedError) else [error]
        assert all(e.file == FILE and e.line and e.column for e in errors)
    else:
        assert prompt.model.called


# Files


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Source.read(tmp_path / "no.yaml")
    assert str(caught.value) == f"{tmp_path / 'no.yaml'}: there is no such file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file, found a folder"):
        Source.read(tmp_path)


def test_a_file_that_is_not_utf8_says_where_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes("\nmodel: 悟空".encode("gb18030"))
    with pytest.raises(ConfigError) as caught:
        Source.read(file)
    assert caught.value.line == 2
    assert (caught.value.message, caught.value.hint) == (
        "the file is not UTF-8 (byte 9)",
        "save it as UTF-8.",
    )


def test_how_an_editor_marks_the_encoding_and_ends_lines_makes_no_difference(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbfmodel: m\r\nprompt: p\r\n")
    assert read_text(file) == "model: m\nprompt: p\n"
    assert Source.read(file).place(("prompt",)) == (2, 9)


# Errors themselves


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "wrong"),
        ({"file": Path("a.md")}, "a.md: wrong"),
        ({"file": "a.md", "line": 3}, "a.md:3: wrong"),
        ({"file": "a.md", "line": 3, "column": 5}, "a.md:3:5: wrong"),
        ({"file": "a.md", "hint": "do it right."}, "a.md: wrong\n  do it right."),
    ],
)
def test_an_error_is_told_with_as_much_of_its_place_as_is_known(
    place: dict[str, Any], text: str
) -> None:
    assert str(GlasspageError("wrong", **place)) == text


def kinds_below(kind: type[GlasspageError]) -> Iterator[type[GlasspageError]]:
    """A kind of error and all that are made of it."""
    yield kind
    for more in kind.__subclasses__():
        yield from kinds_below(more)


MADE_OTHERWISE: dict[type[GlasspageError], Callable[[], GlasspageError]] = {
    CombinedError: lambda: CombinedError([ModelError("wrong", file=FILE), ConfigError("also")]),
    UnknownCharacterError: lambda: UnknownCharacterError({"a": 3}, 7),
}


@pytest.mark.parametrize("kind", [*kinds_below(GlasspageError)])
def test_an_error_comes_whole_out_of_another_process(kind: type[GlasspageError]) -> None:
    error = MADE_OTHERWISE.get(kind, lambda: kind("wrong"))()
    error.file, error.line, error.column, error.hint = FILE, 3, 5, "mend it."
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert {**vars(again), "errors": None} == {**vars(error), "errors": None}
    if isinstance(error, CombinedError):
        assert [str(each) for each in again.errors] == [str(each) for each in error.errors]


def test_an_unmarked_number_comes_whole_out_of_another_process() -> None:
    error = UnmarkedNumberError("w:x")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error) == "w:x is a number, and only `num` may show it"


def test_a_misspelt_word_is_answered_with_the_nearest_or_with_all() -> None:
    assert did_you_mean("prmpt", ["model", "prompt"]) == "did you mean 'prompt'?"
    assert did_you_mean("xyz", iter(["b", "a"])) == "known are: a, b."
    assert did_you_mean("xyz", []) == "there are none yet."


SAMPLING = "repetition_penalty temperature top_k top_p seed"
FRONT_KEYS = "title date draft author summary categories tags aliases cover weight ShowToc TocOpen"
SITE_KEYS = "title description language translations author licence base_url theme default_article"
DIAGRAMS = "architecture attention bars cycle flow interval lines similarity strip"


@pytest.mark.parametrize(
    ("known", "typos"),
    [
        (SAMPLING, {"temprature": "temperature", "temp": "temperature", "topk": "top_k"}),
        (SAMPLING, {"penalty": "repetition_penalty", "sede": "seed", "top-p": "top_p"}),
        (FRONT_KEYS, {"titel": "title", "showtoc": "ShowToc", "toc_open": "TocOpen"}),
        (FRONT_KEYS, {"tag": "tags", "category": "categories", "alias": "aliases"}),
        (SITE_KEYS, {"license": "licence", "baseURL": "base_url", "lang": "language"}),
        (DIAGRAMS, {"bar": "bars", "atention": "attention", "similarities": "similarity"}),
        ("first second", {"frist": "first", "secnd": "second"}),
        ("tiny box layers paper", {"tyni": "tiny", "bux": "box", "lairs": "layers"}),
    ],
)
def test_a_typo_is_answered_with_the_word_that_was_meant(known: str, typos: dict[str, str]) -> None:
    assert {typo: did_you_mean(typo, known.split()) for typo in typos} == {
        typo: f"did you mean {word!r}?" for typo, word in typos.items()
    }


@pytest.mark.parametrize(
    ("known", "others"),
    [
        (SAMPLING, "beam min_p greedy"),
        (FRONT_KEYS, "url keywords image menu series slug layout comments"),
        (SITE_KEYS, "header menu footer copyright favicon analytics"),
        (DIAGRAMS, "pie heatmap scatter histogram tree table graph matrix"),
        ("paper glass", "dark minimal default modern"),
        ("en zh", "es fr"),
    ],
)
def test_another_word_is_not_taken_for_a_typo(known: str, others: str) -> None:
    hints = {word: did_you_mean(word, known.split()) for word in others.split()}
    assert {word for word, hint in hints.items() if not hint.startswith("known are:")} == set()
