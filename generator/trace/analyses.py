"""The analyses of `generator.data.analyses`, over what the model itself computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from generator.data.analyses import FLAT, of_models, of_prompts
from generator.model.gpt import GPT

Array = NDArray[np.float64] | NDArray[np.int64]
Arrays = dict[str, Array]
Forward = Mapping[str, NDArray[np.float64]]


@torch.no_grad()
def logit_lens(gpt: GPT, forward: Forward, ranks: int) -> Arrays:
    """What each depth would write. `forward` holds recorded values of one pass by name."""
    stream = [forward["blocks.0.resid_pre"]]
    stream += [forward[f"blocks.{layer}.resid_post"] for layer in range(gpt.config.n_layers)]
    found: dict[str, list[Tensor]] = {name: [] for name in ("probs", "ids", "entropy", "final")}
    winners: Tensor | None = None  # [pos, 1], the likeliest at the last depth, which comes first
    for resid in reversed(stream):  # all vocabularies of all depths at once are too much
        log_probs = gpt.unembed(gpt.ln_final(torch.from_numpy(resid))).log_softmax(dim=-1)
        probs = log_probs.exp()  # [pos, d_vocab]
        ids = _ranked(probs)[:, :ranks]
        winners = ids[:, :1] if winners is None else winners
        found["ids"].append(ids)
        found["probs"].append(probs.gather(-1, ids))
        found["entropy"].append(-(probs * log_probs).sum(dim=-1))
        found["final"].append(probs.gather(-1, winners).squeeze(-1))
    return {f"logit_lens.{name}": torch.stack(each[::-1]).numpy() for name, each in found.items()}


def neighbours(table: Tensor, words: Sequence[int], most: int) -> Arrays:
    """The `most` tokens nearest to each word by cosine. `table` is [d_vocab, d_model]."""
    unit = F.normalize(table, dim=-1)
    cosines = unit[list(words)] @ unit.T  # [word, d_vocab]
    cosines[range(len(words)), list(words)] = -torch.inf  # a word is no neighbour of its own
    ids = _ranked(cosines)
    count = min(most, len(table) - 1)
    return {
        "neighbours.ids": ids[:, :count].numpy(),
        "neighbours.cosines": cosines.gather(-1, ids[:, :count]).numpy(),
    }


def projection(table: Tensor, words: Sequence[int], axes: int) -> Arrays:
    """The words' rows on their first principal components."""
    rows = table[list(words)]
    rows = rows - rows.mean(dim=0)
    left, sizes, _ = torch.linalg.svd(rows, full_matrices=False)
    sizes = torch.where(sizes < FLAT * sizes[0], 0.0, sizes)
    points = (left * sizes)[:, :axes]
    farthest = points.gather(0, points.abs().argmax(dim=0, keepdim=True))  # [1, axis]
    variance = sizes.square()
    return {
        "projection.points": (points * farthest.sign()).numpy(),
        "projection.explained": (variance / variance.sum())[:axes].numpy(),
    }


def _ranked(numbers: Tensor) -> Tensor:
    """Indices along the last dimension, the largest number first.

    Numbers that are equal as they will be published keep their order.
    """
    return numbers.float().sort(dim=-1, descending=True, stable=True).indices


def is_analysed(name: str) -> bool:
    """Whether an analysis of a prompt reads this value of the forward pass."""
    return name == "blocks.0.resid_pre" or name.endswith(".resid_post")


OF_PROMPT: Mapping[str, Callable[[GPT, Forward, int], Arrays]] = {"logit_lens": logit_lens}
OF_MODEL: Mapping[str, Callable[[Tensor, Sequence[int], int], Arrays]] = {
    "neighbours": neighbours,
    "projection": projection,
}


def analyse_prompt(gpt: GPT, forward: Forward) -> Arrays:
    """The results of every analysis of a prompt, by name."""
    found: Arrays = {}
    for analysis in of_prompts():
        found |= OF_PROMPT[analysis.name](gpt, forward, analysis.size)
    return found


def analyse_model(table: Tensor, words: Sequence[int]) -> Arrays:
    """The results of every analysis of a model, by name. `table` is [d_vocab, d_model]."""
    found: Arrays = {}
    for analysis in of_models(len(words)):
        found |= OF_MODEL[analysis.name](table, words, analysis.size)
    return found
