"""When to remind: `step(state, event, now) -> (state, effects)` and `next_wake(state)`.

The whole decision and nothing else: no clock, no file, no loop. It runs live, where walls make the events and carry
out the effects, and in a replay, where a trace makes them and time is virtual.

Invariant of the levels: `levels[i]` belongs to the instant `since_s`, at which the present stretch of work or rest
began, and is not touched while the stretch lasts. The level at any later instant follows from it by arithmetic
(`tank`), so a silence that turns out to have been rest can be taken back from its first second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from postured.core import tank
from postured.core.choose import choose
from postured.core.model import (
    NEVER,
    Action,
    Away,
    Close,
    Counts,
    Decide,
    Effect,
    Event,
    Hold,
    Hours,
    Input,
    Item,
    Kind,
    Miss,
    Moment,
    Natural,
    Notice,
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

HANDS_ON_S = 10.0
"""A notice is only shown if the last input is younger than this (rule 3)."""
TAKEN_WITHIN_S = 300.0
"""Rest that begins within this time of a notice may answer it (rule 9)."""
LATERS_AT_MOST = 2
"""How often *Later* may be pressed for one notice (rule 10)."""
COUNTED_WITHIN_S = 3600.0
"""After a longer absence nobody wants to hear that a break was counted."""
DAY_TURNS_AT = timedelta(hours=4)
"""Local time at which `at_most` starts to count anew (rule 8)."""
EPSILON_S = 1e-3
"""Sums of seconds are compared with this tolerance, so that a timer's rounding cannot delay a notice by a turn."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reminder remembers beside its level."""

    armed: bool = True
    from_work_s: float = 0.0
    """The work clock when its count of further work began: at its last notice, or at *Later*."""
    snoozed: bool = False
    laters: int = 0
    noticed: bool = False
    """A notice was shown since the tank was last empty, so an emptying rest is no natural break."""
    day: int = 0
    shown: int = 0
    """Notices on `day` (a proleptic ordinal that turns at 04:00)."""
    settled: int = 0
    """Wall-clock reminders: ordinal of the last local date that was shown or missed."""


@dataclass(slots=True)
class State:
    """All that the engine knows. `step` copies it and never changes the one it was given."""

    schedule: Schedule
    library: tuple[Item, ...]
    now: Moment
    since_s: float
    levels: tuple[float, ...]
    marks: tuple[Mark, ...]
    resting: bool = False
    rest_s: float = 0.0
    """When the present rest began."""
    work_s: float = 0.0
    """The work clock, all work ever counted, at `since_s`."""
    silent_s: float | None = None
    """Since when the sensor has seen no input; None while it sees some or has not said."""
    seated_s: float = -math.inf
    """End of the last call or video: silence before that was work (rule 6)."""
    input_s: float = -math.inf
    away: frozenset[str] = frozenset()
    sensed: Mapping[Hold, float] = field(default_factory=dict)
    """The sensed conditions that stand, with the instant each began."""
    named: frozenset[Hold] = frozenset()
    """Sensed holds that stood too long and were named for it."""
    pause: Pause | None = None
    pause_end_s: float = math.inf
    notice: Notice | None = None
    reshow: bool = False
    """The notice was up when the program ended and is to be put up once more."""
    taken: tuple[str, float] | None = None
    """A notice whose rest still lasts, and when that rest began."""
    counted: bool = False
    """*Break counted* is to be said when the person is back from a locked screen."""
    wants_hands: bool = False
    """The next input matters: something waits for it, or a suspend ended and nobody was seen yet."""
    shown_s: float = -math.inf
    """When the last notice was shown."""
    last_shown: Mapping[str, float] = field(default_factory=dict)
    """Items and when they were last shown, Unix seconds."""
    open: tuple[int, ...] = ()
    """Per reminder, the ordinal of the date for which a wall-clock reminder is due; 0 for none."""
    clock_from_unix_s: float = math.inf
    clock_until_unix_s: float = -math.inf
    """Between these two nothing about wall-clock reminders changes."""
    begun_unix_s: float = 0.0
    serial: int = 0
    """Notices of this run, so that two of one millisecond are told apart."""
    knot: bool = False
    said: Decide | None = None
    """The last decision told, so that none is told twice in a row."""

    def copy(self) -> State:
        """A shallow copy; every field holds an immutable value or one that is replaced, never changed."""
        new = object.__new__(State)
        for name in State.__slots__:
            setattr(new, name, getattr(self, name))
        return new


@dataclass(frozen=True, slots=True)
class Wake:
    """The next instant at which something could change if nothing else happens; None: never."""

    s: float | None = None
    """On the engine's clock."""
    unix_s: float | None = None
    """On the wall clock."""


def begin(schedule: Schedule, library: tuple[Item, ...], now: Moment) -> State:
    """A fresh state: empty tanks, everything armed, nothing owed from before."""
    count = len(schedule.reminders)
    state = State(
        schedule=schedule,
        library=library,
        now=now,
        since_s=now.s,
        levels=(0.0,) * count,
        marks=tuple(Mark(settled=_last_closed(r, now)) for r in schedule.reminders),
        begun_unix_s=now.unix_s,
        open=(0,) * count,
    )
    _look_at_clock(state, [])
    return state


def step(state: State, event: Event, now: Moment) -> tuple[State, list[Effect]]:
    """What becomes of `state` when `event` happens at `now`, and what is to be done about it.

    Args:
        state: Left as it is.
        event: Anything of `model.Event`.
        now: Not before the last step's, on the engine's clock; the wall clock may jump.
    """
    s = state.copy()
    s.now = now
    if now.zone is not state.now.zone:  # somebody travelled: all times of day are other instants now
        s.clock_until_unix_s = -math.inf
    out: list[Effect] = []
    _pass_time(s, out)
    _HANDLERS[type(event)](s, event, out)
    _consider(s, out)
    return s, out


def finish(state: State, now: Moment) -> list[Effect]:
    """What is still to be recorded when the story ends at `now`: the stretch that was under way."""
    s, out = step(state, Tick(), now)
    if s.resting:
        _begin_work(s, out)
    elif s.now.s > s.since_s:
        out.append(Spent(True, _unix(s, s.since_s), s.now.unix_s))
    return out


# ── reading the state ─────────────────────────────────────────────────────────────────────────────


def level(s: State, i: int, at_s: float) -> float:
    """The level of tank `i` at an instant of the present stretch, in seconds of work."""
    r = s.schedule.reminders[i]
    if r.after_s is None:
        return 0.0
    if s.resting:
        return tank.drain(s.levels[i], at_s - s.since_s, r.after_s, r.pause_s)
    return tank.fill(s.levels[i], at_s - s.since_s, r.after_s)


def worked(s: State) -> float:
    """The work clock now: all work ever counted, in seconds."""
    return _work(s, s.now.s)


def holds(s: State) -> frozenset[Hold]:
    """All the reasons that keep notices back now."""
    found = set()
    if s.pause is not None:
        found.add(Hold.PAUSED)
    if s.away:
        found.add(Hold.AWAY)
    if s.schedule.hours and not _in_hours(s.schedule.hours, s.now.wall):
        found.add(Hold.OFF_HOURS)
    for hold, since_s in s.sensed.items():
        if hold in s.schedule.hold and s.now.s - since_s < s.schedule.hold_at_most_s - EPSILON_S:
            found.add(hold)
    return frozenset(found)


def due_in(s: State, i: int) -> float | None:
    """Further work until reminder `i` is due, in seconds, 0 if it is due now; None if work will not make it due."""
    r, m = s.schedule.reminders[i], s.marks[i]
    if r.when_knot and not s.knot:
        return None
    work_since = _work(s, s.now.s) - m.from_work_s
    if r.after_s is None or (m.snoozed and r.pause_s == NEVER):
        return max(0.0, r.snooze_s - work_since) if m.snoozed else None
    if not m.snoozed and _spent_for_today(s, i):
        return None
    wait = r.after_s - level(s, i, s.now.s)
    if m.snoozed:
        wait = max(wait, r.snooze_s - work_since)
    elif not m.armed:
        wait = max(wait, r.repeat_s - work_since)
    if wait == math.inf:
        return None
    return wait if wait > EPSILON_S else 0.0


def next_at(s: State, i: int) -> float | None:
    """When wall-clock reminder `i` is due next, Unix seconds; None if it has no time of day."""
    r = s.schedule.reminders[i]
    if r.at is None or (r.when_knot and not s.knot):
        return None
    today = s.now.wall.date()
    if s.open[i]:
        return _instant(r, date.fromordinal(s.open[i]), s.now)
    for ahead in range(-1, 9):
        day = today + timedelta(days=ahead)
        at = _instant(r, day, s.now)
        if day.weekday() in r.days and day.toordinal() > s.marks[i].settled and at > s.now.unix_s:
            return at
    return None


def next_wake(s: State) -> Wake:
    """The earliest instant at which another step could decide something new, if nothing happens before."""
    at: list[float] = []
    if s.silent_s is not None and not s.resting and not _seated(s):
        at.append(max(s.silent_s, s.seated_s) + s.schedule.idle_after_s)
    if s.notice is not None:
        at.append(_notice_wake(s, s.notice))
    if s.pause is not None and s.pause_end_s < math.inf:
        at.append(s.pause_end_s)
    at += [
        since_s + s.schedule.hold_at_most_s
        for hold, since_s in s.sensed.items()
        if hold in s.schedule.hold and hold not in s.named
    ]
    unix = [s.clock_until_unix_s]
    if s.pause is not None and s.pause.until_unix_s is not None:
        unix.append(s.pause.until_unix_s)
    if not s.resting and not s.wants_hands:
        _due_wakes(s, at, unix)
    later = [t for t in at if t > s.now.s]
    later_unix = [t for t in unix if s.now.unix_s < t < math.inf]
    return Wake(min(later, default=None), min(later_unix, default=None))


def _notice_wake(s: State, notice: Notice) -> float:
    if s.resting and _answers(s, notice):
        return s.rest_s + notice.duration_s
    return notice.shown_s + TAKEN_WITHIN_S + s.schedule.idle_after_s


def _due_wakes(s: State, at: list[float], unix: list[float]) -> None:
    """Add when the tanks' reminders come due; for what is due already, when the thing in its way ends."""
    waits = [due_in(s, i) for i in range(len(s.levels))]
    spaced_s = s.shown_s + s.schedule.spacing_s
    at += [max(s.now.s + wait, spaced_s) for wait in waits if wait]
    if any(wait == 0.0 for wait in waits) or any(s.open) or s.reshow:
        at.append(spaced_s)
        if Hold.OFF_HOURS in holds(s):
            unix.append(_next_opening(s.schedule.hours, s.now))
    if any(r.at_most and _spent_for_today(s, i) for i, r in enumerate(s.schedule.reminders)):
        unix.append(_next_day_turn(s.now))


# ── time passes ───────────────────────────────────────────────────────────────────────────────────


def _pass_time(s: State, out: list[Effect]) -> None:
    """All that follows from time alone, before the event itself is looked at."""
    _promote(s, out)
    if s.notice is not None:
        _settle_by_time(s, s.notice, out)
    if s.pause is not None and _pause_over(s, s.pause):
        s.pause = None
    if not s.clock_from_unix_s <= s.now.unix_s < s.clock_until_unix_s:
        _look_at_clock(s, out)
    if s.sensed and not s.resting:
        _name_stuck_holds(s, out)


def _promote(s: State, out: list[Effect]) -> None:
    """A silence of `idle_after` or more is rest, from its first second (rule 1)."""
    if s.silent_s is None or _seated(s):
        return
    start_s = max(s.silent_s, s.seated_s)
    if s.now.s - start_s < s.schedule.idle_after_s - EPSILON_S:
        return
    if not s.resting:
        _begin_rest(s, start_s, out)
    elif start_s < s.rest_s == s.since_s:
        # The screen was locked in the middle of a silence: what was silent before belongs to the rest as well.
        early_s = s.rest_s - start_s
        s.levels = tuple(max(0.0, base - early_s) for base in s.levels)
        s.work_s -= early_s
        s.since_s = s.rest_s = start_s


def _begin_rest(s: State, start_s: float, out: list[Effect]) -> None:
    start_s = max(start_s, s.since_s)
    if start_s > s.since_s:
        out.append(Spent(True, _unix(s, s.since_s), _unix(s, start_s)))
    s.levels = tuple(level(s, i, start_s) for i in range(len(s.levels)))
    s.work_s = _work(s, start_s)
    if any(m.from_work_s > s.work_s for m in s.marks):
        # A notice was shown in the first seconds of what is now known to be rest.
        s.marks = tuple(replace(m, from_work_s=min(m.from_work_s, s.work_s)) for m in s.marks)
    s.resting, s.since_s, s.rest_s = True, start_s, start_s
    s.wants_hands = False


def _begin_work(s: State, out: list[Effect]) -> None:
    """The rest ends now: natural breaks, new arming, and the length of the break that was taken."""
    out.append(Spent(False, _unix(s, s.rest_s), s.now.unix_s))
    if s.taken is not None:
        out.append(Settle(s.taken[0], Outcome.TAKEN, s.now.s - s.taken[1]))
        s.taken = None
    levels = tuple(level(s, i, s.now.s) for i in range(len(s.levels)))
    s.marks = tuple(_rested(s, i, after, out) for i, after in enumerate(levels))
    s.levels, s.resting, s.since_s = levels, False, s.now.s


def _rested(s: State, i: int, after_s: float, out: list[Effect]) -> Mark:
    """The mark of reminder `i` after a rest that left its level at `after_s`."""
    r, m = s.schedule.reminders[i], s.marks[i]
    if r.after_s is None:
        return m
    emptied = after_s <= 0.0 < s.levels[i]
    if emptied and not m.noticed:
        empty_s = s.since_s + tank.rest_to_empty(s.levels[i], r.after_s, r.pause_s)
        out.append(Natural(r.name, _unix(s, empty_s), s.now.s - s.rest_s))
    if after_s >= r.after_s or not (emptied or not m.armed or m.snoozed):
        return m
    keep = m.snoozed and r.pause_s == NEVER  # its level fell to 0 when it was shown, so no rest can answer it
    return replace(
        m,
        armed=True,
        snoozed=keep,
        laters=m.laters if keep else 0,
        noticed=m.noticed and not emptied,
    )


def _settle_by_time(s: State, notice: Notice, out: list[Effect]) -> None:
    """The notice that is up was taken, or nobody cared for it (rule 9)."""
    if s.resting and _answers(s, notice):
        rested_s = s.now.s - s.rest_s
        if rested_s >= notice.duration_s - EPSILON_S:
            _settle(s, notice, Outcome.TAKEN, rested_s, out)
            s.taken = (notice.id, s.rest_s)
            if s.away:
                s.counted = True
            elif not holds(s):  # who rests in front of the screen may go on now
                out.append(Say("counted"))
    elif s.now.s >= notice.shown_s + TAKEN_WITHIN_S + s.schedule.idle_after_s - EPSILON_S:
        _settle(s, notice, Outcome.IGNORED, 0.0, out)


def _answers(s: State, notice: Notice) -> bool:
    """Whether the present rest began soon enough after the notice.

    The last input before it may be as old as `HANDS_ON_S`, and rest counts from the last input.
    """
    return notice.shown_s - HANDS_ON_S <= s.rest_s <= notice.shown_s + TAKEN_WITHIN_S


def _settle(s: State, notice: Notice, outcome: Outcome, seconds: float, out: list[Effect]) -> None:
    out += (Settle(notice.id, outcome, seconds), Close())
    s.notice, s.reshow = None, False


def _pause_over(s: State, pause: Pause) -> bool:
    if pause.until_unix_s is not None:
        return s.now.unix_s >= pause.until_unix_s - EPSILON_S
    return s.now.s >= s.pause_end_s - EPSILON_S


def _name_stuck_holds(s: State, out: list[Effect]) -> None:
    limit_s = s.schedule.hold_at_most_s - EPSILON_S
    for hold, since_s in s.sensed.items():
        if hold in s.schedule.hold and hold not in s.named and s.now.s - since_s >= limit_s:
            s.named |= {hold}
            out.append(Say("stuck", hold))


# ── what happened ─────────────────────────────────────────────────────────────────────────────────


def _on_tick(_s: State, _event: Tick, _out: list[Effect]) -> None:
    """Time passed, and that was dealt with already."""


def _on_input(s: State, _event: Input, out: list[Effect]) -> None:
    s.silent_s = None
    s.input_s = s.now.s
    s.wants_hands = False
    if s.away:  # a password typed at the lock screen is no work
        return
    rested_s = s.now.s - s.rest_s if s.resting else 0.0
    if s.resting:
        _begin_work(s, out)
    if s.counted and not holds(s):
        s.counted = False
        if rested_s <= COUNTED_WITHIN_S:
            out.append(Say("counted"))


def _on_silence(s: State, event: Silence, out: list[Effect]) -> None:
    s.silent_s = min(event.since_s, s.now.s)
    s.input_s = max(s.input_s, s.silent_s)
    _promote(s, out)
    if s.notice is not None:
        _settle_by_time(s, s.notice, out)


def _on_away(s: State, event: Away, out: list[Effect]) -> None:
    s.away = s.away | {event.reason} if event.on else s.away - {event.reason}
    if s.away and not s.resting:
        _begin_rest(s, s.now.s, out)
    elif not s.away and s.resting and not _long_silent(s):
        _begin_work(s, out)


def _on_slept(s: State, event: Slept, out: list[Effect]) -> None:
    start_s = s.now.s - event.seconds
    if not s.resting:
        _begin_rest(s, start_s, out)
    # Nobody was seen since: it goes on being silent, until an input that is asked for by name.
    s.silent_s = start_s if s.silent_s is None else min(s.silent_s, start_s)
    s.input_s = -math.inf
    s.wants_hands = True
    if s.notice is not None:
        _settle_by_time(s, s.notice, out)


def _on_sensed(s: State, event: Sensed, out: list[Effect]) -> None:
    was_seated = _seated(s)
    if event.on:
        s.sensed = {event.hold: s.now.s} | dict(s.sensed)
    else:
        s.sensed = {hold: since for hold, since in s.sensed.items() if hold is not event.hold}
        s.named -= {event.hold}
    if was_seated and not _seated(s):
        s.seated_s = s.now.s
    elif _seated(s) and s.resting and not s.away:
        _begin_work(s, out)


def _on_pause(s: State, event: Pause, out: list[Effect]) -> None:
    s.pause = event
    s.pause_end_s = math.inf if event.for_s is None else s.now.s + event.for_s
    if s.notice is not None:
        out.append(Close())


def _on_resume(s: State, _event: Resume, _out: list[Effect]) -> None:
    s.pause = None


def _on_pressed(s: State, event: Pressed, out: list[Effect]) -> None:
    notice = s.notice
    if notice is None or event.action is Action.SHOW:
        return
    i = _index(s, notice.reminder)
    if event.action is Action.DONE:
        _settle(s, notice, Outcome.DONE, notice.duration_s, out)
        _empty(s, i, notice)
    elif event.action is Action.SKIP:
        _settle(s, notice, Outcome.SKIPPED, 0.0, out)
    elif can_wait(notice) and i is not None:
        _settle(s, notice, Outcome.LATER, 0.0, out)
        _mark(s, i, snoozed=True, laters=notice.laters + 1, from_work_s=_work(s, s.now.s))


def can_wait(notice: Notice) -> bool:
    """Whether *Later* may be pressed: a reminder's notice, twice at most."""
    return notice.reminder is not None and notice.laters < LATERS_AT_MOST


def _on_suggest(s: State, event: Suggest, out: list[Effect]) -> None:
    if event.item is not None:
        item = next((it for it in s.library if it.id == event.item), None)
    else:
        item = choose(s.library, event.kinds, s.schedule.me, longest_s=NEVER, last_shown=s.last_shown)
    if item is not None:
        _put_up(s, None, item, 0, out)


def _on_reload(s: State, event: Reload, out: list[Effect]) -> None:
    if event.library is not None:
        s.library = event.library
    if event.schedule is None or event.schedule == s.schedule:
        return
    levels = {r.name: level(s, i, s.now.s) for i, r in enumerate(s.schedule.reminders)}
    marks = dict(zip((r.name for r in s.schedule.reminders), s.marks, strict=True))
    offset_s = 0.0 if s.resting else s.now.s - s.since_s
    s.schedule = event.schedule
    reminders = event.schedule.reminders
    s.levels = tuple(
        min(levels.get(r.name, 0.0), tank.OVERFLOW * (r.after_s or 0.0)) - offset_s for r in reminders
    )
    if s.resting:
        s.since_s = s.now.s
    s.marks = tuple(
        marks.get(r.name) or Mark(from_work_s=_work(s, s.now.s), settled=_last_closed(r, s.now))
        for r in reminders
    )
    s.wants_hands = False
    _look_at_clock(s, out)


_HANDLERS: dict[type, Callable[[State, Any, list[Effect]], None]] = {
    Tick: _on_tick,
    Input: _on_input,
    Silence: _on_silence,
    Away: _on_away,
    Slept: _on_slept,
    Sensed: _on_sensed,
    Pause: _on_pause,
    Resume: _on_resume,
    Pressed: _on_pressed,
    Suggest: _on_suggest,
    Reload: _on_reload,
}


# ── whether to show ───────────────────────────────────────────────────────────────────────────────


def _consider(s: State, out: list[Effect]) -> None:
    """Show at most one of the reminders that are due, if nothing is in its way (rules 3 to 5)."""
    if s.resting:
        return
    due = [i for i in range(len(s.levels)) if _is_due(s, i)]
    if not due and not s.reshow:
        s.wants_hands = False
        return
    first = max(due, key=lambda i: _rank(s.schedule.reminders[i]), default=None)
    name = (
        s.schedule.reminders[first].name if first is not None else (s.notice and s.notice.reminder) or "now"
    )
    if standing := holds(s):
        s.wants_hands = False
        _tell(s, Decide(name, "held", ", ".join(sorted(standing))), out)
    elif s.now.s < s.shown_s + s.schedule.spacing_s - EPSILON_S:
        s.wants_hands = False
        _tell(s, Decide(name, "waits", "spacing"), out)
    elif s.now.s - s.input_s >= HANDS_ON_S:
        if s.wants_hands:  # it was asked for before, and did not come at once
            _tell(s, Decide(name, "waits", "nobody at the keys"), out)
        s.wants_hands = True
    elif s.reshow and s.notice is not None:
        s.reshow = False
        s.shown_s = s.now.s
        out.append(Show(s.notice, again=True))
    elif first is not None:
        _show(s, first, out)


def _is_due(s: State, i: int) -> bool:
    if s.open[i] and not (s.schedule.reminders[i].when_knot and not s.knot):
        return not _spent_for_today(s, i)
    return due_in(s, i) == 0.0


def _rank(r: Reminder) -> float:
    """Of several, the one with the longest pause is shown; what has no tank comes last, for it can wait."""
    return r.pause_s if r.after_s is not None else 0.0


def _show(s: State, i: int, out: list[Effect]) -> None:
    r = s.schedule.reminders[i]
    longest_s = r.pause_s if r.after_s is not None else NEVER
    item = choose(s.library, r.suggest, s.schedule.me, longest_s=longest_s, last_shown=s.last_shown)
    if item is None:  # only while the library is not read yet; it comes as an event of its own
        return
    laters = s.marks[i].laters if s.marks[i].snoozed else 0
    _put_up(s, r, item, laters, out)
    _tell(s, Decide(r.name, "shown", item.id), out)
    _disarm(s, i, count=laters == 0)
    if r.after_s is None:
        _mark(s, i, settled=max(s.marks[i].settled, s.open[i]))
        s.open = (*s.open[:i], 0, *s.open[i + 1 :])
        return
    for j, other in enumerate(s.schedule.reminders):
        if j != i and _answered_by(s, j, r):
            _disarm(s, j, count=False)
            _tell(s, Decide(other.name, "answered", r.name), out)


def _answered_by(s: State, j: int, shown: Reminder) -> bool:
    """Whether a notice of `shown` answers for reminder `j` too (rule 4)."""
    other = s.schedule.reminders[j]
    if other.after_s is None or other.pause_s > shown.pause_s or (other.when_knot and not s.knot):
        return False
    return level(s, j, s.now.s) >= other.after_s - s.schedule.spacing_s - EPSILON_S


def _disarm(s: State, i: int, *, count: bool) -> None:
    r, m = s.schedule.reminders[i], s.marks[i]
    day = _day(s.now)
    shown = (m.shown if m.day == day else 0) + count
    _mark(
        s,
        i,
        armed=False,
        from_work_s=_work(s, s.now.s),
        snoozed=False,
        laters=0,
        noticed=True,
        day=day,
        shown=shown,
    )
    if r.after_s is not None and r.pause_s == NEVER:
        # No rest will ever empty this tank; showing does, and an empty tank is armed.
        _set_level(s, i, 0.0)
        _mark(s, i, armed=True)


def _put_up(s: State, r: Reminder | None, item: Item, laters: int, out: list[Effect]) -> None:
    if s.notice is not None:
        out.append(Settle(s.notice.id, Outcome.IGNORED, 0.0))
    name = r.name if r is not None else None
    s.serial += 1
    s.notice = Notice(
        id=f"{round(s.now.unix_s * 1000)}-{s.serial}-{name or 'now'}",
        reminder=name,
        item=item.id,
        kind=item.kind,
        duration_s=float(item.duration_s),
        shown_s=s.now.s,
        shown_unix_s=s.now.unix_s,
        laters=laters,
    )
    s.shown_s = s.now.s
    s.reshow = s.wants_hands = s.counted = False
    s.last_shown = {**s.last_shown, item.id: s.now.unix_s}
    out.append(Show(s.notice))


def _tell(s: State, decision: Decide, out: list[Effect]) -> None:
    if decision != s.said:
        s.said = decision
        out.append(decision)


# ── small helpers ─────────────────────────────────────────────────────────────────────────────────


def _work(s: State, at_s: float) -> float:
    """The work clock at an instant of the present stretch."""
    return s.work_s if s.resting else s.work_s + at_s - s.since_s


def _unix(s: State, at_s: float) -> float:
    return s.now.unix_s + at_s - s.now.s


def _seated(s: State) -> bool:
    """In a call or a full-screen video silence is work, if the schedule counts it (rule 6)."""
    if not s.sensed:
        return False
    counts = s.schedule.counts
    return (Hold.CALL in s.sensed and Counts.CALL in counts) or (
        Hold.FULLSCREEN in s.sensed and Counts.VIDEO in counts
    )


def _long_silent(s: State) -> bool:
    if s.silent_s is None:
        return False
    return s.now.s - max(s.silent_s, s.seated_s) >= s.schedule.idle_after_s - EPSILON_S


def _index(s: State, name: str | None) -> int | None:
    return next((i for i, r in enumerate(s.schedule.reminders) if r.name == name), None)


def _mark(s: State, i: int, **changes: Any) -> None:
    s.marks = (*s.marks[:i], replace(s.marks[i], **changes), *s.marks[i + 1 :])


def _set_level(s: State, i: int, value_s: float) -> None:
    """Make the level of tank `i` now `value_s`, leaving the stretch as it is (see the invariant above)."""
    r = s.schedule.reminders[i]
    base = value_s
    if not s.resting:
        base = value_s - (s.now.s - s.since_s)
    elif r.after_s is not None and r.pause_s != NEVER:
        base = value_s + (s.now.s - s.since_s) * r.after_s / r.pause_s if value_s > 0.0 else 0.0
    s.levels = (*s.levels[:i], base, *s.levels[i + 1 :])


def _empty(s: State, own: int | None, notice: Notice) -> None:
    """*Done*: drain every tank as a full pause would, and the notice's own to the bottom (rule 10)."""
    pause_s = notice.duration_s
    if own is not None and s.schedule.reminders[own].pause_s != NEVER:
        pause_s = s.schedule.reminders[own].pause_s
    for i, r in enumerate(s.schedule.reminders):
        if r.after_s is None:
            continue
        left_s = 0.0 if i == own else tank.drain(level(s, i, s.now.s), pause_s, r.after_s, r.pause_s)
        _set_level(s, i, left_s)
        if left_s < r.after_s:
            _mark(s, i, armed=True, snoozed=False, laters=0, noticed=s.marks[i].noticed and left_s > 0.0)


def _day(now: Moment) -> int:
    return (now.wall - DAY_TURNS_AT).toordinal()


def _spent_for_today(s: State, i: int) -> bool:
    r, m = s.schedule.reminders[i], s.marks[i]
    return r.at_most is not None and m.shown >= r.at_most and m.day == _day(s.now)


def _next_day_turn(now: Moment) -> float:
    day = date.fromordinal(_day(now) + 1)
    return (datetime(day.year, day.month, day.day, tzinfo=now.zone) + DAY_TURNS_AT).timestamp()


# ── the wall clock ────────────────────────────────────────────────────────────────────────────────


def _instant(r: Reminder, day: date, now: Moment) -> float:
    """When `r` is due on that local date, Unix seconds.

    A time that daylight saving skips is taken as if the clock had not been changed (02:30 becomes 03:30); of a time
    that occurs twice the first is meant.
    """
    if r.at is None:
        raise ValueError(r.name)
    return datetime.combine(day, r.at, tzinfo=now.zone).timestamp()


def _last_closed(r: Reminder, now: Moment) -> int:
    """The last date whose time for `r` is over already, so that a fresh start owes nothing for it."""
    if r.at is None:
        return 0
    today = now.wall.date()
    for back in (0, 1, 2):
        day = today - timedelta(days=back)
        if _instant(r, day, now) + r.within_s <= now.unix_s:
            return day.toordinal()
    return today.toordinal() - 3


def _look_at_clock(s: State, out: list[Effect]) -> None:
    """Find which wall-clock reminders are due, record those that are missed, and when to look again (rule 7)."""
    now = s.now
    today = now.wall.date()
    until = math.inf
    found = [0] * len(s.levels)
    for i, r in enumerate(s.schedule.reminders):
        if r.at is None:
            continue
        for ahead in range(-1, 9):
            day = today + timedelta(days=ahead)
            if day.weekday() not in r.days or day.toordinal() <= s.marks[i].settled:
                continue
            opens = _instant(r, day, now)
            if opens > now.unix_s:
                until = min(until, opens)
                break
            if opens + r.within_s > now.unix_s:
                found[i] = day.toordinal()
                until = min(until, opens + r.within_s)
            else:
                _miss(s, i, day, opens, out)
    s.open = tuple(found)
    s.clock_from_unix_s, s.clock_until_unix_s = now.unix_s, until


def _miss(s: State, i: int, day: date, opens_unix_s: float, out: list[Effect]) -> None:
    r = s.schedule.reminders[i]
    _mark(s, i, settled=day.toordinal())
    if r.when_knot and not s.knot:
        return
    if opens_unix_s + r.within_s <= s.begun_unix_s:
        reason = "not running"
    else:
        reason = ", ".join(sorted(holds(s))) or ("nobody there" if s.resting else "no quiet moment")
    out.append(Miss(r.name, opens_unix_s, reason))
    _tell(s, Decide(r.name, "missed", reason), out)


def _in_hours(hours: tuple[Hours, ...], wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute
    today, yesterday = wall.weekday(), (wall.weekday() - 1) % 7
    for h in hours:
        over_midnight = h.end_min <= h.start_min
        if today in h.days and h.start_min <= minute and (over_midnight or minute < h.end_min):
            return True
        if over_midnight and yesterday in h.days and minute < h.end_min:
            return True
    return False


def opening_after(s: State, unix_s: float) -> float:
    """That instant if it lies within the hours of the schedule, else when they begin next; infinite: never."""
    then = Moment(s.now.s, unix_s, s.now.zone)
    if not s.schedule.hours or _in_hours(s.schedule.hours, then.wall):
        return unix_s
    return _next_opening(s.schedule.hours, then)


def _next_opening(hours: tuple[Hours, ...], now: Moment) -> float:
    midnight = now.wall.replace(hour=0, minute=0, second=0, microsecond=0)
    openings = [
        (
            (midnight + timedelta(days=ahead)).replace(hour=h.start_min // 60, minute=h.start_min % 60)
        ).timestamp()
        for ahead in range(9)
        for h in hours
        if (midnight + timedelta(days=ahead)).weekday() in h.days
    ]
    return min((t for t in openings if t > now.unix_s), default=math.inf)


KINDS_OF_NOW = tuple(k for k in Kind if k is not Kind.SETUP)
"""What `postured now` chooses from when nothing is named."""

__all__ = [
    "KINDS_OF_NOW",
    "Mark",
    "State",
    "Wake",
    "begin",
    "can_wait",
    "due_in",
    "finish",
    "holds",
    "level",
    "next_at",
    "next_wake",
    "opening_after",
    "step",
    "worked",
]
