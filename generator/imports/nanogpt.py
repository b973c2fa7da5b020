"""nanoGPT's `ckpt.pt`, with the `meta.pkl` of its characters or GPT-2's encoding.

github.com/karpathy/nanoGPT, model.py. A LayerNorm before attention and MLP, learned positions, the
exact GELU, biases everywhere or nowhere, a head that is the embedding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from generator.encodings import GPT2
from generator.errors import ModelError
from generator.imports.converted import Converted, architecture, characters, heads_of, tiktoken
from generator.imports.options import Options
from generator.imports.tensors import Tensors
from generator.imports.untrusted import Contents, Limits, read_vocabulary
from generator.project.card import Architecture

META = "meta.pkl"
_GPT2_TOKENS = 50257
_GPT2_PADDED = 50304  # rounded up to a multiple of 64, which trains faster


def convert(contents: Contents, file: Path, limits: Limits | None = None) -> Converted:
    """Raises ModelError where the checkpoint is not one that nanoGPT's own code could run."""
    options = Options(contents.settings.get("model_args"), file, "model_args")
    options.harmless(["dropout"])
    shape = architecture(
        file,
        n_layers=options.size("n_layer"),
        n_heads=options.size("n_head"),
        d_model=(d_model := options.size("n_embd")),
        d_head=heads_of(d_model, options.size("n_head"), file),
        n_ctx=options.size("block_size"),
        bias=options.flag("bias", default=True),
    )
    d_vocab = options.size("vocab_size")
    options.finish()
    given = Tensors(contents.tensors, file).without("_orig_mod.")  # of a compiled model
    tensors = _tensors(given, shape, d_vocab)
    given.finish()

    meta = file.with_name(META)
    if meta.is_file():
        tokens = _characters(read_vocabulary(meta, limits), d_vocab, meta)
        return Converted("nanoGPT", shape, tensors, characters(tokens), [file, meta])
    if d_vocab not in (_GPT2_TOKENS, _GPT2_PADDED):
        raise ModelError(
            f"the model has {d_vocab} tokens, and nothing says what they are",
            file=meta,
            hint=f"copy nanoGPT's data/{_dataset(contents)}/{META} beside {file.name}.",
        )
    padding = f"{d_vocab - _GPT2_TOKENS} of the {d_vocab} rows of the embedding are padding"
    notes = [f"{padding}: no token has their ids."] if d_vocab > _GPT2_TOKENS else []
    return Converted("nanoGPT", shape, tensors, tiktoken(GPT2), [file], notes)


def _tensors(given: Tensors, shape: Architecture, d_vocab: int) -> dict[str, Tensor]:
    width, hidden = shape.d_model, shape.d_mlp
    tensors: dict[str, Tensor] = {}

    def take(ours: str, theirs: str, *size: int) -> None:
        tensors[f"{ours}.weight"] = given.take(f"{theirs}.weight", *size)
        if shape.bias:
            tensors[f"{ours}.bias"] = given.take(f"{theirs}.bias", size[0])

    embed = given.take("transformer.wte.weight", d_vocab, width)
    given.take_same("lm_head.weight", embed, "transformer.wte.weight")
    tensors["embed.weight"] = embed
    tensors["pos_embed.weight"] = given.take("transformer.wpe.weight", shape.n_ctx, width)
    for layer in range(shape.n_layers):
        ours, theirs = f"blocks.{layer}", f"transformer.h.{layer}"
        take(f"{ours}.ln1", f"{theirs}.ln_1", width)
        take(f"{ours}.attn.qkv", f"{theirs}.attn.c_attn", 3 * width, width)
        take(f"{ours}.attn.proj", f"{theirs}.attn.c_proj", width, width)
        take(f"{ours}.ln2", f"{theirs}.ln_2", width)
        take(f"{ours}.mlp.fc", f"{theirs}.mlp.c_fc", hidden, width)
        take(f"{ours}.mlp.proj", f"{theirs}.mlp.c_proj", width, hidden)
        given.drop_mask(f"{theirs}.attn.bias", shape.n_ctx)  # where there is no flash attention
    take("ln_final", "transformer.ln_f", width)
    return tensors


def _characters(meta: dict[str, Any], d_vocab: int, file: Path) -> list[str]:
    """The characters by id. Raises ModelError where the two tables are not each other's inverse."""
    size, itos, stoi = meta.get("vocab_size"), meta.get("itos"), meta.get("stoi")
    if size is not None and size != d_vocab:
        raise ModelError(
            f"vocab_size is {size}, and the model's is {d_vocab}",
            file=file,
            hint=f"the {META} is of another model than the checkpoint beside it.",
        )
    if not isinstance(itos, list) or not isinstance(stoi, list):
        raise ModelError("expected are the tables itos and stoi", file=file)
    texts = {key: text for key, text in itos if type(key) is int and isinstance(text, str)}
    if sorted(texts) != list(range(d_vocab)) or len(itos) != d_vocab:
        raise ModelError(
            f"itos has {len(itos)} entries, expected is a text for each id from 0 to {d_vocab - 1}",
            file=file,
        )
    if {text: key for key, text in texts.items()} != dict(stoi):
        raise ModelError(
            "stoi and itos do not say the same, expected are two inverse tables", file=file
        )
    if halves := [text for text in texts.values() if "\ud800" <= text <= "\udfff"]:
        raise ModelError(
            f"itos has {halves[0]!r}, half of a character, expected are whole ones", file=file
        )
    if longer := [text for text in texts.values() if len(text) != 1]:
        raise ModelError(
            f"itos has the token {longer[0]!r}, expected are single characters", file=file
        )
    return [texts[index] for index in range(d_vocab)]


def _dataset(contents: Contents) -> str:
    """The name of the text that it was trained on, where the checkpoint tells one."""
    config = contents.settings.get("config")
    name = config.get("dataset") if isinstance(config, dict) else None
    return name if isinstance(name, str) and name.isidentifier() else "<dataset>"
