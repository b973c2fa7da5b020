"""Hugging Face's GPT-2. Its matrices are `Conv1D`: stored [in, out], the other way round."""

from __future__ import annotations

from torch import Tensor

from generator.imports.converted import architecture, heads_of
from generator.imports.options import Options
from generator.imports.tensors import Tensors
from generator.project.card import Architecture

ARCHITECTURES = ("GPT2LMHeadModel", "GPT2Model")
ACTIVATIONS = {
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu": "gelu",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}
# Attention's scores are computed in float64 anyway, which `reorder_and_upcast_attn` is about.
_HARMLESS = (
    *("attn_pdrop", "embd_pdrop", "resid_pdrop", "reorder_and_upcast_attn"),
    *("summary_activation", "summary_first_dropout", "summary_proj_to_labels"),
    *("summary_type", "summary_use_proj", "predict_special_tokens", "output_past"),
)
_MASKED = -1e4  # old files' score of what is not seen: exp(-1e4) is 0


def convert(options: Options, given: Tensors) -> tuple[Architecture, dict[str, Tensor], list[str]]:
    """The architecture, our tensors, and notes. Raises ModelError."""
    options.harmless(_HARMLESS)
    options.fixed("scale_attn_weights", True)
    options.fixed("scale_attn_by_inverse_layer_idx", False)
    options.fixed("add_cross_attention", False)
    options.fixed("n_special", 0)
    d_model, n_heads = options.size("n_embd"), options.size("n_head")
    n_ctx = options.size("n_positions")
    options.fixed("n_ctx", n_ctx)
    shape = architecture(
        options.file,
        n_layers=options.size("n_layer"),
        n_heads=n_heads,
        d_model=d_model,
        d_head=heads_of(d_model, n_heads, options.file),
        d_mlp=options.size("n_inner", 4 * d_model),
        n_ctx=n_ctx,
        slides=False,  # the original has no positions beyond
        ln_eps=options.number("layer_norm_epsilon", 1e-5),
        activation=options.choice("activation_function", ACTIVATIONS, "gelu_new"),
        bias=True,
        tied=options.flag("tie_word_embeddings", default=True),
    )
    d_vocab = options.size("vocab_size")
    options.finish()
    given = given.without("transformer.")
    tensors = _tensors(given, shape, d_vocab)
    given.finish()
    return shape, tensors, []


def _tensors(given: Tensors, shape: Architecture, d_vocab: int) -> dict[str, Tensor]:
    width, hidden = shape.d_model, shape.d_mlp
    tensors: dict[str, Tensor] = {}

    def norm(ours: str, theirs: str) -> None:
        for part in ("weight", "bias"):
            tensors[f"{ours}.{part}"] = given.take(f"{theirs}.{part}", width)

    def matrix(ours: str, theirs: str, inward: int, outward: int) -> None:
        stored = given.take(f"{theirs}.weight", inward, outward)
        tensors[f"{ours}.weight"] = stored.T.contiguous()
        tensors[f"{ours}.bias"] = given.take(f"{theirs}.bias", outward)

    embed = tensors["embed.weight"] = given.take("wte.weight", d_vocab, width)
    tensors["pos_embed.weight"] = given.take("wpe.weight", shape.n_ctx, width)
    for layer in range(shape.n_layers):
        ours, theirs = f"blocks.{layer}", f"h.{layer}"
        norm(f"{ours}.ln1", f"{theirs}.ln_1")
        matrix(f"{ours}.attn.qkv", f"{theirs}.attn.c_attn", width, 3 * width)
        matrix(f"{ours}.attn.proj", f"{theirs}.attn.c_proj", width, width)
        norm(f"{ours}.ln2", f"{theirs}.ln_2")
        matrix(f"{ours}.mlp.fc", f"{theirs}.mlp.c_fc", width, hidden)
        matrix(f"{ours}.mlp.proj", f"{theirs}.mlp.c_proj", hidden, width)
        given.drop_mask(f"{theirs}.attn.bias", shape.n_ctx)
        _drop_masked(given, f"{theirs}.attn.masked_bias")
    norm("ln_final", "ln_f")
    if shape.tied:
        given.take_same("lm_head.weight", embed, "wte.weight")
    else:
        tensors["head.weight"] = given.take("lm_head.weight", d_vocab, width)
    return tensors


def _drop_masked(given: Tensors, name: str) -> None:
    score = given.take_buffer(name)
    if score is not None and not float(score) <= _MASKED:
        raise given.error(f"{name} is {float(score):g}, expected is {_MASKED:g} or less")
