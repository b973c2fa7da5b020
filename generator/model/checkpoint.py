"""A model's folder read into a model that can be called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor

from generator.errors import ModelError
from generator.model.gpt import GPT, GPTConfig
from generator.model.tokenizer import CharacterTokenizer, Tokenizer
from generator.model.tokenizer_file import load_tokenizer
from generator.project.card import Card, File, Trained
from generator.project.source import Source


@dataclass(frozen=True)
class Checkpoint:
    """A trained model, ready to be traced: float64 weights, in evaluation mode.

    `untrained` is the token embedding table before training, [d_vocab, d_model]; a model that was
    imported has none.
    """

    name: str
    card: Card
    trained: Trained
    gpt: GPT
    tokenizer: Tokenizer
    untrained: Tensor | None

    @property
    def dropout(self) -> float:
        """The share that its training dropped; 0 where nothing was, or nobody knows."""
        return self.card.dropout


def load(name: str, folder: Path, card: Card) -> Checkpoint:
    """Read a model's folder.

    Raises ModelError where a file is missing, damaged, not the one that the card describes, or
    does not fit the card's architecture.
    """
    card_file = folder / "model.yaml"
    trained = card.trained
    if trained is None:
        raise ModelError(
            "the model has not been trained yet: its card has no 'trained' section",
            file=card_file,
            hint=(
                f"run `glasspage train {name} --corpus FILE`."
                if card.recipe is not None
                else "it has no recipe either: import the checkpoint again."
            ),
        )
    sealed = None if trained.source is None else trained.source.architecture
    if sealed not in (None, card.architecture.sha256):
        raise Source.read(card_file).error(
            "the architecture is not the one that was imported, and would compute otherwise",
            ("architecture",),
            key=True,
            hint="put it back, or import the checkpoint again.",
        )
    weights = _tensors(folder, trained.weights)
    untrained = None
    if trained.untrained is not None:
        untrained = _tensors(folder, trained.untrained)["embed.weight"].double()
    tokenizer = load_tokenizer(folder / trained.tokenizer.file)
    trained.tokenizer.check(folder)

    config = GPTConfig(**dict(card.architecture), d_vocab=_d_vocab(tokenizer, weights))
    gpt = GPT(config).double().eval()
    _check_shapes(gpt.state_dict(), weights, folder / trained.weights.file, card_file)
    gpt.load_state_dict(weights)
    return Checkpoint(name, card, trained, gpt, tokenizer, untrained)


def _tensors(folder: Path, part: File) -> dict[str, Tensor]:
    file = folder / part.file
    try:
        tensors = load_file(file) if file.is_file() else {}
    except safetensors.SafetensorError as error:
        raise ModelError(
            f"the weights are damaged or cut short: {error}",
            file=file,
            hint="restore the file, or train or import the model again.",
        ) from None
    part.check(folder)
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{name} holds values that are not finite", file=file)
    return tensors


def _d_vocab(tokenizer: Tokenizer, weights: dict[str, Tensor]) -> int:
    """How many rows the embedding should have. Beside byte-level BPE it may have another number: it
    is often padded, or cut to the ids that the training text had."""
    if isinstance(tokenizer, CharacterTokenizer) or "embed.weight" not in weights:
        return len(tokenizer)
    return len(weights["embed.weight"])


def _check_shapes(
    expected: dict[str, Tensor], found: dict[str, Tensor], file: Path, card_file: Path
) -> None:
    hint = f"do the architecture in {card_file} and the weights belong together?"
    if missing := sorted(expected.keys() - found.keys()):
        raise ModelError(f"the weights lack {', '.join(missing)}", file=file, hint=hint)
    if surplus := sorted(found.keys() - expected.keys()):
        raise ModelError(
            f"the weights hold {', '.join(surplus)}, which the architecture has no place for",
            file=file,
            hint=hint,
        )
    for name, tensor in expected.items():
        if tensor.shape != found[name].shape:
            raise ModelError(
                f"{name} has shape {list(found[name].shape)}, expected {list(tensor.shape)}",
                file=file,
                hint=hint,
            )
