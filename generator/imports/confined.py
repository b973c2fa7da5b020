"""The process that reads a file that nobody vouches for.

`python -m generator.imports.confined WHAT FILE FOLDER MEMORY SECONDS` reads a checkpoint, a
vocabulary or a folder of Hugging Face's, and leaves in FOLDER what it found, as `contents.json`,
`tensors.safetensors` and `tokenizer.json`: the process that started it never touches a pickle.
Memory and time are limited; where they do not suffice, this process ends, and nothing else does.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from pathlib import Path
from typing import Any

from generator.errors import ModelError
from generator.imports.archive import checked_pickle, is_archive
from generator.imports.pickles import check_globals, check_legacy, plain
from generator.imports.refusal import ANOTHER_SOURCE, MAKE_IT_AGAIN, RefusedError

CONTENTS, TENSORS, TOKENIZER = "contents.json", "tensors.safetensors", "tokenizer.json"
CHECKPOINT, VOCABULARY, FOLDER = "checkpoint", "vocabulary", "folder"

_STATES = ("model", "model_state_dict")  # where nanoGPT and the book keep their weights
_SETTINGS = ("model_args", "h_params", "config")  # and what else we ask for
_MOST_SETTINGS = 10_000
_LARGEST_VOCABULARY = 64 * 2**20  # bytes
_MOST_TIMES_SHARED = 2  # how often the weights may be used again: a tied head is


def unlimit_memory() -> None:
    """Take the limit of memory back, for what this process needs of its own."""
    _, highest = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (highest, highest))


def limit(memory: int, seconds: int) -> None:
    """From now on, this process may take so many bytes and seconds more."""
    sizes = Path("/proc/self/statm")
    if sizes.is_file():  # elsewhere no system heeds this limit
        taken = int(sizes.read_text().split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, taken + memory)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime) + seconds)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, to: int) -> None:
    """Set a limit, unless there is a lower one already."""
    _, highest = resource.getrlimit(kind)
    if highest == resource.RLIM_INFINITY or to < highest:
        resource.setrlimit(kind, (to, highest))


def read_vocabulary(file: Path) -> dict[str, Any]:
    """nanoGPT's `meta.pkl`, as pairs: JSON has no numbers for keys."""
    if file.stat().st_size > _LARGEST_VOCABULARY:
        raise RefusedError(f"the vocabulary has {file.stat().st_size:,} bytes")
    made = plain(file.read_bytes())
    found = {}
    for key, value in made.items():
        if type(key) is str:
            found[key] = list(value.items()) if type(value) is dict else value
    return found


def read_folder(place: Path, folder: Path) -> dict[str, Any]:
    """A folder of Hugging Face's: weights and tokenizer go to files, the rest is returned.

    Raises ModelError where it is refused.
    """
    from safetensors.torch import save_file

    from generator.imports import huggingface

    converted = huggingface.convert(place)
    save_file(converted.tensors, folder / TENSORS)
    (folder / TOKENIZER).write_bytes(converted.tokenizer)
    return {
        "format": converted.format,
        "architecture": converted.architecture.model_dump(mode="json"),
        "files": [file.name for file in converted.files],
        "notes": converted.notes,
    }


def check_checkpoint(file: Path) -> None:
    """Raise RefusedError where it is known without loading it that a checkpoint is not sound."""
    if is_archive(file):
        check_globals(checked_pickle(file))
    else:
        with file.open("rb") as stream:
            check_legacy(stream)


def read_checkpoint(file: Path, folder: Path) -> dict[str, Any]:
    """A checkpoint that was checked: its weights go to a file, its settings are returned."""
    import torch

    mapped = is_archive(file) or None  # the old format cannot be
    try:
        loaded = torch.load(file, map_location="cpu", weights_only=True, mmap=mapped)
    except MemoryError:
        raise
    except Exception as error:  # torch raises many kinds
        if "allocate" in str(error) or "mmap" in str(error):
            raise MemoryError from None
        raise RefusedError(f"torch cannot read it: {_first_line(error)}") from None
    if not isinstance(loaded, dict):
        raise RefusedError(f"the checkpoint is a {type(loaded).__name__}, expected is a mapping")
    keys = [key for key in loaded if isinstance(key, str)]
    state = next((loaded[key] for key in _STATES if isinstance(loaded.get(key), dict)), None)
    budget = [_MOST_SETTINGS]
    settings = {key: _plain(loaded[key], budget) for key in _SETTINGS if key in loaded}
    if state is not None:
        _write(state, folder, file.stat().st_size)
    return {"keys": keys[:100], "settings": settings}


def _write(state: dict[Any, Any], folder: Path, size: int) -> None:
    """Write the tensors as safetensors, each once it is known to be one of this file's size."""
    import torch
    from safetensors.torch import save_file

    total = 0
    kept: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for name, tensor in state.items():
        if type(name) is not str:
            raise RefusedError(f"a tensor's name is {_short(repr(name))}, expected is a text")
        if not isinstance(tensor, torch.Tensor):
            raise RefusedError(f"{name} is a {type(tensor).__name__}, expected is a tensor")
        if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_complex():
            raise RefusedError(f"{name} is of a kind that is not supported: {tensor.dtype}")
        total += tensor.numel() * tensor.element_size()
        if total > _MOST_TIMES_SHARED * size:
            raise RefusedError(
                f"{name} has shape {list(tensor.shape)}, which is more than the file of {size:,} "
                "bytes can hold",
                ANOTHER_SOURCE,
            )
        # safetensors does not share: a tied head is written twice.
        pointer = tensor.untyped_storage().data_ptr()
        tensor = tensor.detach().contiguous()
        kept[name] = tensor.clone() if pointer in seen else tensor
        seen.add(pointer)
    save_file(kept, folder / TENSORS)


def _plain(value: Any, budget: list[int]) -> Any:
    """A setting as JSON has it; what is neither a number, a text nor made of them by its type."""
    budget[0] -= 1
    if budget[0] < 0:
        raise RefusedError(
            f"the checkpoint has more than {_MOST_SETTINGS:,} settings", ANOTHER_SOURCE
        )
    if type(value) is int and abs(value) >= 2**63:
        raise RefusedError("the checkpoint has a setting of more than 63 bits", ANOTHER_SOURCE)
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(each, budget) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, budget) for each in value]
    return {"of type": type(value).__name__}


def _first_line(error: Exception) -> str:
    told = str(error).strip().split("\n")[0]
    return _short(told if " " in told else f"{type(error).__name__} {told}".rstrip())


def _short(text: str) -> str:
    return text if len(text) <= 300 else text[:299] + "…"


def main(what: str, file: Path, folder: Path, memory: int, seconds: int) -> None:
    try:
        if what == VOCABULARY:
            limit(memory, seconds)
            found = read_vocabulary(file)
        elif what == FOLDER:
            import generator.imports.huggingface  # noqa: F401  (with torch, which takes its own)

            limit(memory, seconds)
            found = read_folder(file, folder)
        else:
            limit(memory, seconds)
            check_checkpoint(file)
            unlimit_memory()
            import torch  # noqa: F401  (it takes seconds and memory of its own)

            limit(memory, seconds)
            found = read_checkpoint(file, folder)
    except ModelError as error:
        found = {"refused": error.message, "hint": error.hint, "file": str(error.file or file)}
    except RefusedError as refused:
        found = {"refused": refused.message, "hint": refused.hint}
    except MemoryError:
        found = {"refused": "it takes more memory than its size allows", "hint": ANOTHER_SOURCE}
    except RecursionError:
        found = {"refused": "it is nested too deeply", "hint": ANOTHER_SOURCE}
    except Exception as error:  # a file can be wrong in ways that nobody has listed
        found = {"refused": f"it cannot be read: {_first_line(error)}", "hint": MAKE_IT_AGAIN}
    (folder / CONTENTS).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
