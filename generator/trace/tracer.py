"""A model run on a prompt, with everything it computed on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator.data.names import forward_names
from generator.model.checkpoint import Checkpoint
from generator.model.gpt import GPT
from generator.project.prompt import Prompt
from generator.trace.analyses import Array, analyse_prompt
from generator.trace.sampling import Choice, choose

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Every value of one prompt, float64 as computed.

    `forward` holds the values of the pass over the prompt by name, without the batch dimension.
    `analyses` holds the results of the analyses of a prompt, alike; `choices` is one choice for
    each new token.
    """

    prompt: Prompt
    tokens: list[int]
    forward: dict[str, Floats]
    analyses: dict[str, Array]
    choices: list[Choice]


def trace(
    checkpoint: Checkpoint,
    prompt: Prompt,
    tokens: list[int],
    advance: Callable[[int, str], None] = lambda to, note: None,
) -> Trace:
    """Run the model on `tokens`, the prompt's ids, record it, and let it write on.

    `advance` is told how many tokens have been written, after each.

    Raises AssertionError where a law of the architecture does not hold: that would be a bug.
    """
    gpt, sampling = checkpoint.gpt, prompt.sampling
    forward = record(gpt, tokens)
    check_laws(gpt, tokens, forward)

    draws = np.random.Generator(np.random.PCG64(sampling.seed))
    choices: list[Choice] = []
    logits, written = forward["logits"][-1], list(tokens)
    while True:
        choices.append(choose(logits, written, sampling, float(draws.random())))
        written.append(choices[-1].token)
        advance(len(choices), "")
        if len(choices) == prompt.new_tokens:
            break
        if prompt.stop:
            text = checkpoint.tokenizer.decode(written[len(tokens) :])
            if any(end in text for end in prompt.stop):
                break
        logits = _run(gpt, written[-gpt.config.n_ctx :])[-1]
    return Trace(prompt, tokens, forward, analyse_prompt(gpt, forward), choices)


def set_threads(count: int) -> None:
    """How many threads torch computes with. The published values do not depend on it."""
    torch.set_num_threads(count)


def record(gpt: GPT, tokens: list[int]) -> dict[str, Floats]:
    """Every named value of one forward pass, in the order in which it is computed."""
    values: dict[str, Floats] = {}

    def keep(name: str, value: Tensor) -> None:
        values[name] = value[0].numpy().copy()

    with torch.no_grad():
        gpt(torch.tensor([tokens]), keep)
    order = forward_names(gpt.config)
    assert values.keys() == order.keys(), values.keys() ^ order.keys()
    return {name: values[name] for name in order}


def check_laws(gpt: GPT, tokens: list[int], values: dict[str, Floats]) -> None:
    """Assert what must hold of any trace, whatever the weights."""
    assert np.array_equal(values["logits"], _run(gpt, tokens)), "recording changed the pass"
    stream = values["embed"] + values.get("pos_embed", 0.0)
    for layer in range(gpt.config.n_layers):
        block = f"blocks.{layer}"
        assert np.array_equal(values[f"{block}.resid_pre"], stream), f"{block} reads another stream"
        rows = values[f"{block}.attn.pattern"].sum(axis=-1)
        assert np.abs(rows - 1).max() < 1e-12, f"{block}: an attention row does not sum to 1"
        stream = stream + values[f"{block}.attn.out"]
        assert np.array_equal(values[f"{block}.resid_mid"], stream), f"{block}: attn does not add"
        stream = stream + values[f"{block}.mlp.out"]
        assert np.array_equal(values[f"{block}.resid_post"], stream), f"{block}: mlp does not add"


@torch.no_grad()
def _run(gpt: GPT, tokens: list[int]) -> Floats:
    """Logits [pos, d_vocab] of a pass that nobody records."""
    logits: Floats = gpt(torch.tensor([tokens]))[0].numpy()
    return logits
