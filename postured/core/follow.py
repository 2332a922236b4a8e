"""The schedule while a knot is followed: what the person wrote, tightened to what the cause of the knot asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from postured.core.model import Care, Kind, Knot, Reminder, Schedule


def follow(written: Schedule, knots: Sequence[Knot]) -> Schedule:
    """The schedule that is in force.

    A reminder that the preset of a knot's care has as well comes at least as early, rests at least as long and
    suggests the preset's kinds first. Nothing is ever loosened, and no reminder is added: what the person deleted or
    switched off stays so.

    Args:
        written: As the person wrote it; left as it is.
        knots: Those that are followed; none, and it is the written one.
    """
    reminders = written.reminders
    for knot in knots:
        reminders = tuple(_tightened(r, knot.care) for r in reminders)
    return written if reminders == written.reminders else replace(written, reminders=reminders)


def _tightened(r: Reminder, care: Care) -> Reminder:
    """One reminder under the care of one knot."""
    model = next((m for m in care.reminders if m.name == r.name), None)
    if model is None or model.when_knot != r.when_knot or Kind.STRENGTH in r.suggest:
        return r
    suggest = (*model.suggest, *(kind for kind in r.suggest if kind not in model.suggest))
    if r.after_s is None or model.after_s is None:
        return replace(r, suggest=suggest)
    return replace(
        r,
        after_s=min(r.after_s, model.after_s),
        pause_s=max(r.pause_s, model.pause_s),
        repeat_s=min(r.repeat_s, model.repeat_s),
        suggest=suggest,
    )
