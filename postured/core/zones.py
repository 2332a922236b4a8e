"""Where a knot may come from, and the regions of the body that take turns.

Two tables: the areas that are explored for each place where a knot may sit, in their order, and the region that each
area belongs to. What somebody with a knot gets of it is decided in `choose`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from postured.core.language import _

OPT_IN_AREA = "side_neck"
"""Nerves and vessels lie shallow there: pressed only by somebody who asked for just that."""

ZONE_AREAS: Mapping[str, tuple[str, ...]] = {
    "top_corner": ("upper_chest", "neck_shoulder_corner", OPT_IN_AREA, "below_blade", "side_ribs"),
    "inner_edge": (
        "upper_chest", "front_shoulder", "blade_back", "side_ribs", OPT_IN_AREA, "below_blade",
    ),
    "blade_tip": ("side_ribs", "under_armpit", "lower_back", "upper_chest"),
    "beside_spine": ("lower_back", "mid_back", "upper_chest", "front_ribs", "side_ribs"),
    "deep_under_blade": ("under_armpit", "side_ribs", "front_shoulder"),
    "unsure": ("upper_chest", "front_ribs", "side_ribs", "under_armpit", "lower_back"),
}  # fmt: skip
"""The areas to explore for a knot, the first first. `unsure` is the tour for everybody: front, side, lower back."""

REGIONS = (
    "neck", "shoulders", "chest", "sides", "upper_back", "lower_back", "eyes", "whole_body",
)  # fmt: skip
"""The parts of the body that get their turn."""

_REGION_OF: Mapping[str, str] = {
    "neck_back": "neck",
    "neck_front_deep": "neck",
    "side_neck": "neck",
    "neck_shoulder_corner": "neck",
    "shoulder_top": "shoulders",
    "shoulder_back": "shoulders",
    "front_shoulder": "shoulders",
    "upper_chest": "chest",
    "front_ribs": "chest",
    "side_ribs": "sides",
    "under_armpit": "sides",
    "flank": "sides",
    "between_blades": "upper_back",
    "blade_back": "upper_back",
    "below_blade": "upper_back",
    "mid_back": "upper_back",
    "upper_back_around_knot": "upper_back",
    "knot": "upper_back",
    "lower_back": "lower_back",
    "eyes": "eyes",
    "whole_body": "whole_body",
}
"""Each area lies in exactly one region; an item that works several areas serves several regions."""


def areas_of(zone: str) -> tuple[str, ...]:
    """The areas to explore for a knot there, the first first; for a zone nobody knows, those of `unsure`."""
    return ZONE_AREAS.get(zone, ZONE_AREAS["unsure"])


def regions_of(areas: Iterable[str]) -> tuple[str, ...]:
    """The regions that these areas lie in, each once; an item that names no area is for the whole body."""
    return tuple(dict.fromkeys(_REGION_OF[area] for area in areas)) or ("whole_body",)


def region_names() -> Mapping[str, str]:
    """What each region is called, in the person's language."""
    return {
        "neck": _("neck"),
        "shoulders": _("shoulders"),
        "chest": _("chest and front ribs"),
        "sides": _("sides"),
        "upper_back": _("upper back"),
        "lower_back": _("lower back"),
        "eyes": _("eyes"),
        "whole_body": _("whole body"),
    }
