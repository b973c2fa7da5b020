"""Two folders change places in one step, where the system can do that."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # macOS, sys/stdio.h


def exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places, so that neither name is ever missing.

    False, with nothing done, where the system or the file system cannot do that: see
    renameat2(2) of Linux and renamex_np(2) of macOS.
    """
    library = ctypes.CDLL(None)
    names = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            done = library.renamex_np(*names, _RENAME_SWAP)
        else:
            first, second = names
            done = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    except AttributeError:  # an older C library, or another system
        return False
    return bool(done == 0)
