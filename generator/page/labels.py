"""Where the labels of points on a plane go, so that they can be read where points crowd."""

from __future__ import annotations

from unicodedata import east_asian_width

SQUARE = 20.0  # ems: how wide the plane is on a narrow phone, where labels are most in the way
MARK = 0.35  # ems from the middle of a point's mark to its edge
GAP = 0.6  # ems from the middle of a mark to a label beside it
HEIGHT = 1.1  # ems

Box = tuple[float, float, float, float]  # left, top, right, bottom


def label_sides(places: list[tuple[float, float]], labels: list[str]) -> list[str]:
    """On which side of its point each label stands: `right`, `left`, `above`, `below`, or on a
    corner, such as `above right`.

    `places` are shares of a square's width and height, from its upper left. Each label in turn
    goes where it covers least of the points, of the labels before it and of what is outside; the
    first of those names if there is a choice.
    """
    taken = [_around(x * SQUARE, y * SQUARE) for x, y in places]
    sides = []
    for (x, y), label in zip(places, labels, strict=True):
        boxes = _boxes(x * SQUARE, y * SQUARE, _width(label))
        side = min(boxes, key=lambda name: round(_covered(boxes[name], taken), 6))
        taken.append(boxes[side])
        sides.append(side)
    return sides


def _around(x: float, y: float) -> Box:
    return x - MARK, y - MARK, x + MARK, y + MARK


def _boxes(x: float, y: float, width: float) -> dict[str, Box]:
    up, half = HEIGHT / 2, width / 2
    corner = {
        f"{level} {side}": (left, top, left + width, top + HEIGHT)
        for level, top in (("above", y - MARK - HEIGHT), ("below", y + MARK))
        for side, left in (("right", x + MARK), ("left", x - MARK - width))
    }
    return {
        "right": (x + GAP, y - up, x + GAP + width, y + up),
        "left": (x - GAP - width, y - up, x - GAP, y + up),
        "above": (x - half, y - MARK - HEIGHT, x + half, y - MARK),
        "below": (x - half, y + MARK, x + half, y + MARK + HEIGHT),
        **corner,
    }


def _width(label: str) -> float:
    """About how wide a label is, in ems."""
    return sum(1.0 if east_asian_width(c) in "WF" else 0.6 for c in label)


def _covered(box: Box, taken: list[Box]) -> float:
    """How much of `box` lies on what is taken, or outside the square, in square ems."""
    outside = _area(box) - _shared(box, (0.0, 0.0, SQUARE, SQUARE))
    return outside + sum(_shared(box, other) for other in taken)


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared(a: Box, b: Box) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
