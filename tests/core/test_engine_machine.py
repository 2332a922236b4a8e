"""The engine as a state machine: whatever happens, in whatever order, the promises hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import time

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from story import BERLIN, LIBRARY, LONG, MONDAY, RESET, schedule

from postured.core import engine, snapshot
from postured.core.model import (
    HANDS_ON_S,
    NEVER,
    SENSED,
    Action,
    Away,
    Effect,
    Event,
    Hold,
    Hours,
    Input,
    Kind,
    Miss,
    Moment,
    Outcome,
    Pause,
    Pressed,
    Reload,
    Reminder,
    Resume,
    Sensed,
    Settle,
    Show,
    Silence,
    Slept,
    Suggest,
    Tick,
)

# Small tanks, so that much comes due in few steps.
QUICK = replace(RESET, after_s=90.0, pause_s=40.0, repeat_s=40.0, snooze_s=25.0)
SLOW = replace(LONG, after_s=150.0, pause_s=100.0, repeat_s=70.0, snooze_s=25.0)
PLAN = schedule(
    QUICK,
    SLOW,
    Reminder("strength", (Kind.STRENGTH,), at=time(11, 0), days=frozenset(range(5)), within_s=7200.0),
    Reminder("release", (Kind.MASSAGE,), after_s=200.0, pause_s=NEVER, at_most=2),
    hours=(Hours(frozenset(range(7)), 8 * 60, 22 * 60),),
    spacing_s=30.0,
)
OTHER_PLAN = schedule(
    SLOW, replace(QUICK, after_s=100.0, at_most=3), spacing_s=50.0, hold=frozenset({Hold.CALL})
)

seconds = st.one_of(st.floats(0.001, 30), st.floats(5, 100), st.floats(60, 400), st.floats(600, 20_000))


class EngineMachine(RuleBasedStateMachine):
    """A person, a desktop and a clock at random; `now_s` is the engine's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 10_000.0
        self.wall_s = MONDAY.timestamp()
        self.input_s = -1e9
        self.last_shown_s = -1e9
        self.outcomes: dict[str, list[Outcome]] = {}
        self.missed: Counter[tuple[str, float]] = Counter()
        self.state = engine.begin(PLAN, LIBRARY, self.moment())

    def moment(self) -> Moment:
        return Moment(self.now_s, self.wall_s, BERLIN)

    def feed(self, event: Event) -> None:
        before = self.state
        copy = before.copy()
        self.state, effects = engine.step(before, event, self.moment())
        assert before == copy, "step changed the state it was given"
        if isinstance(event, Input):
            self.input_s = self.now_s
        if isinstance(event, Silence):
            self.input_s = max(self.input_s, event.since_s)
        self.check(effects, asked=isinstance(event, Suggest))

    def check(self, effects: list[Effect], *, asked: bool) -> None:
        for effect in effects:
            match effect:
                case Show(notice=notice, again=again):
                    if not asked:
                        assert not engine.holds(self.state)
                        assert not self.state.resting
                        assert self.now_s - self.input_s < HANDS_ON_S
                        spacing_s = self.state.schedule.spacing_s
                        assert self.now_s - self.last_shown_s >= spacing_s - engine.EPSILON_S
                    self.last_shown_s = self.now_s
                    if not again:
                        assert notice.id not in self.outcomes
                        self.outcomes[notice.id] = []
                case Settle(notice=notice, outcome=outcome):
                    self.outcomes[notice].append(outcome)
                    assert len(set(self.outcomes[notice])) == 1, "two different outcomes of one notice"
                    assert outcome is Outcome.TAKEN or len(self.outcomes[notice]) == 1
                case Miss(reminder=name, unix_s=at):
                    self.missed[name, at] += 1
                    assert self.missed[name, at] == 1
                case _:
                    pass

    def pass_time(self, length_s: float, *, typing: bool) -> None:
        """Time passes as in a live daemon: a step at every wake that the engine asks for."""
        end_s = self.now_s + length_s
        for _ in range(2000):
            wake = engine.next_wake(self.state)
            ahead = [] if wake.s is None else [wake.s - self.now_s]
            if wake.unix_s is not None:
                ahead.append(wake.unix_s - self.wall_s)
            assert all(a > 0 for a in ahead), "a wake that is not ahead would make the daemon spin"
            leap_s = min([*ahead, end_s - self.now_s])
            self.now_s += leap_s
            self.wall_s += leap_s
            self.feed(Tick())
            if typing and self.state.wants_hands:
                self.feed(Input())
            if self.now_s >= end_s - 1e-9:
                return
        raise AssertionError("the engine asks for too many wake-ups")

    @rule(length_s=seconds)
    def work(self, length_s: float) -> None:
        self.feed(Input())
        self.pass_time(length_s, typing=True)

    @rule(length_s=seconds)
    def be_silent(self, length_s: float) -> None:
        since_s = self.now_s
        self.input_s = max(self.input_s, since_s)
        self.pass_time(length_s, typing=False)
        if length_s >= 60:
            self.feed(Silence(since_s))

    @rule(reason=st.sampled_from(["lock", "session"]), on=st.booleans())
    def lock_or_unlock(self, reason: str, on: bool) -> None:
        self.feed(Away(reason, on))

    @rule(length_s=st.floats(1, 100_000))
    def sleep(self, length_s: float) -> None:
        self.now_s += length_s
        self.wall_s += length_s
        self.feed(Slept(length_s))

    @rule(hold=st.sampled_from(sorted(SENSED)), on=st.booleans())
    def sense(self, hold: Hold, on: bool) -> None:
        self.feed(Sensed(hold, on))

    @rule(length_s=st.one_of(st.none(), seconds))
    def pause(self, length_s: float | None) -> None:
        self.feed(Pause(for_s=length_s))

    @rule()
    def resume(self) -> None:
        self.feed(Resume())

    @rule(action=st.sampled_from(Action))
    def press(self, action: Action) -> None:
        self.feed(Pressed(action))

    @rule(kind=st.sampled_from([Kind.BREAK, Kind.MASSAGE]))
    def ask(self, kind: Kind) -> None:
        self.feed(Suggest(kinds=(kind,)))

    @rule(plan=st.sampled_from([PLAN, OTHER_PLAN]))
    def reload(self, plan: object) -> None:
        self.feed(Reload(schedule=plan))  # type: ignore[arg-type]

    @rule(step_s=st.floats(-7200, 7200))
    def set_the_clock(self, step_s: float) -> None:
        self.wall_s += step_s
        self.feed(Tick())

    @rule(gap_s=st.floats(0, 100_000), clean=st.booleans())
    def die_and_come_back(self, gap_s: float, clean: bool) -> None:
        saved = json.loads(json.dumps(snapshot.dump(self.state, clean=clean)))
        before = {
            r.name: engine.level(self.state, i, self.now_s)
            for i, r in enumerate(self.state.schedule.reminders)
        }
        self.now_s += gap_s
        self.wall_s += gap_s
        plan = self.state.schedule
        self.state, effects = snapshot.restore(saved, plan, LIBRARY, self.moment(), same_boot=True)
        self.input_s = -1e9
        self.check(effects, asked=False)
        for i, r in enumerate(plan.reminders):
            assert engine.level(self.state, i, self.now_s) <= before[r.name] + 1e-6

    @invariant()
    def levels_are_within_bounds(self) -> None:
        for i, r in enumerate(self.state.schedule.reminders):
            assert 0.0 <= engine.level(self.state, i, self.now_s) <= 1.5 * (r.after_s or 0.0) + 1e-6

    @invariant()
    def one_notice_at_most_is_open(self) -> None:
        unsettled = [n for n, became in self.outcomes.items() if not became]
        assert unsettled == ([] if self.state.notice is None else [self.state.notice.id])

    @invariant()
    def the_work_clock_never_runs_backwards_past_a_mark(self) -> None:
        assert all(m.from_work_s <= engine.worked(self.state) + 1e-6 for m in self.state.marks)


EngineMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestEngine = EngineMachine.TestCase
