"""What `status` and `plan` say of the engine's state."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from story import BERLIN, LIBRARY, LONG, MONDAY, RESET, followed, schedule

from postured.core import engine, report
from postured.core.model import (
    NEVER,
    SOME_CLINICIAN,
    Away,
    Cause,
    Event,
    Hold,
    Hours,
    Input,
    Kind,
    Knot,
    KnotLog,
    Logged,
    Moment,
    Pause,
    Reminder,
    Schedule,
    Sensed,
    Silence,
    Suggest,
    Tick,
    Told,
)

START = MONDAY.timestamp()
WEEKDAYS = frozenset(range(5))
MASSAGE = Reminder("release", (Kind.MASSAGE,), after_s=5400, pause_s=NEVER, when_knot=True)
NOON = Reminder("noon", (Kind.STRENGTH,), at=time(12), within_s=3600)
OFFICE = (Hours(WEEKDAYS, 8 * 60, 19 * 60),)


def at(t: float, *events: Event, plan: Schedule, start: float = START) -> engine.State:
    """The state after `t` seconds of work and then these events."""
    state = engine.begin(plan, LIBRARY, Moment(0.0, start, BERLIN))
    for event in (Tick(), *events):
        state, _ = engine.step(state, event, Moment(t, start + t, BERLIN))
    return state


# ── presence ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "idle_s", "word"),
    [
        ((Input(),), 0.5, "working"),
        ((Input(),), None, "working"),
        ((Input(),), 30.0, "silent"),
        ((Silence(80.0),), None, "silent"),
        ((Silence(20.0),), 80.0, "resting"),
        ((Away("locked", True),), 0.5, "away"),
        ((Silence(20.0), Away("locked", True)), None, "away"),
    ],
)
def test_presence_is_one_of_four_words(events: tuple[Event, ...], idle_s: float | None, word: str) -> None:
    assert report.presence(at(100, *events, plan=schedule(RESET)), idle_s) == word


# ── reminders ─────────────────────────────────────────────────────────────────────────────────────


def test_a_reminder_tells_its_level_and_when_it_is_due_if_work_goes_on() -> None:
    told = report.reminders(at(300, Input(), plan=schedule(RESET, MASSAGE, NOON)))
    assert told == {
        "reset": {"level_s": 300.0, "after_s": 1200, "pause_s": 60, "due_at": "2026-11-23T09:20:00+01:00"},
        "release": {"level_s": 300.0, "after_s": 5400, "pause_s": None, "due_at": None},
        "noon": {"level_s": 0.0, "after_s": None, "pause_s": None, "due_at": "2026-11-23T12:00:00+01:00"},
    }


def test_the_report_is_json_whatever_the_schedule() -> None:
    state = at(300, Suggest(item="B01"), plan=schedule(RESET, LONG, MASSAGE, NOON, hours=OFFICE))
    json.dumps([report.reminders(state), report.notice(state, LIBRARY[0])], allow_nan=False)


def test_what_is_due_tomorrow_is_told_with_tomorrows_date() -> None:
    state = at(0, plan=schedule(NOON), start=START + 5 * 3600)  # 14:00, over for today
    assert report.reminders(state)["noon"]["due_at"] == "2026-11-24T12:00:00+01:00"


def test_a_time_of_day_keeps_its_place_over_the_change_to_summer_time() -> None:
    saturday = datetime(2026, 3, 28, 13, 30, tzinfo=BERLIN).timestamp()
    state = at(0, plan=schedule(NOON), start=saturday)
    assert report.reminders(state)["noon"]["due_at"] == "2026-03-29T12:00:00+02:00"


# ── what comes next ───────────────────────────────────────────────────────────────────────────────


def test_the_soonest_of_all_is_next() -> None:
    state = at(300, Input(), plan=schedule(LONG, RESET, NOON))
    assert report.next_due(state) == ("reset", MONDAY + timedelta(minutes=20))


def test_next_waits_for_the_hours_to_begin() -> None:
    friday_evening = datetime(2026, 11, 27, 18, 50, tzinfo=BERLIN)
    state = at(0, plan=schedule(RESET, hours=OFFICE), start=friday_evening.timestamp())
    assert report.next_due(state) == ("reset", datetime(2026, 11, 30, 8, 0, tzinfo=BERLIN))


def test_nothing_is_next_where_nothing_can_come_due() -> None:
    assert report.next_due(at(0, plan=schedule(MASSAGE))) is None
    assert report.next_due(at(0, plan=schedule())) is None


# ── the notice ────────────────────────────────────────────────────────────────────────────────────


def test_the_notice_that_is_up_is_told_with_its_title() -> None:
    state = at(300, Suggest(item="B01"), plan=schedule(RESET))
    assert report.notice(state, replace(LIBRARY[0], title="Sit up")) == {
        "reminder": None,
        "item": "B01",
        "kind": "break",
        "title": "Sit up",
        "at": "2026-11-23T09:05:00+01:00",
        "duration_s": 30.0,
        "laters": 0,
        "level": 0,
    }


def test_a_notice_whose_item_is_gone_is_called_by_its_id() -> None:
    told = report.notice(at(300, Suggest(item="B01"), plan=schedule(RESET)), None)
    assert told is not None
    assert told["title"] == "B01"


def test_no_notice_is_none() -> None:
    assert report.notice(at(300, plan=schedule(RESET)), None) is None


# ── why nothing is shown ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("t", "events", "sentence"),
    [
        (300, (Input(),), "nothing is due yet"),
        (300, (Suggest(item="B01"),), "a notice is up"),
        (300, (Silence(0.0),), "you are resting"),
        (300, (Input(), Pause()), "you paused it"),
        (1200, (Sensed(Hold.CALL, True), Input()), "reset is due, but you are in a call"),
        (1200, (), "reset is due and waits for your next key or mouse movement"),
        (1200, (Away("locked", True),), "reset is due, but you are away"),
    ],
)
def test_why_nothing_is_shown_is_a_plain_sentence(t: float, events: tuple[Event, ...], sentence: str) -> None:
    assert report.why_nothing(at(t, *events, plan=schedule(RESET))) == sentence


def test_outside_the_hours_that_is_the_reason() -> None:
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=BERLIN).timestamp()
    state = at(60, Input(), plan=schedule(RESET, hours=OFFICE), start=sunday)
    assert report.why_nothing(state) == "it is outside your hours"


def test_spacing_is_named_when_it_is_all_that_stands_in_the_way() -> None:
    state = at(1190, Suggest(item="B01"), plan=schedule(RESET))
    for t in (1195, 1205):
        state = replace(state, notice=None)
        state, _ = engine.step(state, Input(), Moment(t, START + t, BERLIN))
    assert "notify.spacing" in report.why_nothing(state)


@pytest.mark.parametrize("t", [300, 1500])
def test_an_emergency_is_the_reason_whether_or_not_something_is_due(t: float) -> None:
    flag = Logged(KnotLog("", Told.FLAG, code="chest_pain"))
    wanted = "a red flag stands: call your local emergency number; afterwards postured knot clear"
    assert report.why_nothing(at(t, flag, Input(), plan=schedule(RESET))) == wanted


# ── knots ─────────────────────────────────────────────────────────────────────────────────────────

DAY_S = 86_400.0
RIGHT = Knot("inner_edge", "right", Cause.STRAIN, START - 3.5 * DAY_S)
LEFT = Knot("unsure", "left", Cause.OVERUSE, START - 20 * DAY_S)


def test_without_a_knot_there_is_nothing_to_tell() -> None:
    state = at(0, plan=schedule(RESET))
    assert (report.knots(state), report.flags(state)) == ([], [])


def test_a_knot_is_told_with_its_day_and_with_what_rests() -> None:
    worse = Logged(KnotLog("0", Told.WORSE))
    assert report.knots(at(0, followed(RIGHT), worse, plan=schedule(RESET))) == [
        {
            "knot": "0",
            "side": "right",
            "zone": "inner_edge",
            "cause": "strain",
            "day": 5,  # the first was Thursday, from 21:00 on
            "since": "2026-11-19T21:00:00+01:00",
            "red": False,
            "rests": ["massage", "strength"],
        }
    ]


def test_the_cause_is_that_of_today() -> None:
    (told,) = report.knots(at(0, followed(LEFT), plan=schedule(RESET)))
    assert (told["cause"], told["day"], told["rests"]) == ("mixed", 21, ["massage", "thermal"])


def test_the_knot_in_front_is_told_first() -> None:
    state = at(0, followed(RIGHT, LEFT), plan=schedule(RESET))
    assert [told["side"] for told in report.knots(state)] == [knot.side for knot in state.knots]
    later, _ = engine.step(state, Tick(), Moment(DAY_S, START + DAY_S, BERLIN))
    assert [told["side"] for told in report.knots(later)] == [knot.side for knot in later.knots]
    assert report.knots(later)[0]["side"] != report.knots(state)[0]["side"], "another day, another one"


def test_what_was_not_sure_is_none() -> None:
    knotted = followed(LEFT)
    (episode,) = knotted.course.episodes
    triage = episode.triage._replace(answers=episode.triage.answers._replace(side="", zone=""))
    course = knotted.course._replace(episodes=(episode._replace(triage=triage),))
    (told,) = report.knots(at(0, knotted._replace(course=course), plan=schedule(RESET)))
    assert (told["side"], told["zone"]) == (None, None)


def test_a_red_flag_is_told_by_itself_and_with_the_knot_that_raised_it() -> None:
    severe, fever = Logged(KnotLog("1", Told.PAIN, 9)), Logged(KnotLog("", Told.FLAG, code="fever"))
    state = at(0, followed(RIGHT, LEFT), severe, fever, plan=schedule(RESET))
    assert {told["knot"]: told["red"] for told in report.knots(state)} == {"0": False, "1": True}
    assert report.flags(state) == ["fever", "severe"]


def test_a_red_triage_is_a_red_flag() -> None:
    red = RIGHT._replace(cause=Cause.RED_CLINICIAN)
    state = at(0, followed(red), plan=schedule(RESET))
    assert [told["red"] for told in report.knots(state)] == [True]
    assert report.flags(state) == [SOME_CLINICIAN]


def test_a_knot_that_is_gone_is_told_no_more() -> None:
    assert report.knots(at(0, followed(RIGHT), Logged(KnotLog("0", Told.GONE)), plan=schedule(RESET))) == []


def test_what_is_told_of_knots_is_json() -> None:
    state = at(0, followed(RIGHT, LEFT), Logged(KnotLog("", Told.FLAG, code="fever")), plan=schedule(RESET))
    json.dumps([report.knots(state), report.flags(state)], allow_nan=False)


# ── times ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (datetime(2026, 1, 2, 3, 4, 5, 250_000, UTC), "2026-01-02T03:04:05.250+00:00"),
        (datetime(2026, 1, 2, 3, 4, 5, 999, UTC), "2026-01-02T03:04:05+00:00"),
        (
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
            "2026-01-02T03:04:05-03:30",
        ),
    ],
)
def test_times_are_iso_with_offset(moment: datetime | None, text: str | None) -> None:
    assert report.iso(moment) == text
