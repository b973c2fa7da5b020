"""The names of the values: what each is, and what its dimensions are.

They are TransformerLens's names without the `hook_` prefix, so that who knows one knows the other
(https://transformerlensorg.github.io/TransformerLens/). One difference: its `hook_normalized` has
meant the value before and after LayerNorm's affine; here `normalized` is before and `out` is after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

CANDIDATES = 10  # how many of the likeliest tokens each step of a generation tells
RUN = 4  # of how many tokens a generation tells how often it writes the same again


@dataclass(frozen=True)
class Name:
    """One kind of value.

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


class Architecture(Protocol):
    """What decides which values a model has."""

    @property
    def n_layers(self) -> int: ...
    @property
    def n_heads(self) -> int: ...
    @property
    def n_key_value_heads(self) -> int: ...
    @property
    def d_model(self) -> int: ...
    @property
    def d_head(self) -> int: ...
    @property
    def d_mlp(self) -> int: ...
    @property
    def norm(self) -> str: ...
    @property
    def positions(self) -> str: ...
    @property
    def qk_norm(self) -> bool: ...
    @property
    def gated(self) -> bool: ...


_STREAM = ("pos", "d_model")
_HEAD = ("head", "pos", "d_head")
_SQUARE = ("head", "query", "key")


def _norm(prefix: str, what: str, kind: str, dims: tuple[str, ...] = _STREAM) -> tuple[Name, ...]:
    """The values of a norm over the last of `dims`; `kind` is "layer" or "rms"."""
    if kind == "rms":
        return (
            Name(f"{prefix}.scale", dims[:-1], f"root mean square of {what}, eps added"),
            Name(f"{prefix}.normalized", dims, f"{what}, over scale"),
            Name(f"{prefix}.out", dims, "normalized, times the learned gain"),
        )
    return (
        Name(f"{prefix}.mean", dims[:-1], f"mean of {what}"),
        Name(f"{prefix}.scale", dims[:-1], f"standard deviation of {what}: sqrt(variance + eps)"),
        Name(f"{prefix}.normalized", dims, f"{what}, shifted by mean, over scale"),
        Name(f"{prefix}.out", dims, "normalized, after the learned affine"),
    )


def _embedding(architecture: Architecture) -> tuple[Name, ...]:
    embed = Name("embed", _STREAM, "row of the token embedding table for each token")
    table = Name("pos_embed", _STREAM, "row of the position embedding table for each position")
    return (embed,) if architecture.positions == "rotary" else (embed, table)


def _attention(architecture: Architecture) -> tuple[Name, ...]:
    shared = architecture.n_key_value_heads < architecture.n_heads
    key_value = ("key_value_head", "pos", "d_head") if shared else _HEAD
    names = [
        Name("attn.q", _HEAD, "query of each position: what it looks for"),
        Name("attn.k", key_value, "key of each position: what it is found by"),
        Name("attn.v", key_value, "value of each position: what it gives"),
    ]
    if architecture.qk_norm:
        names += _norm("attn.q_norm", "each head's query", "rms", _HEAD)
        names += _norm("attn.k_norm", "each head's key", "rms", key_value)
    if architecture.positions == "rotary":
        names += [
            Name("attn.rot_q", _HEAD, "query, turned by its position"),
            Name("attn.rot_k", key_value, "key, turned by its position"),
        ]
    return (
        *names,
        Name("attn.scores_raw", _SQUARE, "dot product of each query with each key"),
        Name("attn.scores_scaled", _SQUARE, "scores_raw / sqrt(d_head)"),
        Name("attn.scores", _SQUARE, "scores_scaled, -inf where the key is in the future"),
        Name("attn.pattern", _SQUARE, "softmax of scores: each row sums to 1"),
        Name("attn.z", _HEAD, "values averaged by pattern"),
        Name("attn.out", _STREAM, "z of all heads, through the output projection"),
    )


def _mlp(architecture: Architecture) -> tuple[Name, ...]:
    hidden = ("pos", "d_mlp")
    pre = Name("mlp.pre", hidden, "hidden layer before the activation")
    out = Name("mlp.out", _STREAM, "what the MLP adds to the stream")
    if not architecture.gated:
        return (pre, Name("mlp.post", hidden, "hidden layer after the activation"), out)
    return (
        pre,
        Name("mlp.pre_linear", hidden, "what the activation is multiplied by"),
        Name("mlp.post", hidden, "activation of pre, times pre_linear"),
        out,
    )


def _block(architecture: Architecture) -> tuple[Name, ...]:
    return (
        Name("resid_pre", _STREAM, "residual stream as the block receives it"),
        *_norm("ln1", "resid_pre", architecture.norm),
        *_attention(architecture),
        Name("resid_mid", _STREAM, "resid_pre + attn.out"),
        *_norm("ln2", "resid_mid", architecture.norm),
        *_mlp(architecture),
        Name("resid_post", _STREAM, "resid_mid + mlp.out"),
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
        "running sum of probs, as stored: where each interval ends",
        double=True,
    ),
    Name("sampling.entropy", (), "entropy of probs, nats"),
    Name("sampling.draw", (), "the uniform draw from [0, 1)", double=True),
    Name("sampling.interval", ("bound",), "the part of [0, 1) that the draw fell in", double=True),
    Name("sampling.rank", (), "rank of the chosen token among the kept, from 0"),
    Name("sampling.choice", (), "id of the chosen token"),
)

# Timed rather than computed; what has no shape is plain.
MEASURED = (
    Name(
        "measured.times",
        ("new_token",),
        "when each new token was there, seconds from the start",
        double=True,
    ),
    Name("measured.first", (), "time to first token: until the first was there", double=True),
    Name(
        "measured.steps",
        ("step",),
        "seconds between each two new tokens; where there is only one, absent",
        double=True,
    ),
    Name("measured.rate", (), "new tokens a second after the first; absent alike", double=True),
)
MEASURED_WITH = {
    "measured.date": "the day on which it was timed, a text",
    "measured.machine": "what it was timed on: processor, cores, threads, torch",
    "measured.precision": "the type of the numbers that it was computed in, a text",
    "measured.repetitions": "how often it was timed; of each step, the median counts",
}

# The parts of a published token (`generator.data.tokens`), and of what it is a piece of.
TOKEN = {
    "text": "the token by itself: its text, its bytes in hex where they are none, a special "
    "token's name",
    "id": "its row in the model's tables",
    "bytes": "the bytes that it has of the text: none, if it is special",
    "binary": "its id in binary digits: 16, or as many as the largest id of the model needs (17 "
    "under cl100k_base)",
    "joins": "the characters that it is a piece of; empty if it holds whole ones only",
    "special": "whether it stands for no text, as a mark at the beginning does",
}
JOIN = {
    "character": "the character that it has a part of",
    "bytes": "which of the character's bytes it has, counted from 0",
    "of": "how many bytes the character has",
}

# The lists of a model's tokens.
VOCABULARY = {
    "vocabulary": "text of each token, by id; in hex where it is none",
    "pieces": "ids of the tokens that are shown in ⟨⟩: pieces of characters, and U+FFFD, which "
    "could be taken for a character that was lost",
    "unused": "ids that no token has; their text is ⟨unused⟩",
}

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
    Name("history.cosines", ("pair", "evaluation"), "cosine of each two words: (0, 1), (0, 2), …"),
)


def lengths_of(architecture: Architecture, n_tokens: int) -> dict[str, int]:
    """How long each dimension of a forward pass's values is, but for the vocabulary."""
    return {
        **dict.fromkeys(("pos", "query", "key"), n_tokens),
        "head": architecture.n_heads,
        "key_value_head": architecture.n_key_value_heads,
        "d_model": architecture.d_model,
        "d_head": architecture.d_head,
        "d_mlp": architecture.d_mlp,
    }


def forward_names(architecture: Architecture) -> dict[str, Name]:
    """Every value that a forward pass records, in the order in which it is computed."""
    names = (
        *_embedding(architecture),
        *(
            replace(name, pattern=f"blocks.{layer}.{name.pattern}")
            for layer in range(architecture.n_layers)
            for name in _block(architecture)
        ),
        *_norm("ln_final", "the last block's resid_post", architecture.norm),
        Name("logits", ("pos", "d_vocab"), "score of every token as the next one"),
        Name("log_probs", ("pos", "d_vocab"), "log softmax of logits, nats"),
    )
    return {name.pattern: name for name in names}


def sampling_names(*, penalized: bool = False) -> dict[str, Name]:
    """Every value of the choice of the first new token; one more under a repetition penalty."""
    names = (PENALIZED, *SAMPLING) if penalized else SAMPLING
    return {name.pattern: name for name in names}


def measured_names() -> dict[str, Name]:
    """Every number of a prompt's measurement. One of a single token lacks some."""
    return {name.pattern: name for name in MEASURED}


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
