"""A command in a pseudo-terminal, whose screen is read as a reader sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyte

# In a session of its own, so that Ctrl-C and a change of size reach it as they reach a shell's.
_RUN = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from generator.cli import main
main()
"""
_LONGEST = 60.0  # seconds that anything may take
_USUAL = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "COLORTERM"}


class Terminal:
    """`glasspage` with these arguments, in a terminal of so many columns and lines. Its
    standard output may be `piped` elsewhere, as by a shell, and the rest be in the terminal."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        columns: int = 80,
        lines: int = 24,
        piped: bool = False,
        **environment: str,
    ) -> None:
        self._ours, self.theirs = pty.openpty()
        self._size(columns, lines)
        self.before = termios.tcgetattr(self.theirs)
        known = {key: value for key, value in os.environ.items() if key not in _USUAL}
        self.run = subprocess.Popen(
            [sys.executable, "-c", _RUN, *arguments],
            cwd=folder,
            env={**known, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            stdin=self.theirs,
            stdout=subprocess.PIPE if piped else self.theirs,
            stderr=self.theirs,
            start_new_session=True,
        )
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.piped = b""
        self._drained = False
        self.frames: list[str] = []  # what was shown at the end of each piece that was read

    def _size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        self._size(columns, lines)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    @property
    def shown(self) -> str:
        """What is on the screen. (pyte's own `display` trips over half of a wide character.)"""
        cells = (self.screen.buffer[line] for line in range(self.screen.lines))
        columns = range(self.screen.columns)
        return "\n".join("".join(row[at].data for at in columns).rstrip() for row in cells)

    def wait(self, until: Callable[[Terminal], Any]) -> str:
        """Read until something holds of it; returns what is on the screen then."""
        end = time.monotonic() + _LONGEST
        while not until(self):
            assert time.monotonic() < end, f"it never came:\n{self.shown}"
            self._read(0.1)
        return self.shown

    def wait_for(self, text: str) -> str:
        return self.wait(lambda terminal: text in terminal.shown)

    def end(self) -> int:
        """Read until it ends; returns its exit code."""
        self.wait(lambda terminal: terminal.run.poll() is not None)
        while self._read(0.0):
            pass
        return self.run.wait()

    def _read(self, seconds: float) -> bool:
        pipes = [] if self.run.stdout is None or self._drained else [self.run.stdout]
        ready, _, _ = select.select([self._ours, *pipes], [], [], seconds)
        for pipe in pipes:
            if pipe in ready:
                part = os.read(pipe.fileno(), 1 << 16)
                self.piped += part
                self._drained = not part
        if self._ours in ready:
            part = os.read(self._ours, 1 << 16)
            self.raw += part
            self._stream.feed(part)
            self.frames.append(self.shown)
        return bool(ready)

    def close(self) -> None:
        if self.run.poll() is None:
            self.run.kill()
        self.run.wait()
        if self.run.stdout is not None:
            self.run.stdout.close()
        os.close(self._ours)
        os.close(self.theirs)
