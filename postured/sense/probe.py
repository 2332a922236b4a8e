"""What `doctor` reports about sensing: what was tried here, what is used, and why the rest would not do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from postured.core.language import _
from postured.sense.activity.chain import choose_in_loop, look_around
from postured.sense.away import Away
from postured.sense.protocol import IdleSensor, SensorError, Source, boot_s

LOOK_WITHIN_S = 8.0


class Row(NamedTuple):
    """One check of `doctor`."""

    name: str
    ok: bool
    found: str
    hint: str = ""


async def describe(env: Mapping[str, str], idle_after_s: float = 60.0, activity: str = "auto") -> list[Row]:
    """Try the idle sensors as the daemon would, and give a row for each that was tried; nothing is left running."""
    around = await look_around(env, activity)
    choice = await choose_in_loop(around, idle_after_s, boot_s, activity)
    choice.source.stop()
    return idle_rows(choice.source, choice.refused)


def idle_rows(used: Source | IdleSensor, refused: Sequence[SensorError]) -> list[Row]:
    """Make rows of the source in use and the better ones that would not do.

    That one was passed over is no fault where another does as well, or where there is no desktop to be seen.
    """
    sees = used.quality != "none"
    said = _(
        "input can't be seen here, breaks still come; lock the screen when you rest, or see work.activity"
    )
    hint = "" if sees else said
    rows = [Row("idle", sees, f"{used.name} ({used.quality}): {used.note}", hint)]
    for refusal in refused:
        if refusal.name == "display":
            rows.append(Row("idle_display", sees, str(refusal), refusal.hint))
        elif refusal.name != used.name:
            fine = used.quality == "exact"
            hint = _("nothing to do: {name} sees it here").format(name=used.name) if fine else refusal.hint
            rows.append(Row(f"idle_{refusal.name}", fine, str(refusal), hint))
    return rows


async def describe_away(env: Mapping[str, str], uid: int | None = None) -> list[Row]:
    """Look once for logind and screen savers, and give a row for each; nothing is left running."""
    away = Away(env, uid)
    watching = asyncio.ensure_future(away.run(lambda _: None))
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_WITHIN_S):
                await away.looked()
        found = away.describe()
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    return away_rows(found)


def away_rows(found: Mapping[str, object]) -> list[Row]:
    """Make rows of what `Away.describe` says, here or in the daemon."""
    if "away" in found:  # of a system without logind and its like
        known = found["locked"] is not None or found["switched"] is not None
        return [
            Row("away", known, str(found["away"]), "" if known else _("suspend is still seen by the clocks"))
        ]
    session, locked = found["session"], found["locked_hint"]
    logind = str(found["logind"])
    if session:
        logind += "; " + _("session {session}, locked hint {locked}").format(session=session, locked=locked)
    return [
        Row(
            "logind", session is not None, logind, "" if session else _("suspend is still seen by the clocks")
        ),
        Row("screen_saver", bool(found["screen_savers_heard"]), str(found["screen_savers"])),
    ]
