"""The tank rule's ten points on stories computed by hand. Times in the comments are hours:minutes:seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest
from story import (
    BERLIN,
    LIBRARY,
    LONG,
    MIN,
    MONDAY,
    RESET,
    Life,
    notices,
    outcomes,
    replay,
    schedule,
    settled,
    shown,
)

from postured.core import engine
from postured.core.model import (
    NEVER,
    Action,
    Away,
    Close,
    Counts,
    Decide,
    Hold,
    Hours,
    Input,
    Kind,
    Miss,
    Natural,
    Outcome,
    Pause,
    Pressed,
    Reload,
    Reminder,
    Resume,
    Say,
    Schedule,
    Sensed,
    Settle,
    Show,
    Silence,
    Slept,
    Spent,
    Suggest,
    Tick,
)

# ── 1: the level ──────────────────────────────────────────────────────────────────────────────────


def test_work_fills_the_tank_and_the_notice_comes_on_the_second() -> None:
    assert shown(replay(schedule(RESET), ("work", 20 * MIN + 1))) == [("09:20:00", "reset")]


def test_a_silence_shorter_than_idle_after_is_work() -> None:
    report = replay(schedule(RESET), ("work", 19 * MIN), ("silence", 59), ("work", 2 * MIN))
    assert shown(report) == [("09:20:00", "reset")]
    assert report.work_s == 19 * MIN + 59 + 2 * MIN


def test_a_silence_of_idle_after_is_rest_from_its_first_second() -> None:
    # 10 min of work, 60 s silence: 600 - 60 * 20 = 0, so 20 min from 09:11:00.
    report = replay(schedule(RESET), ("work", 10 * MIN), ("silence", 60), ("work", 21 * MIN))
    assert shown(report) == [("09:31:00", "reset")]
    assert (report.work_s, report.rest_s) == (31 * MIN, 60)


def test_half_a_pause_drains_half_of_the_tank() -> None:
    # Long break: 40 min of work is 2400; 2 min of lock drain 2 * 60 * 12 = 1440; 960 left; 2640 to go from 09:42.
    report = replay(schedule(LONG), ("work", 40 * MIN), ("rest", 2 * MIN), ("work", 50 * MIN))
    assert shown(report) == [("10:26:00", "long_break")]


def test_the_tank_overflows_at_half_as_much_again() -> None:
    life = Life(schedule(RESET))
    life.work_until(60 * MIN)
    assert life.level() == 1800


def test_pause_never_starts_anew_when_shown_and_rest_drains_nothing() -> None:
    release = Reminder("release", (Kind.MASSAGE,), after_s=30 * MIN, pause_s=NEVER)
    report = replay(schedule(release), ("work", 20 * MIN), ("rest", 60 * MIN), ("work", 45 * MIN))
    assert shown(report) == [("10:30:00", "release"), ("11:00:00", "release")]


# ── 2: due, and due again ─────────────────────────────────────────────────────────────────────────


def test_an_ignored_reminder_repeats_after_further_work() -> None:
    report = replay(schedule(RESET), ("work", 45 * MIN))
    assert shown(report) == [("09:20:00", "reset"), ("09:30:00", "reset"), ("09:40:00", "reset")]
    assert outcomes(report) == ["ignored", "ignored", None]


def test_repeat_never_means_once_until_rest() -> None:
    once = replace(RESET, repeat_s=NEVER)
    report = replay(schedule(once), ("work", 60 * MIN), ("rest", 2 * MIN), ("work", 21 * MIN))
    assert shown(report) == [("09:20:00", "reset"), ("10:22:00", "reset")]


def test_rest_that_leaves_the_tank_full_does_not_arm_it_anew() -> None:
    # 1800 at 10:00 (overflow); 20 s locked drain 400: 1400 is still full, so only the repeat counts.
    report = replay(schedule(RESET), ("work", 59 * MIN), ("rest", 20), ("work", 12 * MIN))
    assert shown(report)[-3:] == [("09:50:00", "reset"), ("10:00:20", "reset"), ("10:10:20", "reset")]


def test_rest_that_leaves_it_below_arms_it_anew() -> None:
    # 09:25: 1500; 30 s locked drain 600: 900; armed; due again after 300 s.
    report = replay(schedule(RESET), ("work", 25 * MIN), ("rest", 30), ("work", 6 * MIN))
    assert shown(report) == [("09:20:00", "reset"), ("09:30:30", "reset")]


# ── 3: hands on ───────────────────────────────────────────────────────────────────────────────────


def test_a_notice_waits_for_the_next_input_when_the_last_is_ten_seconds_old() -> None:
    report = replay(schedule(RESET), ("work", 20 * MIN - 15), ("silence", 40), ("work", MIN))
    assert shown(report) == [("09:20:25", "reset")]


def test_nine_seconds_of_silence_are_near_enough() -> None:
    report = replay(schedule(RESET), ("work", 20 * MIN - 9), ("silence", 40), ("work", MIN))
    assert shown(report) == [("09:20:00", "reset")]


def test_a_silence_that_turns_out_to_be_rest_makes_it_no_longer_due() -> None:
    report = replay(schedule(RESET), ("work", 20 * MIN - 15), ("silence", 2 * MIN), ("work", MIN))
    assert shown(report) == []
    assert report.natural == {"reset": 1}


# ── 4: one at a time ──────────────────────────────────────────────────────────────────────────────


def test_the_longest_pause_is_shown_and_answers_for_the_others() -> None:
    report = replay(schedule(RESET, LONG), ("work", 71 * MIN))
    assert shown(report)[-2:] == [("10:00:00", "long_break"), ("10:10:00", "reset")]


def test_it_answers_for_a_reminder_whose_tank_is_nearly_full() -> None:
    # At 60 min a 61-min tank lacks 60 s, less than the spacing of 120 s: it counts as shown, next after its repeat.
    near = Reminder("near", (Kind.BREAK,), after_s=61 * MIN, pause_s=60, repeat_s=20 * MIN)
    report = replay(schedule(near, replace(LONG, repeat_s=NEVER)), ("work", 85 * MIN))
    assert shown(report) == [("10:00:00", "long_break"), ("10:20:00", "near")]


def test_it_does_not_answer_for_one_with_a_longer_pause() -> None:
    longer = replace(LONG, after_s=20 * MIN + 30, pause_s=300)
    report = replay(schedule(RESET, longer), ("work", 23 * MIN))
    assert shown(report) == [("09:20:00", "reset"), ("09:22:00", "long_break")]


def test_the_next_notice_comes_spacing_after_the_last() -> None:
    other = replace(RESET, name="other", after_s=1201 + 120, pause_s=61)
    report = replay(schedule(RESET, other, spacing_s=600), ("work", 40 * MIN))
    assert [at for at, _ in shown(report)] == ["09:20:00", "09:30:00", "09:40:00"][: len(shown(report))]
    assert shown(report)[1] == ("09:30:00", "other")


# ── 5: holds ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", ["call", "video", "dnd"])
def test_a_hold_keeps_notices_back_and_one_comes_when_it_lifts(state: str) -> None:
    report = replay(schedule(RESET, LONG), ("work", 10 * MIN), (state, 80 * MIN), ("work", MIN))
    assert shown(report) == [("10:30:00", "long_break")]


def test_a_hold_the_person_did_not_choose_holds_nothing() -> None:
    plan = schedule(RESET, hold=frozenset({Hold.FULLSCREEN}))
    report = replay(plan, ("dnd", 21 * MIN))
    assert shown(report) == [("09:20:00", "reset")]


def test_outside_the_hours_nothing_is_shown_and_nothing_is_lost() -> None:
    plan = schedule(RESET, hours=(Hours(frozenset(range(5)), 10 * 60, 18 * 60),))
    assert shown(replay(plan, ("work", 65 * MIN))) == [("10:00:00", "reset")]


def test_hours_may_run_over_midnight() -> None:
    plan = schedule(RESET, hours=(Hours(frozenset({0}), 22 * 60, 2 * 60),))
    start = datetime(2026, 11, 24, 1, 0, tzinfo=BERLIN)  # Monday's night
    assert shown(replay(plan, ("work", 25 * MIN), start=start)) == [("01:20:00", "reset")]
    assert shown(replay(plan, ("work", 25 * MIN), start=start.replace(hour=2))) == []


def test_a_pause_holds_everything_until_its_end() -> None:
    life = Life(schedule(RESET))
    life.feed(Pause(for_s=30 * MIN))
    assert engine.holds(life.state) == {Hold.PAUSED}
    assert notices(life.work_until(29 * MIN)) == []
    assert notices(life.work_until(31 * MIN)) == ["reset"]


def test_a_pause_until_a_time_of_day_ends_then() -> None:
    life = Life(schedule(RESET))
    life.feed(Pause(until_unix_s=MONDAY.timestamp() + 25 * MIN))
    assert notices(life.work_until(24 * MIN)) == []
    assert notices(life.work_until(26 * MIN)) == ["reset"]


def test_a_pause_without_an_end_lasts_until_resumed() -> None:
    life = Life(schedule(RESET))
    life.feed(Pause())
    assert notices(life.work_until(100 * MIN)) == []
    life.feed(Resume())
    assert notices(life.work_until(100 * MIN + 1)) == ["reset"]


def test_a_pause_puts_the_notice_off_as_later_would() -> None:
    life = at_notice()
    assert settled(life.feed(Pause(for_s=10 * MIN))) == [Outcome.LATER]
    assert life.state.notice is None
    assert notices(life.work_until(31 * MIN)) == ["reset"]


def test_several_holds_stand_at_once_and_all_must_lift() -> None:
    life = Life(schedule(RESET))
    life.feed(Sensed(Hold.DND, True))
    life.feed(Pause(for_s=40 * MIN))
    assert engine.holds(life.state) == {Hold.DND, Hold.PAUSED}
    life.feed(Sensed(Hold.DND, False), at=25 * MIN)
    assert notices(life.work_until(39 * MIN)) == []
    assert notices(life.work_until(41 * MIN)) == ["reset"]


def test_a_stuck_sensed_hold_is_named_once_and_then_ignored() -> None:
    life = Life(schedule(RESET))
    life.feed(Sensed(Hold.DND, True))
    before = life.work_until(3 * 60 * MIN - 1)
    after = life.work_until(3 * 60 * MIN + 30)
    assert notices(before) == []
    assert [e for e in after if isinstance(e, Say)] == [Say("stuck", "dnd")]
    assert notices(after) == ["reset"]
    later = life.work_until(4 * 60 * MIN)
    assert not [e for e in later if isinstance(e, Say)]


def test_a_hold_that_ended_and_came_back_holds_again() -> None:
    life = Life(schedule(RESET))
    life.feed(Sensed(Hold.DND, True))
    life.work_until(3 * 60 * MIN + 30)
    life.feed(Sensed(Hold.DND, False))
    life.feed(Sensed(Hold.DND, True))
    assert engine.holds(life.state) == {Hold.DND}


# ── 6: calls, locks, suspend, clock steps ─────────────────────────────────────────────────────────


def test_in_a_call_silence_is_work() -> None:
    report = replay(schedule(RESET), ("work", 5 * MIN), ("call", 10 * MIN), ("work", 6 * MIN))
    assert report.work_s == 21 * MIN
    assert shown(report) == [("09:20:00", "reset")]


def test_unless_the_schedule_does_not_count_calls() -> None:
    plan = schedule(RESET, counts=frozenset({Counts.INPUT}))
    report = replay(plan, ("work", 5 * MIN), ("call", 10 * MIN), ("work", 6 * MIN))
    assert (report.work_s, report.rest_s) == (11 * MIN, 10 * MIN)


def test_silence_is_counted_from_the_end_of_the_call() -> None:
    report = replay(schedule(RESET), ("call", 10 * MIN), ("silence", 5 * MIN), ("work", MIN))
    assert (report.work_s, report.rest_s) == (11 * MIN, 5 * MIN)


def test_a_lock_is_rest_however_short() -> None:
    report = replay(schedule(RESET), ("work", 10 * MIN), ("rest", 15), ("work", 16 * MIN))
    assert report.rest_s == 15
    assert shown(report) == [("09:25:15", "reset")]


def test_a_lock_in_the_middle_of_a_silence_makes_all_of_it_rest() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.feed(Away("lock", True), at=10 * MIN + 40)
    life.feed(Silence(5000.0 + 10 * MIN), at=11 * MIN)
    assert life.level() == 0
    assert life.state.work_s == 10 * MIN
    effects = life.feed(Tick(), at=12 * MIN) + life.feed(Away("lock", False)) + life.feed(Input())
    assert [(e.work, e.end_unix_s - e.start_unix_s) for e in effects if isinstance(e, Spent)] == [
        (True, 10 * MIN),
        (False, 2 * MIN),
    ]


def test_what_ran_over_the_brim_before_that_is_not_taken_back_from_the_tank() -> None:
    life = Life(schedule(replace(LONG, pause_s=3600.0)))
    life.work_until(100 * MIN)
    life.feed(Away("lock", True), at=100 * MIN + 40)
    life.feed(Silence(5000.0 + 100 * MIN), at=101 * MIN)
    assert life.level("long_break") == 90 * MIN - 60


def test_typing_a_password_is_no_work() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.feed(Away("lock", True))
    life.feed(Input(), at=11 * MIN)
    assert life.state.resting
    life.feed(Away("lock", False), at=12 * MIN)
    assert not life.state.resting


def test_the_time_asleep_is_rest_and_nobody_is_there_until_an_input() -> None:
    life = Life(schedule(RESET))
    life.work_until(19 * MIN)
    life.feed(Slept(8 * 3600.0), at=19 * MIN + 8 * 3600.0)
    assert life.state.resting
    assert life.state.wants_hands
    assert life.level() == 0
    life.feed(Input(), at=life.t + 60)
    assert not life.state.resting


def test_what_was_worked_before_a_short_suspend_still_counts() -> None:
    life = Life(schedule(RESET))
    life.work_until(19 * MIN)
    life.feed(Slept(30.0), at=19 * MIN + 30)
    assert life.level() == 19 * MIN - 30 * 20


def test_a_notice_before_a_suspend_is_taken_and_counted_at_the_first_input() -> None:
    life = at_notice()
    asleep = life.feed(Slept(8 * 3600.0), at=20 * MIN + 30 + 8 * 3600.0)
    assert settled(asleep) == [Outcome.TAKEN]
    assert Say("counted") not in asleep
    assert Say("counted") not in life.feed(
        Input(), at=life.t + 5
    )  # after eight hours nobody wants to hear of it


def test_after_a_short_suspend_the_break_is_counted_when_somebody_is_there() -> None:
    life = at_notice()
    life.feed(Slept(600.0), at=20 * MIN + 630)
    assert Say("counted") in life.feed(Input(), at=life.t + 5)


def test_a_reminder_slept_through_is_missed_because_nobody_was_there() -> None:
    life = Life(schedule(STRENGTH))
    life.work_until(3600.0)
    effects = life.feed(Slept(6 * 3600.0), at=7 * 3600.0)
    assert [e.reason for e in effects if isinstance(e, Miss)] == ["nobody there"]


def test_a_step_of_the_clock_changes_no_tank() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.step_s = 7 * 3600.0
    assert notices(life.work_until(19 * MIN + 59)) == []
    assert notices(life.work_until(20 * MIN)) == ["reset"]


# ── 7: wall-clock reminders ───────────────────────────────────────────────────────────────────────

STRENGTH = Reminder(
    "strength", (Kind.STRENGTH,), at=time(11, 0), days=frozenset(range(5)), within_s=4 * 3600.0
)


def test_a_clock_that_was_ahead_at_the_start_costs_no_reminder_of_today() -> None:
    """As where the battery of a computer's clock is empty, and the network puts it right after login."""
    life = Life(schedule(STRENGTH))
    life.step_s = 7 * 3600.0  # four in the afternoon: eleven is over, and so is the time to make up for it
    life.state = engine.begin(schedule(STRENGTH), LIBRARY, life.moment())
    life.step_s = 0.0
    seen = life.work_until(2 * 3600 + 60)
    assert notices(seen) == ["strength"]
    life.step_s = -2 * 3600.0  # and once it was shown, no step of the clock brings it back that day
    assert notices(life.work_until(5 * 3600)) == []


def test_it_is_due_at_the_local_time_exactly_once_a_day() -> None:
    report = replay(schedule(STRENGTH), ("work", 30 * 3600.0))
    assert [f"{n.at:%a %H:%M}" for n in report.notices] == ["Mon 11:00", "Tue 11:00"]


def test_other_days_are_left_alone() -> None:
    saturday = datetime(2026, 11, 28, 9, 0, tzinfo=BERLIN)
    report = replay(schedule(STRENGTH), ("work", 24 * 3600.0), start=saturday)
    assert (shown(report), report.missed) == ([], {})


def test_if_nobody_is_there_it_comes_at_the_first_chance() -> None:
    report = replay(schedule(STRENGTH), ("work", 3600.0), ("rest", 3 * 3600.0), ("work", 3600.0))
    assert shown(report) == [("13:00:00", "strength")]


def test_after_within_it_is_missed() -> None:
    report = replay(schedule(STRENGTH), ("work", 3600.0), ("rest", 6 * 3600.0), ("work", 3600.0))
    assert (shown(report), report.missed) == ([], {"strength": 1})


def test_a_hold_makes_it_wait_too() -> None:
    report = replay(schedule(STRENGTH), ("work", 3600.0), ("dnd", 2 * 3600.0), ("work", 3600.0))
    assert shown(report) == [("12:00:00", "strength")]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-03-28", "2026-10-26"])
def test_daylight_saving_neither_loses_nor_doubles_it(day: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    at = Reminder("early", (Kind.BREAK,), at=time(2, 30))
    report = replay(schedule(at), ("work", 23 * 3600.0), start=start)
    assert len(report.notices) == 1
    assert f"{report.notices[0].at:%H:%M}" in ("02:30", "03:30")


def test_a_fresh_start_owes_nothing_for_a_time_that_is_over() -> None:
    evening = MONDAY.replace(hour=18)
    report = replay(schedule(STRENGTH), ("work", 3600.0), start=evening)
    assert (shown(report), report.missed) == ([], {})


def test_setting_the_clock_back_does_not_show_it_twice() -> None:
    life = Life(schedule(STRENGTH))
    assert notices(life.work_until(2 * 3600.0)) == ["strength"]
    life.step_s = -3600.0
    assert notices(life.work_until(4 * 3600.0)) == []


def test_setting_the_clock_forward_shows_what_is_due_then() -> None:
    life = Life(schedule(STRENGTH))
    life.step_s = 2 * 3600.0
    assert notices(life.feed(Tick()) + life.feed(Input())) == ["strength"]


# ── 8: at most ────────────────────────────────────────────────────────────────────────────────────


def test_at_most_caps_a_reminder_until_the_day_turns_at_four() -> None:
    capped = replace(RESET, at_most=2)
    report = replay(schedule(capped), ("work", 20 * 3600.0))
    assert [f"{n.at:%a %H:%M}" for n in report.notices] == [
        "Mon 09:20",
        "Mon 09:30",
        "Tue 04:00",
        "Tue 04:10",
    ]


# ── 9: taken, and natural ─────────────────────────────────────────────────────────────────────────


def test_rest_of_the_items_length_within_five_minutes_is_taken() -> None:
    report = replay(schedule(RESET), ("work", 25 * MIN), ("rest", 30), ("work", MIN))
    assert outcomes(report) == ["taken"]


def test_a_shorter_rest_is_not() -> None:
    report = replay(schedule(RESET), ("work", 22 * MIN), ("rest", 29), ("work", 7 * MIN))
    assert outcomes(report)[0] == "ignored"


def test_a_rest_that_begins_later_is_not() -> None:
    report = replay(schedule(RESET), ("work", 25 * MIN + 1), ("rest", 5 * MIN), ("work", 5 * MIN))
    assert outcomes(report) == ["ignored"]


def test_the_rest_may_have_begun_with_the_last_input_before_the_notice() -> None:
    report = replay(schedule(RESET), ("work", 20 * MIN - 5), ("silence", 2 * MIN), ("work", MIN))
    assert shown(report) == [("09:20:00", "reset")]
    assert outcomes(report) == ["taken"]


def test_when_the_rest_is_seen_the_notice_closes_and_the_break_is_counted() -> None:
    life = Life(schedule(RESET))
    life.work_until(20 * MIN + 10)
    seen = life.feed(Silence(5000.0 + 20 * MIN + 10), at=21 * MIN + 10)
    assert settled(seen) == [Outcome.TAKEN]
    assert seen[-2:] == [Close(), Say("counted")]
    back = life.feed(Input(), at=25 * MIN)
    assert [e.seconds for e in back if isinstance(e, Settle)] == [25 * MIN - (20 * MIN + 10)]
    assert Say("counted") not in back


def test_behind_a_locked_screen_it_is_counted_at_the_return() -> None:
    life = Life(schedule(RESET))
    life.work_until(20 * MIN + 10)
    life.feed(Away("lock", True))
    assert Say("counted") not in life.feed(Tick(), at=22 * MIN)
    life.feed(Away("lock", False), at=25 * MIN)
    assert Say("counted") in life.feed(Input(), at=25 * MIN + 1)


def test_a_rest_that_empties_a_tank_unasked_is_a_natural_break() -> None:
    life = Life(schedule(RESET, LONG))
    life.work_until(10 * MIN)
    life.feed(Away("lock", True))
    effects = life.feed(Away("lock", False), at=10 * MIN + 90)
    natural = [e for e in effects if isinstance(e, Natural)]
    assert [(e.reminder, e.unix_s - MONDAY.timestamp(), e.seconds) for e in natural] == [
        ("reset", 10 * MIN + 30, 90),
        ("long_break", 10 * MIN + 50, 90),
    ]


def test_after_a_notice_it_is_not_natural() -> None:
    report = replay(
        schedule(RESET), ("work", 21 * MIN), ("rest", 5 * MIN), ("work", 5 * MIN), ("rest", 5 * MIN)
    )
    assert report.natural == {"reset": 1}


# ── 10: the buttons ───────────────────────────────────────────────────────────────────────────────


def at_notice(plan: Schedule | None = None) -> Life:
    life = Life(plan or schedule(RESET))
    life.work_until(20 * MIN)
    assert life.state.notice is not None
    return life


def test_done_empties_the_tank_as_a_full_pause_would() -> None:
    life = at_notice(schedule(RESET, LONG))
    effects = life.feed(Pressed(Action.DONE))
    assert settled(effects) == [Outcome.DONE]
    assert Close() in effects
    assert life.level() == 0
    assert life.level("long_break") == 20 * MIN - 60 * 12
    assert notices(life.work_until(40 * MIN)) == ["reset"]


def test_skip_leaves_the_tank_and_repeats() -> None:
    life = at_notice()
    assert settled(life.feed(Pressed(Action.SKIP))) == [Outcome.SKIPPED]
    assert life.level() == 20 * MIN
    assert notices(life.work_until(29 * MIN)) == []
    assert notices(life.work_until(31 * MIN)) == ["reset"]


def test_later_brings_it_back_after_snooze_of_work_twice_at_most() -> None:
    life = at_notice()
    for turn in (1, 2):
        assert settled(life.feed(Pressed(Action.LATER))) == [Outcome.LATER]
        assert notices(life.work_until(20 * MIN + turn * 300 - 1)) == []
        assert notices(life.work_until(20 * MIN + turn * 300)) == ["reset"]
    assert life.state.notice is not None
    assert not engine.can_wait(life.state.notice)
    assert life.feed(Pressed(Action.LATER)) == []


def test_later_counts_work_not_time() -> None:
    life = at_notice(schedule(replace(RESET, pause_s=3000.0)))
    life.feed(Pressed(Action.LATER))
    life.work_until(22 * MIN)
    life.feed(Away("lock", True))
    life.feed(Away("lock", False), at=23 * MIN)
    assert notices(life.work_until(25 * MIN)) == []
    assert notices(life.work_until(26 * MIN)) == ["reset"]


def test_later_does_not_count_against_at_most() -> None:
    life = at_notice(schedule(replace(RESET, at_most=1)))
    life.feed(Pressed(Action.LATER))
    assert notices(life.work_until(25 * MIN)) == ["reset"]


def test_later_works_for_reminders_without_a_level_to_wait_for() -> None:
    life = Life(schedule(STRENGTH))
    life.work_until(2 * 3600.0)
    life.feed(Pressed(Action.LATER))
    assert notices(life.work_until(2 * 3600.0 + 301)) == ["strength"]


def test_show_me_settles_nothing() -> None:
    life = at_notice()
    assert life.feed(Pressed(Action.SHOW)) == []
    assert life.state.notice is not None


def test_a_press_without_a_notice_means_nothing() -> None:
    life = Life(schedule(RESET))
    assert life.feed(Pressed(Action.DONE)) == []


# ── asking, reloading, telling ────────────────────────────────────────────────────────────────────


def test_now_shows_a_suggestion_at_once_even_while_held() -> None:
    life = Life(schedule(RESET))
    life.feed(Pause())
    effects = life.feed(Suggest(kinds=(Kind.MASSAGE,)))
    assert [e.notice.item for e in effects if isinstance(e, Show)] == ["M01"]


def test_a_new_notice_settles_the_one_before_it() -> None:
    life = at_notice()
    effects = life.feed(Suggest(item="B01"))
    assert settled(effects) == [Outcome.IGNORED]
    assert notices(effects) == [None]


def test_a_new_schedule_keeps_the_levels_of_reminders_that_stay() -> None:
    life = Life(schedule(RESET, LONG))
    life.work_until(10 * MIN)
    life.feed(Reload(schedule=schedule(LONG, replace(RESET, after_s=900.0))))
    assert (life.level("reset"), life.level("long_break")) == (600, 600)
    assert notices(life.work_until(15 * MIN)) == ["reset"]


def test_a_reminder_that_becomes_a_time_of_day_owes_nothing_for_today() -> None:
    life = Life(schedule(replace(RESET, name="strength")))
    life.work_until(10 * MIN)
    earlier = replace(STRENGTH, at=time(7, 0), within_s=60.0)
    assert not [e for e in life.feed(Reload(schedule=schedule(earlier))) if isinstance(e, Miss)]


def test_a_new_reminder_starts_empty() -> None:
    life = Life(schedule(RESET))
    life.work_until(10 * MIN)
    life.feed(Reload(schedule=schedule(RESET, LONG)))
    assert life.level("long_break") == 0


def test_decisions_are_told_when_they_change() -> None:
    life = Life(schedule(RESET))
    life.feed(Sensed(Hold.CALL, True))
    told = [e for e in life.work_until(30 * MIN) if isinstance(e, Decide)]
    assert told == [Decide("reset", "held", "call")]


def test_a_knot_reminder_rests_while_there_is_no_knot() -> None:
    release = Reminder("release", (Kind.MASSAGE,), after_s=600.0, pause_s=NEVER, when_knot=True)
    warmth = Reminder("warmth", (Kind.THERMAL,), at=time(9, 30), when_knot=True)
    report = replay(schedule(release, warmth), ("work", 5 * 3600.0))
    assert (shown(report), report.missed) == ([], {})


def test_nothing_is_chosen_while_the_library_is_not_read_and_nothing_is_lost() -> None:
    life = Life(schedule(RESET))
    life.feed(Reload(library=()))
    assert notices(life.work_until(21 * MIN)) == []
    assert notices(life.feed(Reload(library=LIBRARY)) + life.feed(Tick()) + life.feed(Input())) == ["reset"]


def test_a_step_leaves_the_state_it_was_given_as_it_was() -> None:
    life = at_notice()
    before = life.state.copy()
    engine.step(life.state, Pressed(Action.DONE), life.moment())
    engine.step(life.state, Away("lock", True), life.moment())
    assert life.state == before
