"""The analyses of `generator.data.analyses`, over what the model itself computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator.data.analyses import (
    COMPARED_DIMENSIONS,
    FLAT,
    LISTED_DIMENSIONS,
    TEMPERATURES,
    TOP_K,
    TOP_P,
    of_generations,
    of_models,
    of_prompts,
)
from generator.model.gpt import GPT
from generator.project.prompt import Sampling
from generator.trace.cache import CacheAnalyst
from generator.trace.dropout import dropping
from generator.trace.multiply_adds import MultiplyAddsAnalyst
from generator.trace.passes import Analyst
from generator.trace.quantized import quantized as rounding
from generator.trace.sampling import choose

Array = NDArray[np.float64] | NDArray[np.int64]
Arrays = dict[str, Array]
Forward = Mapping[str, NDArray[np.float64]]

_LIKELIEST = 5  # tokens of which `dropout` tells the probabilities


@dataclass(frozen=True)
class Subject:
    """What an analysis of a prompt reads: the model, the prompt's ids, recorded values of the pass
    over them by name, the share that the model's training dropped, and the bits that the prompt's
    config wants to see weights in."""

    gpt: GPT
    tokens: list[int]
    forward: Forward
    dropout: float
    bits: Sequence[int] = ()


@torch.no_grad()
def logit_lens(subject: Subject, ranks: int) -> Arrays:
    """What each depth would write."""
    gpt, forward = subject.gpt, subject.forward
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


def choices(subject: Subject, ranks: int) -> Arrays:
    """The next token under other temperatures and selections."""
    logits = subject.forward["logits"][-1]  # [d_vocab]
    selections = [
        Sampling(),
        *(Sampling(top_k=count) for count in TOP_K),
        *(Sampling(top_p=share) for share in TOP_P),
    ]
    grid = [
        [
            choose(logits, [], selection.model_copy(update={"temperature": temperature}), draw=0.0)
            for temperature in TEMPERATURES
        ]
        for selection in selections
    ]
    ids = _ranked(torch.from_numpy(logits))[:ranks].numpy()
    entropy = np.array([[each.entropy for each in row] for row in grid])
    return {
        "choices.temperatures": np.array(TEMPERATURES),
        "choices.top_k": np.array(TOP_K),
        "choices.top_p": np.array(TOP_P),
        "choices.ids": ids,
        "choices.probs": np.stack([each.probs_all[ids] for each in grid[0]], axis=1),
        "choices.kept": np.array([[len(each.kept) for each in row] for row in grid]),
        "choices.entropy": entropy,
        "choices.effective": np.exp(entropy),
    }


@torch.no_grad()
def dropout(subject: Subject, seeds: int) -> Arrays:
    """The next token with each of `seeds` draws of masks."""
    gpt, read = subject.gpt, torch.tensor([subject.tokens])
    ids = _ranked(torch.from_numpy(subject.forward["logits"][-1]))[:_LIKELIEST]
    counts, probs, winners = [], [], []
    for seed in range(seeds):
        with dropping(gpt, subject.dropout, seed) as count:
            logits = gpt(read)[0, -1]  # [d_vocab]
        counts.append(count)
        probs.append(logits.softmax(dim=-1)[ids])
        winners.append(int(_ranked(logits)[0]))
    return {
        "dropout.rate": np.array(subject.dropout),
        "dropout.numbers": np.array(counts[0].numbers),
        "dropout.dropped": np.array([count.dropped for count in counts]),
        "dropout.ids": ids.numpy(),
        "dropout.probs": torch.stack(probs, dim=1).numpy(),
        "dropout.led": np.array([winners.count(index) for index in ids.tolist()]),
        "dropout.winners": np.array(winners),
    }


@torch.no_grad()
def quantized(subject: Subject, group: int) -> Arrays:
    """How well the model guesses the prompt's own tokens with weights of fewer bits."""
    gpt, read = subject.gpt, torch.tensor([subject.tokens])
    moved, losses = [], []
    for bits in subject.bits:
        with rounding(gpt, bits, group) as distance:
            log_probs = gpt(read)[0, :-1].log_softmax(dim=-1)  # [pos - 1, d_vocab]
        told = log_probs.gather(-1, read[0, 1:, None])
        moved.append(distance)
        losses.append(-float(told.mean()) if len(told) else 0.0)
    return {
        "quantized.bits": np.array(subject.bits),
        "quantized.moved": np.array(moved),
        "quantized.loss": np.array(losses),
    }


def dimensions(table: Tensor, words: Sequence[int], most: int) -> Arrays:
    """The `most` tokens with the largest number in each of the first dimensions, and how alike
    their rows are.

    `table` is [d_vocab, d_model].
    """
    columns = table.T[:COMPARED_DIMENSIONS]  # [dimension, d_vocab]
    ids = _ranked(columns)[:, :most]
    rows = _unit(table[ids])  # [dimension, rank, d_model]
    count = ids.shape[1]
    one, other = torch.triu_indices(count, count, offset=1)
    pairs = (rows @ rows.mT)[:, one, other]  # [dimension, pair]
    listed = ids[:LISTED_DIMENSIONS]
    return {
        "dimensions.ids": listed.numpy(),
        "dimensions.numbers": columns[:LISTED_DIMENSIONS].gather(-1, listed).numpy(),
        "dimensions.cosines": (pairs.sum(dim=-1) / max(pairs.shape[1], 1)).numpy(),
        "dimensions.any_two": _mean_cosine(table).numpy(),
    }


def _mean_cosine(table: Tensor) -> Tensor:
    """Of two different rows, the mean over all pairs, from one sum: a table of pairs, or a copy of
    this one, can be too large."""
    lengths = torch.linalg.vector_norm(table, dim=-1)
    pointing = lengths > 0
    total = torch.where(pointing, 1 / lengths, 0.0) @ table  # of all rows at length 1, [d_model]
    count = len(table)
    mean: Tensor = (total @ total - pointing.sum()) / max(count * (count - 1), 1)
    return mean


def neighbours(table: Tensor, words: Sequence[int], most: int) -> Arrays:
    """The `most` tokens nearest to each word by cosine. `table` is [d_vocab, d_model]."""
    unit = _unit(table)
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
    rows = (
        rows - rows[0]
    )  # rows that are the same are 0 now, which less their mean they need not be
    rows = rows - rows.mean(dim=0)
    left, sizes, _ = torch.linalg.svd(rows, full_matrices=False)
    sizes = torch.where(sizes < FLAT * sizes[0], 0.0, sizes)
    points = (left * sizes)[:, :axes]
    farthest = _ranked(points.abs().T)[:, :1].T  # [1, axis], the first word of those that tie
    signs = points.gather(0, farthest).sign()
    variance = sizes.square()
    total = variance.sum()
    return {
        "projection.points": (points * signs + 0.0).numpy(),  # 0 of a flat axis, and not -0
        "projection.explained": (variance / total.where(total > 0, 1.0))[:axes].numpy(),
    }


def _unit(rows: Tensor) -> Tensor:
    """The rows, [..., d_model], at length 1, however short; one of zeros stays as it is."""
    lengths = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
    unit: Tensor = rows / lengths.where(lengths > 0, 1.0)
    return unit


def _ranked(numbers: Tensor) -> Tensor:
    """Indices along the last dimension, the largest number first.

    Numbers that are equal as they will be published keep their order.
    """
    return numbers.float().sort(dim=-1, descending=True, stable=True).indices


def is_analysed(name: str) -> bool:
    """Whether an analysis of a prompt reads this value of the forward pass."""
    return name == "blocks.0.resid_pre" or name.endswith(".resid_post")


OF_PROMPT: Mapping[str, Callable[[Subject, int], Arrays]] = {
    "logit_lens": logit_lens,
    "choices": choices,
    "dropout": dropout,
    "quantized": quantized,
}
OF_GENERATION: Mapping[str, Callable[[GPT, int], Analyst]] = {
    "cache": CacheAnalyst,
    "multiply_adds": MultiplyAddsAnalyst,
}
OF_MODEL: Mapping[str, Callable[[Tensor, Sequence[int], int], Arrays]] = {
    "dimensions": dimensions,
    "neighbours": neighbours,
    "projection": projection,
}


def analyse_prompt(subject: Subject) -> Arrays:
    """The results of every analysis of a prompt, by name."""
    found: Arrays = {}
    for analysis in of_prompts(subject.dropout, subject.bits):
        found |= OF_PROMPT[analysis.name](subject, analysis.size)
    return found


def generation_analysts(gpt: GPT) -> list[Analyst]:
    """Every analysis of a generation, before its first pass."""
    return [OF_GENERATION[analysis.name](gpt, analysis.size) for analysis in of_generations()]


def analyse_model(table: Tensor, words: Sequence[int]) -> Arrays:
    """The results of every analysis of a model, by name. `table` is [d_vocab, d_model]."""
    found: Arrays = {}
    for analysis in of_models(len(words)):
        found |= OF_MODEL[analysis.name](table, words, analysis.size)
    return found
