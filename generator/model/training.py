"""Training a GPT from the recipe in its card.

What step N does depends only on the recipe and on N (each step seeds its own draws), so a training
that was interrupted goes on exactly as it would have.
"""

from __future__ import annotations

import hashlib
import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from generator.errors import ConfigError, ModelError
from generator.files import sha256_of, write
from generator.model.gpt import GPT, GPTConfig
from generator.model.tokenizer import CharacterTokenizer, UnknownCharacterError
from generator.project.card import Baseline, Card, File, Metrics, Recipe, Trained, TrainedCorpus
from generator.project.source import Source, read_text
from generator.reporter import Reporter

MARKER = "# Written by `glasspage train`; what stands below is replaced by the next training."

TRAINING_SAMPLE = 64  # windows of the training text on which its loss is estimated


@dataclass(frozen=True)
class Split:
    """The token ids of a corpus, cut in two. Windows are [n, n_ctx]."""

    training: Tensor
    held_out: Tensor
    n_ctx: int

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Random windows of the training text and the same shifted by one: [size, n_ctx] each."""
        starts = torch.randint(
            len(self.training) - self.n_ctx, (size,), generator=generator
        ).tolist()
        windows = torch.stack([self.training[s : s + self.n_ctx + 1] for s in starts])
        return windows[:, :-1], windows[:, 1:]

    def held_out_windows(self) -> Tensor:
        """The held-out text in windows [n, n_ctx + 1] that share only their seams."""
        return self.held_out.unfold(0, self.n_ctx + 1, self.n_ctx)

    def training_windows(self) -> Tensor:
        """Evenly spaced windows [n, n_ctx + 1] of the training text."""
        windows = self.training.unfold(0, self.n_ctx + 1, self.n_ctx)
        return windows[:: max(1, len(windows) // TRAINING_SAMPLE)]


@torch.no_grad()
def mean_loss(model: GPT, windows: Tensor, batch_size: int) -> float:
    """Mean cross-entropy, in nats a token, of predicting each window's every next token."""
    model.eval()
    total = 0.0
    device = model.embed.weight.device
    for chunk in torch.split(windows, batch_size):
        chunk = chunk.to(device)
        logits = model(chunk[:, :-1])
        targets = chunk[:, 1:].reshape(-1)
        total += F.cross_entropy(logits.flatten(0, 1).float(), targets, reduction="sum").item()
    return total / (len(windows) * (windows.shape[1] - 1))


def learning_rate(recipe: Recipe, step: int) -> float:
    """Linear warm-up, then a cosine down to the minimum (Loshchilov and Hutter 2017, "SGDR")."""
    if step < recipe.warmup_steps:
        return recipe.learning_rate * (step + 1) / recipe.warmup_steps
    progress = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    span = recipe.learning_rate - recipe.min_learning_rate
    return recipe.min_learning_rate + span * 0.5 * (1 + math.cos(math.pi * progress))


@torch.no_grad()
def embedding_statistics(table: Tensor, groups: list[list[int]]) -> dict[str, float | list[float]]:
    """Spread of an embedding table [d_vocab, d_model], and how alike its named rows are.

    `cosine_within` is the mean cosine over pairs of one group, `cosine_between` over pairs of
    different groups; each is there only if there is such a pair. `cosines` are those of each two
    named rows, (0, 1), (0, 2), … (1, 2), …, to four decimals.
    """
    statistics: dict[str, float | list[float]] = {
        "std": table.std(correction=0).item(),
        "min": table.min().item(),
        "max": table.max().item(),
        "norm": table.norm(dim=1).mean().item(),
    }
    rows = [index for group in groups for index in group]
    group_of = torch.tensor([g for g, group in enumerate(groups) for _ in group])
    unit = F.normalize(table[rows], dim=1)
    cosines = unit @ unit.T
    upper = torch.ones_like(cosines, dtype=torch.bool).triu(diagonal=1)
    same = group_of[:, None] == group_of[None, :]
    for name, pairs in (("cosine_within", upper & same), ("cosine_between", upper & ~same)):
        if pairs.any():
            statistics[name] = cosines[pairs].mean().item()
    if upper.any():
        statistics["cosines"] = [round(cosine, 4) for cosine in cosines[upper].double().tolist()]
    return statistics


class Trainer:
    """One training of the model in `folder` on the text in `corpus`.

    Raises ConfigError where the card lacks what training needs, or the text is not the one that
    the card names.
    """

    def __init__(self, folder: Path, corpus: Path, reporter: Reporter) -> None:
        self.folder = folder
        self.reporter = reporter
        self.source = Source.read(folder / "model.yaml")
        self.card = self.source.parse(Card)
        if self.card.trained is not None and self.card.trained.source is not None:
            raise self.source.error(
                "the model was imported, and training would replace its weights",
                ("trained",),
                key=True,
                hint="train one of another name: `glasspage new model NAME` writes its card.",
            )
        if self.card.recipe is None or self.card.corpus is None:
            raise self.source.error("training needs the keys 'corpus' and 'recipe'", ())
        self.recipe = self.card.recipe

        text = read_text(corpus)
        self.corpus_sha256 = sha256_of(corpus)
        expected = self.card.corpus.sha256
        if expected not in (None, self.corpus_sha256):
            line, _ = self.source.place(("corpus", "sha256"))
            raise ConfigError(
                f"this is not the text that the card names: its sha256 is {self.corpus_sha256}",
                file=corpus,
                hint=f"{self.source.file}:{line} expects {expected}.",
            )

        self.tokenizer = CharacterTokenizer.of_text(text)
        self.groups = self._word_ids()
        ids = torch.tensor(self.tokenizer.encode(text))
        cut = round(len(ids) * (1 - self.recipe.held_out))
        n_ctx = self.card.architecture.n_ctx
        self.split = Split(ids[:cut], ids[cut:], n_ctx)
        if min(len(self.split.training), len(self.split.held_out)) <= n_ctx:
            raise ConfigError(
                f"the text of {len(ids)} characters is too short: its training and its held-out "
                f"part must each be longer than n_ctx = {n_ctx}",
                file=corpus,
            )

        self.baseline = self._baseline()
        self.config = GPTConfig(
            **dict(self.card.architecture),
            d_vocab=len(self.tokenizer),
            dropout=self.recipe.dropout,
        )
        self.model = GPT(self.config)
        self.model.initialize(torch.Generator().manual_seed(self.recipe.seed))
        self.untrained = self.model.embed.weight.detach().clone()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device)
        self.optimizer = self._optimizer()
        self.step = 0
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, Tensor] = {}
        self.best_step = -1
        self.best_loss = math.inf

    def _baseline(self) -> Baseline | None:
        """What is known of the model that this one is measured against."""
        name = self.card.baseline
        if name is None:
            return None
        card = self.folder.parent / name / "model.yaml"
        trained = Source.read(card).parse(Card).trained if card.is_file() else None
        if trained is None or trained.corpus is None or trained.metrics is None:
            raise self.source.error(
                f"there is no model {name!r} that was trained here",
                ("baseline",),
                hint="train it first, or take this line out.",
            )
        held_out = (self.corpus_sha256, len(self.split.held_out))
        if held_out != (trained.corpus.sha256, trained.corpus.held_out):
            raise self.source.error(
                f"{name} was measured on another text, or on another part of it",
                ("baseline",),
                hint=f"name a model of the same text, with `held_out: {self.recipe.held_out}`.",
            )
        return Baseline(
            model=name,
            parameters=trained.parameters,
            held_out_loss=trained.metrics.held_out_loss,
        )

    def _word_ids(self) -> list[list[int]]:
        groups = []
        for name, words in self.card.words.items():
            try:
                groups.append([self.tokenizer.encode(word)[0] for word in words])
            except UnknownCharacterError as error:
                raise self.source.error(error.message, ("words", name)) from None
        return groups

    def _optimizer(self) -> torch.optim.AdamW:
        matrices = [p for p in self.model.parameters() if p.dim() >= 2]
        vectors = [p for p in self.model.parameters() if p.dim() < 2]  # norms, biases: no decay
        return torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": self.recipe.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=self.recipe.learning_rate,
            betas=self.recipe.betas,
            fused=True,
        )

    def run(self) -> None:
        """Train to the end of the recipe, resuming if there is something to resume from."""
        resumed = self._resume()
        count = sum(p.numel() for p in self.model.parameters())
        self.reporter.info(
            f"{'resuming' if resumed else 'training'} {self.folder.name} at step {self.step} of "
            f"{self.recipe.steps}: {count:,} parameters, {len(self.tokenizer):,} characters in the "
            f"vocabulary, {len(self.split.training):,} to train on, "
            f"{len(self.split.held_out):,} held out"
        )
        per_step = self.recipe.batch_size * self.config.n_ctx
        with self.reporter.progress(
            self.folder.name, self.recipe.steps, start=self.step
        ) as advance:
            note = ""
            while True:
                if self.step % self.recipe.evaluate_every == 0 or self.step == self.recipe.steps:
                    note = self._evaluate()
                    self._save_state()
                if self.step == self.recipe.steps:
                    break
                began = time.perf_counter()
                loss = self._train_step()
                self.step += 1
                rate = per_step / (time.perf_counter() - began)
                advance(self.step, f"loss {loss:.3f} · {note} · {rate:,.0f} tok/s")
        self._finish()

    def _autocast(self) -> AbstractContextManager[Any]:
        enabled = self.recipe.autocast == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    def _train_step(self) -> float:
        seed = self.recipe.seed * 1_000_003 + self.step
        torch.manual_seed(seed)  # dropout
        inputs, targets = self.split.batch(
            self.recipe.batch_size, torch.Generator().manual_seed(seed)
        )
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.recipe, self.step)
        self.model.train()
        with self._autocast():
            logits = self.model(inputs.to(self.device))
            loss = F.cross_entropy(
                logits.flatten(0, 1).float(), targets.reshape(-1).to(self.device)
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.grad_clip)
        self.optimizer.step()
        if not math.isfinite(loss.item()):
            raise ModelError(
                f"the loss is {loss.item()} at step {self.step}",
                file=self.source.file,
                hint="lower recipe.learning_rate and train with --fresh.",
            )
        return loss.item()

    def _evaluate(self) -> str:
        """Append to the history; keep the weights if they are the best so far."""
        if any(row["step"] == self.step for row in self.history):
            return f"held out {self.history[-1]['held_out_loss']:.3f}"  # resumed right here
        with self._autocast():
            held_out = mean_loss(self.model, self.split.held_out_windows(), self.recipe.batch_size)
            training = mean_loss(self.model, self.split.training_windows(), self.recipe.batch_size)
        self.history.append(
            {
                "step": self.step,
                "training_loss": training,
                "held_out_loss": held_out,
                **embedding_statistics(self.model.embed.weight.detach().cpu(), self.groups),
            }
        )
        if held_out < self.best_loss:
            self.best_loss, self.best_step = held_out, self.step
            self.best = {k: v.detach().cpu().clone() for k, v in self.model.state_dict().items()}
        self.reporter.info(
            f"step {self.step:>5}  training {training:.4f}  held out {held_out:.4f}"
            f"  best {self.best_loss:.4f} at {self.best_step}"
        )
        return f"held out {held_out:.3f}"

    # Resuming

    @property
    def _state_file(self) -> Path:
        return self.folder / "training.pt"

    def _fingerprint(self) -> str:
        """Of all that decides what a step does."""
        parts = (self.card.architecture, self.recipe, self.card.words, self.corpus_sha256)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _save_state(self) -> None:
        state = {
            "fingerprint": self._fingerprint(),
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "history": self.history,
            "best": self.best,
            "best_step": self.best_step,
            "best_loss": self.best_loss,
        }
        scratch = self._state_file.with_suffix(".tmp")
        torch.save(state, scratch)
        scratch.replace(self._state_file)

    def _resume(self) -> bool:
        if not self._state_file.exists():
            return False
        hint = "train with --fresh to start over."
        try:
            state = torch.load(self._state_file, map_location="cpu", weights_only=True)
        except Exception as error:
            raise ModelError(
                f"the interrupted training cannot be read: {error}",
                file=self._state_file,
                hint=hint,
            ) from None
        if state["fingerprint"] != self._fingerprint():
            raise ModelError(
                "the interrupted training had another recipe or text",
                file=self._state_file,
                hint=hint,
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.history = state["step"], state["history"]
        self.best, self.best_step = state["best"], state["best_step"]
        self.best_loss = state["best_loss"]
        return True

    # What stays

    def _finish(self) -> None:
        """Write the best state as float16, and the card's account of it."""
        weights = {name: tensor.to(torch.float16) for name, tensor in self.best.items()}
        self.model.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        size = self.recipe.batch_size
        metrics = Metrics(
            best_step=self.best_step,
            held_out_loss=mean_loss(self.model, self.split.held_out_windows(), size),
            training_loss=mean_loss(self.model, self.split.training_windows(), size),
            baseline=self.baseline,
        )
        untrained = {"embed.weight": self.untrained.to(torch.float16)}
        write(self.folder / "model.safetensors", save(weights))
        write(self.folder / "untrained.safetensors", save(untrained))
        write(self.folder / "tokenizer.json", self.tokenizer.to_json())
        write(
            self.folder / "history.yaml",
            yaml.safe_dump(self.history, sort_keys=False, default_flow_style=None),
        )
        trained = Trained(
            weights=File.of(self.folder / "model.safetensors"),
            tokenizer=File.of(self.folder / "tokenizer.json"),
            untrained=File.of(self.folder / "untrained.safetensors"),
            history=File.of(self.folder / "history.yaml"),
            parameters=sum(p.numel() for p in self.model.parameters()),
            corpus=TrainedCorpus(
                sha256=self.corpus_sha256,
                characters=len(self.split.training) + len(self.split.held_out),
                distinct=len(self.tokenizer),
                training=len(self.split.training),
                held_out=len(self.split.held_out),
            ),
            metrics=metrics,
        )
        own = read_text(self.source.file).split(MARKER)[0].rstrip()
        account = yaml.safe_dump(
            {"trained": trained.model_dump(exclude_none=True)}, sort_keys=False
        )
        write(self.source.file, f"{own}\n\n{MARKER}\n{account}")
        self._state_file.unlink(missing_ok=True)
        self.reporter.info(
            f"kept step {self.best_step}: held out {metrics.held_out_loss:.4f} nats a token, "
            f"training {metrics.training_loss:.4f}"
        )

    def forget(self) -> None:
        """Drop what an interrupted training left."""
        self._state_file.unlink(missing_ok=True)
