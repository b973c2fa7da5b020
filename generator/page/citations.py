"""Numbers from elsewhere on a page, and the footnotes that give their sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from generator.data.text import escape
from generator.data.value import Value
from generator.errors import TemplateError, did_you_mean
from generator.page.day import written
from generator.page.mark import mark
from generator.project.facts import Facts

# The theme's words that are filled in here, with their placeholders.
FILLED = {"range": ("low", "high"), "seen": ("date",)}


class Citations:
    """The facts that one page cites. Each source gets one footnote.

    `show` marks a number, and `answer` answers for the digits of a footnote, where they are to be
    disguised (`generator.page.digits`).
    """

    def __init__(
        self,
        facts: Facts,
        words: dict[str, Any],
        show: Callable[[Value, str], Markup] = mark,
        answer: Callable[[str], str] = str,
    ) -> None:
        self._facts = facts
        self._words = words
        self._show = show
        self._answer = answer
        self.cited: list[str] = []
        self.used: list[str] = []  # the names of the facts

    def value(self, name: str) -> Value:
        """A fact's number without its footnote, to compute with or to cite elsewhere."""
        if name not in self._facts.facts:
            raise TemplateError(
                f"there is no fact {name!r} in content/facts.yaml",
                hint=did_you_mean(name, self._facts.facts),
            )
        if name not in self.used:
            self.used.append(name)
        return Value(self._facts.facts[name].number, f"fact:{name}")

    def fact(self, name: str, spec: str = "d") -> Markup:
        """A fact's number, marked, with its range if it has one and a reference to its footnote."""
        shown = self._show(self.value(name), spec)
        fact = self._facts.facts[name]
        if fact.range is not None:
            low, high = Value(list(fact.range), f"fact:{name}.range")
            words = Markup(self._words["range"])
            shown += words.format(low=self._show(low, spec), high=self._show(high, spec))
        return shown + self._reference(fact.source)

    def cite(self, source: str) -> Markup:
        """A reference to a source's footnote, where one stands for several numbers."""
        if source not in self._facts.sources:
            raise TemplateError(
                f"there is no source {source!r} in content/facts.yaml",
                hint=did_you_mean(source, self._facts.sources),
            )
        return self._reference(source)

    def _reference(self, source: str) -> Markup:
        if source not in self.cited:
            self.cited.append(source)
        return Markup(f"[^{_label(source)}]")

    def footnotes(self) -> str:
        """The footnotes' Markdown, to stand at the end of the page."""
        return "".join(f"\n[^{_label(name)}]: {self._note(name)}\n" for name in self.cited)

    def _note(self, name: str) -> str:
        source = self._facts.sources[name]
        facts = (self._facts.facts[used] for used in self.used)
        places = dict.fromkeys(fact.where for fact in facts if fact.source == name and fact.where)
        where = "".join(f", {place}" for place in places)
        day = written(source.seen.isoformat(), self._words).replace("\N{NO-BREAK SPACE}", " ")
        seen = self._words["seen"].format(date=day)
        title, rest = (escape(self._answer(text)) for text in (source.title, where + seen))
        return f'<a href="{escape(source.url)}">{title}</a>{rest}'


def _label(source: str) -> str:
    """A footnote's label, which no footnote of the author's has; a finished page numbers it."""
    return f"source:{source}"
