"""Which item is shown: safe, doable, right for the knot, not too much, and each in its turn."""

from __future__ import annotations

import doctest
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from postured.core import choose as room
from postured.core.choose import Choice, Chooser, Lacking
from postured.core.model import (
    AREAS,
    FLAGS,
    ZONES,
    Care,
    Cause,
    Felt,
    Item,
    Kind,
    Knot,
    Level,
    Me,
    Moment,
    PressLog,
    SetLog,
    Spot,
    Step,
)
from postured.core.practice import NOTHING, Practice
from postured.core.safety import EARLY_S, NEUTRAL, Refusal, Who
from postured.core.strength import Trained
from postured.core.zones import REGIONS, regions_of

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN).timestamp()
HOUR, DAY = 3600.0, 86400.0
ME = Me(equipment=frozenset({"chair", "wall"}), places=frozenset({"desk", "stand", "wall"}))


def make(id_: str, kind: Kind = Kind.BREAK, seconds: int = 30, **fields: object) -> Item:
    item = Item(id_, kind, id_, (Step("Do it.", seconds),), seconds)
    return replace(item, **fields)  # type: ignore[arg-type]


def make_level(number: int, **fields: object) -> Level:
    level = Level(number, "plain", 1, 8, 0, "", 90, ("desk",), (), (), discreet=False)
    return replace(level, **fields)  # type: ignore[arg-type]


def knot(cause: Cause, zone: str = "inner_edge", *, days: float = 5) -> Knot:
    return Knot(zone, "right", cause, NOON - days * DAY)


def at(unix_s: float = NOON) -> Moment:
    return Moment(unix_s - 1e9, unix_s, BERLIN)


def who(me: Me = ME, knot: Knot | None = None, practice: Practice = NOTHING, *, unix_s: float = NOON) -> Who:
    return Who(me, knot, practice, at(unix_s))


def after(shown: Mapping[str, float] | None = None, **fields: object) -> Practice:
    return NOTHING._replace(shown=shown or {}, **fields)  # type: ignore[arg-type]


def pick(
    library: Sequence[Item],
    *kinds: Kind,
    person: Who | None = None,
    longest_s: float = 300,
    asked: bool = False,
) -> Choice | None:
    return Chooser(library).choose(kinds or (Kind.BREAK,), person or who(), longest_s=longest_s, asked=asked)


def pick_id(library: Sequence[Item], *kinds: Kind, person: Who | None = None, longest_s: float = 300) -> str:
    choice = pick(library, *kinds, person=person, longest_s=longest_s)
    return choice.item.id if choice else ""


def why(library: Sequence[Item], *kinds: Kind, person: Who | None = None) -> tuple[str, str, str]:
    choice = pick(library, *kinds, person=person)
    assert choice is not None
    return choice.item.id, choice.because, choice.detail


def test_example_in_the_docstring() -> None:
    assert doctest.testmod(room).failed == 0


# ── whose turn it is ──


def test_never_shown_comes_before_shown_and_then_the_longest_ago() -> None:
    library = [make(x, areas=("neck_back",)) for x in "abc"]
    assert pick_id(library, person=who(practice=after({"a": 5, "b": 4}))) == "c"
    assert pick_id(library, person=who(practice=after({"a": 5, "b": 4, "c": 6}))) == "b"


def test_ties_go_by_the_order_of_the_kinds() -> None:
    library = [make("a"), make("b"), make("v", Kind.MOBILITY)]
    assert pick_id(library, Kind.MOBILITY, Kind.BREAK) == "v"
    assert pick_id(library, Kind.BREAK, Kind.MOBILITY, Kind.BREAK) in "ab"


def test_other_ties_are_drawn_anew_every_day_and_stay_all_day() -> None:
    library = [make(f"x{n}") for n in range(9)]
    for hour in (8, 20, 27.9):
        assert pick_id(library, person=who(unix_s=NOON + (hour - 12) * HOUR)) == pick_id(library)
    assert len({pick_id(library, person=who(unix_s=NOON + n * DAY)) for n in range(20)}) > 3


def test_the_reason_is_the_region_that_waited_longest() -> None:
    library = [
        make("a", areas=("neck_back", "eyes")),
        make("b", areas=("side_ribs",)),
        make("c", areas=("eyes",)),
    ]
    shown = after({"a": NOON - 500, "b": NOON - 900, "c": NOON - 100})
    assert why(library, person=who(practice=shown)) == ("b", "turn", "sides")
    shown = after({"a": NOON - 500, "b": NOON - 300, "c": NOON - 100})
    assert why(library, person=who(practice=shown)) == ("a", "turn", "neck")


def test_a_region_is_not_kept_waiting_by_many_items_of_another() -> None:
    library = [make(f"neck{n}", areas=("neck_back",)) for n in range(30)] + [make("look", areas=("eyes",))]
    chooser, shown, came = Chooser(library), dict[str, float](), list[str]()
    for turn in range(40):
        choice = chooser.choose([Kind.BREAK], who(practice=after(shown), unix_s=NOON + turn), longest_s=60)
        assert choice is not None
        shown[choice.item.id] = NOON + turn
        came.append(choice.item.id)
    first = came.index("look")
    assert "look" in came[first + 1 : first + 1 + len(REGIONS)]
    assert len(set(came)) == 31


def test_what_short_breaks_bring_does_not_decide_about_long_ones() -> None:
    """Short breaks never work the lower back; a long one that does must not come every time for that."""
    short = [make(f"b{n}", areas=("upper_chest", "side_ribs")) for n in range(12)]
    move, low = (
        make("v", Kind.MOBILITY, areas=("side_ribs",)),
        make("low", Kind.BREAK, 120, areas=("lower_back",)),
    )
    shown = {f"b{n}": NOON - 60 * n - 1 for n in range(12)} | {"v": NOON - 9000, "low": NOON - 5000}
    for kinds in ([Kind.MOBILITY, Kind.BREAK], [Kind.BREAK, Kind.MOBILITY]):
        assert pick_id([*short, move, low], *kinds, person=who(practice=after(shown))) == "v"


def test_exercises_that_are_kept_up_come_before_new_ones_once_there_are_enough() -> None:
    library = [make(f"s{n}", Kind.STRENGTH, areas=("mid_back",)) for n in range(9)]
    six = {f"s{n}": NOON - (10 - n) * DAY for n in range(6)}
    assert pick_id(library, Kind.STRENGTH, person=who(practice=after(six))) in ("s6", "s7", "s8")
    seven = six | {"s6": NOON - DAY}
    assert pick_id(library, Kind.STRENGTH, person=who(practice=after(seven))) == "s0"
    for days, expected in ((27.9, ("s0",)), (28, ("s7", "s8"))):
        kept = seven | {"s0": NOON - days * DAY}
        assert pick_id(library, Kind.STRENGTH, person=who(practice=after(kept))) in expected


def test_the_only_one_that_fits_says_so() -> None:
    library = [make("a"), make("b", contraindications=("pregnant",))]
    person = who(replace(ME, flags=frozenset({"pregnant"})), practice=after({"a": NOON - 1}))
    assert why(library, person=person) == ("a", "only", "")


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
    person = who(replace(ME, flags=frozenset({"pregnant"})), practice=after({"b": 99}))
    assert pick_id([unfit, make("b")], person=person) == "b"


def test_any_one_of_the_places_will_do() -> None:
    assert pick_id([make("a", place=("floor", "wall"))]) == "a"


def test_whose_place_is_a_desk_has_one() -> None:
    desk = make("a", place=("desk", "stand"), equipment=("desk",))
    at_desk = Me(equipment=frozenset(), places=frozenset({"desk"}))
    assert pick([desk], person=who(at_desk)) == Choice(desk, 0, "only")
    assert Chooser([desk]).lacking(Kind.BREAK, who(at_desk)) is None
    stands = replace(at_desk, places=frozenset({"stand"}))
    assert pick([desk], person=who(stands)) is None
    assert Chooser([desk]).lacking(Kind.BREAK, who(stands)) == Lacking(("desk",), ())
    assert pick([desk], person=who(replace(stands, equipment=frozenset({"desk"})))) is not None


def test_sitting_tall_needs_no_place_but_honours_the_rest() -> None:
    nowhere = replace(ME, places=frozenset[str](), equipment=frozenset[str]())
    assert pick_id([make("B01"), make("B10")], person=who(nowhere)) == "B01"
    assert pick([make("B01", equipment=("chair",))], person=who(nowhere)) is None


def test_discreet_means_only_what_nobody_notices() -> None:
    library = [make("a"), make("b", discreet=True)]
    assert pick_id(library, person=who(replace(ME, discreet=True), practice=after({"b": 99}))) == "b"


def test_who_asks_has_time_but_skips_and_doses_stand() -> None:
    long = make("h", Kind.THERMAL, 900, dose=(("per_day_max", 1),))
    assert pick([long], Kind.THERMAL, asked=True, longest_s=10) == Choice(long, 0, "only")
    done = after(doses={"h": (NOON - 5 * HOUR,)})
    assert pick([long], Kind.THERMAL, asked=True, person=who(practice=done)) is None
    skipped = after(skips={"h": (NOON - 5 * HOUR,)})
    library = [long, make("B01")]
    choice = pick(library, Kind.THERMAL, asked=True, person=who(practice=skipped))
    assert choice == Choice(library[1], 0, "instead", "thermal")


def test_no_kinds_means_any_but_set_up_tips_which_have_to_be_asked_for() -> None:
    tip, move = make("P01", Kind.SETUP), make("v", Kind.MOBILITY)
    assert Chooser([tip, move]).choose((), who(), longest_s=60) == Choice(move, 0, "only")
    assert Chooser([tip]).choose((), who(), longest_s=60, asked=True) is None
    assert pick([tip], Kind.SETUP) is None
    assert pick([tip], Kind.SETUP, asked=True) == Choice(tip, 0, "only")


# ── levels ──

LADDER = make(
    "s",
    Kind.STRENGTH,
    levels=(
        make_level(1, discreet=True, contraindications=("shoulder_unstable",)),
        make_level(2, place=("wall",), contraindications=("pregnant", "acute_48h")),
        make_level(3, place=("floor",), equipment=("mat",), duration_s=360),
    ),
)


def trained(level: int) -> Practice:
    log = SetLog("s", level, 1, 8, full=True, felt=Felt.RIGHT, pain=False)
    return after(trained={"s": Trained(level, 0, NOON - DAY, log, NOON - DAY)})


@pytest.mark.parametrize(
    ("me", "at_level", "expected"),
    [
        (ME, 1, 1),
        (ME, 2, 2),
        (ME, 3, 2),
        (replace(ME, places=frozenset({"floor"}), equipment=frozenset({"mat"})), 3, 3),
        (replace(ME, places=frozenset({"floor"}), equipment=frozenset({"mat"})), 2, None),
        (replace(ME, flags=frozenset({"pregnant"})), 3, 1),
        (replace(ME, discreet=True), 2, 1),
        (replace(ME, flags=frozenset({"shoulder_unstable"})), 1, None),
        (replace(ME, flags=frozenset({"acute_48h"})), 3, 1),
    ],
)
def test_the_level_is_the_highest_up_to_ones_own_that_is_safe_and_doable(
    me: Me, at_level: int, expected: int | None
) -> None:
    person = who(me, practice=trained(at_level))
    assert Chooser([LADDER]).level_for(LADDER, person) == expected
    choice = pick([LADDER], Kind.STRENGTH, person=person, longest_s=math.inf)
    assert (choice.level if choice else None) == expected


def test_who_did_other_exercises_since_is_at_the_level_they_were_at() -> None:
    log = SetLog("s", 2, 1, 8, full=True, felt=Felt.RIGHT, pain=False)
    long_ago = {"s": Trained(2, 0, NOON - 20 * DAY, log, NOON - 20 * DAY)}
    lately = {"x": Trained(1, 0, NOON - DAY, log, NOON - DAY)}
    for reached, expected in ((long_ago, 1), (long_ago | lately, 2)):
        person = who(practice=after(trained=reached))
        assert Chooser([LADDER]).level_for(LADDER, person) == expected
        choice = pick([LADDER], Kind.STRENGTH, person=person)
        assert choice is not None
        assert choice.level == expected


def test_an_item_without_levels_has_level_0_wherever_one_is() -> None:
    assert Chooser([]).level_for(make("a", place=("floor",)), who()) == 0


def test_the_length_is_that_of_the_level() -> None:
    floor = replace(ME, places=frozenset({"floor"}), equipment=frozenset({"mat"}))
    person = who(floor, practice=trained(3))
    library = [LADDER, make("B01")]
    assert pick_id(library, Kind.STRENGTH, person=person, longest_s=300) == "B01"
    assert pick_id(library, Kind.STRENGTH, person=person, longest_s=360) == "s"


def test_no_load_without_a_first_level_in_the_first_48_hours() -> None:
    own = make("mine", Kind.STRENGTH)
    for hours, expected in ((47, Refusal("early")), (48, None)):
        for cause in (Cause.STRAIN, Cause.OVERUSE):
            assert Chooser([own]).refuses(own, who(knot=knot(cause, days=hours / 24))) == expected
        assert Chooser([own]).refuses(own, who(knot=knot(Cause.MIXED, days=hours / 24))) is None


# ── the knot ──

ON_KNOT = make(
    "M18", Kind.MASSAGE, target="knot", areas=("knot",), classes_never=("strain",),
    classes_allowed=("overuse", "mixed"),
)  # fmt: skip
CORNER = make("M11", Kind.MASSAGE, areas=("neck_shoulder_corner",), knot_overlap_zones=("top_corner",))
OVER = make("V06", Kind.MOBILITY, areas=("neck_shoulder_corner",), knot_overlap_zones=("top_corner",))
SIDE_NECK = make("M10", Kind.MASSAGE, areas=("side_neck",))
CHEST = make("M01", Kind.MASSAGE, areas=("upper_chest",), classes_allowed=("strain", "overuse", "mixed"))
LIBRARY = [make("B01", discreet=True), make("B10", seconds=120, place=("stand",)), make("B06")]


@pytest.mark.parametrize(
    ("item", "state", "unasked", "refusal"),
    [
        (ON_KNOT, None, False, "cause"),
        (ON_KNOT, knot(Cause.STRAIN), False, "cause"),
        (ON_KNOT, knot(Cause.OVERUSE), True, None),
        (ON_KNOT, knot(Cause.OVERUSE, days=1), True, None),
        (ON_KNOT, knot(Cause.MIXED), False, None),
        (make("own", Kind.MASSAGE, areas=("knot",)), knot(Cause.STRAIN), False, "cause"),
        (make("own", Kind.MASSAGE, areas=("knot",)), None, False, "cause"),
        (make("own", Kind.THERMAL, areas=("knot", "upper_chest")), knot(Cause.STRAIN), True, None),
        (CORNER, None, False, None),
        (CORNER, knot(Cause.STRAIN, "top_corner"), False, "cause"),
        (CORNER, knot(Cause.STRAIN, "unsure"), False, "cause"),
        (CORNER, knot(Cause.STRAIN, "elbow"), False, "cause"),
        (CORNER, knot(Cause.STRAIN, "inner_edge"), True, None),
        (CORNER, knot(Cause.MIXED, "top_corner"), False, None),
        (CORNER, knot(Cause.OVERUSE, "top_corner"), True, None),
        (OVER, None, True, None),
        (OVER, knot(Cause.STRAIN, "top_corner"), False, "cause"),
        (OVER, knot(Cause.STRAIN, "unsure"), False, "cause"),
        (OVER, knot(Cause.STRAIN, "inner_edge"), True, None),
        (OVER, knot(Cause.MIXED, "top_corner"), False, None),
        (OVER, knot(Cause.OVERUSE, "top_corner"), True, None),
        (SIDE_NECK, knot(Cause.STRAIN), False, None),
        (SIDE_NECK, None, False, None),
        (CHEST, None, True, None),
        (CHEST, knot(Cause.STRAIN, days=0), True, None),
        (make("V08", Kind.MOBILITY, classes_never=("strain",)), knot(Cause.STRAIN), False, "cause"),
        (make("V08", Kind.MOBILITY, classes_never=("strain",)), None, True, None),
        (make("x", Kind.MASSAGE, classes_allowed=("overuse",)), None, False, "cause"),
        (make("x", classes_allowed=("none",)), knot(Cause.MIXED), False, "cause"),
        (make("x", classes_never=("none",)), None, False, "cause"),
    ],
)
def test_what_the_cause_of_a_knot_allows_unasked_and_by_name(
    item: Item, state: Knot | None, *, unasked: bool, refusal: str | None
) -> None:
    person = who(knot=state)
    assert (pick([item], item.kind, person=person) is not None) == unasked
    refused = Chooser([item]).refuses(item, person)
    assert (refused.because if refused else None) == refusal


def test_a_knot_that_took_it_ill_is_left_alone_for_two_weeks() -> None:
    log = PressLog("M18", "knot", "right", Spot.ANNOYED, 30.0)
    for days, refusal in ((13, Refusal("annoyed")), (15, None)):
        practice = after(pressed=((NOON - days * DAY, log),))
        person = who(knot=knot(Cause.OVERUSE, "top_corner", days=20), practice=practice)
        for item in (ON_KNOT, CORNER):
            assert Chooser([item]).refuses(item, person) == refusal
            assert (pick([item], Kind.MASSAGE, person=person) is None) == (refusal is not None)
        assert Chooser([CHEST]).refuses(CHEST, person) is None


@pytest.mark.parametrize("kinds", [(Kind.BREAK,), (Kind.MASSAGE, Kind.STRENGTH), ()])
def test_a_red_flag_leaves_neutral_breaks_and_an_emergency_nothing(kinds: tuple[Kind, ...]) -> None:
    library = [*LIBRARY, make("B02"), CHEST, make("s", Kind.STRENGTH)]
    chooser, shown, came = Chooser(library), dict[str, float](), set[str]()
    person = who(knot=knot(Cause.RED_CLINICIAN))
    for turn in range(8):
        person = who(knot=knot(Cause.RED_CLINICIAN), practice=after(shown), unix_s=NOON + turn)
        choice = chooser.choose(kinds, person, longest_s=math.inf)
        assert choice is not None
        came.add(choice.item.id)
        shown[choice.item.id] = NOON + turn
    assert came <= set(NEUTRAL)
    emergency = who(knot=knot(Cause.RED_EMERGENCY))
    assert chooser.choose(kinds, emergency, longest_s=math.inf, asked=True) is None
    assert chooser.refuses(library[0], emergency) == Refusal("red", "red_emergency")
    assert chooser.refuses(library[3], person) == Refusal("red", "red_clinician")
    assert chooser.refuses(library[0], person) is None
    assert chooser.tour(person) == ()
    assert not any(chooser.emptied_by(kind, person) for kind in Kind)


def massage(id_: str, *areas: str, **fields: object) -> Item:
    return make(id_, Kind.MASSAGE, 90, areas=areas, **fields)


AROUND = [
    massage("ribs", "side_ribs"),
    massage("low", "below_blade"),
    massage("chest", "upper_chest"),
    massage("front", "front_shoulder"),
    massage("blade", "blade_back"),
    massage("far", "flank"),
]
STRAIN = knot(Cause.STRAIN)


def days_ago(**days: float) -> dict[str, float]:
    return {item: NOON - ago * DAY for item, ago in days.items()}


def test_the_order_of_the_zone_decides_first_and_later_who_waits_longest() -> None:
    chooser, shown, came = Chooser(AROUND), dict[str, float](), list[tuple[str, str, str]]()
    for turn in range(12):
        practice = after(dict(shown), doses={i: (t,) for i, t in shown.items()})
        person = who(knot=STRAIN, practice=practice, unix_s=NOON + turn * 12 * HOUR)
        choice = chooser.choose([Kind.MASSAGE], person, longest_s=math.inf)
        assert choice is not None
        came.append((choice.item.id, choice.because, choice.detail))
        shown[choice.item.id] = NOON + turn * 12 * HOUR
    assert [id_ for id_, _, _ in came] == ["chest", "front", "blade", "ribs", "low", "far"] * 2
    assert came[0] == ("chest", "zone", "upper_chest")


def test_what_was_done_before_this_knot_does_not_count_for_its_turns() -> None:
    shown = days_ago(chest=6, front=7, blade=8, ribs=9, low=10, far=11)
    assert why(AROUND, Kind.MASSAGE, person=who(knot=STRAIN, practice=after(shown)))[0] == "front"
    # chest was the last one shown: not twice in a row


def test_a_right_spot_goes_first_every_second_time_but_not_within_a_day() -> None:
    shown = days_ago(chest=4, front=3, blade=2, ribs=1.5, low=1.2, far=1.1)
    spots = ((NOON - 1.5 * DAY, PressLog("ribs", "side_ribs", "right", Spot.EASED, 40.0)),)
    person = who(knot=STRAIN, practice=after(shown, pressed=spots))
    assert why(AROUND, Kind.MASSAGE, person=person) == ("ribs", "right_spot", "side_ribs")
    again = who(knot=STRAIN, practice=after(shown | {"ribs": NOON - HOUR}, pressed=spots))
    assert why(AROUND, Kind.MASSAGE, person=again) == ("chest", "zone", "upper_chest")
    today = ((NOON - 0.9 * DAY, spots[0][1]),)
    assert (
        why(AROUND, Kind.MASSAGE, person=who(knot=STRAIN, practice=after(shown, pressed=today)))[0] == "chest"
    )


def test_what_was_in_vain_comes_later_but_comes() -> None:
    shown = days_ago(chest=4, front=3.5, blade=3, ribs=2.6, low=2.5, far=1)
    spots = ((NOON - 4 * DAY, PressLog("chest", "upper_chest", "right", Spot.STAYED, 90.0)),)
    person = who(knot=STRAIN, practice=after(shown, pressed=spots))
    assert why(AROUND, Kind.MASSAGE, person=person)[0] == "front"
    later = shown | days_ago(front=0.3, blade=0.2)
    assert (
        why(AROUND, Kind.MASSAGE, person=who(knot=STRAIN, practice=after(later, pressed=spots)))[0] == "ribs"
    )
    later |= days_ago(ribs=0.1, low=0.05)
    assert (
        why(AROUND, Kind.MASSAGE, person=who(knot=STRAIN, practice=after(later, pressed=spots)))[0] == "chest"
    )


def test_what_is_meant_for_other_knots_comes_only_if_nothing_else_is_left() -> None:
    other = massage("other", "upper_chest", knot_zones=("blade_tip",))
    mine = massage("mine", "flank", knot_zones=("inner_edge",))
    third = massage("third", "flank")
    assert pick_id([other, mine, third], Kind.MASSAGE, person=who(knot=STRAIN)) in ("mine", "third")
    person = who(knot=STRAIN, practice=after({"mine": NOON - 1}))
    assert pick_id([other, mine], Kind.MASSAGE, person=person) == "other"


def test_overuse_begins_with_the_knot_itself() -> None:
    assert why([*AROUND, ON_KNOT], Kind.MASSAGE, person=who(knot=knot(Cause.OVERUSE))) == (
        "M18",
        "zone",
        "knot",
    )


# ── not too much ──


@pytest.mark.parametrize(
    ("item", "doses", "refusal"),
    [
        (massage("m", dose=(("per_day_max", 2),)), (1, 2), Refusal("cap", "m")),
        (massage("m", dose=(("per_day_max", 2),)), (1, 8.1), None),
        (massage("m", dose=(("per_day_max", 2),)), (1, 1.4), None),
        (massage("m", dose=(("per_day_max", 1),)), (1, 1.4), Refusal("cap", "m")),
        (massage("m", dose=(("per_week", 2),)), (30, 150), Refusal("week", "m")),
        (massage("m", dose=(("per_week", 2),)), (30, 153), None),
        (massage("m", dose=(("gap_min", 90),)), (1,), Refusal("gap", "30")),
        (massage("m", dose=(("gap_min", 60),)), (1,), None),
        (massage("m"), (1, 2, 3), Refusal("cap", "massage")),
        (massage("m"), (1, 1.4, 1.8, 2, 3), None),
        (make("h", Kind.THERMAL, 900), (0.75,), Refusal("gap", "15")),
        (make("h", Kind.THERMAL, 900), (1,), None),
        (make("h", Kind.THERMAL, 900), (1, 2, 3), Refusal("cap", "thermal")),
    ],
)
def test_hands_and_packs_have_their_doses_even_by_name(
    item: Item, doses: tuple[float, ...], refusal: Refusal | None
) -> None:
    """Hours ago; the day turned eight hours ago."""
    practice = after(doses={item.id: tuple(sorted(NOON - hours * HOUR for hours in doses))})
    assert Chooser([item]).refuses(item, who(practice=practice)) == refusal
    assert (pick([item], item.kind, person=who(practice=practice), longest_s=999) is None) == bool(refusal)


def test_sessions_of_one_kind_add_up() -> None:
    library = [massage(x, "upper_chest") for x in "abcd"]
    practice = after(doses={"a": (NOON - 3 * HOUR,), "b": (NOON - 2 * HOUR,), "c": (NOON - HOUR,)})
    assert pick(library, Kind.MASSAGE, person=who(practice=practice)) is None
    assert Chooser(library).refuses(library[3], who(practice=practice)) == Refusal("cap", "massage")


def stops(*told: tuple[float, str], seconds: float = 60.0) -> tuple[tuple[float, PressLog], ...]:
    """Spots that were pressed: minutes ago, and the item."""
    return tuple(
        (NOON - minutes * 60, PressLog(item, "upper_chest", "right", Spot.STAYED, seconds))
        for minutes, item in told
    )


def test_one_massage_with_three_stops_is_one_of_three_a_day() -> None:
    library = [massage(x, "upper_chest") for x in "abcd"]
    tour = after(doses={"a": (NOON - 62 * 60,)}, pressed=stops((61, "a"), (59, "b"), (57, "c")))
    assert Chooser(library).refuses(library[3], who(practice=tour)) is None
    assert pick(library, Kind.MASSAGE, person=who(practice=tour)) is not None
    thrice = tour._replace(pressed=stops((401, "a"), (400, "b"), (200, "c"), (60, "a"), (57, "c")))
    assert Chooser(library).refuses(library[3], who(practice=thrice)) == Refusal("cap", "massage")
    assert pick(library, Kind.MASSAGE, person=who(practice=thrice)) is None


def test_each_stop_of_a_massage_is_a_session_of_its_item() -> None:
    dose = (("per_day_max", 1),)
    library = [massage(x, "upper_chest", dose=dose) for x in "abcd"]
    person = who(practice=after(doses={"a": (NOON - 62 * 60,)}, pressed=stops((61, "a"), (59, "b"))))
    refused = {item.id: Chooser(library).refuses(item, person) for item in library}
    assert refused == {"a": Refusal("cap", "a"), "b": Refusal("cap", "b"), "c": None, "d": None}
    assert pick_id(library, Kind.MASSAGE, person=person) in ("c", "d")
    felt_only = who(practice=after(pressed=stops((61, "a"), seconds=0.0)))
    assert Chooser(library).refuses(library[0], felt_only) is None


def test_after_a_massage_was_stopped_there_is_none_until_the_day_turns() -> None:
    other, pack = massage("other", "upper_chest"), make("h", Kind.THERMAL, 900)
    for hours, refusal in (
        (1, Refusal("stopped", "massage")),
        (7.9, Refusal("stopped", "massage")),
        (8.1, None),
    ):
        log = PressLog("m", "knot", "right", Spot.STOPPED, 5.0)
        person = who(practice=after(pressed=((NOON - hours * HOUR, log),)))
        assert Chooser([other]).refuses(other, person) == refusal
        assert (pick([other], Kind.MASSAGE, person=person) is None) == (refusal is not None)
        assert Chooser([pack]).refuses(pack, person) is None


def test_the_gap_and_the_week_count_what_was_pressed_too() -> None:
    gap = massage("m", dose=(("gap_min", 90),))
    assert Chooser([gap]).refuses(gap, who(practice=after(pressed=stops((60, "m"))))) == Refusal("gap", "30")
    week = massage("m", dose=(("per_week", 2),))
    practice = after(doses={"m": (NOON - 6 * DAY,)}, pressed=stops((24 * 60, "m")))
    assert Chooser([week]).refuses(week, who(practice=practice)) == Refusal("week", "m")
    practice = after(doses={"m": (NOON - 7 * DAY,)}, pressed=stops((24 * 60, "m")))
    assert Chooser([week]).refuses(week, who(practice=practice)) is None


def test_the_day_and_the_week_begin_at_four_where_the_clocks_have_changed_in_between() -> None:
    """Summer time ended on Sunday, 25 October 2026, at three."""
    wednesday = datetime(2026, 10, 28, 12, 0, tzinfo=BERLIN).timestamp()
    item = massage("m", dose=(("per_week", 1),))
    for day, hour, minute, refusal in ((22, 4, 10, Refusal("week", "m")), (22, 3, 50, None)):
        done = datetime(2026, 10, day, hour, minute, tzinfo=BERLIN).timestamp()
        person = who(practice=after(doses={"m": (done,)}), unix_s=wednesday)
        assert Chooser([item]).refuses(item, person) == refusal


def test_five_times_a_week_is_enough_but_not_for_who_asks() -> None:
    item = make("s", Kind.STRENGTH, dose=(("per_week", 5), ("per_day_max", 1)))
    practice = after(doses={"s": tuple(NOON - days * DAY for days in (6, 5, 4, 3, 2))})
    assert pick([item], Kind.STRENGTH, person=who(practice=practice)) is None
    practice = after(doses={"s": tuple(NOON - days * DAY for days in (7, 5, 4, 3, 2))})
    assert pick_id([item], Kind.STRENGTH, person=who(practice=practice)) == "s"
    assert Chooser([item]).refuses(item, who(practice=after(doses={"s": (NOON - 60,)}))) is None


# ── never empty ──


def test_else_sitting_tall_or_a_walk_in_turns() -> None:
    chooser = Chooser([*LIBRARY, make("x")])
    shown: dict[str, float] = {}
    came = []
    for turn in range(6):
        person = who(practice=after(shown), unix_s=NOON + turn)
        choice = chooser.choose([Kind.MASSAGE, Kind.BREAK][:1], person, longest_s=300)
        assert choice is not None
        assert choice[2:] == ("instead", "massage")
        came.append(choice.item.id)
        shown[choice.item.id] = NOON + turn
    assert came in (["B01", "B10"] * 3, ["B10", "B01"] * 3)


def test_the_walk_does_not_come_twice_though_its_region_waits_longest() -> None:
    library = [make("B01", areas=("neck_back",)), make("B10", seconds=120, areas=("whole_body",))]
    library += [make(f"x{n}", areas=("neck_back",)) for n in range(12)]
    shown = {"B01": NOON - 9000, "B10": NOON - 8000} | {f"x{n}": NOON - 100 * n - 1 for n in range(12)}
    assert pick_id(library, Kind.MASSAGE, person=who(practice=after(shown))) == "B01"


STAND_INS = [
    make("M", Kind.MASSAGE, 60, areas=("upper_chest",)),
    make("B01"),
    make("short"),
    make("B10", seconds=120),
    make("long", seconds=120),
    make("rests"),
    make("short skipped"),
    make("long skipped", seconds=120),
    make("v", Kind.MOBILITY),
    make("s", Kind.STRENGTH),
]
SKIPPED_TODAY, SKIPPED_OFTEN = (NOON - HOUR,), (NOON - 9 * DAY, NOON - 8 * DAY, NOON - 7 * DAY)
SKIPS = {
    "M": SKIPPED_OFTEN,
    "rests": SKIPPED_OFTEN,
    "B10": SKIPPED_TODAY,
    "short skipped": SKIPPED_TODAY,
    "long skipped": SKIPPED_TODAY,
}


def in_their_order(library: Sequence[Item], *kinds: Kind, person: Who) -> list[str]:
    """What comes first, and what comes if that had not been there, and so on."""
    found = []
    while choice := pick(library, *kinds, person=person, longest_s=60):
        found.append(choice.item.id)
        library = [item for item in library if item is not choice.item]
    return found


def test_what_stands_in_has_an_order() -> None:
    person = who(practice=after(skips=SKIPS))
    found = in_their_order(STAND_INS, Kind.MASSAGE, person=person)
    assert found[:4] == ["M", "B01", "short", "B10"]
    assert set(found[4:6]) == {"long", "rests"}
    assert set(found[6:8]) == {"short skipped", "long skipped"}
    assert found[8:] == ["v", "s"]
    practice = after({"short": NOON - 9, "s": NOON - 5}, skips=SKIPS)
    without = [item for item in STAND_INS if item.id not in ("M", "B01")]
    assert pick_id(without, Kind.MASSAGE, person=who(practice=practice), longest_s=60) == "short"


def test_what_was_wanted_and_only_rests_for_its_month_comes_before_any_stand_in() -> None:
    person = who(practice=after(skips=SKIPS))
    assert why(STAND_INS, Kind.MASSAGE, person=person) == ("M", "only", "")
    today = who(practice=after(skips=SKIPS | {"M": (*SKIPPED_OFTEN[1:], NOON - HOUR)}))
    assert why(STAND_INS, Kind.MASSAGE, person=today) == ("B01", "instead", "massage")
    long = [make("M", Kind.MASSAGE, 90), *STAND_INS[1:]]
    choice = pick(long, Kind.MASSAGE, person=person, longest_s=60)
    assert choice is not None
    assert choice[2:] == ("instead", "massage")


@pytest.mark.parametrize("kind", [Kind.MASSAGE, Kind.THERMAL, Kind.STRENGTH])
def test_hands_packs_and_load_do_not_stand_in_while_any_break_can_be_done(kind: Kind) -> None:
    """Even if it was skipped today, takes long, and came last but one."""
    wanted = make("w", Kind.MOBILITY, contraindications=("pregnant",))
    person = who(
        replace(ME, flags=frozenset({"pregnant"})),
        practice=after({"b": NOON - 9, "v": NOON - 5}, skips={"b": (NOON - 60,), "v": (NOON - 60,)}),
    )
    library = [wanted, make("b", seconds=900), make("x", kind), make("v", Kind.STRENGTH)]
    assert pick_id(library, Kind.MOBILITY, person=person, longest_s=60) == "b"
    move = [wanted, make("x", kind), make("v", Kind.MOBILITY), make("y", Kind.STRENGTH)]
    latest = person._replace(practice=person.practice._replace(shown={"v": NOON - 9, "y": NOON - 5}))
    assert pick_id(move, Kind.SETUP, person=latest, longest_s=60) == "v", "though x was never shown"


def test_what_was_shown_last_does_not_stand_in_where_another_group_has_something() -> None:
    practice = after({"B01": NOON - 60}, skips={"x": (NOON - HOUR,)})
    assert pick_id([make("B01"), make("x")], Kind.MASSAGE, person=who(practice=practice)) == "x"
    assert (
        pick_id([make("B01"), make("s", Kind.STRENGTH)], Kind.MASSAGE, person=who(practice=practice)) == "s"
    )
    assert pick_id([make("B01")], Kind.MASSAGE, person=who(practice=practice)) == "B01"
    rests = after({"w": NOON - 60}, skips={"w": SKIPPED_OFTEN})
    library = [make("w", Kind.MOBILITY), make("b")]
    assert why(library, Kind.MOBILITY, person=who(practice=rests)) == ("b", "instead", "mobility")


def test_the_reason_names_the_kind_that_was_wanted_first() -> None:
    for kinds, first in (
        ((Kind.MASSAGE, Kind.MOBILITY), "massage"),
        ((Kind.SETUP, Kind.MASSAGE), "massage"),
        ((Kind.SETUP,), ""),
    ):
        assert why([make("B01")], *kinds) == ("B01", "instead", first)


def test_what_is_unsafe_not_doable_or_too_much_does_not_stand_in() -> None:
    person = who(replace(ME, flags=frozenset({"minor"})), practice=after(doses={"done": (NOON - HOUR,)}))
    library = [
        make("B01", contraindications=("minor",)),
        make("B10", place=("floor",)),
        make("done", dose=(("per_day_max", 1),)),
        make("seat", equipment=("band",)),
        make("P01", Kind.SETUP),
    ]
    assert pick(library, Kind.MASSAGE, person=person) is None
    assert pick(library, Kind.BREAK, person=person) is None


def test_an_empty_library_has_nothing() -> None:
    assert pick([]) is None


def test_nothing_is_advised_for_another_place() -> None:
    assert pick([make("h", Kind.THERMAL, place=("home",))], Kind.THERMAL) is None


# ── what empties a kind, and what it lacks ──


def test_the_flags_that_together_leave_nothing_and_no_others() -> None:
    library = [
        massage("a", contraindications=("pregnant", "hypermobile")),
        massage("b", contraindications=("arm_neuro",)),
    ]
    chooser = Chooser(library)
    all_flags = frozenset({"pregnant", "arm_neuro", "osteoporosis"})
    assert chooser.emptied_by(Kind.MASSAGE, who(replace(ME, flags=all_flags))) == {"pregnant", "arm_neuro"}
    assert chooser.emptied_by(Kind.MASSAGE, who(replace(ME, flags=frozenset({"hypermobile"})))) == frozenset()
    assert chooser.emptied_by(Kind.THERMAL, who(replace(ME, flags=all_flags))) == frozenset()


def test_the_first_48_hours_can_empty_a_kind_too() -> None:
    library = [make("s", Kind.STRENGTH, levels=(make_level(1, contraindications=("acute_48h",)),))]
    fresh = who(knot=knot(Cause.STRAIN, days=1))
    assert Chooser(library).emptied_by(Kind.STRENGTH, fresh) == {"early_48h"}


def test_what_the_easiest_item_takes_that_is_not_there() -> None:
    library = [
        make("h1", Kind.THERMAL, place=("home",), equipment=("heat_pack", "towel")),
        make("h5", Kind.THERMAL, place=("home",), equipment=("shower",)),
        make("far", Kind.MOBILITY, place=("floor", "home")),
        make("b"),
    ]
    chooser = Chooser(library)
    assert chooser.lacking(Kind.THERMAL, who()) == Lacking(("shower",), ("home",))
    towels = replace(ME, equipment=frozenset({"towel", "heat_pack"}))
    assert chooser.lacking(Kind.THERMAL, who(towels)) == Lacking((), ("home",))
    assert chooser.lacking(Kind.MOBILITY, who()) == Lacking((), ("floor", "home"))
    assert chooser.lacking(Kind.BREAK, who()) is None
    assert chooser.lacking(Kind.THERMAL, who(replace(towels, places=frozenset({"home"})))) is None
    assert chooser.lacking(Kind.THERMAL, who(replace(ME, discreet=True))) is None


# ── a massage's stops ──


def ids(items: Sequence[Item]) -> list[str]:
    return [item.id for item in items]


def test_three_stops_in_the_order_of_the_zone() -> None:
    assert ids(Chooser(AROUND).tour(who(knot=STRAIN))) == ["chest", "front", "blade"]


def test_without_a_knot_it_is_the_tour_for_everybody() -> None:
    tour = Chooser([*AROUND, ON_KNOT, CORNER]).tour(who())
    assert ids(tour) == ["chest", "ribs", "low"]


def test_what_one_begins_with_comes_first_wherever_it_is_done() -> None:
    floor = massage("floor", "upper_chest", place=("floor",))
    chooser = Chooser([*AROUND, floor])
    assert ids(chooser.tour(who(knot=STRAIN), first=floor)) == ["floor", "front", "blade"]
    assert ids(chooser.tour(who(knot=STRAIN))) == ["chest", "front", "blade"]
    assert ids(chooser.tour(who(knot=STRAIN), area="side_ribs")) == ["ribs", "chest", "front"]
    assert chooser.tour(who(knot=STRAIN), area="eyes") == ()


def test_right_spots_first_then_not_what_was_pressed_today_and_last_what_was_in_vain() -> None:
    spots = tuple(
        (NOON - hours * HOUR, PressLog(item, area, "left", spot, 30.0))
        for hours, item, area, spot in [
            (60, "low", "below_blade", Spot.EASED),
            (60, "front", "front_shoulder", Spot.STAYED),
            (3, "chest", "upper_chest", Spot.NOTHING),
        ]
    )
    tour = Chooser(AROUND[:5]).tour(who(knot=STRAIN, practice=after(pressed=spots)))
    assert ids(tour) == ["low", "blade", "ribs"]


def test_what_had_its_dose_or_was_skipped_is_no_stop() -> None:
    chest = massage("chest", "upper_chest", dose=(("per_day_max", 1),))
    library = [chest, *(item for item in AROUND if item.id != "chest")]
    practice = after(doses={"chest": (NOON - HOUR,)}, skips={"front": (NOON - HOUR,)})
    person = who(knot=STRAIN, practice=practice)
    assert ids(Chooser(library).tour(person)) == ["blade", "ribs", "low"]
    assert ids(Chooser(library).tour(person, first=chest))[0] == "chest"


def test_the_knot_itself_once_for_overuse_and_never_for_strain() -> None:
    hook = massage("M19", "knot", target="knot", classes_never=("strain",))
    chooser = Chooser([*AROUND, ON_KNOT, hook])
    assert ids(chooser.tour(who(knot=knot(Cause.OVERUSE)))) == ["M18", "chest", "front"]
    assert ids(chooser.tour(who(knot=knot(Cause.OVERUSE)), first=hook)) == ["M19", "chest", "front"]
    beside = massage("own", "mid_back", target="knot")
    assert ids(Chooser([ON_KNOT, beside]).tour(who(knot=knot(Cause.OVERUSE)))) == ["M18"]
    assert ids(chooser.tour(who(knot=STRAIN))) == ["chest", "front", "blade"]
    assert chooser.tour(who(knot=STRAIN), first=hook) == ()
    assert chooser.tour(who(knot=STRAIN), area="knot") == ()
    assert ids(chooser.tour(who(knot=knot(Cause.MIXED)))) == ["chest", "front", "blade"]
    assert ids(chooser.tour(who(knot=knot(Cause.MIXED)), first=hook)) == ["M19", "chest", "front"]


def test_the_side_of_the_neck_only_for_who_asks_for_just_that() -> None:
    both = massage("both", "side_neck", "upper_chest")
    chooser = Chooser([SIDE_NECK, both, *AROUND])
    for area in (None, "upper_chest", "front_shoulder"):
        assert not {"M10", "both"} & set(ids(chooser.tour(who(knot=STRAIN), area=area)))
    assert ids(chooser.tour(who(knot=STRAIN), area="side_neck"))[0] in ("M10", "both")
    assert ids(chooser.tour(who(knot=STRAIN), first=SIDE_NECK))[0] == "M10"


# ── whatever the library and the person ──

SOME_FLAGS = ("pregnant", "minor", "acute_48h", "clot_dvt")
SOME_AREAS = (
    "neck_back",
    "upper_chest",
    "side_ribs",
    "lower_back",
    "eyes",
    "knot",
    "side_neck",
    "below_blade",
)


def subset(values: Sequence[str], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of them, seldom many; one draw, for a library takes a lot of these."""
    found = [some for size in range(most + 1) for some in combinations(values, size)]
    return st.sampled_from([()] * (len(found) // 2) + found + [some[::-1] for some in found if len(some) > 1])


PLACES_OF_ITEMS = subset(("desk", "wall", "floor", "home")).map(lambda places: places or ("desk",))
CAUTIONS = subset(SOME_FLAGS, 1)
LEVEL = st.builds(
    make_level,
    st.just(1),
    duration_s=st.sampled_from([30, 90, 400]),
    place=PLACES_OF_ITEMS,
    equipment=subset(("band", "mat", "wall"), 1),
    contraindications=CAUTIONS,
    discreet=st.booleans(),
)
LEVELS = st.tuples(LEVEL, LEVEL, LEVEL).map(
    lambda three: tuple(replace(level, level=number) for number, level in enumerate(three, start=1))
)
DOSES = st.sampled_from(
    [
        (),
        (),
        (("per_day_max", 1),),
        (("per_day_max", 2), ("gap_min", 30)),
        (("per_day_max", 3), ("per_week", 4)),
        (("per_week", 1),),
        (("per_week", 2), ("gap_min", 60)),
        (("gap_min", 300),),
    ]
)
ITEM = st.builds(
    make,
    st.just("B"),
    st.sampled_from(Kind),
    st.sampled_from([20, 30, 60, 120, 400]),
    areas=subset(SOME_AREAS, 3),
    target=st.sampled_from(["general", "referral", "knot"]),
    knot_zones=subset(ZONES, 1),
    knot_overlap_zones=subset(ZONES, 1),
    place=PLACES_OF_ITEMS,
    equipment=subset(("chair", "band", "mat", "wall"), 1),
    discreet=st.booleans(),
    contraindications=CAUTIONS,
    classes_allowed=subset(("strain", "overuse", "mixed", "none"), 4),
    classes_never=subset(("strain", "overuse", "mixed", "none"), 1),
    dose=DOSES,
    levels=st.just(()) | LEVELS,
)


def named(item: Item, id_: str) -> Item:
    kind = Kind.BREAK if id_.startswith("B") else item.kind
    return replace(item, id=id_, kind=kind, levels=item.levels if kind is Kind.STRENGTH else ())


@st.composite
def libraries(draw: st.DrawFn) -> list[Item]:
    names = draw(
        st.lists(
            st.sampled_from(["B01", "B06", "B10", *(f"x{n}" for n in range(9))]), unique=True, max_size=7
        )
    )
    return [named(draw(ITEM), id_) for id_ in names]


people = st.builds(
    Me,
    equipment=subset(("chair", "band", "mat"), 3).map(frozenset),
    places=subset(("desk", "wall", "floor", "home"), 4).map(frozenset),
    discreet=st.booleans(),
    flags=subset(SOME_FLAGS).map(frozenset),
)
knots = st.none() | st.builds(
    Knot,
    st.sampled_from(["inner_edge", "top_corner", "unsure", "elbow"]),
    st.just("right"),
    st.sampled_from([*Cause, Cause.STRAIN, Cause.OVERUSE, Cause.OVERUSE, Cause.MIXED]),
    st.sampled_from([NOON - HOUR, NOON - 3 * DAY, NOON - 30 * DAY]),
    care=st.just(Care()),
    spared=st.just(False),
    fresh=st.booleans(),
    flags=st.just(frozenset()),
    rests=st.just(frozenset()),
)
hours_ago = st.sampled_from([0.25, 0.5, 0.75, 2, 7, 9, 30, 80, 150, 200])


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Item], Who]:
    library = draw(libraries())
    known = [item.id for item in library] or ["gone"]
    some = st.dictionaries(st.sampled_from(known), hours_ago.map(lambda h: NOON - h * HOUR), max_size=6)
    several = st.dictionaries(
        st.sampled_from(known),
        st.lists(hours_ago, min_size=1, max_size=3).map(
            lambda hs: tuple(sorted(NOON - h * HOUR for h in hs))
        ),
        max_size=3,
    )
    skipped = st.dictionaries(
        st.sampled_from(known),
        st.sampled_from([(2,), (30,), (80, 30), (150, 80, 30), (80, 30, 2), (790, 780, 730)]).map(
            lambda hours: tuple(NOON - h * HOUR for h in hours)
        ),
        max_size=5,
    )
    spots = st.lists(
        st.tuples(
            hours_ago.map(lambda h: NOON - h * HOUR),
            st.builds(
                PressLog,
                st.sampled_from(known),
                st.sampled_from(SOME_AREAS),
                st.just("right"),
                st.sampled_from(list(Spot)),
                st.sampled_from([30.0, 0.0]),
            ),
        ),
        max_size=4,
    )
    reached = st.dictionaries(st.sampled_from(known), st.integers(1, 3), max_size=4)
    practice = after(
        draw(some),
        doses=draw(several),
        skips=draw(skipped),
        trained={
            id_: Trained(
                n, 0, NOON - DAY, SetLog(id_, n, 1, 8, full=True, felt=Felt.RIGHT, pain=False), NOON - 600
            )
            for id_, n in draw(reached).items()
        },
        pressed=tuple(sorted(draw(spots), key=lambda spot: spot[0])),
    )
    return library, who(draw(people), draw(knots), practice)


wanted = st.lists(st.sampled_from(list(Kind)), max_size=3).map(tuple)
lengths = st.sampled_from([20.0, 60.0, 300.0, math.inf])


def flags_of(person: Who) -> frozenset[str]:
    knot = person.knot
    new = knot is not None and NOON - knot.opened_unix_s < EARLY_S
    young = new and knot is not None and (knot.cause == "overuse" or (knot.cause == "strain" and knot.fresh))
    return person.me.flags | ({"early_48h"} if young else set())


FORBID_A_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.MASSAGE: ("clot_dvt", "minor"),
    Kind.THERMAL: ("reduced_sensation_diabetes", "poor_circulation_raynaud", "minor"),
    Kind.STRENGTH: ("minor",),
    Kind.MOBILITY: ("minor",),
}
"""Cautions with which nothing of a kind is for this person, whatever an item itself says."""


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("flag", FLAGS)
def test_some_cautions_forbid_a_whole_kind_items_of_ones_own_too(kind: Kind, flag: str) -> None:
    own, person = make("own", kind), who(replace(ME, flags=frozenset({flag})))
    forbidden = flag in FORBID_A_KIND.get(kind, ()) or (kind is Kind.STRENGTH and flag == "acute_48h")
    assert Chooser([own]).refuses(own, person) == (Refusal("flag", flag) if forbidden else None)
    assert (pick([own], kind, person=person, asked=True) is None) == forbidden
    assert Chooser([own]).emptied_by(kind, person) == ({flag} if forbidden else frozenset())


def unsafe(item: Item, level: int, person: Who) -> str:
    """Why the item, at that level, must not be suggested, told once more and in other words."""
    part = item.levels[level - 1] if item.levels else item
    cause = person.knot.cause if person.knot else None
    zone = person.knot.zone if person.knot else ""
    flags = flags_of(person)
    annoyed = any(log.spot is Spot.ANNOYED and NOON - t < 14 * DAY for t, log in person.practice.pressed)
    direct = item.target == "knot" or ("knot" in item.areas and item.kind is not Kind.THERMAL)
    over = bool(item.knot_overlap_zones) and (
        zone in item.knot_overlap_zones or (zone != "inner_edge" and zone != "top_corner")
    )
    if cause in ("red_clinician", "red_emergency"):
        if cause == "red_emergency" or item.id not in NEUTRAL or direct:
            return "red"
    elif cause is None:
        strain_may = "strain" in item.classes_allowed and "strain" not in item.classes_never
        anybody = not item.classes_allowed or "none" in item.classes_allowed
        if direct or "none" in item.classes_never or not (anybody or strain_may):
            return "cause"
    elif (
        cause in item.classes_never
        or (item.classes_allowed and cause not in item.classes_allowed)
        or (cause == "strain" and (direct or over))
    ):
        return "cause"
    elif annoyed and (direct or over):
        return "annoyed"
    if flags & {*part.contraindications, *FORBID_A_KIND.get(item.kind, ())}:
        return "flag"
    loads = item.kind is Kind.STRENGTH and (level != 1 or "acute_48h" in part.contraindications)
    if loads and flags & {"acute_48h", "early_48h"}:
        return "flag" if "acute_48h" in flags else "early"
    if "acute_48h" in flags and item.kind is Kind.MASSAGE and direct:
        return "flag"
    return ""


def undoable(item: Item, level: int, person: Who) -> str:
    part = item.levels[level - 1] if item.levels else item
    me = person.me
    if item.id != "B01" and not me.places & set(part.place):
        return "place"
    if set(part.equipment) - me.equipment - me.places:
        return "equipment"
    return "seen" if me.discreet and not part.discreet else ""


def unwelcome(item: Item, person: Who) -> str:
    """Why it may not be suggested unasked."""
    cause = person.knot.cause if person.knot else None
    zone = person.knot.zone if person.knot else ""
    over = bool(item.knot_overlap_zones) and (
        zone in item.knot_overlap_zones or zone not in ("inner_edge", "top_corner")
    )
    direct = item.target == "knot" or ("knot" in item.areas and item.kind is not Kind.THERMAL)
    if item.kind is Kind.MASSAGE and "side_neck" in item.areas:
        return "opt in"
    if cause in ("red_clinician", "red_emergency"):
        return ""
    if cause is None and item.kind is Kind.MASSAGE and item.knot_overlap_zones:
        return "where knots are"
    if cause == "mixed" and (over or direct):
        return "on the knot"
    return ""


def begun(times: Sequence[float]) -> list[float]:
    """Those of them that are half an hour or more after the one before."""
    told = sorted(set(times))
    return [t for n, t in enumerate(told) if n == 0 or t - told[n - 1] >= 1800]


def times_of(item_id: str, person: Who) -> list[float]:
    """When it was done: followed, or pressed at all."""
    pressed = [t for t, log in person.practice.pressed if log.item == item_id and log.seconds]
    return [t for t in (*person.practice.doses.get(item_id, ()), *pressed) if NOON - t < 8 * DAY]


def too_much(item: Item, library: Sequence[Item], person: Who) -> str:
    def day(t: float) -> int:
        return (datetime.fromtimestamp(t, BERLIN) - timedelta(hours=4)).toordinal()

    dose, own = dict(item.dose), begun(times_of(item.id, person))
    today = day(NOON)
    if sum(day(t) == today for t in own) >= dose.get("per_day_max", 99):
        return "cap"
    if sum(today - day(t) < 7 for t in own) >= dose.get("per_week", 99):
        return "week"
    if any(NOON - t < dose.get("gap_min", 0) * 60 for t in own):
        return "gap"
    if item.kind in (Kind.MASSAGE, Kind.THERMAL):
        alike = begun([t for i in library if i.kind is item.kind for t in times_of(i.id, person)])
        stopped = [t for t, log in person.practice.pressed if log.spot is Spot.STOPPED]
        if item.kind is Kind.MASSAGE and any(day(t) == today for t in stopped):
            return "stopped"
        if sum(day(t) == today for t in alike) >= 3:
            return "cap"
        if item.kind is Kind.THERMAL and any(NOON - t < 3600 for t in alike):
            return "gap"
    return ""


def level_of(item: Item, person: Who) -> int | None:
    """The highest level up to the person's own that is safe and doable."""
    if not item.levels:
        return None if unsafe(item, 0, person) or undoable(item, 0, person) else 0
    trained = person.practice.trained.get(item.id)
    eased = person.knot is not None and person.knot.cause in ("strain", "overuse")
    fit = [
        n
        for n in range(1, (1 if trained is None or eased else trained.level) + 1)
        if not unsafe(item, n, person) and not undoable(item, n, person)
    ]
    return max(fit, default=None)


def rests_today(item: Item, person: Who) -> bool:
    """Skipped since four in the morning."""
    return any(NOON - t < 8 * HOUR for t in person.practice.skips.get(item.id, ()))


def rests_its_month(item: Item, person: Who) -> bool:
    """Skipped three times in a row, the last time less than thirty days ago."""
    skips = person.practice.skips.get(item.id, ())
    return len(skips) == 3 and NOON - skips[2] < 30 * DAY


def rests(item: Item, person: Who) -> bool:
    return rests_today(item, person) or rests_its_month(item, person)


def seconds_of(item: Item, level: int) -> int:
    return item.levels[level - 1].duration_s if item.levels else item.duration_s


def possible(
    library: Sequence[Item], kinds: Sequence[Kind], person: Who, longest_s: float, *, asked: bool
) -> list[Item]:
    found = []
    for item in library:
        level = level_of(item, person)
        if (
            item.kind in (kinds or [kind for kind in Kind if kind is not Kind.SETUP])
            and (item.kind is not Kind.SETUP or asked)
            and level is not None
            and (asked or seconds_of(item, level) <= longest_s)
            and not unwelcome(item, person)
            and not too_much(item, library, person)
            and not rests(item, person)
        ):
            found.append(item)
    return found


def on_a_new_day(person: Who) -> Who:
    """Who did and skipped nothing; what took it ill stays known."""
    felt = tuple((t, log._replace(seconds=0.0)) for t, log in person.practice.pressed)
    return person._replace(practice=person.practice._replace(doses={}, skips={}, pressed=felt))


def stand_ins(
    library: Sequence[Item], kinds: Sequence[Kind], person: Who, longest_s: float
) -> list[tuple[str, list[str]]]:
    """What may come if nothing that was wanted is left, the best first: why, and the items."""
    groups: dict[str, list[str]] = {
        "only rests": [], "sit or walk": [], "short break": [], "sit or walk, skipped": [],
        "other break": [], "break, skipped": [], "move": [], "other": [],
    }  # fmt: skip
    for item in library:
        level = level_of(item, person)
        setup = item.kind is Kind.SETUP
        if level is None or setup or unwelcome(item, person) or too_much(item, library, person):
            continue
        short, today = seconds_of(item, level) <= longest_s, rests_today(item, person)
        if item.kind in kinds and short and not today:
            group = "only rests"
        elif item.id in ("B01", "B10"):
            group = "sit or walk, skipped" if today else "sit or walk"
        elif item.kind is Kind.BREAK and today:
            group = "break, skipped"
        elif item.kind is Kind.BREAK:
            group = "short break" if short and not rests_its_month(item, person) else "other break"
        else:
            group = "move" if item.kind is Kind.MOBILITY else "other"
        groups[group].append(item.id)
    known = {item.id for item in library if item.kind is not Kind.SETUP}
    shown = [(t, id_) for id_, t in person.practice.shown.items() if id_ in known]
    latest = max(shown, key=lambda each: each[0], default=(-math.inf, ""))  # of one instant the first
    if latest[0] > -math.inf and sum(map(len, groups.values())) > 1:
        for ids_ in groups.values():
            if latest[1] in ids_:
                ids_.remove(latest[1])
    return [(group, ids_) for group, ids_ in groups.items() if ids_]


@settings(max_examples=200)
@given(situation=situations(), kinds=wanted, longest_s=lengths, asked=st.booleans())
def test_nothing_is_chosen_that_must_not_be_and_something_whenever_it_can(
    situation: tuple[list[Item], Who], kinds: tuple[Kind, ...], longest_s: float, *, asked: bool
) -> None:
    library, person = situation
    choice = Chooser(library).choose(kinds, person, longest_s=longest_s, asked=asked)
    fitting = possible(library, kinds, person, longest_s, asked=asked)
    if choice is None:
        assert not fitting
        assert not library or not stand_ins(library, kinds, person, longest_s)
        return
    item, level, because, detail = choice
    assert unsafe(item, level, person) == ""
    assert undoable(item, level, person) == ""
    assert unwelcome(item, person) == ""
    assert too_much(item, library, person) == ""
    assert level == level_of(item, person)
    if not fitting:
        assert item.kind is not Kind.SETUP
        of = [kind for kind in kinds if kind is not Kind.SETUP or asked] if kinds else list(Kind)
        (best, left), *others = stand_ins(library, of, person, math.inf if asked else longest_s)
        assert item.id in left
        alone = len(left) == 1 and not others and item.id in person.practice.shown
        assert because == "only" if best == "only rests" else because == "instead" or alone
        if because == "instead":
            assert detail == (of[0] if of else "")
        return
    assert item in fitting
    assert (because == "only") == (len(fitting) == 1)
    assert because in ("only", "turn", "zone", "right_spot")
    if because == "turn":
        assert detail in regions_of(item.areas)
    if because == "right_spot":
        assert detail in item.areas
        assert person.knot is not None


@settings(max_examples=100)
@given(situations(), wanted, lengths)
def test_the_same_again_gives_the_same_and_asking_changes_nothing(
    situation: tuple[list[Item], Who], kinds: tuple[Kind, ...], longest_s: float
) -> None:
    library, person = situation
    chooser = Chooser(library)
    first = chooser.choose(kinds, person, longest_s=longest_s)
    for kind in Kind:
        chooser.emptied_by(kind, person)
        chooser.lacking(kind, person)
    chooser.tour(person)
    assert chooser.choose(kinds, person, longest_s=longest_s) == first
    assert Chooser(library).choose(kinds, person, longest_s=longest_s) == first


@settings(max_examples=100)
@given(situations(), wanted, st.lists(lengths, min_size=12, max_size=12))
def test_never_the_same_twice_in_a_row_when_there_is_a_choice(
    situation: tuple[list[Item], Who], kinds: tuple[Kind, ...], longest: list[float]
) -> None:
    library, person = situation
    chooser, before = Chooser(library), None
    for turn, longest_s in enumerate(longest):
        practice = person.practice._replace(shown=dict(person.practice.shown))
        person = person._replace(practice=practice)
        choice = chooser.choose(kinds, person, longest_s=longest_s)
        if choice is None:
            return
        if len(possible(library, kinds, person, longest_s, asked=False)) > 1:
            assert choice.item is not before
        before = choice.item
        shown = {**person.practice.shown, choice.item.id: NOON + turn * 1e-3}
        person = person._replace(practice=person.practice._replace(shown=shown))


REGION_AREAS = (
    "neck_back",
    "upper_chest",
    "side_ribs",
    "lower_back",
    "eyes",
    "front_shoulder",
    "mid_back",
    "whole_body",
)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(subset(REGION_AREAS, 3), st.sampled_from([20, 60, 300])), min_size=1, max_size=25),
    st.sampled_from([Kind.BREAK, Kind.MOBILITY, Kind.STRENGTH]),
    st.lists(st.tuples(st.sampled_from([20, 60, 300]), st.integers(0, 5)), min_size=40, max_size=60),
)
def test_whatever_else_falls_away_a_region_that_can_be_served_waits_for_r_choices_at_most(
    told: list[tuple[tuple[str, ...], int]], kind: Kind, turns: list[tuple[int, int]]
) -> None:
    """Items fall away by their length and by skips, others each time."""
    library = [make(f"x{n}", kind, seconds, areas=areas) for n, (areas, seconds) in enumerate(told)]
    chooser, shown = Chooser(library), dict[str, float]()
    waited = dict.fromkeys(REGIONS, 0)
    for turn, (longest_s, skipped) in enumerate(turns):
        now = NOON + turn
        skips = {f"x{n}": (now - 60,) for n in range(len(library)) if skipped and n % 6 == skipped}
        person = who(practice=after(dict(shown), skips=skips), unix_s=now)
        choice = chooser.choose([kind], person, longest_s=longest_s)
        assert choice is not None
        shown[choice.item.id] = now
        can = {
            region
            for item in library
            if item.duration_s <= longest_s and item.id not in skips
            for region in regions_of(item.areas)
        }
        for region in REGIONS:
            served = region in regions_of(choice.item.areas)
            waited[region] = 0 if served or region not in can else waited[region] + 1
            assert waited[region] < len(REGIONS)


@settings(max_examples=100)
@given(situations())
def test_by_name_only_what_does_harm_is_refused(situation: tuple[list[Item], Who]) -> None:
    library, person = situation
    chooser = Chooser(library)
    for item in library:
        refusal = chooser.refuses(item, person)
        level = level_of(item, person) or min(1, len(item.levels))
        harm = unsafe(item, level, person)
        limits = too_much(item, library, person) if item.kind in (Kind.MASSAGE, Kind.THERMAL) else ""
        assert (refusal is None) == (not harm and not limits)
        if refusal and harm:
            assert refusal.because == harm
        elif refusal:
            assert refusal.because in ("cap", "week", "gap", "stopped")
            assert refusal.because == limits or refusal.detail == item.kind or item.kind is Kind.THERMAL
        if refusal and refusal.because == "flag":
            assert refusal.detail in FLAGS


@settings(max_examples=100)
@given(situations(), st.sampled_from([kind for kind in Kind if kind is not Kind.SETUP]))
def test_without_the_flags_that_emptied_a_kind_there_is_something_and_each_of_them_counts(
    situation: tuple[list[Item], Who], kind: Kind
) -> None:
    library, person = situation
    person = on_a_new_day(person)
    chooser = Chooser(library)
    guilty = chooser.emptied_by(kind, person)
    here = bool(possible(library, [kind], person, math.inf, asked=False))
    assume(not (person.knot and person.knot.cause in ("red_clinician", "red_emergency")))
    if here:
        assert guilty == frozenset()
    assert guilty <= flags_of(person)
    if guilty and "early_48h" not in guilty:
        for keep in (frozenset[str](), *(guilty - {flag} for flag in guilty)):
            freed = person._replace(me=replace(person.me, flags=person.me.flags - guilty | keep))
            assert bool(possible(library, [kind], freed, math.inf, asked=False)) == (keep != guilty)


@settings(max_examples=100)
@given(situations(), st.sampled_from([kind for kind in Kind if kind is not Kind.SETUP]))
def test_with_what_is_lacking_there_is_something(situation: tuple[list[Item], Who], kind: Kind) -> None:
    library, person = situation
    person = on_a_new_day(person)
    lack = Chooser(library).lacking(kind, person)
    here = bool(possible(library, [kind], person, math.inf, asked=False))
    if lack is None:
        everywhere = replace(
            person.me,
            equipment=frozenset({"chair", "band", "mat"}),
            places=frozenset({"desk", "wall", "floor", "home"}),
        )
        assert here or not possible(library, [kind], person._replace(me=everywhere), math.inf, asked=False)
        return
    assert not here
    for place in lack.places or ("",):
        me = replace(
            person.me, equipment=person.me.equipment | set(lack.equipment), places=person.me.places | {place}
        )
        assert possible(library, [kind], person._replace(me=me), math.inf, asked=False)


@settings(max_examples=100)
@given(situations(), st.none() | st.sampled_from(SOME_AREAS))
def test_the_stops_of_a_massage_are_safe_doable_and_apart(
    situation: tuple[list[Item], Who], area: str | None
) -> None:
    library, person = situation
    stops = Chooser(library).tour(person, area=area)
    assert len(stops) <= 3
    seen: set[str] = set()
    for n, item in enumerate(stops):
        assert item.kind is Kind.MASSAGE
        assert level_of(item, person) == 0
        assert not rests(item, person)
        if n or area is None:
            assert unwelcome(item, person) == ""
        assert seen.isdisjoint(item.areas)
        seen |= set(item.areas)
    assert area is None or not stops or area in stops[0].areas
    assert sum("knot" in item.areas or item.target == "knot" for item in stops) <= 1


def test_all_areas_are_known_to_the_tests() -> None:
    assert set(SOME_AREAS) | set(REGION_AREAS) <= set(AREAS)
