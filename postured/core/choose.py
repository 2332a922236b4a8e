"""Which item a reminder shows: safe for this person, doable where they are, and the one shown longest ago.

Knows nothing of a knot: for one, the caller hands in a library from which all that this knot forbids is gone.
Never chooses pressing on a knot itself, the side of the neck, or set-up tips.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from postured.core.model import Item, Kind, Level, Me

ALWAYS_FITS = ("B01", "B10")
"""What is suggested when nothing else may be: sitting tall, or a short walk."""

_HOME = "home"


def first_level(item: Item) -> Item | Level:
    """Return what the person would start with: level 1 where there are levels, else the item itself."""
    return item.levels[0] if item.levels else item


def offered_unasked(item: Item) -> bool:
    """Whether a notice may suggest the item on its own.

    Set-up tips have no time. Pressing where the knot sits, or feeling along the side of the neck, is for
    somebody who asked for it and has read the cautions.
    """
    if item.kind is Kind.SETUP or item.target == "knot" or item.knot_overlap_zones:
        return False
    return not (item.kind is Kind.MASSAGE and "side_neck" in item.areas)


def safe_for(item: Item, me: Me) -> bool:
    """Whether none of the person's standing cautions speaks against it."""
    return me.flags.isdisjoint(first_level(item).contraindications)


def doable(item: Item, me: Me) -> bool:
    """Whether the person has what it takes, can go where it is done, and will not mind being seen."""
    start = first_level(item)
    return (
        not me.places.isdisjoint(start.place)
        and me.equipment.issuperset(start.equipment)
        and (start.discreet or not me.discreet)
    )


class Chooser:
    """A library seen with one person's eyes. Holds no state but what it has worked out before.

    Example:
        >>> walk = Item("B10", Kind.BREAK, "Walk", steps=(), duration_s=120)
        >>> sit = Item("B01", Kind.BREAK, "Sit tall", steps=(), duration_s=30)
        >>> chooser = Chooser((walk, sit), Me())
        >>> chooser.choose([Kind.BREAK], longest_s=300, last_shown={"B10": 1000.0}).id
        'B01'
    """

    __slots__ = ("_doable", "_fitting", "_me", "_safe")

    def __init__(self, library: Sequence[Item], me: Me) -> None:
        self._me = me
        self._safe = [item for item in library if offered_unasked(item) and safe_for(item, me)]
        self._doable = [item for item in self._safe if doable(item, me)]
        self._fitting: dict[tuple[tuple[Kind, ...], float], list[Item]] = {}

    def choose(
        self, kinds: Sequence[Kind], *, longest_s: float, last_shown: Mapping[str, float]
    ) -> Item | None:
        """Return the item to show now.

        Of those that fit it is the one shown longest ago, never before first of all; ties go by the order of
        `kinds`, then of the library. So each gets its turn.

        Args:
            kinds: What the reminder suggests; none means any.
            longest_s: Longer items are taken only where the kinds hold no shorter one.
            last_shown: When each item was last shown, by id, on any one clock.

        Returns:
            None when the library holds nothing at all that is safe for this person.
        """
        asked = (tuple(kinds), longest_s)
        fitting = self._fitting.get(asked)
        if fitting is None:
            fitting = self._fitting[asked] = self._look_for(*asked)
        return min(fitting, key=lambda item: last_shown.get(item.id, -math.inf), default=None)

    def _look_for(self, kinds: tuple[Kind, ...], longest_s: float) -> list[Item]:
        rank = {kind: place for place, kind in reversed(list(enumerate(kinds or Kind)))}
        here = sorted((i for i in self._doable if i.kind in rank), key=lambda i: rank[i.kind])
        # A warm shower is advice for tonight: where one is now has no say, nor what lies on the desk.
        tonight = [i for i in self._safe if i.kind in rank and _HOME in first_level(i).place]
        return (
            [item for item in here if first_level(item).duration_s <= longest_s]
            or here
            or [item for item in tonight if self._me.equipment.issuperset(first_level(item).equipment)]
            or tonight
            or [item for item in self._doable if item.id in ALWAYS_FITS]
            or [item for item in self._safe if item.id in ALWAYS_FITS]
            or self._doable
            or self._safe
        )


def choose(
    library: Sequence[Item],
    kinds: Sequence[Kind],
    me: Me,
    *,
    longest_s: float,
    last_shown: Mapping[str, float],
) -> Item | None:
    """Choose once, see `Chooser.choose`; who chooses often keeps a `Chooser`."""
    return Chooser(library, me).choose(kinds, longest_s=longest_s, last_shown=last_shown)
