"""Other people's checkpoints, each beside an original that computes it."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from click.testing import CliRunner
from conftest import ROOT
from families import recorded
from originals import NanoGPT, Scratch, Seen, randomize, run_transformers, tokenizer_json
from safetensors.torch import load_file, save_file

from generator import cli
from generator.build.tracing import Tracer
from generator.check.findings import Findings
from generator.check.tensors import check_model, check_prompt
from generator.data.folder import DataFolder
from generator.errors import ConfigError, GlasspageError, ModelError
from generator.imports import huggingface, nanogpt, scratch
from generator.imports.converted import Converted
from generator.imports.detection import detect
from generator.imports.folder import write_folder
from generator.imports.importing import convert
from generator.imports.untrusted import Contents
from generator.model.checkpoint import load
from generator.model.gpt import GPT, GPTConfig
from generator.model.tokenizer import UnreadableTextError
from generator.model.tokenizer_file import load_tokenizer
from generator.project.card import Card
from generator.project.examples import new_prompt
from generator.project.origin import name_from
from generator.project.project import Project
from generator.project.source import Source
from generator.reference import forward as reference
from generator.reference import tokenizer as reference_tokenizer
from generator.reference.tokenizer import encodings
from generator.reporter import Reporter

IDS = [3, 1, 4, 1, 5, 9, 2, 6]
NANO = {"n_layer": 2, "n_head": 4, "n_embd": 16, "block_size": 12, "vocab_size": 11}
BOOK = {
    **{"d_model": 16, "num_blocks": 2, "num_heads": 4, "context_length": 12, "dropout": 0.1},
    **{"device": "cpu", "max_token_value": 11, "learning_rate": 1e-3, "TORCH_SEED": 1337},
}
GPT2 = {"n_layer": 2, "n_head": 4, "n_embd": 16, "n_positions": 12, "vocab_size": 11}
LLAMA = {
    **{"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2},
    **{"hidden_size": 16, "intermediate_size": 20, "max_position_embeddings": 64},
    **{"vocab_size": 11, "rms_norm_eps": 1e-5},
}
SCALED = {
    **{"rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0},
    **{"high_freq_factor": 4.0, "original_max_position_embeddings": 10},
}
# Kind, options, and the type of the weights.
HUGGING_FACE: Mapping[str, tuple[str, dict[str, Any], torch.dtype]] = {
    "GPT-2": ("GPT2", GPT2, torch.float32),
    "GPT-2 with all options": (
        "GPT2",
        GPT2
        | {"n_inner": 24, "activation_function": "gelu", "layer_norm_epsilon": 1e-3}
        | {"tie_word_embeddings": False},
        torch.float16,
    ),
    "Llama": ("Llama", LLAMA, torch.bfloat16),
    "Llama 3": ("Llama", LLAMA | {"rope_parameters": SCALED, "head_dim": 6}, torch.float32),
    "Llama with biases, tied": (
        "Llama",
        LLAMA | {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True},
        torch.float32,
    ),
    "Mistral": (
        "Mistral",
        LLAMA | {"head_dim": 8, "sliding_window": None, "rope_parameters": {"rope_theta": 5e5}},
        torch.float32,
    ),
    "Qwen2": ("Qwen2", LLAMA, torch.float32),
    "Qwen3": ("Qwen3", LLAMA | {"head_dim": 8, "tie_word_embeddings": True}, torch.bfloat16),
}


def original(kind: str, options: Mapping[str, Any], dtype: torch.dtype = torch.float32) -> Any:
    """A small random model of `transformers`."""
    config = getattr(transformers, f"{kind}Config")(**options)
    name = "GPT2LMHeadModel" if kind == "GPT2" else f"{kind}ForCausalLM"
    model = getattr(transformers, name)._from_config(config, attn_implementation="eager")
    randomize(model)
    return model.to(dtype).eval()


def save(model: Any, folder: Path, *, shard: str = "1GB") -> Path:
    model.save_pretrained(folder, max_shard_size=shard)
    (folder / "tokenizer.json").write_text(tokenizer_json(11))
    return folder


def edit(folder: Path, **changed: Any) -> Path:
    """Change a config; an option that is `...` is taken out."""
    file = folder / "config.json"
    content = json.loads(file.read_bytes()) | changed
    file.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))
    return folder


def ours(converted: Converted, folder: Path, n_pos: int) -> list[dict[str, Any]]:
    """What our model computes of it, and what the NumPy reference does over the written files."""
    d_vocab = len(converted.tensors["embed.weight"])
    gpt = GPT(GPTConfig(**dict(converted.architecture), d_vocab=d_vocab)).double().eval()
    gpt.load_state_dict(converted.tensors)
    card = write_folder(folder, converted)
    weights = reference.load(folder / "model.safetensors")
    ids = IDS[:n_pos]
    return [recorded(gpt, ids), reference.forward(weights, card.architecture, ids)]


def check_same(seen: Seen, converted: Converted, folder: Path, within: float = 1e-6) -> None:
    """Logits, patterns, activations and stream, each to `within` of its largest value.

    transformers computes norms, softmax and rotations in float32 even where the weights are
    float64, so 1e-6 is what a comparison with it can reach; with the others it is much less.
    """
    n_layers = converted.architecture.n_layers
    for values in ours(converted, folder, len(seen.logits)):
        pairs = [(seen.logits, values["logits"])]
        for layer in range(n_layers):
            block = f"blocks.{layer}"
            pairs += [
                (seen.patterns[layer], values[f"{block}.attn.pattern"]),
                (seen.hidden[layer], values[f"{block}.mlp.post"]),
                (seen.stream[layer], values[f"{block}.resid_post"]),
            ]
        for theirs, own in pairs:
            expected = theirs.detach().double().numpy()
            assert expected.shape == own.shape
            largest = max(1.0, float(np.abs(expected).max()))
            assert np.abs(expected - own).max() <= within * largest


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_a_folder_of_hugging_face_computes_as_transformers_does(name: str, tmp_path: Path) -> None:
    kind, options, dtype = HUGGING_FACE[name]
    model = original(kind, options, dtype)
    folder = save(model, tmp_path / "theirs", shard="2KB" if kind == "Qwen2" else "1GB")
    assert (folder / "model.safetensors.index.json").is_file() == (kind == "Qwen2")

    converted = huggingface.convert(folder)
    assert {tensor.dtype for tensor in converted.tensors.values()} == {dtype}
    read = type(model).from_pretrained(
        folder, dtype=torch.float64, attn_implementation="eager", local_files_only=True
    )
    check_same(run_transformers(read.eval(), IDS), converted, tmp_path / "ours")
    assert converted.tokenizer == (folder / "tokenizer.json").read_bytes()


def checkpoint_of_nanogpt(file: Path, *, bias: bool = True, **others: Any) -> NanoGPT:
    model = NanoGPT(**NANO, bias=bias)
    randomize(model)
    content = {
        "model": model.state_dict(),
        "model_args": NANO | {"bias": bias, "dropout": 0.2},
        "optimizer": torch.optim.AdamW(model.parameters()).state_dict(),
        "iter_num": 10,
        "best_val_loss": torch.tensor(1.5),
        "config": {"dataset": "tiny_text"},
    }
    torch.save(content | others, file)
    return model.double().eval()


def write_meta(file: Path, tokens: str = "abcdefghijk") -> None:
    itos = dict(enumerate(tokens))
    meta = {"vocab_size": len(tokens), "itos": itos, "stoi": {t: i for i, t in itos.items()}}
    file.write_bytes(pickle.dumps(meta))


def test_nanogpt_computes_as_its_description_says(tmp_path: Path) -> None:
    file = tmp_path / "ckpt.pt"
    model = checkpoint_of_nanogpt(file)
    write_meta(tmp_path / "meta.pkl")
    converted = convert(detect(tmp_path))
    check_same(model(torch.tensor(IDS)), converted, tmp_path / "ours", within=1e-13)
    assert json.loads(converted.tokenizer) == {"kind": "characters", "tokens": list("abcdefghijk")}
    source = Source.read(tmp_path / "ours/model.yaml").parse(Card).trained
    assert source is not None and source.source is not None
    assert [part.file for part in source.source.files] == ["ckpt.pt", "meta.pkl"]


def test_a_compiled_nanogpt_in_the_old_format_on_another_device_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ckpt.pt"
    model = checkpoint_of_nanogpt(file, bias=False)
    write_meta(tmp_path / "meta.pkl")
    content = torch.load(file, weights_only=True)
    mask = torch.ones(1, 1, 12, 12).tril()
    state = content["model"] | {f"transformer.h.{n}.attn.bias": mask for n in range(2)}
    content["model"] = {f"_orig_mod.{name}": tensor.half() for name, tensor in state.items()}
    torch.save(content, file, _use_new_zipfile_serialization=False)
    file.write_bytes(file.read_bytes().replace(b"X\3\0\0\0cpu", b"X\6\0\0\0cuda:0"))
    assert b"cuda:0" in file.read_bytes()
    converted = convert(detect(file))
    assert {tensor.dtype for tensor in converted.tensors.values()} == {torch.float16}
    assert "would not tell a flipped byte" in converted.notes[-1]
    check_same(model.half().double()(torch.tensor(IDS)), converted, tmp_path / "ours", 1e-13)


def test_the_book_computes_as_its_description_says(tmp_path: Path) -> None:
    model = Scratch(BOOK)
    randomize(model)
    content = {"model_state_dict": model.state_dict(), "h_params": BOOK}
    torch.save(content, tmp_path / "model.ckpt")
    converted = convert(detect(tmp_path))
    check_same(model.double().eval()(torch.tensor(IDS)), converted, tmp_path / "ours", within=1e-13)
    assert json.loads(converted.tokenizer) == {"kind": "tiktoken", "encoding": "cl100k_base"}
    learned = sum(parameter.numel() for parameter in model.parameters())
    trained = Source.read(tmp_path / "ours/model.yaml").parse(Card).trained
    assert trained is not None and trained.parameters == learned


def contents_of_nanogpt(**changed: Any) -> Contents:
    """As the reading process hands a checkpoint on."""
    args = NANO | {"bias": True, "dropout": 0.0} | changed
    sizes = {key: args[key] for key in (*NANO, "bias")}
    return Contents(["model", "model_args"], {"model_args": args}, NanoGPT(**sizes).state_dict())


def test_gpt2s_encoding_may_be_padded_and_other_sizes_need_a_table(tmp_path: Path) -> None:
    file = tmp_path / "ckpt.pt"
    padded = nanogpt.convert(contents_of_nanogpt(vocab_size=50304), file)
    assert json.loads(padded.tokenizer) == {"kind": "tiktoken", "encoding": "gpt2"}
    assert padded.notes and "47 of the 50304 rows" in padded.notes[0]
    with pytest.raises(ModelError, match="the model has 11 tokens, and nothing says what they are"):
        nanogpt.convert(contents_of_nanogpt(), file)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"vocab_size": 12}, "vocab_size is 12, and the model's is 11"),
        ({"itos": {0: "a"}}, "itos has 1 entries, expected is a text for each id from 0 to 10"),
        ({"stoi": {"a": 1}}, "stoi and itos do not say the same"),
        ({"itos": "abc"}, "expected are the tables itos and stoi"),
    ],
)
def test_a_table_of_characters_that_does_not_fit_is_refused(
    change: dict[str, Any], told: str, tmp_path: Path
) -> None:
    meta = tmp_path / "meta.pkl"
    write_meta(meta)
    meta.write_bytes(pickle.dumps(pickle.loads(meta.read_bytes()) | change))
    with pytest.raises(ModelError, match=told) as caught:
        nanogpt.convert(contents_of_nanogpt(), tmp_path / "ckpt.pt")
    assert caught.value.file == meta


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Copies of small folders of Hugging Face's, each written once."""
    root = tmp_path_factory.mktemp("folders")
    options = {"GPT2": GPT2} | dict.fromkeys(("Llama", "Mistral", "Qwen2", "Qwen3"), LLAMA)
    count = iter(range(1000))

    def copied(kind: str) -> Path:
        if not (root / kind).is_dir():
            given = options[kind] | ({"sliding_window": None} if kind == "Mistral" else {})
            save(original(kind, given), root / kind)
        return Path(shutil.copytree(root / kind, root / f"{kind}-{next(count)}"))

    return copied


@pytest.mark.parametrize(
    ("kind", "changed", "told"),
    [
        ("GPT2", {"activation_function": "gelu_10"}, "activation_function is 'gelu_10'"),
        ("GPT2", {"scale_attn_weights": False}, "scale_attn_weights is false"),
        ("GPT2", {"scale_attn_weights": None}, "scale_attn_weights is null"),
        ("GPT2", {"scale_attn_by_inverse_layer_idx": True}, "inverse_layer_idx is true"),
        ("GPT2", {"add_cross_attention": True}, "add_cross_attention is true"),
        ("GPT2", {"pruned_heads": {"0": [1]}}, "pruned_heads is"),
        ("GPT2", {"layer_norm_epsilon": 0}, "layer_norm_epsilon is 0"),
        ("GPT2", {"tie_word_embeddings": None}, "tie_word_embeddings is null"),
        ("GPT2", {"n_inner": 24}, r"transformer\.h\.0\.mlp\.c_fc\.weight has shape \[16, 64\]"),
        ("GPT2", {"n_ctx": 6}, "n_ctx is 6, and supported is 12"),
        ("GPT2", {"architectures": ["GPT2ForSequenceClassification"]}, "architectures is"),
        ("GPT2", {"quantization_config": {"bits": 4}}, "not known .* quantization_config"),
        ("GPT2", {"n_head": 3}, "cannot be shared by 3 heads evenly"),
        ("GPT2", {"n_layer": "2"}, "n_layer is '2', expected is a whole number"),
        ("Llama", {"rope_parameters": {"rope_type": "yarn", "factor": 4.0}}, "rope_type is 'yarn'"),
        ("Llama", {"rope_scaling": {"type": "linear", "factor": 2.0}}, "do not say the same"),
        (
            "Llama",
            {"rope_parameters": ..., "rope_scaling": {"type": "linear", "factor": 2.0}},
            r"rope_scaling\.type is 'linear'",
        ),
        (
            "Llama",
            {"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}},
            r"partial_rotary_factor is 0\.5",
        ),
        ("Llama", {"rope_parameters": {"rope_type": None}}, "rope_type is null"),
        ("Llama", {"rope_theta": 5e5}, "rope_theta is 500000 in one place and 10000 in another"),
        ("Llama", {"hidden_act": "gelu_fast"}, "hidden_act is 'gelu_fast'"),
        ("Llama", {"attention_bias": True}, r"self_attn\.q_proj\.bias is missing"),
        ("Llama", {"sliding_window": 4}, "not known .* sliding_window"),
        ("Llama", {"attention_multiplier": 0.1}, "not known .* attention_multiplier"),
        ("Llama", {"auto_map": {"AutoModel": "evil.Model"}}, "not known .* auto_map"),
        ("Llama", {"model_type": "gemma"}, "model_type is 'gemma', and supported are gpt2, llama"),
        ("Llama", {"num_key_value_heads": 3}, "must divide n_heads"),
        ("Llama", {"hidden_size": ...}, "lacks hidden_size"),
        ("Llama", {"tie_word_embeddings": True}, "lm_head.weight differs from embed_tokens"),
        ("Mistral", {"num_key_value_heads": ...}, "lacks num_key_value_heads"),
        ("Mistral", {"attention_bias": True}, "attention_bias is true"),
        ("Qwen2", {"layer_types": ["sliding_attention"] * 2}, "contradict"),
        (
            "Qwen2",
            {"layer_types": ["full_attention"]},
            "layer_types names 1 layers, and there are 2",
        ),
        ("Qwen2", {"use_mrope": True}, "use_mrope is true"),
        ("Qwen2", {"model_type": "llama", "architectures": None}, "not known .* layer_types"),
        ("Qwen3", {"head_dim": 4}, r"q_proj\.weight has shape \[512, 16\], expected is \[16, 16"),
    ],
)
def test_an_option_that_changes_numbers_and_is_not_supported_refuses_the_file(
    kind: str, changed: dict[str, Any], told: str, folders: Callable[[str], Path]
) -> None:
    with pytest.raises(ModelError, match=told):
        huggingface.convert(edit(folders(kind), **changed))


@pytest.mark.parametrize(
    ("kind", "changed", "n_ctx"),
    [
        ("Mistral", {"sliding_window": 24}, 24),
        ("Mistral", {"sliding_window": ...}, 64),  # then it is 4096
        ("Qwen2", {"use_sliding_window": True, "sliding_window": 24, "layer_types": ...}, 64),
        (
            "Qwen2",
            {"use_sliding_window": True, "sliding_window": 24, "layer_types": ...}
            | {"max_window_layers": 1},
            24,
        ),
        (
            "Qwen3",
            {"use_sliding_window": True, "sliding_window": 24}
            | {"layer_types": ["full_attention", "sliding_attention"]},
            24,
        ),
    ],
)
def test_a_sliding_window_limits_the_context_in_which_nothing_is_out_of_sight(
    kind: str, changed: dict[str, Any], n_ctx: int, folders: Callable[[str], Path]
) -> None:
    converted = huggingface.convert(edit(folders(kind), **changed))
    assert converted.architecture.n_ctx == n_ctx
    assert bool(converted.notes) == (n_ctx < 64)


def test_options_that_change_nothing_as_they_are_given_do_no_harm(
    folders: Callable[[str], Path],
) -> None:
    folder = folders("Qwen2")
    plain = huggingface.convert(folder).architecture
    assert huggingface.convert(edit(folder, use_mrope=False)).architecture == plain
    folder = folders("GPT2")
    plain = huggingface.convert(folder).architecture
    idle = edit(folder, scale_attn_by_inverse_layer_idx=None, scale_attn_weights=...)
    edit(idle, _num_labels=1, n_special=0, predict_special_tokens=True, output_past=True)
    assert huggingface.convert(idle).architecture == plain
    folder = folders("Llama")
    plain = huggingface.convert(folder).architecture
    idle = edit(folder, is_llama_config=True, rope_interleaved=False)
    assert huggingface.convert(idle).architecture == plain


def test_a_context_of_more_tokens_than_can_be_counted_is_cut_with_a_note(
    folders: Callable[[str], Path],
) -> None:
    converted = huggingface.convert(edit(folders("Llama"), max_position_embeddings=2**31 - 1))
    assert converted.architecture.n_ctx == 2**20
    assert "1048576 instead of 2147483647" in converted.notes[0]


def test_the_stream_need_not_be_shared_evenly_where_the_heads_have_a_width(tmp_path: Path) -> None:
    sizes = {"hidden_size": 18, "head_dim": 4, "sliding_window": None}
    model = original("Mistral", LLAMA | sizes, torch.float64)
    converted = huggingface.convert(save(model, tmp_path / "theirs"))
    check_same(run_transformers(model, IDS), converted, tmp_path / "ours")


def test_a_tokenizer_of_another_size_than_the_embedding_is_told(
    folders: Callable[[str], Path],
) -> None:
    folder = folders("Llama")
    assert huggingface.convert(folder).notes == []
    (folder / "tokenizer.json").write_text(tokenizer_json(9))
    assert "2 of the 11 rows of the embedding are padding" in huggingface.convert(folder).notes[0]
    (folder / "tokenizer.json").write_text(tokenizer_json(14))
    assert "has ids up to 13, and the embedding rows" in huggingface.convert(folder).notes[0]


def test_configs_of_older_versions_say_the_same(folders: Callable[[str], Path]) -> None:
    folder = folders("Llama")
    now = huggingface.convert(folder).architecture
    edit(folder, rope_parameters=..., rope_theta=10000.0, dtype=..., torch_dtype="float32")
    assert huggingface.convert(folder).architecture == now
    scaling = {**SCALED, "type": "llama3"}
    scaled = edit(folder, rope_theta=5000.0, rope_scaling={**scaling, "rope_theta": 5000.0})
    made = huggingface.convert(scaled).architecture
    assert made.rotary_base == 5000.0
    assert made.rotary_scaling is not None and made.rotary_scaling.n_ctx == 10


def test_buffers_of_old_files_go_once_they_are_known(folders: Callable[[str], Path]) -> None:
    folder = folders("GPT2")
    weights = folder / "model.safetensors"
    tensors = {name.removeprefix("transformer."): t for name, t in load_file(weights).items()}
    expected = huggingface.convert(folder).tensors
    mask = torch.ones(1, 1, 12, 12, dtype=torch.bool).tril()
    buffers = {f"h.{n}.attn.bias": mask.clone() for n in range(2)}
    buffers |= {f"h.{n}.attn.masked_bias": torch.tensor(-1e4) for n in range(2)}
    tied = {"lm_head.weight": tensors["wte.weight"].clone()}
    save_file(tensors | buffers | tied, weights)
    found = huggingface.convert(folder).tensors
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)
    save_file(tensors | buffers | {"h.1.attn.bias": mask.clone().fill_(True)}, weights)
    with pytest.raises(ModelError, match=r"h\.1\.attn\.bias is another mask than the causal one"):
        huggingface.convert(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n_embd": 8}, r"wte\.weight has shape \[11, 16\], expected is \[11, 8\]"),
        ({"vocab_size": 12}, r"wte\.weight has shape \[11, 16\], expected is \[12, 16\]"),
        ({"n_layer": 1}, r"no place for: transformer\.h\.1\.attn\.c_attn\.bias \[48\]"),
        ({"n_layer": 3}, r"transformer\.h\.2\.ln_1\.weight is missing, expected with shape \[16\]"),
        ({"bias": False}, r"no place for: transformer\.h\.0\.attn\.c_attn\.bias"),
        ({"n_experts": 4}, r"not known and may change numbers: n_experts \(4\)"),
        ({"n_layer": 2**40}, "n_layer is 1099511627776, expected is a whole number"),
    ],
)
def test_arguments_that_do_not_fit_the_tensors_are_told(
    change: dict[str, Any], told: str, tmp_path: Path
) -> None:
    contents = contents_of_nanogpt()
    contents.settings["model_args"] |= change
    with pytest.raises(ModelError, match=told):
        nanogpt.convert(contents, tmp_path / "ckpt.pt")


def test_what_is_wrong_in_the_book_is_told(tmp_path: Path) -> None:
    file = tmp_path / "model.ckpt"
    state = Scratch(BOOK).state_dict()

    def refusal(h_params: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> str:
        contents = Contents([], {"h_params": dict(h_params)}, dict(tensors))
        with pytest.raises(ModelError) as caught:
            scratch.convert(contents, file)
        return str(caught.value)

    name = "transformer_blocks.1.mha.heads.2.mask"
    assert f"{name} is another mask" in refusal(BOOK, state | {name: torch.ones(12, 12)})
    assert "heads.0.Wq.weight has shape [4, 16], expected is [2, 16]" in refusal(
        BOOK | {"num_heads": 8}, state
    )
    assert "table.weight has shape [11, 16], expected is [10, 16]" in refusal(
        BOOK | {"max_token_value": 10}, state
    )
    name = "transformer_blocks.0.ffn.ffn.2.bias"
    assert f"{name} holds values that are not finite: 1 of 16, the first at [3]" in refusal(
        BOOK, state | {name: torch.zeros(16).index_fill(0, torch.tensor(3), torch.inf)}
    )
    told = refusal(BOOK | {"rotary": True}, state)
    assert "not known and may change numbers: rotary (true)" in told


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project with nothing but a prompt, for a model that is yet to be imported."""
    (tmp_path / "project/content/prompts").mkdir(parents=True)
    shutil.copy(ROOT / "content/site.yaml", tmp_path / "project/content/site.yaml")
    prompt = tmp_path / "project/content/prompts/beads.yaml"
    prompt.write_text("model: nano\nprompt: badge\nnew_tokens: 3\narticles: []\n")
    (tmp_path / "run").mkdir()
    checkpoint_of_nanogpt(tmp_path / "run/ckpt.pt")
    write_meta(tmp_path / "run/meta.pkl")
    return tmp_path


def test_an_imported_model_is_traced_published_and_verified(place: Path) -> None:
    root = place / "project"
    arguments = ["import", str(place / "run"), "--name", "nano", "--project", str(root)]
    done = CliRunner().invoke(cli.cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0 and "parameters, nanoGPT" in done.output
    tracer, project = Tracer(Project(root), 1), Project(root)
    (named,) = project.prompts
    tracer.write_model(named, place / "model")
    tracer.write_trace(named, Reporter(quiet=True), place / "beads")

    findings = Findings()
    check_model(DataFolder(place / "model", "models/nano"), root / "models/nano", findings)
    check_prompt(DataFolder(place / "beads", "beads"), root / "models/nano", encodings(), findings)
    assert not findings.problems and findings.counts["tensors"] > 50
    data = DataFolder(place / "model", "models/nano")
    absent = [name for name in data.entries if name.startswith(("untrained", "history"))]
    assert absent == []
    assert data.head["card"]["trained"].keys() == {"weights", "tokenizer", "parameters", "source"}


def test_an_original_that_goes_on_in_another_way_is_followed_to_where_its_context_ends(
    place: Path,
) -> None:
    root, window = place / "project", 8
    model = original("Mistral", LLAMA | {"sliding_window": window}, torch.float64)
    arguments = ["import", str(save(model, place / "theirs")), "--name", "nano"]
    done = CliRunner().invoke(cli.cli, [*arguments, "--project", str(root)], catch_exceptions=False)
    assert done.exit_code == 0 and "n_ctx is 8" in done.output

    def traced(new_tokens: int, prompt: str = "badge") -> DataFolder:
        text = f"model: nano\nprompt: {prompt}\nnew_tokens: {new_tokens}\narticles: []\n"
        (root / "content/prompts/beads.yaml").write_text(text)
        (named,) = Project(root).prompts
        Tracer(Project(root), 1).write_trace(named, Reporter(quiet=True), place / "beads")
        return DataFolder(place / "beads", "beads")

    data = traced(4)  # five are read at first, and eight at last
    ids = [token["id"] for token in data.read("tokens")]
    for step in data.read("generation")["steps"]:
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1]
        expected = torch.softmax(logits, dim=0)[step["choice"]].item()
        assert step["prob"] == pytest.approx(expected, rel=1e-5)
        ids.append(step["choice"])
    assert len(ids) == window + 1

    with pytest.raises(ConfigError, match="can write at most 4: it reads 8 at once") as refused:
        traced(5)
    assert (refused.value.file, refused.value.line) == (root / "content/prompts/beads.yaml", 3)


def test_a_prompt_that_spells_a_special_token_is_refused(place: Path) -> None:
    root = place / "project"
    folder = save(original("Llama", LLAMA), place / "theirs")
    arguments = ["import", str(folder), "--name", "nano", "--project", str(root)]
    assert CliRunner().invoke(cli.cli, arguments, catch_exceptions=False).exit_code == 0
    prompt = root / "content/prompts/beads.yaml"
    prompt.write_text("model: nano\nprompt: bad<end>\narticles: []\n")
    (named,) = Project(root).prompts
    with pytest.raises(ConfigError, match="special token '<end>'") as refused:
        Tracer(Project(root), 1).check([named])
    assert refused.value.line == 2


def test_ids_are_those_of_the_original_s_own_tokenizer(tmp_path: Path) -> None:
    content = json.loads(tokenizer_json(11))
    content["added_tokens"] = []
    content["model"]["vocab"] |= {"ba": 10, "bad": 11, "ge": 12}
    content["model"]["merges"] = ["b a", "ba d", "g e"]
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))
    ours = load_tokenizer(tmp_path / "tokenizer.json")
    again = reference_tokenizer.load(tmp_path / "tokenizer.json")
    for text in ("badge", "abbad", "gegebaba", "j" * 7 + "bad"):
        assert ours.encode(text) == again.encode(text) == theirs(text)["input_ids"]
    assert len(ours.encode("badge")) == 2


def test_weights_that_no_result_can_be_written_of_are_told(
    place: Path, folders: Callable[[str], Path]
) -> None:
    root, folder = place / "project", folders("Qwen3")
    weights = load_file(folder / "model.safetensors")
    for name in ("up", "down"):
        weights[f"model.layers.1.mlp.{name}_proj.weight"] *= 1e30
    save_file(weights, folder / "model.safetensors")
    arguments = ["import", str(folder), "--name", "nano", "--project", str(root)]
    assert CliRunner().invoke(cli.cli, arguments, catch_exceptions=False).exit_code == 0
    (named,) = Project(root).prompts
    with pytest.raises(ModelError, match=r"blocks\.1\.\S+ of the model nano goes beyond 3\.4e\+38"):
        Tracer(Project(root), 1).write_trace(named, Reporter(quiet=True), place / "beads")


def test_an_import_is_not_trained_over(place: Path) -> None:
    root = place / "project"
    arguments = ["import", str(place / "run"), "--name", "nano", "--project", str(root)]
    assert CliRunner().invoke(cli.cli, arguments, catch_exceptions=False).exit_code == 0
    before = {file.name: file.read_bytes() for file in (root / "models/nano").iterdir()}
    (place / "corpus.txt").write_text("abc" * 100)
    arguments = ["train", "nano", "--corpus", str(place / "corpus.txt"), "--project", str(root)]
    done = CliRunner().invoke(cli.cli, arguments)
    assert "training would replace its weights" in str(done.exception)
    assert {f.name: f.read_bytes() for f in (root / "models/nano").iterdir()} == before


def test_what_the_author_wrote_into_a_card_outlives_another_import(place: Path) -> None:
    folder = place / "models/nano"
    converted = convert(detect(place / "run"))
    write_folder(folder, converted)
    card = folder / "model.yaml"
    card.write_text(card.read_text().replace("title: nano", "title: Beads\nwords: {vowels: [a]}"))
    again = write_folder(folder, converted)
    assert (again.title, again.words) == ("Beads", {"vowels": ["a"]})


def test_the_architecture_of_an_import_cannot_be_edited_in_silence(place: Path) -> None:
    folder = place / "models/nano"
    card = write_folder(folder, convert(detect(place / "run")))
    load("nano", folder, card)
    file = folder / "model.yaml"
    file.write_text(file.read_text().replace("ln_eps: 1.0e-05", "ln_eps: 1.0e-03"))
    edited = Source.read(file).parse(Card)
    assert edited.architecture.ln_eps == 1e-3
    line = file.read_text().split("architecture:")[0].count("\n") + 1
    with pytest.raises(GlasspageError, match=f"yaml:{line}:1: .*not the one that was imported"):
        load("nano", folder, edited)


def test_a_model_that_was_trained_here_is_not_replaced(place: Path) -> None:
    folder = place / "models/nano"
    shutil.copytree(ROOT / "models/xiyouji", folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(GlasspageError, match="was not imported"):
        write_folder(folder, nanogpt.convert(contents_of_nanogpt(vocab_size=50257), place / "c.pt"))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_refused_checkpoint_leaves_the_earlier_import_as_it_was(place: Path) -> None:
    folder = place / "project/models/nano"
    write_folder(folder, nanogpt.convert(contents_of_nanogpt(), place / "run/ckpt.pt"))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    (place / "run/ckpt.pt").write_bytes((place / "run/ckpt.pt").read_bytes()[:-100])
    arguments = [str(place / "run"), "--name", "nano", "--project", str(place / "project")]
    with pytest.raises(ModelError, match="damaged or cut short"):
        CliRunner().invoke(cli.cli, ["import", *arguments], catch_exceptions=False)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_new_prompt_for_a_model_of_pieces_of_words_can_be_read(place: Path) -> None:
    root = place / "project"
    checkpoint = (place / "run/ckpt.pt").rename(place / "ckpt.pt")
    converted = nanogpt.convert(contents_of_nanogpt(vocab_size=50257), checkpoint)
    write_folder(root / "models/gpt", converted)
    (root / "content/prompts/beads.yaml").unlink()
    assert "prompt: Once upon a time" in new_prompt(Project(root), "story").read_text()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("out-shakespeare-char/ckpt.pt", "out-shakespeare-char"),
        ("out-shakespeare-char", "out-shakespeare-char"),
        ("runs/wide model.ckpt", "wide-model"),
        ("模型/model.ckpt", ""),
        ("Qwen2.5-0.5B/config.json", "Qwen2-5-0-5B"),
        ("../Qwen2.5-0.5B/", "Qwen2-5-0-5B"),
        ("..", ""),
    ],
)
def test_a_model_is_called_after_its_file_or_folder(path: str, name: str) -> None:
    assert name_from(PurePath(path)) == name


def test_a_folder_of_several_checkpoints_asks_which(tmp_path: Path) -> None:
    (tmp_path / "a.pt").touch()
    (tmp_path / "b.pt").touch()
    with pytest.raises(ModelError, match="holds 2 checkpoints and no config") as caught:
        detect(tmp_path)
    assert str(caught.value.hint).startswith("name the file")


def test_a_folder_is_read_in_a_process_of_its_own_as_it_is_here(
    folders: Callable[[str], Path],
) -> None:
    folder = folders("Llama")
    here, there = huggingface.convert(folder), convert(detect(folder))
    assert there.architecture == here.architecture and there.tokenizer == here.tokenizer
    assert (there.format, there.files, there.notes) == (here.format, here.files, here.notes)
    assert there.tensors.keys() == here.tensors.keys()
    for name, tensor in here.tensors.items():
        assert there.tensors[name].dtype == tensor.dtype
        assert torch.equal(there.tensors[name], tensor)


@pytest.mark.parametrize(
    ("key", "value"), [("add_prefix_space", True), ("add_bos_token", True), ("add_eos_token", True)]
)
def test_what_would_make_other_ids_beside_the_tokenizer_refuses_it(
    key: str, value: bool, folders: Callable[[str], Path]
) -> None:
    folder = folders("Llama")
    (folder / "tokenizer_config.json").write_text(json.dumps({key: not value, "chat": "x"}))
    huggingface.convert(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps({key: value}))
    with pytest.raises(ModelError, match=f"{key} is true, and tokenizer.json does otherwise"):
        huggingface.convert(folder)


def test_a_tokenizer_whose_class_composes_characters_has_to_say_so_itself(
    folders: Callable[[str], Path],
) -> None:
    folder = folders("Qwen2")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "Qwen2Tokenizer"}')
    with pytest.raises(ModelError, match="composes characters"):
        huggingface.convert(folder)
    content = json.loads(tokenizer_json(11)) | {"normalizer": {"type": "NFC"}}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    huggingface.convert(folder)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"model": {"type": "Unigram", "vocab": [["a", 0.0]]}}, "is of the kind 'Unigram'"),
        (
            {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
            "changes a text before it reads it",
        ),
        (
            {
                "post_processor": {
                    "type": "TemplateProcessing",
                    "single": [
                        {"SpecialToken": {"id": "<x>", "type_id": 0}},
                        {"Sequence": {"id": "A", "type_id": 0}},
                    ],
                    "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
                    "special_tokens": {"<x>": {"id": "<x>", "ids": [999], "tokens": ["<x>"]}},
                }
            },
            "puts the token 999 around a text",
        ),
    ],
)
def test_a_tokenizer_that_could_not_be_used_is_refused_when_it_is_imported(
    changed: dict[str, Any], told: str, folders: Callable[[str], Path]
) -> None:
    folder = folders("Llama")
    content = json.loads(tokenizer_json(11)) | changed
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match=told):
        huggingface.convert(folder)


def test_a_text_at_which_a_tokenizer_s_library_panics_is_an_unreadable_text(tmp_path: Path) -> None:
    content = json.loads(tokenizer_json(11))
    content["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            {
                "type": "Split",
                "pattern": {"Regex": "(a|a|aa)+$"},
                "behavior": "Isolated",
                "invert": False,
            },
            content["pre_tokenizer"] | {"use_regex": False},
        ],
    }
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(content))
    with pytest.raises(UnreadableTextError, match="cannot split this text"):
        load_tokenizer(file).encode("a" * 60 + "b")


def test_half_a_character_in_a_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ckpt.pt"
    checkpoint_of_nanogpt(file)
    write_meta(tmp_path / "meta.pkl", "abcdefghij\ud800")
    with pytest.raises(ModelError, match="half of a character"):
        convert(detect(file))
