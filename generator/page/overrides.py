"""What a theme changes of those that it inherits: names that change nothing are told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes

from generator.errors import Collected, TemplateError, did_you_mean, nearest
from generator.page.jinja import layout_environment, loader, mistakes_told
from generator.project.source import Source, read_text
from generator.project.theme import Theme

_PARTS = ("layouts", "components", "assets")


def check_blocks(theme: Theme) -> None:
    """Raise TemplateError for blocks of a theme's own layouts that no layout above them has."""
    environment = layout_environment(theme)
    folder = theme.folders[0] / "layouts"
    errors = Collected()
    for name in theme.files("layouts"):
        if not (folder / name).is_file():
            continue
        with errors.collecting(), mistakes_told(folder / name, environment):
            tree = environment.parse(read_text(folder / name), name, str(folder / name))
            above = _blocks_above(tree, environment, loader(theme, "layouts"))
            if above is None:
                continue
            for block in _outer_blocks(tree):
                if block.name not in above:
                    raise TemplateError(
                        f"the layout that this one extends has no block {block.name!r}",
                        file=folder / name,
                        line=block.lineno,
                        hint=did_you_mean(block.name, above),
                    )
    errors.tell()


def _blocks_above(
    tree: nodes.Template, environment: jinja2.Environment, layouts: jinja2.BaseLoader
) -> set[str] | None:
    """The blocks of all layouts that a layout extends; nothing where it extends none, or where
    that is told only when it is filled in."""
    found: set[str] = set()
    seen: set[str] = set()
    extends = tree.find(nodes.Extends)
    if extends is None:
        return None
    while extends is not None:
        if not isinstance(extends.template, nodes.Const) or extends.template.value in seen:
            return None
        seen.add(extends.template.value)
        try:
            source, file, _ = layouts.get_source(environment, extends.template.value)
        except jinja2.TemplateNotFound:
            return None
        tree = environment.parse(source, filename=file)
        found |= {block.name for block in tree.find_all(nodes.Block)}
        extends = tree.find(nodes.Extends)
    return found


def _outer_blocks(node: nodes.Node) -> Iterator[nodes.Block]:
    """The blocks that stand in no other; one inside a block is shown with it."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outer_blocks(child)


def idle(theme: Theme, articles: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The files and words of a theme that stand for none of a theme that it inherits and that
    neither the theme itself nor one of the `articles`, as they are written, names.

    `languages` are the site's.
    """
    if len(theme.folders) < 2:
        return []
    own, above = Theme(theme.folders[:1]), Theme(theme.folders[1:])
    texts = {file: _text(file) for part in _PARTS for file in own.files(part).values()}
    return [
        *_idle_files(own, above, texts, articles),
        *_idle_words(own, above, " ".join(texts.values()), languages),
    ]


def _idle_files(
    own: Theme, above: Theme, texts: Mapping[Path, str], articles: Sequence[str]
) -> Iterator[str]:
    for part in _PARTS:
        known = above.files(part)
        for name, file in own.files(part).items():
            others = [text for other, text in texts.items() if other != file]
            used = any(name in text for text in others)
            if part == "components":
                called = re.compile(rf"diagram\.{re.escape(Path(name).stem)}\b")
                used = used or any(called.search(text) for text in (*others, *articles))
            if name not in known and not used:
                yield f"{file}: {_told('file', name, nearest(name, known))}"


def _idle_words(own: Theme, above: Theme, text: str, languages: Sequence[str]) -> Iterator[str]:
    known = [above.words(Path(name).stem) for name in above.files("i18n")]
    # Layouts and diagrams look up languages and the names of diagrams without writing them.
    files = (*own.files("i18n"), *above.files("i18n"), *own.files("components"))
    named = {*languages, *(Path(name).stem for name in files)}
    for file in own.files("i18n").values():
        source = Source.read(file)
        for path, alike in _unknown(source.content or {}, known):
            if path[-1] not in named and not re.search(rf"\b{re.escape(path[-1])}\b", text):
                line, _ = source.place(path, key=True)
                told = _told("word", ".".join(path), nearest(path[-1], alike))
                yield f"{file}:{line}: {told}"


def _told(kind: str, name: str, meant: str | None) -> str:
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"nothing uses {name!r}, which is no {kind} of a theme that this one inherits{hint}"


def _unknown(
    words: dict[str, Any], above: Sequence[dict[str, Any]], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """The words that none of the themes above has in any language, by the keys that lead to each,
    and the keys that there are instead."""
    known = {key for each in above for key in each}
    for key, word in words.items():
        if key not in known:
            yield (*path, key), known
        elif isinstance(word, dict):
            inner = [each[key] for each in above if isinstance(each.get(key), dict)]
            yield from _unknown(word, inner, (*path, key))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
