"""Whether the person has left, on systems that are asked: screen locked, session switched away.

Asked twice a minute and no more: these systems tell of it to windows and run loops only, and there is neither
here. Without D-Bus; the same to its user as `away.Away`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from postured.core.language import _
from postured.core.model import Away
from postured.sense.protocol import Emit, GrowingWait

LOOK_EVERY_S = 30.0
LONGEST_WAIT_S = 600.0
"""Between looks that fail."""

LOCK, SESSION = "lock", "session"

Look = Callable[[], Mapping[str, bool]]
"""Whether each reason stands, as far as that is known; raises OSError, with a sentence, where nothing is."""


class PolledAway:
    """Looks for as long as `run` runs."""

    def __init__(self, open_look: Callable[[], Look]) -> None:
        """Take the question; `open_look` is only called by `run`, and again after it raised OSError."""
        self._open_look = open_look
        self._note = _("not looked for yet")
        self._known: Mapping[str, bool] = {}
        self._standing: frozenset[str] = frozenset()
        self._looked = asyncio.Event()

    async def run(self, emit: Emit) -> None:
        """Emit `Away` at each change, and for what stands already. Ends by being cancelled."""
        look: Look | None = None
        failing = GrowingWait(2 * LOOK_EVERY_S, LONGEST_WAIT_S)
        while True:
            wait_s = LOOK_EVERY_S
            try:
                look = look or self._open_look()
                self._take_up(look(), emit)
                self._note = _("asked twice a minute")
                failing.begin_anew()
            except OSError as error:
                self._take_up({}, emit)
                self._note = str(error)
                wait_s = failing.next_s()
            self._looked.set()
            await asyncio.sleep(wait_s)

    async def looked(self) -> None:
        """Return when it has been looked once, whatever came of it."""
        await self._looked.wait()

    def describe(self) -> Mapping[str, object]:
        """Say what was found.

        Returns:
            `away` (a sentence), and `locked` and `switched` (None where that is not known).
        """
        known = self._known
        return {"away": self._note, "locked": known.get(LOCK), "switched": known.get(SESSION)}

    def _take_up(self, known: Mapping[str, bool], emit: Emit) -> None:
        """Tell what changed. What is not known any more does not stand: nobody could take it back."""
        standing = frozenset(reason for reason, on in known.items() if on)
        before, self._standing, self._known = self._standing, standing, known
        for reason in sorted(before ^ standing):
            emit(Away(reason, reason in standing))
