"""Claims turned over: data made wrong until a sentence has to say otherwise, in every language."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from jinja2 import nodes

from generator.data.address import evaluate
from generator.data.folder import DataFolder
from generator.data.runs import PageData, Run
from generator.errors import GlasspageError
from generator.page.claims import Claim, demand
from generator.page.rendering import Kit, Rendering, render
from generator.page.templates import Templates
from generator.project.article import Article, read_articles
from generator.project.project import Project

Folders = dict[str, DataFolder]
LANGUAGES = ["zh", "en"]
FOLDERS = ("wukong", "models/xiyouji", "fact")  # what a page over one prompt is made of


def data_of(folders: Folders) -> PageData:
    """What a page over one prompt is made of, out of its FOLDERS."""
    prompt, model, facts = (folders[name] for name in FOLDERS)
    return PageData((Run(prompt, model),), facts)


def articles_in(article: str) -> list[Article]:
    """An article of the project, in each language that it is written in."""
    return read_articles(ROOT / "content/articles" / article, LANGUAGES)


def names_in(article: str) -> list[str]:
    """The claims of an article in any of its languages, in the order of the first text."""
    found = [re.findall(r'{% claim "([^"]+)"', each.body) for each in articles_in(article)]
    return list(dict.fromkeys(name for names in found for name in names))


@dataclass
class Told:
    """An article in one language, over the true data, and what it is made again with."""

    made: Rendering
    kit: Kit

    def over(self, data: PageData) -> Rendering:
        """The same over other data."""
        return render(self.made.article, data, self.kit, self.kit.templates)

    @cached_property
    def branches(self) -> dict[str, tuple[str, str]]:
        """What the branches of each claim say, as `branches_in` tells it."""
        return branches_in(self.made.article.body, self.kit.templates)


def branches_in(body: str, templates: Templates) -> dict[str, tuple[str, str]]:
    """Of each claim in an article's body, the longest piece of literal text in each branch that the
    other lacks, of what always stands there: nothing inside an `if`, a loop or a set-block."""
    found = {}
    for branch in templates._rich.parse(body).find_all(nodes.If):
        if _settles(branch.test):
            true, false = _literal(branch.body), _literal(branch.else_)
            pieces = longest_piece(true, false), longest_piece(false, true)
            found[branch.test.args[1].value] = pieces
    return found


def _settles(test: nodes.Node) -> bool:
    """Whether it is what the tag `claim` asks."""
    asked = test.node if isinstance(test, nodes.Call) else None
    return isinstance(asked, nodes.ExtensionAttribute) and asked.name == "_settle"


def _literal(branch: list[nodes.Node]) -> list[str]:
    """The literal text of a branch, in pieces that each stand in one line."""
    texts = (
        part.data
        for node in branch
        if isinstance(node, nodes.Output)
        for part in node.nodes
        if isinstance(part, nodes.TemplateData)
    )
    return [piece for text in texts for piece in text.split("\n")]


def longest_piece(texts: list[str], others: list[str]) -> str:
    """The longest of the texts that no other one holds; nothing where there is none."""
    own = (text for text in texts if not any(text in other for other in others))
    return max(own, key=len, default="")


def in_each_language(article: str, data: PageData) -> list[Told]:
    """An article of the project over this data, in each language that it is written in."""
    project = Project(ROOT)
    found = []
    for each in articles_in(article):
        kit = Kit.of(project.theme, each.language, project.facts, project.terms)
        found.append(Told(render(each, data, kit, kit.templates), kit))
    return found


def perturbations(content: Any, keys: list[str]) -> Iterator[Any]:
    """The same data made wrong in several ways; of mappings, only what the `keys` lead to."""
    if isinstance(content, dict):
        inner = perturbations(content[keys[0]], keys[1:])
        yield from ({**content, keys[0]: wrong} for wrong in inner)
    elif isinstance(content, np.ndarray | np.generic):
        yield from (-content, content * 0, content * 100, content + 5, content * 0.01)
        if np.ndim(content):
            yield np.full_like(content, content.mean())
            last = np.array(content)
            last[..., -1] = 50
            yield from (np.flip(content), last)
    elif isinstance(content, list):
        for change in (
            lambda x: -x,
            lambda x: x * 0,
            lambda x: x * 100,
            lambda x: x + 5,
            lambda x: x * 3 // 2,  # of a share no more than a share
        ):
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
    languages: Sequence[Told],
    folders: Folders,
    data_of: Callable[[Folders], PageData],
) -> None:
    """Fail unless some wrong data makes an article say otherwise in each of its languages, or
    refuses it by the claim's name."""
    first, *_ = languages
    claim = _claim(first.made, name)
    for changed in wrong_traces(claim, folders):
        try:
            again = first.over(data_of(changed))
        except GlasspageError:
            continue
        if _claim(again, name).truth.holds is claim.truth.holds:
            continue
        for each in languages:
            assert _claim(each.made, name).truth == claim.truth
            other = again if each is first else each.over(data_of(changed))
            check_that_it_turned(name, each, other, data_of(changed))
        return
    pytest.fail(f"nothing makes it turn over: {claim.truth.condition}")


def check_that_it_turned(name: str, one: Told, again: Rendering, data: PageData) -> None:
    """Fail unless a claim of the article says in `again` the other of its two things, or is
    refused."""
    claim, turned = _claim(one.made, name), _claim(again, name)
    assert turned.truth.holds is not claim.truth.holds
    assert turned.otherwise is claim.otherwise
    if not turned.otherwise:
        with pytest.raises(GlasspageError, match=f"the claim '{name}' is not true"):
            demand(again.claims, again.article.file, data.runs)
        return
    true, false = one.branches[name]
    assert true or false, f"{name} says the same either way"
    said, unsaid = (true, false) if claim.truth.holds else (false, true)
    for piece, here, there in ((said, one.made, again), (unsaid, again, one.made)):
        # A short piece may stand elsewhere too.
        assert not piece or here.markdown.count(piece) > there.markdown.count(piece), piece


def _claim(made: Rendering, name: str) -> Claim:
    return next(claim for claim in made.claims if claim.name == name)
