"""Whether the components of a theme can be read, before any page is made."""

from __future__ import annotations

from generator.errors import Collected
from generator.page.jinja import mistakes_told
from generator.page.templates import Templates
from generator.page.words import plain_tree
from generator.project.source import read_text
from generator.project.theme import Theme


def check_components(theme: Theme) -> None:
    """Raise TemplateError for the components that cannot be read, those too that no page uses."""
    errors = Collected()
    for file in theme.files("components").values():
        text = read_text(file)
        if plain_tree(text) is None:
            environment = Templates(theme, {}).environment
            with errors.collecting(), mistakes_told(file, environment):
                environment.parse(text, filename=str(file))
    errors.tell()
