"""A model's card: what it is, how it was trained, and what came of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from generator.project.section import Section


class Architecture(Section):
    """The sizes of a GPT; names follow TransformerLens."""

    n_layers: int = Field(ge=1)
    n_heads: int = Field(ge=1)
    d_model: int = Field(ge=1)
    n_ctx: int = Field(ge=1)
    bias: bool = False

    @field_validator("d_model")
    @classmethod
    def _heads_share_it(cls, d_model: int, info: ValidationInfo) -> int:
        n_heads = info.data.get("n_heads", 1)
        if d_model % n_heads:
            raise ValueError(f"must be a multiple of n_heads, which is {n_heads}")
        return d_model


class Corpus(Section):
    """The text that a model is trained on. `sha256` is of the file's bytes."""

    title: str
    author: str
    language: str
    licence: str
    source: str
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class Recipe(Section):
    """How a model is trained.

    `learning_rate` rises linearly for `warmup_steps`, then falls along a cosine to
    `min_learning_rate` at the last step. `held_out` is the share of the text, at its end, that
    training never sees.
    """

    seed: int = Field(ge=0)
    steps: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    min_learning_rate: float = Field(gt=0)
    warmup_steps: int = Field(ge=0)
    betas: tuple[float, float] = Field(strict=False)  # YAML has lists only
    weight_decay: float = Field(ge=0)
    grad_clip: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    held_out: float = Field(gt=0, lt=1)
    evaluate_every: int = Field(ge=1)
    autocast: Literal["bfloat16", "none"] = "none"


class File(Section):
    """A file of the model's folder."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class TrainedCorpus(Section):
    """The text as training found it; lengths in characters."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    characters: int
    distinct: int
    training: int
    held_out: int


class Metrics(Section):
    """How good the kept state is. Losses are nats a token, of the weights as stored."""

    best_step: int
    held_out_loss: float
    training_loss: float


class Trained(Section):
    """What training left in the model's folder."""

    weights: File
    tokenizer: File
    untrained: File
    history: File
    parameters: int
    corpus: TrainedCorpus
    metrics: Metrics


class Card(Section):
    """A model's card, `models/<name>/model.yaml`.

    `words` are groups of tokens whose embedding rows pages may show. `trained` is written by
    `glasspage train`; a model without it has not been trained yet.
    """

    title: str
    summary: str
    licence: str
    architecture: Architecture
    corpus: Corpus | None = None
    recipe: Recipe | None = None
    words: dict[str, list[str]] = Field(default_factory=dict)
    trained: Trained | None = None

    def published(self) -> dict[str, object]:
        """What pages can say of the model's making."""
        return {
            "title": self.title,
            "summary": self.summary,
            "licence": self.licence,
            "corpus": None if self.corpus is None else self.corpus.model_dump(),
            "recipe": None if self.recipe is None else self.recipe.model_dump(mode="json"),
            "trained": None if self.trained is None else self.trained.model_dump(),
        }
