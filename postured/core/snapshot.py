"""What the daemon must not forget, as plain JSON values, and how a state is taken up again from them.

Instants on the engine's clock mean nothing to the next run: they are written as ages, in seconds before the snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from postured.core import engine
from postured.core.model import (
    Away,
    Effect,
    Item,
    Kind,
    Moment,
    Notice,
    Pause,
    Schedule,
    Spent,
)

CHECKPOINT_S = 60.0
"""How often the daemon takes a snapshot while somebody works: what a sudden death may cost at most."""


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
        "last_shown": dict(state.last_shown),
        "serial": state.serial,
    }


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
    gap_s = max(0.0, now.s - saved["boot_s"] if same_boot else now.unix_s - saved["unix_s"])
    stopped_s = now.s - (gap_s if saved["clean"] else max(0.0, gap_s - CHECKPOINT_S))
    saved_s = now.s - gap_s
    state = engine.begin(schedule, library, now)
    names = [r.name for r in schedule.reminders]
    state.levels = tuple(float(saved["levels"].get(n, 0.0)) for n in names)
    state.marks = tuple(
        _mark(saved["marks"][n]) if n in saved["marks"] else fresh
        for n, fresh in zip(names, state.marks, strict=True)
    )
    state.resting, state.since_s, state.rest_s = True, stopped_s, stopped_s
    if (resting_for_s := saved["resting_for_s"]) is not None:
        state.since_s, state.rest_s = saved_s, saved_s - float(resting_for_s)
    if (ago_s := saved["shown_ago_s"]) is not None:
        state.shown_s = saved_s - float(ago_s)
    state.last_shown = {str(k): float(v) for k, v in saved["last_shown"].items()}
    state.serial = int(saved["serial"])
    if (notice := saved["notice"]) is not None:
        state.notice = _notice(notice, saved_s)
        state.reshow = True
    if (pause := saved["pause"]) is not None:
        left_s = pause["left_s"]
        state.pause = Pause(left_s, pause["until_unix_s"])
        state.pause_end_s = math.inf if left_s is None else saved_s + float(left_s)
    state.clock_from_unix_s = math.inf  # what was missed meanwhile is found by the first step
    # The program's own absence ends. Whether somebody is there the sensor will say.
    state.away = frozenset({"stopped"})
    state, effects = engine.step(state, Away("stopped", False), now)
    if not saved["clean"] and (working_for_s := saved["working_for_s"]) is not None:
        end_unix_s = now.unix_s - gap_s
        effects.insert(0, Spent(True, end_unix_s - float(working_for_s), end_unix_s))
    return state, effects


def _age(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def _mark(saved: Mapping[str, Any]) -> engine.Mark:
    known = {f.name for f in fields(engine.Mark)}
    return engine.Mark(**{key: value for key, value in saved.items() if key in known})


def _notice(saved: Mapping[str, Any], saved_s: float) -> Notice:
    values = {**saved, "shown_s": saved_s + float(saved["shown_s"]), "kind": Kind(saved["kind"])}
    return Notice(**values)
