"""A prompt: what text to run a model on, how to sample, and which articles to make with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.project.section import Section


class Sampling(Section):
    """How the next token is chosen.

    The logits of tokens that are in the text already are penalized: divided by
    `repetition_penalty` where they are above 0, multiplied by it where they are below (Keskar et
    al. 2019, "CTRL"). All are divided by `temperature`; only the `top_k` likeliest tokens are kept,
    then the fewest of those whose probabilities reach `top_p`; `seed` starts the generator of the
    draws.
    """

    repetition_penalty: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    top_k: int | None = Field(default=None, ge=1)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int = Field(default=0, ge=0, lt=2**63)

    def published(self) -> dict[str, object]:
        """What is published of it: all that was given or has a default."""
        return {key: value for key, value in self.model_dump().items() if value is not None}


class Prompt(Section):
    """A prompt config, `content/prompts/<name>.yaml`.

    The model writes `new_tokens` tokens, or fewer if what it wrote comes to hold one of the texts
    in `stop`. `articles` defaults to the site's default article.
    """

    model: str
    prompt: str = Field(min_length=1)
    sampling: Sampling = Sampling()
    new_tokens: int = Field(default=10, ge=1, le=10_000)
    stop: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    articles: list[str] | None = None

    def published(self) -> dict[str, object]:
        """What decides what is computed, as it is published."""
        return {
            "text": self.prompt,
            "new_tokens": self.new_tokens,
            **({"stop": self.stop} if self.stop else {}),
            "sampling": self.sampling.published(),
        }
