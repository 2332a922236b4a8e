"""What the care of a knot changes in choosing, and what several knots at once leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import library
from postured.core.choose import Chooser
from postured.core.model import (
    EQUIPMENT,
    PLACES,
    ZONES,
    Care,
    Cause,
    Felt,
    Item,
    Kind,
    Knot,
    Me,
    Moment,
    PressLog,
    SetLog,
    Spot,
)
from postured.core.practice import NOTHING, Practice, logged, shown
from postured.core.safety import RED, Refusal, Who, on_the_knot, overlaps
from postured.paths import shipped

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN).timestamp()
DAY = 86400.0
EVERYTHING = Me(frozenset(EQUIPMENT), frozenset(PLACES))
ITEMS = library.load((shipped("library"),))[0]
BY_ID = {item.id: item for item in ITEMS}
CHOOSER = Chooser(ITEMS)
UNASKED = [kind for kind in Kind if kind is not Kind.SETUP]


def at(unix_s: float = NOON) -> Moment:
    return Moment(unix_s - 1e9, unix_s, BERLIN)


def knot(cause: Cause, *, zone: str = "inner_edge", days: float = 5, **fields: object) -> Knot:
    return Knot(zone, "right", cause, NOON - days * DAY)._replace(**fields)  # type: ignore[arg-type]


def who(*knots: Knot, practice: Practice = NOTHING, me: Me = EVERYTHING, unix_s: float = NOON) -> Who:
    return Who(me, knots[0] if knots else None, practice, at(unix_s), knots[1:])


def picked(person: Who, *kinds: Kind) -> str:
    choice = CHOOSER.choose(kinds, person, longest_s=1e9)
    return choice.item.id if choice else ""


def over_days(person: Who, kind: Kind, count: int) -> list[str]:
    """What comes on so many days in a row, once a day, and is never followed."""
    found = []
    for day in range(count):
        now = at(NOON + day * DAY)
        item_id = picked(person._replace(now=now), kind)
        found.append(item_id)
        person = person._replace(practice=shown(person.practice, BY_ID[item_id], now, asked=False))
    return found


# ── strength ──


def test_in_the_first_two_days_only_the_quiet_exercises_of_the_care_come() -> None:
    care = Care(early=("S14", "S15"), strength=("S07", "S08"))
    strained = knot(Cause.STRAIN, days=1, care=care)
    assert set(over_days(who(strained), Kind.STRENGTH, 1)) <= {"S14", "S15"}


def test_afterwards_the_exercises_of_the_care_take_turns() -> None:
    care = Care(early=("S14", "S15"), strength=("S07", "S08"))
    strained = knot(Cause.STRAIN, days=3, care=care)
    assert set(over_days(who(strained), Kind.STRENGTH, 4)) == {"S07", "S08"}


def test_where_none_of_them_can_be_done_another_one_comes() -> None:
    care = Care(strength=("S02",))  # which takes a band
    person = who(knot(Cause.STRAIN, care=care), me=Me(frozenset({"chair"}), frozenset({"desk"})))
    assert BY_ID[picked(person, Kind.STRENGTH)].kind is Kind.STRENGTH


# ── massage and packs ──


def test_the_day_brings_no_more_massages_than_the_care_allows_but_who_asks_gets_one_more() -> None:
    strained = knot(Cause.STRAIN, care=Care(massages_a_day=1))
    practice = shown(NOTHING, BY_ID["M01"], at(NOON - 7200), asked=False)
    person = who(strained, practice=practice)
    assert BY_ID[picked(person, Kind.MASSAGE)].kind is not Kind.MASSAGE
    asked = CHOOSER.choose([Kind.MASSAGE], person, longest_s=1e9, asked=True)
    assert asked is not None
    assert asked.item.kind is Kind.MASSAGE


def test_packs_come_in_the_order_of_the_care() -> None:
    care = Care(packs=("H01", "H02", "H03"))
    assert over_days(who(knot(Cause.STRAIN, care=care)), Kind.THERMAL, 4) == ["H01", "H02", "H03", "H01"]


def test_a_massage_for_overuse_begins_on_the_knot_and_goes_on_to_one_area() -> None:
    person = who(knot(Cause.OVERUSE, care=Care(stops=2, first=("M19", "M18"))))
    tour = CHOOSER.tour(person)
    assert tour[0].id == "M19"
    assert len(tour) == 2
    assert not on_the_knot(tour[1])


def test_a_massage_for_strain_ends_broadly_around_the_knot() -> None:
    person = who(knot(Cause.STRAIN, care=Care(stops=2, last=("M17",))))
    tour = [item.id for item in CHOOSER.tour(person)]
    assert len(tour) == 3
    assert tour[-1] == "M17"


def test_without_a_roller_it_is_two_areas() -> None:
    me = Me(frozenset({"tennis_ball", "wall", "chair"}), frozenset({"desk", "wall", "stand"}))
    person = who(knot(Cause.STRAIN, care=Care(stops=2, last=("M17",))), me=me)
    assert len(CHOOSER.tour(person)) == 2


def test_an_item_that_was_asked_for_comes_first_whatever_the_care() -> None:
    person = who(knot(Cause.OVERUSE, care=Care(stops=2, first=("M19",))))
    assert [item.id for item in CHOOSER.tour(person, first=BY_ID["M05"])] == ["M05", "M19"]


# ── what is refused ──


def test_what_the_care_forbids_is_refused_by_name_too() -> None:
    person = who(knot(Cause.OVERUSE, care=Care(never=("S16",))))
    assert CHOOSER.refuses(BY_ID["S16"], person) == Refusal("cause", "overuse")


@pytest.mark.parametrize(("days", "refused"), [(1, True), (3, False)])
def test_after_a_jerk_the_floor_is_left_for_two_days(days: float, refused: bool) -> None:
    person = who(knot(Cause.STRAIN, days=days, care=Care(never_early=("M17",))))
    assert (CHOOSER.refuses(BY_ID["M17"], person) is not None) is refused


def test_a_knot_that_had_days_to_settle_is_not_treated_as_a_new_one() -> None:
    strained = knot(Cause.STRAIN, days=0.1, care=Care(strength=("S07",)), fresh=False)
    assert picked(who(strained), Kind.STRENGTH) == "S07"


@pytest.mark.parametrize("item_id", ["M18", "M19"])
def test_a_mixed_knot_that_is_spared_is_not_pressed_even_by_name(item_id: str) -> None:
    assert CHOOSER.refuses(BY_ID[item_id], who(knot(Cause.MIXED))) is None
    spared = who(knot(Cause.MIXED, spared=True))
    assert CHOOSER.refuses(BY_ID[item_id], spared) == Refusal("cause", "mixed")


def test_while_massage_rests_it_comes_only_for_who_asks_by_name() -> None:
    person = who(knot(Cause.STRAIN, rests=frozenset({Kind.MASSAGE})))
    assert BY_ID[picked(person, Kind.MASSAGE)].kind is not Kind.MASSAGE
    assert CHOOSER.refuses(BY_ID["M01"], person) is None


# ── red flags ──


def test_a_soft_red_flag_leaves_the_breaks_that_its_care_names() -> None:
    red = knot(Cause.RED_CLINICIAN, care=Care(only=("B01", "B03")))
    assert {picked(who(red), kind) for kind in UNASKED} <= {"B01", "B03"}
    assert CHOOSER.refuses(BY_ID["B06"], who(red)) == Refusal("red", "red_clinician")


@given(
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    other=st.sampled_from(Cause),
    red=st.sampled_from(sorted(RED)),
)
def test_a_red_flag_counts_beside_any_other_knot(zones: tuple[str, str], other: Cause, red: Cause) -> None:
    for order in ((other, red), (red, other)):
        knots = [knot(cause, zone=zone) for cause, zone in zip(order, zones, strict=True)]
        for item in ITEMS:
            refused = CHOOSER.refuses(item, who(*knots)) is not None
            assert refused or (red is Cause.RED_CLINICIAN and item.id in {"B01", "B06", "B10"}), item.id


# ── several knots ──


@given(front=st.sampled_from((Cause.OVERUSE, Cause.MIXED)), zones=st.permutations(ZONES))
def test_with_a_strained_knot_beside_it_no_knot_is_pressed(front: Cause, zones: list[str]) -> None:
    person = who(knot(front, zone=zones[0]), knot(Cause.STRAIN, zone=zones[1]))
    for item in ITEMS:
        if on_the_knot(item) or overlaps(item, zones[1]) or Cause.STRAIN in item.classes_never:
            assert CHOOSER.refuses(item, person) is not None, item.id


def test_what_is_pressed_goes_by_the_knot_in_front() -> None:
    left, right = knot(Cause.STRAIN, zone="blade_tip"), knot(Cause.STRAIN, zone="beside_spine")
    assert CHOOSER.tour(who(left, right))[0].areas == ("side_ribs",)
    assert "lower_back" in CHOOSER.tour(who(right, left))[0].areas


def test_one_strained_knot_keeps_strength_at_the_first_level() -> None:
    trained = NOTHING
    for days in range(40, 1, -1):
        log = SetLog("S08", 1 if days > 20 else 2, 2, 12, True, Felt.EASY, False)
        trained = logged(trained, log, at(NOON - days * DAY))
    mixed = knot(Cause.MIXED, days=30)
    alone = who(mixed, practice=trained)
    both = who(mixed, knot(Cause.STRAIN), practice=trained)
    assert CHOOSER.level_for(BY_ID["S08"], alone) == 3
    assert CHOOSER.level_for(BY_ID["S08"], both) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_annoyed_one_knot_is_left_at_both(order: tuple[int, int]) -> None:
    knots = (knot(Cause.OVERUSE), knot(Cause.MIXED, zone="top_corner"))
    practice = logged(NOTHING, PressLog("M18", "knot", "right", Spot.ANNOYED, 0.0), at(NOON - DAY))
    person = who(*(knots[i] for i in order), practice=practice)
    assert CHOOSER.refuses(BY_ID["M18"], person) == Refusal("annoyed")


def own(**fields: object) -> Item:
    return replace(BY_ID["M01"], id="own", **fields)  # type: ignore[arg-type]


@given(
    target=st.sampled_from(("referral", "knot", "around", "general")),
    areas=st.lists(st.sampled_from(("knot", "upper_chest", "between_blades")), min_size=1, unique=True),
    overlap=st.frozensets(st.sampled_from(ZONES)),
    zone=st.sampled_from(ZONES),
    kind=st.sampled_from(Kind),
)
def test_nobodys_own_item_presses_a_strained_knot(
    target: str, areas: list[str], overlap: frozenset[str], zone: str, kind: Kind
) -> None:
    item = own(kind=kind, target=target, areas=tuple(areas), knot_overlap_zones=tuple(overlap))
    person = who(knot(Cause.STRAIN, zone=zone))
    chooser = Chooser((item,))
    if on_the_knot(item) or overlaps(item, zone):
        assert chooser.refuses(item, person) is not None
        assert chooser.choose(UNASKED, person, longest_s=1e9) is None
        assert chooser.tour(person, first=item) == ()


def test_massages_that_nobody_follows_come_no_oftener_than_the_care_allows() -> None:
    person = who(knot(Cause.STRAIN, care=Care(massages_a_day=2)))
    found = []
    for quarter in range(16):
        now = at(NOON + quarter * 900)
        choice = CHOOSER.choose([Kind.MASSAGE], person._replace(now=now), longest_s=1e9)
        assert choice is not None
        found.append(choice.item.kind)
        person = person._replace(practice=shown(person.practice, choice.item, now, asked=False))
    assert found.count(Kind.MASSAGE) == 2


def test_a_massage_of_three_stops_is_one() -> None:
    practice = NOTHING
    for number, item_id in enumerate(("M01", "M05", "M12")):
        log = PressLog(item_id, BY_ID[item_id].areas[0], "right", Spot.EASED, 60.0)
        practice = logged(practice, log, at(NOON - 7200 + number * 120))
    person = who(knot(Cause.STRAIN, care=Care(massages_a_day=2)), practice=practice)
    assert BY_ID[picked(person, Kind.MASSAGE)].kind is Kind.MASSAGE
