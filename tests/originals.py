"""Models as others write them, in plain PyTorch: nothing here is shared with `generator`.

nanoGPT's and the book's are written from the descriptions of their checkpoints; those of Hugging
Face are `transformers`' own. Each records what it computes on the way: `patterns`, `hidden` (the
MLP's activations) and `stream` (the residual stream after each block), one entry a block, and
`logits`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass
class Seen:
    patterns: list[Tensor] = field(default_factory=list)
    hidden: list[Tensor] = field(default_factory=list)
    stream: list[Tensor] = field(default_factory=list)
    logits: Tensor = field(default_factory=lambda: torch.empty(0))


def tokenizer_json(count: int) -> str:
    """A `tokenizer.json` of byte-level BPE without merges: a, b, c, …, and one that was added."""
    added = {"id": count - 1, "content": "<end>", "special": True, "normalized": False}
    added |= dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
    content = {
        "version": "1.0",
        "added_tokens": [added],
        "pre_tokenizer": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "vocab": {chr(ord("a") + n): n for n in range(count - 1)},
            "merges": [],
        },
    }
    return json.dumps(content)


def randomize(model: nn.Module, seed: int = 0) -> None:
    """Every parameter random, biases and norms too, large enough to tell mistakes apart."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3, generator=generator)


class NanoGPT(nn.Module):
    """nanoGPT's names and computation."""

    def __init__(
        self,
        *,
        n_layer: int,
        n_head: int,
        n_embd: int,
        block_size: int,
        vocab_size: int,
        bias: bool,
    ) -> None:
        super().__init__()
        self.n_head, self.width = n_head, n_embd
        block = lambda: nn.ModuleDict(  # noqa: E731
            {
                "ln_1": nn.LayerNorm(n_embd, bias=bias),
                "attn": nn.ModuleDict(
                    {
                        "c_attn": nn.Linear(n_embd, 3 * n_embd, bias=bias),
                        "c_proj": nn.Linear(n_embd, n_embd, bias=bias),
                    }
                ),
                "ln_2": nn.LayerNorm(n_embd, bias=bias),
                "mlp": nn.ModuleDict(
                    {
                        "c_fc": nn.Linear(n_embd, 4 * n_embd, bias=bias),
                        "c_proj": nn.Linear(4 * n_embd, n_embd, bias=bias),
                    }
                ),
            }
        )
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(vocab_size, n_embd),
                "wpe": nn.Embedding(block_size, n_embd),
                "h": nn.ModuleList(block() for _ in range(n_layer)),
                "ln_f": nn.LayerNorm(n_embd, bias=bias),
            }
        )
        self.lm_head = nn.Linear(n_embd, vocab_size, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight

    def forward(self, ids: Tensor) -> Seen:
        """`ids` are [pos]."""
        seen, n_pos = Seen(), len(ids)
        parts: Any = self.transformer
        x = parts["wte"](ids) + parts["wpe"].weight[:n_pos]
        allowed = torch.ones(n_pos, n_pos).tril() == 1
        for block in parts["h"]:
            q, k, v = (
                part.reshape(n_pos, self.n_head, -1).permute(1, 0, 2)
                for part in block["attn"]["c_attn"](block["ln_1"](x)).split(self.width, dim=-1)
            )
            scores = torch.einsum("hqd,hkd->hqk", q, k) * q.shape[-1] ** -0.5
            pattern = torch.where(allowed, scores, torch.tensor(-torch.inf)).softmax(-1)
            z = torch.einsum("hqk,hkd->qhd", pattern, v).reshape(n_pos, self.width)
            x = x + block["attn"]["c_proj"](z)
            hidden = F.gelu(block["mlp"]["c_fc"](block["ln_2"](x)))
            x = x + block["mlp"]["c_proj"](hidden)
            seen.patterns.append(pattern)
            seen.hidden.append(hidden)
            seen.stream.append(x)
        seen.logits = self.lm_head(parts["ln_f"](x))
        return seen


class _Head(nn.Module):
    def __init__(self, width: int, size: int, context: int) -> None:
        super().__init__()
        self.Wq, self.Wk, self.Wv = (nn.Linear(width, size, bias=False) for _ in range(3))
        self.register_buffer("mask", torch.tril(torch.ones(context, context)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mask: Any = self.mask
        n_pos = len(x)
        scores = self.Wq(x) @ self.Wk(x).T / math.sqrt(self.Wq.out_features)
        pattern = scores.masked_fill(mask[:n_pos, :n_pos] == 0, -torch.inf).softmax(-1)
        return pattern, pattern @ self.Wv(x)


class _ScratchBlock(nn.Module):
    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mha = nn.Module()
        self.mha.heads = nn.ModuleList(_Head(width, width // heads, context) for _ in range(heads))
        self.mha.projection_layer = nn.Linear(width, width)
        self.ffn = nn.Module()
        self.ffn.ffn = nn.Sequential(
            nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width), nn.Dropout(0.1)
        )

    def forward(self, x: Tensor, seen: Seen) -> Tensor:
        mha: Any = self.mha
        ffn: Any = self.ffn.ffn
        heads = [head(self.ln1(x)) for head in mha.heads]
        x = x + mha.projection_layer(torch.cat([given for _, given in heads], dim=-1))
        hidden = ffn[:2](self.ln2(x))
        x = x + ffn[2:](hidden)
        seen.patterns.append(torch.stack([pattern for pattern, _ in heads]))
        seen.hidden.append(hidden)
        seen.stream.append(x)
        return x


class Scratch(nn.Module):
    """The Transformer-from-scratch book's names and computation."""

    def __init__(self, h_params: dict[str, Any]) -> None:
        super().__init__()
        width, vocabulary = h_params["d_model"], h_params["max_token_value"]
        self.context, self.blocks = h_params["context_length"], h_params["num_blocks"]
        self.token_embedding_lookup_table = nn.Embedding(vocabulary, width)
        self.transformer_blocks = nn.Sequential(
            *[
                _ScratchBlock(width, h_params["num_heads"], self.context)
                for _ in range(self.blocks)
            ],
            nn.LayerNorm(width),
        )
        self.model_out_linear_layer = nn.Linear(width, vocabulary)

    def forward(self, ids: Tensor) -> Seen:
        """`ids` are [pos]."""
        seen = Seen()
        width = self.token_embedding_lookup_table.embedding_dim
        table = torch.zeros(self.context, width)  # float32, whatever the weights are
        rate = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10000.0) / width))
        angles = torch.arange(0, self.context, dtype=torch.float)[:, None] * rate
        table[:, 0::2], table[:, 1::2] = torch.sin(angles), torch.cos(angles)
        x = self.token_embedding_lookup_table(ids) + table[: len(ids)]
        for block in list(self.transformer_blocks)[:-1]:
            x = block(x, seen)
        seen.logits = self.model_out_linear_layer(self.transformer_blocks[-1](x))
        return seen


def run_transformers(model: Any, ids: list[int]) -> Seen:
    """One of `transformers`' language models, looked into with PyTorch's own hooks."""
    seen = Seen()
    is_gpt2 = hasattr(model, "transformer")
    for block in model.transformer.h if is_gpt2 else model.model.layers:
        last = block.mlp.c_proj if is_gpt2 else block.mlp.down_proj
        last.register_forward_pre_hook(lambda _, given: seen.hidden.append(given[0][0]))
        block.register_forward_hook(
            lambda _, given, x: seen.stream.append((x[0] if isinstance(x, tuple) else x)[0])
        )
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_attentions=True)
    seen.patterns = [pattern[0] for pattern in out.attentions]
    seen.logits = out.logits[0]
    return seen
