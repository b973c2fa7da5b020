"""The template language: Jinja over values, with escaping and marks decided in one place.

Articles, their titles and the theme's diagrams share one environment. Texts out of the data are
escaped for Markdown and HTML alike; a number can reach a page only as a mark.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import jinja2
from markupsafe import Markup

from generator.data.text import escape, visible
from generator.data.value import FUNCTIONS, Text, Value, named
from generator.errors import TemplateError, did_you_mean
from generator.page import scale
from generator.page.claims import ClaimTag
from generator.page.digits import BY_HAND, MARKED, LineMarks, disguising
from generator.page.expected import KINDS_TOLD, bound, check
from generator.page.jinja import Environment, Missing, Watching, mistakes_told
from generator.page.labels import label_sides
from generator.page.lines import LineEnds
from generator.page.mark import mark, shown, svg_mark
from generator.page.model_name import parts_of
from generator.page.spelling import spelt_groups
from generator.project.theme import Theme

_LONGEST_LOOP = 100_000
# Takes a diagram's name and what it was given, and may answer with what to put in its place.
Instead = Callable[[str, Mapping[str, Any]], Markup | None]


@runtime_checkable
class Named(Protocol):
    """A context that knows more names than it has at the top."""

    def known(self) -> Iterable[str]: ...


class Diagrams:
    """The theme's components: `diagram.NAME(...)` calls the macro of `components/NAME.html`, unless
    `instead` has something else to put there."""

    def __init__(
        self, environment: jinja2.Environment, known: list[str], instead: Instead | None = None
    ) -> None:
        self._environment = environment
        self._known = known
        self._instead = instead

    def __repr__(self) -> str:
        return "`diagram` alone"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._known:
            raise TemplateError(
                f"the theme has no diagram {name!r}", hint=did_you_mean(name, self._known)
            )
        template = self._environment.get_template(f"components/{name}.html")
        macro = getattr(template.module, name, None)
        if not isinstance(macro, jinja2.runtime.Macro):
            raise TemplateError(
                f"this component has no macro {name!r}",
                file=template.filename,
                line=1,
                hint=f"a component holds a macro of its own name: {{% macro {name}(…) %}}.",
            )

        takes: Mapping[str, Any] = getattr(template.module, "takes", {})

        def drawn(*args: Any, **kwargs: Any) -> Markup:
            given = bound(name, macro, args, kwargs)
            if "caption" in macro.arguments and not str(given.get("caption") or "").strip():
                raise TemplateError(
                    f"diagram.{name} has no caption", hint="say what it shows: caption=…"
                )
            try:
                check(name, given, takes)
            except ValueError as error:
                raise TemplateError(
                    str(error), file=template.filename, line=1, hint=KINDS_TOLD
                ) from None
            other = None if self._instead is None else self._instead(name, given)
            if other is not None:
                return other
            try:
                return compact(macro(*args, **kwargs))
            except Exception as error:
                error.add_note(f"diagram.{name}")  # for the message about it
                raise

        drawn.__name__ = f"diagram.{name}"
        return drawn


def compact(html: str) -> Markup:
    """HTML as a Markdown block may hold it: no blank line, no indentation."""
    lines = (line.strip() for line in html.split("\n"))
    return Markup("\n".join(line for line in lines if line))


@jinja2.pass_eval_context  # else Jinja puts out constants, `{{ 5 }}`, without asking
def finalize(_: jinja2.nodes.EvalContext, thing: Any) -> Any:
    """What `{{ … }}` may put out: texts, escaped, and what has been marked."""
    if isinstance(thing, Markup | jinja2.Undefined):
        return thing
    if isinstance(thing, Text):
        return thing.__html__()
    if isinstance(thing, str):
        return escape(thing)
    if isinstance(thing, Value):
        raise thing.unmarked()
    if isinstance(thing, jinja2.runtime.TemplateReference):
        raise TypeError("`self` is the article itself, and cannot be shown")
    if isinstance(thing, jinja2.runtime.Macro):
        raise TypeError(f"`{thing.name}` is a macro; write {thing.name}(…)")
    if name := getattr(thing, "__name__", None):
        raise TypeError(f"`{name}` is a function; write {name}(…)")
    raise TypeError(
        f"{named(thing)} cannot be shown: `num` shows values, `lit` what you answer for yourself"
    )


@jinja2.pass_eval_context
def finalize_plain(context: jinja2.nodes.EvalContext, thing: Any) -> Any:
    """The same for titles and summaries, which are plain text."""
    if isinstance(thing, Markup):
        raise TypeError("only text can be shown here; of a fact, `fact_value(…) | num`")
    return visible(str(thing)) if isinstance(thing, str) else finalize(context, thing)


def for_diagrams(show: Any) -> Any:
    """A filter that only the theme's components may use: it shows numbers without a mark."""

    @jinja2.pass_context
    def guarded(context: jinja2.runtime.Context, *arguments: Any) -> Any:
        if context.name is None:
            raise TypeError("only the theme's diagrams may use this filter; `num` shows a number")
        return show(*arguments)

    return guarded


def css(number: float) -> Markup:
    """A length or a share for a style or a drawing: at most two decimals, no exponent."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return Markup("0" if text == "-0" else text)


def axis(number: float, marks: Sequence[float] = (), unit: float = 1) -> Markup:
    """A label of an axis, in so many digits that it differs from those of its other `marks`."""
    among = list(marks) or [number]
    return Markup(scale.tick_labels(among, unit)[among.index(number)])


def lit(thing: Any) -> Markup:
    """A number that the author answers for: a stage, a layer's label, a line of a list."""
    if (
        isinstance(thing, bool)
        or not isinstance(thing, int | float | str)
        or isinstance(thing, Markup)
    ):
        raise TypeError(f"`lit` takes a number, not {named(thing)}; `num` shows values")
    return escape(str(thing))


def lit_plain(thing: Any) -> str:
    """The same in plain text."""
    lit(thing)
    return str(thing)


def label(number: Any) -> Markup:
    """A number that a diagram labels its own parts with."""
    return escape(str(number))


def counting(*bounds: Any) -> range:
    """`range`, for values too: their own `__index__` would let `%d` print them unmarked."""
    numbers = range(*map(plain, bounds))
    if len(numbers) > _LONGEST_LOOP:
        raise ValueError(f"a loop of {len(numbers)} turns is too long for a page")
    return numbers


def plain(thing: Any) -> Any:
    """A value's plain number; of anything else, itself."""
    return thing.number if isinstance(thing, Value) else thing


def over_values(ours: Any, otherwise: Any) -> Any:
    """A filter that is ours for values, and Python's for anything else."""
    return lambda thing: ours(thing) if isinstance(thing, Value) else otherwise(thing)


def trusted(words: Any) -> Any:
    """The theme's own words, which may be filled in with marks."""
    if isinstance(words, dict):
        return {key: trusted(word) for key, word in words.items()}
    return Markup(words)


class Templates:
    """The environment of one site: its theme's components, and the functions of the language.

    `words` are the theme's own words in the site's language. With `disguise`, pages are not for
    readers but for the check of stray digits (`generator.page.digits`); with `line_ends`, they tell
    the lines that they were made of (`generator.page.lines`). What `instead` answers stands in the
    place of a diagram.
    """

    def __init__(
        self,
        theme: Theme,
        words: Mapping[str, Any],
        *,
        disguise: bool = False,
        line_ends: bool = False,
        instead: Instead | None = None,
    ) -> None:
        files = map(Path, theme.files("components"))
        known = sorted(file.stem for file in files if file.stem[0] != "_")
        self._rich = self._environment(theme, finalize, autoescape=True)
        self._rich.add_extension(ClaimTag)
        self._rich.filters.update(num=mark, svgnum=svg_mark, lit=lit)
        own = {"css": css, "axis": axis, "label": label}
        diagrams = Diagrams(self._rich, known, instead)
        self._rich.globals.update(diagram=diagrams, words=trusted(dict(words)))
        self._plain = self._environment(theme, finalize_plain, autoescape=False)
        self._plain.filters.update(num=shown, lit=lit_plain)
        if line_ends:
            self._rich.add_extension(LineEnds)
        if disguise:
            self._rich.add_extension(LineMarks)
            own = {name: disguising(show) if name != "css" else show for name, show in own.items()}
            for name in ("num", "svgnum"):
                self._rich.filters[name] = disguising(self._rich.filters[name], MARKED)
            self._plain.filters["num"] = disguising(shown)
            for environment in (self._rich, self._plain):
                environment.filters["lit"] = disguising(environment.filters["lit"], BY_HAND)
        self._rich.filters.update({name: for_diagrams(show) for name, show in own.items()})

    def forget(self) -> None:
        """Begin to remember anew which of the theme's files are used."""
        for environment in (self._rich, self._plain):
            environment.asked.clear()

    def places(self) -> set[Path]:
        """The theme's files that were used since, and those looked for before them."""
        return self._rich.places() | self._plain.places()

    @property
    def environment(self) -> Environment:
        """What articles' bodies and the theme's components are read with."""
        return self._rich

    @property
    def mark(self) -> Any:
        """What `num` makes of a value and a format."""
        return self._rich.filters["num"]

    @staticmethod
    def _environment(theme: Theme, finalizer: Any, *, autoescape: bool) -> Watching:
        environment = Watching(
            theme,
            autoescape=autoescape,
            finalize=finalizer,
            undefined=Missing,
            comment_start_string="{##",  # {# begins a heading's id
            comment_end_string="##}",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        # Jinja's own make 0 of what they cannot convert, such as a value, and add one by one.
        environment.filters.update(
            int=lambda thing: int(plain(thing)),
            float=lambda thing: float(plain(thing)),
            sum=over_values(Value.sum, sum),
            min=over_values(Value.min, min),
            max=over_values(Value.max, max),
        )
        environment.globals.update(
            FUNCTIONS,
            ticks=scale.ticks,
            place=scale.place,
            smallest_bar=scale.SMALLEST_BAR,
            intervals_drawn=scale.intervals_drawn,
            reach_of_cosines=scale.reach_of_cosines,
            shared_ends=scale.shared_ends,
            shade=scale.shade,
            shades=scale.SHADES,
            label_sides=label_sides,
            range=counting,
            model_name=parts_of,
            spelt_groups=spelt_groups,
        )
        # A page is the same whenever it is made.
        del environment.filters["random"], environment.globals["lipsum"]
        return environment

    def without_tags(self, text: str) -> str:
        """An article's body line by line with the tags of templates, and what they keep from being
        read (comments, `raw`), written over. Nothing of one that cannot be read as a template."""
        parts: list[str] = []
        raw = False
        try:
            for _, kind, part in self._rich.lex(text):
                raw = kind == "raw_begin" or (raw and kind != "raw_end")
                own = kind == "data" and not raw
                parts.append(part if own else re.sub(r"[^\n]", "x", part))
        except jinja2.TemplateSyntaxError:  # which rendering tells
            return ""
        return "".join(parts)

    def render_body(self, text: str, file: Path, context: Mapping[str, Any]) -> str:
        """An article's body as Markdown. Raises TemplateError with file and line."""
        return fill(self._rich, text, file, context)

    def render_marked(self, text: str, file: Path, line: int, context: Mapping[str, Any]) -> Markup:
        """The same title or summary as HTML, in which numbers are marked."""
        return Markup(_in_one_line(fill(self._rich, "\n" * (line - 1) + text, file, context)))

    def render_line(self, text: str, file: Path, line: int, context: Mapping[str, Any]) -> str:
        """A title or a summary, which stands on `line` of the file, as plain text."""
        rendered = fill(self._plain, "\n" * (line - 1) + text, file, context)
        return _in_one_line(rendered)


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text, flags=re.ASCII).strip()


def fill(environment: Environment, text: str, file: Path, context: Mapping[str, Any]) -> str:
    """A template's text, which stands in `file`, filled in.

    Raises TemplateError, or what the template raised of its own, with file and line.
    """
    known = context.known() if isinstance(context, Named) else context
    with mistakes_told(file, environment, known):
        code = environment.code_of(text, file)
        template = jinja2.Template.from_code(environment, code, environment.make_globals(None))
        # As Template.render does, but without a copy of the context: it would read every value.
        names: Any = ChainMap({}, cast("Any", context), template.globals)
        try:
            return environment.concat(
                template.root_render_func(template.new_context(names, shared=True))
            )
        except Exception:
            environment.handle_exception()
