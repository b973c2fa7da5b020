"""What Python and Jinja say of a mistake, in the words of those who write articles and themes."""

from __future__ import annotations

import re
from functools import partial
from pathlib import PurePosixPath

import jinja2
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from generator.errors import did_you_mean, nearest

# A message, the hint that belongs to it, and the line where that is another.
Told = tuple[str, str | None, int | None]

_KINDS = {
    "Value": "a value of the data",
    "Text": "a text of the data",
    "Namespace": "a group of values",
    "RunValues": "a prompt",
    "RunList": "`prompts`",
    "Markup": "what is shown already",
    "Diagrams": "the diagrams",
    "str": "a text",
    "bool": "true or false",
    "dict": "a mapping",
    "list": "a list",
    "tuple": "a list",
    "range": "a list",
    **dict.fromkeys(("NoneType", "None"), "nothing"),
    "Macro": "a macro",
    **dict.fromkeys(("int", "float", "numpy.float32", "numpy.float64"), "a single number"),
}
_FILTERS = {"mark": "num", "shown": "num", "svg_mark": "svgnum"}  # by their functions
_KIND = r"'([\w.]+)'"
# Python's message, and ours with its parts: in backticks names, elsewhere kinds of things.
_MESSAGES: list[tuple[str, str]] = [
    (rf"unsupported operand type\(s\) for (\S+)(?: or pow\(\))?: {_KIND} and {_KIND}",
     "`{0}` does not go between {1} and {2}"),
    (r"can only concatenate (\w+) \(not \"([\w.]+)\"\) to \w+",
     "`+` does not go between {0} and {1}"),
    (rf"'(\S+)' not supported between instances of {_KIND} and {_KIND}",
     "`{0}` cannot compare {1} with {2}"),
    (rf"bad operand type for (?:unary )?(\S+?)(?:\(\))?: {_KIND}", "there is no `{0}` of {1}"),
    (rf"{_KIND} object is not callable", "{0} is no function, and takes no ( )"),
    (rf"{_KIND} object is not iterable|object of type {_KIND} has no len\(\)",
     "{0} has no elements to go through or to count"),
    (rf"{_KIND} object is not subscriptable", "{0} has no parts"),
    (r"%\w format: .* is required, not ([\w.]+)", "`%` does not write {0}"),
    (r"type ([\w.]+) doesn't define __round__ method",
     "`round` does not go with {0}; write `num(\".2f\")`"),
    (r"(?:\w+\.)?(?:do_)?(\w+)\(\) missing \d+ required positional arguments?: (.*)",
     "`{0}` also needs {1}"),
    (r"(?:\w+\.)?(?:do_)?(\w+)\(\) takes (?:from \d+ to )?\d+ positional arguments? but .*",
     "`{0}` is given more than it takes"),
    (r"(?:\w+\.)?(?:do_)?(\w+)\(\) got an unexpected keyword argument '(\w+)'",
     "`{0}` takes nothing called `{1}`"),
    (r"can't multiply sequence by non-int of type 'float'",
     "`*` does not go between a list, or a text, and a number like this"),
    (r"'?(?:\w+\.)*(\w+)(?: object)?'?(?: object)? has no (?:attribute|element) '?([^']+)'?",
     "{0} has no `{1}`"),
    (r"parameter '(\w+)' was not provided", "`{0}` is missing"),
    (r"slice indices must be .*", "a part is named by whole numbers, as in [0:3]"),
    (r"invalid literal for int\(\).*: (.*)|could not convert string to float: (.*)",
     "{0} is no number"),
    (r"math range error", "the result is too large for a number"),
]  # fmt: skip
_OPENED = re.compile(r"The innermost block that needs to be closed is '(\w+)'")
_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(\w+)'")
_NOT_KNOWN = re.compile(r"No (filter|test) named '(.+?)'")
_ASCII = "outside texts, write quotes, brackets, commas and colons as in English: \" ' ( ) , :"
_SHORTCODE = re.compile(r"\{\{(?:<.*?>|%.*?%)\}\}|\{\{[<%]")


def in_words(error: Exception) -> str:
    """What an error that a template met says, without Python's names for things."""
    message = str(error)
    if isinstance(error, KeyError):
        return f"there is no {message}"
    if isinstance(error, ZeroDivisionError):
        return "a number is divided by zero" if message.endswith("zero") else message
    if isinstance(error, RecursionError):
        return (
            "a macro calls itself, or a template extends itself, without end; the file of the same "
            "name in the theme that it inherits is called THEME/NAME"
        )
    for pattern, words in _MESSAGES:
        if found := re.fullmatch(pattern, message):
            parts = [part for part in found.groups() if part is not None]
            return re.sub(r"(`?)\{(\d)\}", partial(_said, parts), words)
    return message


def _said(parts: list[str], place: re.Match[str]) -> str:
    part = parts[int(place[2])]
    return place[1] + (_FILTERS if place[1] else _KINDS).get(part, part)


def missing(error: jinja2.TemplateNotFound, environment: jinja2.Environment) -> tuple[str, str]:
    """That a template is not there, and the hint which one was probably meant."""
    wanted = str(error.name)  # of several, the last
    kind = PurePosixPath(wanted).suffix
    known = {name for name in environment.list_templates() if name.endswith(kind)}
    # Every template is known by its own name, and once more below the name of its theme.
    of_theme = {name for name in known if name.partition("/")[2] in known}
    first, _, rest = wanted.partition("/")
    named = rest in known or first in {name.partition("/")[0] for name in of_theme}
    meant = of_theme if named else known - of_theme
    return f"the theme has no template {wanted!r}", did_you_mean(wanted, meant)


def not_known(message: str, environment: jinja2.Environment) -> tuple[str, str] | None:
    """That there is no such filter or test, if that is what Jinja says, and the hint which one was
    probably meant; ours come first."""
    found = _NOT_KNOWN.match(message)
    if found is None:
        return None
    kind, name = found.groups()
    known, general = {
        "filter": (environment.filters, FILTERS),
        "test": (environment.tests, TESTS),
    }[kind]
    ours = sorted(known.keys() - general.keys())
    near = nearest(name, ours) or nearest(name, known)
    listed = ", ".join([*ours, "and Jinja's own"])
    hint = f"did you mean {near!r}?" if near else f"known are: {listed}."
    return f"there is no {kind} {name!r}", hint


def wrongly_written(error: jinja2.TemplateSyntaxError, environment: jinja2.Environment) -> Told:
    """What is wrong with a template that cannot be read."""
    message, source = error.message or "syntax error", error.source or ""
    line = next(iter(source.split("\n")[error.lineno - 1 : error.lineno]), "")
    if found := _SHORTCODE.search(line):
        return _shortcode(found[0])
    if unknown := not_known(message, environment):
        return *unknown, None
    if opened := _OPENED.search(message):
        return _unclosed(message, opened[1], error.lineno, source, environment)
    if re.match("unexpected char ['\"]{3}|unexpected char '\"'", message):
        return "a text in quotes is not closed", "end it with the quote that it began with.", None
    if found := re.match("unexpected char '([“”‘’「」（），：])'", message):
        return f"`{found[1]}` is no sign of the template language", _ASCII, None
    if message == "Missing end of comment tag":
        return "a comment is not closed", "end it with ##}.", None
    for ours, theirs in (
        ("`}}`", "'end of print statement'"),
        ("`%}`", "'end of statement block'"),
    ):
        message = message.replace(theirs, ours)
    return message, None, None


def _shortcode(text: str) -> Told:
    quote = "'" if '"' in text else '"'
    shown = text if text.endswith("}}") and quote not in text else "{{< name >}}"
    return (
        "this is a shortcode of Hugo's, and pages must do without",
        f"write HTML or a diagram. To show it as text, write {{{{ {quote}{shown}{quote} }}}}, and "
        "around code that holds it {% raw %} … {% endraw %}.",
        None,
    )


def _unclosed(
    message: str, tag: str, last: int, source: str, environment: jinja2.Environment
) -> Told:
    line = _opening(environment, source, tag, last)
    if found := _UNKNOWN_TAG.match(message):
        return (
            f"`{found[1]}` stands inside the `{tag}` of line {line}, which is not closed yet",
            f"write {{% end{tag} %}} before it.",
            None,
        )
    return f"this `{tag}` is not closed", f"write {{% end{tag} %}} where it ends.", line


def _opening(environment: jinja2.Environment, source: str, tag: str, last: int) -> int | None:
    """The line of the innermost `tag` that is open at the line `last`."""
    lines: list[int] = []
    words: list[str] = []
    for line, kind, text in environment.lex(source):
        if line > last:
            break
        if kind == "block_begin":
            words = []
        elif kind in ("name", "operator"):
            words.append(text)
        elif kind == "block_end" and words:
            if words[0] == tag and not (tag == "set" and "=" in words):
                lines.append(line)
            elif words[0] == f"end{tag}" and lines:
                lines.pop()
    return lines[-1] if lines else None
