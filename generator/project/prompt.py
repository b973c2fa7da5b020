"""A prompt: what text to run a model on, how to sample, and which articles to make with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from generator.project.article import Front
from generator.project.origin import Origin
from generator.project.section import Section

BUDGET = 8_000_000  # 128 tokens of a model of four layers fit


class Sampling(Section):
    """How the next token is chosen, in this order."""

    repetition_penalty: float | None = Field(default=None, ge=1, allow_inf_nan=False)
    """Lowers the logits of tokens that are in the text already: those above 0 are divided by it,
    those below multiplied (Keskar et al. 2019, "CTRL"). From 1, which changes nothing, on; none by
    default."""
    # Far below, logits become infinite; above, no difference between them is left.
    temperature: float = Field(default=1.0, ge=0.01, le=100, allow_inf_nan=False)
    """Logits are divided by it. From 0.01 to 100; for the likeliest token at every step,
    keep no other, with 1 as `top_k`."""
    top_k: int | None = Field(default=None, ge=1, le=10_000_000)
    """Keep only so many of the likeliest tokens; all by default."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    """Keep the fewest of those whose probabilities reach this; all by default."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Starts the generator of the draws."""

    def published(self) -> dict[str, object]:
        """What is published of it: all that was given or has a default."""
        return {key: value for key, value in self.model_dump().items() if value is not None}


class Prompt(Section):
    """A prompt config, `content/prompts/<name>.yaml`."""

    model: Origin
    """Which model continues it: the name of a folder of `models/`, or a mapping with the `path` of
    somebody else's checkpoint."""
    prompt: str = Field(min_length=1)
    """The text that the model continues."""
    new_tokens: int = Field(default=10, ge=1, le=10_000)
    """How many tokens it writes."""
    stop: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Texts at which it stops earlier, once what it wrote holds one of them."""
    sampling: Sampling = Sampling()
    """How each token is chosen."""
    quantize: list[Annotated[int, Field(ge=2, le=16)]] = Field(default_factory=list)
    """To how many bits weights are rounded to see what that does to the guesses at this text, from
    2 to 16, each once; by default it is not looked at."""
    value_budget: int = Field(default=BUDGET, ge=0, le=10**15)
    """How many numbers of the forward pass its YAML may hold. Past it, the largest tensors lie in
    safetensors files beside the YAML, which names them; their addresses stay the same."""
    articles: list[str] | None = None
    """The articles to make with it; by default the site's `default_article`. `[]` for none."""
    front: Front | None = None
    """Front matter for its pages, with any keys of an article's but `prompts`; what is not given
    here stays the article's."""

    @field_validator("articles", mode="before")
    @classmethod
    def _said(cls, articles: object) -> object:
        if articles is None:  # which could be meant as none, or as those by default
            raise PydanticCustomError("list_type", "")
        return articles

    @field_validator("quantize")
    @classmethod
    def _each_once(cls, bits: list[int]) -> list[int]:
        if len(set(bits)) < len(bits):
            raise ValueError("must not hold a number twice")
        return bits

    def published(self) -> dict[str, object]:
        """What decides what is computed, as it is published."""
        return {
            "text": self.prompt,
            "new_tokens": self.new_tokens,
            **({"stop": self.stop} if self.stop else {}),
            "sampling": self.sampling.published(),
            **({"quantize": self.quantize} if self.quantize else {}),
            **({} if self.value_budget == BUDGET else {"value_budget": self.value_budget}),
        }
