"""The named analyses: computations over values that are more than an address can say.

Each is written twice, for the trace (`generator.trace.analyses`) and for the reference
(`generator.reference.analyses`); this is what both agree on. Their results are published, and have
addresses, like any other value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from generator.data.names import Name

# Points whose spread along an axis is less than this share of the widest lie flat there, at 0.
FLAT = 1e-6


@dataclass(frozen=True)
class Analysis:
    """One analysis: what it reads, what it gives, and what that means.

    `inputs` name values, and weights of the model where it needs them. `size` is the length of the
    outputs' last dimension where a choice was made: how many ranks, or axes. An analysis of a model
    is left out where the model's card names fewer than `least_words` words.
    """

    name: str
    of: Literal["prompt", "model"]
    meaning: str
    inputs: tuple[str, ...]
    outputs: tuple[Name, ...]
    size: int
    least_words: int = 0


ANALYSES = (
    Analysis(
        "logit_lens",
        "prompt",
        "what the model would write if it stopped at each depth: the residual stream there, "
        "through the final LayerNorm and the output head (nostalgebraist 2020, interpreting GPT: "
        "the logit lens)",
        inputs=("blocks.{l}.resid_pre", "blocks.{l}.resid_post", "weights of ln_final", "embed"),
        outputs=(
            Name(
                "logit_lens.ids",
                ("depth", "pos", "rank"),
                "ids of the likeliest next tokens at each depth: 0 before the first block, "
                "n after n blocks",
            ),
            Name("logit_lens.probs", ("depth", "pos", "rank"), "their probabilities"),
            Name(
                "logit_lens.final",
                ("depth", "pos"),
                "probability, at each depth, of the token that is likeliest at the last",
            ),
            Name("logit_lens.entropy", ("depth", "pos"), "entropy over all tokens, nats"),
        ),
        size=5,
    ),
    Analysis(
        "neighbours",
        "model",
        "the tokens whose embedding rows point most nearly the same way as a word's",
        inputs=("embedding table", "words"),
        outputs=(
            Name("neighbours.ids", ("word", "rank"), "ids of the nearest tokens, nearest first"),
            Name("neighbours.cosines", ("word", "rank"), "cosine similarity to each"),
        ),
        size=8,
        least_words=1,
    ),
    Analysis(
        "projection",
        "model",
        "the words' embedding rows on the plane that keeps most of their variance (principal "
        "component analysis); on each axis the coordinate farthest from 0 is positive",
        inputs=("embedding.rows",),
        outputs=(
            Name("projection.points", ("word", "axis"), "coordinates of each word on the plane"),
            Name("projection.explained", ("axis",), "share of the variance along each axis"),
        ),
        size=2,
        least_words=3,  # which span a plane
    ),
)


def of_prompts() -> list[Analysis]:
    """The analyses that every prompt has."""
    return [analysis for analysis in ANALYSES if analysis.of == "prompt"]


def of_models(words: int) -> list[Analysis]:
    """The analyses of a model whose card names so many words."""
    return [a for a in ANALYSES if a.of == "model" and words >= a.least_words]


def analysed_names(analyses: Iterable[Analysis]) -> dict[str, Name]:
    """Every value that these analyses give, by its name."""
    return {name.pattern: name for analysis in analyses for name in analysis.outputs}
