"""Markdown to HTML, as near to what Hugo's Goldmark makes of it as Python-Markdown goes."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX
from markupsafe import Markup

from generator.page.code import outside_code


@dataclass(frozen=True)
class Heading:
    """An entry of a table of contents. `text` is plain."""

    id: str
    text: str
    level: int
    children: list[Heading]


@dataclass(frozen=True)
class Html:
    """A page's body and its headings."""

    body: Markup
    toc: list[Heading]


# Han, kana and full-width punctuation: where a line ends in one of them and the next goes on with
# one, or with what is set inline, there is no space between.
_WIDE = "—…\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_SEAM = re.compile(
    f"(?<=[{_WIDE}”’])\n(?=[{_WIDE}“‘]|<(?:data|strong|em|code|a)\\b)"
    "|(?<=[，。：；？！、」』）》”’])\n(?=[A-Za-z])"
)

# A block of HTML by itself, between blank lines, as `generator.page.templates.compact` leaves it.
_DIAGRAM = re.compile(r'(?<=\n\n)<figure class="gp" (?:.+\n)*?</figure>\n(?=\n)')


def join_lines(text: str) -> str:
    """Join the lines of Chinese paragraphs, where a line's end would show as a space.

    Headings, and what stands between code fences, stay as they are.
    """
    parts = re.split(r"(^```(?s:.*?)^```$|^#.*$)", text, flags=re.MULTILINE)
    return "".join(part if part.startswith(("```", "#")) else _SEAM.sub("", part) for part in parts)


def number_footnotes(text: str) -> str:
    """Label footnotes with numbers in the order in which they are referred to.

    Hugo and Python-Markdown then give them the same ids. Code stays as it is.
    """
    labels: dict[str, int] = {}

    def collect(part: str) -> str:
        for found in re.finditer(r"\[\^([^\]\s]+)\](?!:)", part):
            labels.setdefault(found[1], len(labels) + 1)
        return part

    def number(found: re.Match[str]) -> str:
        return f"[^{labels[found[1]]}]" if found[1] in labels else found[0]

    outside_code(text, collect)
    return outside_code(text, lambda part: re.sub(r"\[\^([^\]\s]+)\]", number, part))


def to_html(text: str) -> Html:
    """Convert a page's Markdown. Headings carry their ids explicitly, as `{#id}`."""
    converter: Any = markdown.Markdown(
        extensions=["extra", "toc", "sane_lists", "codehilite"],
        extension_configs={
            "codehilite": {"guess_lang": False, "wrapcode": True},
            "extra": {"footnotes": {"BACKLINK_TEXT": "↩︎"}},
            "toc": {"toc_depth": "2-3", "anchorlink": True, "anchorlink_class": "anchor"},
        },
        output_format="html",
    )
    converter.preprocessors.register(_Whitespace(converter), "normalize_whitespace", 30)
    converter.preprocessors.register(_Diagrams(converter), "diagrams", 22)  # after fences, 25
    converter.treeprocessors.register(_Footnotes(converter), "by_number", 55)  # before theirs, 50
    body = _as_hugo(converter.convert(text))
    return Html(Markup(body), [_heading(token) for token in converter.toc_tokens])


class _Whitespace(Preprocessor):
    """What Python-Markdown does to white space first, but for the tabs in code, which are kept."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines).replace(STX, "").replace(ETX, "") + "\n\n"
        text = outside_code(text, lambda part: part.expandtabs(4))
        return re.sub(r"(?<=\n) +\n", "\n", text).split("\n")


class _Diagrams(Preprocessor):
    """Takes diagrams out before Python-Markdown reads HTML, which takes it as long as all the
    rest. They hold no Markdown, and come back as every block of HTML does."""

    def run(self, lines: list[str]) -> list[str]:
        def keep(found: re.Match[str]) -> str:
            return f"{self.md.htmlStash.store(found[0])}\n"

        return _DIAGRAM.sub(keep, "\n".join(lines)).split("\n")


class _Footnotes(Treeprocessor):
    """Puts footnotes in the order of their numbers, which is that of the references to them.

    Python-Markdown's own order is that in which it comes upon them, and to tables it comes last.
    """

    def run(self, root: Element) -> None:
        extension: Any = self.md.treeprocessors["footnote"]
        notes = extension.footnotes.footnotes
        for label in sorted(filter(str.isdecimal, notes), key=int):
            notes.move_to_end(label)


def _as_hugo(body: str) -> str:
    """Footnotes as Hugo makes them: their ids where one is referred to twice, their ways back
    without a title; and no link of a heading to itself around another link."""
    body = body.replace('</a><a class="footnote-backref"', '</a> <a class="footnote-backref"')
    body = re.sub(
        r'(class="footnote-backref" [^>]*?) title="[^"]*"', r'\1 role="doc-backlink"', body
    )
    body = re.sub(r'((?:id="|href="#)fnref)([0-9]+):', lambda m: f"{m[1]}{int(m[2]) - 1}:", body)
    return re.sub(
        r'(<h[1-6][^>]*>)<a class="anchor" href="[^"]*">(.*?)</a>(</h[1-6]>)',
        lambda m: m[1] + m[2] + m[3] if "<a " in m[2] else m[0],
        body,
    )


def _heading(token: dict[str, Any]) -> Heading:
    children = [_heading(child) for child in token["children"]]
    return Heading(token["id"], _plain(token["name"]), token["level"], children)


def _plain(inline: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", inline))


def reading_minutes(body: str) -> int:
    """How long a Chinese reader takes: 400 Han characters or 200 words a minute, at least 1.

    Diagrams do not count.
    """
    prose = re.sub(r"<(figure|pre|table)\b.*?</\1>", " ", body, flags=re.DOTALL)
    text = _plain(prose)
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    words = len(re.findall(r"[A-Za-z]+", text))
    return max(1, round(han / 400 + words / 200))
