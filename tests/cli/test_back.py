"""The picture of a back."""

from __future__ import annotations

import re

import pytest

from postured.cli.back import picture, zones
from postured.core import language
from postured.core.model import ZONES

SIDES = ("left", "right", "both", "middle", "")


def numbers(lines: tuple[str, ...]) -> list[tuple[int, str]]:
    """The columns of the numbers, and which they are."""
    return sorted((found.start(), found[0]) for line in lines for found in re.finditer(r"\d", line))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("chosen", [*ZONES, ""])
def test_it_is_small_and_plain(side: str, chosen: str) -> None:
    lines = picture(side, chosen)
    assert max(map(len, lines)) <= 46
    assert len(lines) <= 15
    assert "\n".join(lines).isascii()
    assert "\x1b" not in "\n".join(lines)


def test_without_a_number_its_halves_are_mirror_images() -> None:
    mirrored = str.maketrans(r"/\()'`", r"\/)(`'")
    for line in picture("middle", "")[1:]:
        row = line.ljust(45)
        assert re.sub(r"\d", ":", row) == re.sub(r"\d", ":", row.translate(mirrored)[::-1])


@pytest.mark.parametrize(("side", "columns"), [("left", range(22)), ("right", range(23, 46))])
def test_what_is_on_one_side_is_numbered_there_only(side: str, columns: range) -> None:
    found = numbers(picture(side, ""))
    assert sorted(number for _column, number in found) == ["1", "2", "3", "4", "5"]
    assert all(column in columns for column, _number in found)


@pytest.mark.parametrize("side", ["both", ""])
def test_on_both_sides_each_number_stands_twice_equally_far_from_the_spine(side: str) -> None:
    found = numbers(picture(side, ""))
    assert len(found) == 10
    assert sorted((44 - column, number) for column, number in found) == found


def test_in_the_middle_there_is_only_the_spine() -> None:
    assert zones("middle") == ("beside_spine",)
    assert numbers(picture("middle", "beside_spine")) == [(22, "1")]


@pytest.mark.parametrize("side", SIDES)
def test_the_chosen_place_is_marked_and_no_other(side: str) -> None:
    for number, zone in enumerate(zones(side), 1):
        marked = re.findall(r"\[(\d)\]", "\n".join(picture(side, zone)))
        assert set(marked) == {str(number)}
        assert len(marked) == (2 if side in ("both", "") else 1)
    assert "[" not in "\n".join(picture(side, "unsure"))


def test_the_places_are_where_they_are_on_a_body() -> None:
    """From the spine outwards, and from the top down."""
    rows = {}
    for row, line in enumerate(picture("right", "")):
        for found in re.finditer(r"\d", line):
            rows[zones("right")[int(found[0]) - 1]] = (row, found.start())
    assert rows["top_corner"][0] < rows["inner_edge"][0] < rows["blade_tip"][0]
    spine = 22
    for zone, (_row, column) in rows.items():
        assert column > spine
        if zone != "beside_spine":
            assert column > rows["beside_spine"][1]
    assert rows["inner_edge"][1] < rows["deep_under_blade"][1]


def test_the_sides_are_named_in_the_persons_language() -> None:
    class German:
        def gettext(self, message: str) -> str:
            return {"left": "links", "right": "rechts"}.get(message, message)

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            raise NotImplementedError

        def pgettext(self, context: str, message: str) -> str:
            raise NotImplementedError

    language.speak(German())
    try:
        first = picture("both", "")[0]
    finally:
        language.speak(None)
    assert re.fullmatch(r" links +\( +\) +rechts", first)
    assert len(first) <= 46
