"""Hugging Face's folders: `config.json`, safetensors, `tokenizer.json`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from generator.errors import ModelError
from generator.imports import gpt2, llama
from generator.imports.converted import Converted
from generator.imports.detection import CONFIG, SETTINGS, TOKENIZER
from generator.imports.json_file import read_json
from generator.imports.options import Options
from generator.imports.shards import read_weights
from generator.imports.tensors import Tensors
from generator.model.bpe import HuggingFaceTokenizer

_COMPOSING = ("Qwen2Tokenizer", "Qwen2TokenizerFast")
_LARGEST_CONFIG = 4 * 2**20
_LARGEST_TOKENIZER = 128 * 2**20

# Options that change no logit: where files come from, how training began, how text is sampled.
_HARMLESS = (
    *("_name_or_path", "_attn_implementation_autoset", "architectures", "dtype", "model_type"),
    *("torch_dtype", "transformers_version", "use_cache", "initializer_range"),
    *("bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id"),
    *("output_attentions", "output_hidden_states", "return_dict", "return_dict_in_generate"),
    *("output_scores", "gradient_checkpointing", "tokenizer_class", "task_specific_params"),
    *("id2label", "label2id", "num_labels", "_num_labels", "problem_type", "prefix"),
    *("finetuning_task", "bad_words_ids", "begin_suppress_tokens", "diversity_penalty"),
    *("do_sample", "early_stopping", "encoder_no_repeat_ngram_size"),
    *("exponential_decay_length_penalty",),
    *("forced_bos_token_id", "forced_eos_token_id", "length_penalty", "max_length"),
    *("min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams"),
    *("num_return_sequences", "remove_invalid_values", "repetition_penalty"),
    *("suppress_tokens", "temperature", "tf_legacy_loss", "top_k", "top_p", "typical_p"),
    *("torchscript", "use_bfloat16", "chunk_size_feed_forward", "is_decoder"),
)


def convert(folder: Path) -> Converted:
    """Raises ModelError where the folder is not one that we can trace as transformers runs it."""
    config = folder / CONFIG
    content = read_json(config, _LARGEST_CONFIG)
    options = Options(content, config, CONFIG)
    options.harmless(_HARMLESS)
    options.fixed("is_encoder_decoder", False)
    options.fixed("tie_encoder_decoder", False)
    options.fixed("pruned_heads", {})
    kind = content.get("model_type")
    known = {"gpt2": (gpt2.ARCHITECTURES, gpt2.convert)} | {
        name: (family.architectures, partial(llama.convert, family=family))
        for name, family in llama.FAMILIES.items()
    }
    if not isinstance(kind, str) or kind not in known:
        raise ModelError(
            f"model_type is {kind!r}, and supported are {', '.join(known)}",
            file=config,
            hint="other models compute otherwise than these.",
        )
    architectures, of_kind = known[kind]
    named = content.get("architectures")
    if named is not None and (
        not isinstance(named, list) or not named or not set(map(str, named)) <= set(architectures)
    ):
        raise ModelError(
            f"architectures is {named!r}, and supported of {kind} is {architectures[0]}",
            file=config,
            hint="import the language model that it was made from.",
        )
    tokenizer, n_tokens = _tokenizer(folder / TOKENIZER)
    weights, files = read_weights(folder)
    given = Tensors(weights, files[0])
    shape, tensors, notes = of_kind(options, given)
    called = f"Hugging Face {kind}"
    notes = notes + _of_tokens(n_tokens, len(tensors["embed.weight"]))
    files = [config, *files, folder / TOKENIZER]
    if (folder / SETTINGS).is_file():
        files.append(folder / SETTINGS)
    return Converted(called, shape, tensors, tokenizer, files, notes)


def _of_tokens(n_tokens: int, d_vocab: int) -> list[str]:
    """What the card says where the tokenizer and the embedding are of different sizes."""
    if n_tokens < d_vocab:
        return [
            f"{d_vocab - n_tokens} of the {d_vocab} rows of the embedding are padding: no token "
            "has their ids."
        ]
    if n_tokens > d_vocab:
        return [
            f"the tokenizer has ids up to {n_tokens - 1}, and the embedding rows for those below "
            f"{d_vocab}: a prompt with a later one cannot be read."
        ]
    return []


def _tokenizer(file: Path) -> tuple[bytes, int]:
    """The tokenizer's file as it is, once it is known to be one, and its highest id plus one."""
    content = read_json(file, _LARGEST_TOKENIZER)
    if not isinstance(content.get("model"), dict) or not isinstance(
        content.get("added_tokens", []), list
    ):
        raise ModelError(
            "this is no tokenizer of Hugging Face's: expected are 'model' and 'added_tokens'",
            file=file,
        )
    tokenizer = HuggingFaceTokenizer.of_content(content, file)
    _check_settings(file.with_name(SETTINGS), tokenizer)
    return file.read_bytes(), len(tokenizer)


def _check_settings(file: Path, tokenizer: HuggingFaceTokenizer) -> None:
    """Raise ModelError where transformers would make other ids of a text than `tokenizer` does,
    because of what the file beside it says."""
    if not file.is_file():
        return
    settings = read_json(file, _LARGEST_CONFIG)
    named = settings.get("tokenizer_class")
    if named in _COMPOSING and tokenizer.normalized("e\N{COMBINING ACUTE ACCENT}") != "é":
        raise ModelError(
            f"tokenizer_class is {json.dumps(named)}, which composes characters (NFC) in "
            f"transformers 5, and {TOKENIZER} does not",
            file=file,
            hint="save the tokenizer anew with transformers, so that both say the same.",
        )
    around = tokenizer.encode("")
    found = {
        "add_prefix_space": False,
        "add_bos_token": bool(around) and around[0] in tokenizer.special,
        "add_eos_token": len(around) > 1,
    }
    for key, ours in found.items():
        asked = settings.get(key)
        if asked not in (None, ours):
            raise ModelError(
                f"{key} is {json.dumps(asked)}, and {TOKENIZER} does otherwise",
                file=file,
                hint="save the tokenizer anew with transformers, so that both say the same.",
            )
