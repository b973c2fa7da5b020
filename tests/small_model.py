"""A small model of random weights in a folder of a project, beside a tokenizer of any kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tokenizers
import torch
from safetensors.torch import save_file
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from generator.data.yaml_text import dump
from generator.files import sha256_of, write
from generator.model.gpt import GPT, GPTConfig
from generator.project.card import Architecture

SIZES = {"n_layers": 2, "n_heads": 2, "d_model": 16, "n_ctx": 64}
LINES = ["悟空道：“师父，你且坐下。”", "八戒道：“哥啊，我也去。”", "山高水远，且歇一歇。"]


def byte_level(bos: str | None = "<|bos|>", normalizer: Any = None) -> tokenizers.Tokenizer:
    """Byte-level BPE trained on a few lines, a BOS put before a text as Llama 3 does it."""
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    if normalizer is not None:
        made.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=290,
        special_tokens=[bos or "<|endoftext|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(LINES, trainer)
    if bos is not None:
        template = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, 0)])
        made.post_processor = processors.Sequence([processors.ByteLevel(), template])
    return made


def qwen() -> tokenizers.Tokenizer:
    """The same with NFC, and without a BOS."""
    return byte_level(None, normalizers.NFC())


def write_model(folder: Path, tokenizer: str, d_vocab: int) -> None:
    """A model of SIZES and random weights, with the text of a tokenizer's file."""
    shape = Architecture.model_validate(SIZES)
    gpt = GPT(GPTConfig(**dict(shape), d_vocab=d_vocab))
    generator = torch.Generator().manual_seed(1)
    for parameter in gpt.parameters():
        torch.nn.init.normal_(parameter, std=0.5, generator=generator)
    weights = {name: tensor.detach().clone() for name, tensor in gpt.state_dict().items()}
    folder.mkdir(parents=True)
    save_file(weights, folder / "model.safetensors")
    save_file({"embed.weight": weights["embed.weight"] / 10}, folder / "untrained.safetensors")
    write(folder / "tokenizer.json", tokenizer)
    row = {"step": 0, "training_loss": 5.5, "held_out_loss": 5.5, "std": 0.5}
    write(folder / "history.yaml", dump([row, {**row, "step": 10}]))
    files = {
        "weights": "model.safetensors",
        "tokenizer": "tokenizer.json",
        "untrained": "untrained.safetensors",
        "history": "history.yaml",
    }
    card = {
        "title": "a small model",
        "summary": "Random weights.",
        "licence": "MIT",
        "architecture": dict(SIZES),
        "corpus": {
            "title": "几行字",
            "author": "无名氏",
            "language": "zh",
            "licence": "MIT",
            "source": "here",
        },
        "trained": {
            **{
                key: {"file": file, "sha256": sha256_of(folder / file)}
                for key, file in files.items()
            },
            "parameters": sum(p.numel() for p in gpt.parameters()),
            "corpus": {
                "sha256": "0" * 64,
                "characters": 40,
                "distinct": 25,
                "training": 36,
                "held_out": 4,
            },
            "metrics": {"best_step": 10, "held_out_loss": 5.5, "training_loss": 5.5},
        },
    }
    write(folder / "model.yaml", dump(card))
