"""The names of the values: what each is, and what its dimensions are.

They are TransformerLens's names without the `hook_` prefix, so that who knows one knows the other
(https://transformerlensorg.github.io/TransformerLens/). One difference: its `hook_normalized` has
meant the value before and after LayerNorm's affine; here `normalized` is before and `out` is after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CANDIDATES = 10  # how many of the likeliest tokens each step of a generation tells


@dataclass(frozen=True)
class Name:
    """One kind of value. `{l}` in `pattern` stands for a layer.

    Values are published as float32, or as float64 where `double` is set.
    """

    pattern: str
    dims: tuple[str, ...]
    meaning: str
    double: bool = False

    def rounded(self, computed: NDArray[Any]) -> NDArray[Any]:
        """As it is published: the one rounding between what was computed and what is written."""
        if computed.dtype.kind == "i":
            return computed.astype(np.int64)
        return computed.astype(np.float64 if self.double else np.float32)


def _layer_norm(prefix: str, what: str) -> tuple[Name, ...]:
    return (
        Name(f"{prefix}.mean", ("pos",), f"mean of {what}"),
        Name(f"{prefix}.scale", ("pos",), f"standard deviation of {what}: sqrt(variance + eps)"),
        Name(f"{prefix}.normalized", ("pos", "d_model"), f"{what}, shifted by mean, over scale"),
        Name(f"{prefix}.out", ("pos", "d_model"), "normalized, after the learned affine"),
    )


_STREAM = ("pos", "d_model")
_HEAD = ("head", "pos", "d_head")
_SQUARE = ("head", "query", "key")

EMBEDDING = (
    Name("embed", _STREAM, "row of the token embedding table for each token"),
    Name("pos_embed", _STREAM, "row of the position embedding table for each position"),
)

BLOCK = (
    Name("blocks.{l}.resid_pre", _STREAM, "residual stream as the block receives it"),
    *_layer_norm("blocks.{l}.ln1", "resid_pre"),
    Name("blocks.{l}.attn.q", _HEAD, "query of each position: what it looks for"),
    Name("blocks.{l}.attn.k", _HEAD, "key of each position: what it is found by"),
    Name("blocks.{l}.attn.v", _HEAD, "value of each position: what it gives"),
    Name("blocks.{l}.attn.scores_raw", _SQUARE, "dot product of each query with each key"),
    Name("blocks.{l}.attn.scores_scaled", _SQUARE, "scores_raw / sqrt(d_head)"),
    Name("blocks.{l}.attn.scores", _SQUARE, "scores_scaled, -inf where the key is in the future"),
    Name("blocks.{l}.attn.pattern", _SQUARE, "softmax of scores: each row sums to 1"),
    Name("blocks.{l}.attn.z", _HEAD, "values averaged by pattern"),
    Name("blocks.{l}.attn.out", _STREAM, "z of all heads, through the output projection"),
    Name("blocks.{l}.resid_mid", _STREAM, "resid_pre + attn.out"),
    *_layer_norm("blocks.{l}.ln2", "resid_mid"),
    Name("blocks.{l}.mlp.pre", ("pos", "d_mlp"), "hidden layer before GELU"),
    Name("blocks.{l}.mlp.post", ("pos", "d_mlp"), "hidden layer after GELU"),
    Name("blocks.{l}.mlp.out", _STREAM, "what the MLP adds to the stream"),
    Name("blocks.{l}.resid_post", _STREAM, "resid_mid + mlp.out"),
)

OUTPUT = (
    *_layer_norm("ln_final", "the last block's resid_post"),
    Name("logits", ("pos", "d_vocab"), "score of every token as the next one"),
    Name("log_probs", ("pos", "d_vocab"), "log softmax of logits, nats"),
)

PENALIZED = Name(
    "sampling.penalized", ("d_vocab",), "logits of the last position after the repetition penalty"
)
SAMPLING = (
    Name(
        "sampling.scaled", ("d_vocab",), "those, or the logits of the last position, / temperature"
    ),
    Name("sampling.probs_all", ("d_vocab",), "softmax of scaled, before any token is dropped"),
    Name("sampling.kept", ("rank",), "ids that top-k and top-p kept, likeliest first"),
    Name("sampling.probs", ("rank",), "probabilities of the kept tokens"),
    Name(
        "sampling.cumulative",
        ("rank",),
        "running sum of probs: where each interval ends",
        double=True,
    ),
    Name("sampling.entropy", (), "entropy of probs, nats"),
    Name("sampling.draw", (), "the uniform draw from [0, 1)", double=True),
    Name("sampling.interval", ("bound",), "the part of [0, 1) that the draw fell in", double=True),
    Name("sampling.rank", (), "rank of the chosen token among the kept, from 0"),
    Name("sampling.choice", (), "id of the chosen token"),
)

# Of a model rather than of a prompt.
TABLE = (
    Name("{table}.rows", ("word", "d_model"), "rows of the tokens that the card names"),
    Name("{table}.norms", ("d_vocab",), "L2 norm of each row"),
    Name("{table}.mean", (), "mean of all entries"),
    Name("{table}.std", (), "standard deviation of all entries"),
    Name("{table}.min", (), "smallest entry"),
    Name("{table}.max", (), "largest entry"),
)

HISTORY = (
    Name("history.step", ("evaluation",), "training steps done"),
    Name("history.training_loss", ("evaluation",), "loss on a sample of the training text, nats"),
    Name("history.held_out_loss", ("evaluation",), "loss on the held-out text, nats"),
    Name("history.std", ("evaluation",), "standard deviation of the token embedding table"),
    Name("history.min", ("evaluation",), "smallest entry of the table"),
    Name("history.max", ("evaluation",), "largest entry of the table"),
    Name("history.norm", ("evaluation",), "mean L2 norm of the table's rows"),
    Name("history.cosine_within", ("evaluation",), "mean cosine of words of one group"),
    Name("history.cosine_between", ("evaluation",), "mean cosine of words of different groups"),
)


def forward_names(n_layers: int) -> dict[str, Name]:
    """Every value that a forward pass records, in the order in which it is computed."""
    blocks = [
        Name(name.pattern.replace("{l}", str(layer)), name.dims, name.meaning)
        for layer in range(n_layers)
        for name in BLOCK
    ]
    return {name.pattern: name for name in (*EMBEDDING, *blocks, *OUTPUT)}


def sampling_names(*, penalized: bool = False) -> dict[str, Name]:
    """Every value of the choice of the first new token; one more under a repetition penalty."""
    names = (PENALIZED, *SAMPLING) if penalized else SAMPLING
    return {name.pattern: name for name in names}


def model_names() -> dict[str, Name]:
    """Every tensor of a model's data. The history may lack some columns."""
    tables = [
        Name(name.pattern.replace("{table}", table), name.dims, f"{what}: {name.meaning}")
        for table, what in (
            ("embedding", "token embedding table"),
            ("untrained", "token embedding table before training"),
        )
        for name in TABLE
    ]
    return {name.pattern: name for name in (*tables, *HISTORY)}
