"""One small architecture of each family that `gpt.py` describes, filled with random weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from generator.model.gpt import GPT, GPTConfig
from generator.project.card import Architecture
from generator.trace.tracer import record

D_VOCAB, N_CTX = 17, 12

_SCALING = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "n_ctx": 10}
_LLAMA = {
    **{"norm": "rms", "positions": "rotary", "activation": "silu", "gated": True, "tied": False},
    **{"slides": False},
}

FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "nanoGPT": {},
    "nanoGPT with biases": {"bias": True},
    "GPT-2": {"bias": True, "activation": "gelu_tanh", "d_mlp": 20, "slides": False},
    "GPT-2 with a head of its own": {
        **{"bias": True, "activation": "gelu_tanh", "tied": False, "slides": False},
    },
    "from scratch": {
        "positions": "sinusoidal",
        "activation": "relu",
        "bias": ("norm", "attn", "mlp"),
        "tied": False,
        "head_bias": True,
    },
    "Llama": _LLAMA | {"n_key_value_heads": 1, "rotary_base": 500.0, "ln_eps": 1e-6},
    "Llama 3": _LLAMA | {"n_key_value_heads": 2, "rotary_scaling": _SCALING, "tied": True},
    "Llama with biases": _LLAMA | {"bias": ("qkv", "attn", "mlp")},
    "Qwen2": _LLAMA | {"bias": ("qkv",), "n_key_value_heads": 2},
    "Qwen3": _LLAMA | {"qk_norm": True, "d_head": 6, "n_key_value_heads": 2},
}


def architecture(family: str, *, n_layers: int = 2, n_heads: int = 4) -> Architecture:
    """A small architecture of this family; `d_head` is 8 if the family has none of its own."""
    sizes = {"n_layers": n_layers, "n_heads": n_heads, "d_model": 8 * n_heads, "n_ctx": N_CTX}
    return Architecture.model_validate(sizes | dict(FAMILIES[family]))


def random_gpt(family: str = "nanoGPT", seed: int = 0, *, n_layers: int = 2) -> GPT:
    """A small model whose every parameter is random, biases and norms too, in float64."""
    gpt = GPT(GPTConfig(**dict(architecture(family, n_layers=n_layers)), d_vocab=D_VOCAB))
    generator = torch.Generator().manual_seed(seed)
    for parameter in gpt.parameters():
        torch.nn.init.normal_(parameter, std=0.5, generator=generator)
    return gpt.double().eval()


def recorded(gpt: GPT, tokens: list[int]) -> dict[str, NDArray[np.float64]]:
    """Every value of a forward pass, by name, in the order in which they are handed out."""
    values: dict[str, NDArray[np.float64]] = {}
    record(gpt, tokens, values.__setitem__)
    return values
