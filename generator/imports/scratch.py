"""The Transformer-from-scratch book's `model.ckpt`, whose tokens are tiktoken's cl100k_base.

Every head has its own projections, without biases; positions are sines and cosines; ReLU in the
MLP; the head is no copy of the embedding, and the final norm is the last element of the blocks.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor

from generator.errors import ModelError
from generator.imports.converted import Converted, architecture, heads_of, tiktoken
from generator.imports.options import Options
from generator.imports.tensors import Tensors
from generator.imports.untrusted import Contents
from generator.project.card import Architecture

FORMAT = "Transformer from scratch"
_ENCODING = "cl100k_base"
_TRAINING = (
    *("batch_size", "device", "dropout", "epochs", "eval_interval", "eval_iters"),
    *("learning_rate", "max_iters", "TORCH_SEED"),
)


def convert(contents: Contents, file: Path) -> Converted:
    """Raises ModelError where the checkpoint is not one that the book's own code could run."""
    options = Options(contents.settings.get("h_params"), file, "h_params")
    options.harmless(_TRAINING)
    d_model, n_heads = options.size("d_model"), options.size("num_heads")
    if d_model % 2:
        raise ModelError(
            f"h_params.d_model is {d_model}, expected is an even number: half are sines", file=file
        )
    shape = architecture(
        file,
        n_layers=options.size("num_blocks"),
        n_heads=n_heads,
        d_model=d_model,
        d_head=heads_of(d_model, n_heads, file),
        n_ctx=options.size("context_length"),
        positions="sinusoidal",
        activation="relu",
        bias=["norm", "attn", "mlp"],
        tied=False,
        head_bias=True,
    )
    d_vocab = options.size("max_token_value")
    options.finish()
    given = Tensors(contents.tensors, file)
    tensors = _tensors(given, shape, d_vocab)
    given.finish()
    tensors["pos_embed.weight"] = sinusoids(shape.n_ctx, d_model)
    known = f"the embedding has rows for the ids below {d_vocab}, the largest of the training text"
    notes = [f"{known}: a prompt with a later one cannot be read."]
    return Converted(FORMAT, shape, tensors, tiktoken(_ENCODING), [file], notes)


def sinusoids(n_ctx: int, d_model: int) -> Tensor:
    """The table of positions, [n_ctx, d_model], in float32 and step by step as the book builds it:
    it is up to 7e-7 from the exact sines, and these are the ones that the model learned with."""
    table = torch.zeros(n_ctx, d_model)
    position = torch.arange(0, n_ctx, dtype=torch.float).unsqueeze(1)
    turns = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
    table[:, 0::2] = torch.sin(position * turns)
    table[:, 1::2] = torch.cos(position * turns)
    return table


def _tensors(given: Tensors, shape: Architecture, d_vocab: int) -> dict[str, Tensor]:
    width, hidden = shape.d_model, shape.d_mlp
    tensors: dict[str, Tensor] = {}

    def take(ours: str, theirs: str, *size: int) -> None:
        tensors[f"{ours}.weight"] = given.take(f"{theirs}.weight", *size)
        tensors[f"{ours}.bias"] = given.take(f"{theirs}.bias", size[0])

    table = given.take("token_embedding_lookup_table.weight", d_vocab, width)
    tensors["embed.weight"] = table
    for layer in range(shape.n_layers):
        ours, theirs = f"blocks.{layer}", f"transformer_blocks.{layer}"
        take(f"{ours}.ln1", f"{theirs}.ln1", width)
        tensors[f"{ours}.attn.qkv.weight"] = _fused(given, f"{theirs}.mha.heads", shape)
        take(f"{ours}.attn.proj", f"{theirs}.mha.projection_layer", width, width)
        take(f"{ours}.ln2", f"{theirs}.ln2", width)
        take(f"{ours}.mlp.fc", f"{theirs}.ffn.ffn.0", hidden, width)
        take(f"{ours}.mlp.proj", f"{theirs}.ffn.ffn.2", width, hidden)
    take("ln_final", f"transformer_blocks.{shape.n_layers}", width)
    take("head", "model_out_linear_layer", d_vocab, width)
    return tensors


def _fused(given: Tensors, heads: str, shape: Architecture) -> Tensor:
    """All heads' queries, then all keys, then all values, one below the other."""
    parts: dict[str, list[Tensor]] = {"Wq": [], "Wk": [], "Wv": []}
    for head in range(shape.n_heads):
        given.need_mask(f"{heads}.{head}.mask", shape.n_ctx)
        for name, part in parts.items():
            weight = f"{heads}.{head}.{name}.weight"
            part.append(given.take(weight, shape.d_head, shape.d_model))
    return torch.cat([each for part in parts.values() for each in part])
