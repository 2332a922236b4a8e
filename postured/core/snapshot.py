"""What the daemon must not forget, as plain JSON values, and how a state is taken up again from them.

Instants on the engine's clock mean nothing to the next run: they are written as ages, in seconds before the snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from postured.core import course, engine, tank
from postured.core.model import (
    Away,
    Course,
    Effect,
    Hold,
    Item,
    Kind,
    Moment,
    Notice,
    Pause,
    Reminder,
    Schedule,
    Spent,
)
from postured.core.practice import NOTHING

CHECKPOINT_S = 60.0
"""How often the daemon takes a snapshot while somebody works: what a sudden death may cost at most."""

_PASSING = frozenset({"now", "silent_s", "input_s", "wants_hands"})
"""Of a state: what no snapshot holds, and changes with each key."""

_MOST = 1e10
"""Seconds: three centuries, before or after 1970 too."""


def dump(state: engine.State, *, clean: bool) -> dict[str, Any]:
    """`state` as a JSON object.

    Args:
        state: As it is after its last step.
        clean: The program ends now, of its own will. Without it, up to `CHECKPOINT_S` after the snapshot may have been
            work, so that much is not taken for rest later.
    """
    now = state.now
    names = [r.name for r in state.schedule.reminders]
    pause = state.pause
    return {
        "unix_s": now.unix_s,
        "boot_s": now.s,
        "clean": clean,
        "resting_for_s": now.s - state.rest_s if state.resting else None,
        "working_for_s": None if state.resting else now.s - state.since_s,
        "levels": {n: engine.level(state, i, now.s) for i, n in enumerate(names)},
        "marks": {
            n: asdict(replace(m, from_work_s=m.from_work_s - engine.worked(state)))
            for n, m in zip(names, state.marks, strict=True)
        },
        "shown_ago_s": _age(now.s - state.shown_s),
        "notice": None
        if state.notice is None
        else asdict(state.notice) | {"shown_s": state.notice.shown_s - now.s},
        "pause": None
        if pause is None
        else {"left_s": _age(state.pause_end_s - now.s), "until_unix_s": pause.until_unix_s},
        "stated": {what.value: [on, end_s - now.s] for what, (on, end_s) in state.stated.items()},
        "followed": state.followed,
        "told": sorted(state.told),
        "course": course.to_json(open_) if (open_ := course.still_open(state.course)) != Course() else None,
        "tightened": {
            r.name: [r.after_s, r.pause_s]
            for r, own in zip(state.schedule.reminders, state.written.reminders, strict=True)
            if r.after_s is not None and (r.after_s, r.pause_s) != (own.after_s, own.pause_s)
        },
        "serial": state.serial,
    }


def gist(state: engine.State) -> tuple[object, ...]:
    """All that a snapshot can depend on but the time: between two states at work with the same, only time passed."""
    return tuple(getattr(state, name) for name in engine.State.__slots__ if name not in _PASSING)


def later(saved: Mapping[str, Any], work_s: float) -> dict[str, Any]:
    """The snapshot that `dump` would have made after so much more work, with the same gist.

    Raises:
        KeyError, TypeError, ValueError: `saved` was not written by `dump`.
    """

    def moved(part: object, **by_s: float) -> dict[str, Any]:
        values = _object(part)
        return values | {
            name: _number(values[name]) + s for name, s in by_s.items() if values[name] is not None
        }

    older = moved(saved, unix_s=work_s, boot_s=work_s, working_for_s=work_s, shown_ago_s=work_s)
    older["levels"] = {name: _number(level_s) + work_s for name, level_s in _object(saved["levels"]).items()}
    older["marks"] = {
        name: moved(mark, from_work_s=-work_s) for name, mark in _object(saved["marks"]).items()
    }
    if saved["notice"] is not None:
        older["notice"] = moved(saved["notice"], shown_s=-work_s)
    if saved["pause"] is not None:
        older["pause"] = moved(saved["pause"], left_s=-work_s)
    older["stated"] = {
        what: [on, _number(left_s) - work_s] for what, (on, left_s) in _object(saved["stated"]).items()
    }
    return older


def restore(
    saved: Mapping[str, Any],
    schedule: Schedule,
    library: tuple[Item, ...],
    now: Moment,
    *,
    same_boot: bool,
) -> tuple[engine.State, list[Effect]]:
    """The state that follows from `saved`: the time the program was stopped is rest (rule 6).

    Args:
        saved: What `dump` wrote, of any age and perhaps for another schedule.
        schedule: The schedule of today.
        library: The items of today.
        now: The present.
        same_boot: The machine was not started anew since, so both clocks can be compared.

    Raises:
        KeyError, TypeError, ValueError: `saved` was not written by `dump`.
    """
    gap_s = max(0.0, now.s - _number(saved["boot_s"]) if same_boot else now.unix_s - _number(saved["unix_s"]))
    stopped_s = now.s - (gap_s if saved["clean"] else max(0.0, gap_s - CHECKPOINT_S))
    saved_s = now.s - gap_s
    written, schedule = schedule, _tightened(schedule, _object(saved.get("tightened", {})))
    state = engine.begin(schedule, library, now)
    state.written = written
    names = [r.name for r in schedule.reminders]
    levels, marks = _object(saved["levels"]), _object(saved["marks"])
    state.levels = tuple(
        min(_number(levels.get(r.name, 0.0)), tank.OVERFLOW * (r.after_s or 0.0)) for r in schedule.reminders
    )
    state.marks = tuple(
        _taken_up(_mark(_object(marks[n])), fresh) if n in marks else fresh
        for n, fresh in zip(names, state.marks, strict=True)
    )
    state.resting, state.since_s, state.rest_s = True, stopped_s, stopped_s
    if (resting_for_s := saved["resting_for_s"]) is not None:
        state.since_s, state.rest_s = saved_s, saved_s - _number(resting_for_s)
    if (ago_s := saved["shown_ago_s"]) is not None:
        state.shown_s = saved_s - _number(ago_s)
    state.told = frozenset(str(word) for word in _array(saved.get("told", [])))
    if (known := saved.get("course")) is not None:  # the history will tell more; but it may be lost
        state.course = course.from_json(known)
        state.knots = course.knots(state.course, NOTHING, {}, now)
    state.serial = int(_number(saved["serial"]))
    if (notice := saved["notice"]) is not None:
        state.notice = _notice(_object(notice), saved_s)
        state.followed = saved.get("followed") is True
        state.reshow = not state.followed  # who did it does not want to be told once more
    if (pause := saved["pause"]) is not None:
        left_s, until_unix_s = _known(_object(pause)["left_s"]), _known(pause["until_unix_s"])
        state.pause = Pause(left_s, until_unix_s)
        state.pause_end_s = math.inf if left_s is None else saved_s + left_s
    for what, said in _object(saved.get("stated", {})).items():
        on, left_s = _array(said)
        state.stated = {**state.stated, Hold(what): (on is True, saved_s + _number(left_s))}
    state.clock_from_unix_s = math.inf  # what was missed meanwhile is found by the first step
    # The program's own absence ends. Whether somebody is there the sensor will say.
    state.away = state.gone = frozenset({"stopped"})
    state, effects = engine.step(state, Away("stopped", False), now)
    if not saved["clean"] and (working_for_s := saved["working_for_s"]) is not None:
        end_unix_s = now.unix_s - gap_s
        effects.insert(0, Spent(True, end_unix_s - _number(working_for_s), end_unix_s))
    return state, effects


def _age(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def _tightened(schedule: Schedule, saved: Mapping[str, Any]) -> Schedule:
    """The schedule as it was in force for a knot: the gap drains tanks as they were, until the knots are known anew."""

    def taken_up(r: Reminder) -> Reminder:
        if r.after_s is None or r.name not in saved:
            return r
        after_s, pause_s = _array(saved[r.name])
        pause_s = math.inf if pause_s == math.inf else _number(pause_s)
        return replace(r, after_s=min(r.after_s, max(1.0, _number(after_s))), pause_s=max(r.pause_s, pause_s))

    return replace(schedule, reminders=tuple(map(taken_up, schedule.reminders))) if saved else schedule


# What lies on the disk may be anything. Whatever would only fail later is refused here.


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} is no JSON object")
    return value


def _array(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is no JSON array")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} is no number")
    if not abs(value) <= _MOST:  # so that NaN is refused as well
        raise ValueError(f"{value!r:.40} is no time of ours")
    return float(value)


def _known(value: object) -> float | None:
    return None if value is None else _number(value)


def _taken_up(mark: engine.Mark, fresh: engine.Mark) -> engine.Mark:
    """The saved mark; one of a tank that has become a time of day owes nothing for the days before."""
    return mark if mark.settled else replace(mark, settled=fresh.settled, past=fresh.past)


def _mark(saved: Mapping[str, Any]) -> engine.Mark:
    fresh = engine.Mark()
    values: dict[str, Any] = {}
    for name in (f.name for f in fields(engine.Mark) if f.name in saved):
        like, value = getattr(fresh, name), saved[name]
        if isinstance(like, bool) is not isinstance(value, bool):
            raise TypeError(f"{name}: {value!r:.40}")
        if isinstance(like, str):
            values[name] = str(value)
        else:
            values[name] = value if isinstance(value, bool) else type(like)(_number(value))
    return engine.Mark(**values)


def _notice(saved: Mapping[str, Any], saved_s: float) -> Notice:
    reminder = saved["reminder"]
    return Notice(
        id=str(saved["id"]),
        reminder=None if reminder is None else str(reminder),
        item=str(saved["item"]),
        kind=Kind(saved["kind"]),
        duration_s=_number(saved["duration_s"]),
        shown_s=saved_s + _number(saved["shown_s"]),
        shown_unix_s=_number(saved["shown_unix_s"]),
        laters=int(_number(saved["laters"])),
        level=int(_number(saved.get("level", 0))),
    )
