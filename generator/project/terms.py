"""Names that hold digits and are no numbers: `content/terms.yaml`."""

from __future__ import annotations

from pydantic import Field

from generator.project.section import Section


class Terms(Section):
    """Names that hold digits and are no numbers, `content/terms.yaml`."""

    terms: list[str] = Field(default_factory=list)
    """All such names, as they stand in the text."""
