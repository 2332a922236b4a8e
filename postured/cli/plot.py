"""Points from 0 to 10 as rows of small blocks, or as digits where a terminal draws no blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST = 10
"""Points."""
_GAP, _PLAIN_GAP = "·", "."
"""A day of which nothing is known."""


def sparks(points: Iterable[int | None], *, blocks: bool) -> str:
    """One sign for each number of points; a dot for None.

    Args:
        points: From 0 to 10 each.
        blocks: Draw blocks. Otherwise digits are written, and 10 is written 9 lest the row shift.
    """
    return "".join(_sign(each, blocks=blocks) for each in points)


def _sign(points: int | None, *, blocks: bool) -> str:
    if points is None:
        return _GAP if blocks else _PLAIN_GAP
    if not blocks:
        return str(min(max(points, 0), 9))
    share = min(max(points, 0), _MOST) / _MOST
    return _BLOCKS[round(share * (len(_BLOCKS) - 1))]


def by_day(told: Iterable[tuple[int, int]], days: int) -> list[int | None]:
    """The last points of each day, None where there are none.

    Args:
        told: Pairs of day, from 0 on, and points, in the order in which they were told.
        days: How many there are.
    """
    found: list[int | None] = [None] * days
    for day, points in told:
        if 0 <= day < days:
            found[day] = points
    return found


def pairs(told: Sequence[tuple[int | None, int | None]], width: int, *, blocks: bool) -> str:
    """Points before and after, side by side, as many of the last pairs as fit into `width`."""
    shown = told[-max(1, (width + 1) // 3) :]
    return " ".join(sparks(pair, blocks=blocks) for pair in shown)
