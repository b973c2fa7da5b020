"""The documentation: Markdown pages that take their tables from the code they describe."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from generator.commands import EXIT_CODES, cli
from generator.data import names
from generator.data.address import GRAMMAR
from generator.data.analyses import ANALYSES
from generator.data.names import Name
from generator.data.value import FUNCTIONS
from generator.page.code import outside_code
from generator.page.jinja import Environment, Missing
from generator.page.markdown import to_html
from generator.page.phrases import breakable_names
from generator.page.templates import fill
from generator.project.card import Architecture
from generator.project.doc import Doc
from generator.project.schemas import SCHEMAS, keys_of
from generator.usage import options_of, usages


def _forward_values(**others: Any) -> list[Name]:
    """The values of a forward pass, `{l}` in their patterns standing for a layer."""
    shape = Architecture(n_layers=1, n_heads=2, d_model=4, n_ctx=1, **others)
    return [
        replace(name, pattern=name.pattern.replace("blocks.0.", "blocks.{l}."))
        for name in names.forward_names(shape).values()
    ]


def render_doc(doc: Doc) -> dict[str, Any]:
    """A page's `body` and `toc`. Raises TemplateError with file and line where it fails."""
    environment = Environment(
        undefined=Missing,
        comment_start_string="{##",
        comment_end_string="##}",
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    made = to_html(fill(environment, doc.body, doc.file, tables()))
    return {"body": _names_broken(made.body), "toc": made.toc}


def _plain(text: str) -> str:
    """A text that is no Markdown but for its code, as Markdown."""
    return outside_code(
        text, lambda part: re.sub(r"[*_\[\]]", r"\\\g<0>", html.escape(part, quote=False))
    )


def _names_broken(body: str) -> Markup:
    """A page's body, in whose tables names may break, so that they leave room for their meaning."""
    code = r"(<td[^>]*><code>)([^<]*)(?=</code>)"
    return Markup(re.sub(code, lambda found: found[1] + str(breakable_names(found[2])), str(body)))


def tables() -> dict[str, Any]:
    """What the code says of itself, as the documentation's templates name it."""
    usual = _forward_values()
    other = _forward_values(
        n_key_value_heads=1, norm="rms", positions="rotary", qk_norm=True, gated=True
    )
    return {
        "grammar": GRAMMAR.strip(),
        "functions": [(name, _summary(function)) for name, function in FUNCTIONS.items()],
        "values": {
            "forward": _rows(usual),
            "others": _rows(name for name in other if name not in usual),
            "sampling": _rows([names.PENALIZED, *names.SAMPLING]),
            "measured": _rows(names.MEASURED),
            "model": _rows([*names.TABLE, *names.HISTORY]),
        },
        "tokens": {
            "token": list(names.TOKEN.items()),
            "join": list(names.JOIN.items()),
            "vocabulary": list(names.VOCABULARY.items()),
        },
        "measured_with": list(names.MEASURED_WITH.items()),
        "configs": {
            name: [(key.name, key.meaning, key.default, key.within) for key in keys_of(name)]
            for name in SCHEMAS
        },
        "analyses": [
            {
                "name": analysis.name,
                "of": analysis.of,
                "meaning": analysis.meaning,
                "inputs": ", ".join(f"`{name}`" for name in analysis.inputs),
                "outputs": _rows(analysis.outputs),
            }
            for analysis in ANALYSES
        ],
        "commands": {
            "options": options_of(cli),
            "sections": usages(cli),
            "exit_codes": EXIT_CODES,
        },
    }


def _rows(known: Iterable[Name]) -> list[tuple[str, str, str]]:
    """Pattern, shape and meaning of each."""
    return [(name.pattern, f"[{', '.join(name.dims)}]", name.meaning) for name in known]


def _summary(function: Any) -> str:
    return str(function.__doc__).split("\n")[0]
