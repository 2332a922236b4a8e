"""A story told to the engine, minute by minute, for tests: who works when, and what is shown."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from postured.core import engine
from postured.core.model import (
    Answers,
    Course,
    Effect,
    Episode,
    Event,
    Input,
    Item,
    Kind,
    Knot,
    Knotted,
    Moment,
    Outcome,
    Reminder,
    Schedule,
    Settle,
    Show,
    Step,
    Tick,
    Triage,
)
from postured.simulate import Report, simulate
from postured.trace import Span, State

MIN = 60.0
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)


def item(id_: str, kind: Kind, seconds: int) -> Item:
    """An item of one step."""
    return Item(id_, kind, id_, (Step("do it", seconds),), seconds)


LIBRARY = (
    item("B01", Kind.BREAK, 30),
    item("V01", Kind.MOBILITY, 60),
    item("S01", Kind.STRENGTH, 120),
    item("M01", Kind.MASSAGE, 90),
    item("H01", Kind.THERMAL, 900),
)

RESET = Reminder("reset", (Kind.BREAK,), after_s=1200, pause_s=60, repeat_s=600, snooze_s=300)
LONG = Reminder("long_break", (Kind.MOBILITY,), after_s=3600, pause_s=300, repeat_s=900, snooze_s=300)


def schedule(*reminders: Reminder, **changes: object) -> Schedule:
    """A schedule with these reminders and the rest as shipped."""
    return Schedule(reminders=reminders, **changes)  # type: ignore[arg-type]


def spans(*parts: tuple[str, float], start: datetime = MONDAY) -> list[Span]:
    """Spans one after another from (state, seconds)."""
    told, at = [], start.timestamp()
    for state, seconds in parts:
        told.append(Span(at, at + seconds, State(state)))
        at += seconds
    return told


def replay(plan: Schedule, *parts: tuple[str, float], start: datetime = MONDAY) -> Report:
    """What the schedule does with a story."""
    return simulate(spans(*parts, start=start), plan, LIBRARY, BERLIN)


def shown(report: Report) -> list[tuple[str, str]]:
    """Local time and reminder of each notice."""
    return [(f"{n.at:%H:%M:%S}", n.reminder) for n in report.notices]


def outcomes(report: Report) -> list[str | None]:
    """The outcome of each notice, in order."""
    return [report.outcomes.get(n.id) for n in report.notices]


def followed(*knots: Knot) -> Knotted:
    """These knots are followed from now on, each opened by a triage at the instant that it names."""
    return Knotted(Course(tuple(_episode(knot, str(number)) for number, knot in enumerate(knots))), {})


def _episode(knot: Knot, id_: str) -> Episode:
    answers = Answers(zone=knot.zone, side=knot.side)
    triage = Triage(id_, answers, "R5", knot.cause, knot.cause.value, knot.spared)
    return Episode(id_, knot.opened_unix_s, triage, knot.opened_unix_s)


class Life:
    """An engine fed by hand; `t` is seconds since nine o'clock."""

    def __init__(self, plan: Schedule) -> None:
        self.t = 0.0
        self.step_s = 0.0
        self.state = engine.begin(plan, LIBRARY, self.moment())
        self.effects: list[Effect] = []

    def moment(self) -> Moment:
        return Moment(5000.0 + self.t, MONDAY.timestamp() + self.t + self.step_s, BERLIN)

    def feed(self, event: Event, *, at: float | None = None) -> list[Effect]:
        self.t = self.t if at is None else at
        self.state, effects = engine.step(self.state, event, self.moment())
        self.effects += effects
        return effects

    def work_until(self, at: float) -> list[Effect]:
        """Type without a pause until then, as a live daemon would see it."""
        seen: list[Effect] = []
        while True:
            wake = engine.next_wake(self.state)
            times = [] if wake.s is None else [wake.s - 5000.0]
            if wake.unix_s is not None:
                times.append(wake.unix_s - MONDAY.timestamp() - self.step_s)
            soonest = min(times, default=at)
            self.t = max(self.t, min(soonest, at))
            seen += self.feed(Tick())
            if self.state.wants_hands:
                seen += self.feed(Input())
            if soonest >= at:
                return seen

    def level(self, name: str = "reset") -> float:
        names = [r.name for r in self.state.schedule.reminders]
        return engine.level(self.state, names.index(name), 5000.0 + self.t)


def notices(effects: list[Effect]) -> list[str | None]:
    return [e.notice.reminder for e in effects if isinstance(e, Show)]


def settled(effects: list[Effect]) -> list[Outcome]:
    return [e.outcome for e in effects if isinstance(e, Settle)]
