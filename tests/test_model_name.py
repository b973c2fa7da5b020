"""The names of models, taken apart by the habits of those who give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.page.model_name import parts_of

# Names under which models are published, with what each piece of them tells.
NAMES = {
    "Qwen2.5-7B-Instruct-AWQ": "Qwen family, 2.5 version, 7B size, Instruct training, AWQ format",
    "Qwen2.5-Coder-32B-Instruct-GPTQ-Int4": (
        "Qwen family, 2.5 version, Coder subject, 32B size, Instruct training, GPTQ format, "
        "Int4 precision"
    ),
    "Qwen2.5-7B-Instruct-1M": ("Qwen family, 2.5 version, 7B size, Instruct training, 1M context"),
    "Qwen1.5-MoE-A2.7B-Chat": (
        "Qwen family, 1.5 version, MoE experts, A2.7B active, Chat training"
    ),
    "Qwen2-VL-7B-Instruct": "Qwen family, 2 version, VL subject, 7B size, Instruct training",
    "Qwen3-30B-A3B-Instruct-2507-FP8": (
        "Qwen family, 3 version, 30B size, A3B active, Instruct training, 2507 date, FP8 precision"
    ),
    "Qwen3-235B-A22B-Thinking-2507": (
        "Qwen family, 3 version, 235B size, A22B active, Thinking training, 2507 date"
    ),
    "meta-llama/Llama-3.1-70B-Instruct": (
        "meta owner, llama owner, Llama family, 3.1 version, 70B size, Instruct training"
    ),
    "Meta-Llama-3.1-8B-Instruct": (
        "Meta family, Llama family, 3.1 version, 8B size, Instruct training"
    ),
    "Llama-2-7b-chat-hf": "Llama family, 2 version, 7b size, chat training, hf format",
    "Llama-2-7B-Chat-GGUF": "Llama family, 2 version, 7B size, Chat training, GGUF format",
    "Llama-3.2-11B-Vision-Instruct": (
        "Llama family, 3.2 version, 11B size, Vision subject, Instruct training"
    ),
    "Llama-4-Scout-17B-16E-Instruct": (
        "Llama family, 4 version, Scout unknown, 17B size, 16E experts, Instruct training"
    ),
    "llama3.1:8b-instruct-q4_K_M": (
        "llama family, 3.1 version, 8b size, instruct training, q4_K_M precision"
    ),
    "CodeLlama-13B-Instruct-AWQ": "CodeLlama family, 13B size, Instruct training, AWQ format",
    "TinyLlama-1.1B-Chat-v1.0": "TinyLlama family, 1.1B size, Chat training, v1.0 version",
    "Mixtral-8x7B-Instruct-v0.1": ("Mixtral family, 8x7B experts, Instruct training, v0.1 version"),
    "Mistral-7B-Instruct-v0.3": "Mistral family, 7B size, Instruct training, v0.3 version",
    "Mistral-Nemo-Instruct-2407": ("Mistral family, Nemo family, Instruct training, 2407 date"),
    "Nous-Hermes-2-Mistral-7B-DPO": (
        "Nous family, Hermes family, 2 version, Mistral origin, 7B size, DPO training"
    ),
    "DeepSeek-R1-Distill-Qwen-7B": (
        "DeepSeek family, R1 version, Distill training, Qwen origin, 7B size"
    ),
    "DeepSeek-V3-0324": "DeepSeek family, V3 version, 0324 date",
    "DeepSeek-V2-Lite-Chat": "DeepSeek family, V2 version, Lite size, Chat training",
    "gemma-2-9b-it": "gemma family, 2 version, 9b size, it training",
    "Phi-3-mini-4k-instruct": ("Phi family, 3 version, mini size, 4k context, instruct training"),
    "Phi-3.5-MoE-instruct": "Phi family, 3.5 version, MoE experts, instruct training",
    "gpt2": "gpt family, 2 version",
    "gpt2-medium": "gpt family, 2 version, medium size",
    "gpt-oss-120b": "gpt family, oss family, 120b size",
    "SmolLM2-135M-Instruct": "SmolLM family, 2 version, 135M size, Instruct training",
    "Yi-34B-Chat-4bits": "Yi family, 34B size, Chat training, 4bits precision",
    "Kimi-K2-Instruct-0905": "Kimi family, K2 version, Instruct training, 0905 date",
    "ChatGLM3-6B-32K": "ChatGLM family, 3 version, 6B size, 32K context",
    "glm-4-9b-chat-1m": "glm family, 4 version, 9b size, chat training, 1m context",
    "OLMo-2-1124-7B-Instruct": ("OLMo family, 2 version, 1124 date, 7B size, Instruct training"),
    "internlm2-chat-7b": "internlm family, 2 version, chat training, 7b size",
    "stablelm-2-1_6b": "stablelm family, 2 version, 1_6b size",
    "pythia-1.4b-deduped": "pythia family, 1.4b size, deduped unknown",
    "bloom-560m": "bloom family, 560m size",
    "falcon-40b-instruct": "falcon family, 40b size, instruct training",
    "microsoft/phi-1_5": "microsoft owner, phi family, 1_5 version",
    "Phi-3-mini-4k-instruct-fp16.gguf": (
        "Phi family, 3 version, mini size, 4k context, instruct training, fp16 precision, "
        "gguf format"
    ),
    "llama-2-7b-chat.Q4_K_M.gguf": (
        "llama family, 2 version, 7b size, chat training, Q4_K_M precision, gguf format"
    ),
    "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf": (
        "Meta family, Llama family, 3.1 version, 8B size, Instruct training, Q4_K_M precision, "
        "gguf format"
    ),
    "mistral-7b-instruct-v0.2.Q5_K_S.gguf": (
        "mistral family, 7b size, instruct training, v0.2 version, Q5_K_S precision, gguf format"
    ),
    "qwen2.5-7b-instruct-q8_0.gguf": (
        "qwen family, 2.5 version, 7b size, instruct training, q8_0 precision, gguf format"
    ),
    "gemma-2-9b-it-IQ2_M.gguf": (
        "gemma family, 2 version, 9b size, it training, IQ2_M precision, gguf format"
    ),
    "Llama-3.2-1B-Instruct-f16.gguf": (
        "Llama family, 3.2 version, 1B size, Instruct training, f16 precision, gguf format"
    ),
    "ggml-org/gpt-oss-20b-GGUF": (
        "ggml owner, org owner, gpt family, oss family, 20b size, GGUF format"
    ),
    "gpt-oss-20b": "gpt family, oss family, 20b size",
    "Qwen3-8B": "Qwen family, 3 version, 8B size",
    "Qwen2.5-Math-1.5B": "Qwen family, 2.5 version, Math subject, 1.5B size",
    "DeepSeek-R1-0528": "DeepSeek family, R1 version, 0528 date",
    "DeepSeek-R1-0528-Qwen3-8B": ("DeepSeek family, R1 version, 0528 date, Qwen3 origin, 8B size"),
    "chatglm3-6b-32k": "chatglm family, 3 version, 6b size, 32k context",
    "internlm2_5-7b-chat-1m": ("internlm family, 2_5 version, 7b size, chat training, 1m context"),
    "MiniCPM-V-2_6": "MiniCPM family, V family, 2_6 version",
    "MiniMax-M2": "MiniMax family, M2 version",
    "bloomz-7b1": "bloomz family, 7b1 size",
    "gemma-3n-E4B-it": "gemma family, 3n unknown, E4B unknown, it training",
    "mlx-community/Qwen3-8B-4bit": (
        "mlx owner, community owner, Qwen family, 3 version, 8B size, 4bit precision"
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_each_piece_of_a_real_name_is_told(name: str) -> None:
    assert ", ".join(f"{part.text} {part.role}" for part in parts_of(name)) == NAMES[name]


@given(st.text() | st.text("aQ4_.-/:kM gguf10"))
def test_the_pieces_of_any_text_are_the_text_again(text: str) -> None:
    assert "".join(part.before + part.text for part in parts_of(text)) == text


@given(st.sampled_from(sorted(NAMES)), st.from_regex(r"[b-df-hj-np-tv-z]{9,12}", fullmatch=True))
def test_a_piece_that_means_nothing_is_unknown_and_changes_no_other(name: str, odd: str) -> None:
    before, after = parts_of(name), parts_of(f"{name}-{odd}")
    assert after[:-1] == before
    assert after[-1].role == "unknown" or {part.role for part in before} <= {"family", "owner"}
