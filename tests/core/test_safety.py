"""Why an item is never suggested: always the same as what the chooser does, and the reason is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import library, settings
from postured.core.choose import Chooser
from postured.core.model import (
    EQUIPMENT,
    FLAGS,
    PLACES,
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
from postured.core.practice import NOTHING, Practice, logged
from postured.core.safety import Obstacle, Who, is_safe, obstacle_of
from postured.paths import shipped

ITEMS = {item.id: item for item in library.load((shipped("library"),))[0]}
CHOOSERS = {item.id: Chooser((item,)) for item in ITEMS.values()}
"""Each has one item to choose from, so that nothing else can come first."""
UNASKED = [kind for kind in Kind if kind is not Kind.SETUP]
NOON_UNIX_S = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
NOW = Moment(1000.0, NOON_UNIX_S, UTC)
DAY_S = 86400.0
AS_SHIPPED = settings.default().me


def before(days: float) -> Moment:
    return Moment(NOW.s - days * DAY_S, NOON_UNIX_S - days * DAY_S, UTC)


def is_suggested(item: Item, who: Who) -> bool:
    """Whether a notice comes to suggest it, for want of anything else."""
    return CHOOSERS[item.id].choose(UNASKED, who, longest_s=1e9) is not None


@st.composite
def people(draw: st.DrawFn) -> Who:
    me = Me(
        equipment=draw(st.frozensets(st.sampled_from(EQUIPMENT))),
        places=draw(st.frozensets(st.sampled_from(PLACES), min_size=1)),
        discreet=draw(st.booleans()),
        flags=draw(st.frozensets(st.sampled_from(FLAGS), max_size=2)),
    )
    days = draw(st.sampled_from((0.5, 1.5, 5, 20)))
    knots = st.builds(
        Knot,
        st.sampled_from(ZONES),
        st.just("left"),
        st.sampled_from(Cause),
        st.just(before(days).unix_s),
        care=st.just(Care()),
        spared=st.just(False),
        fresh=st.booleans(),
        flags=st.just(frozenset()),
        rests=st.just(frozenset()),
    )
    done = NOTHING
    for item_id in draw(st.frozensets(st.sampled_from(sorted(ITEMS)), max_size=3)):
        if levels := ITEMS[item_id].levels:
            level = draw(st.integers(1, len(levels)))
            done = logged(done, SetLog(item_id, level, 2, 12, True, Felt.RIGHT, False), before(2))
    return Who(me, draw(st.none() | knots), annoying(done) if draw(st.booleans()) else done, NOW)


def annoying(done: Practice) -> Practice:
    """The knot took it ill five days ago."""
    return logged(done, PressLog("M18", "knot", "left", Spot.ANNOYED, 0.0), before(5))


@given(who=people())
def test_there_is_an_obstacle_exactly_when_it_is_never_suggested(who: Who) -> None:
    never = {item.id for item in ITEMS.values() if obstacle_of(item, who) is not None}
    assert never == {item.id for item in ITEMS.values() if not is_suggested(item, who)}


@pytest.mark.parametrize("cause", [None, *Cause])
@pytest.mark.parametrize("me", [AS_SHIPPED, Me(frozenset(EQUIPMENT), frozenset(PLACES))], ids=["me", "all"])
def test_so_it_is_for_most_people(me: Me, cause: Cause | None) -> None:
    knot = None if cause is None else Knot("inner_edge", "left", cause, before(5).unix_s)
    who = Who(me, knot, NOTHING, NOW)
    for item in ITEMS.values():
        assert (obstacle_of(item, who) is None) == is_suggested(item, who), item.id


@given(who=people(), item=st.sampled_from(sorted(ITEMS)))
def test_whoever_gets_what_is_missing_or_goes_there_meets_that_obstacle_no_more(who: Who, item: str) -> None:
    for _round in range(3):
        why = obstacle_of(ITEMS[item], who)
        match why:
            case Obstacle("equipment", tools):
                assert who.me.equipment.isdisjoint(tools)
                assert who.me.places.isdisjoint(tools), "whose place is a wall has one"
                who = who._replace(me=replace(who.me, equipment=who.me.equipment | set(tools)))
            case Obstacle("place", (place, *_others)):
                who = who._replace(me=replace(who.me, places=who.me.places | {place}))
            case Obstacle("discreet"):
                who = who._replace(me=replace(who.me, discreet=False))
            case _:
                return
        assert obstacle_of(ITEMS[item], who) != why
    assert obstacle_of(ITEMS[item], who) is None


@pytest.mark.parametrize(
    ("item", "me", "cause", "why"),
    [
        ("V05", AS_SHIPPED, None, None),
        ("P01", AS_SHIPPED, None, Obstacle("setup")),
        ("M11", AS_SHIPPED, None, Obstacle("asked")),
        ("M10", AS_SHIPPED, Cause.OVERUSE, Obstacle("asked")),
        (
            "M10",
            replace(AS_SHIPPED, flags=frozenset({"neck_dizziness"})),
            Cause.OVERUSE,
            "flag neck_dizziness",
        ),
        ("M18", AS_SHIPPED, None, Obstacle("cause", ("none",))),
        ("M18", AS_SHIPPED, Cause.STRAIN, Obstacle("cause", ("strain",))),
        ("S01", AS_SHIPPED, None, Obstacle("equipment", ("band",))),
        ("M02", Me(places=frozenset({"wall"})), None, Obstacle("equipment", ("tennis_ball",))),
        ("B10", Me(places=frozenset({"desk"})), None, Obstacle("place", ("stand",))),
        ("B01", Me(places=frozenset({"home"})), None, None),
        ("B03", AS_SHIPPED, Cause.RED_CLINICIAN, Obstacle("red", ("red_clinician",))),
        ("B01", AS_SHIPPED, Cause.RED_CLINICIAN, None),
        ("B01", AS_SHIPPED, Cause.RED_EMERGENCY, Obstacle("red", ("red_emergency",))),
    ],
)
def test_the_reason_is_the_right_one(
    item: str, me: Me, cause: Cause | None, why: Obstacle | str | None
) -> None:
    knot = None if cause is None else Knot("inner_edge", "left", cause, before(5).unix_s)
    expected = Obstacle("flag", (why.split()[1],)) if isinstance(why, str) else why
    assert obstacle_of(ITEMS[item], Who(me, knot, NOTHING, NOW)) == expected


def test_a_knot_that_took_it_ill_is_left_alone() -> None:
    knot = Knot("inner_edge", "left", Cause.OVERUSE, before(20).unix_s)
    everything = Me(frozenset(EQUIPMENT), frozenset(PLACES))
    assert obstacle_of(ITEMS["M18"], Who(everything, knot, NOTHING, NOW)) is None
    assert obstacle_of(ITEMS["M18"], Who(everything, knot, annoying(NOTHING), NOW)) == Obstacle("annoyed")


def test_a_higher_level_that_could_be_done_helps_nobody_who_has_not_reached_it() -> None:
    floor, desk = (
        Level(n, "plain", 1, 8, 0, "", 90, (place,), (), (), discreet=True)
        for n, place in ((1, "floor"), (2, "desk"))
    )
    item = Item("x", Kind.STRENGTH, "x", (Step("Do it.", 90),), 90, levels=(floor, desk))
    who = Who(AS_SHIPPED, None, NOTHING, NOW)
    assert obstacle_of(item, who) == Obstacle("place", ("floor",))
    reached = logged(NOTHING, SetLog("x", 2, 1, 8, True, Felt.RIGHT, False), before(2))
    assert obstacle_of(item, who._replace(practice=reached)) is None


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        (Kind.MASSAGE, "clot_dvt"),
        (Kind.THERMAL, "reduced_sensation_diabetes"),
        (Kind.THERMAL, "poor_circulation_raynaud"),
        (Kind.STRENGTH, "minor"),
        (Kind.MOBILITY, "minor"),
    ],
)
def test_some_cautions_forbid_a_whole_kind_even_an_item_of_ones_own_that_names_none(
    kind: Kind, flag: str
) -> None:
    own = Item("mine", kind, "Mine", (Step("Do it.", 30),), 30)
    assert is_safe(own, own, frozenset())
    assert not is_safe(own, own, frozenset({flag}))
