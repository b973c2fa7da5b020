"""An article in a terminal: part by part as the reader presses keys, or all at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from shutil import get_terminal_size

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from generator.demo.blocks import Block
from generator.demo.colours import QUIET, of_stage
from generator.demo.keys import Key, Keys
from generator.demo.parts import Line, Part, drawn, parts_of
from generator.demo.prose import Prose
from generator.demo.room import fitted
from generator.demo.story import Stage, Story
from generator.demo.words import Words, words_of

_MEASURE = 76  # columns of text; longer lines are hard to read
_PLAIN = 80
_FRAME = 3  # lines beside the title's: a rule, a rule, the keys
_LOWEST = 12  # lines in which there is room for rules


def show(story: Story, seconds: float | None) -> None:
    """Tell a story on the standard output.

    In a terminal, part by part: as the reader presses keys, or by itself after so many `seconds`.
    Elsewhere, or where no keys can be pressed, all at once.
    """
    console = Console(highlight=False)
    keys = sys.stdin is not None and sys.stdin.isatty()  # None where a shell closed it
    if not console.is_terminal or console.is_dumb_terminal or not (keys or seconds is not None):
        width = min(_columns(console), _PLAIN) if console.is_terminal else _PLAIN
        # Of a dumb terminal, rich heeds a width only together with a height.
        tell_all(Console(highlight=False, width=width, height=console.height), story)
    elif keys:
        with Keys(sys.stdin.fileno()) as pressed:
            Walk(console, story, seconds, pressed).run()
    else:
        Walk(console, story, seconds, None).run()


def _columns(console: Console) -> int:
    """The columns of a terminal. Of a dumb one rich always says that it has 80."""
    return get_terminal_size().columns if console.is_dumb_terminal else console.width


def tell_all(console: Console, story: Story) -> None:
    """Print the whole story, in as many columns as the console has."""
    width = console.width
    for number, stage in enumerate(story.stages):
        title = drawn(console, Block(Prose(stage.title)), width)
        lines = [*title, [Segment("─" * width, QUIET)]]
        if number:
            lines = [[], [], *lines]
        for block in story.blocks(stage, width):
            lines += [[] for _ in range(block.gap)] + drawn(console, block, width)
        _print(console, lines)


def _print(console: Console, lines: Sequence[Line]) -> None:
    for line in lines:
        console.print(_Segments([*line, Segment.line()]), soft_wrap=True)


class Walk:
    """The way through a story in a terminal, which may change its size on the way.

    `keys` are None where there is nobody to press any, and the walk goes on by itself.
    """

    def __init__(
        self, console: Console, story: Story, seconds: float | None, keys: Keys | None
    ) -> None:
        self._console = console
        self._story = story
        self._seconds = seconds
        self._keys = keys
        self._words = words_of(story.language)
        self._stage = 0
        self._part = 0
        self._parts: list[Part] = []
        self._laid_out = (0, 0, 0)  # the size that the parts were cut for

    def run(self) -> None:
        """Walk until the reader leaves, or past the last part."""
        with self._console.screen(hide_cursor=True):
            self._lay_out()
            going = True
            while going:
                self._draw()
                going = self._go(self._next())

    def _next(self) -> Key:
        until = None if self._seconds is None else time.monotonic() + self._seconds
        if self._keys is not None:
            return self._keys.next(until)
        time.sleep(self._seconds or 0.0)
        return Key.NOTHING

    def _go(self, key: Key) -> bool:
        """Take a step; False where the walk ends with it."""
        if key is Key.LEAVE:
            return False
        if key is Key.BACK:
            self._back()
        elif key is not Key.RESIZED:  # of which drawing takes note itself
            return self._on()
        return True

    def _on(self) -> bool:
        if self._part + 1 < len(self._parts):
            self._part += 1
        elif self._stage + 1 < len(self._story.stages):
            self._stage, self._part = self._stage + 1, 0
            self._lay_out()
        else:
            return False
        return True

    def _back(self) -> None:
        if self._part:
            self._part -= 1
        elif self._stage:
            self._stage -= 1
            self._lay_out()
            self._part = len(self._parts) - 1

    # What is seen

    @property
    def _at(self) -> Stage:
        return self._story.stages[self._stage]

    @property
    def _size(self) -> tuple[int, int, int]:
        """The columns of the terminal, those of text in it, and the terminal's lines."""
        columns, lines = self._console.size
        narrow = columns < 60
        return columns, max(1, min(_MEASURE, columns - (2 if narrow else 4))), lines

    def _lay_out(self) -> None:
        """Cut the stage into parts for the terminal as it is now."""
        self._laid_out = _, width, height = self._size
        framed = len(self._title(width, height)) + (_FRAME if height >= _LOWEST else 1)
        blocks = self._story.blocks(self._at, width)
        self._parts = parts_of(self._console, blocks, width, max(1, height - framed))

    def _lay_out_again(self) -> None:
        """The same, and stay where the reader was."""
        first = self._parts[self._part].first
        self._lay_out()
        before = [n for n, part in enumerate(self._parts) if part.first <= first]
        self._part = before[-1]

    def _draw(self) -> None:
        """Fill the whole screen with a part, its title and its place."""
        if self._size != self._laid_out:
            self._lay_out_again()
        columns, width, height = self._laid_out
        title, (foot,) = self._title(width, height), self._lines(self._foot(width), width)
        ruled = height >= _LOWEST
        above = [*title, [Segment("─" * width, QUIET)]] if ruled else title
        below = [self._progress(width), foot] if ruled else [foot]
        left = max(0, height - len(above) - len(below))
        lines = self._parts[self._part].lines[:left]
        lines = [*above, *lines, *([] for _ in range(left - len(lines))), *below]
        margin = Segment(" " * ((columns - width) // 2))
        whole = [Segment.adjust_line_length([margin, *line], columns) for line in lines]
        self._console.update_screen_lines(whole)

    def _title(self, width: int, height: int) -> list[Line]:
        """The stage's title, in one line where the terminal is low."""
        title = self._at.title
        return self._lines(title if height >= _LOWEST else fitted(title, width), width)

    def _lines(self, text: Text, width: int) -> list[Line]:
        return drawn(self._console, Block(Prose(text)), width)

    def _progress(self, width: int) -> Line:
        """A rule of which so much is strong as has been seen of the story."""
        seen = (self._stage + (self._part + 1) / len(self._parts)) / len(self._story.stages)
        done = round(width * seen)
        return [Segment("━" * done, of_stage("network")), Segment("─" * (width - done), QUIET)]

    def _foot(self, width: int) -> Text:
        """Where one is, and the keys; in a narrow terminal, without words."""
        words = self._words
        numbers = {
            "section": self._stage + 1,
            "sections": len(self._story.stages),
            "page": self._part + 1,
            "pages": len(self._parts),
        }
        place = words.place.format(**numbers)
        keys = self._key_words(words)
        if self._seconds is not None:
            automatic = words.auto.format(seconds=f"{self._seconds:g}")
            if cell_len(place) + cell_len(automatic) + keys.cell_len + 6 <= width:
                place = f"{place} · {automatic}"
        if cell_len(place) + keys.cell_len + 2 > width:
            place = "{section}/{sections} · {page}/{pages}".format(**numbers)
        if cell_len(place) + keys.cell_len + 2 > width:
            keys = Text("Enter b q" if self._keys else "", QUIET)
        between = max(1, width - cell_len(place) - keys.cell_len)
        return fitted(Text.assemble((place, QUIET), " " * between, keys), width)

    def _key_words(self, words: Words) -> Text:
        if self._keys is None:
            return Text()
        last = self._stage + 1 == len(self._story.stages) and self._part + 1 == len(self._parts)
        named = [("Enter", words.end if last else words.onward), ("b", words.back)]
        named.append(("q", words.leave))
        bold = Style(bold=True)
        return Text("   ").join(
            Text.assemble((key, bold), " ", (word, QUIET)) for key, word in named
        )


class _Segments:
    """A line that has been drawn already."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __rich_console__(self, console: Console, options: object) -> Line:
        return self._line
