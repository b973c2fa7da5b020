"""Third question of `verify`: does the data say what the checkpoint says?

Everything is computed again by the NumPy reference, in float64, and rounded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.check.findings import Findings
from generator.check.tokens import (
    joins_of,
    pieces_of,
    spelt,
    text_of,
    texts_of,
    tokens_of,
    unused_of,
    written,
)
from generator.data.analyses import analysed_names, of_generations, of_models, of_prompts
from generator.data.folder import DataFolder
from generator.data.names import (
    CANDIDATES,
    RUN,
    Name,
    forward_names,
    model_names,
    sampling_names,
)
from generator.data.text import readable
from generator.data.yaml_text import load
from generator.errors import DataError, MissingDataError, ModelError
from generator.project.card import Card, Trained
from generator.project.facts import Facts
from generator.project.measurements import NAME as MEASUREMENTS
from generator.project.measurements import Recorded
from generator.project.source import Source
from generator.reference import forward as reference
from generator.reference import tokenizer as tokenizers
from generator.reference.analyses import OF_GENERATION, OF_MODEL, OF_PROMPT, Subject
from generator.reference.forward import Values
from generator.reference.sampling import Sample, cumulate, generate
from generator.reference.tokenizer import Tokenizer

# Beyond one unit in the last place, two correct computations may differ by this much: a value that
# is the small difference of large ones has no more digits than they have.
FLOOR = 1e-12
# What a softmax gives has all its digits however small it is, and needs no such allowance.
_SHARES = (".pattern", ".probs", ".probs_all", "logit_lens.final")
# Bounds are sums of probabilities as stored: two that round another way move a bound by a unit.
BOUND = 2.0**-24
_EXACT = {"sampling.draw"}
_MEASURED = "measured."  # how the names of what was timed begin

Array = NDArray[Any]


def check_prompt(
    data: DataFolder,
    folder: Path,
    encodings: Mapping[str, Tokenizer],
    findings: Findings,
    recorded: Recorded | None = None,
) -> None:
    """Every value of a prompt's trace against the reference over the model in `folder`; its text's
    tokens under the `encodings` of tiktoken's against these; what was timed of it, and is
    `recorded`, against that record."""
    card, trained = _card(folder)
    _check_head(data, "trace", trained, folder, findings)
    weights = reference.load(folder / trained.weights.file)
    tokenizer = tokenizers.load(folder / trained.tokenizer.file)
    count = len(weights["embed.weight"])
    tokens = _check_tokens(data, tokenizer, count, findings)
    if tokens is None:
        return
    architecture = card.architecture
    values: dict[str, Array] = dict(reference.forward(weights, architecture, tokens))
    config = data.head["prompt"]
    bits = config.get("quantize", [])
    analyses = of_prompts(card.dropout, bits)
    subject = Subject(weights, architecture, tokens, values, card.dropout, bits)
    for analysis in analyses:
        values |= OF_PROMPT[analysis.name](subject, analysis.size)
    sampling = config["sampling"]
    penalty = sampling.get("repetition_penalty")

    def stopped(new: list[int]) -> bool:
        written = b"".join(tokenizer.raw.get(token, b"") for token in new)
        return any(end.encode() in written for end in config.get("stop", []))

    observers = [OF_GENERATION[a.name](weights, architecture, a.size) for a in of_generations()]

    def see(read: Sequence[int], computed: Values) -> None:
        for observer in observers:
            observer.see(read, computed)

    samples = generate(
        weights,
        architecture,
        tokens,
        temperature=sampling["temperature"],
        top_k=sampling.get("top_k"),
        top_p=sampling.get("top_p"),
        seed=sampling["seed"],
        new_tokens=config["new_tokens"],
        penalty=penalty,
        stop=stopped,
        see=see,
    )
    for observer in observers:
        values |= observer.results()
    values |= _first(samples[0])
    names = {
        **forward_names(architecture),
        **sampling_names(penalized=penalty is not None),
        **analysed_names([*analyses, *of_generations()]),
    }
    for name, expected in values.items():
        compare(data, names[name], expected, findings)
    _check_bounds(data, findings)
    encoded = {f"encodings.{name}": encoding for name, encoding in encodings.items()}
    for name, encoding in encoded.items():
        found = tokens_of(encoding, config["text"], max(encoding.raw) + 1)
        _same(data, name, data.read(name), found, findings)
    timed = {name for name in data.entries if name.startswith(_MEASURED)}  # compared as a whole
    _check_names(data, {*names, *encoded, *timed, "tokens", "generation"}, findings)
    _check_generation(data, tokens, samples, tokenizer, findings)
    if _check_record(data, recorded, findings) and recorded is not None:
        _check_measured(data, recorded, trained, samples)


def check_model(data: DataFolder, folder: Path, findings: Findings) -> None:
    """A model's data against its files. What training recorded is counted apart."""
    card, trained = _card(folder)
    _check_head(data, "model", trained, folder, findings)
    weights = reference.load(folder / trained.weights.file)
    tables = {"embedding": weights["embed.weight"]}
    if trained.untrained is not None:
        tables["untrained"] = reference.load(folder / trained.untrained.file)["embed.weight"]
    tokenizer = tokenizers.load(folder / trained.tokenizer.file)
    count = len(weights["embed.weight"])
    vocabulary = {
        "vocabulary": texts_of(tokenizer, count),
        "pieces": pieces_of(tokenizer, count),
        "unused": unused_of(tokenizer, count),
    }
    named = [(group, text) for group, texts in card.words.items() for text in texts]
    ids = [
        index
        for _, text in named
        for index in tokenizer.encode(text)
        if index not in tokenizer.special
    ]
    words = [
        {"group": group, "text": text, "id": token}
        for (group, text), token in zip(named, ids, strict=True)
    ]
    rows = np.array(ids, dtype=np.int64)
    values: dict[str, Array] = {}
    for table, entries in tables.items():
        values |= {
            f"{table}.rows": entries[rows],
            f"{table}.norms": np.linalg.norm(entries, axis=1),
            f"{table}.mean": np.asarray(entries.mean()),
            f"{table}.std": np.asarray(entries.std()),
            f"{table}.min": np.asarray(entries.min()),
            f"{table}.max": np.asarray(entries.max()),
        }
    analyses = of_models(len(words))
    for analysis in analyses:
        values |= OF_MODEL[analysis.name](tables["embedding"], ids, analysis.size)
    names = {**model_names(), **analysed_names(analyses)}
    for name, expected in values.items():
        compare(data, names[name], expected, findings)

    columns = _history(folder, trained)
    for name, column in columns.items():
        compare(data, names[name], column, findings, kind="recorded")
    others = {"config", "parameters", "weights", "words", *vocabulary}
    _check_names(data, {*values, *columns, *others}, findings)

    shapes = [
        {"name": name, "shape": list(tensor.shape), "count": tensor.size}
        for name, tensor in _learned(card, weights).items()
    ]
    found = sorted(data.read("parameters"), key=lambda entry: str(entry["name"]))
    _same(data, "parameters", found, sorted(shapes, key=lambda entry: str(entry["name"])), findings)
    stored = reference.sizes(folder / trained.weights.file)
    _same(data, "weights", data.read("weights"), stored, findings)
    for name, expected_list in vocabulary.items():
        _same(data, name, data.read(name), expected_list, findings)
    _same(data, "words", data.read("words"), words, findings)
    _same(data, "config", data.read("config"), _config(card, weights), findings)
    _same(data, "card", data.head["card"], card.published(), findings, "recorded")


def check_facts(data: DataFolder, facts: Facts, findings: Findings) -> None:
    """The published facts against those that the author wrote."""
    expected = facts.published()
    if data.head["kind"] != "facts":  # which is no number that is cited
        findings.wrong(data.index_file, f"its kind is {_short(data.head['kind'])}, and not 'facts'")
    _check_names(data, set(expected), findings)
    for name, number in expected.items():
        _same(data, name, data.read(name), number, findings, "cited")


def _card(folder: Path) -> tuple[Card, Trained]:
    card = Source.read(folder / "model.yaml").parse(Card)
    if card.trained is None:
        raise ModelError("the model has not been trained", file=folder / "model.yaml")
    for part in card.trained.files:
        part.check(folder)
    return card, card.trained


def _history(folder: Path, trained: Trained) -> dict[str, Array]:
    """What training recorded, by column; nothing of a model that came without it."""
    if trained.history is None:
        return {}
    rows: Any = load((folder / trained.history.file).read_bytes())
    return {f"history.{key}": np.array([row[key] for row in rows]).T for key in rows[0]}


def _check_head(
    data: DataFolder, kind: str, trained: Trained, folder: Path, findings: Findings
) -> None:
    """That the data is of the kind, the name and the checkpoint that it says, whose weights are
    those that the card describes."""
    name = data.name.removeprefix("models/")
    _same(data, "kind", data.head["kind"], kind, findings)
    _same(data, "name", data.head["name"], name, findings)
    checkpoint = {"model": folder.name, "sha256": trained.weights.sha256}
    _same(data, "checkpoint", data.head["checkpoint"], checkpoint, findings)


def _check_names(data: DataFolder, expected: set[str], findings: Findings) -> None:
    """That the data holds these values and no others."""
    for name in sorted(expected ^ data.entries.keys()):
        problem = "is missing" if name in expected else "is no value of it"
        findings.wrong(data.index_file, f"{data.name}:{name} {problem}")
    for surplus in data.surplus():
        findings.wrong(data.path, f"{surplus} is not in the index")


def compare(
    data: DataFolder, name: Name, computed: Array, findings: Findings, *, kind: str = "tensors"
) -> None:
    """One tensor against its recomputation: within one unit in the last place, or FLOOR where it
    is no probability."""
    findings.count(kind)
    entry = data.entries.get(name.pattern)
    where = data.index_file if entry is None else data.path / entry["file"]
    try:
        found = data.read(name.pattern)
    except MissingDataError as error:
        findings.missing(error)
        return
    except DataError as error:
        findings.wrong(where, str(error))
        return
    expected = name.rounded(np.asarray(computed))
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        is_, should = (f"{array.dtype} {list(array.shape)}" for array in (found, expected))
        findings.wrong(where, f"{name.pattern} is {is_}, recomputed {should}")
        return
    if name.pattern in _EXACT:
        wrong = found != expected
    else:
        floor = 0.0 if name.pattern.endswith(_SHARES) else FLOOR
        wrong = ~close(found, expected, BOUND if name.double else floor)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        address = f"{data.name}:{name.pattern}" + "".join(f"[{i}]" for i in at)
        differ = f"{int(wrong.sum())} of {wrong.size} differ"
        findings.wrong(where, f"{address} is {found[at]}, recomputed {expected[at]} ({differ})")


def close(found: Array, expected: Array, floor: float = FLOOR) -> Array:
    """Which elements are equal, or differ by one unit in the last place, or by `floor`."""
    if found.dtype.kind != "f":
        same: Array = found == expected
        return same
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.astype(np.float64) - expected.astype(np.float64))
        unit = np.spacing(np.maximum(np.abs(found), np.abs(expected))).astype(np.float64)
    near: Array = (found == expected) | (apart <= np.maximum(unit, floor))
    return near


def _check_tokens(
    data: DataFolder, tokenizer: Tokenizer, count: int, findings: Findings
) -> list[int] | None:
    """The prompt's ids, if its tokens spell its text and are those that the tokenizer gives."""
    tokens = data.read("tokens")
    ids = [token["id"] for token in tokens]
    if not all(index in tokenizer.raw and index < count for index in ids):
        findings.wrong(_file(data, "tokens"), f"{data.name}:tokens has ids that no token has")
        return None
    text = data.head["prompt"]["text"]
    spelt = b"".join(bytes(token["bytes"]) for token in tokens)
    read = tokenizer.normalized(text).encode("utf-8", "surrogatepass")
    _same(data, "prompt.text", read, spelt, findings)
    _same(data, "tokens", tokens, tokens_of(tokenizer, text, count), findings)
    return ids


def _first(sample: Sample) -> dict[str, Array]:
    """The choice of the first new token, by the names of its values."""
    penalized = {} if sample.penalized is None else {"sampling.penalized": sample.penalized}
    return penalized | {
        "sampling.scaled": sample.scaled,
        "sampling.probs_all": sample.probs_all,
        "sampling.kept": sample.kept,
        "sampling.probs": sample.probs,
        "sampling.cumulative": sample.cumulative,
        "sampling.entropy": np.asarray(sample.entropy),
        "sampling.draw": np.asarray(sample.draw),
        "sampling.interval": np.asarray(sample.interval),
        "sampling.rank": np.asarray(sample.rank),
        "sampling.choice": np.asarray(sample.choice),
    }


def _check_bounds(data: DataFolder, findings: Findings) -> None:
    """That the bounds are those of the stored probabilities, to the last digit."""
    try:
        probs, cumulative = data.read("sampling.probs"), data.read("sampling.cumulative")
        rank, interval = int(data.read("sampling.rank")), data.read("sampling.interval")
    except DataError:
        return  # told where it was compared
    bounds = cumulate(probs)
    _same(data, "sampling.cumulative", cumulative.tolist(), bounds.tolist(), findings)
    own = np.concatenate([[0.0], bounds])[rank : rank + 2]
    _same(data, "sampling.interval", interval.tolist(), own.tolist(), findings)


def _check_generation(
    data: DataFolder,
    tokens: list[int],
    samples: list[Sample],
    tokenizer: Tokenizer,
    findings: Findings,
) -> None:
    """Chosen tokens, ranks, texts and draws exactly; probabilities as `close` compares them."""
    generation = data.read("generation")
    text = spelt(tokenizer, tokens)
    new = [tokenizer.raw.get(sample.choice, b"") for sample in samples]
    joined = joins_of([text, *new])[1:]
    _same(data, "generation.steps", len(generation["steps"]), len(samples), findings)
    for n, (step, sample) in enumerate(zip(generation["steps"], samples, strict=False)):

        def here(index: int, before: bytes = text) -> str:
            raw = tokenizer.raw.get(index, b"")
            return written(before, raw, text_of(tokenizer, index))

        text += new[n]
        where = f"generation.steps[{n}]"
        exact = {
            "choice": sample.choice,
            "rank": sample.rank,
            "draw": sample.draw,
            "text": here(sample.choice),
            "bytes": list(new[n]),
            "joins": joined[n],
            "so_far": readable(text),
        }
        _same(data, where, {key: step[key] for key in exact}, exact, findings)
        compared = {*exact, "candidates", "prob", "entropy", "interval"}
        _same(data, f"{where} (its keys)", sorted(step), sorted(compared), findings)
        candidates = [{"id": int(i), "text": here(int(i))} for i in sample.kept[:CANDIDATES]]
        found = [{k: v for k, v in c.items() if k != "prob"} for c in step["candidates"]]
        _same(data, f"{where}.candidates", found, candidates, findings)
        probs = [c["prob"] for c in step["candidates"]] + [step["prob"]]
        again = [*sample.probs[:CANDIDATES], sample.probs[sample.rank]]
        if len(probs) != len(again) or not _near(probs, again, floor=0.0):
            findings.wrong(_file(data, "generation"), f"{where} has other probabilities")
        if not _near(step["entropy"], sample.entropy):
            findings.wrong(_file(data, "generation"), f"{where} has another entropy")
        if not close(np.asarray(step["interval"]), np.asarray(sample.interval), BOUND).all():
            findings.wrong(_file(data, "generation"), f"{where} has another interval")
    _same(data, "generation.text", generation["text"], readable(text), findings)
    chosen = [sample.choice for sample in samples]
    seen: set[tuple[int, ...]] = set()
    repeated = 0
    for run in zip(*(chosen[n:] for n in range(RUN)), strict=False):
        repeated += run in seen
        seen.add(run)
    counts = {
        "distinct": len(dict.fromkeys(chosen)),
        "runs": max(0, len(chosen) - RUN + 1),
        "repeated": repeated,
    }
    told = {key: generation[key] for key in dict(generation) if key not in ("text", "steps")}
    _same(data, "generation", told, counts, findings)


def _near(found: object, expected: object, floor: float = FLOOR) -> bool:
    """Whether numbers, which were written as float32, are those that were computed."""
    one, other = (np.asarray(numbers, dtype=np.float32) for numbers in (found, expected))
    return bool(close(one, other, floor).all())


def _check_record(data: DataFolder, recorded: Recorded | None, findings: Findings) -> bool:
    """Whether the published times are the committed ones; how long it took cannot be checked."""
    found = {name: _plain(data.read(name)) for name in data.entries if name.startswith(_MEASURED)}
    expected = {} if recorded is None else recorded.measurement.published()
    if expected or found:
        findings.count("measured", len(expected))
    if found == expected:
        return True
    if not found:
        told = "it has been measured since this was built"
    elif recorded is None:
        told = f"what was measured of it is not in content/{MEASUREMENTS} any more"
    else:
        name = next(n for n in [*expected, *found] if found.get(n) != expected.get(n))
        name, was, now = _where(name, found.get(name), expected.get(name))
        told = (
            f"{name} is {_short(was)}, and content/{MEASUREMENTS} says {_short(now)}: it has been "
            "measured again since this was built"
        )
    file = _file(data, "measured.first")
    findings.wrong(file, f"{data.name}: {told}; run `glasspage build`")
    return False


def _plain(content: object) -> object:
    return content.tolist() if isinstance(content, np.ndarray) else content


def _check_measured(
    data: DataFolder, recorded: Recorded, trained: Trained, samples: list[Sample]
) -> None:
    """What was timed against what this model writes."""
    steps = data.read("generation")["steps"]
    written = [(s.choice, step["text"]) for s, step in zip(samples, steps, strict=False)]
    recorded.check(
        data.head["prompt"]["text"], str(data.head["checkpoint"]["model"]), trained.weights.sha256
    )
    recorded.check_tokens(written)


def _config(card: Card, weights: Mapping[str, Array]) -> dict[str, object]:
    """The sizes that the weights have, and the rest as the card says it."""
    shape = card.architecture
    d_vocab, d_model = weights["embed.weight"].shape
    together = weights["blocks.0.attn.qkv.weight"].shape[0]
    return shape.published() | {
        "n_layers": reference.count_layers(weights),
        "d_model": d_model,
        "d_head": together // (shape.n_heads + 2 * shape.n_key_value_heads),
        "d_mlp": weights["blocks.0.mlp.fc.weight"].shape[0],
        "d_vocab": d_vocab,
        "parameters": sum(tensor.size for tensor in _learned(card, weights).values()),
    }


def _learned(card: Card, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The weights that training changes."""
    return {n: tensor for n, tensor in weights.items() if n not in card.architecture.fixed}


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
        file = _file(data, name)
        name, found, expected = _where(name, found, expected)
        shown, again = _short(found), _short(expected)
        findings.wrong(file, f"{data.name}:{name} is {shown}, recomputed {again}")


def _where(name: str, found: object, expected: object) -> tuple[str, object, object]:
    """Of two that differ, what to show: of lists, the first entries that do."""
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        at = next(n for n, (one, other) in pairs if one != other)
        return f"{name}[{at}]", found[at], expected[at]
    return name, found, expected


def _file(data: DataFolder, name: str) -> Path:
    """The file of a value: of `generation.steps[0]`, that of `generation`."""
    known = (data.entries.get(part) for part in (name, name.split(".")[0], name.split(" ")[0]))
    entry = next(filter(None, known), None)
    return data.index_file if entry is None else data.path / str(entry["file"])


def _short(thing: object) -> str:
    text = repr(thing)
    return text if len(text) <= 100 else text[:99] + "…"
