"""What pages say of a model itself, whatever the prompt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor

from generator.errors import ModelError
from generator.model.checkpoint import Checkpoint
from generator.model.tokenizer import Tokenizer, UnreadableTextError
from generator.project.card import File
from generator.trace.analyses import Array, analyse_model


@dataclass(frozen=True)
class Portrait:
    """A model's tensors by name, and the rest as plain mappings and lists.

    `weights` are the sizes of their file, `words` says which token each of the embedding rows
    belongs to, and in which group.
    """

    tensors: dict[str, Array]
    config: dict[str, object]
    parameters: list[dict[str, object]]
    weights: dict[str, object]
    words: list[dict[str, object]]


def portray(checkpoint: Checkpoint, folder: Path) -> Portrait:
    """Gather a model's data. Raises ModelError where its history or its words do not fit."""
    named = checkpoint.gpt.named_parameters()
    learned = {name: parameter for name, parameter in named if parameter.requires_grad}
    words = _words(checkpoint, folder)
    ids = [int(str(word["id"])) for word in words]
    return Portrait(
        tensors={
            **_table("embedding", checkpoint.gpt.embed.weight.detach(), ids),
            **_untrained(checkpoint, ids),
            **analyse_model(checkpoint.gpt.embed.weight.detach(), ids),
            **_history(folder, checkpoint.trained.history),
        },
        config={
            **checkpoint.card.architecture.published(),
            "d_vocab": checkpoint.gpt.config.d_vocab,
            "parameters": sum(parameter.numel() for parameter in learned.values()),
        },
        parameters=[
            {"name": name, "shape": list(parameter.shape), "count": parameter.numel()}
            for name, parameter in learned.items()
        ],
        weights=_file(folder / checkpoint.trained.weights.file),
        words=words,
    )


def _file(weights: Path) -> dict[str, object]:
    """The bytes of a safetensors file, and of the tensors in it, by type; the rest is a header."""
    counts: Counter[str] = Counter()
    with safe_open(weights, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 - it is no mapping
            tensor = file.get_tensor(name)
            counts[str(tensor.dtype).removeprefix("torch.")] += tensor.numel()
    types = [
        {"type": kind, "count": count, "bytes": count * getattr(torch, kind).itemsize}
        for kind, count in sorted(counts.items())
    ]
    size, held = weights.stat().st_size, sum(int(each["bytes"]) for each in types)
    return {"bytes": size, "header": size - held, "types": types}


def _words(checkpoint: Checkpoint, folder: Path) -> list[dict[str, object]]:
    words: list[dict[str, object]] = []
    for group, texts in checkpoint.card.words.items():
        for text in texts:
            token = _single_token(checkpoint.tokenizer, text)
            if token is None:
                raise ModelError(
                    f"words.{group} names {text!r}, which is no token of the model",
                    file=folder / "model.yaml",
                    hint="take it out of the card.",
                )
            words.append({"group": group, "text": text, "id": token})
    return words


def _single_token(tokenizer: Tokenizer, text: str) -> int | None:
    """The id of a text that is one token, but for the marks around it."""
    try:
        ids = [index for index in tokenizer.encode(text) if index not in tokenizer.special]
    except UnreadableTextError:
        return None
    return ids[0] if len(ids) == 1 else None


def _table(name: str, table: Tensor, rows: list[int]) -> dict[str, Array]:
    entries: NDArray[np.float64] = table.numpy()
    return {
        f"{name}.rows": entries[np.array(rows, dtype=np.int64)],
        f"{name}.norms": np.sqrt((entries**2).sum(axis=1)),
        f"{name}.mean": np.asarray(entries.mean()),
        f"{name}.std": np.asarray(entries.std()),
        f"{name}.min": np.asarray(entries.min()),
        f"{name}.max": np.asarray(entries.max()),
    }


def _untrained(checkpoint: Checkpoint, rows: list[int]) -> dict[str, Array]:
    """The table before training; nothing of a model that came without it."""
    table = checkpoint.untrained
    return {} if table is None else _table("untrained", table, rows)


def _history(folder: Path, part: File | None) -> dict[str, Array]:
    """The columns of the training history: [evaluation], or [pair, evaluation]. None of a model
    without one."""
    if part is None:
        return {}
    rows = yaml.safe_load(part.check(folder).read_text(encoding="utf-8"))
    columns = {name: np.array([row[name] for row in rows]).T for name in rows[0]}
    return {f"history.{name}": column for name, column in columns.items()}
