"""What every schema of an author's YAML has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError


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

    SHORT: ClassVar[str | None] = None
    """The key whose value a text in place of the mapping is, where there is one."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    @model_validator(mode="before")
    @classmethod
    def _spelt_out(cls, given: Any) -> Any:
        if cls.SHORT is None or isinstance(given, Mapping | cls):
            return given
        if isinstance(given, str):
            return {cls.SHORT: given}
        raise PydanticCustomError("string_type", "")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(schema)
        if cls.SHORT is None:
            return made
        whole = handler.resolve_ref_schema(made)
        return {"description": whole.pop("description"), "anyOf": [{"type": "string"}, whole]}
