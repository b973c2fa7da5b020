"""YAML that an author wrote, read into a schema, with the place of everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from generator.errors import CombinedError, ConfigError, GlasspageError, did_you_mean

Schema = TypeVar("Schema", bound=BaseModel)
Path_ = tuple[str | int, ...]  # the keys and indices that lead to a node


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key written twice, which PyYAML lets pass in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is written twice", key_node.start_mark
                )
            if isinstance(key, str | int | float | bool):
                seen.add(key)
        return super().construct_mapping(node, deep)


class Source:
    """One YAML text and where its parts stand.

    `first_line` is the line of the file on which the text begins (front matter begins on 2).
    Raises ConfigError where the text is not YAML or not a mapping.
    """

    def __init__(self, text: str, file: Path, *, first_line: int = 1) -> None:
        self.file = file
        self.first_line = first_line
        loader = _Loader(text)
        try:
            self._root = loader.get_single_node()
            self.content = None if self._root is None else loader.construct_document(self._root)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise ConfigError(
                f"this is not valid YAML: {error.problem or error.context}",
                file=file,
                line=None if mark is None else mark.line + first_line,
                column=None if mark is None else mark.column + 1,
                hint="quote texts that hold `: `, `#` or start with one of `[{*&!|>%@`.",
            ) from None
        except yaml.YAMLError as error:
            raise ConfigError(f"this is not valid YAML: {error}", file=file) from None
        if self.content is None:
            self.content = {}
        if not isinstance(self.content, dict):
            raise ConfigError(
                "expected a mapping of keys to values", file=file, line=first_line, column=1
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

    def parse(self, schema: type[Schema]) -> Schema:
        """The text as a `schema`. Raises every problem at once, each with its place."""
        try:
            return schema.model_validate(self.content)
        except ValidationError as invalid:
            errors = [self._explain(schema, detail) for detail in invalid.errors()]
        raise errors[0] if len(errors) == 1 else CombinedError(errors)

    def _explain(self, schema: type[BaseModel], detail: ErrorDetails) -> GlasspageError:
        path = detail["loc"]
        name = ".".join(str(step) for step in path)
        if detail["type"] == "extra_forbidden":
            known = _keys(schema, path[:-1])
            hint = did_you_mean(str(path[-1]), known)
            return self.error(f"unknown key {path[-1]!r}", path, key=True, hint=hint)
        if detail["type"] == "missing":
            return self.error(f"the key {name!r} is missing", path[:-1], key=True)
        message = detail["msg"][0].lower() + detail["msg"][1:]
        return self.error(f"{name}: {message}, not {detail['input']!r}", path)


def read_text(file: Path) -> str:
    """The text of a UTF-8 file. Raises ConfigError where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError("there is no such file", file=file) from None
    except IsADirectoryError:
        raise ConfigError("expected a file, found a folder", file=file) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"the file is not UTF-8 (byte {error.start + 1})",
            file=file,
            hint="save it as UTF-8.",
        ) from None


def _keys(schema: type[BaseModel], path: Path_) -> list[str]:
    """The keys that the schema knows at `path`."""
    for step in path:
        field = schema.model_fields.get(str(step))
        if field is None:
            return []
        inner = field.annotation
        for option in getattr(inner, "__args__", ()) or (inner,):
            if isinstance(option, type) and issubclass(option, BaseModel):
                inner = option
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        schema = inner
    return list(schema.model_fields)
