"""A model's card: what it is, how it was trained, and what came of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from generator.errors import ModelError
from generator.files import sha256_of
from generator.project.section import Section, Words, expected
from generator.project.site import Language

Digest = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$"), expected("a SHA-256 of 64 characters, 0 to 9 and a to f")
]


Biased = Annotated[
    tuple[Literal["norm", "qkv", "attn", "mlp"], ...],
    Field(strict=False),  # YAML has lists only
]


LONGEST = 2**20  # tokens of a context; what a pass over more costs is too large to be counted


class RotaryScaling(Section):
    """How Llama 3.1 stretches rotary positions; its own names for these are in `rope_scaling`."""

    factor: float = Field(ge=1)
    """How much slower the slow rotations become."""
    low_freq_factor: float = Field(gt=0)
    """What turns less often than this in the context of the training is slowed down."""
    high_freq_factor: float = Field(gt=0)
    """What turns more often than this is left as it was."""
    n_ctx: int = Field(ge=1)
    """The context of the training."""

    @field_validator("high_freq_factor")
    @classmethod
    def _above_the_low(cls, high: float, info: ValidationInfo) -> float:
        low = info.data.get("low_freq_factor", 0.0)
        if high <= low:
            raise ValueError(f"must be above low_freq_factor, which is {low}")
        return high


class Architecture(Section):
    """The shape of a GPT; names follow TransformerLens."""

    n_layers: int = Field(ge=1)
    """Blocks."""
    n_heads: int = Field(ge=1)
    """Attention heads of a block."""
    n_key_value_heads: int = Field(ge=1, default_factory=lambda given: given.get("n_heads", 1))
    """Heads that keys and values have, each shared by as many heads of queries; `n_heads` where it
    is not given."""
    d_model: int = Field(ge=1)
    """Width of the residual stream."""
    d_head: int = Field(
        ge=1, default_factory=lambda given: given.get("d_model", 1) // given.get("n_heads", 1)
    )
    """Width of a head; `d_model / n_heads` where it is not given."""
    d_mlp: int = Field(ge=1, default_factory=lambda given: 4 * given.get("d_model", 1))
    """Width of an MLP's hidden layer; `4 * d_model` where it is not given."""
    n_ctx: int = Field(ge=1, le=LONGEST)
    """The most tokens that it reads at once."""
    slides: bool = True
    """Whether it writes on when the text is longer than that, over the latest tokens."""
    norm: Literal["layer", "rms"] = "layer"
    """LayerNorm or RMSNorm."""
    ln_eps: float = Field(gt=0, default=1e-5)
    """What a norm adds to the variance, or to the mean square."""
    positions: Literal["learned", "sinusoidal", "rotary"] = "learned"
    """How a token's place is told: a table that is added to the embedding, or a rotation."""
    rotary_base: float = Field(gt=0, default=10000.0)
    """The base of the rotations' wavelengths."""
    rotary_scaling: RotaryScaling | None = None
    """How the rotations are stretched."""
    qk_norm: bool = False
    """Whether each head's queries and keys are normed."""
    activation: Literal["gelu", "gelu_tanh", "relu", "silu"] = "gelu"
    """What bends an MLP's hidden layer."""
    gated: bool = False
    """Whether what the activation gives multiplies a second projection."""
    bias: bool | Biased = False
    """What has biases: nothing, everything, or which of the norms, the projections to queries, keys
    and values, the attention's output, the MLP."""
    tied: bool = True
    """Whether the head is the token embedding."""
    head_bias: bool = False
    """Whether a head of its own has a bias."""

    @property
    def fixed(self) -> frozenset[str]:
        """The weights that training does not change: a table of sines."""
        return frozenset({"pos_embed.weight"} if self.positions == "sinusoidal" else ())

    @property
    def sha256(self) -> str:
        """What tells it from another that computes otherwise."""
        written = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()

    def published(self) -> dict[str, object]:
        """What pages can say of it: what does not apply to it is absent."""
        left_out = set()
        if self.positions != "rotary":
            left_out |= {"rotary_base", "rotary_scaling"}
        elif self.rotary_scaling is None:
            left_out.add("rotary_scaling")
        if self.tied:
            left_out.add("head_bias")
        return self.model_dump(mode="json", exclude=left_out)

    @field_validator("n_key_value_heads")
    @classmethod
    def _heads_share_them(cls, shared: int, info: ValidationInfo) -> int:
        n_heads = info.data.get("n_heads", shared)
        if n_heads % shared:
            raise ValueError(f"must divide n_heads, which is {n_heads}")
        return shared

    @model_validator(mode="after")
    def _heads_share_it(self) -> Self:
        if "d_head" not in self.model_fields_set and self.d_model % self.n_heads:
            told = "must be a multiple of n_heads, which is {n_heads}"
            raise PydanticCustomError("heads", told, {"n_heads": self.n_heads, "at": "d_model"})
        return self

    @field_validator("positions")
    @classmethod
    def _pairs_turn(cls, positions: str, info: ValidationInfo) -> str:
        d_head = info.data.get("d_head", 2)
        if positions == "rotary" and d_head % 2:
            raise ValueError(f"rotary turns pairs of dimensions, and d_head is {d_head}")
        return positions

    @field_validator("head_bias")
    @classmethod
    def _of_its_own(cls, head_bias: bool, info: ValidationInfo) -> bool:
        if head_bias and info.data.get("tied", True):
            raise ValueError("expected false, or 'tied: false' beside it: a tied head has no bias")
        return head_bias


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

    @classmethod
    def of(cls, file: Path) -> Self:
        """A file as it is now."""
        return cls(file=file.name, sha256=sha256_of(file))

    def check(self, folder: Path) -> Path:
        """Its path in the model's folder. Raises ModelError where it is missing or another."""
        path, hint = folder / self.file, "restore the file, or train or import the model again."
        if not path.is_file():
            raise ModelError("the card names this file, and it is missing", file=path, hint=hint)
        found = sha256_of(path)
        if found != self.sha256:
            raise ModelError(
                f"this is not the file that the card describes: its sha256 is {found[:12]}…, "
                f"the card says {self.sha256[:12]}…",
                file=path,
                hint=hint,
            )
        return path


class TrainedCorpus(Section):
    """The text as training found it; lengths in characters."""

    sha256: Digest
    characters: int
    distinct: int
    training: int
    held_out: int


class Baseline(Section):
    """How good the model is that this one is measured against, on the same held-out text."""

    model: str
    parameters: int
    held_out_loss: float


class Metrics(Section):
    """How good the kept state is. Losses are nats a token, of the weights as stored."""

    best_step: int
    held_out_loss: float
    training_loss: float
    baseline: Baseline | None = None


class Imported(Section):
    """The checkpoint that a model was converted from."""

    format: str
    """Whose checkpoint it is: nanoGPT's, Hugging Face's, the book's."""
    files: list[File]
    """What was read."""
    architecture: Digest | None = None
    """Of the architecture as it was imported, which nobody should edit."""
    notes: list[str] = Field(default_factory=list)
    """What the conversion found that pages should know."""


class Trained(Section):
    """What training left in the model's folder, or an import: who imports a model has its weights
    and its tokenizer, but not how they came to be."""

    weights: File
    tokenizer: File
    untrained: File | None = None
    history: File | None = None
    parameters: int
    corpus: TrainedCorpus | None = None
    metrics: Metrics | None = None
    source: Imported | None = None

    @property
    def files(self) -> list[File]:
        """All that is in the model's folder beside the card."""
        parts = (self.weights, self.tokenizer, self.untrained, self.history)
        return [part for part in parts if part is not None]


class CardTranslation(Section):
    """What a card's names are in another language than its own."""

    title: Words
    """What the model is called."""
    corpus: Words | None = None
    """What its text is called."""
    author: Words | None = None
    """Who wrote the text."""
    words: dict[str, Words] = Field(default_factory=dict)
    """What the groups of `words` are called, by their names there."""


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
    baseline: str | None = None
    """A smaller model of the same text, trained before: training writes its held-out loss beside
    this one's."""
    words: dict[str, list[str]] = Field(default_factory=dict)
    """Groups of tokens whose embedding rows pages may show."""
    translations: dict[Language, CardTranslation] = Field(default_factory=dict)
    """What articles in other languages call it, its text and its groups of words."""
    start: str | None = Field(default=None, min_length=1)
    """The text that `glasspage demo` lets it continue, where no other is given."""
    trained: Trained | None = None
    """What training left, or an import; `glasspage train` and `glasspage import` write it."""

    @field_validator("words")
    @classmethod
    def _are_once_in_a_group(cls, words: dict[str, list[str]]) -> dict[str, list[str]]:
        for group, texts in words.items():
            if len(set(texts)) < len(texts):  # a cosine to itself would count among its group's
                raise PydanticCustomError("twice", "expected each token once", {"at": group})
        return words

    @field_validator("translations")
    @classmethod
    def _of_its_groups(
        cls, translations: dict[str, CardTranslation], info: ValidationInfo
    ) -> dict[str, CardTranslation]:
        if "words" not in info.data:  # they are wrong themselves, which is told
            return translations
        groups: dict[str, list[str]] = info.data["words"]
        for language, translation in translations.items():
            if not translation.words.keys() <= groups.keys():
                known = ", ".join(groups)
                raise ValueError(
                    f"expected only groups of `words` ({known}) below {language}.words"
                )
        return translations

    @property
    def dropout(self) -> float:
        """The share that training drops; 0 where there is no recipe."""
        return 0.0 if self.recipe is None else self.recipe.dropout

    def published(self) -> dict[str, object]:
        """What pages can say of the model's making."""
        return {
            "title": self.title,
            "summary": self.summary,
            "licence": self.licence,
            "corpus": None if self.corpus is None else self.corpus.model_dump(),
            "recipe": None if self.recipe is None else self.recipe.model_dump(mode="json"),
            "baseline": self.baseline,
            "translations": {
                language: translation.model_dump(exclude_none=True)
                for language, translation in self.translations.items()
            },
            "trained": (
                None if self.trained is None else self.trained.model_dump(exclude_none=True)
            ),
        }
