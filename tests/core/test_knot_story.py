"""A whole knot with a fake clock, from its triage to the strengthening that takes over; and a month of any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from postured import library, triage
from postured import settings as schedules
from postured.core import course, engine, knot
from postured.core.model import (
    AREAS,
    CLINICIAN_FLAGS,
    EMERGENCY_FLAGS,
    EQUIPMENT,
    PLACES,
    ZONES,
    Action,
    Answers,
    Ask,
    Away,
    Care,
    Cause,
    Course,
    Decide,
    Effect,
    Event,
    Input,
    Item,
    Kind,
    KnotLog,
    Knotted,
    Logged,
    Me,
    Moment,
    Notice,
    Pressed,
    PressLog,
    Schedule,
    Show,
    Spot,
    Suggest,
    Tick,
    Told,
)
from postured.core.safety import on_the_knot, overlaps
from postured.paths import shipped

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)
TABLE = triage.load(shipped("knot.yaml"))
CARES = {
    key: care._replace(reminders=schedules.preset(care.preset) if care.preset else ())
    for key, care in TABLE.cares.items()
}
ITEMS = library.load((shipped("library"),))[0]
ME = Me(frozenset(EQUIPMENT), frozenset(PLACES))
EXAMPLE = Answers(
    onset="today",
    side="right",
    zone="inner_edge",
    dominant="right",
    most_used="right",
    before="screen_forward",
    feel="long",
    press_test="not_tried",
    pain=4,
    stops_daily_life=False,
    first_ever=False,
    episodes_30d=1,
)


class Life:
    """Somebody who works from nine to five, and a daemon beside them."""

    def __init__(
        self, *, items: tuple[Item, ...] = ITEMS, me: Me = ME, cares: dict[str, Care] = CARES
    ) -> None:
        self.at = MONDAY
        self.items = {item.id: item for item in items}
        self.cares = cares
        plan: Schedule = replace(schedules.default(), me=me)
        self.state = engine.begin(plan, items, self.moment())
        self.effects: list[Effect] = []

    def moment(self) -> Moment:
        return Moment((self.at - MONDAY).total_seconds() + 5000.0, self.at.timestamp(), BERLIN)

    def feed(self, event: Event) -> None:
        self.state, effects = engine.step(self.state, event, self.moment())
        self.effects += effects

    def triage(self, answers: Answers, id_: str = "k") -> knot.Answer:
        """Answer the questions, and let the daemon know."""
        found = knot.answer(TABLE, answers, tuple(self.items.values()), self.state.schedule.me)
        now = course.triaged(self.state.course, knot.triage(id_, answers, found), self.at.timestamp())
        self.feed(Knotted(now, self.cares))
        return found

    def say(self, told: Told, points: int | None = None, id_: str = "k", code: str = "") -> None:
        self.feed(Logged(KnotLog(id_, told, points, code)))

    def work_until(self, hour: int, minute: int = 0) -> tuple[list[Notice], list[Ask]]:
        """Type till then; what was shown and asked meanwhile. Nobody answers."""
        end, before = self.at.replace(hour=hour, minute=minute), len(self.effects)
        self.feed(Away("locked", on=False))
        self.feed(Input())
        while True:
            wake = engine.next_wake(self.state)
            instants = [end]
            if wake.s is not None:
                instants.append(self.at + timedelta(seconds=wake.s - self.state.now.s))
            if wake.unix_s is not None:
                instants.append(datetime.fromtimestamp(wake.unix_s, BERLIN))
            self.at = max(self.at, min(instants))
            self.feed(Tick())
            if self.state.wants_hands or self.at >= end:
                self.feed(Input())
            if self.at >= end:
                break
        new = self.effects[before:]
        return [e.notice for e in new if isinstance(e, Show)], [e for e in new if isinstance(e, Ask)]

    def sleep_until_day(self, day: int, hour: int = 9) -> None:
        """Lock the screen, and come back on that day; the first is 1."""
        self.feed(Away("locked", on=True))
        self.at = (MONDAY + timedelta(days=day - 1)).replace(hour=hour)
        self.feed(Tick())

    @property
    def cause(self) -> Cause | None:
        return self.state.knot.cause if self.state.knot else None

    def reminder(self, name: str) -> tuple[float | None, tuple[Kind, ...]]:
        return next((r.after_s, r.suggest) for r in self.state.schedule.reminders if r.name == name)


def kinds(notices: list[Notice]) -> set[Kind]:
    return {notice.kind for notice in notices}


def test_from_the_first_day_of_a_strain_to_the_strengthening_that_keeps_it_away() -> None:
    life = Life()

    # Day 1: a strain. The schedule tightens, and what refers to the knot is pressed, never the knot.
    found = life.triage(EXAMPLE)
    assert (found.row, found.cause) == ("R5", Cause.STRAIN)
    assert life.reminder("long_break") == (45 * 60, (Kind.MASSAGE, Kind.MOBILITY, Kind.BREAK))
    shown, asked = life.work_until(17)
    assert {Kind.BREAK, Kind.MASSAGE} <= kinds(shown)
    assert asked == []
    first = next(notice for notice in shown if notice.kind is Kind.MASSAGE)
    assert "upper_chest" in life.items[first.item].areas
    strength = [notice.item for notice in shown if notice.kind is Kind.STRENGTH]
    assert set(strength) <= {"S14", "S15", "S18"}

    # The tender chest eases: that is where the next massage begins.
    life.feed(Logged(PressLog("M01", "upper_chest", "right", Spot.EASED, 60.0, 6, 3)))
    life.sleep_until_day(3)
    shown, asked = life.work_until(17)
    assert [ask.what for ask in asked] == ["check_in"]
    because = [e.detail for e in life.effects if isinstance(e, Decide) and "right_spot" in e.detail]
    assert set(because) == {"right_spot upper_chest"}
    life.say(Told.PAIN, 3)

    # After 48 hours gentle strengthening.
    life.sleep_until_day(4)
    shown, _ = life.work_until(17)
    strength = [notice.item for notice in shown if notice.kind is Kind.STRENGTH]
    assert len(strength) == 1
    assert set(strength) <= {"S07", "S08", "S10", "S11"}

    # Two weeks later it is still there: mixed, and the safety screen comes again.
    life.sleep_until_day(15)
    assert life.cause is Cause.MIXED
    _, asked = life.work_until(17)
    assert [ask.what for ask in asked] == ["review"]
    life.say(Told.SCREENED)
    life.say(Told.BETTER)
    for day in (16, 17, 18):
        life.sleep_until_day(day)
        life.work_until(17)
        life.say(Told.PAIN, 1)
    life.sleep_until_day(19)
    _, asked = life.work_until(17)
    assert [ask.what for ask in asked] == ["closing"]

    # Gone. The schedule is as it was written, and strength is on from all there is.
    life.say(Told.GONE)
    assert life.state.knots == ()
    assert life.state.schedule == life.state.written
    found_strength = set()
    for day in (22, 23, 24, 25, 26):
        life.sleep_until_day(day)
        shown, asked = life.work_until(17)
        assert asked == []
        assert kinds(shown) <= {Kind.BREAK, Kind.MOBILITY, Kind.STRENGTH}
        found_strength |= {notice.item for notice in shown if notice.kind is Kind.STRENGTH}
    assert len(found_strength) == 5


def test_the_two_weeks_go_by_without_a_word_and_nothing_is_pressed_any_more() -> None:
    life = Life()
    life.triage(EXAMPLE)
    life.sleep_until_day(16)
    shown, _ = life.work_until(17)
    assert kinds(shown).isdisjoint({Kind.MASSAGE, Kind.THERMAL}), (
        "nobody has looked at the safety screen again"
    )
    life.say(Told.SCREENED)
    life.sleep_until_day(17)
    shown, _ = life.work_until(17)
    assert Kind.MASSAGE in kinds(shown)


def test_nothing_found_in_two_full_tours_ends_the_massage_and_leaves_warmth_and_movement() -> None:
    life = Life()
    life.triage(EXAMPLE)
    for day in (2, 3):
        life.sleep_until_day(day)
        for area in ("upper_chest", "front_shoulder", "blade_back", "side_ribs", "below_blade"):
            life.feed(Logged(PressLog("M01", area, "right", Spot.NOTHING, 0.0)))
    life.sleep_until_day(4)
    shown, _ = life.work_until(18)
    assert Kind.MASSAGE not in kinds(shown)
    assert {Kind.STRENGTH, Kind.MOBILITY, Kind.THERMAL} <= kinds(shown)


def test_a_knot_that_took_pressing_ill_is_a_strain_from_then_on() -> None:
    life = Life()
    found = life.triage(EXAMPLE._replace(before="repeated_use", feel="worked"))
    assert found.cause is Cause.OVERUSE
    life.sleep_until_day(4)
    life.feed(Logged(PressLog("M19", "knot", "right", Spot.ANNOYED, 50.0)))
    assert life.cause is Cause.STRAIN
    assert life.reminder("long_break")[0] == 45 * 60, "and the schedule with it"
    life.feed(Suggest(item="M19"))
    assert life.state.notice is None or life.state.notice.item != "M19"


def test_overuse_leaves_the_schedule_as_it_was_written_and_begins_on_the_knot() -> None:
    life = Life()
    life.triage(EXAMPLE._replace(before="repeated_use", feel="worked"))
    assert life.reminder("long_break")[0] == 3600
    shown, _ = life.work_until(17)
    first = next(notice for notice in shown if notice.kind is Kind.MASSAGE)
    assert life.items[first.item].target == "knot"


def test_a_flag_in_the_middle_of_it_takes_down_what_is_up_and_nothing_comes_until_it_is_cleared() -> None:
    life = Life()
    life.triage(EXAMPLE)
    life.feed(Away("locked", on=False))
    life.feed(Input())
    life.feed(Suggest(kinds=(Kind.MASSAGE,)))
    assert life.state.notice is not None
    life.say(Told.FLAG, id_="", code="chest_pain")
    assert life.state.notice is None
    assert life.work_until(17) == ([], [])
    life.sleep_until_day(2)
    life.say(Told.CLEARED, id_="")
    shown, _ = life.work_until(17)
    assert Kind.MASSAGE in kinds(shown)


def test_a_flag_for_a_doctor_leaves_quiet_breaks() -> None:
    life = Life()
    life.triage(EXAMPLE._replace(flags=("night_rest",)))
    shown, asked = life.work_until(18)
    assert {notice.item for notice in shown} == {"B01", "B06", "B10"}
    assert asked == []


def test_left_and_right_take_turns() -> None:
    life = Life()
    life.triage(EXAMPLE, "r")
    life.triage(EXAMPLE._replace(side="left", zone="blade_tip", onset="days"), "l")
    first = engine.sides(life.state)[0]
    life.feed(Logged(PressLog("M05", "side_ribs", first, Spot.EASED, 60.0)))
    assert engine.sides(life.state)[0] != first
    life.say(Told.GONE, id_="l")
    assert engine.sides(life.state)[0] == "right"


# ── whatever is answered, and whatever happens then ──

WORDS: dict[str, tuple[str, ...]] = {
    "onset": ("", "woke", "today", "days", "long"),
    "side": ("", "left", "right", "both", "middle"),
    "zone": ("", *ZONES),
    "dominant": ("", "left", "right", "both"),
    "most_used": ("", "left", "right", "both"),
    "before": (
        "", "screen_forward", "held_tense", "repeated_use", "slept_odd", "sudden", "accident", "nothing",
    ),
    "feel": ("", "long", "worked", "unsure"),
    "press_test": ("", "eases", "annoyed", "same", "not_tried"),
}  # fmt: skip
all_answers = st.builds(
    Answers,
    flags=st.one_of(
        st.just(()),
        st.just(()),
        st.lists(st.sampled_from((*EMERGENCY_FLAGS, *CLINICIAN_FLAGS)), max_size=2, unique=True).map(tuple),
    ),
    pain=st.none() | st.integers(0, 10),
    stops_daily_life=st.none() | st.booleans(),
    first_ever=st.none() | st.booleans(),
    episodes_30d=st.none() | st.integers(0, 9),
    **{key: st.sampled_from(words) for key, words in WORDS.items()},
)


@st.composite
def own_items(draw: st.DrawFn) -> Item:
    """What somebody might write into a file of their own, with no idea of what it does."""
    like = draw(st.sampled_from([item for item in ITEMS if item.kind is not Kind.SETUP]))
    return replace(
        like,
        id=draw(st.sampled_from(("mine", "yours"))),
        target=draw(st.sampled_from(("referral", "knot", "around", "general"))),
        areas=tuple(draw(st.lists(st.sampled_from(AREAS), min_size=1, max_size=2, unique=True))),
        knot_overlap_zones=tuple(draw(st.frozensets(st.sampled_from(ZONES), max_size=3))),
        knot_zones=(),
        classes_allowed=(),
        classes_never=(),
        contraindications=(),
        levels=(),
        place=("desk",),
        equipment=(),
    )


def what_is_done(life: Life, draw: st.DataObject) -> Iterator[str]:
    """Everything that reaches the person, by any route: reminders, rows, asking by kind and by name."""
    shown, _ = life.work_until(17)
    yield from (notice.item for notice in shown)
    wanted = draw.draw(st.sampled_from((None, *life.items)))
    kind = draw.draw(st.sampled_from([kind for kind in Kind if kind is not Kind.SETUP]))
    before = life.state.notice
    life.feed(Suggest(item=wanted) if wanted else Suggest(kinds=(kind,)))
    up = life.state.notice
    if up is not None and up is not before:
        yield up.item
        if up.kind is Kind.MASSAGE:
            yield from (
                stop.id for stop in life.state.chooser.tour(engine.who(life.state), first=life.items[up.item])
            )
        life.feed(Pressed(draw.draw(st.sampled_from((Action.DONE, Action.SKIP, Action.LATER)))))


def something_is_said(life: Life, draw: st.DataObject) -> None:
    log = draw.draw(
        st.sampled_from(
            (
                None,
                PressLog("M01", "upper_chest", "right", Spot.EASED, 60.0),
                PressLog("M05", "side_ribs", "left", Spot.NOTHING, 0.0),
                PressLog("M18", "knot", "right", Spot.ANNOYED, 30.0),
                KnotLog("k", Told.WORSE),
                KnotLog("k", Told.BETTER),
                KnotLog("k", Told.PAIN, 5),
                KnotLog("k", Told.SCREENED),
            )
        )
    )
    if log is not None:
        life.feed(Logged(log))


@settings(max_examples=25, deadline=None)
@given(st.data(), all_answers, st.lists(own_items(), max_size=2, unique_by=lambda item: item.id))
def test_for_a_month_nothing_presses_or_stretches_a_strained_knot_and_red_leaves_only_quiet_breaks(
    data: st.DataObject, answers: Answers, own: list[Item]
) -> None:
    life = Life(items=(*ITEMS, *own))
    found = life.triage(answers)
    for day in sorted(data.draw(st.lists(st.integers(1, 30), min_size=2, max_size=5, unique=True))):
        life.sleep_until_day(day)
        cause = life.cause
        zone = answers.zone or "unsure"
        for item_id in what_is_done(life, data):
            item = life.items[item_id]
            if cause in (Cause.RED_CLINICIAN, Cause.RED_EMERGENCY):
                assert cause is Cause.RED_CLINICIAN
                assert item_id in (life.state.knots[0].care.only or ("B01", "B06", "B10"))
            elif cause is Cause.STRAIN or found.cause is Cause.STRAIN:
                assert not on_the_knot(item)
                assert not overlaps(item, zone)
                assert item_id != "V08" or cause is not Cause.STRAIN
        something_is_said(life, data)


@settings(max_examples=200, deadline=None)
@given(all_answers, st.lists(own_items(), max_size=2, unique_by=lambda item: item.id))
def test_what_is_offered_on_paper_is_what_the_daemon_would_not_refuse(
    answers: Answers, own: list[Item]
) -> None:
    life = Life(items=(*ITEMS, *own))
    found = life.triage(answers)
    who = engine.who(life.state)
    for item_id in found.offer:
        refused = life.state.chooser.refuses(life.items[item_id], who)
        assert refused is None, (item_id, refused)
    for item_id in found.never:
        assert item_id not in found.offer


def test_the_course_is_not_forgotten_between_the_events_of_a_day() -> None:
    life = Life()
    life.triage(EXAMPLE)
    before = life.state.course
    life.work_until(12)
    assert life.state.course == before
    assert before != Course()


def test_six_weeks_on_the_person_is_told_once_and_only_quiet_breaks_are_left() -> None:
    life = Life()
    life.triage(EXAMPLE)
    life.sleep_until_day(43)
    shown, asked = life.work_until(18)
    assert [ask.what for ask in asked] == ["six_weeks"]
    assert {notice.item for notice in shown} <= {"B01", "B06", "B10"}
    life.sleep_until_day(50)
    assert life.work_until(18)[1] == []
    life.say(Told.CLEARED, id_="")
    life.sleep_until_day(52)
    assert [ask.what for ask in life.work_until(18)[1]] == ["review"]


def test_a_caution_that_was_told_in_the_triage_counts_like_one_of_the_schedule() -> None:
    life = Life()
    life.triage(EXAMPLE._replace(flags=("minor",)))
    shown, _ = life.work_until(18)
    assert kinds(shown) == {Kind.BREAK}
