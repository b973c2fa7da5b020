"""Labels beside points can be read, also where points crowd."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from generator.page.labels import SQUARE, label_sides

Box = tuple[float, float, float, float]
shares = st.floats(0.1, 0.9)


def box(place: tuple[float, float], side: str) -> Box:
    """Where a label of one wide character stands: left, top, right and bottom, in ems."""
    x, y = place[0] * SQUARE, place[1] * SQUARE
    level, _, corner = side.rpartition(" ")
    left = {"right": x + 0.6, "left": x - 1.6}.get(side, x - 0.5)
    if level:
        left = {"right": x + 0.35, "left": x - 1.35}[corner]
    top = {"above": y - 1.45, "below": y + 0.35}.get(level or side, y - 0.55)
    return left, top, left + 1, top + 1.1


def shared(a: Box, b: Box) -> float:
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, across) * max(0.0, down)


def test_a_label_stands_to_the_right_unless_something_is_there() -> None:
    assert label_sides([(0.5, 0.5), (0.2, 0.2)], ["山", "水"]) == ["right", "right"]
    assert label_sides([(0.5, 0.5), (0.55, 0.5)], ["山", "水"]) == ["left", "right"]


def test_a_label_does_not_leave_the_plane() -> None:
    assert label_sides([(0.99, 0.5)], ["山"]) == ["left"]
    assert label_sides([(0.5, 0.5)], ["word" * 6]) == ["above"]  # too long for one side


@given(shares, shares, st.lists(st.floats(-0.01, 0.01), min_size=6, max_size=6))
def test_the_labels_of_three_points_in_one_place_hardly_touch_each_other(
    x: float, y: float, by: list[float]
) -> None:
    places = [(x + by[2 * n], y + by[2 * n + 1]) for n in range(3)]
    sides = label_sides(places, ["山", "水", "天"])
    for a, b in combinations(zip(places, sides, strict=True), 2):
        assert shared(box(*a), box(*b)) < 0.1, sides  # of 1.1 square ems
