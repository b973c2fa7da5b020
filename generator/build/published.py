"""Traces and models as the items of their data folders: rounded once, and grouped by stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.data.analyses import Analysis, analysed_names, of_models, of_prompts
from generator.data.beside import too_many
from generator.data.names import (
    CANDIDATES,
    Name,
    forward_names,
    lengths_of,
    model_names,
    sampling_names,
)
from generator.data.writer import FolderWriter, Item, write_folder
from generator.project.facts import Facts
from generator.project.prompt import Prompt

if TYPE_CHECKING:  # these import torch, which facts do without
    from generator.model.checkpoint import Checkpoint
    from generator.trace.portrait import Portrait
    from generator.trace.sampling import Choice
    from generator.trace.tracer import Trace


def publish_trace(
    folder: Path,
    name: str,
    checkpoint: Checkpoint,
    prompt: Prompt,
    tokens: list[int],
    advance: Callable[[int, str], None] = lambda to, note: None,
) -> Trace:
    """Run a model on a prompt and write `output/data/<prompt>/` on the way, block by block."""
    from generator.trace.tracer import trace

    texts, architecture = checkpoint.tokenizer.tokens, checkpoint.gpt.config
    forward = forward_names(architecture)
    lengths = lengths_of(architecture, len(tokens)) | {"d_vocab": architecture.d_vocab}
    counts = {
        name: math.prod(lengths[dim] for dim in known.dims) for name, known in forward.items()
    }
    head = {
        "kind": "trace",
        "name": name,
        "checkpoint": {"model": checkpoint.name, "sha256": checkpoint.trained.weights.sha256},
        "prompt": prompt.published(),
    }
    with FolderWriter(folder, head, too_many(counts, prompt.value_budget)) as writer:
        published = tokens_published(tokens, texts)
        writer.put(Item("tokens", "tokens.yaml", "the prompt's tokens", published))
        traced = trace(
            checkpoint,
            prompt,
            tokens,
            lambda name, value: writer.put(_tensor(forward[name], value, _stage(name))),
            advance,
        )
        first = traced.choices[0]
        for item in (
            *_tensors(
                _sampling(first),
                sampling_names(penalized=first.penalized is not None),
                lambda _: "sampling.yaml",
            ),
            Item("generation", "generation.yaml", "every new token", generation(traced, texts)),
            *_analysed(traced.analyses, of_prompts()),
        ):
            writer.put(item)
    return traced


def publish_model(folder: Path, portrait: Portrait, checkpoint: Checkpoint) -> None:
    """Write `output/data/models/<name>/`."""
    names = {name: n for name, n in model_names().items() if name in portrait.tensors}
    items = [
        Item("config", "config.yaml", "the sizes of the model", portrait.config),
        Item("parameters", "config.yaml", "every weight tensor", portrait.parameters),
        Item("vocabulary", "vocabulary.yaml", "text of each token, by id", portrait.vocabulary),
        Item("words", "embedding.yaml", "tokens of the embedding rows", portrait.words),
        *_tensors(portrait.tensors, names, lambda name: f"{name.split('.')[0]}.yaml"),
        *_analysed(portrait.tensors, of_models(len(portrait.words))),
    ]
    head = {
        "kind": "model",
        "name": checkpoint.name,
        "checkpoint": {"model": checkpoint.name, "sha256": checkpoint.trained.weights.sha256},
        "card": checkpoint.card.published(),
    }
    write_folder(folder, head, items)


def publish_facts(folder: Path, facts: Facts) -> None:
    """Write `output/data/fact/`, so that a cited number has an address like any other."""
    meanings = {name: facts.meaning(name) for name in facts.facts}
    items = [
        Item(name, "facts.yaml", meanings[name.removesuffix(".range")], value)
        for name, value in facts.published().items()
    ]
    write_folder(folder, {"kind": "facts", "name": "fact"}, items)


def _tensors(
    arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Name], file_of: Callable[[str], str]
) -> list[Item]:
    return [_tensor(name, arrays[key], file_of(key)) for key, name in names.items()]


def _tensor(name: Name, computed: NDArray[Any], file: str) -> Item:
    return Item(name.pattern, file, name.meaning, name.rounded(computed), name.dims)


def _analysed(results: Mapping[str, NDArray[Any]], analyses: Sequence[Analysis]) -> list[Item]:
    return _tensors(results, analysed_names(analyses), lambda _: "analyses.yaml")


def _stage(name: str) -> str:
    """The file of a forward pass's value."""
    if name.startswith("blocks."):
        return f"block_{name.split('.')[1]}.yaml"
    return "embeddings.yaml" if name.endswith("embed") else "logits.yaml"


def tokens_published(ids: list[int], texts: list[str]) -> list[dict[str, object]]:
    """Text, id, UTF-8 bytes and binary digits of each token."""
    return [
        {
            "text": texts[index],
            "id": index,
            "bytes": list(texts[index].encode("utf-8", "surrogatepass")),
            "binary": [int(bit) for bit in f"{index:016b}"],
        }
        for index in ids
    ]


def _sampling(choice: Choice) -> dict[str, NDArray[Any]]:
    penalized = {} if choice.penalized is None else {"sampling.penalized": choice.penalized}
    return penalized | {
        "sampling.scaled": choice.scaled,
        "sampling.probs_all": choice.probs_all,
        "sampling.kept": choice.kept,
        "sampling.probs": choice.probs,
        "sampling.cumulative": choice.cumulative,
        "sampling.entropy": np.asarray(choice.entropy),
        "sampling.draw": np.asarray(choice.draw),
        "sampling.interval": np.asarray(choice.interval),
        "sampling.rank": np.asarray(choice.rank),
        "sampling.choice": np.asarray(choice.token),
    }


def generation(trace: Trace, texts: list[str]) -> dict[str, object]:
    """The whole text, and how each of its new tokens was chosen."""
    steps = []
    text = "".join(texts[index] for index in trace.tokens)
    for choice in trace.choices:
        text += texts[choice.token]
        kept = choice.kept[:CANDIDATES].tolist()
        steps.append(
            {
                "candidates": [
                    {"id": token, "text": texts[token], "prob": _float32(prob)}
                    for token, prob in zip(kept, choice.probs, strict=False)
                ],
                "entropy": _float32(choice.entropy),
                "draw": choice.draw,
                "interval": list(choice.interval),
                "rank": choice.rank,
                "choice": choice.token,
                "prob": _float32(choice.probs[choice.rank]),
                "text": texts[choice.token],
                "so_far": text,
            }
        )
    return {"text": text, "steps": steps}


def _float32(number: float) -> float:
    """A number rounded to float32, as the double whose digits are the float32's own."""
    return float(str(np.float32(number)))
