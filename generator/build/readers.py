"""Which models of a project can read a text; torch is not needed for it."""

from __future__ import annotations

from generator.errors import GlasspageError
from generator.model.tokenizer import Tokenizer, UnknownCharacterError
from generator.model.tokenizer_file import load_tokenizer
from generator.project.project import Named, Project


def check_readable(project: Project, named: Named) -> None:
    """Raise ConfigError where the model lacks characters of the text; it says which models of the
    project have them all. What else may be wrong with a model is told where it is loaded."""
    text, model = named.prompt.prompt, named.model
    try:
        _tokenizer(project, model).encode(text)
    except UnknownCharacterError as error:
        others = [name for name in project.models if name != model and _reads(project, name, text)]
        known = (
            f"{', '.join(others)} can read it: choose with --model."
            if others
            else ("no model of the project can read it: take them out.")
        )
        hint = f"the model is {model}; {known}"
        raise named.source.error(error.message, ("prompt",), hint=hint) from None
    except GlasspageError:
        return


def _reads(project: Project, model: str, text: str) -> bool:
    try:
        _tokenizer(project, model).encode(text)
    except GlasspageError:  # or it is not there, or damaged
        return False
    return True


def _tokenizer(project: Project, model: str) -> Tokenizer:
    """A model's tokenizer. Raises ModelError where there is none that can be read."""
    trained = project.card(model).trained
    file = "tokenizer.json" if trained is None else trained.tokenizer.file
    return load_tokenizer(project.model_folder(model) / file)
