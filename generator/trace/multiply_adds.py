"""The analysis `multiply_adds`: what the passes cost, counted from the shapes of the model."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from generator.data.analyses import PARTS, told_lengths
from generator.model.gpt import GPT, GPTConfig
from generator.trace.passes import Arrays, Pass


class MultiplyAddsAnalyst:
    """Sees how many tokens the prompt has, and how many passes there are."""

    def __init__(self, gpt: GPT, size: int) -> None:
        self._config = gpt.config
        self._size = size
        self._prompt = 0
        self._passes = 0

    def see(self, one: Pass) -> None:
        self._prompt = self._prompt or len(one.tokens)
        self._passes += 1

    def results(self) -> Arrays:
        config, prompt = self._config, self._prompt
        passes = range(prompt, prompt + self._passes)  # the length of the text at each
        lengths = told_lengths(prompt, config.n_ctx, self._size, slides=config.slides)
        texts = range(prompt, lengths[-1] + 1)
        whole = list(accumulate(sum(whole_pass(config, text)) for text in texts))
        cached = list(accumulate(sum(cached_pass(config, text, prompt)) for text in texts))
        return {
            "multiply_adds.whole": np.array([whole_pass(config, text) for text in passes]),
            "multiply_adds.cached": np.array([cached_pass(config, n, prompt) for n in passes]),
            "multiply_adds.full_whole": np.array(whole_pass(config, config.n_ctx)),
            "multiply_adds.full_cached": np.array(multiply_adds(config, 1, config.n_ctx)),
            "multiply_adds.lengths": np.array(lengths),
            "multiply_adds.total_whole": np.array([whole[text - prompt] for text in lengths]),
            "multiply_adds.total_cached": np.array([cached[text - prompt] for text in lengths]),
        }


def multiply_adds(config: GPTConfig, queries: int, keys: int) -> list[int]:
    """Of one pass over `queries` tokens that look at `keys` tokens, in the order of PARTS."""
    width = config.n_heads * config.d_head
    shared = config.n_key_value_heads * config.d_head
    matrices = 3 if config.gated else 2
    counts = {
        "queries": config.n_layers * queries * config.d_model * width,
        "keys": config.n_layers * queries * config.d_model * shared,
        "values": config.n_layers * queries * config.d_model * shared,
        "scores": config.n_layers * queries * keys * width,
        "weighted values": config.n_layers * queries * keys * width,
        "attention output": config.n_layers * queries * width * config.d_model,
        "MLP": config.n_layers * queries * matrices * config.d_model * config.d_mlp,
        "output head": queries * config.d_model * config.d_vocab,
    }
    return [counts[part] for part in PARTS]


def whole_pass(config: GPTConfig, text: int) -> list[int]:
    """Of a pass that reads a text anew, or as much of its end as the context holds."""
    read = min(text, config.n_ctx)
    return multiply_adds(config, read, read)


def cached_pass(config: GPTConfig, text: int, prompt: int) -> list[int]:
    """Of a pass with a cache, which reads the newest token alone.

    The first reads the prompt, and beyond the context nothing that was kept can be used.
    """
    if text == prompt or text > config.n_ctx:
        return whole_pass(config, text)
    return multiply_adds(config, 1, text)
