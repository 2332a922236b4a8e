"""The two tables: where a knot may come from, and which region takes its turn."""

from __future__ import annotations

import pytest

from postured import library
from postured.core.model import AREAS, ZONES, Kind
from postured.core.zones import OPT_IN_AREA, REGIONS, ZONE_AREAS, areas_of, region_names, regions_of
from postured.paths import shipped

ITEMS, _ = library.load((shipped("library"),))


def test_every_zone_has_its_areas_and_each_is_an_area() -> None:
    assert tuple(ZONE_AREAS) == ZONES
    for areas in ZONE_AREAS.values():
        assert set(areas) <= set(AREAS)
        assert len(set(areas)) == len(areas)
        assert "knot" not in areas


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_begins_where_no_nerve_lies_shallow_and_explores_front_or_side(zone: str) -> None:
    areas = areas_of(zone)
    assert areas[0] != OPT_IN_AREA
    assert {"upper_chest", "front_shoulder", "side_ribs"} & set(areas)


@pytest.mark.parametrize("zone", ["", "elbow"])
def test_an_unknown_zone_gets_the_tour_for_everybody(zone: str) -> None:
    assert areas_of(zone) == ("upper_chest", "front_ribs", "side_ribs", "under_armpit", "lower_back")


@pytest.mark.parametrize("zone", ZONES)
def test_every_area_of_a_zone_can_be_massaged(zone: str) -> None:
    pressed = {area for item in ITEMS if item.kind is Kind.MASSAGE for area in item.areas}
    assert set(areas_of(zone)) <= pressed


def test_every_area_lies_in_one_region_and_every_region_has_an_area() -> None:
    assert all(len(regions_of([area])) == 1 for area in AREAS)
    assert set(regions_of(AREAS)) == set(REGIONS)


def test_several_areas_of_one_region_count_once() -> None:
    assert regions_of(["side_ribs", "flank", "eyes"]) == ("sides", "eyes")


def test_an_item_of_no_area_is_for_the_whole_body() -> None:
    assert regions_of([]) == ("whole_body",)


def test_every_region_has_a_name_of_its_own() -> None:
    names = region_names()
    assert tuple(names) == REGIONS
    assert len(set(names.values())) == len(REGIONS)
    assert all("_" not in name for name in names.values())
