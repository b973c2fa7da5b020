"""The named analyses: computations over values that are more than an address can say.

Each is written twice, for the trace (`generator.trace.analyses`) and for the reference
(`generator.reference.analyses`); this is what both agree on. Their results are published, and have
addresses, like any other value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.data.names import Name

# The matrix products of a forward pass, in the order in which their multiply-adds are listed.
PARTS = (
    "queries",
    "keys",
    "values",
    "scores",
    "weighted values",
    "attention output",
    "MLP",
    "output head",
)
# Two computations of one number differ in their last digits where they add in another order. What
# is no further apart than this counts as 0, so that what is published is the same on every machine.
NOISE = 1e-9  # a billionth
# How many tokens behind the prompt totals are told of at most: they must be whole numbers that fit.
FARTHEST = 2048
# Under which temperatures and selections the next token's distribution is told of.
TEMPERATURES = (0.2, 0.5, 0.8, 1.0, 1.5, 2.0)
TOP_K = (5, 50)
TOP_P = (0.9, 0.5)
# Of how many dimensions of the embedding the largest numbers are listed, and of how many at most
# the tokens that have them are compared.
LISTED_DIMENSIONS, COMPARED_DIMENSIONS = 4, 256
# Points whose spread along an axis is less than this share of the widest lie flat there, at 0.
FLAT = 1e-6


@dataclass(frozen=True)
class Analysis:
    """One analysis: what it reads, what it gives, and what that means.

    `inputs` name values, and weights of the model where it needs them. `size` is the length of the
    outputs' last dimension where a choice was made: how many ranks, axes, lengths, or seeds; or how
    many weights share a scale.

    An analysis of a generation sees every pass that chose a new token. One of a model is left out
    where the model's card names fewer than `least_words` words, one of a prompt that is
    `of_dropout` where the model was not trained with it, or nobody knows, and one that is
    `of_quantizing` where its config does not ask for it.
    """

    name: str
    of: Literal["prompt", "generation", "model"]
    meaning: str
    inputs: tuple[str, ...]
    outputs: tuple[Name, ...]
    size: int
    least_words: int = 0
    of_dropout: bool = False
    of_quantizing: bool = False


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
        "choices",
        "prompt",
        "what the next token could be under other temperatures and selections than the prompt's: "
        "all tokens, then top-k and top-p as they are listed, alone; no repetition penalty",
        inputs=("logits of the last position",),
        outputs=(
            Name("choices.temperatures", ("temperature",), "the temperatures"),
            Name("choices.top_k", ("top_k",), "how many tokens each selection by top-k keeps"),
            Name("choices.top_p", ("top_p",), "the share that each selection by top-p reaches"),
            Name("choices.ids", ("rank",), "ids of the likeliest next tokens"),
            Name("choices.probs", ("rank", "temperature"), "their probabilities among all tokens"),
            Name("choices.kept", ("selection", "temperature"), "how many tokens are left"),
            Name("choices.entropy", ("selection", "temperature"), "entropy of those, nats"),
            Name(
                "choices.effective",
                ("selection", "temperature"),
                "effective number of candidates, e to the power of the entropy: so many equally "
                "likely tokens would be as uncertain",
            ),
        ),
        size=8,
    ),
    Analysis(
        "dropout",
        "prompt",
        "the next token where the model drops numbers as it did in training: with each of some "
        "seeds, the masks are drawn by numpy.random.Generator(PCG64(seed)) in the order of the "
        "pass, one number in [0, 1) for each of: the embeddings; in each block the pattern, the "
        "attention's output, the MLP's output. Below `dropout.rate` it is dropped, the others are "
        "divided by 1 - rate",
        inputs=("tokens", "weights", "recipe.dropout of the model's card"),
        outputs=(
            Name("dropout.rate", (), "the share that training drops"),
            Name("dropout.numbers", (), "how many numbers of a pass are masked"),
            Name("dropout.dropped", ("seed",), "how many of them are dropped"),
            Name("dropout.ids", ("rank",), "ids of the likeliest tokens where nothing is dropped"),
            Name(
                "dropout.probs", ("rank", "seed"), "their probabilities where numbers are dropped"
            ),
            Name("dropout.led", ("rank",), "with how many of the seeds each is the likeliest"),
            Name("dropout.winners", ("seed",), "id of the likeliest token of each seed, from 0 on"),
        ),
        size=24,
        of_dropout=True,
    ),
    Analysis(
        "quantized",
        "prompt",
        "what the model thinks of the prompt's text where its weights are rounded to fewer bits: "
        "in each matrix, neighbours in a row share a scale, 32 at a time, which is the largest of "
        "their magnitudes divided by 2^(bits - 1) - 1; each becomes the nearest whole multiple of "
        "it. Norms and biases stay",
        inputs=("tokens", "weights", "quantize of the prompt's config"),
        outputs=(
            Name("quantized.bits", ("width",), "to how many bits they are rounded"),
            Name(
                "quantized.moved",
                ("width",),
                "how far the matrices' weights move: the root mean square of the differences, "
                "divided by that of the weights",
            ),
            Name(
                "quantized.loss",
                ("width",),
                "the mean loss over the prompt's tokens but for the first, nats; 0 where there is "
                "no other",
            ),
        ),
        size=32,
        of_quantizing=True,
    ),
    Analysis(
        "cache",
        "generation",
        "what each pass computes that the pass before had computed already, so that a cache of "
        "keys and values (KV cache) can keep it. Numbers are compared as computed, in float64, and "
        "those no further than a billionth apart count as equal. Where the text is longer than the "
        "context, its first tokens are dropped, each other moves by a position, and a token is "
        "compared with itself",
        inputs=("blocks.{l}.attn.k", "blocks.{l}.attn.v", "logits"),
        outputs=(
            Name("cache.lengths", ("pass",), "how many tokens each pass reads: its context"),
            Name(
                "cache.read",
                ("pass",),
                "how many of them a pass with a cache is given: all, or only the newest",
            ),
            Name(
                "cache.keys_apart",
                ("pass",),
                "the most by which a key of any layer and head, of a token that the pass before "
                "read too, differs from what it was there; 0 for the first pass",
            ),
            Name("cache.values_apart", ("pass",), "the same of the values"),
            Name(
                "cache.row_apart",
                ("pass",),
                "the same of the logits at the position that the pass before chose from",
            ),
            Name(
                "cache.logits_apart",
                ("pass",),
                "the most by which a logit of the last position, computed with a cache, differs "
                "from the one computed anew",
            ),
            Name(
                "cache.keys",
                ("pos", "d_head"),
                "keys of the last layer's first head in the second pass (the first, where there "
                "is no other), as they meet the queries",
            ),
            Name("cache.values", ("pos", "d_head"), "values of the same head and pass"),
            Name(
                "cache.slid_keys",
                ("layer",),
                "the most by which a key changes when the last pass is made again without its "
                "first token, each other moved by a position, as happens beyond the context",
            ),
            Name("cache.slid_values", ("layer",), "the same of the values"),
        ),
        size=0,
    ),
    Analysis(
        "multiply_adds",
        "generation",
        "multiplications, each with its addition, in the matrix products of the passes: all of "
        "them, those that the mask covers too. Norms, softmax, activations, biases, rotations and "
        f"sums of residuals are not counted. The parts are: {', '.join(PARTS)}",
        inputs=("config", "the lengths of the passes"),
        outputs=(
            Name("multiply_adds.whole", ("pass", "part"), "of each pass, everything anew"),
            Name(
                "multiply_adds.cached",
                ("pass", "part"),
                "of each pass with a cache, which reads `cache.read` tokens",
            ),
            Name("multiply_adds.full_whole", ("part",), "of a pass over a full context"),
            Name(
                "multiply_adds.full_cached",
                ("part",),
                "of the pass with a cache whose token fills the context",
            ),
            Name(
                "multiply_adds.lengths",
                ("length",),
                "lengths of texts, from the prompt's to the context's, a quarter beyond it where "
                f"the model writes on over its latest tokens, at most {FARTHEST} tokens behind the "
                "prompt",
            ),
            Name(
                "multiply_adds.total_whole",
                ("length",),
                "of all passes up to the one that reads a text of that length, together",
            ),
            Name("multiply_adds.total_cached", ("length",), "the same with a cache"),
        ),
        size=33,
    ),
    Analysis(
        "dimensions",
        "model",
        "what single dimensions of the embedding have to say by themselves: the tokens with the "
        "largest number in one, and how much their whole rows point the same way, beside any two",
        inputs=("embedding table",),
        outputs=(
            Name(
                "dimensions.ids",
                ("dimension", "rank"),
                f"ids of these tokens, largest first, for the first {LISTED_DIMENSIONS}",
            ),
            Name("dimensions.numbers", ("dimension", "rank"), "their numbers in the dimension"),
            Name(
                "dimensions.cosines",
                ("dimension",),
                "cosine similarity of two of these tokens, the mean over all pairs (0 where there "
                f"are none), for the first {COMPARED_DIMENSIONS} at most",
            ),
            Name(
                "dimensions.any_two",
                (),
                "cosine similarity of two rows of the whole table, the mean over all pairs",
            ),
        ),
        size=8,
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
        "component analysis); on each axis the coordinate farthest from 0 is positive, that of the "
        "first such word",
        inputs=("embedding.rows",),
        outputs=(
            Name("projection.points", ("word", "axis"), "coordinates of each word on the plane"),
            Name(
                "projection.explained",
                ("axis",),
                "share of the variance along each axis; 0 where there is none",
            ),
        ),
        size=2,
        least_words=3,  # which span a plane
    ),
)


def of_prompts(dropout: float, bits: Sequence[int] = ()) -> list[Analysis]:
    """The analyses of a prompt, whose model was trained with this dropout (0 where it was not), and
    whose config asks for weights of so many `bits`."""
    return [
        analysis
        for analysis in ANALYSES
        if analysis.of == "prompt"
        and (dropout > 0 or not analysis.of_dropout)
        and (bits or not analysis.of_quantizing)
    ]


def of_generations() -> list[Analysis]:
    """The analyses that the passes of every generation have."""
    return [analysis for analysis in ANALYSES if analysis.of == "generation"]


def told_lengths(prompt: int, context: int, most: int, *, slides: bool) -> list[int]:
    """Of which lengths of a text totals are told: about `most`, evenly spaced from the prompt's to
    the context's, or where the model `slides` to a quarter beyond it, and the context's own."""
    longest = context + context // 4 if slides else context
    last = min(longest, prompt + FARTHEST)
    pace = max(1, -(-(last - prompt) // (most - 1)))
    marks = {last, context} if context < last else {last}
    return sorted({*range(prompt, last, pace), *marks})


def of_models(words: int) -> list[Analysis]:
    """The analyses of a model whose card names so many words."""
    return [a for a in ANALYSES if a.of == "model" and words >= a.least_words]


def analysed_names(analyses: Iterable[Analysis]) -> dict[str, Name]:
    """Every value that these analyses give, by its name."""
    return {name.pattern: name for analysis in analyses for name in analysis.outputs}
