"""Kinds of HTML's elements."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Those that have no end (HTML Living Standard, 13.1.2).
VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
        "track", "wbr",
    }
)  # fmt: skip
