"""Traces and models as the items of their data folders: rounded once, and grouped by stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.data.analyses import (
    Analysis,
    analysed_names,
    of_generations,
    of_models,
    of_prompts,
)
from generator.data.beside import too_many
from generator.data.names import (
    CANDIDATES,
    MEASURED_WITH,
    RUN,
    VOCABULARY,
    Name,
    forward_names,
    lengths_of,
    measured_names,
    model_names,
    sampling_names,
)
from generator.data.tokens import Vocabulary, Writing, joins
from generator.data.writer import FolderWriter, Item, write_folder
from generator.project.facts import Facts
from generator.project.measurements import Measurement, Recorded
from generator.project.prompt import Prompt

if TYPE_CHECKING:  # these import torch, which facts do without
    from generator.model.checkpoint import Checkpoint
    from generator.model.tokenizer import Tokenizer
    from generator.trace.portrait import Portrait
    from generator.trace.sampling import Choice
    from generator.trace.tracer import Trace


def publish_trace(
    folder: Path,
    name: str,
    checkpoint: Checkpoint,
    prompt: Prompt,
    tokens: list[int],
    encodings: Mapping[str, Tokenizer],
    advance: Callable[[int, str], None] = lambda to, note: None,
    recorded: Recorded | None = None,
) -> Trace:
    """Run a model on a prompt and write `output/data/<prompt>/` on the way, block by block.

    The tokens that the same text has under each of `encodings` are published beside the model's
    own.
    `recorded` is what was timed of the prompt. Raises ConfigError where that was another
    generation.
    """
    from generator.trace.tracer import trace

    vocabulary, architecture = vocabulary_of(checkpoint), checkpoint.gpt.config
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
    writer = FolderWriter(folder, head, too_many(counts, prompt.value_budget))
    published = vocabulary.published(tokens)
    writer.put(Item("tokens", "tokens.yaml", "the prompt's tokens", published))
    for encoding, tokenizer in encodings.items():
        writer.put(_encoded(prompt.prompt, encoding, tokenizer))
    traced = trace(
        checkpoint,
        prompt,
        tokens,
        lambda name, value: writer.put(_tensor(forward[name], value, _stage(name))),
        advance,
    )
    first, generated = traced.choices[0], generation(traced, vocabulary)
    if recorded is not None:
        recorded.check_tokens([(step["choice"], step["text"]) for step in generated["steps"]])
    for item in (
        *_tensors(
            _sampling(first),
            sampling_names(penalized=first.penalized is not None),
            lambda _: "sampling.yaml",
        ),
        Item("generation", "generation.yaml", "every new token", generated),
        *_analysed(
            traced.analyses, [*of_prompts(checkpoint.dropout, prompt.quantize), *of_generations()]
        ),
        *([] if recorded is None else _measured(recorded.measurement)),
    ):
        writer.put(item)
    writer.finish()
    return traced


def publish_model(folder: Path, portrait: Portrait, checkpoint: Checkpoint) -> None:
    """Write `output/data/models/<name>/`."""
    names = {name: n for name, n in model_names().items() if name in portrait.tensors}
    items = [
        Item("config", "config.yaml", "the sizes of the model", portrait.config),
        Item("parameters", "config.yaml", "every weight tensor", portrait.parameters),
        Item("weights", "config.yaml", "the sizes of the file that they lie in", portrait.weights),
        *_vocabulary(vocabulary_of(checkpoint)),
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


def _measured(measurement: Measurement) -> list[Item]:
    """What was timed, its numbers first."""
    values, names = measurement.published(), measured_names()
    tensors = {name: np.array(values[name]) for name in names if name in values}
    return [
        *_tensors(tensors, {name: names[name] for name in tensors}, lambda _: "measured.yaml"),
        *(
            Item(name, "measured.yaml", meaning, values[name])
            for name, meaning in MEASURED_WITH.items()
        ),
    ]


def _stage(name: str) -> str:
    """The file of a forward pass's value."""
    if name.startswith("blocks."):
        return f"block_{name.split('.')[1]}.yaml"
    return "embeddings.yaml" if name.endswith("embed") else "logits.yaml"


def vocabulary_of(checkpoint: Checkpoint) -> Vocabulary:
    """Every id that the model can write."""
    return _vocabulary_of(checkpoint.tokenizer, checkpoint.gpt.config.d_vocab)


def _vocabulary_of(tokenizer: Tokenizer, count: int) -> Vocabulary:
    return Vocabulary([tokenizer.bytes_of(index) for index in range(count)], tokenizer.special)


def _vocabulary(vocabulary: Vocabulary) -> list[Item]:
    return [
        Item(name, "vocabulary.yaml", VOCABULARY[name], content)
        for name, content in (
            ("vocabulary", vocabulary.texts),
            ("pieces", vocabulary.pieces),
            ("unused", vocabulary.unused),
        )
    ]


def _encoded(text: str, encoding: str, tokenizer: Tokenizer) -> Item:
    """A prompt's text as a tokenizer splits it that many know."""
    ids = tokenizer.encode(text)
    raw: list[bytes | None] = [None] * len(tokenizer)
    for index in ids:  # the others of a hundred thousand are not looked at
        raw[index] = tokenizer.bytes_of(index)
    published = Vocabulary(raw, tokenizer.special).published(ids)
    meaning = f"the tokens of the prompt's text under {encoding}"
    return Item(f"encodings.{encoding}", "tokens.yaml", meaning, published)


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


def generation(trace: Trace, vocabulary: Vocabulary) -> dict[str, Any]:
    """The whole text, and how each of its new tokens was chosen; how many of these are different,
    and of their runs of RUN, how many stood there before."""
    new = [choice.token for choice in trace.choices]
    raws = [*map(vocabulary.read, trace.tokens), *map(vocabulary.spelt, new)]
    writing, steps = Writing(vocabulary, trace.tokens), []
    for choice, joined in zip(trace.choices, joins(raws)[len(trace.tokens) :], strict=True):
        kept = choice.kept[:CANDIDATES].tolist()
        step = {
            "candidates": [
                {"id": token, "text": writing.next(token), "prob": _float32(prob)}
                for token, prob in zip(kept, choice.probs, strict=False)
            ],
            "entropy": _float32(choice.entropy),
            "draw": choice.draw,
            "interval": list(choice.interval),
            "rank": choice.rank,
            "choice": choice.token,
            "prob": _float32(choice.probs[choice.rank]),
            "text": writing.next(choice.token),
            "bytes": list(vocabulary.spelt(choice.token)),
            "joins": joined,
        }
        writing.write(choice.token)
        steps.append({**step, "so_far": writing.text})
    runs = [tuple(new[n : n + RUN]) for n in range(len(new) - RUN + 1)]
    counts = {"distinct": len(set(new)), "runs": len(runs), "repeated": len(runs) - len(set(runs))}
    return {"text": writing.text, **counts, "steps": steps}


def _float32(number: float) -> float:
    """A number rounded to float32, as the double whose digits are the float32's own."""
    return float(str(np.float32(number)))
