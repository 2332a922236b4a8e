"""What the engine knows, and what can be read off it. Nothing here changes anything.

Invariant of the levels: `levels[i]` belongs to the instant `since_s`, at which the present stretch of work or rest
began, and is not touched while the stretch lasts. The level at any later instant follows from it by arithmetic
(`tank`), so a silence that turns out to have been rest can be taken back from its first second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from postured.core import tank
from postured.core.calendar import day_of, in_hours, instant
from postured.core.choose import Chooser
from postured.core.course import Due
from postured.core.model import (
    NEVER,
    Care,
    Cause,
    Counts,
    Course,
    Decide,
    Hold,
    Item,
    Knot,
    Moment,
    Notice,
    Pause,
    Reminder,
    Schedule,
)
from postured.core.practice import NOTHING, Practice
from postured.core.safety import RED, Who, young

NO_KNOTS = Course()
EPSILON_S = 1e-3
"""Sums of seconds are compared with this tolerance, so that a timer's rounding cannot delay a notice by a turn."""


GUIDED_AT_MOST_S = 3600.0
"""No row takes as long; should its end get lost, notices come again."""
NOTHING_SUITS = "nothing suits"
"""Why a reminder is held when the library has nothing that may be suggested."""
STATED = "stated"
"""Among the reasons for being away: somebody said so."""
RED_FLAG = "red flag"
"""Why it is held when something stands that needs a person, not a program."""


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
    past: int = 0
    """What `settled` was when the reminder was new, and over by then: a clock that is set back opens it again."""
    item: str = ""
    """What was put off with *Later*, and comes again."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of work, as it began: what was worked before an instant within it follows from this."""

    since_s: float
    levels: tuple[float, ...]
    work_s: float


@dataclass(slots=True)
class State:
    """All that the engine knows. `step` copies it and never changes the one it was given."""

    schedule: Schedule
    """The one in force: as it was written, tightened while a knot is followed."""
    written: Schedule
    """As the person wrote it."""
    library: tuple[Item, ...]
    chooser: Chooser
    """Of this library."""
    now: Moment
    since_s: float
    levels: tuple[float, ...]
    marks: tuple[Mark, ...]
    resting: bool = False
    rest_s: float = 0.0
    """When the present rest began."""
    stretch: Stretch | None = None
    """The work before this rest, until it is recorded."""
    work_s: float = 0.0
    """The work clock, all work ever counted, at `since_s`."""
    silent_s: float | None = None
    """Since when the sensor has seen no input; None while it sees some or has not said."""
    seated_s: float = -math.inf
    """End of the last call or video: silence before that was work (rule 6)."""
    input_s: float = -math.inf
    away: frozenset[str] = frozenset()
    """Why the person is away: what was reported and is believed, and `stated`."""
    sensed: Mapping[Hold, float] = field(default_factory=dict)
    """The sensed conditions that stand, with the instant each began: what sensors see, and what was stated."""
    gone: frozenset[str] = frozenset()
    """Why the person is away by what is reported, believed or not."""
    seen: Mapping[Hold, float] = field(default_factory=dict)
    """What sensors see, believed or not."""
    video: bool = True
    """Somebody may be watching what is full screen."""
    stated: Mapping[Hold, tuple[bool, float]] = field(default_factory=dict)
    """What was said of a hold, and until when it goes before what sensors report."""
    doubted: frozenset[Hold] = frozenset()
    """What sensors report of these is not believed until they report the end of it."""
    named: frozenset[Hold] = frozenset()
    """Sensed holds that stood too long and were named for it."""
    pause: Pause | None = None
    pause_end_s: float = math.inf
    notice: Notice | None = None
    reshow: bool = False
    """The notice was up when the program ended and is to be put up once more."""
    hidden: bool = False
    """The notice was up when a call began, say, and comes again when that is over."""
    taken: tuple[str, float] | None = None
    """A notice whose rest still lasts, and when that rest began."""
    counted: bool = False
    """*Break counted* is to be said when the person is back from a locked screen."""
    wants_hands: bool = False
    """The next input matters: something waits for it, or a suspend ended and nobody was seen yet."""
    shown_s: float = -math.inf
    """When the last notice was shown."""
    minor: bool = False
    """The person is under 16, as they said themselves."""
    practice: Practice = NOTHING
    """What the person has done so far. Not saved with the state: the history knows it."""
    guided: bool = False
    """A row of notices leads through what the notice suggests, or asks about it."""
    guided_s: float = -math.inf
    """When it began; it ends by itself after `GUIDED_AT_MOST_S`."""
    followed: bool = False
    """Some of what the notice suggests was done."""
    told: frozenset[str] = frozenset()
    """Kinds of which the person was told that nothing is left for them, and why, as `emptied massage`."""
    open: tuple[int, ...] = ()
    """Per reminder, the ordinal of the date for which a wall-clock reminder is due; 0 for none."""
    clock_from_unix_s: float = math.inf
    clock_until_unix_s: float = -math.inf
    """Between these two nothing about wall-clock reminders changes."""
    begun_unix_s: float = 0.0
    serial: int = 0
    """Notices of this run, so that two of one millisecond are told apart."""
    course: Course = NO_KNOTS
    """All knots that are known, and the red flags."""
    cares: Mapping[str, Care] = field(default_factory=dict)
    knots: tuple[Knot, ...] = ()
    """Those that are followed, as they are now; the one in front first."""
    knots_until_unix_s: float = math.inf
    """Till then they stay as they are, if nothing is said."""
    ask: Due | None = None
    """What is asked next about a knot, and from when on."""
    said: Decide | None = None
    """The last decision told, so that none is told twice in a row."""

    @property
    def knot(self) -> Knot | None:
        """The knot in front."""
        return self.knots[0] if self.knots else None

    def copy(self) -> State:
        """A shallow copy; every field holds an immutable value or one that is replaced, never changed."""
        new = object.__new__(State)
        for name in State.__slots__:
            setattr(new, name, getattr(self, name))
        return new


def who(s: State) -> Who:
    """The person as choosing sees them."""
    me = s.schedule.me
    if s.minor:
        me = replace(me, flags=me.flags | {"minor"})
    return Who(me, s.knot, s.practice, s.now, s.knots[1:])


def sides(s: State) -> tuple[str, str]:
    """Which side is worked first, and which then: the knot's own, else the one that gets most use."""
    if s.knot is not None and s.knot.side in ("left", "right"):
        first = s.knot.side
    else:
        first = "left" if s.schedule.me.dominant == "left" else "right"
    return (first, "left" if first == "right" else "right")


def gentle(s: State) -> bool:
    """Whether it is so early in a knot's life that nothing is pressed hard."""
    strained = any(young(knot, s.now) and knot.cause is Cause.STRAIN for knot in s.knots)
    return strained or "acute_48h" in s.schedule.me.flags


def sleeps(s: State, r: Reminder) -> bool:
    """Whether a reminder is only for who has a knot, and there is none for which it would do anything."""
    if not r.when_knot:
        return False
    red = any(knot.cause in RED for knot in s.knots)
    return red or all(knot.rests.issuperset(r.suggest) for knot in s.knots)


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
    return work_at(s, s.now.s)


def holds(s: State) -> frozenset[Hold]:
    """All the reasons that keep notices back now."""
    found = set()
    if s.pause is not None:
        found.add(Hold.PAUSED)
    if s.away:
        found.add(Hold.AWAY)
    if s.schedule.hours and not in_hours(s.schedule.hours, s.now.wall):
        found.add(Hold.OFF_HOURS)
    found |= {hold for hold in s.sensed if hold in s.schedule.hold and not stuck(s, hold)}
    return frozenset(found)


def stuck_at_s(s: State, hold: Hold) -> float:
    """When what sensors see will have stood so long that it is ignored; what somebody stated has an end of its own."""
    on, _end_s = s.stated.get(hold, (False, 0.0))
    return math.inf if on else s.sensed[hold] + s.schedule.hold_at_most_s


def stuck(s: State, hold: Hold) -> bool:
    """Whether a sensed hold has stood too long to be believed."""
    return s.now.s >= stuck_at_s(s, hold) - EPSILON_S


def due_in(s: State, i: int) -> float | None:
    """Further work until reminder `i` is due, in seconds, 0 if it is due now; None if work will not make it due."""
    r, m = s.schedule.reminders[i], s.marks[i]
    if sleeps(s, r):
        return None
    work_since = work_at(s, s.now.s) - m.from_work_s
    if r.after_s is None or (m.snoozed and r.pause_s == NEVER):
        return max(0.0, r.snooze_s - work_since) if m.snoozed else None
    if not m.snoozed and spent_for_today(s, i):
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
    if r.at is None or sleeps(s, r):
        return None
    today = s.now.wall.date()
    if s.open[i]:
        return instant(r, date.fromordinal(s.open[i]), s.now)
    for ahead in range(-1, 9):
        day = today + timedelta(days=ahead)
        at = instant(r, day, s.now)
        if day.weekday() in r.days and day.toordinal() > s.marks[i].settled and at > s.now.unix_s:
            return at
    return None


def work_at(s: State, at_s: float) -> float:
    """The work clock at an instant of the present stretch."""
    return s.work_s if s.resting else s.work_s + at_s - s.since_s


def unix_at(s: State, at_s: float) -> float:
    """An instant of the engine's clock on the wall clock, if nobody sets that in between."""
    return s.now.unix_s + at_s - s.now.s


def seated(s: State) -> bool:
    """In a call or a full-screen video silence is work, if the schedule counts it (rule 6)."""
    if not s.sensed:
        return False
    return any(not stuck(s, hold) for hold in occupying(s))


def occupying(s: State) -> list[Hold]:
    """What of the sensed conditions is work by this schedule, stuck or not."""
    counts = s.schedule.counts
    call = [Hold.CALL] if Hold.CALL in s.sensed and Counts.CALL in counts else []
    video = Hold.FULLSCREEN in s.sensed and s.video and Counts.VIDEO in counts
    return [*call, Hold.FULLSCREEN] if video else call


def waits_for_sensors(s: State) -> bool:
    """Whether the end of something sensed matters: it keeps a notice back, or makes work of a silence."""
    if s.resting or not s.seen:
        return False
    if s.silent_s is not None:  # nothing is shown to who does not touch a key
        return seated(s)
    held = any(hold in s.schedule.hold for hold in s.seen)
    return held and (asks(s) or s.reshow or s.hidden or any(is_due(s, i) for i in range(len(s.levels))))


def long_silent(s: State) -> bool:
    """Whether a silence stands that is long enough to be rest."""
    if s.silent_s is None:
        return False
    return s.now.s - max(s.silent_s, s.seated_s) >= s.schedule.idle_after_s - EPSILON_S


def index_of(s: State, name: str | None) -> int | None:
    """The place of a reminder in the schedule."""
    return next((i for i, r in enumerate(s.schedule.reminders) if r.name == name), None)


def spent_for_today(s: State, i: int) -> bool:
    """Whether a reminder had all its notices of the day (rule 8)."""
    r, m = s.schedule.reminders[i], s.marks[i]
    return r.at_most is not None and m.shown >= r.at_most and m.day == day_of(s.now)


def asks(s: State) -> bool:
    """Whether it is time to ask about a knot; never while a notice is up, which comes first."""
    return s.ask is not None and s.notice is None and s.now.unix_s >= s.ask.unix_s


def is_due(s: State, i: int) -> bool:
    """Whether reminder `i` ought to be shown now."""
    if s.open[i] and not sleeps(s, s.schedule.reminders[i]):
        return not spent_for_today(s, i)
    return due_in(s, i) == 0.0
