"""What `status` and `plan` tell, as JSON values with stable keys, from the engine's state alone."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from postured.core import course
from postured.core.calendar import day_of, opening_after
from postured.core.language import _
from postured.core.model import HANDS_ON_S, NEVER, Cause, Item, Kind, Moment
from postured.core.practice import long_rests, week
from postured.core.state import NOTHING_SUITS, STATED, State, due_in, holds, is_due, level, next_at
from postured.core.wording import because_held, item_title, red_flag


def presence(state: State, idle_s: float | None) -> str:
    """`working`, `silent`, `resting` or `away`.

    Args:
        state: The engine's.
        idle_s: Seconds since the last input, where the sensor can be asked; a short silence is still work, and only
            this tells it from typing.
    """
    if state.away:
        return "away"
    if state.resting:
        return "resting"
    if state.silent_s is not None or (idle_s is not None and idle_s >= HANDS_ON_S):
        return "silent"
    return "working"


def reminders(state: State) -> dict[str, dict[str, Any]]:
    """Per reminder its level and when it is due next if work goes on; None where it never is."""
    return {
        r.name: {
            "level_s": round(level(state, i, state.now.s), 1),
            "after_s": r.after_s,
            "pause_s": None if r.pause_s == NEVER else r.pause_s,
            "due_at": iso(due_at(state, i)),
        }
        for i, r in enumerate(state.schedule.reminders)
    }


def due_at(state: State, i: int) -> datetime | None:
    """When reminder `i` is due if work goes on from now."""
    now = state.now
    wait_s = due_in(state, i)
    if wait_s is not None:
        return now.at(now.s + wait_s)
    unix_s = next_at(state, i)
    return None if unix_s is None else datetime.fromtimestamp(unix_s, now.zone)


def next_due(state: State) -> tuple[str, datetime] | None:
    """The reminder that comes first if work goes on, and when, with regard to the hours; in an emergency none."""
    if state.knot is not None and state.knot.cause is Cause.RED_EMERGENCY:
        return None
    known = [
        (opening_after(state.schedule.hours, Moment(state.now.s, at.timestamp(), state.now.zone)), r.name)
        for i, r in enumerate(state.schedule.reminders)
        if (at := due_at(state, i)) is not None
    ]
    if not known or (first := min(known))[0] == math.inf:
        return None
    return first[1], datetime.fromtimestamp(first[0], state.now.zone)


def notice(state: State, item: Item | None) -> dict[str, Any] | None:
    """The notice that is up, or None."""
    n = state.notice
    if n is None:
        return None
    return {
        "reminder": n.reminder,
        "item": n.item,
        "kind": n.kind.value,
        "title": item_title(item) if item is not None else n.item,
        "at": iso(datetime.fromtimestamp(n.shown_unix_s, state.now.zone)),
        "duration_s": n.duration_s,
        "laters": n.laters,
        "level": n.level,
    }


def why_nothing(state: State) -> str:
    """Why no notice is shown at this moment, in a sentence."""
    if STATED in state.away:
        return _("you said that you are away; sooner over with: postured presence away off")
    if state.notice is not None and not (state.reshow or state.hidden or state.away):
        return _("a notice is up")
    standing = sorted(holds(state))
    due = [r.name for i, r in enumerate(state.schedule.reminders) if is_due(state, i)]
    if state.hidden and state.notice is not None:
        if standing:
            return _("the notice that was up waits: {why}").format(why=because_held(list(standing)))
        return _("the notice that was up waits for your next key or mouse movement")
    if standing and due:
        return _("{names} is due, but {why}").format(names=", ".join(due), why=because_held(list(standing)))
    if standing:
        return because_held(list(standing))
    if state.resting:
        return _("you are resting")
    if state.knot is not None and state.knot.cause is Cause.RED_EMERGENCY:
        return red_flag(state.knot.cause)
    if due and state.wants_hands:
        return _("{names} is due and waits for your next key or mouse movement").format(names=", ".join(due))
    if due and state.said is not None and state.said.because == NOTHING_SUITS:
        return _("{names} is due, but the library has nothing that suits you now").format(
            names=", ".join(due)
        )
    if due:
        text = _("{names} is due and waits a little after the last notice (notify.spacing)")
        return text.format(names=", ".join(due))
    return _("nothing is due yet")


def iso(at: datetime | None) -> str | None:
    """ISO 8601 with offset, with milliseconds unless it is a full second; None stays None."""
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds" if at.microsecond >= 1000 else "seconds")


def strength(state: State) -> dict[str, int] | None:
    """How the week's strength goes; None where nothing suggests any."""
    if not any(Kind.STRENGTH in r.suggest for r in state.schedule.reminders):
        return None
    return week(state.practice, state.now)._asdict()


def rests(state: State) -> list[dict[str, Any]]:
    """The items that were skipped three times in a row, and until when they rest."""
    zone = state.now.zone
    return [
        {"item": item, "until": iso(datetime.fromtimestamp(until_unix_s, zone))}
        for item, until_unix_s in long_rests(state.practice, state.now)
        if any(known.id == item for known in state.library)
    ]


def knots(state: State) -> list[dict[str, Any]]:
    """The knots that are followed, the one in front first: where, why, since when, and what rests for it."""
    now, known = state.now, {knot.opened_unix_s: (n, knot.rests) for n, knot in enumerate(state.knots)}
    raised = [alarm.episode for alarm in course.alarms(state.course, now.unix_s)]
    told = []
    for episode in course.open_episodes(state.course):
        since_unix_s, answers = episode.opened_unix_s, episode.triage.answers
        place, rests = known.get(since_unix_s, (-1, frozenset()))  # not known: its red flag is in front
        one = {
            "knot": episode.id,
            "side": answers.side or None,
            "zone": answers.zone or None,
            "cause": course.cause_at(episode, state.practice, now.unix_s).value,
            "day": day_of(now) - day_of(now._replace(unix_s=since_unix_s)) + 1,
            "since": iso(datetime.fromtimestamp(since_unix_s, now.zone)),
            "red": episode in raised,
            "rests": sorted(kind.value for kind in rests),
        }
        told.append((place, one))
    return [one for _place, one in sorted(told, key=lambda each: each[0])]


def stated(state: State) -> dict[str, dict[str, Any]]:
    """What was said of calls, full screen and absence, and until when it stands."""
    return {
        hold.value: {"on": on, "until": iso(state.now.at(end_s))}
        for hold, (on, end_s) in state.stated.items()
    }


def flags(state: State) -> list[str]:
    """The red flags that stand, each once, whoever raised them."""
    return sorted({alarm.code for alarm in course.alarms(state.course, state.now.unix_s)})
