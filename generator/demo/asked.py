"""What a demo was asked for, as a prompt config and an article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator.errors import ConfigError, did_you_mean
from generator.project.article import Article
from generator.project.project import Named, Project
from generator.project.prompt import Prompt
from generator.project.source import Path_, Source

NAME = "demo"  # of the prompt, which has no config of its own


@dataclass(frozen=True)
class Asked:
    """The options of the command; None where nothing was said, and the project decides."""

    model: str | None
    start: str | None
    new_tokens: int
    temperature: float
    top_k: int
    seed: int
    language: str | None


class CommandLine(Source):
    """A prompt config that was typed as options, whose errors name the option instead of a line."""

    def __init__(self, content: Mapping[str, Any], options: Mapping[Path_, str]) -> None:
        text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)
        super().__init__(text, Path("command line"))
        self._options = options

    def error(
        self, message: str, path: Path_, *, key: bool = False, hint: str | None = None
    ) -> ConfigError:
        option = self._options.get(path)
        if option is None:
            return ConfigError(message, hint=hint)
        written = ".".join(map(str, path))
        return ConfigError(f"{option}: {message.removeprefix(f'{written}: ')}", hint=hint)


def settle(project: Project, asked: Asked) -> tuple[Named, Article]:
    """The prompt and the article, in one language, that are to be shown.

    Raises ConfigError for a model or a language that there is not, for a model that nobody knows a
    text for, and for options beyond the limits of a prompt config.
    """
    article = _article(project, asked.language)
    model = _model(project, asked.model, article.language)
    start, origin = asked.start, "--start"
    if start is None:
        start, origin = _start(project, model)
    if not _is_text(start):
        raise ConfigError(f"{origin}: this is not UTF-8", hint="give a text.")
    config = {
        "model": model,
        "prompt": start,
        "new_tokens": asked.new_tokens,
        "sampling": {
            "temperature": asked.temperature,
            "top_k": asked.top_k,
            "seed": asked.seed,
        },
    }
    options: dict[Path_, str] = {
        ("model",): "--model",
        ("prompt",): origin,
        ("new_tokens",): "--gen-tokens",
        ("sampling", "temperature"): "--temperature",
        ("sampling", "top_k"): "--top-k",
        ("sampling", "seed"): "--seed",
    }
    source = CommandLine(config, options)
    named = Named(NAME, source.parse(Prompt), source)
    return _timed(project, named) or named, article


def _timed(project: Project, asked: Named) -> Named | None:
    """The prompt of the project that asks for the very same, if it was timed: an article may tell
    how long that took."""
    for named in project.prompts if project.has_prompts else ():
        same = named.model == asked.model and named.prompt.published() == asked.prompt.published()
        if same and project.measurement(named) is not None:
            return named
    return None


def _article(project: Project, language: str | None) -> Article:
    """The site's default article in a language, or in its own first one."""
    articles = {article.language: article for article in project.default_articles}
    if language is None:
        return next(iter(articles.values()))
    if language not in articles:
        raise ConfigError(
            f"--lang: the article {project.site.default_article!r} is not written in {language!r}",
            hint=f"it is written in: {', '.join(articles)}.",
        )
    return articles[language]


def _model(project: Project, name: str | None, language: str) -> str:
    """The model that was asked for, or else the smallest that read texts in the language, or else
    the first prompt's."""
    if name is not None:
        if name not in project.models:
            raise ConfigError(
                f"--model: there is no model {name!r}", hint=did_you_mean(name, project.models)
            )
        return name
    return project.smallest_model(language) or project.prompts[0].model


def _start(project: Project, model: str) -> tuple[str, str]:
    """The text that a model begins with where none is given, and where it is written."""
    written = project.model_folder(model) / "model.yaml"
    start = project.card(model).start
    if start is not None:
        return start, f"{written}: start"
    for named in project.prompts if project.has_prompts else ():
        if named.model == model:
            return named.prompt.prompt, str(named.source.file)
    raise ConfigError(
        f"nothing says what {model} should continue",
        hint=f"give a text with --start, or write `start: …` into {written}.",
    )


def _is_text(text: str) -> bool:
    """Whether all of it is characters; a shell may hand on bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
