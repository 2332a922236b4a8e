"""What the person has done so far, as far as it decides what comes next: turns, doses, skips, levels, right spots.

All of it follows from the history: `recall` folds what was recorded, and the other functions take up what happens
now in the same way, so that a restart changes nothing. A notice counts for the instant at which it was shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from postured.core.calendar import day_of, next_day_turn
from postured.core.model import Item, Kind, Moment, Notice, Outcome, Past, PressLog, SetLog, Spot
from postured.core.strength import Trained, after, taken_up

_DAY_S = 86400.0
_DOSES_S = 8 * _DAY_S

REMEMBERED_S = 90 * _DAY_S
"""How far back `recall` has to be told of notices."""
PRESSED_S = 60 * _DAY_S
"""How far back `recall` has to be told of spots: what was learned of an older one is forgotten."""

SESSION_S = 1800.0
"""What is done within this time of one another is one session."""
SKIPS_IN_A_ROW = 3
LONG_REST_S = 30 * _DAY_S
"""How long an item stays away that was skipped so often in a row."""


class Practice(NamedTuple):
    """All of it as one value; each change makes a new one. Instants are Unix seconds, as exact as the history's."""

    shown: Mapping[str, float]
    """Items and when they were last shown."""
    offers: Mapping[str, tuple[float, ...]]
    """Items and when their notices of the last eight days were shown, but for those that were put off."""
    doses: Mapping[str, tuple[float, ...]]
    """Items and when those notices of the last eight days were shown that were followed."""
    skips: Mapping[str, tuple[float, ...]]
    """Items that were skipped, and never followed or asked for since: when, the last three times at most."""
    trained: Mapping[str, Trained]
    pressed: tuple[tuple[float, PressLog], ...]
    """The spots of the last sixty days, the oldest first."""
    strength: Mapping[float, bool]
    """Strength notices and told sessions of the last four weeks; whether something was done."""


NOTHING = Practice({}, {}, {}, {}, {}, (), {})


class Week(NamedTuple):
    """How strength work goes; half of what was suggested is a success."""

    days: int
    """Days of this week, Monday to Sunday, on which some was done."""
    goal_days: int = 5
    prompts: int = 0
    """Days of the last four weeks on which some was suggested, or done unasked."""
    followed: int = 0
    """Those of them on which some was done."""


# ── what happens ──────────────────────────────────────────────────────────────────────────────────


def recall(
    past: Iterable[Past],
    sets: Iterable[tuple[float, SetLog]],
    presses: Iterable[tuple[float, PressLog]],
    now: Moment,
) -> Practice:
    """What follows from a history.

    Args:
        past: The notices of the last `REMEMBERED_S`, the oldest first.
        sets: All sessions ever told, with their Unix seconds, the oldest first.
        presses: The spots of the last `PRESSED_S`, likewise.
        now: What is dated later was recorded under a wrong clock, and is left out.
    """
    draft = _Draft(NOTHING)
    for each in past:
        if not _later(each.shown_unix_s, now):
            draft.show(each.item, each.kind, each.shown_unix_s, asked=each.asked)
            if each.outcome is not None:
                draft.settle(each.item, each.kind, each.shown_unix_s, each.outcome)
    for at_unix_s, session in sets:
        if not _later(at_unix_s, now):
            draft.log(session, at_unix_s)
    for at_unix_s, spot in presses:
        if not _later(at_unix_s, now):
            draft.log(spot, at_unix_s)
    return draft.finished(now)


def shown(practice: Practice, item: Item, now: Moment, *, asked: bool) -> Practice:
    """After a notice with this item went up; `asked` ends the item's rest."""
    draft = _Draft(practice)
    draft.show(item.id, item.kind, now.unix_s, asked=asked)
    return draft.finished(now)


def settled(practice: Practice, notice: Notice, outcome: Outcome, now: Moment) -> Practice:
    """After it is known what became of a notice; told again, the last word counts."""
    draft = _Draft(practice)
    draft.settle(notice.item, notice.kind, notice.shown_unix_s, outcome)
    return draft.finished(now)


def logged(practice: Practice, log: SetLog | PressLog, now: Moment) -> Practice:
    """After the person told of a session, or of a spot."""
    draft = _Draft(practice)
    draft.log(log, now.unix_s)
    return draft.finished(now)


class _Draft:
    """A practice while it changes."""

    def __init__(self, practice: Practice) -> None:
        self._shown = dict(practice.shown)
        self._offers = dict(practice.offers)
        self._doses = dict(practice.doses)
        self._skips = dict(practice.skips)
        self._trained = dict(practice.trained)
        self._pressed = list(practice.pressed)
        self._strength = dict(practice.strength)

    def show(self, item: str, kind: Kind, at_unix_s: float, *, asked: bool) -> None:
        at = exact(at_unix_s)
        self._shown[item] = at
        self._offers[item] = (*self._offers.get(item, ()), at)
        if asked:
            self._skips.pop(item, None)
        if kind is Kind.STRENGTH:
            self._strength[at] = False

    def settle(self, item: str, kind: Kind, shown_unix_s: float, outcome: Outcome) -> None:
        at = exact(shown_unix_s)
        followed = outcome in (Outcome.TAKEN, Outcome.DONE)
        offers = {*self._offers.get(item, ()), at}
        if outcome is Outcome.LATER:  # it will come again, and count then
            offers.discard(at)
        self._offers[item] = tuple(sorted(offers))
        doses = tuple(t for t in self._doses.get(item, ()) if t != at)
        self._doses[item] = (*doses, at) if followed else doses
        if followed:
            self._skips.pop(item, None)
        elif outcome is Outcome.SKIPPED:
            before = tuple(t for t in self._skips.get(item, ()) if t != at)
            if len(before) >= SKIPS_IN_A_ROW and at - before[-1] >= LONG_REST_S:
                before = ()  # it has rested for it, and begins anew
            self._skips[item] = (*before, at)[-SKIPS_IN_A_ROW:]
        if kind is Kind.STRENGTH:
            self._strength[at] = followed

    def log(self, log: SetLog | PressLog, at_unix_s: float) -> None:
        at = exact(at_unix_s)
        if isinstance(log, PressLog):
            self._pressed.append((at, log))
            return
        self._strength[at] = True
        if log.level:
            worked = max((t.last_unix_s for t in self._trained.values()), default=-math.inf)
            before = self._trained.get(log.item)
            if before is not None and at - before.last_unix_s >= REMEMBERED_S:
                before = None  # as if it had been forgotten in the meantime
            others = {i: taken_up(t, at, worked) for i, t in self._trained.items()}
            self._trained = {i: t for i, t in others.items() if t is not None}
            self._trained[log.item] = after(before, log, at, worked_unix_s=worked)

    def finished(self, now: Moment) -> Practice:
        """The practice without what is too old to decide anything."""

        def recent(times: tuple[float, ...], span_s: float) -> tuple[float, ...]:
            return tuple(t for t in times if _within(t, now, span_s))

        return Practice(
            {item: t for item, t in self._shown.items() if _within(t, now, REMEMBERED_S)},
            {item: kept for item, times in self._offers.items() if (kept := recent(times, _DOSES_S))},
            {item: kept for item, times in self._doses.items() if (kept := recent(times, _DOSES_S))},
            {item: kept for item, times in self._skips.items() if (kept := recent(times, REMEMBERED_S))},
            {item: t for item, t in self._trained.items() if _within(t.last_unix_s, now, REMEMBERED_S)},
            tuple(each for each in self._pressed if _within(each[0], now, PRESSED_S)),
            {t: done for t, done in self._strength.items() if _within(t, now, 30 * _DAY_S)},
        )


def exact(unix_s: float) -> float:
    """The instant as the history gives it back, to the microsecond."""
    return round(unix_s * 1e6) / 1e6


def _within(unix_s: float, now: Moment, span_s: float) -> bool:
    return now.unix_s - unix_s < span_s and not _later(unix_s, now)


def _later(unix_s: float, now: Moment) -> bool:
    """Whether it lies so far ahead that the clock must have been wrong then; small steps of a clock are usual."""
    return unix_s - now.unix_s > _DAY_S


# ── what follows ──────────────────────────────────────────────────────────────────────────────────


def rests_until(practice: Practice, item_id: str, now: Moment) -> float | None:
    """Until when an item that was skipped stays away, Unix seconds; None when it doesn't."""
    times = practice.skips.get(item_id)
    if not times:
        return None
    if len(times) >= SKIPS_IN_A_ROW and times[-1] + LONG_REST_S > now.unix_s:
        return times[-1] + LONG_REST_S
    return next_day_turn(now) if _day(times[-1], now) == day_of(now) else None


def long_rests(practice: Practice, now: Moment) -> tuple[tuple[str, float], ...]:
    """The items that stay away for a month, and until when, Unix seconds."""
    return tuple(
        (item, times[-1] + LONG_REST_S)
        for item, times in practice.skips.items()
        if len(times) >= SKIPS_IN_A_ROW and times[-1] + LONG_REST_S > now.unix_s
    )


def sessions(practice: Practice, now: Moment) -> Mapping[str, tuple[float, ...]]:
    """When each item was done in the last eight days, Unix seconds: notices that were followed, and spots pressed.

    What lies within half an hour was one session.
    """
    times: dict[str, list[float]] = {item: list(found) for item, found in practice.doses.items()}
    for at, log in practice.pressed:
        if log.seconds > 0 and _within(at, now, _DOSES_S):
            times.setdefault(log.item, []).append(at)
    return {item: apart(found) for item, found in times.items()}


def offered(practice: Practice, now: Moment) -> Mapping[str, tuple[float, ...]]:
    """When each item was done or suggested in the last eight days, Unix seconds; near one another it was once."""
    done = sessions(practice, now)
    return {
        item: apart((*done.get(item, ()), *practice.offers.get(item, ())))
        for item in done.keys() | practice.offers.keys()
    }


def apart(times: Iterable[float]) -> tuple[float, ...]:
    """The first instant of each session among these, in order."""
    found: list[float] = []
    reached = -math.inf
    for at in sorted(times):
        if at - reached >= SESSION_S:
            found.append(at)
        reached = at
    return tuple(found)


def stopped_since(practice: Practice, unix_s: float) -> bool:
    """Whether a massage was stopped at once since then, for something sharp, numb or the like."""
    return any(at >= unix_s and log.spot is Spot.STOPPED for at, log in reversed(practice.pressed))


def worked_unix_s(practice: Practice) -> float:
    """When any strength item was trained last; minus infinity for never."""
    return max((trained.last_unix_s for trained in practice.trained.values()), default=-math.inf)


def liking(practice: Practice, area: str, now: Moment) -> float:
    """What was learned about an area, from -3 (leave it) over 0 (nothing known, or long ago) to 3."""
    found = sum(
        (
            _WORTH[log.spot] * 2.0 ** -(max(0.0, now.unix_s - at) / _HALVES_S)
            for at, log in practice.pressed
            if log.area == area and now.unix_s - at < PRESSED_S
        ),
        start=0.0,
    )
    return min(max(found, -3.0), 3.0)


_HALVES_S = 14 * _DAY_S
_WORTH = {
    Spot.EASED: 1.0,
    Spot.STAYED: -1.0,
    Spot.NOTHING: -0.5,
    Spot.WRONG: -0.5,
    Spot.STOPPED: -2.0,
    Spot.ANNOYED: 0.0,
    Spot.LEFT: 0.0,
}


def annoyed(practice: Practice, now: Moment) -> bool:
    """Whether the knot took it ill within the last two weeks to be pressed itself."""
    return any(log.spot is Spot.ANNOYED and now.unix_s - at < 14 * _DAY_S for at, log in practice.pressed)


def week(practice: Practice, now: Moment) -> Week:
    """How strength work goes this week and went in the last four."""
    today = day_of(now)
    days: dict[int, bool] = {}
    for at, done in practice.strength.items():
        day = _day(at, now)
        days[day] = days.get(day, False) or done
    monday = today - (today - 1) % 7
    recent = [done for day, done in days.items() if today - 28 < day <= today]
    return Week(
        sum(done for day, done in days.items() if monday <= day <= today),
        prompts=len(recent),
        followed=sum(recent),
    )


def _day(unix_s: float, now: Moment) -> int:
    """The day of an instant, which turns at 04:00 where the person is now."""
    return day_of(now._replace(unix_s=unix_s))
