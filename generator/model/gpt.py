"""A GPT, written to be read from top to bottom.

The forward pass is one straight line, and every value on it that has a name can be handed to a
recorder on its way. There is no second implementation for show: what a page displays is what this
code computed, and without a recorder it is a plain forward pass.

The architecture is GPT-2's (Radford et al. 2019, "Language Models are Unsupervised Multitask
Learners") in the form that nanoGPT gave it: pre-LayerNorm blocks, one fused query-key-value
weight, exact GELU, an output head tied to the token embedding, biases optional.

Shapes are written with B (batch), T (positions), C (d_model), nh (heads) and hs (d_head).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Recorder = Callable[[str, Tensor], None]


def ignore(name: str, value: Tensor) -> None:
    """The recorder of a pass that nobody records."""


def within(prefix: str, record: Recorder) -> Recorder:
    """The recorder that names its values `prefix.name`."""
    if record is ignore:
        return ignore
    return lambda name, value: record(f"{prefix}.{name}", value)


@dataclass(frozen=True)
class GPTConfig:
    """The sizes of a model. Names follow TransformerLens."""

    n_layers: int
    n_heads: int
    d_model: int
    n_ctx: int  # the most positions it can read
    d_vocab: int
    bias: bool = False  # in the linear layers and the LayerNorms
    dropout: float = 0.0  # acts in training only
    ln_eps: float = 1e-5

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads

    @property
    def d_mlp(self) -> int:
        return 4 * self.d_model


class LayerNorm(nn.Module):
    """Shift each position to mean 0 and scale it to variance 1, then apply a learned affine."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.eps = config.ln_eps
        self.weight = nn.Parameter(torch.ones(config.d_model))
        self.bias = nn.Parameter(torch.zeros(config.d_model)) if config.bias else None

    def forward(self, x: Tensor, record: Recorder = ignore) -> Tensor:
        mean = x.mean(dim=-1, keepdim=True)  # (B, T, 1)
        centred = x - mean
        scale = (centred.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()  # (B, T, 1)
        normalized = centred / scale
        out = normalized * self.weight
        if self.bias is not None:
            out = out + self.bias
        record("mean", mean.squeeze(-1))
        record("scale", scale.squeeze(-1))
        record("normalized", normalized)
        record("out", out)
        return out


class Attention(nn.Module):
    """Causal self-attention: each position gathers from itself and from those before it."""

    mask: Tensor

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.d_head = config.d_head
        self.qkv = nn.Linear(config.d_model, 3 * config.d_model, bias=config.bias)
        self.proj = nn.Linear(config.d_model, config.d_model, bias=config.bias)
        self.pattern_dropout = nn.Dropout(config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        future = torch.ones(config.n_ctx, config.n_ctx, dtype=torch.bool).triu(diagonal=1)
        self.register_buffer("mask", future, persistent=False)

    def forward(self, x: Tensor, record: Recorder = ignore) -> Tensor:
        B, T, C = x.shape  # noqa: N806
        q, k, v = self.qkv(x).split(C, dim=2)
        q = q.view(B, T, self.n_heads, self.d_head).transpose(1, 2)  # (B, nh, T, hs)
        k = k.view(B, T, self.n_heads, self.d_head).transpose(1, 2)  # (B, nh, T, hs)
        v = v.view(B, T, self.n_heads, self.d_head).transpose(1, 2)  # (B, nh, T, hs)
        record("q", q)
        record("k", k)
        record("v", v)

        scores_raw = q @ k.transpose(-2, -1)  # (B, nh, T, T), [query, key]
        scores_scaled = scores_raw / math.sqrt(self.d_head)
        scores = scores_scaled.masked_fill(self.mask[:T, :T], -math.inf)
        pattern = scores.softmax(dim=-1)
        record("scores_raw", scores_raw)
        record("scores_scaled", scores_scaled)
        record("scores", scores)
        record("pattern", pattern)

        z = self.pattern_dropout(pattern) @ v  # (B, nh, T, hs)
        record("z", z)
        out = self.proj(z.transpose(1, 2).reshape(B, T, C))  # heads side by side
        record("out", out)
        dropped: Tensor = self.dropout(out)
        return dropped


class MLP(nn.Module):
    """Widen each position four times, bend it with GELU, and narrow it again."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.fc = nn.Linear(config.d_model, config.d_mlp, bias=config.bias)
        self.proj = nn.Linear(config.d_mlp, config.d_model, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, record: Recorder = ignore) -> Tensor:
        pre = self.fc(x)  # (B, T, 4C)
        post = F.gelu(pre)
        out = self.proj(post)  # (B, T, C)
        record("pre", pre)
        record("post", post)
        record("out", out)
        dropped: Tensor = self.dropout(out)
        return dropped


class Block(nn.Module):
    """One layer: attention, then MLP, each reading a normalized copy of the residual stream."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln1 = LayerNorm(config)
        self.attn = Attention(config)
        self.ln2 = LayerNorm(config)
        self.mlp = MLP(config)

    def forward(self, resid_pre: Tensor, record: Recorder = ignore) -> Tensor:
        record("resid_pre", resid_pre)
        resid_mid: Tensor = resid_pre + self.attn(
            self.ln1(resid_pre, within("ln1", record)), within("attn", record)
        )
        record("resid_mid", resid_mid)
        resid_post: Tensor = resid_mid + self.mlp(
            self.ln2(resid_mid, within("ln2", record)), within("mlp", record)
        )
        record("resid_post", resid_post)
        return resid_post


class GPT(nn.Module):
    """Token ids in, one row of next-token logits for every position out."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.d_vocab, config.d_model)
        self.pos_embed = nn.Embedding(config.n_ctx, config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.ln_final = LayerNorm(config)

    def forward(self, tokens: Tensor, record: Recorder = ignore) -> Tensor:
        """Read token ids (B, T) and return logits (B, T, d_vocab).

        `record(name, value)` is called with every named value on the way, batch first. T may not
        exceed `n_ctx`: the position table has no row for more.
        """
        embed = self.embed(tokens)  # (B, T, C)
        pos_embed = self.pos_embed(torch.arange(tokens.shape[1], device=tokens.device))  # (T, C)
        record("embed", embed)
        record("pos_embed", pos_embed.expand_as(embed))

        resid = self.dropout(embed + pos_embed)
        for layer, block in enumerate(self.blocks):
            resid = block(resid, within(f"blocks.{layer}", record))

        final = self.ln_final(resid, within("ln_final", record))
        logits = F.linear(final, self.embed.weight)  # tied: the embedding table read backwards
        record("logits", logits)
        if record is not ignore:
            record("log_probs", logits.log_softmax(dim=-1))
        return logits

    def initialize(self, generator: torch.Generator) -> None:
        """Fill the weights as GPT-2 did: normal(0, 0.02), narrower where a residual is written.

        LayerNorm weights stay 1; every bias is 0.
        """
        narrow = 0.02 / math.sqrt(2 * self.config.n_layers)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif parameter.dim() == 2:
                std = narrow if name.endswith("proj.weight") else 0.02
                nn.init.normal_(parameter, mean=0.0, std=std, generator=generator)
