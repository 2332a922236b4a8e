"""`postured library` and `postured show`."""

from __future__ import annotations

from typing import Any

import pytest

from postured.core.model import Kind

FIELDS = {
    "id",
    "kind",
    "title",
    "steps",
    "duration_s",
    "summary",
    "areas",
    "equipment",
    "place",
    "contraindications",
}


def test_the_library_lists_every_item_in_a_line(shell: Any) -> None:
    told = shell("library")
    assert (told.code, told.err) == (0, "")
    assert told.out.count("\n") == len(shell("library", "--json").json) > 30
    assert told.out.splitlines()[0].split()[:2] == ["B01", "break"]


def test_the_library_as_json_has_all_fields(shell: Any) -> None:
    for item in shell("library", "--json").json:
        assert set(item) >= FIELDS


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.SETUP])
def test_a_kind_is_a_filter(shell: Any, kind: Kind) -> None:
    found = shell("library", "--kind", kind.value, "--json").json
    assert found
    assert {item["kind"] for item in found} == {kind.value}


def test_area_and_zone_are_filters_and_all_of_them_count(shell: Any) -> None:
    by_area = shell("library", "--area", "upper_chest", "--json").json
    assert by_area
    assert all("upper_chest" in item["areas"] for item in by_area)
    by_zone = shell("library", "--zone", "inner_edge", "--json").json
    assert by_zone
    assert all("inner_edge" in item["knot_zones"] for item in by_zone)
    both = shell("library", "--zone", "inner_edge", "--kind", "massage", "--json").json
    assert [i["id"] for i in both] == [i["id"] for i in by_zone if i["kind"] == "massage"]


def test_nothing_found_is_an_empty_list_or_a_line(shell: Any) -> None:
    assert shell("library", "--area", "left_ear", "--json").json == []
    assert "nothing in the library" in shell.refused("library", "--area", "left_ear", code=1)


def test_an_unknown_kind_is_wrong_usage_and_the_right_ones_are_named(shell: Any) -> None:
    said = shell.refused("library", "--kind", "dance", code=2)
    assert "break, mobility, strength, massage, thermal, setup" in said


def test_own_items_are_listed_and_what_is_wrong_is_said(shell: Any) -> None:
    folder = shell.config.parent / "library"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("- id: x1\n  kind: dance\n")
    told = shell("library")
    assert told.code == 0
    assert f"{folder}/mine.yaml:" in told.err
    assert "B01" in told.out


@pytest.mark.parametrize("name", ["B01", "b01"])
def test_show_prints_the_steps_with_their_seconds(shell: Any, name: str) -> None:
    told = shell("show", name)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("B01 Tall reset\n")
    item = shell("show", name, "--json").json
    for number, step in enumerate(item["steps"], 1):
        assert f"\n{number}. {step['text']} ({step['seconds']} s)\n" in told.out


def test_show_names_the_levels_of_a_strength_item(shell: Any) -> None:
    strong = next(i for i in shell("library", "--kind", "strength", "--json").json if len(i["levels"]) > 1)
    assert "\nLevel 2: " in shell("show", strong["id"]).out


def test_an_item_of_every_kind_can_be_shown(shell: Any) -> None:
    one_of_each = {item["kind"]: item for item in shell("library", "--json").json}
    for item in one_of_each.values():
        told = shell("show", item["id"])
        assert (told.code, told.err) == (0, "")
        assert item["title"] in told.out


@pytest.mark.parametrize("name", ["B99", "", "x" * 500, "B01 "])
def test_an_item_that_does_not_exist_is_one_line(shell: Any, name: str) -> None:
    said = shell.refused("show", name, code=1)
    assert "postured library" in said
    assert len(said) < 200
