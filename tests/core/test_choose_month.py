"""A working month with the shipped library: every region and every area gets its turn, and nothing comes too often."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from postured import library, settings
from postured.core import practice
from postured.core.choose import KEPT_UP, Choice, Chooser
from postured.core.model import (
    EQUIPMENT,
    PLACES,
    Cause,
    Item,
    Kind,
    Knot,
    Me,
    Moment,
    Notice,
    Outcome,
    PressLog,
    Spot,
)
from postured.core.practice import Practice
from postured.core.safety import EARLY_S, Who
from postured.core.zones import OPT_IN_AREA, ZONE_AREAS, regions_of
from postured.paths import shipped

ITEMS, _ = library.load((shipped("library"),))
BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = date(2026, 10, 12)
"""A Monday; daylight saving ends within this month."""
WEEKS = 4

PEOPLE = {
    "as shipped": settings.default().me,
    "with everything": Me(equipment=frozenset(EQUIPMENT), places=frozenset(PLACES)),
    "unnoticed, with nothing": Me(places=frozenset({"desk"}), discreet=True),
}
KNOTS = {
    "no knot": None,
    "strain": (Cause.STRAIN, "inner_edge"),
    "overuse": (Cause.OVERUSE, "top_corner"),
    "mixed": (Cause.MIXED, "beside_spine"),
}
OUTCOMES = (Outcome.TAKEN, Outcome.IGNORED, Outcome.DONE, Outcome.TAKEN, Outcome.LATER)

SLOTS: dict[str, tuple[tuple[Kind, ...], float]] = {
    "reset": ((Kind.BREAK,), 60.0),
    "long_break": ((Kind.MOBILITY, Kind.BREAK), 300.0),
    "strength": ((Kind.STRENGTH,), math.inf),
    "release": ((Kind.MASSAGE,), math.inf),
    "warmth": ((Kind.THERMAL,), math.inf),
}


class Shown(NamedTuple):
    """One suggestion of the month."""

    slot: str
    day: int
    """From 0; five make a week."""
    unix_s: float
    choice: Choice
    followed: bool


def a_day(*, knot: bool) -> Iterator[tuple[str, int]]:
    """What is due when, in minutes since midnight: 16 breaks, 6 long ones, a set; with a knot two massages, heat."""
    for hour in range(8):
        yield "reset", hour * 60 + 500
        yield "reset", hour * 60 + 520
        if hour != 3 and hour != 7:
            yield "long_break", hour * 60 + 540
        if hour == 2:
            yield "strength", hour * 60 + 550
        if knot and hour in (3, 6):
            yield "release", hour * 60 + 550
    if knot:
        yield "warmth", 1050


@cache
def month(me: Me, knot: Knot | None, *, spots: tuple[Spot, ...] = ()) -> list[Shown]:
    """What is chosen in twenty working days; each massage ends with the next of `spots` where it was pressed."""
    chooser, past, story = Chooser(ITEMS), practice.NOTHING, list[Shown]()
    for day in range(5 * WEEKS):
        on = BEGIN + timedelta(days=day + day // 5 * 2)
        for slot, minute in a_day(knot=knot is not None):
            at = datetime(on.year, on.month, on.day, minute // 60, minute % 60, tzinfo=BERLIN).timestamp()
            now = Moment(at - 1e9, at, BERLIN)
            kinds, longest_s = SLOTS[slot]
            choice = chooser.choose(kinds, Who(me, knot, past, now), longest_s=longest_s)
            assert choice is not None
            outcome = OUTCOMES[len(story) * 7 // 3 % len(OUTCOMES)]
            story.append(Shown(slot, day, at, choice, outcome in (Outcome.TAKEN, Outcome.DONE)))
            past = after(past, choice, outcome, now)
            if spots and choice.item.kind is Kind.MASSAGE:
                for area in choice.item.areas:
                    spot = spots[len(area) % len(spots)]
                    past = practice.logged(past, PressLog(choice.item.id, area, "right", spot, 60.0), now)
    return story


def after(past: Practice, choice: Choice, outcome: Outcome, now: Moment) -> Practice:
    item = choice.item
    notice = Notice(f"{now.unix_s}", "r", item.id, item.kind, item.duration_s, now.s, now.unix_s)
    return practice.settled(practice.shown(past, item, now, asked=False), notice, outcome, now)


def fits(item: Item, slot: str, me: Me, knot: Knot | None) -> bool:
    """Whether the item may be suggested there, told once more and in other words; nobody here has a flag."""
    kinds, longest_s = SLOTS[slot]
    start = item.levels[0] if item.levels else item
    cause = knot.cause if knot else "none"
    allowed = set(item.classes_allowed) - set(item.classes_never)
    if item.target == "knot" and cause != "overuse":
        return False
    if knot is None and item.kind is Kind.MASSAGE and item.knot_overlap_zones:
        return False
    if knot is not None and cause != "overuse" and knot.zone in item.knot_overlap_zones:
        return False
    return (
        item.kind in kinds
        and start.duration_s <= longest_s
        and bool(me.places & set(start.place))
        and set(start.equipment) <= me.equipment | me.places
        and (start.discreet or not me.discreet)
        and not (item.kind is Kind.MASSAGE and OPT_IN_AREA in item.areas)
        and (cause in allowed or (knot is None and "strain" in allowed))
    )


def half_hours_apart(times: list[float]) -> list[float]:
    """When it was begun, of what was done; what comes within half an hour of the one before goes with it."""
    return [t for n, t in enumerate(sorted(times)) if n == 0 or t - sorted(times)[n - 1] >= 1800]


def opened(name: str, *, days_before: float = 10) -> Knot | None:
    told = KNOTS[name]
    if told is None:
        return None
    begin = datetime(BEGIN.year, BEGIN.month, BEGIN.day, tzinfo=BERLIN).timestamp()
    return Knot(told[1], "right", told[0], begin - days_before * 86400)


every_person = pytest.mark.parametrize("me", PEOPLE.values(), ids=PEOPLE.keys())
every_knot = pytest.mark.parametrize("name", KNOTS.keys())
some_knot = pytest.mark.parametrize("name", [name for name in KNOTS if name != "no knot"])


@every_person
@every_knot
def test_every_region_that_something_fits_is_served_every_week(me: Me, name: str) -> None:
    knot = opened(name)
    story = month(me, knot)
    for week in range(WEEKS):
        for slot in ("reset", "long_break"):
            possible = {r for item in ITEMS if fits(item, slot, me, knot) for r in regions_of(item.areas)}
            served = {
                r for shown in story if shown.day // 5 == week for r in regions_of(shown.choice.item.areas)
            }
            assert possible <= served, (slot, week)


@every_person
@every_knot
def test_every_break_and_move_that_fits_comes_within_a_week(me: Me, name: str) -> None:
    knot = opened(name)
    story = month(me, knot)
    for week in range(WEEKS):
        came = {shown.choice.item.id for shown in story if shown.day // 5 == week}
        for slot in ("reset", "long_break"):
            assert {item.id for item in ITEMS if fits(item, slot, me, knot)} <= came, (slot, week)


@every_person
@every_knot
def test_exercises_come_again_within_two_weeks_and_work_every_region(me: Me, name: str) -> None:
    knot = opened(name)
    sets = [shown for shown in month(me, knot) if shown.slot == "strength"]
    ids = {shown.choice.item.id for shown in sets}
    possible = {item.id for item in ITEMS if fits(item, "strength", me, knot)}
    assert len(ids) == min(KEPT_UP, len(possible))
    for id_ in ids:
        times = [shown.unix_s for shown in sets if shown.choice.item.id == id_]
        assert len(times) >= 2
        assert max(b - a for a, b in pairwise(times)) < 14 * 86400
    for fortnight in range(WEEKS // 2):
        served = {
            r for shown in sets if shown.day // 10 == fortnight for r in regions_of(shown.choice.item.areas)
        }
        assert {r for item in ITEMS if item.id in possible for r in regions_of(item.areas)} <= served


@every_person
@some_knot
@pytest.mark.parametrize(
    "spots",
    [(), (Spot.EASED, Spot.NOTHING, Spot.WRONG), (Spot.STAYED,), (Spot.EASED,)],
    ids=["nothing told", "some ease", "all in vain", "all ease"],
)
def test_every_area_of_the_knot_that_something_fits_is_offered_every_week(
    me: Me, name: str, spots: tuple[Spot, ...]
) -> None:
    knot = opened(name)
    assert knot is not None
    story = month(me, knot, spots=spots)
    possible = {
        area
        for item in ITEMS
        if fits(item, "release", me, knot) and knot.zone in item.knot_zones
        for area in item.areas
        if area in ZONE_AREAS[knot.zone]
    }
    assert len(possible) >= 2
    for week in range(WEEKS):
        served = {
            area
            for shown in story
            if shown.slot == "release" and shown.day // 5 == week
            for area in shown.choice.item.areas
        }
        assert possible <= served, week


@some_knot
def test_the_first_massages_of_a_knot_follow_the_order_of_its_zone(name: str) -> None:
    knot = opened(name)
    assert knot is not None
    areas: list[str] = []
    for shown in month(PEOPLE["as shipped"], knot):
        if shown.slot == "release" and shown.choice.because == "zone" and shown.choice.detail not in areas:
            areas.append(shown.choice.detail)
    areas = [area for area in areas if area in ZONE_AREAS[knot.zone]]
    expected = [area for area in ZONE_AREAS[knot.zone] if area in areas]
    assert len(areas) >= 3
    assert areas == expected


@every_person
@every_knot
def test_nothing_that_does_not_fit_and_nothing_too_often(me: Me, name: str) -> None:
    knot = opened(name)
    doses: list[tuple[Item, float]] = []
    for slot, _day, at, choice, followed in month(me, knot):
        item = choice.item
        if choice.because == "instead":
            assert item.id in ("B01", "B10")
            assert not any(fits(other, slot, me, knot) for other in ITEMS)
        assert fits(item, "long_break" if choice.because == "instead" else slot, me, knot)
        dose = dict(item.dose)
        own = half_hours_apart([t for other, t in doses if other is item])
        assert sum(day_of(t) == day_of(at) for t in own) < dose.get("per_day_max", math.inf)
        assert sum(day_of(at) - day_of(t) < 7 for t in own) < dose.get("per_week", math.inf)
        assert all(at - t >= dose.get("gap_min", 0) * 60 for t in own)
        alike = half_hours_apart([t for other, t in doses if other.kind is item.kind])
        alike = [t for t in alike if day_of(t) == day_of(at)]
        assert item.kind not in (Kind.MASSAGE, Kind.THERMAL) or len(alike) < 3
        if followed:
            doses.append((item, at))


def day_of(unix_s: float) -> int:
    return (datetime.fromtimestamp(unix_s, BERLIN) - timedelta(hours=4)).toordinal()


@every_person
@every_knot
def test_never_the_same_twice_in_a_row(me: Me, name: str) -> None:
    knot = opened(name)
    story = month(me, knot)
    for slot, (kinds, _) in SLOTS.items():
        before = ""
        for shown in story:
            if shown.choice.item.kind in kinds:
                if shown.slot == slot:
                    assert shown.choice.item.id != before or shown.choice.because == "only"
                before = shown.choice.item.id
    assert sum(one.choice.item is other.choice.item for one, other in pairwise(story)) == 0


@every_knot
def test_the_same_month_again_is_the_same(name: str) -> None:
    again = month.__wrapped__
    assert again(PEOPLE["as shipped"], opened(name)) == again(PEOPLE["as shipped"], opened(name))


def test_in_the_first_two_days_of_a_strain_there_is_no_load_and_afterwards_there_is() -> None:
    knot = opened("strain", days_before=0)
    assert knot is not None
    everything = PEOPLE["with everything"]
    sets = [shown for shown in month(everything, knot) if shown.choice.item.kind is Kind.STRENGTH]
    early = {s.choice.item.id for s in sets if s.unix_s - knot.opened_unix_s < EARLY_S}
    late = {s.choice.item.id for s in sets if s.unix_s - knot.opened_unix_s >= EARLY_S}
    assert early <= {"S10", "S14", "S15", "S17", "S18"}
    assert late - {"S10", "S14", "S15", "S17", "S18"}
