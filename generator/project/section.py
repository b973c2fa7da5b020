"""What every schema of an author's YAML has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


def expected(what: str) -> WrapValidator:
    """Of a text with a pattern: errors say that `what` is expected, and not the pattern."""

    def told(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        try:
            return check(value)
        except ValidationError:
            if isinstance(value, str):
                raise ValueError(f"expected {what}") from None
            raise

    return WrapValidator(told)


HttpsUrl = Annotated[
    str, Field(pattern=r"^https://"), expected("an address that begins with https://")
]


class Section(BaseModel):
    """A mapping whose keys are all known and whose values do not change.

    It is strict, or `yes` would be taken for the number 1. The text below a key describes it, in
    the published schema and in the documentation.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
