"""Whether torch is there; only running a model needs it."""

from __future__ import annotations

import importlib.util

from generator.errors import GlasspageError


def need_torch(otherwise: str = "") -> None:
    """Raise GlasspageError where torch is not installed; `otherwise` says how to do without."""
    if importlib.util.find_spec("torch") is None:
        raise GlasspageError(
            "running a model needs torch, which is not installed",
            hint=f"install it beside glasspage{otherwise}.",
        )
