"""A model run on a prompt, with everything it computed on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator.data.names import forward_names
from generator.errors import ModelError
from generator.model.checkpoint import Checkpoint
from generator.model.gpt import GPT
from generator.project.prompt import Prompt
from generator.trace.analyses import (
    Array,
    Subject,
    analyse_prompt,
    generation_analysts,
    is_analysed,
)
from generator.trace.passes import Watch, run
from generator.trace.sampling import Choice, choose

Floats = NDArray[np.float64]
Keep = Callable[[str, Floats], None]

_LARGEST = float(np.finfo(np.float32).max)  # values are published in float32


@dataclass(frozen=True)
class Trace:
    """A prompt's tokens, the results of its analyses by name, and a choice for each new token.

    The values of the forward pass are not kept here: whoever asked for the trace was handed them.
    """

    prompt: Prompt
    tokens: list[int]
    analyses: dict[str, Array]
    choices: list[Choice]


def trace(
    checkpoint: Checkpoint,
    prompt: Prompt,
    tokens: list[int],
    keep: Keep = lambda name, value: None,
    advance: Callable[[int, str], None] = lambda to, note: None,
) -> Trace:
    """Run the model on `tokens`, the prompt's ids, record it, and let it write on.

    `keep` is handed every value of the forward pass as it is computed, in the order of
    `forward_names`, float64 and without the batch dimension: so a large model's need not be in
    memory together. `advance` is told how many tokens have been written, after each.

    Raises ModelError where a value is too large, and AssertionError where a law of the architecture
    does not hold: that would be a bug.
    """
    gpt, sampling = checkpoint.gpt, prompt.sampling
    for_analyses: dict[str, Floats] = {}
    laws, watch = Laws(), Watch(gpt.config)
    analysts = generation_analysts(gpt)

    def hand_on(name: str, value: Floats) -> None:
        _check_range(name, value, checkpoint.name)
        laws.check(name, value)
        if is_analysed(name):
            for_analyses[name] = value
        watch.take(name, value)
        keep(name, value)

    recorded = record(gpt, tokens, hand_on)
    assert np.array_equal(recorded, _run(gpt, tokens)), "recording changed the pass"
    draws = np.random.Generator(np.random.PCG64(sampling.seed))
    choices: list[Choice] = []
    latest, written = watch.made(tokens, recorded), list(tokens)
    while True:
        for analyst in analysts:
            analyst.see(latest)
        choices.append(choose(latest.logits, written, sampling, float(draws.random())))
        written.append(choices[-1].token)
        advance(len(choices), "")
        if len(choices) == prompt.new_tokens:
            break
        if prompt.stop:
            text = checkpoint.tokenizer.decode(written[len(tokens) :])
            if any(end in text for end in prompt.stop):
                break
        assert gpt.config.slides or len(written) <= gpt.config.n_ctx, "the text outgrew the context"
        latest = run(gpt, written[-gpt.config.n_ctx :])
    for_analyses["logits"] = recorded
    analyses = analyse_prompt(
        Subject(gpt, tokens, for_analyses, checkpoint.dropout, prompt.quantize)
    )
    for analyst in analysts:
        analyses |= analyst.results()
    return Trace(prompt, tokens, analyses, choices)


def _check_range(name: str, value: Floats, model: str) -> None:
    """Raise ModelError where a value is too large to be published, or none at all."""
    if name.endswith(".attn.scores"):  # what is masked is minus infinity
        return
    if not (value.min() >= -_LARGEST and value.max() <= _LARGEST):  # nan is neither
        raise ModelError(
            f"{name} of the model {model} goes beyond {_LARGEST:.1e}, the largest number that is "
            "written: its weights are finite, and too large to compute with",
            hint="is the checkpoint damaged, or of a training that diverged?",
        )


def set_threads(count: int) -> None:
    """How many threads torch computes with. The published values do not depend on it."""
    torch.set_num_threads(count)


def record(gpt: GPT, tokens: list[int], keep: Keep) -> Floats:
    """Hand every named value of a forward pass to `keep`, and return the logits [pos, d_vocab]."""
    names = iter(forward_names(gpt.config))

    def take(name: str, value: Tensor) -> None:
        assert name == next(names, None), name
        keep(name, value[0].numpy())

    with torch.no_grad():
        logits: Floats = gpt(torch.tensor([tokens]), take)[0].numpy()
    assert next(names, None) is None, "a value was not recorded"
    return logits


class Laws:
    """What must hold of any trace, whatever the weights, asked of its values as they come: the
    attention rows sum to 1, and the residual stream adds up. Raises AssertionError."""

    def __init__(self) -> None:
        self._stream: Floats | float = 0.0  # what was written to it so far, [pos, d_model]

    def check(self, name: str, value: Floats) -> None:
        if name in ("embed", "pos_embed") or name.endswith((".attn.out", ".mlp.out")):
            self._stream = self._stream + value
        elif name.endswith((".resid_pre", ".resid_mid", ".resid_post")):
            assert np.array_equal(value, self._stream), f"{name} is not what was added up"
        elif name.endswith(".pattern"):
            rows = value.sum(axis=-1)
            assert np.abs(rows - 1).max() < 1e-12, f"{name}: a row does not sum to 1"


@torch.no_grad()
def _run(gpt: GPT, tokens: list[int]) -> Floats:
    """Logits [pos, d_vocab] of a pass that nobody records."""
    logits: Floats = gpt(torch.tensor([tokens]))[0].numpy()
    return logits
