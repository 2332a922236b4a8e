"""How knots go on: what they are by now and what that asks for, and when somebody should be asked how they are.

It decides from what was said (`episodes`) and from what was pressed; it keeps nothing. Time alone may change the
answers: `changes_unix_s` tells when. What a cause asks for is written in `config/knot.yaml`, not here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import NamedTuple

from postured.core.calendar import day_of, next_day_turn
from postured.core.course_json import from_json, to_json
from postured.core.episodes import (
    PERSISTS_S,
    RED,
    Alarm,
    alarms,
    fold,
    open_episodes,
    pains,
    red,
    still_open,
    told,
    triaged,
)
from postured.core.model import (
    USUAL_CARE,
    Care,
    Cause,
    Course,
    Episode,
    Kind,
    Knot,
    KnotLog,
    Moment,
    PressLog,
    Spot,
    Told,
)
from postured.core.practice import Practice, apart, liking
from postured.core.safety import EARLY_S
from postured.core.zones import OPT_IN_AREA, areas_of

_DAY_S = 86400.0

STALE_S = 14 * _DAY_S
"""A knot that is still there is mixed; and the safety screen has to be passed again."""
NEARLY_GONE = 1
"""Of ten, or less: three days of it, and it may be over."""

ASKED_AT = time(14)
"""From this local time on, on the day that is due."""
ASKED_EVERY_DAYS = 2
ASKED_AT_LEAST_EVERY_DAYS = 16
"""Each time that nobody answers the interval doubles, up to this."""


class Due(NamedTuple):
    """What is to be asked next about a knot, and from when on."""

    knot: str
    what: str
    """`check_in`, `review` (with the safety screen), `closing` (is it gone?), or `six_weeks` (only told)."""
    unix_s: float


class Press(NamedTuple):
    """One spot that was explored or pressed for a knot."""

    unix_s: float
    before: int | None
    """Tenderness, 0 to 10; None where only words were asked for."""
    after: int | None
    spot: Spot


class Learned(NamedTuple):
    """What the massages of one knot have shown."""

    areas: Mapping[str, float]
    """The areas that were tried, the best first, from -3 (leave it) to 3 (it eased there)."""
    in_vain: bool
    """Two full tours, and nothing was tender and good to press."""


# ── what it is by now ─────────────────────────────────────────────────────────────────────────────


def cause_at(episode: Episode, practice: Practice, now_unix_s: float) -> Cause:
    """Why there is this knot, as it looks by now.

    One that is still there after two weeks is mixed; one of over-use that took it ill to be pressed is strain.
    """
    cause = episode.triage.cause
    if cause not in (Cause.STRAIN, Cause.OVERUSE):
        return cause
    if now_unix_s >= episode.opened_unix_s + STALE_S:
        return Cause.MIXED
    return Cause.STRAIN if annoyed(episode, practice) else cause


def annoyed(episode: Episode, practice: Practice) -> bool:
    """Whether it took it ill, since its triage, to be pressed itself: at once, or worse within two days."""
    since = episode.triaged_unix_s
    presses = [(at, log) for at, log in _presses(episode, practice) if at >= since]
    worse = [at for at, log in episode.told if log.told is Told.WORSE]
    return any(
        log.spot is Spot.ANNOYED or (log.area == "knot" and any(at <= then <= at + EARLY_S for then in worse))
        for at, log in presses
    )


# ── what follows for the engine ───────────────────────────────────────────────────────────────────


def knots(course: Course, practice: Practice, cares: Mapping[str, Care], now: Moment) -> tuple[Knot, ...]:
    """The knots that are followed, as they are now, the one in front first; at a red flag that is what it says.

    Several take turns: in front is the one whose side was pressed longest ago, and of those that are even another one
    each day.
    """
    order = _in_turn(open_episodes(course), practice, now)
    urgency = red(course, now.unix_s)
    if urgency is None:
        return tuple(_knot(e, practice, cares, now) for e in order)
    standing = alarms(course, now.unix_s)
    front = _red_knot(urgency, standing, cares)
    raised_by = _raised_by(urgency, standing)
    return (front, *(_knot(e, practice, cares, now) for e in order if e is not raised_by))


def changes_unix_s(course: Course, now: Moment) -> float:
    """When `knots` or `due` could next differ by time alone, Unix seconds; infinite for never."""
    episodes = open_episodes(course)
    instants = [next_day_turn(now)] if len(episodes) > 1 else []
    for each in episodes:
        opened, screened = each.opened_unix_s, _screened_unix_s(each)
        instants += (opened + EARLY_S, opened + STALE_S, opened + PERSISTS_S, screened + STALE_S)
        instants.append(_instant(_review_day(each, now), time(4), now))
        instants += (at + EARLY_S for at, log in each.told if log.told is Told.WORSE)
    return min((at for at in instants if at > now.unix_s), default=math.inf)


def _in_turn(episodes: Iterable[Episode], practice: Practice, now: Moment) -> Iterator[Episode]:
    def last_pressed(episode: Episode) -> float:
        return max((at for at, log in _presses(episode, practice)), default=-math.inf)

    for _last, group in groupby(sorted(episodes, key=last_pressed), key=last_pressed):
        even = list(group)
        first = day_of(now) % len(even)
        yield from (*even[first:], *even[:first])


def _knot(episode: Episode, practice: Practice, cares: Mapping[str, Care], now: Moment) -> Knot:
    triage, cause = episode.triage, cause_at(episode, practice, now.unix_s)
    return Knot(
        *_place(episode),
        cause,
        episode.opened_unix_s,
        _care(cares, triage.care if cause is triage.cause else cause.value, cause),
        spared=_spared(episode, cause) or annoyed(episode, practice),
        fresh=triage.answers.onset not in ("days", "long"),
        flags=frozenset(triage.answers.flags),
        rests=_rests(episode, practice, now.unix_s),
    )


def _spared(episode: Episode, cause: Cause) -> bool:
    """Whether it must not be pressed itself; one that has become mixed only may if pressing had eased it."""
    triage = episode.triage
    if triage.spared or triage.cause is Cause.STRAIN:
        return True
    return cause is not triage.cause and triage.answers.press_test != "eases"


def _red_knot(urgency: Cause, standing: Sequence[Alarm], cares: Mapping[str, Care]) -> Knot:
    """What the red flags ask for together. The milder care of a knot counts only if it alone raised them."""
    worst = [alarm for alarm in standing if alarm.cause is urgency]
    zone, side, key = "unsure", "middle", urgency.value
    flags = frozenset(alarm.code for alarm in standing)
    if (raised_by := _raised_by(urgency, standing)) is not None:
        zone, side = _place(raised_by)
        flags = flags.union(raised_by.triage.answers.flags)
        alone = all(alarm.episode is raised_by for alarm in standing)
        key = raised_by.triage.care if alone and raised_by.triage.cause is urgency else key
    since = min(alarm.unix_s for alarm in worst)
    return Knot(zone, side, urgency, since, _care(cares, key, urgency), spared=True, flags=flags)


def _raised_by(urgency: Cause, standing: Sequence[Alarm]) -> Episode | None:
    """The first knot that raised one of the worst flags."""
    return next((a.episode for a in standing if a.cause is urgency and a.episode is not None), None)


def _place(episode: Episode) -> tuple[str, str]:
    return episode.triage.answers.zone or "unsure", episode.triage.answers.side or "middle"


def _care(cares: Mapping[str, Care], key: str, cause: Cause) -> Care:
    return cares.get(key, cares.get(cause.value, USUAL_CARE))


def _rests(episode: Episode, practice: Practice, now_unix_s: float) -> frozenset[Kind]:
    if now_unix_s >= _screened_unix_s(episode) + STALE_S:
        return frozenset({Kind.MASSAGE, Kind.THERMAL})
    if any(log.told is Told.WORSE and now_unix_s < at + EARLY_S for at, log in episode.told):
        return frozenset({Kind.MASSAGE, Kind.STRENGTH})
    return frozenset({Kind.MASSAGE}) if in_vain(episode, practice) else frozenset()


def in_vain(episode: Episode, practice: Practice) -> bool:
    """Whether all areas of its zone were explored in two sessions, and nothing was tender and good to press."""
    tried: dict[str, list[float]] = {}
    for at, log in _presses(episode, practice):
        if log.spot in (Spot.EASED, Spot.STAYED):
            return False
        if log.spot in (Spot.NOTHING, Spot.WRONG):
            tried.setdefault(log.area, []).append(at)
    areas = set(areas_of(episode.triage.answers.zone)) - {OPT_IN_AREA}
    return all(len(apart(tried.get(area, ()))) >= 2 for area in areas)


def _presses(episode: Episode, practice: Practice) -> Iterator[tuple[float, PressLog]]:
    """What was pressed for it, the oldest first. Of a knot on no single side that is whatever was pressed."""
    side, until = episode.triage.answers.side, episode.closed_unix_s
    for at, log in practice.pressed:
        ours = side not in ("left", "right") or log.side in (side, "both")
        if ours and episode.opened_unix_s <= at and (until is None or at <= until):
            yield at, log


def _screened_unix_s(episode: Episode) -> float:
    """When the safety screen was last passed."""
    passed = (at for at, log in episode.told if log.told is Told.SCREENED)
    return max(episode.triaged_unix_s, *passed, -math.inf)


# ── when to ask ───────────────────────────────────────────────────────────────────────────────────


def due(course: Course, now: Moment) -> Due | None:
    """What is to be asked next; None when no knot is open, or a red flag stands that somebody knows of."""
    if red(course, now.unix_s) is not None:
        return _told_next(course, now)
    return min((_asked_next(e, now) for e in open_episodes(course)), key=lambda due: due.unix_s, default=None)


def _told_next(course: Course, now: Moment) -> Due | None:
    """That a knot has turned red by its age alone, which the person has to be told."""
    standing = alarms(course, now.unix_s)
    for alarm in standing:
        episode = alarm.episode
        if alarm.code != "persist" or episode is None or episode.triage.cause in RED:
            return None
        if not any(log.told is Told.ASKED and at >= alarm.unix_s for at, log in episode.told):
            return Due(episode.id, "six_weeks", alarm.unix_s)
    return None


def _asked_next(episode: Episode, now: Moment) -> Due:
    last_unix_s, unanswered = _last_word(episode)
    last, review, quiet = _day(last_unix_s, now), _review_day(episode, now), _quiet_days(episode, now)
    if unanswered:
        day = last + min(ASKED_EVERY_DAYS * 2**unanswered, ASKED_AT_LEAST_EVERY_DAYS)
    elif quiet:
        day = last + 1
    else:
        day = min(last + ASKED_EVERY_DAYS, max(last + 1, review))
    what = "review" if max(day, day_of(now)) >= review else "check_in"
    if quiet and quiet[-1] - quiet[0] >= 2:
        what = "closing"
    return Due(episode.id, what, _instant(day, ASKED_AT, now))


def _last_word(episode: Episode) -> tuple[float, int]:
    """When it was last spoken of, by the person or by a question, and how many questions were not answered by then."""
    last_unix_s, unanswered = episode.triaged_unix_s, 0
    for at, log in _since_triage(episode):
        last_unix_s, unanswered = at, unanswered + 1 if log.told is Told.ASKED else 0
    return last_unix_s, unanswered


def _quiet_days(episode: Episode, now: Moment) -> tuple[int, ...]:
    """The days on which it was nearly gone, up to the last word of how sore it is."""
    days: tuple[int, ...] = ()
    for at, log in _since_triage(episode):
        if log.told in (Told.WORSE, Told.NOT_GONE):
            days = ()
        elif log.told is Told.PAIN and log.points is not None:
            days = (*days, _day(at, now)) if log.points <= NEARLY_GONE else ()
    return days


def _since_triage(episode: Episode) -> Iterator[tuple[float, KnotLog]]:
    return ((at, log) for at, log in episode.told if at >= episode.triaged_unix_s)


def _review_day(episode: Episode, now: Moment) -> int:
    """The day on which the safety screen is asked again, even if it is some hours short of two weeks."""
    return _day(_screened_unix_s(episode), now) + round(STALE_S / _DAY_S)


def _day(unix_s: float, now: Moment) -> int:
    """The day of an instant, which turns at 04:00 where the person is now."""
    return day_of(now._replace(unix_s=unix_s))


def _instant(day: int, at: time, now: Moment) -> float:
    return datetime.combine(date.fromordinal(day), at, tzinfo=now.zone).timestamp()


# ── what can be told of a knot ────────────────────────────────────────────────────────────────────


def days(episode: Episode, now: Moment) -> int:
    """Which day of the knot it is, or was when it went; its first one is 1."""
    until = now.unix_s if episode.closed_unix_s is None else episode.closed_unix_s
    return max(0, _day(until, now) - _day(episode.opened_unix_s, now)) + 1


def tenderness(episode: Episode, practice: Practice) -> Mapping[str, tuple[Press, ...]]:
    """What was pressed for it, by area, the oldest first."""
    found: dict[str, tuple[Press, ...]] = {}
    for at, log in _presses(episode, practice):
        press = Press(at, log.tender_before, log.tender_after, log.spot)
        found[log.area] = (*found.get(log.area, ()), press)
    return found


def learned(episode: Episode, practice: Practice, now: Moment) -> Learned:
    """What its massages have shown by now; that fades with time."""
    areas = {log.area: liking(practice, log.area, now) for at, log in _presses(episode, practice)}
    best_first = sorted(areas.items(), key=lambda each: -each[1])
    return Learned(dict(best_first), in_vain(episode, practice))


__all__ = [
    "Alarm",
    "Due",
    "Learned",
    "Press",
    "alarms",
    "annoyed",
    "cause_at",
    "changes_unix_s",
    "days",
    "due",
    "fold",
    "from_json",
    "in_vain",
    "knots",
    "learned",
    "open_episodes",
    "pains",
    "red",
    "still_open",
    "tenderness",
    "to_json",
    "told",
    "triaged",
]
