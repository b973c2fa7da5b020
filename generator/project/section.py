"""What every schema of an author's YAML has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping whose keys are all known and whose values do not change.

    It is strict, or `yes` would be taken for the number 1. The text below a key describes it, in
    the published schema and in the documentation.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
