"""Why a file is not read. Cheap to import: the process that reads files needs it at once."""

from __future__ import annotations

MAKE_IT_AGAIN = "copy it again from where it comes from, or save it anew."
ANOTHER_SOURCE = "use only checkpoints whose makers you trust."


class RefusedError(Exception):
    """A file that is not read further: `message` says what is wrong, `hint` what to do."""

    def __init__(self, message: str, hint: str = MAKE_IT_AGAIN) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
