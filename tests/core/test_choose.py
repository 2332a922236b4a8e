"""Which item is shown: safe, doable, short enough, and each in its turn."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core import choose as room
from postured.core.choose import Chooser, choose
from postured.core.model import Item, Kind, Level, Me, Step

ME = Me(equipment=frozenset({"chair", "wall"}), places=frozenset({"desk", "stand", "wall"}))


def make(id_: str, kind: Kind = Kind.BREAK, seconds: int = 30, **fields: object) -> Item:
    item = Item(id_, kind, id_, (Step("Do it.", seconds),), seconds)
    return replace(item, **fields)  # type: ignore[arg-type]


def make_level(number: int, **fields: object) -> Level:
    level = Level(number, "plain", 1, 8, 0, "", 90, ("desk",), (), (), discreet=False)
    return replace(level, **fields)  # type: ignore[arg-type]


def pick(
    library: list[Item], *kinds: Kind, me: Me = ME, longest_s: float = 300, **shown: float
) -> str | None:
    item = choose(library, kinds or (Kind.BREAK,), me, longest_s=longest_s, last_shown=shown)
    return item.id if item else None


def test_example_in_the_docstring() -> None:
    assert doctest.testmod(room).failed == 0


# ── turns ──


def test_never_shown_comes_before_shown_and_then_the_longest_ago() -> None:
    library = [make("a"), make("b"), make("c")]
    assert pick(library, a=5) == "b"
    assert pick(library, a=5, b=4, c=6) == "b"


def test_ties_go_by_the_order_of_the_kinds_then_of_the_library() -> None:
    library = [make("a"), make("b"), make("v", Kind.MOBILITY)]
    assert pick(library, Kind.MOBILITY, Kind.BREAK) == "v"
    assert pick(library, Kind.BREAK, Kind.MOBILITY) == "a"
    assert pick(library, Kind.MOBILITY, Kind.BREAK, v=1) == "a"


def test_a_kind_named_twice_keeps_its_first_place() -> None:
    library = [make("a"), make("v", Kind.MOBILITY)]
    assert pick(library, Kind.BREAK, Kind.MOBILITY, Kind.BREAK) == "a"


@given(st.integers(1, 40), st.integers(1, 5))
def test_everything_that_fits_gets_its_turn_before_anything_comes_again(count: int, rounds: int) -> None:
    library = [make(f"x{n}", [Kind.BREAK, Kind.MOBILITY][n % 2]) for n in range(count)]
    chooser = Chooser(library, ME)
    shown: dict[str, float] = {}
    for turn in range(rounds):
        seen = set()
        for n in range(count):
            item = chooser.choose((Kind.BREAK, Kind.MOBILITY), longest_s=60, last_shown=shown)
            assert item is not None
            seen.add(item.id)
            shown[item.id] = turn * count + n
        assert len(seen) == count


def test_chooser_and_function_agree_and_asking_changes_nothing() -> None:
    library = [make("a", seconds=100), make("b")]
    chooser = Chooser(library, ME)
    for longest_s in (40, 200, 40):
        once = choose(library, [Kind.BREAK], ME, longest_s=longest_s, last_shown={})
        assert chooser.choose([Kind.BREAK], longest_s=longest_s, last_shown={}) is once


def test_no_kinds_means_any() -> None:
    assert pick([make("v", Kind.MOBILITY)]) == "v"
    item = choose([make("v", Kind.MOBILITY)], (), ME, longest_s=60, last_shown={})
    assert item is not None
    assert item.id == "v"


# ── what fits ──


@pytest.mark.parametrize(
    "unfit",
    [
        make("a", seconds=301),
        make("a", Kind.MOBILITY),
        make("a", contraindications=("pregnant",)),
        make("a", place=("floor", "home")),
        make("a", equipment=("chair", "band")),
    ],
    ids=["too long", "another kind", "a flag", "another place", "equipment"],
)
def test_what_does_not_fit_is_not_shown(unfit: Item) -> None:
    me = replace(ME, flags=frozenset({"pregnant"}))
    assert pick([unfit, make("b")], me=me, b=99) == "b"


def test_any_one_of_the_places_will_do() -> None:
    assert pick([make("a", place=("floor", "wall")), make("b")]) == "a"


def test_discreet_means_only_what_nobody_notices() -> None:
    library = [make("a"), make("b", discreet=True)]
    assert pick(library, me=replace(ME, discreet=True), b=99) == "b"
    assert pick(library, b=99) == "a"


def test_strength_is_judged_by_its_first_level_never_by_all_three() -> None:
    hard = make_level(2, place=("floor",), equipment=("mat",), contraindications=("pregnant",))
    item = make("S90", Kind.STRENGTH, levels=(make_level(1, discreet=True), hard))
    me = replace(ME, flags=frozenset({"pregnant"}), discreet=True)
    assert pick([item, make("B01", discreet=True)], Kind.STRENGTH, me=me) == "S90"


def test_a_flag_of_the_first_level_counts_though_the_item_has_none() -> None:
    level = make_level(1, contraindications=("acute_48h",))
    item = make("S90", Kind.STRENGTH, levels=(level,))
    assert pick([item, make("B01")], Kind.STRENGTH, me=replace(ME, flags=frozenset({"acute_48h"}))) == "B01"


# ── what is never chosen ──


@pytest.mark.parametrize(
    "item",
    [
        make("P01", Kind.SETUP),
        make("M18", Kind.MASSAGE, target="knot"),
        make("M10", Kind.MASSAGE, areas=("side_neck",)),
        make("M11", Kind.MASSAGE, knot_overlap_zones=("top_corner",)),
    ],
    ids=["setup", "on the knot", "side of the neck", "may lie on the knot"],
)
def test_never_chosen_not_even_as_a_last_resort(item: Item) -> None:
    assert pick([item], item.kind) is None


def test_a_flag_is_never_overruled() -> None:
    item = make("B01", contraindications=("minor",))
    assert pick([item], me=replace(ME, flags=frozenset({"minor"}))) is None


# ── never empty ──


def test_rather_a_longer_one_of_the_kind_than_nothing() -> None:
    assert pick([make("B01"), make("m", Kind.MASSAGE, 90)], Kind.MASSAGE, longest_s=60) == "m"


def test_advice_for_home_is_given_at_the_desk_too_but_what_one_has_comes_first() -> None:
    pack = make("h", Kind.THERMAL, 900, place=("home",), equipment=("heat_pack",))
    shower = make("s", Kind.THERMAL, 360, place=("home",), equipment=("shower",))
    library = [make("B01"), pack, shower]
    assert pick(library, Kind.THERMAL) == "h"
    assert pick(library, Kind.THERMAL, me=replace(ME, equipment=frozenset({"shower"}))) == "s"


def test_else_sitting_tall_or_a_walk() -> None:
    library = [make("x"), make("B01"), make("B10", seconds=120)]
    assert pick(library, Kind.MASSAGE) == "B01"
    assert pick(library, Kind.MASSAGE, B01=1) == "B10"


def test_else_whatever_is_safe() -> None:
    far = make("far", place=("floor",))
    assert pick([far, make("x")], Kind.MASSAGE) == "x"
    assert pick([far], Kind.MASSAGE) == "far"


def test_an_empty_library_has_nothing() -> None:
    assert pick([]) is None
