"""When to remind: `step(state, event, now) -> (state, effects)` and `next_wake(state)`.

The whole decision and nothing else: no clock, no file, no loop. It runs live, where walls make the events and carry
out the effects, and in a replay, where a trace makes them and time is virtual. The rules are numbered as in
`tests/core/test_engine.py`, which tells each as a story.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from postured.core import course, tank
from postured.core.calendar import day_of, instant, last_closed, next_day_turn, opening_after
from postured.core.choose import Choice, Chooser
from postured.core.episodes import minor
from postured.core.follow import follow
from postured.core.model import (
    HANDS_ON_S,
    NEVER,
    SENSED,
    Action,
    Ask,
    Away,
    Cause,
    Close,
    Decide,
    Effect,
    Event,
    Guided,
    Hold,
    Input,
    Item,
    Keep,
    Kind,
    KnotLog,
    Knotted,
    Logged,
    Miss,
    Moment,
    Natural,
    Notice,
    Outcome,
    Pause,
    Pressed,
    Recalled,
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
    Stated,
    Suggest,
    Tick,
    Told,
)
from postured.core.practice import logged, recall, settled, shown
from postured.core.safety import Refusal, suggestible, terms_of
from postured.core.state import (
    EPSILON_S,
    GUIDED_AT_MOST_S,
    NOTHING_SUITS,
    RED_FLAG,
    STATED,
    Mark,
    State,
    Stretch,
    asks,
    due_in,
    gentle,
    holds,
    index_of,
    is_due,
    level,
    long_silent,
    next_at,
    occupying,
    seated,
    sides,
    sleeps,
    spent_for_today,
    stuck,
    stuck_at_s,
    unix_at,
    waits_for_sensors,
    who,
    work_at,
    worked,
)

TAKEN_WITHIN_S = 300.0
"""Rest that begins within this time of a notice may answer it (rule 9)."""
LATERS_AT_MOST = 2
"""How often *Later* may be pressed for one notice (rule 10)."""
MICRO_S = 45.0
"""However short a pause, a short break has room in it: what counts as one is at most this long."""
EMPTY_S = 0.01
"""A tank with less is empty: sums of Unix seconds are no more exact."""
COUNTED_WITHIN_S = 3600.0
"""After a longer absence nobody wants to hear that a break was counted."""
STATED_S = 3600.0
"""What somebody says of a call, full screen or their absence holds so long where they give no time."""
_KNOT = "knot"
"""Under this name `why` tells of what is asked about a knot; no reminder of the schedule is involved."""


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
        written=schedule,
        library=library,
        chooser=Chooser(library),
        now=now,
        since_s=now.s,
        levels=(0.0,) * count,
        marks=tuple(_new_mark(r, now) for r in schedule.reminders),
        begun_unix_s=now.unix_s,
        open=(0,) * count,
    )
    _look_at_clock(state, [])
    return state


def _new_mark(r: Reminder, now: Moment) -> Mark:
    past = last_closed(r, now)
    return Mark(settled=past, past=past)


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
        s.knots_until_unix_s = -math.inf
    out: list[Effect] = []
    if not isinstance(event, Slept):  # which has yet to say what the time that passed was
        _pass_time(s, out)
    _HANDLERS[type(event)](s, event, out)
    if s.sensed and not s.resting:  # after the event, which may be its end
        _name_stuck_holds(s, out)
    _consider(s, out)
    return s, out


def finish(state: State, now: Moment) -> list[Effect]:
    """What is still to be recorded when the story ends at `now`: the stretch that was under way. Nothing is shown."""
    s = state.copy()
    s.now = now
    out: list[Effect] = []
    _pass_time(s, out)
    if s.resting:
        _begin_work(s, out)
    elif s.now.s > s.since_s:
        out.append(Spent(True, unix_at(s, s.since_s), s.now.unix_s))
    return out


# ── when to look again ────────────────────────────────────────────────────────────────────────────


def next_wake(s: State) -> Wake:
    """The earliest instant at which another step could decide something new, if nothing happens before."""
    at: list[float] = []
    if s.silent_s is not None and not s.resting and not seated(s):
        at.append(max(s.silent_s, s.seated_s) + s.schedule.idle_after_s)
    if s.guided:
        at.append(s.guided_s + GUIDED_AT_MOST_S)
    elif s.notice is not None:
        at.append(_notice_wake(s, s.notice))
    if s.pause is not None and s.pause_end_s < math.inf:
        at.append(s.pause_end_s)
    at += [end_s for _on, end_s in s.stated.values()]
    at += [stuck_at_s(s, hold) for hold in s.sensed]
    unix = [s.clock_until_unix_s, s.knots_until_unix_s]
    if s.pause is not None and s.pause.until_unix_s is not None:
        unix.append(s.pause.until_unix_s)
    if not s.resting and not s.wants_hands and not s.guided:
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
    if s.ask is not None and not asks(s):
        unix.append(s.ask.unix_s)
    if s.reshow or asks(s) or any(is_due(s, i) for i in range(len(s.levels))):
        at.append(spaced_s)
        if Hold.OFF_HOURS in holds(s):
            unix.append(opening_after(s.schedule.hours, s.now))
    if any(r.at_most and spent_for_today(s, i) for i, r in enumerate(s.schedule.reminders)):
        unix.append(next_day_turn(s.now))


# ── time passes ───────────────────────────────────────────────────────────────────────────────────


def _pass_time(s: State, out: list[Effect]) -> None:
    """All that follows from time alone, before the event itself is looked at."""
    for hold in occupying(s):
        if stuck(s, hold):  # silence from then on is silence
            s.seated_s = max(s.seated_s, stuck_at_s(s, hold))
    _promote(s)
    if s.resting and s.now.s - s.rest_s >= s.schedule.idle_after_s:
        _record_stretch(s, out)
    if s.guided and s.now.s - s.guided_s >= GUIDED_AT_MOST_S:
        s.guided = False
    if s.notice is not None:
        _settle_by_time(s, s.notice, out)
    if s.pause is not None and _pause_over(s, s.pause):
        s.pause = None
    if s.stated and any(end_s <= s.now.s + EPSILON_S for _on, end_s in s.stated.values()):
        s.stated = {what: said for what, said in s.stated.items() if said[1] > s.now.s + EPSILON_S}
        _believe(s, out)
    if not s.clock_from_unix_s <= s.now.unix_s < s.clock_until_unix_s:
        _look_at_clock(s, out)
    if s.now.unix_s >= s.knots_until_unix_s:
        _look_at_knots(s, out)


def _promote(s: State) -> None:
    """A silence of `idle_after` or more is rest, from its first second (rule 1)."""
    if s.silent_s is None or seated(s):
        return
    start_s = max(s.silent_s, s.seated_s)
    if s.now.s - start_s < s.schedule.idle_after_s - EPSILON_S:
        return
    if not s.resting:
        _begin_rest(s, start_s)
    elif start_s < s.rest_s and s.stretch is not None:
        # The screen was locked in the middle of a silence: what was silent before belongs to the rest as well.
        _rest_since(s, start_s, s.stretch)


def _begin_rest(s: State, start_s: float) -> None:
    s.stretch = Stretch(s.since_s, s.levels, s.work_s)
    _rest_since(s, start_s, s.stretch)


def _rest_since(s: State, start_s: float, stretch: Stretch) -> None:
    """Rest from `start_s` on, after as much of `stretch` as came before."""
    start_s = max(start_s, stretch.since_s)
    worked_s = start_s - stretch.since_s
    s.levels = tuple(
        0.0 if r.after_s is None else tank.fill(base, worked_s, r.after_s)
        for base, r in zip(stretch.levels, s.schedule.reminders, strict=True)
    )
    s.work_s = stretch.work_s + worked_s
    if any(m.from_work_s > s.work_s for m in s.marks):
        # A notice was shown in the first seconds of what is now known to be rest.
        s.marks = tuple(replace(m, from_work_s=min(m.from_work_s, s.work_s)) for m in s.marks)
    s.resting, s.since_s, s.rest_s = True, start_s, start_s
    s.wants_hands = False


def _record_stretch(s: State, out: list[Effect]) -> None:
    """Record the work before this rest. Not sooner than `idle_after` into it: till then its end may move."""
    if s.stretch is not None and s.rest_s > s.stretch.since_s:
        out.append(Spent(True, unix_at(s, s.stretch.since_s), unix_at(s, s.rest_s)))
    s.stretch = None


def _begin_work(s: State, out: list[Effect]) -> None:
    """The rest ends now: natural breaks, new arming, and the length of the break that was taken."""
    _record_stretch(s, out)
    out.append(Spent(False, unix_at(s, s.rest_s), s.now.unix_s))
    s.counted = s.counted and s.now.s - s.rest_s <= COUNTED_WITHIN_S
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
    emptied = after_s <= EMPTY_S < s.levels[i]
    if emptied and not m.noticed:
        empty_s = s.since_s + tank.rest_to_empty(s.levels[i], r.after_s, r.pause_s)
        out.append(Natural(r.name, unix_at(s, empty_s), s.now.s - s.rest_s))
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
    if s.guided:  # somebody is busy with it, and will tell
        return
    if s.resting and _answers(s, notice):
        rested_s = s.now.s - s.rest_s
        if rested_s >= notice.duration_s - EPSILON_S:
            _settle(s, notice, Outcome.TAKEN, rested_s, out)
            s.taken = (notice.id, s.rest_s)
            if s.away or s.wants_hands:  # locked, or just woken up: nobody is there to hear of it
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
    if s.followed and outcome in (Outcome.IGNORED, Outcome.LATER):
        outcome, seconds = Outcome.DONE, notice.duration_s
    out += (Settle(notice.id, outcome, seconds), Close())
    s.practice = settled(s.practice, notice, outcome, s.now)
    s.notice, s.reshow, s.hidden, s.guided, s.followed = None, False, False, False, False


def _pause_over(s: State, pause: Pause) -> bool:
    if pause.until_unix_s is not None:
        return s.now.unix_s >= pause.until_unix_s - EPSILON_S
    return s.now.s >= s.pause_end_s - EPSILON_S


def _name_stuck_holds(s: State, out: list[Effect]) -> None:
    for hold in s.sensed:
        if hold in s.schedule.hold and hold not in s.named and stuck(s, hold):
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
    if s.resting:
        _begin_work(s, out)
    if s.counted and not holds(s):
        s.counted = False
        out.append(Say("counted"))


def _on_silence(s: State, event: Silence, out: list[Effect]) -> None:
    s.silent_s = min(event.since_s, s.now.s)
    s.input_s = max(s.input_s, s.silent_s)
    _promote(s)
    if s.notice is not None:
        _settle_by_time(s, s.notice, out)


def _on_away(s: State, event: Away, out: list[Effect]) -> None:
    s.gone = s.gone | {event.reason} if event.on else s.gone - {event.reason}
    if not s.gone:
        s.doubted -= {Hold.AWAY}
    _believe(s, out)


def _on_sensed(s: State, event: Sensed, out: list[Effect]) -> None:
    if event.on:
        s.seen = {event.hold: s.now.s} | dict(s.seen)
    else:
        s.seen = {hold: since_s for hold, since_s in s.seen.items() if hold is not event.hold}
        s.doubted -= {event.hold}
    _believe(s, out, video=event.video if event.hold is Hold.FULLSCREEN else s.video)


def _on_stated(s: State, event: Stated, out: list[Effect]) -> None:
    s.stated = {what: said for what, said in s.stated.items() if what is not event.hold}
    s.doubted -= {event.hold}
    if event.for_s is not None or event.on:
        for_s = STATED_S if event.for_s is None else event.for_s
        s.stated = {**s.stated, event.hold: (event.on, s.now.s + for_s)}
    elif s.gone if event.hold is Hold.AWAY else event.hold in s.seen:
        s.doubted |= {event.hold}
    _tell(s, Decide(event.hold.value, "stated", "on" if event.on else "off"), out)
    _believe(s, out)


def _believe(s: State, out: list[Effect], *, video: bool | None = None) -> None:
    """Find what stands by all that is reported and stated, and what follows for work and rest."""
    was_seated, was_away, before = seated(s), bool(s.away), s.sensed
    s.video = s.video if video is None else video
    said = {what: on for what, (on, _end_s) in s.stated.items()}
    believed = {what: since_s for what, since_s in s.seen.items() if said.get(what, what not in s.doubted)}
    for what in (what for what, on in said.items() if on and what is not Hold.AWAY):
        believed.setdefault(what, before.get(what, s.now.s))
    s.sensed = believed
    s.named &= frozenset(believed)
    s.away = s.gone if said.get(Hold.AWAY, Hold.AWAY not in s.doubted) else frozenset()
    if said.get(Hold.AWAY):
        s.away |= {STATED}
    if was_seated and not seated(s):
        s.seated_s = s.now.s
    if s.away and not s.resting:
        _begin_rest(s, s.now.s)
    elif s.resting and not s.away and (seated(s) or (was_away and not long_silent(s))):
        _begin_work(s, out)
    if (believed.keys() - before.keys()) & s.schedule.hold:
        _hide(s, out)


def _hide(s: State, out: list[Effect]) -> None:
    """Take the notice down that is up when a call begins, say; it comes again afterwards, unless it is settled by then.

    What was asked for stays, and so does what somebody is being led through.
    """
    if s.notice is not None and s.notice.reminder is not None and not s.guided and not s.hidden:
        s.hidden = True
        out.append(Close())
        _tell(s, Decide(s.notice.reminder, "hidden", ", ".join(sorted(SENSED & holds(s)))), out)


def _on_slept(s: State, event: Slept, out: list[Effect]) -> None:
    start_s = s.now.s - event.seconds
    if not s.resting:
        _begin_rest(s, start_s)
    # Nobody was seen since: it goes on being silent, until an input that is asked for by name.
    s.silent_s = start_s if s.silent_s is None else min(s.silent_s, start_s)
    s.input_s = -math.inf
    s.wants_hands = True
    _pass_time(s, out)


def _on_pause(s: State, event: Pause, out: list[Effect]) -> None:
    s.pause = event
    s.pause_end_s = math.inf if event.for_s is None else s.now.s + event.for_s
    if s.notice is not None:
        _put_off(s, s.notice, out)


def _on_resume(s: State, _event: Resume, _out: list[Effect]) -> None:
    s.pause = None


def _on_pressed(s: State, event: Pressed, out: list[Effect]) -> None:
    notice = s.notice
    if notice is None or event.action is Action.SHOW:
        return
    if event.action is Action.DONE:
        _done(s, notice, out)
    elif event.action is Action.SKIP:
        _settle(s, notice, Outcome.DONE if s.followed else Outcome.SKIPPED, 0.0, out)
    elif can_wait(notice):
        _put_off(s, notice, out)


def _done(s: State, notice: Notice, out: list[Effect]) -> None:
    _settle(s, notice, Outcome.DONE, notice.duration_s, out)
    _empty(s, index_of(s, notice.reminder), notice)


def _put_off(s: State, notice: Notice, out: list[Effect]) -> None:
    """Let the notice come back after `snooze`; not one that was put off too often, asked for, or begun already."""
    i = index_of(s, notice.reminder)
    if i is None or s.followed or not can_wait(notice):
        _settle(s, notice, Outcome.IGNORED, 0.0, out)
        return
    _settle(s, notice, Outcome.LATER, 0.0, out)
    _mark(s, i, snoozed=True, laters=notice.laters + 1, from_work_s=work_at(s, s.now.s), item=notice.item)


def can_wait(notice: Notice) -> bool:
    """Whether *Later* may be pressed: a reminder's notice, twice at most."""
    return notice.reminder is not None and notice.laters < LATERS_AT_MOST


def _on_suggest(s: State, event: Suggest, out: list[Effect]) -> None:
    if event.item is not None:
        choice = _by_name(s, event.item)
    else:
        choice = s.chooser.choose(event.kinds, who(s), longest_s=NEVER, asked=True)
        if choice is not None and choice.because == "instead" and choice.item.kind not in event.kinds:
            choice = None  # something else was asked for
    if choice is not None:
        _put_up(s, None, choice, 0, out)
        _tell(s, Decide("now", "asked", choice.item.id), out)


def _by_name(s: State, item_id: str) -> Choice | None:
    """An item that was asked for, or put off before; None where it could do harm."""
    item = next((it for it in s.library if it.id == item_id), None)
    if item is None or s.chooser.refuses(item, who(s)) is not None:
        return None
    return Choice(item, s.chooser.level_for(item, who(s)) or min(1, len(item.levels)), "asked")


def _on_guided(s: State, event: Guided, out: list[Effect]) -> None:
    if event.on:
        s.guided, s.guided_s = True, s.now.s
        s.followed = event.followed and s.notice is not None
    elif s.guided and s.notice is not None:
        if event.followed:
            _done(s, s.notice, out)
        else:
            _settle(s, s.notice, Outcome.IGNORED, 0.0, out)
    else:  # what was asked had no notice any more
        s.guided = False


def _on_logged(s: State, event: Logged, out: list[Effect]) -> None:
    if isinstance(event.log, KnotLog):
        s.course = course.told(s.course, event.log, s.now.unix_s)
    else:
        s.practice = logged(s.practice, event.log, s.now)
    out.append(Keep(event.log))
    _look_at_knots(s, out)


def _on_recalled(s: State, event: Recalled, out: list[Effect]) -> None:
    s.practice = recall(event.past, event.sets, event.presses, s.now)
    if event.knotted is None:
        _look_at_knots(s, out)
    else:
        _on_knotted(s, event.knotted, out)


def _on_knotted(s: State, event: Knotted, out: list[Effect]) -> None:
    s.course, s.cares = event.course, event.cares
    _look_at_knots(s, out)


def _look_at_knots(s: State, out: list[Effect]) -> None:
    """Find how the knots are now, and what follows: another schedule, a notice that would do harm, what to ask."""
    knots = course.knots(s.course, s.practice, s.cares, s.now)
    s.knots_until_unix_s = course.changes_unix_s(s.course, s.now)
    s.ask = course.due(s.course, s.now)
    s.minor = minor(s.course)
    if knots == s.knots:
        return
    s.knots = knots
    _use(s, follow(s.written, knots), out)
    _withdraw(s, out)


def _withdraw(s: State, out: list[Effect]) -> None:
    """Take down a notice that would do harm now, or is of a kind that rests, with what was learned since it went up."""
    notice = s.notice
    item = None if notice is None else next((it for it in s.library if it.id == notice.item), None)
    if notice is None or item is None:
        return
    refused = _harm(s, item)
    if refused is not None and s.guided and refused.because in ("cause", "annoyed"):
        return  # that was learned in the row, which has something to say about it
    rests = notice.reminder is not None and s.knot is not None and item.kind in s.knot.rests
    if refused is not None or (rests and not s.guided):
        _settle(s, notice, Outcome.IGNORED, 0.0, out)


def _harm(s: State, item: Item) -> Refusal | None:
    """Why it had better not be done at all; that it was enough for now is no reason."""
    refused = s.chooser.refuses(item, who(s))
    return None if refused is None or refused.because in ("cap", "week", "gap", "stopped") else refused


def harms(s: State, item_id: str) -> bool:
    """Whether an item that is being gone through would do harm, as things are by now."""
    item = next((it for it in s.library if it.id == item_id), None)
    return item is not None and _harm(s, item) is not None


def _on_reload(s: State, event: Reload, out: list[Effect]) -> None:
    if event.library is not None:
        s.library, s.chooser = event.library, Chooser(event.library)
    if event.schedule is not None:
        s.written = event.schedule
        _use(s, follow(event.schedule, s.knots), out)
    _withdraw(s, out)


def _use(s: State, schedule: Schedule, out: list[Effect]) -> None:
    """Go by another schedule from now on, and keep what its reminders have collected."""
    if schedule == s.schedule:
        return
    levels = {r.name: level(s, i, s.now.s) for i, r in enumerate(s.schedule.reminders)}
    # One that changes between a tank and a time of day is another reminder of the same name.
    marks = {(r.name, r.at is None): m for r, m in zip(s.schedule.reminders, s.marks, strict=True)}
    _record_stretch(s, out)
    held_back = holds(s)
    offset_s = 0.0 if s.resting else s.now.s - s.since_s
    s.schedule = schedule
    reminders = schedule.reminders
    s.levels = tuple(
        min(levels.get(r.name, 0.0), tank.OVERFLOW * (r.after_s or 0.0)) - offset_s for r in reminders
    )
    if s.resting:
        s.since_s = s.now.s
    s.marks = tuple(
        marks.get((r.name, r.at is None)) or replace(_new_mark(r, s.now), from_work_s=work_at(s, s.now.s))
        for r in reminders
    )
    s.wants_hands = False
    if SENSED & (holds(s) - held_back):
        _hide(s, out)
    _look_at_clock(s, out)


_HANDLERS: dict[type, Callable[[State, Any, list[Effect]], None]] = {
    Tick: _on_tick,
    Input: _on_input,
    Silence: _on_silence,
    Away: _on_away,
    Slept: _on_slept,
    Sensed: _on_sensed,
    Stated: _on_stated,
    Pause: _on_pause,
    Resume: _on_resume,
    Pressed: _on_pressed,
    Suggest: _on_suggest,
    Guided: _on_guided,
    Logged: _on_logged,
    Recalled: _on_recalled,
    Knotted: _on_knotted,
    Reload: _on_reload,
}


# ── whether to show ───────────────────────────────────────────────────────────────────────────────


def _consider(s: State, out: list[Effect]) -> None:
    """Show at most one of the reminders that are due, if nothing is in its way (rules 3 to 5)."""
    if s.resting or s.guided:
        return
    due = [i for i in range(len(s.levels)) if is_due(s, i)]
    if not due and not s.reshow and not asks(s):
        _with_nothing_due(s, out)
        return
    first = max(due, key=lambda i: _rank(s.schedule.reminders[i]), default=None)
    name = _KNOT
    if first is not None:
        name = s.schedule.reminders[first].name
    elif s.reshow:
        name = (s.notice and s.notice.reminder) or "now"
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
    elif s.ask is not None:
        _ask(s, s.ask, out)


def _with_nothing_due(s: State, out: list[Effect]) -> None:
    """Put a notice up again that a hold took down; it is no new one. What comes due meanwhile takes its place."""
    free = not holds(s)
    # A break is yet to be counted: the password that ended the rest was no sign of presence.
    s.wants_hands = free and (s.counted or (s.hidden and s.now.s - s.input_s >= HANDS_ON_S))
    if s.hidden and s.notice is not None and free and not s.wants_hands:
        s.hidden = False
        out.append(Show(s.notice, again=True))
        _tell(s, Decide(s.notice.reminder or "now", "again", s.notice.item), out)


def _ask(s: State, ask: course.Due, out: list[Effect]) -> None:
    """Ask how a knot is. That it was asked is known at once, so that a death in between asks no second time."""
    log = KnotLog(ask.knot, Told.ASKED)
    s.course = course.told(s.course, log, s.now.unix_s)
    s.shown_s = s.now.s
    s.wants_hands = False
    out += [Keep(log), Ask(ask.knot, ask.what)]
    _tell(s, Decide(_KNOT, "asks", ask.what), out)
    _look_at_knots(s, out)


def _rank(r: Reminder) -> float:
    """Of several, the one with the longest pause is shown; what has no tank comes last, for it can wait."""
    return r.pause_s if r.after_s is not None else 0.0


def _show(s: State, i: int, out: list[Effect]) -> None:
    r = s.schedule.reminders[i]
    longest_s = max(r.pause_s, MICRO_S) if r.after_s is not None else NEVER
    m = s.marks[i]
    choice = _by_name(s, m.item) if m.snoozed and m.item else None
    if choice is not None:
        rests = not suggestible(choice.item, terms_of(who(s)))
        choice = None if rests else choice._replace(because="later")
    if choice is None:
        choice = s.chooser.choose(r.suggest, who(s), longest_s=longest_s)
    if choice is None:
        if s.library:  # else it is not read yet, and comes as an event of its own
            red = s.knot is not None and s.knot.cause is Cause.RED_EMERGENCY
            _tell(s, Decide(r.name, "held", RED_FLAG if red else NOTHING_SUITS), out)
        return
    _put_up(s, r, choice, m.laters if m.snoozed else 0, out)
    _tell(s, Decide(r.name, "shown", choice.item.id, f"{choice.because} {choice.detail}".rstrip()), out)
    _tell_what_lacks(s, r, out)
    laters = m.laters if m.snoozed else 0
    _disarm(s, i, count=laters == 0)
    if r.after_s is None:
        _mark(s, i, settled=max(s.marks[i].settled, s.open[i]))
        s.open = (*s.open[:i], 0, *s.open[i + 1 :])
        return
    for j, other in enumerate(s.schedule.reminders):
        if j != i and _answered_by(s, j, r):
            _disarm(s, j, count=False)
            _tell(s, Decide(other.name, "answered", r.name), out)


def _tell_what_lacks(s: State, r: Reminder, out: list[Effect]) -> None:
    """Say once, and again only after it was otherwise, that nothing of a kind is left for this person."""
    me = who(s)
    for kind in r.suggest:
        emptied, lacking = f"emptied {kind}", f"lacking {kind}"
        now_so = set()
        if s.chooser.emptied_by(kind, me):
            now_so.add(emptied)
        elif s.chooser.lacking(kind, me) is not None:
            now_so.add(lacking)
        out += [Say(*word.split()) for word in sorted(now_so - s.told)]
        s.told = s.told - {emptied, lacking} | now_so


def _answered_by(s: State, j: int, shown: Reminder) -> bool:
    """Whether a notice of `shown` answers for reminder `j` too (rule 4)."""
    other = s.schedule.reminders[j]
    if other.after_s is None or other.pause_s > shown.pause_s or sleeps(s, other):
        return False
    return level(s, j, s.now.s) >= other.after_s - s.schedule.spacing_s - EPSILON_S


def _disarm(s: State, i: int, *, count: bool) -> None:
    r, m = s.schedule.reminders[i], s.marks[i]
    day = day_of(s.now)
    shown = (m.shown if m.day == day else 0) + count
    _mark(
        s,
        i,
        armed=False,
        from_work_s=work_at(s, s.now.s),
        snoozed=False,
        laters=0,
        item="",
        noticed=True,
        day=day,
        shown=shown,
    )
    if r.after_s is not None and r.pause_s == NEVER:
        # No rest will ever empty this tank; showing does, and an empty tank is armed.
        _set_level(s, i, 0.0)
        _mark(s, i, armed=True)


def _put_up(s: State, r: Reminder | None, choice: Choice, laters: int, out: list[Effect]) -> None:
    if s.notice is not None:
        _settle(s, s.notice, Outcome.IGNORED, 0.0, out)
        out.pop()  # it is not closed: the new one takes its place
    item, level_ = choice.item, choice.level
    name = r.name if r is not None else None
    s.serial += 1
    s.notice = Notice(
        id=f"{round(s.now.unix_s * 1000)}-{s.serial}-{name or 'now'}",
        reminder=name,
        item=item.id,
        kind=item.kind,
        duration_s=float(item.levels[level_ - 1].duration_s if level_ else item.duration_s),
        shown_s=s.now.s,
        shown_unix_s=s.now.unix_s,
        laters=laters,
        level=level_,
    )
    s.shown_s = s.now.s
    s.reshow = s.hidden = s.wants_hands = s.counted = s.guided = False
    s.practice = shown(s.practice, item, s.now, asked=r is None)
    out.append(Show(s.notice))


def _tell(s: State, decision: Decide, out: list[Effect]) -> None:
    if decision != s.said or decision.verdict in ("shown", "asked", "stated"):
        s.said = decision
        out.append(decision)


# ── small helpers ─────────────────────────────────────────────────────────────────────────────────


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


# ── the wall clock ────────────────────────────────────────────────────────────────────────────────


def _look_at_clock(s: State, out: list[Effect]) -> None:
    """Find which wall-clock reminders are due, record those that are missed, and when to look again (rule 7)."""
    now = s.now
    today = now.wall.date()
    until = math.inf
    found = [0] * len(s.levels)
    for i, r in enumerate(s.schedule.reminders):
        if r.at is None:
            continue
        if s.marks[i].settled == s.marks[i].past and (past := last_closed(r, now)) < s.marks[i].past:
            _mark(s, i, settled=past, past=past)  # the clock was ahead when the reminder was new
        for ahead in range(-1, 9):
            day = today + timedelta(days=ahead)
            if day.weekday() not in r.days or day.toordinal() <= s.marks[i].settled:
                continue
            opens = instant(r, day, now)
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
    if sleeps(s, r):
        return
    if opens_unix_s + r.within_s <= s.begun_unix_s:
        reason = "not running"
    else:
        reason = ", ".join(sorted(holds(s))) or ("nobody there" if s.resting else "no quiet moment")
    out.append(Miss(r.name, opens_unix_s, reason))
    _tell(s, Decide(r.name, "missed", reason), out)


KINDS_OF_NOW = tuple(k for k in Kind if k is not Kind.SETUP)
"""What `postured now` chooses from when nothing is named."""

__all__ = [
    "EPSILON_S",
    "KINDS_OF_NOW",
    "Mark",
    "State",
    "Wake",
    "begin",
    "can_wait",
    "due_in",
    "finish",
    "gentle",
    "harms",
    "holds",
    "level",
    "next_at",
    "next_wake",
    "sides",
    "step",
    "waits_for_sensors",
    "who",
    "worked",
]
