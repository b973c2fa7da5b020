"""The keys that are pressed in a terminal, one at a time and without Enter after each."""

from __future__ import annotations

import os
import re
import select
import signal
import termios
import time
import tty
from collections import deque
from enum import Enum, auto
from types import FrameType, TracebackType
from typing import Any, Self


class Key(Enum):
    """What the reader wants, or what else has happened."""

    ON = auto()
    BACK = auto()
    LEAVE = auto()
    RESIZED = auto()
    NOTHING = auto()  # in the time that there was


_MEANT = {
    **dict.fromkeys(("\r", "\n", " ", "n", "j", "l", "\x1b[B", "\x1b[C", "\x1b[6~"), Key.ON),
    **dict.fromkeys(("b", "p", "k", "h", "\x7f", "\x08", "\x1b[A", "\x1b[D", "\x1b[5~"), Key.BACK),
    # With Alt, which some terminals also send for an arrow with it.
    **{"\x1bf": Key.ON, "\x1bb": Key.BACK, "\x1b\x7f": Key.BACK},
    **dict.fromkeys(("q", "\x1b", "\x04"), Key.LEAVE),
}
_AWAIT = 0.05  # seconds until an escape is a key by itself, and not the beginning of one
_PRESSED = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b[^\x1b]|.", re.DOTALL)
_HELD = re.compile(r"\x1b(?:\[|O)(?:1;[0-9]+)?([A-D])")  # an arrow, with Shift, Alt or Ctrl or none


class Keys:
    """The keys of the terminal that a file descriptor is; inside `with`, it echoes nothing.

    Ctrl-C stays an interrupt; Ctrl-Z, which would leave the shell a terminal in disorder, is off.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._pressed: deque[Key] = deque()

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._terminal)
        self._woken, self._wake = os.pipe()
        self._handler: Any = signal.signal(signal.SIGWINCH, self._resized)
        tty.setcbreak(self._terminal)
        changed = termios.tcgetattr(self._terminal)
        changed[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(self._terminal, termios.TCSANOW, changed)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        termios.tcsetattr(self._terminal, termios.TCSAFLUSH, self._before)
        signal.signal(signal.SIGWINCH, self._handler)
        os.close(self._woken)
        os.close(self._wake)

    def _resized(self, number: int, frame: FrameType | None) -> None:
        os.write(self._wake, b"\0")

    def next(self, until: float | None = None) -> Key:
        """The next key that means anything; NOTHING once `time.monotonic()` is `until`."""
        while not self._pressed:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._terminal, self._woken], [], [], left)
            if not ready:
                return Key.NOTHING
            if self._woken in ready:
                os.read(self._woken, 1024)
                return Key.RESIZED
            self._pressed += self._read()
        return self._pressed.popleft()

    def _read(self) -> list[Key]:
        """The keys that have been pressed; none of those that mean nothing."""
        raw = self._bytes()
        if raw.endswith(b"\x1b") and select.select([self._terminal], [], [], _AWAIT)[0]:
            raw += self._bytes()
        if not raw:
            return [Key.LEAVE]
        text = raw.decode("utf-8", "replace")
        meant = map(_meant, _PRESSED.findall(text))
        return [key for key in meant if key is not None]

    def _bytes(self) -> bytes:
        try:
            return os.read(self._terminal, 1024)
        except OSError:  # the terminal is gone
            return b""


def _meant(pressed: str) -> Key | None:
    """What a key means: a letter the same in capitals, an arrow whatever is held down with it."""
    plain = pressed.lower() if len(pressed) == 1 else _HELD.sub("\x1b[\\1", pressed)
    return _MEANT.get(plain)
