"""What a reader gets of a page, whoever made its HTML."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, NavigableString, PageElement, Tag

KEPT = ("alt", "colspan", "data-fmt", "data-src", "href", "id", "scope", "src", "start", "value")
BLOCKS = {
    "article", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip


def normalised(content: Tag) -> str:
    """The body of an article as text: elements with what matters of them, spaces as one.

    Left out is what each maker adds of its own: the links of headings to themselves, the places
    where they may break, the frames of code and of tables, the sizes of pictures, and the panel,
    which the site has outside the body.
    """
    for panel in content.select(".gp-panel"):
        panel.decompose()
    return re.sub(r" ?(\n) ?", r"\1", "".join(map(_text, content.children))).strip()


def _text(node: PageElement) -> str:
    if isinstance(node, Comment):
        return ""
    if isinstance(node, NavigableString):
        return re.sub(r"\s+", " ", str(node))
    assert isinstance(node, Tag)
    classes = node.get_attribute_list("class")
    if node.name == "wbr":
        return ""
    if node.name == "a" and "anchor" in classes:
        return "".join(map(_text, node.children))
    if {"highlight", "codehilite"} & set(classes) or node.name == "pre":
        return f"\n<pre>{node.get_text().strip()}</pre>\n"
    if "table" in classes and node.name == "div":
        return "".join(map(_text, node.children))
    if "footnote-backref" in classes:
        return f"<back {node['href']}>"
    attributes = "".join(f' {name}="{node[name]}"' for name in KEPT if node.has_attr(name))
    inner = "".join(map(_text, node.children))
    if node.name in BLOCKS:
        return f"\n<{node.name}{attributes}>{inner.strip()}</{node.name}>\n"
    return f"<{node.name}{attributes}>{inner}</{node.name}>"


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html5lib")
