"""What somebody says of a call, full screen or their absence goes before what sensors report, and ends by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from story import LIBRARY, LONG, MIN, RESET, Life, notices, schedule, settled

from postured.core import engine, report, snapshot, wording
from postured.core.model import (
    Away,
    Close,
    Decide,
    Hold,
    Input,
    Outcome,
    Reload,
    Say,
    Sensed,
    Show,
    Silence,
    Stated,
    Suggest,
    Tick,
)


@pytest.mark.parametrize("hold", [Hold.CALL, Hold.FULLSCREEN])
def test_a_call_that_no_sensor_sees_keeps_notices_back_until_it_is_over(hold: Hold) -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(hold, True, 60 * MIN))
    assert notices(life.work_until(30 * MIN)) == []
    assert engine.holds(life.state) == {hold}
    life.feed(Stated(hold, False))
    assert notices(life.feed(Input())) == ["reset"]


def test_what_was_said_ends_by_itself() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.CALL, True, 30 * MIN))
    seen = life.work_until(39 * MIN)
    assert notices(seen) == ["reset"]
    assert life.state.shown_s - 5000 == pytest.approx(30 * MIN)
    assert life.state.stated == {}


def test_without_a_time_it_holds_for_an_hour() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.CALL, True))
    life.work_until(59 * MIN)
    assert engine.holds(life.state) == {Hold.CALL}
    life.work_until(61 * MIN)
    assert engine.holds(life.state) == frozenset()


def test_a_silent_listener_who_said_that_there_is_a_call_works() -> None:
    life = Life(schedule(LONG))
    life.feed(Stated(Hold.CALL, True, 60 * MIN))
    life.feed(Silence(5000.0), at=50 * MIN)
    assert life.level("long_break") == pytest.approx(50 * MIN)
    life.feed(Stated(Hold.CALL, False))
    life.feed(Tick(), at=53 * MIN)
    assert life.state.resting
    assert life.level("long_break") == pytest.approx(50 * MIN - 3 * MIN * 60 / 5)


def test_off_goes_before_a_sensor_that_is_stuck_until_it_reports_anew() -> None:
    life = Life(schedule(RESET))
    life.feed(Sensed(Hold.CALL, True))
    life.feed(Stated(Hold.CALL, False))
    assert engine.holds(life.state) == frozenset()
    life.feed(Sensed(Hold.CALL, True), at=1 * MIN)  # the same call still
    assert engine.holds(life.state) == frozenset()
    life.feed(Sensed(Hold.CALL, False), at=2 * MIN)
    life.feed(Sensed(Hold.CALL, True), at=3 * MIN)
    assert engine.holds(life.state) == {Hold.CALL}


def test_off_for_a_time_disbelieves_sensors_for_that_time() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.FULLSCREEN, False, 10 * MIN))
    life.feed(Sensed(Hold.FULLSCREEN, True), at=1 * MIN)
    assert engine.holds(life.state) == frozenset()
    life.work_until(11 * MIN)
    assert engine.holds(life.state) == {Hold.FULLSCREEN}


def test_a_word_that_nothing_speaks_against_leaves_no_trace() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.CALL, False))
    life.feed(Sensed(Hold.CALL, True), at=1 * MIN)
    assert engine.holds(life.state) == {Hold.CALL}


def test_who_says_that_they_are_away_rests_whatever_the_keys_say() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.feed(Stated(Hold.AWAY, True, 5 * MIN))
    life.feed(Input(), at=10 * MIN + 5)
    assert report.presence(life.state, 0.0) == "away"
    assert life.state.resting
    life.feed(Stated(Hold.AWAY, False), at=10 * MIN + 20)
    assert not life.state.resting
    assert life.level() == pytest.approx(10 * MIN - 20 * 20)


def test_absence_that_was_stated_ends_by_itself_and_work_goes_on() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.feed(Stated(Hold.AWAY, True, 5 * MIN))
    life.feed(Tick(), at=16 * MIN)
    assert not life.state.away
    assert not life.state.resting


def test_a_lock_that_is_stuck_can_be_spoken_against() -> None:
    life = Life(schedule(RESET))
    life.feed(Away("lock", True))
    life.feed(Stated(Hold.AWAY, False), at=1 * MIN)
    life.feed(Input())
    assert report.presence(life.state, 0.0) == "working"
    life.feed(Away("lock", False), at=2 * MIN)
    life.feed(Away("lock", True), at=3 * MIN)
    assert report.presence(life.state, 0.0) == "away"


def test_a_lock_and_a_word_are_both_taken_back_before_work_goes_on() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.AWAY, True, 60 * MIN))
    life.feed(Away("lock", True), at=1 * MIN)
    life.feed(Away("lock", False), at=2 * MIN)
    assert life.state.resting
    life.feed(Stated(Hold.AWAY, False), at=3 * MIN)
    assert not life.state.resting


def test_a_full_screen_that_nobody_just_watches_holds_notices_and_leaves_silence_alone() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.feed(Sensed(Hold.FULLSCREEN, True, video=False))
    life.feed(Silence(life.moment().s), at=12 * MIN)
    assert life.state.resting
    assert engine.holds(life.state) == {Hold.FULLSCREEN}


def test_silence_turns_into_work_when_something_begins_to_keep_the_screen_awake() -> None:
    life = Life(schedule(RESET))
    life.feed(Sensed(Hold.FULLSCREEN, True, video=False))
    life.feed(Sensed(Hold.FULLSCREEN, True, video=True), at=1 * MIN)
    life.feed(Silence(life.moment().s), at=5 * MIN)
    assert not life.state.resting


def test_what_was_said_survives_a_restart_as_long_as_it_would_have_stood() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.CALL, True, 30 * MIN))
    saved = snapshot.dump(life.state, clean=True)
    life.t = 10 * MIN
    life.state, _ = snapshot.restore(saved, schedule(RESET), LIBRARY, life.moment(), same_boot=True)
    assert engine.holds(life.state) == {Hold.CALL}
    life.feed(Tick(), at=31 * MIN)
    assert engine.holds(life.state) == frozenset()


def test_what_was_said_and_over_by_then_is_not_taken_up() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.AWAY, True, 5 * MIN))
    saved = snapshot.dump(life.state, clean=True)
    life.t = 10 * MIN
    life.state, _ = snapshot.restore(saved, schedule(RESET), LIBRARY, life.moment(), same_boot=True)
    assert life.state.stated == {}
    assert not life.state.away


def test_the_end_of_what_is_sensed_matters_only_to_who_waits_for_it() -> None:
    life = Life(schedule(RESET))
    assert not engine.waits_for_sensors(life.state)
    life.feed(Sensed(Hold.DND, True))
    assert not engine.waits_for_sensors(life.state)
    life.work_until(20 * MIN)
    assert engine.waits_for_sensors(life.state)
    life.feed(Sensed(Hold.DND, False))
    assert not engine.waits_for_sensors(life.state)
    life.feed(Sensed(Hold.CALL, True), at=21 * MIN)
    life.feed(Silence(life.moment().s - 120))
    assert engine.waits_for_sensors(life.state)


def test_a_notice_that_is_up_when_a_call_begins_is_taken_down_and_comes_again_afterwards() -> None:
    life = Life(schedule(RESET))
    life.work_until(20 * MIN)
    assert Close() in life.feed(Sensed(Hold.CALL, True), at=20 * MIN + 30)
    effects = life.feed(Sensed(Hold.CALL, False), at=22 * MIN) + life.feed(Input())
    assert [(e.notice.reminder, e.again) for e in effects if isinstance(e, Show)] == [("reset", True)]
    assert notices(life.work_until(29 * MIN)) == []
    assert notices(life.work_until(31 * MIN)) == ["reset"]  # ten minutes after the first, as without a call


def test_one_that_nobody_cared_for_in_time_does_not_come_again() -> None:
    life = Life(schedule(RESET))
    life.work_until(20 * MIN)
    life.feed(Sensed(Hold.CALL, True))
    assert settled(life.feed(Tick(), at=27 * MIN)) == [Outcome.IGNORED]
    life.feed(Sensed(Hold.CALL, False))
    assert notices(life.feed(Input())) == []


def test_what_was_asked_for_stays_up_in_a_call() -> None:
    life = Life(schedule(RESET))
    life.feed(Suggest(item="B01"))
    assert Close() not in life.feed(Sensed(Hold.CALL, True))


def test_a_hold_that_does_not_count_takes_nothing_down() -> None:
    life = Life(replace(schedule(RESET), hold=frozenset()))
    life.work_until(20 * MIN)
    assert Close() not in life.feed(Sensed(Hold.CALL, True))


def test_a_call_that_somebody_announced_for_five_hours_is_not_taken_for_a_stuck_sensor() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.CALL, True, 5 * 60 * MIN))
    seen = life.work_until(299 * MIN)
    assert notices(seen) == []
    assert not [e for e in seen if isinstance(e, Say)]


def test_a_sensor_that_is_stuck_does_not_make_work_of_a_night() -> None:
    life = Life(schedule(LONG))
    life.feed(Sensed(Hold.CALL, True))
    life.feed(Silence(life.moment().s), at=1)
    life.feed(Tick(), at=3 * 3600 + 59)
    assert not life.state.resting
    life.feed(Tick(), at=3 * 3600 + 61)
    assert life.state.resting
    assert life.state.rest_s - 5000 == 3 * 3600
    wake = engine.next_wake(life.state)
    assert wake.s is None


def test_a_hold_that_is_chosen_while_it_stands_takes_the_notice_down() -> None:
    life = Life(replace(schedule(RESET), hold=frozenset()))
    life.feed(Sensed(Hold.CALL, True))
    life.work_until(20 * MIN)
    assert Close() in life.feed(Reload(schedule=schedule(RESET)))


def test_why_tells_that_a_notice_was_taken_down_what_it_waits_for_and_that_it_came_again() -> None:
    life = Life(schedule(RESET))
    life.work_until(20 * MIN)
    effects = life.feed(Sensed(Hold.CALL, True))
    assert report.why_nothing(life.state) == "the notice that was up waits: you are in a call"
    effects += life.feed(Sensed(Hold.CALL, False), at=21 * MIN)
    assert (
        report.why_nothing(life.state) == "the notice that was up waits for your next key or mouse movement"
    )
    effects += life.feed(Input())
    assert report.why_nothing(life.state) == "a notice is up"
    assert [wording.decision(e) for e in effects if isinstance(e, Decide)] == [
        "reset was taken down again, held: call",
        "reset was shown again: B01",
    ]


def test_who_said_that_they_are_away_is_told_so() -> None:
    life = Life(schedule(RESET))
    life.feed(Stated(Hold.AWAY, True))
    assert "presence away off" in report.why_nothing(life.state)
