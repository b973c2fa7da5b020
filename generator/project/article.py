"""An article: front matter, and a body in Markdown and Jinja."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from generator.errors import Collected, ConfigError, combined, did_you_mean
from generator.files import PICTURES_TOLD, is_picture
from generator.project.section import Section, Words, expected
from generator.project.site import LANGUAGE
from generator.project.source import Path_, Source, read_text

FENCE = "---"
_NEARLY = re.compile(r"\s*[-–—=+.~]{2,}\s*")  # what is written for it by mistake
_INDEX = re.compile(r"index(?:\.([A-Za-z0-9-]+))?\.md")
# What a build puts beside a page.
_TAKEN = {"index.html", "numbers.html", "numbers.yaml", "claims.yaml", "data"}
# What front matter may hold that is filled in from the data, as a body is.
TEMPLATES = ("title", "summary", "description")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # but for tabs and line ends
_TAG = re.compile(r"\{\{|\{%")

# What cannot stand in the path of an address as it is (RFC 3986), nor in a file's name anywhere.
_NO_ADDRESS = r"""\s"%:?#<>\[\]\\^`{|}"""
# From the site's top, a folder or a page. No `.` or `..`, which would lead elsewhere.
Alias = Annotated[
    str,
    Field(pattern=rf"^(?:/[^./{_NO_ADDRESS}][^/{_NO_ADDRESS}]*)+(?:/|\.html)$"),
    expected(
        "an address from the site's top, such as /old/place/ or /old.html",
        "use letters, digits, `-`, `_` and `.`; no white space, quotes, brackets, `%`, `?`, `#` or "
        "`:` can stand in it.",
    ),
]

Word = Annotated[str, Field(pattern=r"\S"), expected("a word", "write one, or take this out.")]


class Cover(Section):
    """A picture at the head of the page, from the article's folder."""

    NEEDLESS: ClassVar[Mapping[str, str]] = {
        "relative": "the picture stands beside the page, and glasspage tells Hugo so"
    }

    image: Words
    """Its file."""
    alt: Words
    """What it shows, for those who cannot see it."""
    caption: str | None = None
    """What stands below it."""


class Front(Section):
    """The keys of front matter, those of Hugo's theme PaperMod, where none of them is needed."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=False)

    title: Words | None = None
    """The title; a template, like the body."""
    date: datetime.date | None = None
    """The day of publication, YYYY-MM-DD."""
    lastmod: datetime.date | None = None
    """The day of the last change, if that is another."""
    draft: bool = False
    """Drafts are made, and left out of the site."""
    author: Words | None = None
    """Who wrote it, if not the site's author."""
    summary: Words | None = None
    """What it is about, for lists and feeds; a template too."""
    description: Words | None = None
    """The same for search engines, where that is to be another text; a template too."""
    keywords: list[Word] = Field(default_factory=list)
    """Words for search engines, which a blog's theme may put into its pages."""
    categories: list[Word] = Field(default_factory=list)
    """The large subjects that it belongs to."""
    tags: list[Word] = Field(default_factory=list)
    """The small ones."""
    aliases: list[Alias] = Field(default_factory=list)
    """Addresses at which it stood before, from the site's top: `/old/place/`, `/old.html`."""
    cover: Cover | None = None
    """A picture above the text: `image`, `alt` and perhaps `caption`."""
    weight: int | None = Field(default=None, ge=1)
    """Its place in a blog that sorts by weight."""
    show_toc: bool = Field(default=True, alias="ShowToc")
    """Whether it has a table of contents."""
    toc_open: bool = Field(default=True, alias="TocOpen")
    """Whether a blog shows that unfolded."""


class FrontMatter(Front):
    """What stands above an article."""

    title: Words
    """The title; a template, like the body."""
    date: datetime.date
    """The day of publication, YYYY-MM-DD."""
    summary: Words
    """What it is about, for lists and feeds; a template too."""
    prompts: list[Word] | None = Field(default=None, min_length=1)
    """The prompts that it compares: it is then one page over all of them, which no prompt lists."""

    @field_validator("prompts", mode="before")
    @classmethod
    def _said(cls, prompts: object) -> object:
        if prompts is None:  # whose author began a list, and would get a page a prompt
            raise PydanticCustomError("list_type", "")
        return prompts


@dataclass(frozen=True)
class Article:
    """An article in one language, as its author wrote it.

    `body` keeps the line numbers of the file: the front matter's lines are blank in it.
    `languages` are all those that the article is written in, the site's main one first. `config`
    is the prompt config that says some of the front matter otherwise, if there is one.
    """

    name: str
    language: str
    languages: tuple[str, ...]
    file: Path
    source: Source
    front: FrontMatter
    body: str
    config: Source | None = None

    def with_front(self, front: Front, config: Source) -> Article:
        """The article as the pages of a prompt have it, whose `config` gives some front matter.

        Raises ConfigError where the two do not go together.
        """
        given = {key: getattr(front, key) for key in front.model_fields_set}
        given = {key: value for key, value in given.items() if value is not None}
        date, lastmod = given.get("date"), self.front.lastmod
        if date is not None and lastmod is not None and lastmod < date:
            given.setdefault("lastmod", None)  # the page is younger than the article's last change
        article = replace(self, front=self.front.model_copy(update=given), config=config)
        _check_front(article)
        return article

    def origin(self, path: Path_) -> tuple[Source, Path_]:
        """The text that has what stands at `path` in the front matter, and its path there."""
        if self.config is not None and self.config.content["front"].get(path[0]) is not None:
            return self.config, ("front", *path)
        return self.source, path

    def front_error(self, message: str, path: Path_, *, hint: str | None = None) -> ConfigError:
        """An error about what stands at `path` in the front matter."""
        source, place = self.origin(path)
        return source.error(message, place, hint=hint)

    @property
    def compares(self) -> bool:
        """Whether it is one page over prompts that it lists itself."""
        return self.front.prompts is not None

    @property
    def companions(self) -> list[Path]:
        """The other files of the article's folder, such as its pictures."""
        files = sorted(self.file.parent.rglob("*"))
        return [
            file
            for file in files
            if file.is_file() and not (file.parent == self.file.parent and _INDEX.match(file.name))
        ]


def read_articles(folder: Path, languages: list[str]) -> list[Article]:
    """The article in `folder` in each language that it is written in.

    `index.md` is in the first of `languages`, `index.<language>.md` in the one that it names.
    Raises ConfigError where the article is not understood; none are where there is no index.
    """
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("index*.md")):
        language = _language_of(file, languages)
        if language in files:
            raise ConfigError(
                f"{files[language].name} is in the language {language!r} too",
                file=file,
                hint="keep one of the two.",
            )
        files[language] = file
    articles: list[Article] = []
    errors = Collected()
    for language in languages:
        if language in files:
            with errors.collecting():
                articles.append(_read(folder.name, language, languages, files))
    errors.tell()
    for article in articles[1:]:
        _check_same_prompts(articles[0], article)
    return articles


def _language_of(file: Path, languages: list[str]) -> str:
    """The language that an article's file names. Raises ConfigError for none of `languages`."""
    match = _INDEX.fullmatch(file.name)
    if match is None:
        raise ConfigError(
            "an article's file is called index.md, or index.CODE.md in another language",
            file=file,
            hint=f"the site's languages are {', '.join(languages)}; rename the file, or move it "
            "away.",
        )
    language = match[1] or languages[0]
    if language in languages:
        return language
    named = [code for code in languages if language.lower().startswith(code.lower())]
    hint = _declare(language, languages)
    if named:
        hint = f"did you mean index.{max(named, key=len)}.md?"
    elif not re.fullmatch(LANGUAGE, language):
        hint = (
            f"{did_you_mean(language, languages)} For another, name its code, such as en, under "
            "`translations` in content/site.yaml, and call the file index.CODE.md."
        )
    raise ConfigError(f"the site does not have the language {language!r}", file=file, hint=hint)


def _check_same_prompts(first: Article, other: Article) -> None:
    """Raise ConfigError where two languages of an article compare different prompts."""
    prompts = first.front.prompts
    if other.front.prompts == prompts:
        return
    hint = "take them out here." if prompts is None else f"write prompts: [{', '.join(prompts)}]."
    raise other.source.error(
        f"{first.file.name} lists {'no' if prompts is None else 'other'} prompts, and an article "
        "has the same in every language",
        ("prompts",),
        key=True,
        hint=hint,
    )


def _declare(language: str, languages: list[str]) -> str:
    """What to do for an article in a language that the site may not have yet."""
    return (
        f"content/site.yaml declares {', '.join(languages)}; name {language} under `translations` "
        f"there, and call the file index.{language}.md."
    )


def _refuse_language(source: Source, languages: list[str]) -> None:
    """Raise ConfigError for the key `language`: the name of an article's file says that."""
    if "language" not in source.content:
        return
    meant = str(source.content["language"])
    hint = _declare(meant, languages)
    if meant in languages:
        name = "index.md" if meant == languages[0] else f"index.{meant}.md"
        hint = f"take it out, and call the file {name}."
    raise source.error(
        "an article's language stands in the name of its file", ("language",), key=True, hint=hint
    )


def _read(name: str, language: str, site: list[str], files: dict[str, Path]) -> Article:
    """One of an article's `files`; `site` are the site's languages."""
    file, languages = files[language], tuple(each for each in site if each in files)
    source, body = split_front(file)
    _refuse_language(source, site)
    article = Article(name, language, languages, file, source, source.parse(FrontMatter), body)
    for companion in article.companions:
        if companion.relative_to(file.parent).parts[0] in _TAKEN:
            raise ConfigError(
                "a build puts a file of its own in this place beside the page",
                file=companion,
                hint="give it another name.",
            )
    if not body.strip():
        raise ConfigError(
            "the article has no text",
            file=file,
            line=body.count("\n") + 1,
            hint="write it below the front matter.",
        )
    _check_front(article)
    return article


def _check_front(article: Article) -> None:
    """Raise ConfigError for front matter whose parts do not go together, or which holds what would
    be shown as it is written."""
    front = article.front
    shown = [
        article.front_error(
            f"nothing is filled in here: {', '.join(TEMPLATES[:-1])} and {TEMPLATES[-1]} are "
            "the templates of front matter",
            path,
            hint="write the words themselves; what differs from prompt to prompt can stand "
            "under `front` in the prompt configs.",
        )
        for path, text in _texts(front.model_dump(exclude=set(TEMPLATES)))
        if _TAG.search(text)
    ]
    if shown:
        raise combined(shown)
    if front.lastmod is not None and front.lastmod < front.date:
        raise article.front_error("the article was changed before it was written", ("lastmod",))
    if front.cover is not None and (
        article.file.parent / front.cover.image not in article.companions
    ):
        raise article.front_error("there is no such picture beside the article", ("cover", "image"))
    if front.cover is not None and not is_picture(front.cover.image):
        raise article.front_error(
            "browsers do not show this file as a picture",
            ("cover", "image"),
            hint=f"they show {PICTURES_TOLD}.",
        )


def _texts(front: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Every text of some front matter, with the path that leads to it."""
    if isinstance(front, str):
        yield path, front
    elif isinstance(front, dict | list):
        for step, part in front.items() if isinstance(front, dict) else enumerate(front):
            yield from _texts(part, (*path, step))


def read_front(file: Path) -> FrontMatter:
    """The front matter of an article alone. Raises ConfigError where it is not understood."""
    return split_front(file)[0].parse(FrontMatter)


def split_front(file: Path) -> tuple[Source, str]:
    """The front matter of a Markdown file, and its body, which keeps the file's line numbers."""
    lines = read_text(file).split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if not ends or ends[0] != 0:
        hint = "write title and summary there, and the date of an article."
        if lines[0].rstrip() == "+++":
            hint = "write it as YAML, `title: …`, and not as TOML."
        raise ConfigError(
            "a page begins with its front matter, between two lines `---`",
            file=file,
            line=1,
            hint=hint,
        )
    if len(ends) < 2:
        nearly = [n for n, line in enumerate(lines, 1) if n > 1 and _NEARLY.fullmatch(line)]
        raise ConfigError(
            "the front matter that begins on the first line does not end",
            file=file,
            line=nearly[0] if nearly else 1,
            hint="write `---` here, and nothing else."
            if nearly
            else "write a line `---` below its last key.",
        )
    try:
        source = Source("\n".join(lines[1 : ends[1]]), file, first_line=2)
    except ConfigError as error:
        if any(not line.strip() for line in lines[1 : (error.line or 1) - 1]):
            error.hint = f"close the front matter with `---` where it ends, or else {error.hint}"
        raise
    body = "\n".join([""] * (ends[1] + 1) + lines[ends[1] + 1 :])
    if found := _CONTROL.search(body):
        raise ConfigError(
            f"a text cannot hold the character U+{ord(found[0]):04X}, which nothing shows",
            file=file,
            line=body.count("\n", 0, found.start()) + 1,
            column=found.start() - body.rfind("\n", 0, found.start()),
            hint="take it out.",
        )
    return source, body
