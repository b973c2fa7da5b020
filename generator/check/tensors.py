"""Third question of `verify`: does the data say what the checkpoint says?

Everything is computed again by the NumPy reference, in float64, and rounded once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.check.findings import Findings
from generator.data.analyses import of_models, of_prompts
from generator.data.folder import DataFolder
from generator.data.yaml_text import load
from generator.errors import DataError
from generator.project.card import Card
from generator.project.source import Source
from generator.reference import forward as reference
from generator.reference.analyses import OF_MODEL, OF_PROMPT
from generator.reference.sampling import Sample, generate

# Beyond one unit in the last place, two correct computations may differ by this much: a value that
# is the small difference of large ones has no more digits than they have.
FLOOR = 1e-12

Array = NDArray[Any]


def check_prompt(data: DataFolder, folder: Path, findings: Findings) -> None:
    """Every value of a prompt's trace against the reference over the model in `folder`."""
    card = Source.read(folder / "model.yaml").parse(Card)
    assert card.trained is not None
    weights = reference.load(folder / card.trained.weights.file)
    tokens = _check_tokens(data, folder / card.trained.tokenizer.file, findings)
    if tokens is None:
        return
    n_heads, n_ctx = card.architecture.n_heads, card.architecture.n_ctx
    values = reference.forward(weights, n_heads, tokens)
    for analysis in of_prompts():
        values |= OF_PROMPT[analysis.name](weights, values, analysis.size)
    for name, expected in values.items():
        compare(data, name, expected, findings)
    config = data.head["prompt"]
    sampling = config["sampling"]
    top_p = sampling.get("top_p")
    samples = generate(
        weights,
        n_heads,
        n_ctx,
        tokens,
        temperature=sampling["temperature"],
        top_k=sampling.get("top_k"),
        top_p=None if top_p == 1 else top_p,
        seed=sampling["seed"],
        new_tokens=config["new_tokens"],
    )
    _check_first(data, samples[0], findings)
    _check_generation(data, samples, folder / card.trained.tokenizer.file, findings)


def check_model(data: DataFolder, folder: Path, findings: Findings) -> None:
    """A model's data against its files. What training recorded is counted apart."""
    card = Source.read(folder / "model.yaml").parse(Card)
    trained = card.trained
    assert trained is not None
    weights = reference.load(folder / trained.weights.file)
    tables = {
        "embedding": weights["embed.weight"],
        "untrained": reference.load(folder / trained.untrained.file)["embed.weight"],
    }
    rows = np.array([word["id"] for word in data.read("words")], dtype=np.int64)
    for name, table in tables.items():
        statistics: dict[str, Array] = {
            "rows": table[rows],
            "norms": np.linalg.norm(table, axis=1),
            "mean": np.asarray(table.mean()),
            "std": np.asarray(table.std()),
            "min": np.asarray(table.min()),
            "max": np.asarray(table.max()),
        }
        for statistic, expected in statistics.items():
            compare(data, f"{name}.{statistic}", expected, findings)
    for analysis in of_models(len(rows)):
        results = OF_MODEL[analysis.name](tables["embedding"], rows.tolist(), analysis.size)
        for name, expected in results.items():
            compare(data, name, expected, findings)

    shapes = [
        {"name": name, "shape": list(tensor.shape), "count": tensor.size}
        for name, tensor in weights.items()
    ]
    found = sorted(data.read("parameters"), key=lambda entry: str(entry["name"]))
    _same(data, "parameters", found, sorted(shapes, key=lambda entry: str(entry["name"])), findings)
    vocabulary = _texts(folder / trained.tokenizer.file)
    _same(data, "vocabulary", data.read("vocabulary"), vocabulary, findings)
    for word in data.read("words"):
        _same(data, f"words {word['text']}", vocabulary[word["id"]], word["text"], findings)
    _same(data, "config", data.read("config"), _config(card, weights), findings)

    history: Any = load((folder / trained.history.file).read_bytes())
    for name in data.entries:
        if name.startswith("history."):
            column = np.array([row[name.removeprefix("history.")] for row in history])
            compare(data, name, column, findings, kind="recorded")
    _same(
        data,
        "card.trained",
        data.head["card"]["trained"],
        trained.model_dump(),
        findings,
        "recorded",
    )


def compare(
    data: DataFolder, name: str, expected: Array, findings: Findings, *, kind: str = "tensors"
) -> None:
    """One tensor against its recomputation: within one unit in the last place, or FLOOR."""
    findings.count(kind)
    where = data.path / data.entries[name]["file"] if name in data.entries else data.index_file
    try:
        found = data.read(name)
    except DataError as error:
        findings.wrong(where, str(error))
        return
    expected = np.asarray(expected)
    if found.shape != expected.shape:
        findings.wrong(where, f"{name} has shape {found.shape}, recomputed {expected.shape}")
        return
    again = expected.astype(found.dtype)
    wrong = ~close(found, again)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        address = f"{data.name}:{name}" + "".join(f"[{i}]" for i in at)
        differ = f"{int(wrong.sum())} of {wrong.size} differ"
        findings.wrong(where, f"{address} is {found[at]}, recomputed {again[at]} ({differ})")


def close(found: Array, expected: Array) -> Array:
    """Which elements are equal, or differ by one unit in the last place, or by FLOOR."""
    if found.dtype.kind != "f":
        same: Array = found == expected
        return same
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.astype(np.float64) - expected.astype(np.float64))
        unit = np.spacing(np.maximum(np.abs(found), np.abs(expected))).astype(np.float64)
    near: Array = (found == expected) | (apart <= np.maximum(unit, FLOOR))
    return near


def _check_tokens(data: DataFolder, tokenizer: Path, findings: Findings) -> list[int] | None:
    """The prompt's ids, if its tokens spell its text and are what the tokenizer says they are."""
    texts = _texts(tokenizer)
    tokens = data.read("tokens")
    expected = [
        {
            "text": texts[token["id"]],
            "id": token["id"],
            "bytes": list(texts[token["id"]].encode("utf-8", "surrogatepass")),
            "binary": format(token["id"], "016b"),
        }
        for token in tokens
        if 0 <= token["id"] < len(texts)
    ]
    _same(data, "tokens", tokens, expected, findings)
    spelt = "".join(token["text"] for token in tokens)
    _same(data, "prompt.text", data.head["prompt"]["text"], spelt, findings)
    return [token["id"] for token in expected] if len(expected) == len(tokens) else None


def _check_first(data: DataFolder, sample: Sample, findings: Findings) -> None:
    expected = {
        "scaled": sample.scaled,
        "probs_all": sample.probs_all,
        "kept": sample.kept,
        "probs": sample.probs,
        "cumulative": sample.cumulative,
        "entropy": np.asarray(sample.entropy),
        "draw": np.asarray(sample.draw),
        "interval": np.asarray(sample.interval),
        "rank": np.asarray(sample.rank),
        "choice": np.asarray(sample.choice),
    }
    for name, value in expected.items():
        compare(data, f"sampling.{name}", value, findings)


def _check_generation(
    data: DataFolder, samples: list[Sample], tokenizer: Path, findings: Findings
) -> None:
    """Chosen tokens, ranks, texts and draws exactly; probabilities as `close` compares them."""
    texts = _texts(tokenizer)
    generation = data.read("generation")
    text = data.head["prompt"]["text"]
    _same(data, "generation.steps", len(generation["steps"]), len(samples), findings)
    for n, (step, sample) in enumerate(zip(generation["steps"], samples, strict=False)):
        text += texts[sample.choice]
        where = f"generation.steps[{n}]"
        exact = {
            "choice": sample.choice,
            "rank": sample.rank,
            "draw": sample.draw,
            "text": texts[sample.choice],
            "so_far": text,
        }
        _same(data, where, {key: step[key] for key in exact}, exact, findings)
        shown = len(step["candidates"])
        candidates = [{"id": int(i), "text": texts[int(i)]} for i in sample.kept[:shown]]
        found = [{"id": c["id"], "text": c["text"]} for c in step["candidates"]]
        _same(data, f"{where}.candidates", found, candidates, findings)
        numbers = [c["prob"] for c in step["candidates"]] + [step["prob"], step["entropy"]]
        again = [*sample.probs[:shown], sample.probs[sample.rank], sample.entropy]
        if not close(np.asarray(numbers, np.float32), np.asarray(again, np.float32)).all():
            findings.wrong(_file(data, "generation"), f"{where} has other probabilities")
        if not close(np.asarray(step["interval"]), np.asarray(sample.interval)).all():
            findings.wrong(_file(data, "generation"), f"{where} has another interval")
    _same(data, "generation.text", generation["text"], text, findings)


def _config(card: Card, weights: Mapping[str, Array]) -> dict[str, object]:
    sizes = card.architecture
    d_vocab, d_model = weights["embed.weight"].shape
    return {
        "n_layers": sizes.n_layers,
        "n_heads": sizes.n_heads,
        "d_model": d_model,
        "d_head": d_model // sizes.n_heads,
        "d_mlp": weights["blocks.0.mlp.fc.weight"].shape[0],
        "n_ctx": weights["pos_embed.weight"].shape[0],
        "d_vocab": d_vocab,
        "bias": "ln_final.bias" in weights,
        "ln_eps": reference.LAYER_NORM_EPS,
        "parameters": sum(tensor.size for tensor in weights.values()),
    }


def _same(
    data: DataFolder,
    name: str,
    found: object,
    expected: object,
    findings: Findings,
    kind: str = "tensors",
) -> None:
    findings.count(kind)
    if found != expected:
        shown, again = _short(found), _short(expected)
        findings.wrong(_file(data, name), f"{data.name}:{name} is {shown}, recomputed {again}")


def _file(data: DataFolder, name: str) -> Path:
    entry = data.entries.get(name.split(".")[0].split(" ")[0])
    return data.index_file if entry is None else data.path / str(entry["file"])


def _short(thing: object) -> str:
    text = repr(thing)
    return text if len(text) <= 100 else text[:99] + "…"


def _texts(tokenizer: Path) -> list[str]:
    texts: list[str] = json.loads(tokenizer.read_text(encoding="utf-8"))["tokens"]
    return texts
