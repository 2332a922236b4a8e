"""How strength work grows: up a level after good sessions, down after pain or days off, and what a level's steps are.

The rules are small and slow on purpose: most people who stop do so because it hurt or because it was too much.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from postured.core.language import _, n_, p_
from postured.core.model import Cause, Felt, Item, Knot, Level, SetLog, Step

LOWEST, HIGHEST = 1, 3
RUNNING = 2
"""Good sessions in a row that raise the level."""
DAY_S = 86400.0
SETTLED_S = 7 * DAY_S
"""After a change of level it takes this long until a good session may raise it again."""
FADED_S = 14 * DAY_S
"""After so long without any strength work an exercise goes on one level lower."""
GONE_S = 30 * DAY_S
"""After so long it begins anew."""

_STAYS_EASY = frozenset({Cause.STRAIN, Cause.OVERUSE})
"""Knots for whose whole time strength work stays at level 1."""


class Trained(NamedTuple):
    """Where somebody is with one strength item."""

    level: int
    """What the next session is done at, if it comes soon."""
    good: int
    """Sessions running at this level that were full, not hard and without pain."""
    changed_unix_s: float | None
    """When the level changed last, or hurt; None: it never did."""
    last: SetLog
    last_unix_s: float
    above: Trained | None = None
    """A higher level that was left without pain, as at a desk that allows only the first. It stays open to whom comes
    back to it, and fades as any other."""


def after(
    before: Trained | None, log: SetLog, at_unix_s: float, *, worked_unix_s: float = -math.inf
) -> Trained:
    """Where somebody is after one more session.

    Args:
        before: Where they were; None: it is their first.
        log: The session; its level is what was really done.
        at_unix_s: When.
        worked_unix_s: When any strength work was done last before: who keeps that up is not off.
    """
    level = min(max(log.level, LOWEST), HIGHEST)
    if before is not None and at_unix_s - max(before.last_unix_s, worked_unix_s) >= GONE_S:
        before = None
    known = _known(before, level, at_unix_s, worked_unix_s)
    if known is None or known.level > level:
        changed_unix_s = None
        if before is not None:
            changed_unix_s = before.changed_unix_s if before.level == level else at_unix_s
        known = Trained(level, 0, changed_unix_s, log, at_unix_s, above=known)
    run = known._replace(last=log, last_unix_s=at_unix_s)
    if log.pain:
        return run._replace(level=max(LOWEST, level - 1), good=0, changed_unix_s=at_unix_s, above=None)
    if not log.full or log.felt is Felt.HARD:
        return run._replace(good=0)
    return _raised(run._replace(good=run.good + 1), at_unix_s)


def taken_up(before: Trained, at_unix_s: float, worked_unix_s: float) -> Trained | None:
    """What is left of an exercise once any strength work is taken up again; None: it begins anew."""
    off_s = at_unix_s - max(before.last_unix_s, worked_unix_s)
    if off_s < FADED_S:
        return before
    if off_s >= GONE_S:
        return None
    level = max(LOWEST, before.level - 1)
    above = taken_up(before.above, at_unix_s, worked_unix_s) if before.above is not None else None
    if above is not None and above.level <= level:
        above = None
    return before._replace(level=level, good=0, above=above)


def _known(before: Trained | None, level: int, at_unix_s: float, worked_unix_s: float) -> Trained | None:
    """What is known of this level, or else of the next higher one, if that has not faded."""
    while before is not None:
        if before.level >= level and at_unix_s - max(before.last_unix_s, worked_unix_s) < FADED_S:
            break
        before = before.above
    return before


def _raised(run: Trained, at_unix_s: float) -> Trained:
    """One level up, if there were enough good sessions and the last change is long enough ago."""
    too_early = run.changed_unix_s is not None and at_unix_s - run.changed_unix_s < SETTLED_S
    if run.good < RUNNING or too_early or run.level == HIGHEST:
        return run
    level, above = run.level + 1, run.above
    if above is not None and above.level <= level:
        above = above.above
    return run._replace(level=level, good=0, changed_unix_s=at_unix_s, above=above)


def level_on(
    trained: Trained | None, now_unix_s: float, knot: Knot | None, *, worked_unix_s: float = -math.inf
) -> int:
    """The level, 1 to 3, at which the next session is to be done.

    Args:
        trained: None: never, or so long ago that it is forgotten.
        now_unix_s: Now; after two weeks without strength work it is one level less, after thirty days the first.
        knot: The one that is followed at present. One from strain or overuse keeps it at the first; one of several
            causes begins there and may go on.
        worked_unix_s: When any strength work was done last.
    """
    if trained is None or (knot is not None and knot.cause in _STAYS_EASY):
        return LOWEST
    off_s = now_unix_s - max(trained.last_unix_s, worked_unix_s)
    mixed = knot is not None and knot.cause is Cause.MIXED
    came_since = mixed and knot is not None and knot.opened_unix_s > trained.last_unix_s
    level = LOWEST if off_s >= GONE_S or came_since else trained.level - (off_s >= FADED_S)
    return max(LOWEST, level, level_on(trained.above, now_unix_s, knot, worked_unix_s=worked_unix_s))


# ── what is done ──────────────────────────────────────────────────────────────────────────────────

LONGEST_STEP = 140
"""Characters that a step may have."""
SHORTEST_STEP_S = 3
_PACE_S = 3
"""For one repetition, beside the time that it is held."""
_REST_S = (10, 30)
"""Between two sets: at least, where that leaves time for the sets, and at most."""


def steps(item: Item, level: int) -> tuple[Step, ...]:
    """What is done at that level, in the person's language; it lasts exactly as long as the level does.

    Args:
        item: One without levels has only its own steps.
        level: 1 to 3; 0 where there are no levels.
    """
    chosen = next((each for each in item.levels[1:] if each.level == level), None)
    if chosen is None:
        return tuple(
            step._replace(text=p_(f"{item.id}.steps.{number}", step.text))
            for number, step in enumerate(item.steps, start=1)
        )
    rest_s = _rest_s(chosen, _sides(item))
    if rest_s < SHORTEST_STEP_S:  # an item of one's own may be in such a hurry
        return (Step(_told(item, chosen, sets=chosen.sets), chosen.duration_s),)
    rest = Step(_("Rest, shoulders down."), rest_s, "breathe")
    text = _told(item, chosen)
    made: list[Step] = []
    for seconds in _shares(chosen.duration_s - (chosen.sets - 1) * rest_s, chosen.sets):
        made += (rest, Step(text, seconds)) if made else (Step(text, seconds),)
    return tuple(made)


def _sides(item: Item) -> int:
    """How often the repetitions are done over: for each side, or once for both together."""
    return 1 if item.side_mode == "none" else 2


def _rest_s(level: Level, sides: int) -> int:
    """Whole seconds between two sets: what the repetitions leave, but never longer than the sets themselves."""
    rests = max(1, level.sets - 1)
    spare_s = level.duration_s - level.sets * sides * level.reps * (_PACE_S + level.hold_s)
    least, most = _REST_S
    return min(max(least, min(most, spare_s // rests)), level.duration_s // (level.sets + rests))


def _shares(seconds: int, parts: int) -> list[int]:
    """Whole seconds that make up the sum, as equal as can be."""
    return [seconds // parts + (number < seconds % parts) for number in range(parts)]


def _told(item: Item, level: Level, sets: int = 1) -> str:
    """One set in words, or all of them, short enough for a step."""
    count, hold_s = level.reps, level.hold_s
    dose = n_("{count} time", "{count} times", count)
    if _sides(item) > 1:
        dose = n_("{count} time on each side", "{count} times on each side", count)
    dose = dose.format(count=count)
    if hold_s:
        held = n_(
            "{times}, each held for {seconds} second", "{times}, each held for {seconds} seconds", hold_s
        )
        dose = held.format(times=dose, seconds=hold_s)
    if sets > 1:
        dose = n_("{dose}, {sets} set", "{dose}, {sets} sets", sets).format(dose=dose, sets=sets)
    text = _("{variation}: {dose}")
    what = p_(f"{item.id}.levels.{level.level}.variation", level.variation).rstrip(" .")
    room = LONGEST_STEP - len(text.format(variation="", dose=dose))
    return text.format(
        variation=what if len(what) <= room else what[: room - 1].rstrip(" ,;:") + "…", dose=dose
    )
