"""The search index of a finished site, made by Pagefind (https://pagefind.app)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from generator.errors import GlasspageError
from generator.files import write

FOLDER = "pagefind"
# Diagrams, tables of numbers, and footnotes would drown the words of an article.
_LEFT_OUT = ("figure", "table", ".footnote", "pre")
# Pagefind's own interfaces, which the theme does not use.
_UNUSED = ("pagefind-*ui.*", "pagefind-highlight.js")
# What Pagefind says of pages without a word to index, and the index that it does not make then.
_NO_WORDS = "was not able to build an index"
_EMPTY = """\
export const options = async () => {};
export const init = async () => {};
export const mergeIndex = async () => {};
export const debouncedSearch = async () => ({ results: [] });
"""


def index_site(site: Path, folder: Path) -> None:
    """Write the index of all pages with a body marked for it into `folder`, to be `site/pagefind/`.

    Where they hold no words but those that are left out, it is one in which nothing is found.
    Raises GlasspageError where Pagefind fails.
    """
    command = [sys.executable, "-m", "pagefind", "--site", str(site), "--silent"]
    command += ["--output-path", str(folder)]
    for selector in _LEFT_OUT:
        command += ["--exclude-selectors", selector]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 and _NO_WORDS in done.stderr:
        write(folder / "pagefind.js", _EMPTY)
        return
    if done.returncode != 0:
        raise GlasspageError(
            f"Pagefind could not index the site: {done.stderr.strip()[-300:]}",
            hint="is the package pagefind[extended] installed?",
        )
    entry = folder / "pagefind-entry.json"
    # Pagefind writes the languages in any order; the same pages should give the same bytes.
    write(entry, json.dumps(json.loads(entry.read_bytes()), ensure_ascii=False, sort_keys=True))
    for pattern in _UNUSED:
        for file in folder.glob(pattern):
            file.unlink()
