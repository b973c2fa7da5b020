"""A model's card: what it is, how it was trained, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from generator.project.section import Section, expected

Digest = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$"), expected("a SHA-256 of 64 characters, 0 to 9 and a to f")
]


class Architecture(Section):
    """The sizes of a GPT; names follow TransformerLens."""

    n_layers: int = Field(ge=1)
    """Blocks."""
    n_heads: int = Field(ge=1)
    """Attention heads of a block."""
    d_model: int = Field(ge=1)
    """Width of the residual stream."""
    n_ctx: int = Field(ge=1)
    """The most tokens that it reads at once."""
    bias: bool = False
    """Whether linear layers and LayerNorms have biases."""

    @field_validator("d_model")
    @classmethod
    def _heads_share_it(cls, d_model: int, info: ValidationInfo) -> int:
        n_heads = info.data.get("n_heads", 1)
        if d_model % n_heads:
            raise ValueError(f"must be a multiple of n_heads, which is {n_heads}")
        return d_model


class Corpus(Section):
    """The text that a model is trained on."""

    title: str
    """What it is called."""
    author: str
    """Who wrote it."""
    language: str
    """The language that it is written in."""
    licence: str
    """Under which terms it may be used."""
    source: str
    """Where it comes from."""
    sha256: Digest | None = None
    """Of the file's bytes."""


class Recipe(Section):
    """How a model is trained."""

    seed: int = Field(ge=0)
    """Starts all that is random."""
    steps: int = Field(ge=1)
    """Updates of the weights."""
    batch_size: int = Field(ge=1)
    """Windows of the text in a step."""
    learning_rate: float = Field(gt=0)
    """The highest, after the warm-up."""
    min_learning_rate: float = Field(gt=0)
    """The lowest, to which it falls along a cosine at the last step."""
    warmup_steps: int = Field(ge=0)
    """Steps in which the learning rate rises linearly."""
    betas: tuple[float, float] = Field(strict=False)  # YAML has lists only
    """AdamW's."""
    weight_decay: float = Field(ge=0)
    """AdamW's, for matrices."""
    grad_clip: float = Field(gt=0)
    """The largest norm of a gradient."""
    dropout: float = Field(ge=0, lt=1)
    """The share of activations that training drops."""
    held_out: float = Field(gt=0, lt=1)
    """The share of the text, at its end, that training never sees."""
    evaluate_every: int = Field(ge=1)
    """Steps between two measurements of the losses."""
    autocast: Literal["bfloat16", "none"] = "none"
    """The type that training computes in where it can."""


class File(Section):
    """A file of the model's folder."""

    file: str
    sha256: Digest


class TrainedCorpus(Section):
    """The text as training found it; lengths in characters."""

    sha256: Digest
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
    """A model's card, `models/<name>/model.yaml`."""

    title: str
    """What the model is called."""
    summary: str
    """What it is, in a sentence."""
    licence: str
    """Under which terms it may be used."""
    architecture: Architecture
    """Its sizes."""
    corpus: Corpus | None = None
    """The text that it is trained on."""
    recipe: Recipe | None = None
    """How it is trained."""
    words: dict[str, list[str]] = Field(default_factory=dict)
    """Groups of tokens whose embedding rows pages may show."""
    trained: Trained | None = None
    """What training left; `glasspage train` writes it."""

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
