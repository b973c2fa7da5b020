"""The named analyses, written a second time, in NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.reference.forward import (
    Architecture,
    Array,
    Values,
    Weights,
    count_layers,
    log_softmax,
    norm,
    part,
    unembed,
)

Results = dict[str, NDArray[Any]]


def logit_lens(weights: Weights, architecture: Architecture, values: Values, ranks: int) -> Results:
    """The stream at each depth through the final norm and the head, `[pos, d_model]` each."""
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


def neighbours(table: Array, words: Sequence[int], count: int) -> Results:
    """The `count` rows of the largest cosine for each word, `[word, rank]`."""
    lengths = np.sqrt(np.einsum("vd,vd->v", table, table))
    lengths[lengths == 0.0] = 1.0  # a row of zeros points nowhere
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
    rows = table[list(words)]
    rows = rows - rows.mean(axis=0)
    variances, vectors = np.linalg.eigh(rows @ rows.T)  # ascending
    variances[variances < 1e-12 * variances[-1]] = 0.0  # the points lie flat
    points = vectors[:, ::-1][:, :axes] * np.sqrt(variances[::-1][:axes])
    for axis in range(axes):
        if points[np.argmax(np.abs(points[:, axis])), axis] < 0:
            points[:, axis] *= -1
    explained = variances[::-1][:axes] / np.trace(rows @ rows.T)
    return {"projection.points": points, "projection.explained": explained}


def _ranked(numbers: Array) -> NDArray[np.intp]:
    """Indices along the last axis, the largest first; ties as published go to the lowest."""
    return np.argsort(-numbers.astype(np.float32), axis=-1, kind="stable")


# By name, as the trace's are.
OF_PROMPT: Mapping[str, Callable[[Weights, Architecture, Values, int], Results]] = {
    "logit_lens": logit_lens
}
OF_MODEL: Mapping[str, Callable[[Array, Sequence[int], int], Results]] = {
    "neighbours": neighbours,
    "projection": projection,
}
