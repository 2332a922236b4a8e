"""What is forgotten over the end of the program: nothing when it says goodbye, a minute when it is killed."""

from __future__ import annotations

import copy
import itertools
import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import BERLIN, LIBRARY, LONG, MONDAY, RESET, followed, schedule

from postured.core import engine, snapshot
from postured.core.model import (
    NEVER,
    Action,
    Away,
    Care,
    Cause,
    Course,
    Effect,
    Event,
    Input,
    Kind,
    Knot,
    KnotLog,
    Knotted,
    Logged,
    Miss,
    Moment,
    Natural,
    Pause,
    Pressed,
    Reminder,
    Schedule,
    Settle,
    Show,
    Silence,
    Spent,
    Suggest,
    Tick,
    Told,
)

MASSAGE = Reminder("release", (Kind.MASSAGE,), after_s=5400, pause_s=NEVER, at_most=2)
PLAN = schedule(RESET, LONG, MASSAGE)
START = MONDAY.timestamp()


def moment(t: float, *, boot_s: float = 5000.0, set_by_s: float = 0.0) -> Moment:
    """`t` seconds after nine; another boot has another `boot_s`, and a clock that was set differs by `set_by_s`."""
    return Moment(boot_s + t, START + t + set_by_s, BERLIN)


class Life:
    """One run of the engine, told in seconds after nine."""

    def __init__(self, state: engine.State) -> None:
        self.state = state

    @classmethod
    def begin(cls, plan: Schedule = PLAN) -> Life:
        return cls(engine.begin(plan, LIBRARY, moment(0.0)))

    def feed(self, event: Event, at: float) -> list[Effect]:
        self.state, effects = engine.step(self.state, event, moment(at))
        return effects

    def work_until(self, at: float) -> Life:
        while (wake := engine.next_wake(self.state).s) is not None and wake - 5000.0 <= at:
            self.feed(Tick(), wake - 5000.0)
            if self.state.wants_hands:
                self.feed(Input(), wake - 5000.0)
        self.feed(Input(), at)
        return self

    def saved(self, *, clean: bool = True) -> dict[str, Any]:
        """What the next run reads: through JSON, as on the disk."""
        found: dict[str, Any] = json.loads(json.dumps(snapshot.dump(self.state, clean=clean)))
        return found


def restore(
    saved: dict[str, Any], at: float, plan: Schedule = PLAN, *, same_boot: bool = True, **now: float
) -> tuple[engine.State, list[Effect]]:
    return snapshot.restore(saved, plan, LIBRARY, moment(at, **now), same_boot=same_boot)


def levels(state: engine.State) -> dict[str, float]:
    return {
        r.name: round(engine.level(state, i, state.now.s), 3) for i, r in enumerate(state.schedule.reminders)
    }


def due(state: engine.State) -> dict[str, float | None]:
    found = {r.name: engine.due_in(state, i) for i, r in enumerate(state.schedule.reminders)}
    return {name: None if wait is None else round(wait, 3) for name, wait in found.items()}


# ── nothing is lost ───────────────────────────────────────────────────────────────────────────────


@st.composite
def stories(draw: st.DrawFn) -> Life:
    """A life of up to a few hours: work, silence, absence, answers and pauses in any order."""
    life, t = Life.begin(), 0.0
    for _ in range(draw(st.integers(0, 6))):
        t += draw(st.floats(1.0, 4000.0))
        what = draw(st.sampled_from(["work", "silence", "away", "back", "done", "later", "pause", "until"]))
        if what == "work":
            life.work_until(t)
        elif what == "silence":
            life.feed(Silence(5000.0 + t - draw(st.floats(0.0, 900.0))), t)
        elif what in ("away", "back"):
            life.feed(Away("locked", what == "away"), t)
        elif what in ("done", "later"):
            life.feed(Pressed(Action(what)), t)
        elif what == "pause":
            life.feed(Pause(for_s=draw(st.floats(1.0, 9000.0))), t)
        else:
            life.feed(Pause(until_unix_s=START + t + draw(st.floats(1.0, 9000.0))), t)
    return life


@given(stories(), st.booleans())
def test_a_restart_that_takes_no_time_changes_nothing(life: Life, same_boot: bool) -> None:
    before = life.state
    at = before.now.s - 5000.0
    after, effects = restore(life.saved(), at, same_boot=same_boot)
    assert levels(after) == pytest.approx(levels(before), abs=0.01)
    if not before.resting:  # else the rest ends here, and may arm a reminder or be told as a natural break
        assert due(after) == pytest.approx(due(before), abs=0.01)
        assert [replace(m, from_work_s=0.0) for m in after.marks] == [
            replace(m, from_work_s=0.0) for m in before.marks
        ]
        assert not [e for e in effects if isinstance(e, Natural)]
    assert after.shown_s == pytest.approx(before.shown_s, abs=0.01)
    assert (after.told, after.knot, after.serial) == (before.told, before.knot, before.serial)
    assert (after.notice is None) == (before.notice is None)
    if after.notice is not None and before.notice is not None:
        assert (after.notice.id, after.notice.laters) == (before.notice.id, before.notice.laters)
        assert after.notice.shown_s == pytest.approx(before.notice.shown_s, abs=0.01)
    assert (after.pause is None) == (before.pause is None)
    assert after.pause_end_s == pytest.approx(before.pause_end_s, abs=0.01) or after.pause is None
    assert not [e for e in effects if isinstance(e, Miss | Show)]


@given(stories(), st.booleans())
def test_a_snapshot_is_plain_json(life: Life, clean: bool) -> None:
    text = json.dumps(snapshot.dump(life.state, clean=clean), allow_nan=False)
    assert json.loads(text)["clean"] is clean


def test_a_notice_that_was_up_is_put_up_once_more_and_is_no_new_one() -> None:
    life = Life.begin().work_until(1201)
    up = life.state.notice
    assert up is not None
    state, effects = restore(life.saved(), 1205)
    assert not [e for e in effects if isinstance(e, Show)], "the person may not be there"
    shows: list[tuple[str, bool]] = []
    for event, at in ((Input(), 1206), (Tick(), 1322), (Input(), 1323), (Tick(), 1400), (Input(), 1401)):
        state, effects = engine.step(state, event, moment(at))
        shows += [(e.notice.id, e.again) for e in effects if isinstance(e, Show)]
    assert shows == [(up.id, True)]


@given(stories(), st.floats(0.0, 4000.0))
def test_a_snapshot_made_later_is_the_one_of_later_while_only_work_goes_on(
    life: Life, ahead_s: float
) -> None:
    at = life.state.now.s - 5000.0
    life.work_until(at + 1.0)
    saved, what = life.saved(clean=False), snapshot.gist(life.state)
    life.work_until(at + 1.0 + ahead_s)
    if life.state.resting or snapshot.gist(life.state) != what:  # locked, or a notice came up meanwhile
        return
    aged = snapshot.later(saved, ahead_s)
    assert {
        n: aged[n] for n in ("clean", "followed", "told", "course", "tightened", "serial", "resting_for_s")
    } == {
        n: saved[n] for n in ("clean", "followed", "told", "course", "tightened", "serial", "resting_for_s")
    }
    for stopped_s, boot in itertools.product((0.0, 200.0), (True, False)):
        (one, owed), (other, also) = (
            restore(each, at + 1.0 + ahead_s + stopped_s, same_boot=boot)
            for each in (aged, life.saved(clean=False))
        )
        assert levels(one) == pytest.approx(levels(other), abs=0.01)
        assert due(one) == pytest.approx(due(other), abs=0.01)
        assert one.shown_s == pytest.approx(other.shown_s, abs=0.01)
        assert one.pause_end_s == pytest.approx(other.pause_end_s, abs=0.01) or one.pause is None
        assert [type(e) for e in owed] == [type(e) for e in also]


@pytest.mark.parametrize(
    "event", [Silence(5000.0), Away("locked", True), Pause(for_s=60.0), Suggest((Kind.BREAK,))], ids=repr
)
def test_whatever_a_snapshot_holds_beside_the_time_changes_its_gist(event: Event) -> None:
    life = Life.begin().work_until(600)
    before = snapshot.gist(life.state)
    life.feed(Tick(), 700)
    assert snapshot.gist(life.state) == before
    life.feed(event, 700)
    assert snapshot.gist(life.state) != before


# ── the time stopped is rest ──────────────────────────────────────────────────────────────────────


def test_the_time_stopped_is_rest() -> None:
    # 1000 s of work; reset drains 1200/60 = 20 a second, long_break 3600/300 = 12, release nothing.
    state, _ = restore(Life.begin().work_until(1000).saved(), 1025)
    assert levels(state) == {"reset": 500.0, "long_break": 700.0, "release": 1000.0}


def test_a_stop_that_empties_a_tank_is_a_natural_break() -> None:
    _, effects = restore(Life.begin().work_until(1000).saved(), 1051)
    assert [(e.reminder, e.unix_s - START) for e in effects if isinstance(e, Natural)] == [("reset", 1050.0)]


def test_the_rest_goes_on_while_the_program_is_stopped() -> None:
    life = Life.begin().work_until(1000)
    life.feed(Silence(5000.0 + 1000.0), 1060)
    state, effects = restore(life.saved(), 1100)
    assert levels(state)["long_break"] == 0.0
    assert [e for e in effects if isinstance(e, Spent)] == [Spent(False, START + 1000, START + 1100)]


def test_a_rest_over_the_stop_answers_the_notice() -> None:
    life = Life.begin().work_until(1201)
    assert life.state.notice is not None
    _, effects = restore(life.saved(), 1300)
    assert next(e.outcome for e in effects if isinstance(e, Settle)) == "taken"


def test_a_pause_counts_down_while_the_program_is_stopped() -> None:
    life = Life.begin().work_until(100)
    life.feed(Pause(for_s=600), 100)
    assert restore(life.saved(), 400)[0].pause_end_s == pytest.approx(5700.0)
    assert restore(life.saved(), 701)[0].pause is None


def test_a_pause_without_end_stays() -> None:
    life = Life.begin().work_until(100)
    life.feed(Pause(), 100)
    state, _ = restore(life.saved(), 90_000)
    assert state.pause is not None
    assert state.pause_end_s == math.inf


def test_a_pause_until_a_time_of_day_ends_at_that_time_after_another_boot() -> None:
    life = Life.begin().work_until(100)
    life.feed(Pause(until_unix_s=START + 3600), 100)
    held, _ = restore(life.saved(), 3500, same_boot=False, boot_s=0.0)
    assert held.pause is not None
    free, _ = restore(life.saved(), 3700, same_boot=False, boot_s=0.0)
    assert free.pause is None


# ── a sudden death ────────────────────────────────────────────────────────────────────────────────


@given(st.floats(0.0, 60.0), st.floats(0.0, 3600.0))
def test_a_sudden_death_costs_at_most_a_minute_of_level(since_save_s: float, worked_s: float) -> None:
    life = Life.begin().work_until(worked_s)
    saved, died_at = life.saved(clean=False), worked_s + since_save_s
    true = levels(life.work_until(died_at).state)
    state, _ = restore(saved, died_at)
    for name, level_s in levels(state).items():
        assert true[name] - 60.001 <= level_s <= true[name] + 0.001


def test_the_minute_after_an_unclean_snapshot_is_not_taken_for_rest() -> None:
    saved = Life.begin().work_until(1000).saved(clean=False)
    assert levels(restore(saved, 1060)[0])["reset"] == 1000.0
    assert levels(restore(saved, 1085)[0])["reset"] == 500.0


def test_the_work_before_a_sudden_death_is_recorded() -> None:
    _, effects = restore(Life.begin().work_until(1000).saved(clean=False), 5000)
    assert effects[0] == Spent(True, START, START + 1000)


def test_the_work_before_a_clean_end_was_recorded_already() -> None:
    _, effects = restore(Life.begin().work_until(1000).saved(), 5000)
    assert not [e for e in effects if isinstance(e, Spent) and e.work]


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────


def test_another_boot_uses_the_wall_clock() -> None:
    saved = Life.begin().work_until(1000).saved()
    state, _ = restore(saved, 1025, same_boot=False, boot_s=-900.0)
    assert levels(state)["reset"] == 500.0


def test_a_clock_set_while_stopped_does_not_matter_within_one_boot() -> None:
    saved = Life.begin().work_until(1000).saved()
    for set_by_s in (-86400.0, 86400.0):
        state, _ = restore(saved, 1025, set_by_s=set_by_s)
        assert levels(state)["reset"] == 500.0


@pytest.mark.parametrize("clean", [True, False])
def test_a_clock_set_back_between_boots_is_no_rest_and_no_negative_one(clean: bool) -> None:
    saved = Life.begin().work_until(1000).saved(clean=clean)
    state, effects = restore(saved, 1500, same_boot=False, boot_s=0.0, set_by_s=-7200.0)
    assert levels(state) == {"reset": 1000.0, "long_break": 1000.0, "release": 1000.0}
    assert not [e for e in effects if isinstance(e, Spent) and e.end_unix_s < e.start_unix_s]


def test_a_wall_clock_reminder_that_passed_while_stopped_is_missed_once() -> None:
    noon = Reminder(
        "noon",
        (Kind.STRENGTH,),
        at=datetime(1, 1, 1, 12, tzinfo=UTC).time(),
        within_s=3600,
        days=frozenset({0}),
    )
    plan = schedule(RESET, noon)
    saved = Life.begin(plan).work_until(100).saved()
    state, effects = restore(saved, 5 * 3600, plan)
    assert [(e.reminder, e.reason) for e in effects if isinstance(e, Miss)] == [("noon", "not running")]
    _, again = snapshot.restore(
        json.loads(json.dumps(snapshot.dump(state, clean=True))),
        plan,
        LIBRARY,
        moment(6 * 3600),
        same_boot=True,
    )
    assert not [e for e in again if isinstance(e, Miss)]


# ── another schedule ──────────────────────────────────────────────────────────────────────────────


def test_a_reminder_that_is_new_starts_empty_and_one_that_is_gone_is_forgotten() -> None:
    saved = Life.begin(schedule(RESET, LONG)).work_until(1000).saved()
    state, _ = restore(saved, 1000, schedule(MASSAGE, RESET))
    assert levels(state) == {"release": 0.0, "reset": 1000.0}
    state, effects = engine.step(state, Input(), moment(1001))
    assert not [e for e in effects if isinstance(e, Show)]


def test_a_notice_of_a_reminder_that_is_gone_can_still_be_answered() -> None:
    life = Life.begin().work_until(1201)
    state, _ = restore(life.saved(), 1202, schedule(LONG))
    for action in (Action.LATER, Action.DONE):
        _, effects = engine.step(state, Pressed(action), moment(1203))
        assert all(isinstance(e, Effect) for e in effects)


def test_a_tank_that_was_made_smaller_is_at_most_overfull() -> None:
    saved = Life.begin().work_until(1190).saved()
    state, _ = restore(saved, 1190, schedule(replace(RESET, after_s=300.0)))
    assert levels(state) == {"reset": 450.0}


def test_an_empty_schedule_takes_up_any_snapshot() -> None:
    state, _ = restore(Life.begin().work_until(1201).saved(), 1202, schedule())
    assert levels(state) == {}


def test_a_mark_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    saved = Life.begin().work_until(1201).saved()
    saved["marks"]["reset"]["mood"] = "fine"
    assert restore(saved, 1202)[0].marks[0].shown == 1


# ── garbage ───────────────────────────────────────────────────────────────────────────────────────

_NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=6),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def paths(value: object, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """All places within a JSON object."""
    found = [at] if at else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*at, key))
    return found


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A snapshot in which up to three values are nonsense or missing."""
    life = Life.begin().work_until(draw(st.sampled_from([10.0, 1201.0, 4000.0])))
    if draw(st.booleans()):
        life.feed(Pause(for_s=600), life.state.now.s - 5000.0)
    saved = copy.deepcopy(life.saved(clean=draw(st.booleans())))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(paths(saved)))
        inner: Any = saved
        for key in way:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict) and last in inner:
            if draw(st.booleans()):
                del inner[last]
            else:
                inner[last] = draw(_NONSENSE)
    return saved


def goes_on(state: engine.State) -> None:
    """The state can be worked with: an hour of it ends in no exception."""
    at = state.now.s
    for ahead in (0.0, 61.0, 1300.0, 4000.0):
        now = Moment(at + ahead, START + ahead, BERLIN)
        for event in (Tick(), Input(), Pressed(Action.DONE)):
            state, _ = engine.step(state, event, now)
            engine.next_wake(state)
    json.dumps(snapshot.dump(state, clean=True))


@given(damaged(), st.booleans())
def test_garbage_is_refused_in_three_known_ways_or_does_no_harm(
    saved: dict[str, Any], same_boot: bool
) -> None:
    try:
        state, _ = restore(saved, 5000, same_boot=same_boot)
    except (KeyError, TypeError, ValueError):
        return
    goes_on(state)


@given(damaged())
def test_garbage_is_made_later_or_refused_in_the_same_ways(saved: dict[str, Any]) -> None:
    try:
        state, _ = restore(snapshot.later(saved, 60.0), 5000)
    except (KeyError, TypeError, ValueError):
        return
    goes_on(state)


def test_a_stop_while_a_knot_tightens_the_schedule_drains_as_the_tanks_were_then() -> None:
    tighter = replace(RESET, after_s=600.0, pause_s=120.0)
    course = followed(Knot("inner_edge", "left", Cause.STRAIN, START - 3 * 86400)).course
    knotted = Knotted(course, {"strain": Care(reminders=(tighter,))})
    life = Life.begin()
    life.feed(knotted, 0)
    life.work_until(300)
    before = levels(life.state)["reset"]
    after, effects = restore(life.saved(), 330.0)
    assert levels(after)["reset"] == pytest.approx(before - 30 * 600 / 120, abs=0.1)
    assert "reset" not in [e.reminder for e in effects if isinstance(e, Natural)]
    assert after.written == PLAN
    again, _ = engine.step(after, knotted, moment(330.0))
    assert again.schedule.reminders[0].pause_s == 120.0
    gone, _ = engine.step(again, Knotted(Course(), {}), moment(331.0))
    assert gone.schedule == PLAN


def test_knots_that_are_gone_are_not_carried_from_life_to_life() -> None:
    life = Life.begin()
    life.feed(followed(Knot("inner_edge", "left", Cause.STRAIN, START - 3 * 86400)), 0)
    assert life.saved()["course"]["episodes"]
    life.feed(Logged(KnotLog("0", Told.GONE)), 1)
    assert life.saved()["course"] is None
