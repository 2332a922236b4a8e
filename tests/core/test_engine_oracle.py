"""The engine against a slow and simple reading of the tank rule that counts every second.

The oracle below knows none of the engine's arithmetic: it walks through the trace second by second and does what the
rule says, in fractions. What is compared: every notice and its second, all work and rest, every natural break.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from story import MONDAY, replay, schedule

from postured.core.model import NEVER, Kind, Reminder

IDLE_S, SPACING_S, HANDS_ON_S = 20, 15, 10


@dataclass
class Tank:
    """One reminder, and what a second does to it."""

    r: Reminder
    level: Fraction = Fraction(0)
    armed: bool = True
    further: int = 0
    noticed: bool = False
    before: tuple[Fraction, int] = (Fraction(0), 0)
    """Level and further work when the silence began."""

    @property
    def after(self) -> int:
        return int(self.r.after_s or 0)

    def work(self) -> None:
        self.level = min(self.level + 1, Fraction(3, 2) * self.after)
        self.further += 1

    def rest(self, seconds: int, natural: Counter[str]) -> None:
        if self.r.pause_s != NEVER:
            was = self.level
            self.level = max(Fraction(0), was - Fraction(seconds * self.after, int(self.r.pause_s)))
            if was > 0 and self.level == 0:
                natural[self.r.name] += not self.noticed
                self.noticed = False
        if self.level < self.after:
            self.armed = True

    def due(self) -> bool:
        return self.level >= self.after and (self.armed or self.further >= self.r.repeat_s)

    def shown(self) -> None:
        self.armed, self.further, self.noticed = False, 0, True
        self.before = (self.before[0], 0)  # a silence taken back does not take back what was shown in it
        if self.r.pause_s == NEVER:
            self.level, self.armed, self.before = Fraction(0), True, (Fraction(0), 0)


class Oracle:
    """Second by second through a trace of work, silence, call and rest."""

    def __init__(self, reminders: list[Reminder]) -> None:
        self.tanks = [Tank(r) for r in reminders]
        self.natural: Counter[str] = Counter()
        self.notices: list[tuple[int, str]] = []
        self.work_s = self.rest_s = 0
        self.silent_s = 0
        self.resting = False

    def run(self, seconds: list[str]) -> None:
        last_input = None
        for t, state in enumerate(seconds):
            if state == "work" or (t and seconds[t - 1] == "work"):
                last_input = t
            if state in ("work", "silence") and last_input is not None and t - last_input < HANDS_ON_S:
                self.show(t)
            getattr(self, state)()

    def show(self, t: int) -> None:
        due = [tank for tank in self.tanks if tank.due()]
        if not due or (self.notices and t - self.notices[-1][0] < SPACING_S):
            return
        first = max(due, key=lambda tank: tank.r.pause_s)
        self.notices.append((t, first.r.name))
        for tank in self.tanks:
            if tank is first or (tank.r.pause_s <= first.r.pause_s and tank.level >= tank.after - SPACING_S):
                tank.shown()

    def work(self) -> None:
        self.silent_s, self.resting = 0, False
        self.work_s += 1
        for tank in self.tanks:
            tank.work()

    call = work

    def rest(self) -> None:
        self.silent_s, self.resting = 0, True
        self.rest_s += 1
        for tank in self.tanks:
            tank.rest(1, self.natural)

    def silence(self) -> None:
        if self.resting:
            self.rest()
            return
        if self.silent_s == 0:
            for tank in self.tanks:
                tank.before = (tank.level, tank.further)
        silent_s = self.silent_s + 1
        self.work()
        self.silent_s = silent_s
        if silent_s >= IDLE_S:  # all of it is taken back, and drained as rest
            self.resting = True
            self.work_s -= silent_s
            self.rest_s += silent_s
            for tank in self.tanks:
                tank.level, tank.further = tank.before
                tank.rest(silent_s, self.natural)


lengths = st.one_of(st.integers(1, 15), st.integers(10, 30), st.integers(30, 200))


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, int]]:
    """Work in turn with something else, so that no two kinds of not working meet: there readings may differ."""
    parts = []
    for _ in range(draw(st.integers(1, 9))):
        parts.append(("work", draw(lengths)))
        parts.append((draw(st.sampled_from(["silence", "silence", "rest", "call"])), draw(lengths)))
    return [*parts, ("work", draw(lengths))]


@st.composite
def plans(draw: st.DrawFn) -> list[Reminder]:
    """Up to three tanks of different pauses, so that the longest is never in doubt.

    A second of rest drains whole seconds, so that everything falls on a second, which is all the oracle can see.
    """
    pauses = draw(st.lists(st.sampled_from([4, 20, 44, NEVER]), min_size=1, max_size=3, unique=True))
    return [
        Reminder(
            f"r{i}",
            (Kind.BREAK,),
            after_s=float(
                2 * draw(st.integers(10, 75)) if pause == NEVER else pause * draw(st.integers(1, 9))
            ),
            pause_s=pause,
            repeat_s=draw(st.sampled_from([20.0, 60.0, NEVER])),
        )
        for i, pause in enumerate(pauses)
    ]


@settings(max_examples=200, deadline=None)
@given(plans(), stories())
def test_the_engine_and_the_oracle_agree(reminders: list[Reminder], story: list[tuple[str, int]]) -> None:
    oracle = Oracle(reminders)
    oracle.run([state for state, length in story for _ in range(length)])
    plan = schedule(*reminders, idle_after_s=float(IDLE_S), spacing_s=float(SPACING_S))
    report = replay(plan, *story)
    seen = [(round((n.at - MONDAY).total_seconds()), n.reminder) for n in report.notices]
    assert seen == oracle.notices
    assert (report.work_s, report.rest_s) == (oracle.work_s, oracle.rest_s)
    assert report.natural == +oracle.natural
