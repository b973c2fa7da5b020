"""A GPT, written to be read from top to bottom.

The forward pass is one straight line, and every value on it that has a name can be handed to a
recorder on its way. There is no second implementation for show: what a page displays is what this
code computed, and without a recorder it is a plain forward pass.

One skeleton serves every model: a residual stream that pre-norm blocks of attention and an MLP read
and add to. What differs between families is chosen by the config:

                 GPT-2, nanoGPT   from scratch     Llama, Mistral   Qwen2    Qwen3
    norm         layer            layer            rms              rms      rms
    positions    learned          sinusoidal       rotary           rotary   rotary
    activation   gelu, gelu_tanh  relu             silu, gated      ←        ←
    key heads    as many          as many          fewer            fewer    fewer, normed
    bias         all, or none     all but q, k, v  none             q, k, v  none
    head         tied             its own          either           either   either

The sources: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; Vaswani et
al. 2017, "Attention Is All You Need" (sinusoidal positions); Touvron et al. 2023, "LLaMA"; Yang et
al. 2024, "Qwen2", and 2025, "Qwen3".

Shapes are written with B (batch), T (positions), C (d_model), nh (heads), nk (key-value heads) and
hs (d_head). With a cache, T counts the tokens of this pass, and S those before them too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generator.project.card import RotaryScaling

Recorder = Callable[[str, Tensor], None]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
}


def ignore(name: str, value: Tensor) -> None:
    """The recorder of a pass that nobody records."""


def within(prefix: str, record: Recorder) -> Recorder:
    """The recorder that names its values `prefix.name`."""
    if record is ignore:
        return ignore
    return lambda name, value: record(f"{prefix}.{name}", value)


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a model. Names follow TransformerLens."""

    n_layers: int
    n_heads: int
    n_key_value_heads: int  # queries share keys and values in groups of equal size
    d_model: int
    d_head: int
    d_mlp: int
    n_ctx: int  # the most positions it can read
    d_vocab: int
    slides: bool = True  # over a longer text it reads the end
    norm: Literal["layer", "rms"] = "layer"
    ln_eps: float = 1e-5
    positions: Literal["learned", "sinusoidal", "rotary"] = "learned"
    rotary_base: float = 10000.0
    rotary_scaling: RotaryScaling | None = None
    qk_norm: bool = False  # queries and keys are normed, head by head, before they are rotated
    activation: Literal["gelu", "gelu_tanh", "relu", "silu"] = "gelu"
    gated: bool = False  # what the activation gives multiplies a second projection
    bias: bool | tuple[Literal["norm", "qkv", "attn", "mlp"], ...] = False  # who has one
    tied: bool = True  # the head is the token embedding, read backwards
    head_bias: bool = False
    dropout: float = 0.0  # acts in training only

    def has_bias(self, part: Literal["norm", "qkv", "attn", "mlp"]) -> bool:
        return self.bias if isinstance(self.bias, bool) else part in self.bias


class LayerNorm(nn.Module):
    """Shift each position to mean 0 and scale it to variance 1, then apply a learned affine."""

    def __init__(self, size: int, eps: float, *, bias: bool) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size)) if bias else None

    def forward(self, x: Tensor, record: Recorder = ignore) -> Tensor:
        """`x` and the result are [..., size]."""
        mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
        centred = x - mean
        scale = (centred.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()  # (..., 1)
        normalized = centred / scale
        out = normalized * self.weight
        if self.bias is not None:
            out = out + self.bias
        record("mean", mean.squeeze(-1))
        record("scale", scale.squeeze(-1))
        record("normalized", normalized)
        record("out", out)
        return out


class RMSNorm(nn.Module):
    """Scale each position to mean square 1, then apply a learned gain (Zhang, Sennrich 2019)."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor, record: Recorder = ignore) -> Tensor:
        """`x` and the result are [..., size]."""
        scale = (x.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()  # (..., 1)
        normalized = x / scale
        out = normalized * self.weight
        record("scale", scale.squeeze(-1))
        record("normalized", normalized)
        record("out", out)
        return out


def make_norm(config: GPTConfig) -> nn.Module:
    """The norm that reads the residual stream."""
    if config.norm == "rms":
        return RMSNorm(config.d_model, config.ln_eps)
    return LayerNorm(config.d_model, config.ln_eps, bias=config.has_bias("norm"))


def rotary_frequencies(config: GPTConfig) -> Tensor:
    """How far each pair of dimensions turns from one position to the next: (hs / 2), radians.

    Su et al. 2021, "RoFormer". The scaling is Llama 3.1's: what turns fewer than
    `low_freq_factor` times in the context of the training is slowed down by `factor`, what turns
    more than `high_freq_factor` times is left, and between the two it fades over.
    """
    exponents = torch.arange(0, config.d_head, 2, dtype=torch.float64) / config.d_head
    frequencies = config.rotary_base**-exponents
    scaling = config.rotary_scaling
    if scaling is None:
        return frequencies
    turns = scaling.n_ctx * frequencies / (2 * math.pi)
    span = scaling.high_freq_factor - scaling.low_freq_factor
    kept = ((turns - scaling.low_freq_factor) / span).clamp(0, 1)
    return kept * frequencies + (1 - kept) * frequencies / scaling.factor


def rotate(x: Tensor, frequencies: Tensor, start: int = 0) -> Tensor:
    """Turn each pair of dimensions (i, i + hs/2) by its frequency times the position.

    `x` and the result are (B, nh, T, hs), `frequencies` is (hs / 2). The first position is `start`.
    """
    positions = torch.arange(start, start + x.shape[2], dtype=torch.float64, device=x.device)
    angles = torch.outer(positions, frequencies.to(x.device))  # (T, hs / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class Kept:
    """One layer's part of a cache: keys and values of the positions that were read already.

    Both are (B, nk, S, hs), the keys as they meet the queries: normed and rotated.
    """

    k: Tensor | None = None
    v: Tensor | None = None

    @property
    def length(self) -> int:
        return 0 if self.k is None else self.k.shape[2]

    def extend(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Keep those of new positions (B, nk, T, hs), and return those of all."""
        self.k = k if self.k is None else torch.cat((self.k, k), dim=2)
        self.v = v if self.v is None else torch.cat((self.v, v), dim=2)
        return self.k, self.v


class Attention(nn.Module):
    """Causal self-attention: each position gathers from itself and from those before it."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.heads = (config.n_heads, config.n_key_value_heads, config.n_key_value_heads)
        self.d_head = config.d_head
        width = config.n_heads * config.d_head
        together = sum(self.heads) * config.d_head
        self.qkv = nn.Linear(config.d_model, together, bias=config.has_bias("qkv"))
        self.proj = nn.Linear(width, config.d_model, bias=config.has_bias("attn"))
        self.q_norm = RMSNorm(config.d_head, config.ln_eps) if config.qk_norm else None
        self.k_norm = RMSNorm(config.d_head, config.ln_eps) if config.qk_norm else None
        self.frequencies = rotary_frequencies(config) if config.positions == "rotary" else None
        self.pattern_dropout = nn.Dropout(config.dropout)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, record: Recorder = ignore, kept: Kept | None = None) -> Tensor:
        """`x` and the result are (B, T, C). What is `kept` comes before x, and grows by it."""
        B, T, _ = x.shape  # noqa: N806
        kept = Kept() if kept is None else kept
        q, k, v = (
            each.view(B, T, -1, self.d_head).transpose(1, 2)  # (B, nh, T, hs), (B, nk, T, hs) twice
            for each in self.qkv(x).split([n * self.d_head for n in self.heads], dim=2)
        )
        record("q", q)
        record("k", k)
        record("v", v)
        if self.q_norm is not None and self.k_norm is not None:
            q = self.q_norm(q, within("q_norm", record))
            k = self.k_norm(k, within("k_norm", record))
        if self.frequencies is not None:
            q, k = (rotate(each, self.frequencies, kept.length) for each in (q, k))
            record("rot_q", q)
            record("rot_k", k)

        k, v = kept.extend(k, v)  # (B, nk, S, hs); without a cache S is T
        group = self.heads[0] // self.heads[1]
        k = k.repeat_interleave(group, dim=1)  # (B, nh, S, hs): one for each query head
        v = v.repeat_interleave(group, dim=1)  # (B, nh, S, hs)
        scores_raw = q @ k.transpose(-2, -1)  # (B, nh, T, S), [query, key]
        scores_scaled = scores_raw / math.sqrt(self.d_head)
        S = k.shape[2]  # noqa: N806
        future = torch.ones(T, S, dtype=torch.bool, device=x.device).triu(diagonal=S - T + 1)
        scores = scores_scaled.masked_fill(future, -math.inf)
        pattern = scores.softmax(dim=-1)
        record("scores_raw", scores_raw)
        record("scores_scaled", scores_scaled)
        record("scores", scores)
        record("pattern", pattern)

        z = self.pattern_dropout(pattern) @ v  # (B, nh, T, hs)
        record("z", z)
        out = self.proj(z.transpose(1, 2).flatten(2))  # heads side by side
        record("out", out)
        dropped: Tensor = self.dropout(out)
        return dropped


class MLP(nn.Module):
    """Widen each position, bend it with the activation, and narrow it again.

    Where it is gated, what is bent multiplies a second projection that is not (Shazeer 2020, "GLU
    Variants Improve Transformer"; with SiLU it is SwiGLU).
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        bias = config.has_bias("mlp")
        self.activation = ACTIVATIONS[config.activation]
        self.fc = nn.Linear(config.d_model, config.d_mlp, bias=bias)
        self.linear = nn.Linear(config.d_model, config.d_mlp, bias=bias) if config.gated else None
        self.proj = nn.Linear(config.d_mlp, config.d_model, bias=bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, record: Recorder = ignore) -> Tensor:
        """`x` and the result are (B, T, C)."""
        pre = self.fc(x)  # (B, T, d_mlp)
        post = self.activation(pre)
        record("pre", pre)
        if self.linear is not None:
            pre_linear = self.linear(x)  # (B, T, d_mlp)
            post = post * pre_linear
            record("pre_linear", pre_linear)
        out = self.proj(post)
        record("post", post)
        record("out", out)
        dropped: Tensor = self.dropout(out)
        return dropped


class Block(nn.Module):
    """One layer: attention, then MLP, each reading a normalized copy of the residual stream."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln1 = make_norm(config)
        self.attn = Attention(config)
        self.ln2 = make_norm(config)
        self.mlp = MLP(config)

    def forward(
        self, resid_pre: Tensor, record: Recorder = ignore, kept: Kept | None = None
    ) -> Tensor:
        """`resid_pre` and the result are (B, T, C)."""
        record("resid_pre", resid_pre)
        resid_mid: Tensor = resid_pre + self.attn(
            self.ln1(resid_pre, within("ln1", record)), within("attn", record), kept
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
        self.pos_embed = None
        if config.positions != "rotary":
            self.pos_embed = nn.Embedding(config.n_ctx, config.d_model)
            # A sinusoidal table is not learned. It is kept with the weights all the same: the last
            # digits of a sine are not the same everywhere, and these are the ones it learned with.
            self.pos_embed.requires_grad_(config.positions == "learned")
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.ln_final = make_norm(config)
        self.head = None
        if not config.tied:
            self.head = nn.Linear(config.d_model, config.d_vocab, bias=config.head_bias)

    def forward(
        self, tokens: Tensor, record: Recorder = ignore, cache: list[Kept] | None = None
    ) -> Tensor:
        """Read token ids (B, T) and return logits (B, T, d_vocab).

        `record(name, value)` is called with every named value on the way, batch first. T may not
        exceed `n_ctx`.

        With a `cache`, the tokens follow those that earlier passes with it read, whose keys and
        values it kept. They count towards `n_ctx`, too.
        """
        start = cache[0].length if cache else 0
        resid = self.embed(tokens)  # (B, T, C)
        record("embed", resid)
        if self.pos_embed is not None:
            positions = torch.arange(start, start + tokens.shape[1], device=tokens.device)
            pos_embed = self.pos_embed(positions).expand_as(resid)  # (B, T, C)
            record("pos_embed", pos_embed)
            resid = resid + pos_embed

        resid = self.dropout(resid)
        for layer, block in enumerate(self.blocks):
            kept = cache[layer] if cache else None
            resid = block(resid, within(f"blocks.{layer}", record), kept)

        logits = self.unembed(self.ln_final(resid, within("ln_final", record)))
        record("logits", logits)
        if record is not ignore:
            record("log_probs", logits.log_softmax(dim=-1))
        return logits

    def empty_cache(self) -> list[Kept]:
        """A cache in which nothing is kept yet, a part for each layer."""
        return [Kept() for _ in self.blocks]

    def unembed(self, final: Tensor) -> Tensor:
        """The logits (..., d_vocab) of what the final norm gives, (..., C)."""
        if self.head is None:
            return F.linear(final, self.embed.weight)  # tied: the embedding table read backwards
        logits: Tensor = self.head(final)
        return logits

    def initialize(self, generator: torch.Generator) -> None:
        """Fill the weights as GPT-2 did: normal(0, 0.02), narrower where a residual is written.

        Norms stay 1; every bias is 0.
        """
        narrow = 0.02 / math.sqrt(2 * self.config.n_layers)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif parameter.dim() == 2:
                std = narrow if name.endswith("proj.weight") else 0.02
                nn.init.normal_(parameter, mean=0.0, std=std, generator=generator)
