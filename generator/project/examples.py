"""Files to begin with: a prompt, an article, a model's card, a whole site. Each builds as it is."""

from __future__ import annotations

import datetime
import json
import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

import yaml

from generator.errors import ConfigError
from generator.files import write
from generator.project.layout import (
    article_folder,
    article_names,
    model_names,
    prompt_files,
    prompt_folder,
)
from generator.project.project import NAME, Project, check_prompt_name
from generator.project.site import A_LANGUAGE, LANGUAGE

_EXAMPLES = Path(__file__).parent.parent / "examples"
_WORDS = {
    "zh": ("一个模型", "模型读了一句话，接着写下去。"),
    "en": ("One model", "What a model writes, and why."),
}

_ANY_TEXT = "Once upon a time"


def new_prompt(project: Project, name: str) -> Path:
    """Write a prompt config. Raises ConfigError where the name is taken, or no model is trained."""
    file = prompt_folder(project.root) / f"{name}.yaml"
    _check_free(name, [known.stem for known in prompt_files(project.root)], ".yaml")
    check_prompt_name(file)
    model = _trained(project)
    return _write(
        file,
        _example(
            "prompt.yaml",
            model=model,
            prompt=_quoted(_text_for(project, model)),
            article=project.site.default_article,
        ),
        name,
    )


def new_article(project: Project, name: str, today: datetime.date) -> Path:
    """Write an article in the site's main language. Raises ConfigError where the name is taken."""
    _check_free(name, article_names(project.root), ".md")
    return _write(
        article_folder(project.root) / name / "index.md",
        _article(project.site.language, today),
        name,
    )


def new_model(project: Project, name: str) -> Path:
    """Write the card of a model to train. Raises ConfigError where the name is taken."""
    _check_free(name, model_names(project.root), ".yaml")
    text = _example("model.yaml", name=name, language=project.site.language)
    return _write(project.model_folder(name) / "model.yaml", text, name)


def init(
    folder: Path, giver: Project, language: str, glasspage: str, today: datetime.date
) -> list[Path]:
    """Write a site that builds, with a theme and a model of `giver`; returns what it wrote.

    `glasspage` is the command that its Makefile runs. Raises ConfigError where `folder` holds
    anything, or where the theme has no words in such a language.
    """
    if not re.fullmatch(LANGUAGE, language):
        raise ConfigError(f"expected {A_LANGUAGE}, not {language}")
    if language not in giver.theme.languages:
        raise giver.theme.without_words(language, "with --language")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError("there is something in this place", file=folder, hint="name another.")
    model = _trained(giver, language)
    title, description = _WORDS.get(language, _WORDS["en"])
    theme = giver.site.theme
    texts = {
        "Makefile": _example("Makefile", glasspage=_in_make(glasspage)),
        ".gitignore": "output/\n.output.*\n",
        "content/site.yaml": _example(
            "site.yaml", name=title, description=description, language=language, theme=theme
        ),
        "content/facts.yaml": _example("facts.yaml"),
        "content/terms.yaml": _example("terms.yaml"),
        "content/prompts/first.yaml": _example(
            "prompt.yaml",
            model=model,
            prompt=_quoted(_text_for(giver, model)),
            article="first",
        ),
        "content/articles/first/index.md": _article(language, today),
    }
    for name, text in texts.items():
        write(folder / name, text)
    for file in giver.model_files(model):
        target = folder / "models" / model / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    for theme_folder in giver.theme.folders:
        shutil.copytree(theme_folder, folder / "themes" / theme_folder.name)
    return [*(folder / name for name in texts), folder / "models" / model, folder / "themes"]


def _check_free(name: str, known: Iterable[str], ending: str) -> None:
    """Raise ConfigError for a name with the `ending` that its file gets anyway, and for one that
    differs from a `known` one in its capitals alone."""
    if name.endswith(ending):
        raise ConfigError(
            f"{name!r} is the name of a file",
            hint=f"write it without its ending: {name.removesuffix(ending)}.",
        )
    for other in known:
        if other != name and other.casefold() == name.casefold():
            raise ConfigError(
                f"{other!r} is called the same but for capitals, and on many machines they would "
                "be one file",
                hint="choose another name.",
            )


def _write(file: Path, text: str, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"nothing can be called {name!r}",
            hint="use letters, digits, `.`, `-` and `_`, and begin with a letter or a digit.",
        )
    if file.exists():
        raise ConfigError("this file is there already", file=file, hint="choose another name.")
    write(file, text)
    return file


def _article(language: str, today: datetime.date) -> str:
    file = f"article.{language}.md"
    known = file if (_EXAMPLES / file).is_file() else "article.en.md"
    return _example(known, date=today.isoformat())


def _example(file: str, **given: str) -> str:
    """An example, its @names@ filled in."""
    text = (_EXAMPLES / file).read_text(encoding="utf-8")
    return re.sub(r"@(\w+)@", lambda found: given[found[1]], text)


def _trained(project: Project, language: str | None = None) -> str:
    """A model that can be run: the smallest that read texts in the language, if one is given; or
    else the first prompt's, or the first that has been trained."""
    if language is not None and (smallest := project.smallest_model(language)) is not None:
        return smallest
    if project.has_prompts:
        return project.prompts[0].model
    trained = [name for name in project.models if len(project.model_files(name)) > 1]
    if not trained:
        raise ConfigError(
            "no model has been trained",
            file=project.root / "models",
            hint="`glasspage new model NAME` writes a card, and `glasspage train NAME` trains it.",
        )
    return trained[0]


def _text_for(project: Project, model: str) -> str:
    """A text that the model can read: its card's, or else a prompt's, or letters that it knows."""
    if (start := project.card(model).start) is not None:
        return start
    for named in project.prompts if project.has_prompts else []:
        if named.model == model:
            return named.prompt.prompt
    tokenizer = json.loads((project.model_folder(model) / "tokenizer.json").read_bytes())
    if "tokens" not in tokenizer:  # of bytes, which can read any text
        return _ANY_TEXT
    tokens = tokenizer["tokens"]
    letters = [token for token in tokens if token.isalpha()]
    return "".join((letters or tokens)[:3])


def _in_make(command: str) -> str:
    """A program's file as a Makefile can hold and run it, white space and all."""
    return shlex.quote(command).replace("$", "$$").replace("#", r"\#")


def _quoted(text: str) -> str:
    """The text as YAML on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=10**9).split("\n")[0]
