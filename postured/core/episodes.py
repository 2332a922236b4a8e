"""What was said of knots: episodes that open and close, and red flags that stand until they are cleared.

All of it follows from triages and from what was said later: `fold` takes up a whole history, `told` what is said now,
and both ways agree. A word of red stands until the person says that somebody has looked at it, whatever else is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from postured.core.model import (
    EMERGENCY_FLAGS,
    RED_FLAGS,
    SOME_CLINICIAN,
    SOME_EMERGENCY,
    Cause,
    Course,
    Episode,
    KnotLog,
    Told,
    Triage,
)
from postured.core.practice import exact

PERSISTS_S = 42 * 86400.0
"""A knot that is still there is a matter for somebody who can look at it."""
SEVERE = 8
"""Of ten: from here on somebody should look at it."""
RED = (Cause.RED_EMERGENCY, Cause.RED_CLINICIAN)
"""The worse one first."""


class Alarm(NamedTuple):
    """A red flag that stands: since when, which, and the knot that raised it."""

    unix_s: float
    code: str
    episode: Episode | None = None

    @property
    def cause(self) -> Cause:
        """How urgent it is; one that nobody knows is for a clinician."""
        return RED[self.code not in (*EMERGENCY_FLAGS, SOME_EMERGENCY)]


# ── what happens ──────────────────────────────────────────────────────────────────────────────────


def fold(triages: Iterable[tuple[float, Triage]], logs: Iterable[tuple[float, KnotLog]]) -> Course:
    """What follows from all triages and all that was said of knots, with their Unix seconds.

    Each of the two is in the order in which it happened, which stands even if the clock was set back in between. Of
    one instant a triage comes first.
    """
    happened = sorted((*_in_order(triages), *_in_order(logs)), key=lambda each: each[0])
    course = Course()
    for _reached, at_unix_s, what in happened:
        course = _after(course, what, at_unix_s)
    return course


def _in_order(
    said: Iterable[tuple[float, Triage | KnotLog]],
) -> Iterator[tuple[float, float, Triage | KnotLog]]:
    """Each with the latest instant so far, which no clock can set back."""
    reached = -math.inf
    for at_unix_s, what in said:
        reached = max(reached, at_unix_s)
        yield reached, at_unix_s, what


def _after(course: Course, what: Triage | KnotLog, at_unix_s: float) -> Course:
    return triaged(course, what, at_unix_s) if isinstance(what, Triage) else told(course, what, at_unix_s)


def triaged(course: Course, triage: Triage, at_unix_s: float) -> Course:
    """After a triage: a new episode, or the one of that id with new answers, open again if it was closed."""
    at = exact(at_unix_s)
    before = next((e for e in course.episodes if e.id == triage.knot), None)
    if before is None:
        return course._replace(episodes=(*course.episodes, Episode(triage.knot, at, triage, at)))
    pain = before.triage.answers.pain
    told = before.told
    if pain is not None and pain < SEVERE:  # what was said in the triage before goes on being known
        said = (before.triaged_unix_s, KnotLog(before.id, Told.PAIN, pain))
        told = tuple(sorted((*told, said), key=lambda each: each[0]))
    after = before._replace(triage=triage, triaged_unix_s=at, told=told, closed_unix_s=None)
    if before.closed_unix_s is None:
        still = {alarm.code for alarm in _alarms_said(after)}
        course = _flagged(course, (alarm for alarm in _alarms_said(before) if alarm.code not in still))
    return course._replace(episodes=tuple(after if e is before else e for e in course.episodes))


def told(course: Course, log: KnotLog, at_unix_s: float) -> Course:
    """After something was said of a knot, or of red flags. What is said of a knot nobody knows changes nothing.

    Whoever clears the red flags was seen: a knot whose triage was red is over, and begins anew with another triage.
    """
    at = exact(at_unix_s)
    if log.told is Told.FLAG:
        course = _flagged(course, (Alarm(at, log.code or SOME_CLINICIAN),))
    elif log.told is Told.CLEARED:
        course = course._replace(flags=())
    elif log.told is Told.GONE:
        over = (e for e in open_episodes(course) if e.id == log.knot)
        course = _flagged(course, (alarm for e in over for alarm in _alarms_said(e)))
    return course._replace(episodes=tuple(_heard(e, log, at) for e in course.episodes))


def _heard(episode: Episode, log: KnotLog, at: float) -> Episode:
    is_open = episode.closed_unix_s is None
    of_all = log.told is Told.CLEARED or (log.told is Told.SCREENED and is_open and not log.knot)
    if log.knot != episode.id and not of_all:
        return episode
    heard = episode._replace(told=(*episode.told, (at, log)))
    seen = log.told is Told.CLEARED and episode.triage.cause in RED
    return heard._replace(closed_unix_s=at) if is_open and (seen or log.told is Told.GONE) else heard


def _flagged(course: Course, alarms: Iterable[Alarm]) -> Course:
    """With these flags too; one that stands already stands since it was first raised."""
    flags = {code: since for since, code in course.flags}
    for alarm in alarms:
        flags.setdefault(alarm.code, alarm.unix_s)
    return course._replace(flags=tuple((since, code) for code, since in flags.items()))


# ── what stands ───────────────────────────────────────────────────────────────────────────────────


def open_episodes(course: Course) -> tuple[Episode, ...]:
    """The knots that are not gone, the oldest first."""
    return tuple(e for e in course.episodes if e.closed_unix_s is None)


def still_open(course: Course) -> Course:
    """The course without the knots that are gone."""
    return course._replace(episodes=open_episodes(course))


def pains(episode: Episode) -> tuple[tuple[float, int], ...]:
    """How sore it was, 0 to 10, and when that was said, Unix seconds, the oldest first; the last triage counts."""
    said = [(at, log.points) for at, log in episode.told if log.told is Told.PAIN and log.points is not None]
    if episode.triage.answers.pain is not None:
        said.append((episode.triaged_unix_s, episode.triage.answers.pain))
    return tuple(sorted(said, key=lambda each: each[0]))


def minor(course: Course) -> bool:
    """Whether the person said in the last triage that they are under 16; that does not end with a knot."""
    last = max(course.episodes, key=lambda e: e.triaged_unix_s, default=None)
    return last is not None and "minor" in last.triage.answers.flags


def red(course: Course, now_unix_s: float) -> Cause | None:
    """Whether anything asks for a person instead of a program, and how urgently; None when nothing does."""
    causes = {alarm.cause for alarm in alarms(course, now_unix_s)}
    return next((cause for cause in RED if cause in causes), None)


def alarms(course: Course, now_unix_s: float) -> tuple[Alarm, ...]:
    """All red flags that stand: said by themselves, in the triage of an open knot, or by how it goes on."""
    found = [Alarm(since, code) for since, code in course.flags]
    for episode in open_episodes(course):
        found += _alarms_said(episode)
        persists = episode.opened_unix_s + PERSISTS_S
        if now_unix_s >= persists and _cleared_unix_s(episode) < persists:
            found.append(Alarm(persists, "persist", episode))
    return tuple(found)


def _alarms_said(episode: Episode) -> tuple[Alarm, ...]:
    """Those of its triage, by name if they have one, and of pain that was too much."""
    triage, since = episode.triage, episode.triaged_unix_s
    found = []
    if triage.cause in RED:
        found = [Alarm(since, code, episode) for code in triage.answers.flags if code in RED_FLAGS]
        if all(alarm.cause is not triage.cause for alarm in found):
            some = SOME_EMERGENCY if triage.cause is Cause.RED_EMERGENCY else SOME_CLINICIAN
            found.append(Alarm(since, some, episode))
    severe = None
    for at, log in episode.told:
        if log.told is Told.CLEARED:
            severe = None
        elif severe is None and log.told is Told.PAIN and (log.points or 0) >= SEVERE:
            severe = Alarm(at, "severe", episode)
    return (*found, severe) if severe else tuple(found)


def _cleared_unix_s(episode: Episode) -> float:
    return max((at for at, log in episode.told if log.told is Told.CLEARED), default=-math.inf)
