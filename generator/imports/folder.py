"""A model's folder, as an import writes it."""

from __future__ import annotations

from pathlib import Path

import yaml
from safetensors.torch import save_file

from generator.errors import ConfigError, ModelError
from generator.files import write
from generator.imports.converted import Converted
from generator.project.card import Card, File, Imported, Trained
from generator.project.source import Source, read_text

WEIGHTS, TOKENIZER, CARD = "model.safetensors", "tokenizer.json", "model.yaml"
MARKER = "# Written by `glasspage import`; what stands below is replaced by the next import."


def check_place(folder: Path) -> None:
    """Raise ConfigError where a folder holds a model that was not imported."""
    card = folder / CARD
    if card.is_file() and MARKER not in read_text(card):
        raise ConfigError(
            "there is a model of this name that was not imported",
            file=card,
            hint="choose another name with --name.",
        )


def write_folder(folder: Path, converted: Converted) -> Card:
    """Write weights, tokenizer and card. What an author wrote into the card stays.

    Raises ConfigError or ModelError where the folder is that of another model.
    """
    check_place(folder)
    _check_kind(folder, converted.format)
    read = [File.of(file) for file in converted.files]
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f".{WEIGHTS}.tmp"
    save_file(converted.tensors, scratch)
    scratch.chmod(0o644)  # safetensors lets nobody else read it
    scratch.replace(folder / WEIGHTS)
    write(folder / TOKENIZER, converted.tokenizer)

    architecture = converted.architecture
    learned = {n: each for n, each in converted.tensors.items() if n not in architecture.fixed}
    trained = Trained(
        weights=File.of(folder / WEIGHTS),
        tokenizer=File.of(folder / TOKENIZER),
        parameters=sum(tensor.numel() for tensor in learned.values()),
        source=Imported(
            format=converted.format,
            files=read,
            architecture=architecture.sha256,
            notes=converted.notes,
        ),
    )
    account = {
        "architecture": architecture.published(),
        "trained": trained.model_dump(exclude_none=True),
    }
    told = yaml.safe_dump(account, sort_keys=False, allow_unicode=True, width=100)
    own = _own(folder, converted)
    write(folder / CARD, f"{own}\n\n{MARKER}\n{told}")
    return Source.read(folder / CARD).parse(Card)


def _check_kind(folder: Path, called: str) -> None:
    """Raise ModelError where the author's part of a card is about another kind of checkpoint."""
    card = folder / CARD
    trained = Source.read(card).parse(Card).trained if card.is_file() else None
    if trained is not None and trained.source is not None and trained.source.format != called:
        raise ModelError(
            f"{folder.name} was imported from another kind of checkpoint, {trained.source.format}, "
            f"and this is {called}",
            file=card,
            hint="give this one another name, or remove the folder.",
        )


def _own(folder: Path, converted: Converted) -> str:
    """The author's part of the card, or one to begin with."""
    card = folder / CARD
    if card.is_file():
        return read_text(card).split(MARKER)[0].rstrip()
    first = {
        "title": folder.name,
        "summary": f"An imported model ({converted.format}).",
        "licence": "not stated",
    }
    return yaml.safe_dump(first, sort_keys=False, allow_unicode=True).rstrip()
