"""Pages as Hugo page bundles, and a minimal Hugo site around them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from generator.data.yaml_text import dump
from generator.files import write
from generator.page.page import Page


def write_hugo(folder: Path, pages: Sequence[Page], theme: Path) -> None:
    """Write `folder/content/posts/<slug>/` for each page, and what Hugo needs to build them."""
    shutil.copytree(theme / "hugo", folder)
    for page in pages:
        bundle = folder / "content" / "posts" / page.slug
        write(bundle / "index.md", front_matter(page) + "\n" + page.markdown)
        page.copy_companions(bundle)
        for data in page.data:
            shutil.copytree(data.path, bundle / "data" / data.name)


def front_matter(page: Page) -> str:
    """The page's front matter between its fences, with the keys that PaperMod reads."""
    front = page.front.model_dump(by_alias=True, exclude_none=True)
    front["date"] = page.front.date.isoformat()
    return f"---\n{dump(front)}---\n"
