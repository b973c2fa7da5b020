"""YAML that an author wrote, read into a schema, with the place of everything that is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args

import yaml
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from generator.errors import ConfigError, GlasspageError, combined, did_you_mean
from generator.project.section import Section
from generator.project.yaml_mistakes import Mistake, Refused, mistake, wide_colon

Schema = TypeVar("Schema", bound=Section)
_LONGEST = 60  # characters of an author's text that a message repeats
_DAYS = (
    "date_type",
    "date_parsing",
    "date_from_datetime_inexact",
    "date_from_datetime_parsing",
)
# What was expected, by pydantic's name for what is wrong; it knows the limits.
_EXPECTED = {
    **dict.fromkeys(("string_type", "string_unicode"), "a text"),
    "string_too_short": "some text",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    "finite_number": "a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(_DAYS, "a day"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of {max_length}",
    **dict.fromkeys(("dict_type", "model_type"), "a mapping of keys to values"),
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number from {ge} on",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number up to {le}",
    "literal_error": "{expected}",
}
_FOLLOWS = "default_factory_not_called"  # of a default made of a key that is wrong itself
# What helps, alike.
_HINTS = {
    "string_type": "put it in quotes.",  # YAML has read it as a date, a number or a truth
    **dict.fromkeys(_DAYS, "write the day alone, such as 2026-11-22."),
    "bool_type": "write it without quotes.",
    **dict.fromkeys(("int_type", "float_type"), "write it in digits, without quotes."),
    "list_type": "write a list: [a, b].",
    "tuple_type": "write a list: [lowest, highest].",
}
# Where what the key means tells what to write.
_TOLD_BY_MEANING = {
    "dict_type",
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
}
Path_ = tuple[str | int, ...]  # the keys and indices that lead to a node


class _Loader(yaml.SafeLoader):
    """Safe YAML whose keys are texts, each written once, and whose errors all have a place.

    PyYAML lets a second key of the same name pass in silence, and takes `yes` for a truth.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: dict[str, yaml.Node] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise Refused(
                    "this key is no text",
                    key_node.start_mark,
                    "quote it; a large number is written without commas.",
                )
            if key in seen:
                raise Refused(
                    f"the key {key!r} is written twice",
                    key_node.start_mark,
                    "keep one of the two; lists and mappings can be joined under one key.",
                    seen[key].start_mark,
                )
            seen[key] = key_node
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:  # of `2026-02-30`, `!!bool x`
            if node.tag == "tag:yaml.org,2002:timestamp":
                problem = f"there is no such day: {node.value}"
                hint = "write a day as 2026-11-22, or a text in quotes."
                raise Refused(problem, node.start_mark, hint) from None
            raise Refused(f"{node.value!r} cannot be read: {error}", node.start_mark) from None


# YAML 1.1 wants a point in `1.0e-3`, and takes `1e-3` for a text.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


class Source:
    """One YAML text and where its parts stand.

    `first_line` is the line of the file on which the text begins (front matter begins on 2).
    Raises ConfigError where the text is not YAML or not a mapping.
    """

    def __init__(self, text: str, file: Path, *, first_line: int = 1) -> None:
        self.file = file
        self.first_line = first_line
        self._text = text
        try:
            loader = _Loader(text)
            self._root = loader.get_single_node()
            content = None if self._root is None else loader.construct_document(self._root)
        except yaml.MarkedYAMLError as error:
            raise self._invalid(mistake(text, error, first_line)) from None
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            raise ConfigError(
                f"a YAML text cannot hold the character U+{error.character:04X}",
                file=file,
                line=before.count("\n") + first_line,
                column=len(before) - before.rfind("\n"),
                hint="take it out, or write it as an escape in double quotes.",
            ) from None
        self.content: dict[str, Any] = {} if content is None else content
        if not isinstance(self.content, dict):
            if wide := wide_colon(text):
                raise self._invalid(wide)
            raise self.error("expected a mapping of keys to values", ())

    def _invalid(self, found: Mistake) -> ConfigError:
        return ConfigError(
            f"this is not valid YAML: {found.problem}",
            file=self.file,
            line=found.line + self.first_line,
            column=found.column + 1,
            hint=found.hint,
        )

    @classmethod
    def read(cls, file: Path) -> Source:
        return cls(read_text(file), file)

    def place(self, path: Path_, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path`, or of its key. As near as the text goes."""
        node = self._root
        mark = None if node is None else node.start_mark
        for step in path:
            if isinstance(node, yaml.MappingNode):
                pairs = [(k, v) for k, v in node.value if str(k.value) == str(step)]
                if not pairs:
                    break
                key_node, node = pairs[0]
                mark = key_node.start_mark if key else node.start_mark
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                if step >= len(node.value):
                    break
                node = node.value[step]
                mark = node.start_mark
            else:
                break
        if mark is None:
            return self.first_line, 1
        return mark.line + self.first_line, mark.column + 1

    def error(
        self, message: str, path: Path_, *, key: bool = False, hint: str | None = None
    ) -> ConfigError:
        """An error about the value, or the key, at `path`."""
        line, column = self.place(path, key=key)
        return ConfigError(message, file=self.file, line=line, column=column, hint=hint)

    def unexpected(self, what: str, path: Path_, *, hint: str | None = None) -> ConfigError:
        """An error about the value at `path`, where `what` was expected."""
        name = ".".join(str(step) for step in path)
        return self.error(f"{name}: expected {what}, not {self._written(path)}", path, hint=hint)

    def parse(self, schema: type[Schema]) -> Schema:
        """The text as a `schema`. Raises every problem at once, each with its place."""
        try:
            return schema.model_validate(self.content)
        except ValidationError as invalid:
            details = {
                self._about(detail): detail
                for detail in invalid.errors()
                if detail["type"] != _FOLLOWS
            }
            errors = [self._explain(schema, detail) for detail in details.values()]
        raise combined(errors)

    def _about(self, detail: ErrorDetails) -> Path_:
        """What an error is about: a key of the section `at` which a check of the whole section
        found something. A value of several types has one for each, and we tell one."""
        at = detail.get("ctx", {}).get("at")
        path = detail["loc"] if at is None else (*detail["loc"], at)
        return path if detail["type"] == "missing" else self._existing(path)

    def _existing(self, path: Path_) -> Path_:
        """As much of a path as is in the text."""
        content: Any = self.content
        for depth, step in enumerate(path):
            try:
                content = content[step]
            except (LookupError, TypeError):
                return path[:depth]
        return path

    def _explain(self, schema: type[Section], detail: ErrorDetails) -> GlasspageError:
        path = self._about(detail)
        name = ".".join(str(step) for step in path)
        if detail["type"] == "extra_forbidden":
            return self._unknown(schema, path)
        if detail["type"] == "missing" and isinstance(path[-1], int):  # of a list of so many
            return self._explain(schema, {**detail, "type": "tuple_type", "loc": path[:-1]})
        if detail["type"] == "missing":
            hint = f"write `{path[-1]}: …` here. {_meaning(schema, path)}".rstrip()
            return self.error(f"the key {name!r} is missing", path[:-1], key=True, hint=hint)
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] in _EXPECTED:
            limits = {
                key: f"{limit:g}" if isinstance(limit, float) else limit
                for key, limit in detail.get("ctx", {}).items()
            }
            message = "expected " + _EXPECTED[detail["type"]].format(**limits)
        if detail["loc"][-1] == "[key]":
            return self.error(f"{name}: of a name, {message}", path, key=True)
        message = f"{name}: {message}, not {self._written(path)}"
        return self.error(message, path, hint=_hint(schema, detail, path))

    def _unknown(self, schema: type[Section], path: Path_) -> GlasspageError:
        """An error about a key that the section around it does not know."""
        section, key = _section(_type_at(schema, path[:-1])), str(path[-1])
        assert section is not None
        if key in section.NEEDLESS:
            message = f"the key {key!r} is not yours to write: {section.NEEDLESS[key]}"
            return self.error(message, path, key=True, hint="take it out.")
        fields = _fields(section)
        below = [
            f"`{name}`"
            for name, field in fields.items()
            if (inner := _section(field.annotation)) and key in _fields(inner)
        ]
        hint = f"it belongs below {' or '.join(below)}." if below else did_you_mean(key, fields)
        return self.error(f"unknown key {key!r}", path, key=True, hint=hint)

    def _written(self, path: Path_) -> str:
        """What the author wrote at `path`, shortened to a line."""
        node: Any = self._root
        for step in path:
            if isinstance(node, yaml.MappingNode):
                node = next(value for key, value in node.value if key.value == str(step))
            else:
                node = node.value[step]
        text = " ".join(self._text[node.start_mark.index : node.end_mark.index].split())
        text = text or "nothing"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def read_text(file: Path) -> str:
    """The text of a UTF-8 file. Raises ConfigError where it cannot be read.

    Windows editors may begin it with a mark of the encoding, which is no part of the text.
    """
    try:
        return file.read_text(encoding="utf-8").removeprefix("\ufeff")
    except FileNotFoundError:
        raise ConfigError("there is no such file", file=file) from None
    except IsADirectoryError:
        raise ConfigError("expected a file, found a folder", file=file) from None
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", file=file) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"the file is not UTF-8 (byte {error.start + 1})",
            file=file,
            line=error.object[: error.start].count(b"\n") + 1,
            hint="save it as UTF-8.",
        ) from None


def _hint(schema: type[Section], detail: ErrorDetails, path: Path_) -> str | None:
    """What to write instead of a wrong value at `path`."""
    given = detail["input"]
    hint = detail.get("ctx", {}).get("hint") or _HINTS.get(detail["type"])
    blank = given is None or (isinstance(given, str) and not given.strip())
    if blank or detail["type"] in _TOLD_BY_MEANING:
        return _meaning(schema, path) or hint
    if detail["type"] == "string_type" and not isinstance(given, list | dict):
        return hint
    if section := _section(_type_at(schema, path)):
        return f"its keys are {', '.join(_fields(section))}."
    return "write one text alone." if detail["type"] == "string_type" else hint


def _type_at(schema: type[Section], path: Path_) -> Any:
    """The type that a schema has for what stands at `path`."""
    inner: Any = schema
    for step in path:
        section = _section(inner)
        # Else it is a list[X] or a dict[str, X].
        inner = _fields(section)[str(step)].annotation if section else get_args(_given(inner))[-1]
    return inner


def _section(annotation: Any) -> type[Section] | None:
    """A type as the section that it is, if it is one."""
    given = _given(annotation)
    return given if isinstance(given, type) and issubclass(given, Section) else None


def _given(annotation: Any) -> Any:
    """Of a type `X | None`, X."""
    return get_args(annotation)[0] if NoneType in get_args(annotation) else annotation


def _fields(section: type[Section]) -> dict[str, FieldInfo]:
    """A section's fields, by the keys that an author writes."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _meaning(schema: type[Section], path: Path_) -> str:
    """What the schema says of the key at `path`; nothing of an item of a list or a mapping."""
    section = _section(_type_at(schema, path[:-1]))
    if section is None or not path:
        return ""
    return " ".join((_fields(section)[str(path[-1])].description or "").split())
