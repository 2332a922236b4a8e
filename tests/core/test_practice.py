"""What somebody has done decides what comes next, and a restart changes nothing about it."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postured.core.model import Felt, Item, Kind, Moment, Notice, Outcome, Past, PressLog, SetLog, Spot
from postured.core.practice import (
    NOTHING,
    PRESSED_S,
    REMEMBERED_S,
    Practice,
    Week,
    annoyed,
    apart,
    liking,
    logged,
    long_rests,
    offered,
    recall,
    rests_until,
    sessions,
    settled,
    shown,
    week,
    worked_unix_s,
)
from postured.core.strength import level_on
from postured.history import History

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN)

ITEMS = {
    item.id: item
    for item in (
        Item("B01", Kind.BREAK, "Sit tall", (), 30),
        Item("M01", Kind.MASSAGE, "Chest", (), 90),
        Item("S02", Kind.STRENGTH, "Pull-apart", (), 100),
        Item("S08", Kind.STRENGTH, "W squeeze", (), 90),
    )
}


def moment(at: datetime | float) -> Moment:
    unix_s = at.timestamp() if isinstance(at, datetime) else at
    return Moment(unix_s - 1.7e9, unix_s, BERLIN)


def after_days(days: float) -> Moment:
    """So long after that Monday at ten in the morning."""
    return moment(MONDAY.timestamp() + days * DAY)


def notice(item: str, now: Moment, reminder: str | None = "reset") -> Notice:
    return Notice(f"{now.unix_s}-{item}", reminder, item, ITEMS[item].kind, 60.0, now.s, now.unix_s)


def had(practice: Practice, item: str, outcome: Outcome, day: float, *, asked: bool = False) -> Practice:
    """The practice after a notice with this item that ended so, two minutes later."""
    at = after_days(day)
    practice = shown(practice, ITEMS[item], at, asked=asked)
    return settled(practice, notice(item, at), outcome, after_days(day + 120 / DAY))


def all_of(item: str, *told: tuple[float, Outcome]) -> Practice:
    practice = NOTHING
    for day, outcome in told:
        practice = had(practice, item, outcome, day)
    return practice


def spot(kind: Spot, area: str = "upper_chest") -> PressLog:
    return PressLog("M01", area, "left", kind, 40.0)


PRESS = spot(Spot.STAYED)


def session(item: str = "S02", level: int = 1) -> SetLog:
    return SetLog(item, level, 2, 8, full=True, felt=Felt.RIGHT, pain=False)


# ── turns and doses ───────────────────────────────────────────────────────────────────────────────


def test_an_item_is_remembered_by_when_it_was_shown_last() -> None:
    practice = had(all_of("B01", (0, Outcome.IGNORED)), "M01", Outcome.DONE, 1)
    practice = had(practice, "B01", Outcome.SKIPPED, 2)
    assert practice.shown == {"B01": after_days(2).unix_s, "M01": after_days(1).unix_s}


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (Outcome.TAKEN, True),
        (Outcome.DONE, True),
        (Outcome.LATER, False),
        (Outcome.SKIPPED, False),
        (Outcome.IGNORED, False),
        (Outcome.MISSED, False),
    ],
)
def test_only_what_was_followed_is_a_session(outcome: Outcome, *, counts: bool) -> None:
    found = sessions(all_of("M01", (0, outcome)), after_days(0.1))
    assert found == ({"M01": (after_days(0).unix_s,)} if counts else {})


def test_a_break_told_twice_as_it_grows_longer_is_one_session() -> None:
    at = after_days(0)
    practice = shown(NOTHING, ITEMS["B01"], at, asked=False)
    for minutes in (2, 9, 50):
        practice = settled(practice, notice("B01", at), Outcome.TAKEN, moment(at.unix_s + minutes * 60))
    assert sessions(practice, at) == {"B01": (at.unix_s,)}


def test_what_turned_out_not_to_be_followed_is_none() -> None:
    at = after_days(0)
    practice = had(NOTHING, "B01", Outcome.TAKEN, 0)
    assert sessions(settled(practice, notice("B01", at), Outcome.SKIPPED, at), at) == {}


def test_sessions_are_remembered_for_eight_days() -> None:
    practice = logged(all_of("B01", *((float(day), Outcome.DONE) for day in range(4))), PRESS, after_days(3))
    for day, days in ((3, (0, 1, 2, 3)), (9, (2, 3)), (10.9, (3,)), (11, ())):
        now = after_days(day)
        found = sessions(shown(practice, ITEMS["S02"], now, asked=False), now)
        assert found.get("B01", ()) == tuple(after_days(d).unix_s for d in days)
        assert found.get("M01", ()) == ((after_days(3).unix_s,) if 3 in days else ())
    assert shown(practice, ITEMS["S02"], after_days(11), asked=False).pressed, "spots are remembered longer"


def test_a_spot_that_was_pressed_is_a_session_of_its_item_whoever_asked_for_it() -> None:
    practice = logged(NOTHING, PRESS, after_days(0))
    practice = logged(practice, PRESS._replace(item="M05"), after_days(0.001))
    found = sessions(practice, after_days(0.1))
    assert found == {"M01": (after_days(0).unix_s,), "M05": (after_days(0.001).unix_s,)}


def test_a_spot_that_was_only_felt_for_is_none() -> None:
    practice = logged(NOTHING, PRESS._replace(spot=Spot.WRONG, seconds=0.0), after_days(0))
    assert sessions(practice, after_days(0)) == {}
    assert sessions(logged(practice, PRESS, after_days(0.001)), after_days(0.1)) == {
        "M01": (after_days(0.001).unix_s,)
    }


def test_the_notice_of_a_massage_and_its_spots_are_one_session() -> None:
    practice = all_of("M01", (0, Outcome.DONE))
    for minutes in (1, 25, 50):
        practice = logged(practice, PRESS, after_days(minutes * MINUTE / DAY))
    assert sessions(practice, after_days(0.1)) == {"M01": (after_days(0).unix_s,)}
    again = logged(practice, PRESS, after_days(80 * MINUTE / DAY))
    assert sessions(again, after_days(0.1)) == {
        "M01": (after_days(0).unix_s, after_days(80 * MINUTE / DAY).unix_s)
    }


@pytest.mark.parametrize(
    ("minutes", "first"),
    [
        ((), ()),
        ((5,), (5,)),
        ((0, 29.9), (0,)),
        ((0, 30), (0, 30)),
        ((0, 20, 40, 60), (0,)),
        ((0, 20, 50, 79), (0, 50)),
        ((90, 0, 45), (0, 45, 90)),
        ((7, 7, 7), (7,)),
    ],
)
def test_within_half_an_hour_of_the_one_before_it_is_the_same_session(
    minutes: tuple[float, ...], first: tuple[float, ...]
) -> None:
    begin = after_days(0).unix_s
    assert apart(begin + m * MINUTE for m in minutes) == tuple(begin + m * MINUTE for m in first)


@given(st.lists(st.integers(0, 600), max_size=12))
def test_sessions_begin_half_an_hour_apart_and_none_is_lost(minutes: list[int]) -> None:
    times = [m * MINUTE for m in minutes]
    found = apart(times)
    assert list(found) == [
        t for t in sorted(set(times)) if not any(t - 30 * MINUTE < other < t for other in times)
    ]


def test_what_was_last_trained_of_all_is_when_strength_work_was_done() -> None:
    assert worked_unix_s(NOTHING) == -math.inf
    practice = recall(
        [],
        [(after_days(0).unix_s, session("S08")), (after_days(2).unix_s, session("S02"))],
        [],
        after_days(3),
    )
    assert worked_unix_s(practice) == after_days(2).unix_s
    assert worked_unix_s(had(practice, "S02", Outcome.SKIPPED, 3)) == after_days(2).unix_s


# ── skips ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_skipped_rests_until_the_day_turns() -> None:
    practice = all_of("M01", (0, Outcome.SKIPPED))
    turn = datetime(2026, 11, 24, 4, 0, tzinfo=BERLIN).timestamp()
    assert rests_until(practice, "M01", after_days(0.01)) == turn
    assert rests_until(practice, "M01", moment(turn - 1)) == turn
    assert rests_until(practice, "M01", moment(turn)) is None
    assert rests_until(practice, "B01", after_days(0.01)) is None
    assert long_rests(practice, after_days(0.01)) == ()


def test_skipped_in_the_small_hours_it_rests_until_four() -> None:
    at = moment(datetime(2026, 11, 24, 2, 0, tzinfo=BERLIN))
    practice = settled(shown(NOTHING, ITEMS["M01"], at, asked=False), notice("M01", at), Outcome.SKIPPED, at)
    assert rests_until(practice, "M01", at) == at.unix_s + 2 * HOUR


def test_three_skips_in_a_row_rest_it_for_thirty_days() -> None:
    practice = all_of("M01", (0, Outcome.SKIPPED), (1, Outcome.SKIPPED))
    assert rests_until(practice, "M01", after_days(2)) is None
    practice = had(practice, "M01", Outcome.SKIPPED, 2)
    until = after_days(32).unix_s
    for day in (2.01, 3, 31.9):
        assert rests_until(practice, "M01", after_days(day)) == until
        assert long_rests(practice, after_days(day)) == (("M01", until),)
    assert rests_until(practice, "M01", after_days(32)) is None
    assert long_rests(practice, after_days(32)) == ()


def test_after_its_month_skips_are_counted_anew() -> None:
    once_more = all_of("M01", *((day, Outcome.SKIPPED) for day in (0, 1, 2, 32.5)))
    turn = datetime(2026, 12, 26, 4, 0, tzinfo=BERLIN).timestamp()
    assert rests_until(once_more, "M01", after_days(32.6)) == turn
    assert rests_until(once_more, "M01", moment(turn)) is None
    assert long_rests(once_more, after_days(32.6)) == ()
    twice_more = had(once_more, "M01", Outcome.SKIPPED, 40)
    assert rests_until(twice_more, "M01", after_days(41)) is None
    thrice_more = had(twice_more, "M01", Outcome.SKIPPED, 41)
    assert rests_until(thrice_more, "M01", after_days(42)) == after_days(71).unix_s


def test_skipped_again_while_it_rests_it_rests_from_then_on() -> None:
    """For it may stand in when nothing else is left."""
    practice = all_of("M01", *((day, Outcome.SKIPPED) for day in (0, 1, 2, 31.9)))
    assert rests_until(practice, "M01", after_days(33)) == after_days(61.9).unix_s


def test_two_skips_long_ago_and_one_now_are_three_in_a_row() -> None:
    practice = all_of("M01", *((day, Outcome.SKIPPED) for day in (0, 1, 50)))
    assert rests_until(practice, "M01", after_days(52)) == after_days(80).unix_s


@pytest.mark.parametrize("between", [Outcome.IGNORED, Outcome.LATER, Outcome.MISSED])
def test_what_is_neither_done_nor_skipped_leaves_the_row_as_it_is(between: Outcome) -> None:
    told = [(0, Outcome.SKIPPED), (1, Outcome.SKIPPED), (2, between), (3, Outcome.SKIPPED)]
    assert rests_until(all_of("M01", *told), "M01", after_days(5)) == after_days(33).unix_s


@pytest.mark.parametrize("between", [Outcome.TAKEN, Outcome.DONE])
def test_what_was_done_once_begins_a_new_row(between: Outcome) -> None:
    told = [(0, Outcome.SKIPPED), (1, Outcome.SKIPPED), (2, between), (3, Outcome.SKIPPED)]
    assert rests_until(all_of("M01", *told), "M01", after_days(5)) is None


def test_a_skip_told_twice_is_one() -> None:
    at = after_days(0)
    practice = shown(NOTHING, ITEMS["M01"], at, asked=False)
    for _ in range(3):
        practice = settled(practice, notice("M01", at), Outcome.SKIPPED, at)
    assert long_rests(practice, at) == ()


def test_skips_of_other_items_do_not_count() -> None:
    practice = had(all_of("M01", (0, Outcome.SKIPPED), (1, Outcome.SKIPPED)), "B01", Outcome.SKIPPED, 2)
    assert long_rests(practice, after_days(2)) == ()


def test_asking_for_it_brings_it_back() -> None:
    practice = all_of("M01", *((day, Outcome.SKIPPED) for day in range(3)))
    practice = shown(practice, ITEMS["M01"], after_days(2.1), asked=True)
    assert rests_until(practice, "M01", after_days(2.1)) is None
    again = had(practice, "M01", Outcome.SKIPPED, 4)
    assert rests_until(again, "M01", after_days(5)) is None


# ── spots ─────────────────────────────────────────────────────────────────────────────────────────


def pressed(*told: tuple[float, PressLog]) -> Practice:
    practice = NOTHING
    for day, log in told:
        practice = logged(practice, log, after_days(day))
    return practice


@pytest.mark.parametrize(
    ("became", "worth"),
    [
        (Spot.EASED, 1.0),
        (Spot.STAYED, -1.0),
        (Spot.NOTHING, -0.5),
        (Spot.WRONG, -0.5),
        (Spot.STOPPED, -2.0),
        (Spot.LEFT, 0.0),
        (Spot.ANNOYED, 0.0),
    ],
)
def test_what_was_learned_of_an_area_halves_in_two_weeks_and_is_gone_after_sixty_days(
    became: Spot, worth: float
) -> None:
    practice = pressed((0, spot(became)))
    assert liking(practice, "upper_chest", after_days(0)) == worth
    assert liking(practice, "upper_chest", after_days(14)) == pytest.approx(worth / 2)
    assert liking(practice, "upper_chest", after_days(42)) == pytest.approx(worth / 8)
    assert liking(practice, "upper_chest", after_days(60)) == 0.0
    assert liking(practice, "side_ribs", after_days(0)) == 0.0


def test_several_spots_add_up_within_limits() -> None:
    mixed = pressed((0, spot(Spot.EASED)), (0, spot(Spot.WRONG)), (0, spot(Spot.EASED, "side_ribs")))
    assert liking(mixed, "upper_chest", after_days(0)) == 0.5
    assert liking(pressed(*[(0, spot(Spot.EASED))] * 5), "upper_chest", after_days(0)) == 3.0
    assert liking(pressed(*[(0, spot(Spot.STOPPED))] * 5), "upper_chest", after_days(0)) == -3.0


def test_an_annoyed_knot_is_remembered_for_two_weeks() -> None:
    practice = pressed((0, spot(Spot.ANNOYED, "knot")), (1, spot(Spot.EASED)))
    assert annoyed(practice, after_days(13.9))
    assert not annoyed(practice, after_days(14))
    assert not annoyed(pressed((0, spot(Spot.STAYED, "knot"))), after_days(0))


# ── strength ──────────────────────────────────────────────────────────────────────────────────────


def test_a_week_counts_the_days_on_which_something_was_done() -> None:
    practice = had(NOTHING, "S02", Outcome.DONE, 0)
    practice = had(practice, "S08", Outcome.IGNORED, 0.1)  # the same day
    practice = had(practice, "S02", Outcome.SKIPPED, 1)
    practice = logged(practice, session(), after_days(2))
    practice = had(practice, "B01", Outcome.DONE, 3)  # no strength
    assert week(practice, after_days(3)) == Week(days=2, goal_days=5, prompts=3, followed=2)


def test_a_week_begins_on_monday_at_four() -> None:
    sunday_night = moment(datetime(2026, 11, 23, 3, 0, tzinfo=BERLIN))
    practice = logged(NOTHING, session(), sunday_night)
    assert week(practice, sunday_night).days == 1
    assert week(practice, after_days(0)) == Week(days=0, prompts=1, followed=1)
    monday = logged(practice, session(), moment(datetime(2026, 11, 23, 4, 0, tzinfo=BERLIN)))
    assert week(monday, after_days(6.5)).days == 1
    assert week(monday, after_days(7)).days == 0


def test_prompts_and_what_was_followed_are_of_the_last_four_weeks() -> None:
    practice = NOTHING
    for day in range(40):
        practice = had(practice, "S02", Outcome.DONE if day % 2 else Outcome.IGNORED, day)
    assert week(practice, after_days(39)) == Week(days=3, prompts=28, followed=14)
    assert week(NOTHING, after_days(0)) == Week(0)


def test_a_session_moves_the_level_of_its_item_only() -> None:
    practice = NOTHING
    for day in (0, 2):
        practice = logged(practice, session("S02"), after_days(day))
    practice = logged(practice, session("S08"), after_days(2))
    levels = {item: level_on(practice.trained[item], after_days(3).unix_s, None) for item in ("S02", "S08")}
    assert levels == {"S02": 2, "S08": 1}


def practised(*told: tuple[float, SetLog]) -> Practice:
    practice = NOTHING
    for day, log in told:
        practice = logged(practice, log, after_days(day))
    return practice


def level_of(practice: Practice, item: str, day: float) -> int:
    worked = worked_unix_s(practice)
    return level_on(practice.trained.get(item), after_days(day).unix_s, None, worked_unix_s=worked)


def test_who_keeps_up_other_exercises_goes_on_where_they_were() -> None:
    begun = [(0.0, session("S02")), (2.0, session("S02")), (3.0, session("S02", 2))]
    others = [(float(day), session("S08")) for day in range(5, 40, 5)]
    kept_up = practised(*begun, *others)
    assert [level_of(practised(*begun), "S02", day) for day in (16, 20, 33)] == [2, 1, 1]
    assert [level_of(kept_up, "S02", day) for day in (20, 33, 48, 49, 65)] == [2, 2, 2, 1, 1]
    again = (40.0, session("S02", 2))
    assert level_of(practised(*begun, *others, again), "S02", 40) == 3, "the second good one running"
    assert level_of(practised(*begun, again), "S02", 40) == 2


@pytest.mark.parametrize(("off", "level"), [(13.0, 3), (14.0, 2), (29.0, 2), (30.0, 1), (80.0, 1)])
def test_days_off_lower_each_exercise_also_those_taken_up_after_another(off: float, level: int) -> None:
    """What another brings on the first day back does not make up for the weeks without any."""
    back = practised((0.0, session("S02", 3)), (0.0, session("S08")), (off, session("S08")))
    assert level_of(back, "S02", off + 1) == level


def test_an_exercise_not_done_for_ninety_days_begins_anew_for_a_restart_too() -> None:
    told = [(0.0, session("S02")), (2.0, session("S02", 3))]
    told += [(float(day), session("S08")) for day in range(10, 100, 5)]
    told += [(100.0, session("S02", 1))]
    sets = [(after_days(day).unix_s, log) for day, log in told]
    assert recall([], sets, [], after_days(100)) == practised(*told)
    assert level_of(practised(*told), "S02", 100) == 1


def test_an_item_without_levels_has_none_to_remember() -> None:
    practice = logged(NOTHING, session("rowing", level=0), after_days(0))
    assert practice.trained == {}
    assert week(practice, after_days(0)).days == 1


# ── the same after a restart ──────────────────────────────────────────────────────────────────────


class Told(NamedTuple):
    """One thing that happens in a story."""

    hours: float
    """Since the last one."""
    what: str
    item: str
    outcome: Outcome
    asked: bool
    log: SetLog | PressLog


stories = st.lists(
    st.builds(
        Told,
        hours=st.one_of(st.floats(0.001, 30), st.floats(0.001, 30), st.floats(24, 24 * 50)),
        what=st.sampled_from(("notice", "notice", "notice", "open", "longer", "log")),
        item=st.sampled_from(sorted(ITEMS)),
        outcome=st.sampled_from((*Outcome, Outcome.SKIPPED, Outcome.SKIPPED)),
        asked=st.booleans(),
        log=st.one_of(
            st.builds(
                SetLog,
                item=st.sampled_from(("S02", "S08")),
                level=st.integers(0, 3),
                sets=st.just(2),
                reps=st.just(8),
                full=st.booleans(),
                felt=st.sampled_from(Felt),
                pain=st.booleans(),
            ),
            st.builds(
                PressLog,
                item=st.just("M01"),
                area=st.sampled_from(("knot", "upper_chest")),
                side=st.just("left"),
                spot=st.sampled_from(Spot),
                seconds=st.floats(0, 90),
                tender_before=st.one_of(st.none(), st.integers(0, 10)),
                tender_after=st.none(),
            ),
        ),
    ),
    max_size=40,
)


class Kept:
    """What a history holds, without a file."""

    def __init__(self) -> None:
        self._notices: dict[str, Past] = {}
        self._sets: list[tuple[float, SetLog]] = []
        self._presses: list[tuple[float, PressLog]] = []

    def shown(self, notice: Notice) -> None:
        asked = notice.reminder is None
        self._notices[notice.id] = Past(notice.item, notice.kind, notice.shown_unix_s, None, asked)

    def settle(self, notice_id: str, outcome: Outcome, seconds: float, at_unix_s: float) -> None:
        assert seconds >= 0 <= at_unix_s
        self._notices[notice_id] = self._notices[notice_id]._replace(outcome=outcome)

    def log(self, log: SetLog | PressLog, at_unix_s: float) -> None:
        if isinstance(log, SetLog):
            self._sets.append((at_unix_s, log))
        else:
            self._presses.append((at_unix_s, log))

    def past(self, since_unix_s: float) -> list[Past]:
        return [each for each in self._notices.values() if each.shown_unix_s >= since_unix_s]

    def sets(self) -> list[tuple[float, SetLog]]:
        return self._sets

    def presses(self, since_unix_s: float) -> list[tuple[float, PressLog]]:
        return [each for each in self._presses if each[0] >= since_unix_s]


def told(story: list[Told], history: Kept | History) -> Iterator[tuple[Practice, Moment]]:
    """Live through the story and write it down; yield the practice after each step, and when that is."""
    practice, at, last = NOTHING, MONDAY.timestamp(), None
    for each in story:
        at += each.hours * HOUR
        now = moment(at)
        if each.what == "log":
            practice = logged(practice, each.log, now)
            history.log(each.log, at)
        elif each.what != "longer":
            last = notice(each.item, now, None if each.asked else "reset")
            practice = shown(practice, ITEMS[each.item], now, asked=each.asked)
            history.shown(last)
            if each.what == "notice":
                at += 60
                now = moment(at)
                practice = settled(practice, last, each.outcome, now)
                history.settle(last.id, each.outcome, 0.0, at)
        elif last is not None:
            practice = settled(practice, last, Outcome.TAKEN, now)
            history.settle(last.id, Outcome.TAKEN, 100.0, at)
        else:
            continue  # nothing happened, so nothing was looked at
        yield practice, now


def recalled(history: Kept | History, now: Moment) -> Practice:
    past, presses = history.past(now.unix_s - REMEMBERED_S), history.presses(now.unix_s - PRESSED_S)
    return recall(past, history.sets(), presses, now)


@given(stories)
def test_at_every_step_it_is_what_the_history_would_tell(story: list[Told]) -> None:
    kept = Kept()
    for practice, now in told(story, kept):
        assert practice == recalled(kept, now)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories)
def test_a_restart_with_the_real_history_changes_nothing(tmp_path: Path, story: list[Told]) -> None:
    path = tmp_path / "property.db"
    for old in tmp_path.glob("property.db*"):
        old.unlink()
    practice, now = NOTHING, after_days(0)
    with contextlib.closing(History.open(path)) as history:
        for practice, now in told(story, history):  # noqa: B007 - the last one is wanted
            pass
    with contextlib.closing(History.open(path)) as history:
        assert practice == recalled(history, now)


@given(stories, st.floats(0, 100))
def test_it_keeps_within_what_it_promises_whatever_happens(story: list[Told], later_days: float) -> None:
    practice, now = NOTHING, after_days(0)
    for practice, now in told(story, Kept()):  # noqa: B007 - the last one is wanted
        pass
    for times in sessions(practice, now).values():
        assert times
        assert now.unix_s - 8 * DAY < times[0]
        assert all(later - earlier >= 30 * MINUTE for earlier, later in itertools.pairwise(times))
    now = moment(now.unix_s + later_days * DAY)
    for area in ("knot", "upper_chest", "side_ribs"):
        assert -3.0 <= liking(practice, area, now) <= 3.0
    found = week(practice, now)
    assert 0 <= found.days <= 7
    assert 0 <= found.followed <= found.prompts <= 28
    rests = dict(long_rests(practice, now))
    for item in ITEMS:
        until = rests_until(practice, item, now)
        assert until is None or now.unix_s < until <= now.unix_s + 31 * DAY
        assert rests.get(item, until) == until


def test_nothing_grows_without_end() -> None:
    practice, sizes = NOTHING, []
    outcomes = itertools.cycle(Outcome)
    for day in range(400):
        for number, (item, outcome) in enumerate(zip(sorted(ITEMS), outcomes, strict=False)):
            practice = had(practice, item, outcome, day + number / 10)
        practice = logged(
            logged(practice, session(), after_days(day + 0.5)), spot(Spot.LEFT), after_days(day + 0.5)
        )
        fields = (practice.doses.values(), practice.skips.values(), practice.pressed, practice.strength)
        sizes.append(sum(len(each) for each in fields) + sum(len(t) for t in practice.doses.values()))
    assert max(sizes[100:]) <= max(sizes[:100])
    much_later = shown(practice, ITEMS["B01"], after_days(600), asked=False)
    now = after_days(600).unix_s
    assert much_later == Practice({"B01": now}, {"B01": (now,)}, {}, {}, {}, (), {})


@pytest.mark.parametrize(
    ("outcome", "times"),
    [(None, 1), (Outcome.IGNORED, 1), (Outcome.SKIPPED, 1), (Outcome.TAKEN, 1), (Outcome.LATER, 0)],
)
def test_what_was_suggested_counts_as_offered_unless_it_comes_again(
    outcome: Outcome | None, times: int
) -> None:
    practice = shown(NOTHING, ITEMS["M01"], after_days(0), asked=False)
    if outcome is not None:
        practice = had(NOTHING, "M01", outcome, 0)
    assert len(offered(practice, after_days(0.1)).get("M01", ())) == times
    done = outcome is Outcome.TAKEN
    assert len(sessions(practice, after_days(0.1)).get("M01", ())) == done


# ── what a wrong clock left behind ────────────────────────────────────────────────────────────────


def test_what_is_dated_in_the_future_is_left_out() -> None:
    now, ahead = after_days(0), after_days(300).unix_s
    past = [
        Past("S02", Kind.STRENGTH, ahead, Outcome.SKIPPED),
        Past("S02", Kind.STRENGTH, ahead, Outcome.DONE),
    ]
    assert recall(past, [(ahead, session())], [(ahead, spot(Spot.STOPPED))], now) == NOTHING


def test_nor_does_it_hide_what_was_before_it() -> None:
    now, ahead = after_days(0), after_days(300)
    past = [Past("B01", Kind.BREAK, at, Outcome.DONE) for at in (after_days(-1).unix_s, ahead.unix_s)]
    assert recall(past, [], [], now).shown == {"B01": after_days(-1).unix_s}


def test_a_clock_that_was_wrong_for_a_while_leaves_nothing_behind() -> None:
    wrong = logged(
        all_of("S02", *((day, Outcome.SKIPPED) for day in (300, 301, 302))), session(), after_days(303)
    )
    right = shown(wrong, ITEMS["B01"], after_days(0), asked=False)
    assert right == shown(NOTHING, ITEMS["B01"], after_days(0), asked=False)


def test_a_week_counts_no_day_that_is_yet_to_come() -> None:
    assert week(logged(NOTHING, session(), after_days(0.9)), after_days(0)) == Week(0)


def test_a_clock_set_back_a_little_loses_nothing() -> None:
    practice = logged(all_of("B01", (0, Outcome.DONE)), spot(Spot.EASED), after_days(0))
    earlier = shown(practice, ITEMS["M01"], after_days(-0.01), asked=False)
    assert sessions(earlier, after_days(-0.01)) == {
        "B01": (after_days(0).unix_s,),
        "M01": (after_days(0).unix_s,),
    }
    assert liking(earlier, "upper_chest", after_days(-0.01)) == 1.0


def test_a_notice_that_nobody_settled_counts_as_ignored() -> None:
    at = after_days(0)
    found = recall([Past("S02", Kind.STRENGTH, at.unix_s, None)], [], [], at)
    assert found == had(NOTHING, "S02", Outcome.IGNORED, 0)
    assert week(found, at) == Week(0, prompts=1, followed=0)
