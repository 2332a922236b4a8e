"""What a schedule would have done: the engine that runs live, replayed on a trace in virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from postured.core import engine
from postured.core.model import (
    Away,
    Effect,
    Event,
    Hold,
    Input,
    Item,
    Miss,
    Moment,
    Natural,
    Schedule,
    Sensed,
    Settle,
    Show,
    Silence,
    Spent,
    Tick,
)
from postured.core.report import iso
from postured.trace import Span, State

_SENSED = {State.CALL: Hold.CALL, State.VIDEO: Hold.FULLSCREEN, State.DND: Hold.DND}
_AT_THE_KEYS = frozenset({State.WORK, State.DND})


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice the schedule would have put up."""

    at: datetime
    reminder: str
    item: str
    kind: str
    id: str


@dataclass(slots=True)
class Report:
    """The story of a replay."""

    notices: list[Shown] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    """By notice id."""
    work_s: float = 0.0
    rest_s: float = 0.0
    natural: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    start: datetime | None = None
    end: datetime | None = None


PLANNED_AT_MOST = 300
"""Notices in an outlook: more than anybody reads."""
_PLANNED_AT_ONCE_S = 600.0


class Replay:
    """The engine at virtual time. `s` and `unix_s` of its moments are the same: nobody sets a trace's clock."""

    def __init__(self, state: engine.State, report: Report) -> None:
        self.state = state
        self.report = report
        self.at_the_keys = False
        self._zone = state.now.zone

    def happen(self, event: Event, at_s: float) -> None:
        """Let `event` happen at `at_s`, after everything that falls due before."""
        self.pass_until(at_s)
        self._step(event, at_s)

    def pass_until(self, end_s: float) -> None:
        """Let time pass up to, not including, `end_s`."""
        while (wake_s := self._next_wake()) is not None and wake_s < end_s:
            self._step(Tick(), wake_s)

    def _next_wake(self) -> float | None:
        wake = engine.next_wake(self.state)
        if wake.s is None or wake.unix_s is None:
            return wake.unix_s if wake.s is None else wake.s
        return min(wake.s, wake.unix_s)

    def _step(self, event: Event, at_s: float) -> None:
        moment = Moment(at_s, at_s, self._zone)
        self.state, effects = engine.step(self.state, event, moment)
        if effects:
            self.record(effects)
        if self.state.wants_hands and self.at_the_keys:
            self._step(Input(), at_s)

    def record(self, effects: Iterable[Effect]) -> None:
        """Take the effects into the report."""
        report, zone = self.report, self._zone
        for effect in effects:
            match effect:
                case Show(notice=n, again=False):
                    at = datetime.fromtimestamp(n.shown_unix_s, zone)
                    report.notices.append(Shown(at, n.reminder or "now", n.item, n.kind, n.id))
                case Settle(notice=notice, outcome=outcome):
                    report.outcomes[notice] = outcome
                case Spent(work=work, start_unix_s=start, end_unix_s=end):
                    if work:
                        report.work_s += end - start
                    else:
                        report.rest_s += end - start
                case Natural(reminder=name):
                    report.natural[name] += 1
                case Miss(reminder=name):
                    report.missed[name] += 1


def simulate(spans: Iterable[Span], schedule: Schedule, library: tuple[Item, ...], zone: tzinfo) -> Report:
    """Replay `spans` (sorted, disjoint; a gap is silence) on fresh tanks.

    Returns:
        An empty report for an empty trace.
    """
    story = _with_gaps(spans)
    first = next(story, None)
    report = Report()
    if first is None:
        return report
    start_s = first.start_unix_s
    replay = Replay(engine.begin(schedule, library, Moment(start_s, start_s, zone)), report)
    _change(replay, None, first)
    last = first
    for span in story:
        _change(replay, last, span)
        last = span
    end_s = last.end_unix_s
    replay.pass_until(end_s)
    replay.record(engine.finish(replay.state, Moment(end_s, end_s, zone)))
    report.start, report.end = datetime.fromtimestamp(start_s, zone), datetime.fromtimestamp(end_s, zone)
    return report


def plan(state: engine.State, until_unix_s: float) -> list[Shown]:
    """The notices to come until then if work goes on without a rest.

    Args:
        state: The present; it is left as it is.
        until_unix_s: The end of the outlook. With very many notices it ends earlier: the daemon waits meanwhile.
    """
    present = state.now
    shift_s = present.unix_s - present.s
    replay = Replay(_on_one_clock(state, shift_s), Report())
    replay.at_the_keys = True
    replay.happen(Input(), present.unix_s)
    shown = replay.report.notices
    at_unix_s = present.unix_s
    while at_unix_s < until_unix_s and len(shown) < PLANNED_AT_MOST:
        at_unix_s = min(until_unix_s, at_unix_s + _PLANNED_AT_ONCE_S)
        replay.pass_until(at_unix_s)
    return shown[:PLANNED_AT_MOST]


def _on_one_clock(state: engine.State, shift_s: float) -> engine.State:
    """The state with its instants moved onto Unix time, where a replay lives; nobody is away or silent any more."""
    s = state.copy()
    s.now = Moment(s.now.unix_s, s.now.unix_s, s.now.zone)
    s.since_s += shift_s
    s.rest_s += shift_s
    s.shown_s += shift_s
    s.seated_s += shift_s
    s.pause_end_s += shift_s
    s.sensed = {hold: since_s + shift_s for hold, since_s in s.sensed.items()}
    s.seen = {hold: since_s + shift_s for hold, since_s in s.seen.items()}
    s.stated = {
        hold: (on, end_s + shift_s) for hold, (on, end_s) in s.stated.items() if hold is not Hold.AWAY
    }
    s.gone = frozenset()
    s.away, s.silent_s, s.notice, s.taken, s.reshow = frozenset(), None, None, None, False
    s.hidden = False
    s.guided = s.followed = False
    return s


def _with_gaps(spans: Iterable[Span]) -> Iterator[Span]:
    end_s: float | None = None
    for span in spans:
        if end_s is not None and span.start_unix_s > end_s:
            yield Span(end_s, span.start_unix_s, State.SILENCE)
        yield span
        end_s = span.end_unix_s


def _change(replay: Replay, before: Span | None, after: Span) -> None:
    """Go from one span to the next. What begins is told before what ends, so that nothing slips in between."""
    at_s = after.start_unix_s
    replay.pass_until(at_s)
    ends, begins = _SENSED.get(before.state) if before else None, _SENSED.get(after.state)
    if begins:
        replay.happen(Sensed(begins, True), at_s)
    if after.state is State.REST:
        replay.happen(Away("rest", True), at_s)
    replay.at_the_keys = after.state in _AT_THE_KEYS
    if ends and ends is not begins:
        replay.happen(Sensed(ends, False), at_s)
    if before and before.state is State.REST and after.state is not State.REST:
        replay.happen(Away("rest", False), at_s)
    if replay.at_the_keys:
        replay.happen(Input(), at_s)
    elif after.state is not State.REST and replay.state.silent_s is None:
        replay.happen(Silence(at_s), at_s)


def to_json(shown: Shown) -> dict[str, str]:
    """One notice as `simulate --json` and `plan --json` list it."""
    return {
        "at": str(iso(shown.at)),
        "reminder": shown.reminder,
        "item": shown.item,
        "kind": shown.kind,
    }
