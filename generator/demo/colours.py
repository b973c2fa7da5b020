"""Colours that can be read on a light terminal and on a dark one.

Each is as far from white as from black, 4.5 to 1; so none has to know the terminal's background.
"""

from __future__ import annotations

from rich.style import Style

_STAGES = {
    "text": "#2c8553",
    "number": "#a76711",
    "network": "#2678ca",
    "probability": "#9f58bd",
}
GREY = "#767676"

TITLE = Style(bold=True)
QUIET = Style(color=GREY)
CODE = Style(color="#00828c")
NUMBER = Style(color=_STAGES["number"])
ABOVE = Style(color="#b16105")  # zero, in drawings of vectors
BELOW = Style(color="#3572db")
# Of a chart of lines.
SERIES = (ABOVE, BELOW, Style(color=_STAGES["text"]), Style(color=_STAGES["probability"]))
STRONGEST = Style(color="#ffffff", bgcolor=_STAGES["text"], bold=True)


def of_stage(kind: str) -> Style:
    """The colour of a stage of a computation: text, number, network or probability."""
    return Style(color=_STAGES.get(kind, GREY))


def of_share(share: float) -> Style:
    """The colour of a share of attention, from 0 to 1: the more, the stronger."""
    if share >= 0.5:
        return STRONGEST
    if share >= 0.25:
        return of_stage("text") + Style(bold=True)
    if share >= 0.08:
        return of_stage("text")
    return Style() if share >= 0.01 else QUIET
