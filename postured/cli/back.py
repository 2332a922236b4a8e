"""A back, drawn with letters and seen from behind, with the places where a knot can sit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from postured.core.language import _

# The left half; the right one is its mirror image, and the spine stands between them.
_HALF = (
    r"                 (    ",
    r"                  \   ",
    r"                  |   ",
    r"          ___..--'    ",
    r"    _.--''            ",
    r"  .'      ___..---.   ",
    r" /    .-''        |   ",
    r"|    (            |   ",
    r"|     \           |   ",
    r"|   .  \          |   ",
    r"|   |\  \         |   ",
    r"|   | \  \       /    ",
    r"|   |  \  `.___.'     ",
    r"|   |   |             ",
    r"|   |   |             ",
)
_SPINE = " " * 3 + ":" * 12
_MIRROR = str.maketrans(r"/\()'`", r"\/)(`'")


class _Place(NamedTuple):
    row: int
    column: int
    """In the left half."""


_ON_A_SIDE = {
    "top_corner": _Place(5, 18),
    "inner_edge": _Place(8, 18),
    "blade_tip": _Place(12, 13),
    "beside_spine": _Place(10, 20),
    "deep_under_blade": _Place(8, 11),
}
_MIDDLE = len(_HALF[0])
"""The column of the spine."""
_IN_THE_MIDDLE = {"beside_spine": _Place(8, _MIDDLE)}


def zones(side: str) -> tuple[str, ...]:
    """The places that there are on a side, in the order of their numbers; in the middle there is no blade."""
    return tuple(_IN_THE_MIDDLE if side == "middle" else _ON_A_SIDE)


def picture(side: str, chosen: str) -> tuple[str, ...]:
    """The back, line by line, at most 46 columns wide.

    Args:
        side: `left`, `right`, `both`, `middle`, or empty where nobody knows.
        chosen: The zone that is marked; any other word marks none.
    """
    rows = [
        list(half + spine + half.translate(_MIRROR)[::-1]) for half, spine in zip(_HALF, _SPINE, strict=True)
    ]
    for place, number, marked in _numbers(side, chosen):
        text = f"[{number}]" if marked else f" {number} "
        rows[place.row][place.column - 1 : place.column + 2] = text
    for column, text in ((1, _("left")), (2 * _MIDDLE - len(_("right")), _("right"))):
        rows[0][column : column + len(text)] = text
    return tuple("".join(row).rstrip() for row in rows)


def _numbers(side: str, chosen: str) -> Iterator[tuple[_Place, int, bool]]:
    """Where numbers stand, which, and whether they are marked."""
    for number, zone in enumerate(zones(side), 1):
        marked = zone == chosen
        if side == "middle":
            yield _IN_THE_MIDDLE[zone], number, marked
            continue
        row, column = _ON_A_SIDE[zone]
        if side != "right":
            yield _Place(row, column), number, marked
        if side != "left":
            yield _Place(row, 2 * _MIDDLE - column), number, marked
