"""Checkpoints that are attacks, or broken: each is refused, and nothing of it runs or hangs."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from originals import tokenizer_json
from safetensors.torch import load_file, save_file

from generator.errors import ModelError
from generator.imports import confined, huggingface
from generator.imports.confined import check_checkpoint
from generator.imports.detection import detect
from generator.imports.importing import convert, convert_contents
from generator.imports.refusal import RefusedError
from generator.imports.untrusted import Contents, Limits, read_checkpoint, read_vocabulary

LIMITS = Limits(memory=512 * 2**20, seconds=2)
ARGS = {"n_layer": 1, "n_head": 2, "n_embd": 4, "block_size": 6, "vocab_size": 5, "bias": False}
RAN = "this-file-says-that-code-ran"

Builder = Callable[[Path], Path]


class Runs:
    """Pickled, it is a call of a function of its maker's choice."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def touches() -> Runs:
    return Runs(os.system, f"touch {RAN}")


def state(**changed: object) -> dict[str, Any]:
    block = "transformer.h.0"
    sizes = {
        **{"transformer.wte": (5, 4), "transformer.wpe": (6, 4), "transformer.ln_f": (4,)},
        **{f"{block}.ln_1": (4,), f"{block}.ln_2": (4,), f"{block}.attn.c_attn": (12, 4)},
        **{f"{block}.attn.c_proj": (4, 4), f"{block}.mlp.c_fc": (16, 4)},
        f"{block}.mlp.c_proj": (4, 16),
    }
    return {f"{name}.weight": torch.ones(size) for name, size in sizes.items()} | changed


def saved(folder: Path, content: object = ..., **options: Any) -> Path:
    """A checkpoint that torch wrote; by default a sound one of nanoGPT's."""
    file = folder / "ckpt.pt"
    torch.save(
        {"model": state(), "model_args": ARGS} if content is ... else content, file, **options
    )
    return file


def content(**changed: object) -> dict[str, object]:
    return {"model": state(), "model_args": ARGS} | changed


def archive(folder: Path, entries: Mapping[str, bytes], compression: int = 0) -> Path:
    file = folder / "ckpt.pt"
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, data in entries.items():
            made.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return file


def with_pickle(data: bytes) -> Builder:
    return lambda folder: archive(folder, {"a/data.pkl": data, "a/version": b"3\n"})


def entries_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as made:
        return {name: made.read(name) for name in made.namelist()}


def with_entry(name: str) -> Builder:
    return lambda folder: archive(folder, entries_of(saved(folder)) | {name: b"x"})


def cut(share: float) -> Builder:
    def build(folder: Path) -> Path:
        file = saved(folder)
        file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
        return file

    return build


def flipped(folder: Path) -> Path:
    """One bit of a weight, which torch itself would load."""
    file = saved(folder)
    data = bytearray(file.read_bytes())
    data[data.index(struct.pack("<4f", 1, 1, 1, 1))] ^= 1
    file.write_bytes(data)
    assert torch.load(file, weights_only=True)
    return file


def lying_size(folder: Path) -> Path:
    """An archive whose directory says that an entry has 3 GB."""
    file = saved(folder)
    data = bytearray(file.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", 3 * 10**9, 3 * 10**9)
    file.write_bytes(data)
    return file


def endless_storage(folder: Path) -> Path:
    """A tensor whose storage is said to have 2^31 numbers, and has 77,777."""
    entries = entries_of(saved(folder, content(model={"w": torch.ones(77_777)})))
    place = next(name for name in entries if name.endswith("data.pkl"))
    told, lie = b"J" + struct.pack("<i", 77_777), b"J" + struct.pack("<i", 2**31 - 1)
    assert told in entries[place]
    return archive(folder, entries | {place: entries[place].replace(told, lie)})


def duplicate(folder: Path) -> Path:
    file = saved(folder)
    name = next(name for name in entries_of(file) if name.endswith("data.pkl"))
    with pytest.warns(UserWarning), zipfile.ZipFile(file, "a") as made:
        made.writestr(name, pickle.dumps(touches()))
    return file


# A mapping whose key is a tuple of two that are the same, and so on: to hash it takes 2^60 steps.
# It is written by hand, for who makes it of tuples waits for its hash, too.
ENDLESS_KEY = b"\x80\x02})q\x00" + 60 * b"h\x00\x86q\x00" + b"K\x01s."


def shared_lists() -> object:
    made: object = []
    for _ in range(60):
        made = [made, made]
    return made


def nested_lists() -> object:
    made: list[object] = []
    for _ in range(400):
        made = [made]
    return made


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "ckpt.pt")
    return folder / "ckpt.pt"


def plain(data: bytes) -> Builder:
    def build(folder: Path) -> Path:
        (folder / "ckpt.pt").write_bytes(data)
        return folder / "ckpt.pt"

    return build


def old_format(made: Callable[[], object]) -> Builder:
    return lambda folder: saved(folder, made(), _use_new_zipfile_serialization=False)


# Refused before torch is even imported.
AT_ONCE: Mapping[str, tuple[Builder, str]] = {
    "code that runs when it is loaded": (
        lambda f: saved(f, content(extra=touches())),
        "asks for posix.system, which is more than weights need; nothing of it was run",
    ),
    "code, by a built-in": (
        with_pickle(pickle.dumps(Runs(eval, "1/0"), 2)),
        "asks for __builtin__.eval",
    ),
    "code, named on the stack": (with_pickle(pickle.dumps(touches(), 4)), "asks for posix.system"),
    "code, in the oldest pickle": (
        with_pickle(b"(S'touch x'\nios\nsystem\n."),
        "asks for os.system",
    ),
    "code, in torch's old format": (
        old_format(lambda: content(extra=touches())),
        "asks for posix.system",
    ),
    "code, in a bare pickle": (plain(pickle.dumps(touches())), "is no checkpoint that torch wrote"),
    "an object of a class": (
        lambda f: saved(f, content(config=Path("x"))),
        "asks for pathlib.PosixPath",
    ),
    "a whole model instead of its weights": (
        lambda f: saved(f, torch.nn.Linear(2, 2)),
        "asks for torch.nn.modules.linear.Linear",
    ),
    "a zip bomb": (
        lambda f: archive(f, {"a/data.pkl": b".", "a/data/0": bytes(2**26)}, zipfile.ZIP_DEFLATED),
        "'a/data.pkl' is compressed",
    ),
    "a size that is a lie": (lying_size, "says that it holds 3,000,0"),
    "an entry outside": (with_entry("ckpt/../../evil"), "'ckpt/../../evil' has no place in it"),
    "an entry at the root": (with_entry("/etc/evil"), "'/etc/evil' has no place in it"),
    "an entry with backslashes": (with_entry("ckpt/..\\evil"), "has no place in it"),
    "two folders": (with_entry("other/data.pkl"), "has 2 folders, expected is one"),
    "a program": (with_entry("ckpt/code/evil.py"), "TorchScript archive: it holds a program"),
    "two entries of one name": (duplicate, "two entries of the same name"),
    "no pickle": (lambda f: archive(f, {"a/version": b"3\n"}), "it has no data.pkl"),
    "a packed folder": (
        lambda f: archive(f, {"config.json": b"{}", "model.safetensors": b""}),
        "a packed folder",
    ),
    "no entries": (lambda f: archive(f, {}), "is no checkpoint|damaged"),
    "an empty file": (plain(b""), "the file is empty"),
    "a text": (plain("不是模型\n".encode()), "no checkpoint that torch wrote"),
    "the beginning of a file": (cut(0.9), "damaged or cut short"),
    "hardly a file": (cut(0.05), "damaged or cut short"),
    "a flipped bit": (flipped, "is damaged: Bad CRC-32"),
    "a pickle that is cut short": (with_pickle(b"\x80\x02}q\x00X\xff\xff\xff\x7f"), "cut short"),
}


# Refused by the process that has imported torch, and that has to end by itself or by force.
IN_TORCH: Mapping[str, tuple[Builder, str]] = {
    "a key of shared tuples": (with_pickle(ENDLESS_KEY), "took longer than 2 s, and was stopped"),
    "a storage that is a lie": (endless_storage, "torch cannot read it|more than the file"),
}

# Refused by it once torch has loaded them; loaded here, since importing torch takes seconds.
LOADED: Mapping[str, tuple[Builder, str]] = {
    "settings of shared lists": (
        lambda f: saved(f, content(config=shared_lists())),
        "has more than 10,000 settings|nested too deeply",
    ),
    "a huge shape": (
        lambda f: saved(f, content(model={"w": torch.zeros(1).expand(2**40)})),
        r"w has shape \[1099511627776\], which is more than the file",
    ),
    "a weight that is none": (
        lambda f: saved(f, content(model=state() | {"transformer.ln_f.weight": "ones"})),
        "transformer.ln_f.weight is a str, expected is a tensor",
    ),
    "a name that is none": (
        lambda f: saved(f, content(model={7: torch.ones(1)})),
        "a tensor's name is 7, expected is a text",
    ),
    "complex weights": (
        lambda f: saved(f, content(model={"w": torch.ones(2, dtype=torch.complex64)})),
        "asks for torch.ComplexFloatStorage|w is of a kind",
    ),
    "whole numbers for weights": (
        lambda f: saved(
            f, content(model=state() | {"transformer.ln_f.weight": torch.ones(4).int()})
        ),
        "transformer.ln_f.weight is of type int32, expected is one of bfloat16",
    ),
    "a number that is none": (
        lambda f: saved(
            f,
            content(
                model=state() | {"transformer.ln_f.weight": torch.tensor([1, 2, torch.nan, 4])}
            ),
        ),
        r"not finite: 1 of 4, the first at \[2\]",
    ),
    "no mapping": (lambda f: saved(f, [torch.ones(2)]), "is a list, expected is a mapping"),
    "weights alone": (lambda f: saved(f, state()), "the checkpoint holds transformer.wte.weight"),
    "arguments of another kind": (
        lambda f: saved(f, content(model_args=[1, 2])),
        r"model_args is \[1, 2\], expected are options",
    ),
}


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an attack would leave is looked for where it is run."""
    monkeypatch.chdir(tmp_path)


def check_refused(build: Builder, told: str, folder: Path) -> None:
    with pytest.raises(ModelError, match=told) as caught:
        convert(detect(build(folder)), LIMITS)
    assert caught.value.file is not None
    assert not Path(RAN).exists()


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_hostile_checkpoint_is_refused_at_once(name: str, tmp_path: Path) -> None:
    check_refused(*AT_ONCE[name], tmp_path)


@pytest.mark.parametrize("name", IN_TORCH)
def test_a_hostile_checkpoint_takes_nothing_down(name: str, tmp_path: Path) -> None:
    check_refused(*IN_TORCH[name], tmp_path)


@pytest.mark.parametrize("name", LOADED)
def test_a_checkpoint_that_is_something_else_is_refused(name: str, tmp_path: Path) -> None:
    build, told = LOADED[name]
    file = build(tmp_path)
    with pytest.raises((RefusedError, ModelError), match=told):
        check_checkpoint(file)
        found = confined.read_checkpoint(file, tmp_path)
        tensors = load_file(tmp_path / confined.TENSORS) if found["keys"][0] == "model" else {}
        convert_contents(Contents(found["keys"], found["settings"], tensors), file)


def test_these_files_would_be_read_if_they_were_sound(tmp_path: Path) -> None:
    contents = read_checkpoint(saved(tmp_path), LIMITS)
    assert contents.settings == {"model_args": ARGS}
    assert contents.tensors.keys() == state().keys()


def test_memory_is_limited(tmp_path: Path) -> None:
    file = saved(tmp_path, content(model={"w": torch.ones(2**20)}))
    with pytest.raises(ModelError, match=r"more memory than its size allows|early end"):
        read_checkpoint(file, Limits(memory=2**20, seconds=5))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (touches(), "asks for posix.system"),
        ({"itos": {0: touches()}}, "asks for posix.system"),
        (ENDLESS_KEY, "holds more than mappings, texts and whole numbers"),
        ({"itos": [1, 2]}, "holds more than mappings, texts and whole numbers"),
        ({"vocab_size": 1.5}, "holds more than mappings, texts and whole numbers"),
        ({"stoi": bytearray(2)}, "asks for builtins.bytearray"),
        ("abc", "the pickle is no mapping"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_vocabulary_is_refused(made: object, told: str, tmp_path: Path) -> None:
    file = tmp_path / "meta.pkl"
    file.write_bytes(made if isinstance(made, bytes) else pickle.dumps(made, 4))
    with pytest.raises(ModelError, match=told):
        read_vocabulary(file, LIMITS)
    assert not Path(RAN).exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04}", b"\x80\x04}}K\x01s.", b"\x80\x04X\xff\xff\xff\x7fa."]
)
def test_a_broken_vocabulary_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "meta.pkl"
    file.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        read_vocabulary(file, LIMITS)


def no_file(folder: Path) -> Path:
    return folder / "ckpt.pt"


def linked_to_itself(folder: Path) -> Path:
    (folder / "ckpt.pt").symlink_to(folder / "ckpt.pt")
    return folder / "ckpt.pt"


@pytest.mark.parametrize("build", [no_file, linked_to_itself, fifo])
def test_what_is_no_file_is_not_opened(build: Builder, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such file or folder"):
        detect(build(tmp_path))


# Folders of Hugging Face's

CONFIG: Mapping[str, Any] = {
    **{"model_type": "llama", "hidden_size": 4, "intermediate_size": 6, "vocab_size": 5},
    **{"num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 8},
}
LAYER = "model.layers.0"
WEIGHTS: Mapping[str, torch.Tensor] = {
    name: torch.ones(size)
    for name, size in {
        **{"model.embed_tokens.weight": (5, 4), "model.norm.weight": (4,)},
        "lm_head.weight": (5, 4),
        **{f"{LAYER}.self_attn.{part}_proj.weight": (4, 4) for part in "qkvo"},
        **{f"{LAYER}.mlp.{part}_proj.weight": (6, 4) for part in ("gate", "up")},
        f"{LAYER}.mlp.down_proj.weight": (4, 6),
        f"{LAYER}.input_layernorm.weight": (4,),
        f"{LAYER}.post_attention_layernorm.weight": (4,),
    }.items()
}
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def folder_of(folder: Path, *, config: str | None = None, tokenizer: str | None = None) -> Path:
    """A sound folder, but for what is given."""
    (folder / "config.json").write_text(json.dumps(CONFIG) if config is None else config)
    (folder / "tokenizer.json").write_text(tokenizer_json(5) if tokenizer is None else tokenizer)
    save_file(dict(WEIGHTS), folder / SINGLE)
    return folder


def with_config(text: str) -> Builder:
    return lambda folder: folder_of(folder, config=text)


def with_weights(**changed: torch.Tensor) -> Builder:
    def build(folder: Path) -> Path:
        save_file(dict(WEIGHTS) | changed, folder_of(folder) / SINGLE)
        return folder

    return build


def with_bytes(change: Callable[[bytes], bytes]) -> Builder:
    def build(folder: Path) -> Path:
        file = folder_of(folder) / SINGLE
        file.write_bytes(change(file.read_bytes()))
        return folder

    return build


def sharded(change: Callable[[Path, dict[str, str]], object]) -> Builder:
    """Two shards and an index, which `change` may change."""

    def build(folder: Path) -> Path:
        (folder_of(folder) / SINGLE).unlink()
        places = {name: f"{'a' if 'mlp' in name else 'b'}.safetensors" for name in WEIGHTS}
        for file in set(places.values()):
            part = {name: WEIGHTS[name] for name in WEIGHTS if places[name] == file}
            save_file(part, folder / file)
        change(folder, places)
        (folder / INDEX).write_text(json.dumps({"weight_map": places}))
        return folder

    return build


def points_to(place: object) -> Builder:
    return sharded(lambda folder, places: places.update({"model.norm.weight": place}))  # type: ignore[dict-item]


def written_twice(data: bytes) -> bytes:
    """Two tensors of one name: safetensors itself takes the later one in silence."""
    size = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + size].replace(b"self_attn.k_proj", b"self_attn.q_proj")
    return data[:8] + header + data[8 + size :]


FOLDERS: Mapping[str, tuple[Builder, str]] = {
    "an index that points above": (
        points_to("../b.safetensors"),
        "expected is a file of this folder",
    ),
    "an index that points away": (points_to("/etc/passwd"), "expected is a file of this folder"),
    "an index with backslashes": (points_to("..\\b.safetensors"), "a file of this folder"),
    "an index that points nowhere": (points_to(7), "is said to be in 7, expected is a file"),
    "an index of pickles": (points_to("b.bin"), "'b.bin', expected is a safetensors file"),
    "an index of one that is not there": (points_to("c.safetensors"), "which is missing"),
    "an index that is wrong": (
        points_to("a.safetensors"),
        "the index says in a.safetensors|is not",
    ),
    "a shard with more than the index": (
        sharded(lambda folder, places: places.pop("model.norm.weight")),
        "model.norm.weight is in this file, and the index says nowhere",
    ),
    "a tensor of two shards": (
        sharded(lambda folder, _: save_file(dict(WEIGHTS), folder / "b.safetensors")),
        "mlp.* is in this file, and the index says in a.safetensors",
    ),
    "two tensors of one name": (with_bytes(written_twice), "q_proj.weight' is written twice"),
    "weights that are cut short": (with_bytes(lambda data: data[:-8]), "damaged or cut short"),
    "a header that is cut short": (with_bytes(lambda data: data[:20]), "damaged or cut short"),
    "a header without end": (
        with_bytes(lambda data: b"\xff" * 7 + b"\0" + data[8:]),
        "header has 72,057,594,037,927,935 bytes",
    ),
    "offsets beyond the file": (
        with_bytes(lambda data: data.replace(b'"data_offsets":[0,', b'"data_offsets":[9,')),
        "damaged or cut short",
    ),
    "no weights": (with_bytes(lambda _: b""), "damaged or cut short"),
    "NaN": (
        with_weights(**{"model.norm.weight": torch.tensor([1, torch.nan, 1, 1])}),
        r"model.norm.weight holds values that are not finite: 1 of 4, the first at \[1\]",
    ),
    "weights that are quantized": (
        with_weights(**{"model.norm.weight": torch.ones(4, dtype=torch.int8)}),
        "model.norm.weight is of type int8",
    ),
    "a surplus tensor": (
        with_weights(**{"model.extra": torch.ones(2, 3)}),
        r"no place for: model.extra \[2, 3\]",
    ),
    "a config without end": (with_config("[" * 100_000), "nested too deeply|expected is a mapping"),
    "a config that is too large": (with_config(" " * 5 * 2**20), "has 5,242,880 bytes, expected"),
    "a config that says it twice": (
        with_config(json.dumps(CONFIG)[:-1] + ', "hidden_size": 8}'),
        "'hidden_size' is written twice",
    ),
    "a config of NaN": (with_config('{"rms_norm_eps": NaN}'), "NaN is no number that JSON knows"),
    "a config that is a list": (with_config("[]"), "expected is a mapping of keys to values"),
    "a config that is no text": (with_config("\ud800"[:0] + '{"a": \x00}'), "is not valid JSON"),
    "numbers of 10,000 digits": (with_config('{"a": ' + "9" * 10_000 + "}"), "not valid JSON"),
    "a huge size": (
        with_config(json.dumps({**CONFIG, "vocab_size": 2**40})),
        "vocab_size is 1099511627776, expected is a whole number",
    ),
    "layers without end": (
        with_config(json.dumps({**CONFIG, "num_hidden_layers": 2**30})),
        "layers.1.input_layernorm.weight is missing",
    ),
    "a tokenizer that is none": (
        lambda folder: folder_of(folder, tokenizer='{"tokens": []}'),
        "is no tokenizer of Hugging Face's",
    ),
    "pickled weights": (
        lambda f: (folder_of(f) / SINGLE).rename(f / "pytorch_model.bin").parent,
        "there is neither model.safetensors nor",
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_hostile_folder_is_refused(name: str, tmp_path: Path) -> None:
    build, told = FOLDERS[name]
    with pytest.raises(ModelError, match=told) as caught:
        huggingface.convert(detect(build(tmp_path)).place)
    assert caught.value.file is not None


def test_these_folders_would_be_read_if_they_were_sound(tmp_path: Path) -> None:
    assert convert(detect(folder_of(tmp_path))).architecture.d_model == 4  # in its process


ODD: Sequence[Any] = (None, [], {}, [[]], {"a": {}}, "x", "", -1, 0, 1.5, True, 2**70, 1e308)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", INDEX])
def test_whatever_an_option_is_the_error_is_ours(file: str, tmp_path: Path) -> None:
    folder = sharded(lambda *_: None)(tmp_path)
    rotation = {"rope_type": "llama3", "rope_theta": 1e4, "factor": 2.0, "low_freq_factor": 1.0}
    rotation |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8}
    options = {"head_dim": 2, "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 1e4}
    options |= {"attention_bias": False, "tie_word_embeddings": False, "hidden_act": "silu"}
    options |= {"architectures": ["LlamaForCausalLM"], "rope_parameters": rotation}
    sound = {
        "config.json": dict(CONFIG) | options,
        "tokenizer.json": json.loads(tokenizer_json(5)),
        INDEX: json.loads((folder / INDEX).read_bytes()),
    }[file]
    changes = [{key: odd} for key in sound for odd in ODD]
    if file == "config.json":
        changes += [{"rope_parameters": rotation | {key: odd}} for key in rotation for odd in ODD]
    (folder / file).write_text(json.dumps(sound))
    huggingface.convert(folder)
    refused = 0
    for change in changes:
        (folder / file).write_text(json.dumps(sound | change))
        try:
            huggingface.convert(folder)
        except ModelError:
            refused += 1
    assert refused > len(ODD) // 2


def test_a_key_that_is_written_twice_among_very_many_is_found_at_once(tmp_path: Path) -> None:
    pairs = [f'"k{n}": 0' for n in range(200_000)] + ['"k7": 1']
    folder_of(tmp_path, config="{" + ", ".join(pairs) + "}")
    with pytest.raises(ModelError, match="'k7' is written twice"):
        huggingface.convert(tmp_path)


def test_a_folder_that_asks_for_too_much_ends_its_own_process_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    header = {"w": {"dtype": "F32", "shape": [2**30], "data_offsets": [0, 2**32]}}
    text = json.dumps(header).encode()
    with (folder / SINGLE).open("wb") as stream:  # which takes hardly any room on the disk
        stream.write(struct.pack("<Q", len(text)) + text)
        stream.truncate(8 + len(text) + 2**32)
    with pytest.raises(ModelError) as caught:
        convert(detect(folder), LIMITS)
    assert caught.value.file is not None


def test_a_long_text_in_an_old_file_is_not_read_without_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "ckpt.pt"
    with file.open("wb") as stream:
        stream.write(b"\x80\x04\x8d" + struct.pack("<Q", 3 * 2**30))  # BINUNICODE8
        stream.truncate(3 * 2**30)
    with pytest.raises(ModelError, match="more memory than its size allows"):
        convert(detect(file), LIMITS)
