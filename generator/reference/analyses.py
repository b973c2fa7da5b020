"""The named analyses, written a second time, in NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from generator.reference.cache import Comparison
from generator.reference.forward import (
    Architecture,
    Array,
    Values,
    Weights,
    count_layers,
    forward,
    log_softmax,
    norm,
    part,
    softmax,
    unembed,
)
from generator.reference.multiply_adds import Count
from generator.reference.sampling import sample

Results = dict[str, NDArray[Any]]

# As `generator.data.analyses` has them: this package reads nothing of the others.
TEMPERATURES = (0.2, 0.5, 0.8, 1.0, 1.5, 2.0)
TOP_K, TOP_P = (5, 50), (0.9, 0.5)
LISTED_DIMENSIONS, COMPARED_DIMENSIONS = 4, 256
_LIKELIEST = 5


@dataclass(frozen=True)
class Subject:
    """A model, the ids of a prompt, all values of the pass over them, the share that training
    dropped, and the bits to round weights to."""

    weights: Weights
    architecture: Architecture
    tokens: Sequence[int]
    values: Values
    dropout: float
    bits: Sequence[int] = ()


def logit_lens(subject: Subject, ranks: int) -> Results:
    """The stream at each depth through the final norm and the head, `[pos, d_model]` each."""
    weights, architecture, values = subject.weights, subject.architecture, subject.values
    depths = [values["embed"] + values.get("pos_embed", 0.0)]
    depths += [values[f"blocks.{layer}.resid_post"] for layer in range(count_layers(weights))]
    last = part(weights, "ln_final.")
    depths.reverse()  # the last depth tells whose probability all others show
    positions, winners = np.arange(len(depths[0])), None
    names = ("ids", "probs", "final", "entropy")
    results: dict[str, list[NDArray[Any]]] = {f"logit_lens.{name}": [] for name in names}
    for resid in depths:  # a vocabulary for every position and depth would fill the memory
        log_probs = log_softmax(unembed(norm(resid, last, architecture)["out"], weights))
        probs = np.exp(log_probs)  # [pos, d_vocab]
        ids = _ranked(probs)[:, :ranks]
        winners = ids[:, 0] if winners is None else winners  # [pos]
        results["logit_lens.ids"].append(ids)
        results["logit_lens.probs"].append(np.take_along_axis(probs, ids, axis=-1))
        results["logit_lens.final"].append(probs[positions, winners])
        results["logit_lens.entropy"].append(-np.einsum("pv,pv->p", probs, log_probs))
    return {name: np.stack(each[::-1]) for name, each in results.items()}


def choices(subject: Subject, ranks: int) -> Results:
    """Entropies of the next token's distribution, `[selection, temperature]`."""
    logits = subject.values["logits"][-1]
    limits = [(None, None), *((k, None) for k in TOP_K), *((None, p) for p in TOP_P)]
    grid = [
        [sample(logits, temperature=t, top_k=k, top_p=p, draw=0.5) for t in TEMPERATURES]
        for k, p in limits
    ]
    ids = _ranked(logits)[:ranks]
    entropies = np.array([[cell.entropy for cell in row] for row in grid])
    return {
        "choices.temperatures": np.array(TEMPERATURES),
        "choices.top_k": np.array(TOP_K),
        "choices.top_p": np.array(TOP_P),
        "choices.ids": ids,
        "choices.probs": np.array([softmax(logits / t)[ids] for t in TEMPERATURES]).T,
        "choices.kept": np.array([[cell.kept.size for cell in row] for row in grid]),
        "choices.entropy": entropies,
        "choices.effective": np.exp(entropies),
    }


def dropout(subject: Subject, seeds: int) -> Results:
    """The likeliest tokens' probabilities under each seed's masks, `[rank, seed]`."""
    ids = _ranked(subject.values["logits"][-1])[:_LIKELIEST]
    columns, winners, sizes, dropped = [], [], [], []
    for seed in range(seeds):
        rng = np.random.Generator(np.random.PCG64(seed))
        masks: list[NDArray[np.bool_]] = []

        def drop(x: Array, rng: np.random.Generator = rng, masks: list[Any] = masks) -> Array:
            masks.append(rng.random(x.shape) < subject.dropout)
            return np.where(masks[-1], 0.0, x / (1.0 - subject.dropout))

        logits = forward(subject.weights, subject.architecture, subject.tokens, drop)["logits"][-1]
        columns.append(softmax(logits)[ids])
        winners.append(_ranked(logits)[0])
        sizes.append(sum(mask.size for mask in masks))
        dropped.append(sum(np.count_nonzero(mask) for mask in masks))
    return {
        "dropout.rate": np.array(subject.dropout),
        "dropout.numbers": np.array(sizes[0]),
        "dropout.dropped": np.array(dropped),
        "dropout.ids": ids,
        "dropout.probs": np.stack(columns, axis=1),
        "dropout.led": np.array([np.count_nonzero(np.equal(winners, index)) for index in ids]),
        "dropout.winners": np.array(winners),
    }


def quantized(subject: Subject, group: int) -> Results:
    """The mean loss over the prompt with matrices of fewer bits, `[width]`."""
    after = list(subject.tokens[1:])
    losses, moved = [], []
    for bits in subject.bits:
        rounded = {
            name: _round(weight, 2 ** (bits - 1) - 1, group) if weight.ndim == 2 else weight
            for name, weight in subject.weights.items()
        }
        matrices = [name for name, weight in rounded.items() if weight.ndim == 2]
        apart = [np.sum((rounded[name] - subject.weights[name]) ** 2) for name in matrices]
        whole = [np.sum(subject.weights[name] ** 2) for name in matrices]
        moved.append(np.sqrt(np.sum(apart) / np.sum(whole)) if np.any(whole) else 0.0)
        log_probs = forward(rounded, subject.architecture, subject.tokens)["log_probs"]
        told = log_probs[np.arange(len(after)), after]
        losses.append(-np.mean(told) if after else 0.0)
    return {
        "quantized.bits": np.array(subject.bits),
        "quantized.moved": np.array(moved),
        "quantized.loss": np.array(losses),
    }


def _round(matrix: Array, most: int, group: int) -> Array:
    """Each group of a row on the grid of whole numbers from -most to most, times a scale."""
    new = np.empty_like(matrix)
    for start in range(0, matrix.shape[1], group):
        part = matrix[:, start : start + group]
        scale = np.max(np.abs(part), axis=1, keepdims=True) / most
        grid = np.divide(part, scale, out=np.zeros_like(part), where=scale > 0.0)
        new[:, start : start + group] = np.rint(grid) * scale
    return new


def dimensions(table: Array, words: Sequence[int], count: int) -> Results:
    """The `count` rows with the largest number in each first column, `[dimension, rank]`, and how
    alike they are, beside any two rows."""
    lengths = _lengths(table)
    ids, numbers, cosines = [], [], []
    for column in table.T[:COMPARED_DIMENSIONS]:
        largest = _ranked(column)[:count]
        ids.append(largest)
        numbers.append(column[largest])
        pairs = [table[a] @ table[b] / lengths[a] / lengths[b] for a, b in combinations(largest, 2)]
        cosines.append(np.mean(pairs) if pairs else 0.0)
    total = np.einsum("v,vd->d", 1.0 / lengths, table)
    own = np.einsum("vd,vd->v", table, table) / lengths**2  # of a row with itself
    others = len(table) * (len(table) - 1)
    return {
        "dimensions.ids": np.array(ids[:LISTED_DIMENSIONS]),
        "dimensions.numbers": np.array(numbers[:LISTED_DIMENSIONS]),
        "dimensions.cosines": np.array(cosines),
        "dimensions.any_two": np.array((total @ total - own.sum()) / others if others else 0.0),
    }


def neighbours(table: Array, words: Sequence[int], count: int) -> Results:
    """The `count` rows of the largest cosine for each word, `[word, rank]`."""
    lengths = _lengths(table)
    ids, cosines = [], []
    for word in words:
        cosine = table @ table[word] / lengths / lengths[word]
        order = _ranked(cosine)
        order = order[order != word][:count]
        ids.append(order)
        cosines.append(cosine[order])
    return {"neighbours.ids": np.array(ids), "neighbours.cosines": np.array(cosines)}


def projection(table: Array, words: Sequence[int], axes: int) -> Results:
    """Principal components by the eigenvectors of the rows' inner products, `[word, axis]`."""
    rows = table[list(words)] - table[words[0]]  # exactly 0 where all are the same
    rows -= rows.mean(axis=0)
    variances, vectors = np.linalg.eigh(rows @ rows.T)  # ascending
    variances[variances < 1e-12 * variances[-1]] = 0.0  # the points lie flat
    points = vectors[:, ::-1][:, :axes] * np.sqrt(variances[::-1][:axes])
    for axis in range(axes):
        as_published = np.float32(np.abs(points[:, axis]))
        if points[np.argmax(as_published), axis] < 0:  # of equals, argmax takes the first
            points[:, axis] *= -1
    points[points == 0.0] = 0.0  # not -0.0
    total = np.trace(rows @ rows.T)
    explained = variances[::-1][:axes] / total if total > 0 else np.zeros(axes)
    return {"projection.points": points, "projection.explained": explained}


def _lengths(table: Array) -> Array:
    """How long each row is."""
    lengths: Array = np.sqrt(np.einsum("vd,vd->v", table, table))
    lengths[lengths == 0.0] = 1.0  # a row of zeros points nowhere
    return lengths


def _ranked(numbers: Array) -> NDArray[np.intp]:
    """Indices along the last axis, the largest first; ties as published go to the lowest."""
    return np.argsort(-numbers.astype(np.float32), axis=-1, kind="stable")


class Observer(Protocol):
    """An analysis of a generation, which is shown its passes one after another."""

    def see(self, tokens: Sequence[int], values: Values) -> None:
        """The next pass: the ids that it read, and all its values."""

    def results(self) -> Results:
        """What was found in all of them, by name."""


# By name, as the trace's are.
OF_PROMPT: Mapping[str, Callable[[Subject, int], Results]] = {
    "logit_lens": logit_lens,
    "choices": choices,
    "dropout": dropout,
    "quantized": quantized,
}
OF_GENERATION: Mapping[str, Callable[[Weights, Architecture, int], Observer]] = {
    "cache": Comparison,
    "multiply_adds": Count,
}
OF_MODEL: Mapping[str, Callable[[Array, Sequence[int], int], Results]] = {
    "dimensions": dimensions,
    "neighbours": neighbours,
    "projection": projection,
}
