"""The areas that may have to do with a knot: their order, what was found there, and what was done lately."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from postured.core.model import Cause, Item
from postured.core.practice import liking
from postured.core.safety import Terms, Who
from postured.core.zones import areas_of

USED_LATELY_S = 24 * 3600.0
IN_VAIN_S = 48 * 3600.0
"""So much later comes the turn of an area that was pressed in vain."""


# ── areas around a knot ───────────────────────────────────────────────────────────────────────────


class Around:
    """The areas that may have to do with a knot: their order, what was found there, what was done lately."""

    def __init__(self, terms: Terms, who: Who) -> None:
        self._zone = terms.zone or "unsure"
        areas = areas_of(self._zone)
        if terms.cause is Cause.OVERUSE:
            areas = ("knot", *areas)  # where it may be pressed, it begins
        self._order = {area: place for place, area in enumerate(areas)}
        self._practice, self._now = who.practice, who.now
        self._likings: dict[str, float] = {}
        self._used = {item_id: max(times) for item_id, times in who.practice.doses.items() if times}
        for t, log in who.practice.pressed:
            self._used[log.item] = max(t, self._used.get(log.item, -math.inf))

    def serving(self, items: Sequence[Item]) -> Sequence[Item]:
        """Those that are meant for such a knot, or all if none is."""
        return [item for item in items if not item.knot_zones or self._zone in item.knot_zones] or items

    def used_lately(self, item: Item) -> bool:
        """Whether it was done in the last 24 hours."""
        return self._now.unix_s - self._used.get(item.id, -math.inf) < USED_LATELY_S

    def liking(self, area: str) -> float:
        """What was learned about an area: above 0 it eased there, below it was in vain."""
        found = self._likings.get(area)
        if found is None:
            found = self._likings[area] = liking(self._practice, area, self._now)
        return found

    def right_spot(self, item: Item) -> str | None:
        """The best of its areas that eased, if one did."""
        liked = [area for area in item.areas if self.liking(area) > 0]
        return min(liked, key=self.as_spot, default=None)

    def as_spot(self, area: str) -> tuple[float, int]:
        """Sorts what eased most first, then by the zone's order."""
        return -self.liking(area), self._place(area)

    def turn_of(self, area: str) -> str:
        """Whose turn serves that area: its own, or the one that all areas share which are not on the list."""
        return area if area in self._order else ""

    def turn(self, item: Item, served: Mapping[str, float]) -> tuple[float, int, str]:
        """When the first of its areas has its turn (the earlier the sooner), its place on the list, and its name."""
        return min(
            (
                served.get(self.turn_of(area), -math.inf) + (IN_VAIN_S if self.liking(area) < 0 else 0.0),
                self._place(area),
                area,
            )
            for area in item.areas or ("",)
        )

    def as_stop(self, item: Item) -> tuple[int, bool, int, float]:
        """Sorts what eased first and what was in vain last, what was pressed lately later, then by the zone's order."""
        likings = [self.liking(area) for area in item.areas]
        mood = 0 if max(likings, default=0) > 0 else 2 if min(likings, default=0) < 0 else 1
        place = min((self._place(area) for area in item.areas), default=len(self._order))
        return mood, self.used_lately(item), place, self._used.get(item.id, -math.inf)

    def _place(self, area: str) -> int:
        return self._order.get(area, len(self._order))
