"""Files in a project's folder that nothing reads, though their place or name says that they are
meant to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.errors import nearest
from generator.files import is_leftover
from generator.project.layout import article_folder, prompt_folder
from generator.project.theme import CONFIG, PARTS

_CONTENT = (
    "articles",
    "docs",
    "prompts",
    "facts.yaml",
    "measurements.yaml",
    "site.yaml",
    "terms.yaml",
)


def unread(root: Path, themes: tuple[Path, ...]) -> list[str]:
    """What a build passes over in `root`, a project's folder, and in the folders of its themes:
    each place with what to do."""
    return [f"{place}: {told}" for place, told in _unread(root, themes)]


def _unread(root: Path, themes: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    for place in _inside(root / "content"):
        if place.name not in _CONTENT:
            yield place, _told(place.name, _CONTENT)
    for place in _inside(article_folder(root)):
        if hint := missing_index(place):
            yield place, f"this is no article, and is not read; {hint}"
    for place in _inside(prompt_folder(root)):
        if place.suffix != ".yaml":
            yield place, "nothing reads this; prompt configs are called NAME.yaml"
    for theme in themes:
        for place in _inside(theme):
            known = PARTS if place.is_dir() else (CONFIG,)
            # Beside its parts a theme may hold what its authors read: a licence, notes.
            if place.name not in known and (place.is_dir() or nearest(place.name, known)):
                yield place, _told(place.name, known)


def missing_index(place: Path) -> str | None:
    """What to do where a file or a folder stands for an article and is none; nothing where it is
    one, or where there is neither."""
    if place.is_file():
        if place.suffix.lower() != ".md":
            return "put it into the folder of the article that needs it."
        return f"call it {Path(place.parent.name, place.stem, 'index.md')}."
    if not place.is_dir() or any(place.glob("index*.md")):
        return None
    texts = [file.name for file in _inside(place) if file.suffix.lower() == ".md"]
    return f"rename {texts[0]} to index.md." if texts else "write its text into index.md."


def _inside(folder: Path) -> list[Path]:
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return [place for place in places if not is_leftover(place.name)]


def _told(name: str, known: tuple[str, ...]) -> str:
    near = nearest(name, known)
    return "nothing reads this; " + (
        f"did you mean {near!r}?" if near else f"what is read here is {', '.join(known)}."
    )
