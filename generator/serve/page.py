"""Pages as they are served: with the script that keeps them up to date. None of it is written."""

from __future__ import annotations

import re
from html import escape

OWN = "/_glasspage/"  # addresses of the server's own, whatever the site's base

_END = re.compile(rb"</body\s*>", re.IGNORECASE)


def live(html: bytes, path: str | None, base: str, moment: str) -> bytes:
    """A page of the site with the script in it.

    `path` is the page's own, from the site's top; none for one that stands in for what is missing.
    `moment` is that since which it may have been replaced, and `base` the address of the top.
    """
    given = {"page": path or "", "base": base, "moment": moment}
    told = "".join(f' data-{name}="{escape(value)}"' for name, value in given.items())
    script = f'<script defer src="{OWN}live.js"{told}></script>'.encode()
    ends = list(_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + script + html[at:]


def empty(title: str, text: str) -> bytes:
    """A page where the site has none to show."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
<p>{escape(text)}</p>
</main>
</body>
</html>
""".encode()
