"""Times of day and days of the week, on the person's own clock: hours, wall-clock reminders, and when a day turns.

Daylight saving is the zone's: every local time is turned into its own instant, never added up from another.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from postured.core.model import Hours, Moment, Reminder

DAY_TURNS_AT = timedelta(hours=4)
"""Local time at which `at_most` starts to count anew (rule 8)."""


def day_of(now: Moment) -> int:
    """The day that counts for `at_most`, as a proleptic ordinal."""
    return (now.wall - DAY_TURNS_AT).toordinal()


def next_day_turn(now: Moment) -> float:
    """When the next of those days begins, Unix seconds."""
    day = date.fromordinal(day_of(now) + 1)
    return (datetime(day.year, day.month, day.day, tzinfo=now.zone) + DAY_TURNS_AT).timestamp()


def instant(r: Reminder, day: date, now: Moment) -> float:
    """When `r` is due on that local date, Unix seconds.

    A time that daylight saving skips is taken as if the clock had not been changed (02:30 becomes 03:30); of a time
    that occurs twice the first is meant.
    """
    if r.at is None:
        raise ValueError(r.name)
    return datetime.combine(day, r.at, tzinfo=now.zone).timestamp()


def last_closed(r: Reminder, now: Moment) -> int:
    """The last date whose time for `r` is over already, so that a fresh start owes nothing for it."""
    if r.at is None:
        return 0
    today = now.wall.date()
    for back in (0, 1, 2):
        day = today - timedelta(days=back)
        if instant(r, day, now) + r.within_s <= now.unix_s:
            return day.toordinal()
    return today.toordinal() - 3


def in_hours(hours: tuple[Hours, ...], wall: datetime) -> bool:
    """Whether a local time lies within one of the hours, which may run over midnight."""
    minute = wall.hour * 60 + wall.minute
    today, yesterday = wall.weekday(), (wall.weekday() - 1) % 7
    for h in hours:
        over_midnight = h.end_min <= h.start_min
        if today in h.days and h.start_min <= minute and (over_midnight or minute < h.end_min):
            return True
        if over_midnight and yesterday in h.days and minute < h.end_min:
            return True
    return False


def opening_after(hours: tuple[Hours, ...], then: Moment) -> float:
    """Unix seconds of that moment if it lies within the hours, else of when they begin next; infinite: never."""
    if not hours or in_hours(hours, then.wall):
        return then.unix_s
    return _next_opening(hours, then)


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
