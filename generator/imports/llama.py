"""Hugging Face's Llama and its kin: Mistral, Qwen2, Qwen3.

RMSNorm, rotary positions, an MLP with a gate, heads of queries that share keys and values. What
differs between them is what their configs leave out: their own code's defaults, and which
projections have biases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.imports.converted import architecture, heads_of
from generator.imports.gpt2 import ACTIVATIONS
from generator.imports.options import Options
from generator.imports.tensors import Tensors
from generator.project.card import LONGEST, Architecture

_BASE = 10000.0  # of the rotations, where a config does not say
_KINDS = {"default": "default", "llama3": "llama3"}  # of rotations
_WINDOW, _FIRST_WITH_WINDOW = 4096, 28  # where a config does not say
_FULL, _SLIDING = "full_attention", "sliding_attention"
_ALIKE = 1e-2  # relative; old files hold the frequencies in the precision of their weights


@dataclass(frozen=True)
class Family:
    """What a model's code does that its config does not say."""

    architectures: tuple[str, ...]
    d_head: int | None = None  # where the config gives none; d_model / n_heads otherwise
    qkv_bias: bool = False
    asks_attention_bias: bool = False  # whether the config's `attention_bias` is obeyed
    asks_mlp_bias: bool = False
    qk_norm: bool = False
    shares_heads: bool = True  # then the config has to say how many heads keys and values have
    slides: bool = False  # whether layers can have a sliding window
    asks_use_window: bool = False  # whether there is none unless `use_sliding_window` says so


FAMILIES: Mapping[str, Family] = {
    "llama": Family(
        ("LlamaForCausalLM", "LlamaModel"),
        asks_attention_bias=True,
        asks_mlp_bias=True,
        shares_heads=False,
    ),
    "mistral": Family(("MistralForCausalLM", "MistralModel"), slides=True),
    "qwen2": Family(
        ("Qwen2ForCausalLM", "Qwen2Model"), qkv_bias=True, slides=True, asks_use_window=True
    ),
    "qwen3": Family(
        ("Qwen3ForCausalLM", "Qwen3Model"),
        d_head=128,
        asks_attention_bias=True,
        qk_norm=True,
        slides=True,
        asks_use_window=True,
    ),
}


def convert(
    options: Options, given: Tensors, family: Family
) -> tuple[Architecture, dict[str, Tensor], list[str]]:
    """The architecture, our tensors, and notes. Raises ModelError."""
    # How matrices were cut in parallel training changes the order of sums alone.
    options.harmless(["attention_dropout", "pretraining_tp", "is_llama_config"])
    options.fixed("use_mrope", False)
    options.fixed("rope_interleaved", False)
    d_model, n_heads = options.size("hidden_size"), options.size("num_attention_heads")
    if options.names("head_dim"):
        d_head = options.size("head_dim")
    else:
        d_head = family.d_head or heads_of(d_model, n_heads, options.file)
    attention_bias = _bias(options, "attention_bias", family.asks_attention_bias)
    bias = {
        "qkv": family.qkv_bias or attention_bias,
        "attn": attention_bias,
        "mlp": _bias(options, "mlp_bias", family.asks_mlp_bias),
    }
    n_layers = options.size("num_hidden_layers")
    n_ctx = options.size("max_position_embeddings")
    base, scaling = _rotation(options)
    window, notes = _window(options, family, n_layers), []
    if window is not None and window < n_ctx:
        notes = [
            f"attention is limited to a sliding window of {window} tokens: up to so many, none is "
            f"out of sight, so n_ctx is {window} instead of the config's {n_ctx}; longer texts are "
            "refused."
        ]
        n_ctx = window
    if n_ctx > LONGEST:
        notes.append(f"n_ctx is {LONGEST} instead of {n_ctx}; longer texts are refused.")
        n_ctx = LONGEST
    shape = architecture(
        options.file,
        n_layers=n_layers,
        n_heads=n_heads,
        n_key_value_heads=options.size(
            "num_key_value_heads", None if family.shares_heads else n_heads
        ),
        d_model=d_model,
        d_head=d_head,
        d_mlp=options.size("intermediate_size"),
        n_ctx=n_ctx,
        slides=False,  # the original goes on in its own way, which is not ours
        norm="rms",
        ln_eps=options.number("rms_norm_eps", 1e-6),
        positions="rotary",
        rotary_base=base,
        rotary_scaling=scaling,
        qk_norm=family.qk_norm,
        activation=options.choice("hidden_act", ACTIVATIONS, "silu"),
        gated=True,
        bias=[part for part, biased in bias.items() if biased],
        tied=options.flag("tie_word_embeddings", default=False),
    )
    d_vocab = options.size("vocab_size")
    options.finish()
    given = given.without("model.")
    tensors = _tensors(given, shape, d_vocab)
    given.finish()
    return shape, tensors, notes


def _bias(options: Options, key: str, asked: bool) -> bool:
    if asked:
        return options.flag(key, default=False)
    options.fixed(key, False)
    return False


def _window(options: Options, family: Family, n_layers: int) -> int | None:
    """The sliding window of those layers that have one, or None if no layer has."""
    if not family.slides:
        return None
    window = None
    if not options.is_null("sliding_window"):  # which says that there is none
        window = options.size("sliding_window", _WINDOW)
    if not family.asks_use_window:
        return window
    used = options.flag("use_sliding_window", default=False)
    first, kinds = options.get("max_window_layers"), options.get("layer_types")
    if kinds is None:
        from_layer = first if type(first) is int else _FIRST_WITH_WINDOW
        return window if used and from_layer < n_layers else None
    if kinds == [_FULL] * n_layers:
        return None
    if isinstance(kinds, list) and len(kinds) != n_layers:
        raise options.error(f"layer_types names {len(kinds)} layers, and there are {n_layers}")
    if not used or window is None or not isinstance(kinds, list):
        raise options.error("layer_types, use_sliding_window and sliding_window contradict")
    if any(kind not in (_FULL, _SLIDING) for kind in kinds):
        raise options.error(f"layer_types may hold {_FULL} and {_SLIDING} only")
    return window


def _rotation(options: Options) -> tuple[float, dict[str, float] | None]:
    """The base of the rotations, and their scaling if they have one. transformers 5 writes both
    into `rope_parameters`, versions before into `rope_theta` and `rope_scaling`."""
    given = {key: options.get(key) for key in ("rope_parameters", "rope_scaling")}
    told = {key: value for key, value in given.items() if value is not None}
    if len(told) == 2 and told["rope_parameters"] != told["rope_scaling"]:
        raise options.error("rope_parameters and rope_scaling do not say the same")
    outer = options.number("rope_theta", _BASE)
    if not told:
        return outer, None
    key, value = next(iter(told.items()))
    inner = Options(value, options.file, key)
    base = inner.number("rope_theta", outer)
    if options.names("rope_theta") and base != outer:
        raise options.error(f"rope_theta is {outer:g} in one place and {base:g} in another")
    named = inner.names("rope_type") or inner.is_null("rope_type")
    kind = inner.choice("rope_type" if named else "type", _KINDS, "default")
    inner.fixed("type", kind)
    inner.fixed("partial_rotary_factor", 1.0)
    scaling = None
    if kind == "llama3":
        scaling = {
            "factor": inner.number("factor"),
            "low_freq_factor": inner.number("low_freq_factor"),
            "high_freq_factor": inner.number("high_freq_factor"),
            "n_ctx": inner.size("original_max_position_embeddings"),
        }
    inner.finish()
    return base, scaling


def _tensors(given: Tensors, shape: Architecture, d_vocab: int) -> dict[str, Tensor]:
    width, hidden, d_head = shape.d_model, shape.d_mlp, shape.d_head
    biased = shape.bias if isinstance(shape.bias, tuple) else ()
    tensors: dict[str, Tensor] = {}

    def matrix(ours: str, theirs: list[str], outward: list[int], inward: int, part: str) -> None:
        """Those matrices, one below the other."""
        rows = list(zip(theirs, outward, strict=True))
        weights = [given.take(f"{name}.weight", size, inward) for name, size in rows]
        tensors[f"{ours}.weight"] = torch.cat(weights) if len(weights) > 1 else weights[0]
        if part in biased:
            biases = [given.take(f"{name}.bias", size) for name, size in rows]
            tensors[f"{ours}.bias"] = torch.cat(biases) if len(biases) > 1 else biases[0]

    embed = tensors["embed.weight"] = given.take("embed_tokens.weight", d_vocab, width)
    heads = [n * d_head for n in (shape.n_heads, shape.n_key_value_heads, shape.n_key_value_heads)]
    for layer in range(shape.n_layers):
        ours, theirs = f"blocks.{layer}", f"layers.{layer}"
        attn, mlp = f"{theirs}.self_attn", f"{theirs}.mlp"
        _drop_frequencies(given, f"{attn}.rotary_emb.inv_freq", shape)
        tensors[f"{ours}.ln1.weight"] = given.take(f"{theirs}.input_layernorm.weight", width)
        named = [f"{attn}.{name}_proj" for name in "qkv"]
        matrix(f"{ours}.attn.qkv", named, heads, width, "qkv")
        if shape.qk_norm:
            for name in ("q_norm", "k_norm"):
                gain = given.take(f"{attn}.{name}.weight", d_head)
                tensors[f"{ours}.attn.{name}.weight"] = gain
        matrix(f"{ours}.attn.proj", [f"{attn}.o_proj"], [width], heads[0], "attn")
        gain = given.take(f"{theirs}.post_attention_layernorm.weight", width)
        tensors[f"{ours}.ln2.weight"] = gain
        matrix(f"{ours}.mlp.fc", [f"{mlp}.gate_proj"], [hidden], width, "mlp")
        matrix(f"{ours}.mlp.linear", [f"{mlp}.up_proj"], [hidden], width, "mlp")
        matrix(f"{ours}.mlp.proj", [f"{mlp}.down_proj"], [width], hidden, "mlp")
    tensors["ln_final.weight"] = given.take("norm.weight", width)
    if shape.tied:
        given.take_same("lm_head.weight", embed, "embed_tokens.weight")
    else:
        tensors["head.weight"] = given.take("lm_head.weight", d_vocab, width)
    return tensors


def _drop_frequencies(given: Tensors, name: str, shape: Architecture) -> None:
    """Old files hold what the rotations are computed from: known, and checked before it goes."""
    found = given.take_buffer(name, shape.d_head // 2)
    if found is None:
        return
    exponents = torch.arange(0, shape.d_head, 2, dtype=torch.float64) / shape.d_head
    expected = shape.rotary_base**-exponents
    if not torch.allclose(found.double(), expected, rtol=_ALIKE, atol=0):
        raise given.error(f"{name} holds other frequencies than those of rope_theta")
