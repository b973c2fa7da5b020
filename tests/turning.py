"""Claims turned over: data made wrong until a sentence has to say otherwise."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from generator.data.address import evaluate
from generator.data.folder import DataFolder
from generator.data.runs import PageData
from generator.errors import GlasspageError
from generator.page.claims import Claim, demand
from generator.page.page import Page
from generator.page.rendering import Kit, render

Folders = dict[str, DataFolder]


def names_in(article: str) -> list[str]:
    """The claims of an article, in the order of its text."""
    return re.findall(r'{% claim "([^"]+)"', text_of(article))


def text_of(article: str) -> str:
    return (ROOT / f"content/articles/{article}/index.md").read_text(encoding="utf-8")


def branches(name: str, article: str) -> tuple[str, str]:
    """The longest piece of literal text in each branch of a claim of an article."""
    text = text_of(article).split(f'{{% claim "{name}"')[1]
    body = text.split("%}", 1)[1].split("{% endclaim %}")[0]
    true, _, false = body.partition("{% else %}")
    return longest_piece(true, false), longest_piece(false, true)


def longest_piece(text: str, other: str) -> str:
    """Of the literal text of one branch, the longest piece that the other does not have."""
    pieces = re.split(r"{{.*?}}|{%.*?%}|\n", text)
    return max((piece for piece in pieces if piece not in other or not piece), key=len)


def perturbations(content: Any, keys: list[str]) -> Iterator[Any]:
    """The same data made wrong in several ways; of mappings, only what the `keys` lead to."""
    if isinstance(content, dict):
        inner = perturbations(content[keys[0]], keys[1:])
        yield from ({**content, keys[0]: wrong} for wrong in inner)
    elif isinstance(content, np.ndarray | np.generic):
        yield from (-content, content * 0, content * 100, content + 5, content * 0.01)
        if np.ndim(content):
            last = np.array(content)
            last[..., -1] = 50
            yield from (np.flip(content), last)
    elif isinstance(content, list):
        for change in (lambda x: -x, lambda x: x * 0, lambda x: x * 100, lambda x: x + 5):
            yield everywhere(content, change)
        yield [*content, *(content[-1:] or [0])]
        yield content[:1]
        yield [{**entry, "bytes": [1]} for entry in content if isinstance(entry, dict)]
    elif isinstance(content, str):
        yield content + content
    elif isinstance(content, int | float):
        yield from (-content, content * 100, content + 5)


def everywhere(content: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(content, dict):
        return {key: everywhere(value, change) for key, value in content.items()}
    if isinstance(content, list):
        return [everywhere(value, change) for value in content]
    if isinstance(content, int | float) and not isinstance(content, bool):
        return change(content)
    return content


def wrong_traces(claim: Claim, folders: Folders) -> Iterator[Folders]:
    """The folders with one value of the claim made wrong; first where that turns it over."""
    later = []
    for folder, path in re.findall(r"([a-z][\w/-]*):([\w.]+)", claim.truth.condition):
        original = folders[folder]
        name = max((n for n in original.names if f"{path}.".startswith(f"{n}.")), key=len)
        keys = path.removeprefix(name).removeprefix(".").split(".")
        alike = [other.value(name)._content for other in folders.values() if name in other.names]
        for content in (*perturbations(original.value(name)._content, keys), *alike):
            wrong = copy.copy(original)
            wrong._contents = {**original._contents, name: content}
            changed = {**folders, folder: wrong}

            def resolve(where: str, what: str, over: Folders = changed) -> Any:
                return over[where].resolve(what)

            try:
                turns = evaluate(claim.truth.condition, resolve) is not claim.truth.holds
            except GlasspageError:
                continue
            if turns:
                yield changed
            else:
                later.append(changed)
    yield from later  # what the claim compares may itself be chosen by the data


def check_that_it_turns_over(
    name: str,
    article: str,
    page: Page,
    kit: Kit,
    folders: Folders,
    data_of: Callable[[Folders], PageData],
) -> None:
    """Fail unless wrong data makes the page say otherwise, or refuses it by the claim's name."""
    claim = next(claim for claim in page.content.claims if claim.name == name)
    for changed in wrong_traces(claim, folders):
        try:
            again = render(page.article, data_of(changed), kit, kit.templates)
        except GlasspageError:
            continue
        turned = next(other for other in again.claims if other.name == name)
        if turned.truth.holds is claim.truth.holds:
            continue
        if turned.otherwise:
            true, false = branches(name, article)
            said, unsaid = (true, false) if claim.truth.holds else (false, true)
            assert said in page.content.markdown
            assert not said or said not in again.markdown
            if len(unsaid) > 3:  # it is long enough to be found nowhere else
                assert unsaid not in page.content.markdown
                assert unsaid in again.markdown
        else:
            with pytest.raises(GlasspageError, match=f"the claim '{name}' is not true"):
                demand(again.claims, page.article.file, data_of(changed).runs)
        return
    pytest.fail(f"nothing makes it turn over: {claim.truth.condition}")
