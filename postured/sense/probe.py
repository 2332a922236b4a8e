"""What `doctor` reports about sensing: what was tried here, what is used, and why the rest would not do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import NamedTuple

from postured.core.language import _
from postured.sense.activity.chain import choose
from postured.sense.away import Away
from postured.sense.protocol import boot_s

LOOK_WITHIN_S = 8.0


class Row(NamedTuple):
    """One check of `doctor`."""

    name: str
    ok: bool
    found: str
    hint: str = ""


def describe(env: Mapping[str, str], idle_after_s: float = 60.0) -> list[Row]:
    """Try the idle sensors as the daemon would, and give a row for each; nothing is left running.

    A sensor that was passed over is no fault where a better or equal one is used.
    """
    choice = choose(env, idle_after_s, boot_s)
    choice.source.stop()
    used = choice.source
    rows = [Row(f"idle_{no.name}", False, str(no), no.hint) for no in choice.refused if no.name != used.name]
    hint = "" if used.quality != "none" else _("breaks still come, but nobody sees whether you take them")
    return [Row("idle", used.quality != "none", f"{used.name} ({used.quality}): {used.note}", hint), *rows]


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
