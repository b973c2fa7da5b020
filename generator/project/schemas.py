"""What authors may write in each kind of file, as JSON Schema for their editors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from generator.project.article import Front, FrontMatter
from generator.project.card import Card
from generator.project.facts import Facts
from generator.project.measurements import Measurements
from generator.project.prompt import Prompt
from generator.project.section import Section
from generator.project.site import Site
from generator.project.terms import Terms
from generator.project.theme import ThemeConfig

SCHEMAS: dict[str, type[Section]] = {
    "site": Site,
    "prompt": Prompt,
    "article": FrontMatter,
    "facts": Facts,
    "terms": Terms,
    "measurements": Measurements,
    "model": Card,
    "theme": ThemeConfig,
}


def json_schema(name: str) -> str:
    """One of SCHEMAS as JSON Schema (draft 2020-12). Raises KeyError."""
    schema = SCHEMAS[name].model_json_schema()
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | schema, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True)
class Key:
    """A key that an author may write, those of its parts behind a dot. A key without a default, as
    YAML, must be there; if it is part of something that need not be, where `within` is given."""

    name: str
    meaning: str
    default: str | None
    within: str | None


def keys_of(name: str) -> list[Key]:
    """Every key of one of SCHEMAS, in its order. Raises KeyError."""
    return list(_keys(SCHEMAS[name], "", None))


def _keys(section: type[Section], prefix: str, within: str | None) -> Iterator[Key]:
    for name, field in section.model_fields.items():
        key = prefix + (field.alias or name)
        shown = _default(field)
        meaning = " ".join((field.description or "").split())
        inner, each = _part(field.annotation)
        if inner is Front:  # whose keys are listed as those of an article
            inner = None
        if inner is None or each or inner.SHORT:
            yield Key(key, meaning, None if field.is_required() else shown, within)
        if inner is not None:
            part = f"{key}.<name>" if each else key
            needed = field.is_required() and not each
            yield from _keys(inner, f"{part}.", within if needed else part)


def _default(field: FieldInfo) -> str:
    """The default of a key that need not be there, as YAML."""
    if field.is_required():
        return ""
    if field.default_factory_takes_validated_data:
        return "by the others"
    default = field.get_default(call_default_factory=True)
    return "none" if default in (None, [], {}) else json.dumps(default, default=lambda _: "")


def _part(annotation: Any) -> tuple[type[Section] | None, bool]:
    """The section that a key holds, if it holds any, and whether it holds one a name."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    arguments = get_args(annotation)
    found = [argument for argument in arguments if _part(argument)[0] is not None]
    return (_part(found[0])[0], get_origin(annotation) is dict) if found else (None, False)
