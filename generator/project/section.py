"""What every schema of an author's YAML has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError


def expected(what: str, hint: str | None = None) -> WrapValidator:
    """Of a text with a pattern: errors say that `what` is expected, and not the pattern; `hint` is
    what to write instead."""

    def checked(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        try:
            return check(value)
        except ValidationError:
            if isinstance(value, str):
                told = {"what": what, "hint": hint}
                raise PydanticCustomError("pattern", "expected {what}", told) from None
            raise

    return WrapValidator(checked)


Words = Annotated[str, Field(pattern=r"\S"), expected("some text")]
HttpsUrl = Annotated[
    str, Field(pattern=r"^https://"), expected("an address that begins with https://")
]


class Section(BaseModel):
    """A mapping whose keys are all known and whose values do not change.

    It is strict, or `yes` would be taken for the number 1. The text below a key describes it, in
    the published schema, in the documentation and where it is missing.
    """

    NEEDLESS: ClassVar[Mapping[str, str]] = {}
    """Keys that authors know from elsewhere and that are not theirs to write, with the reason."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
