"""Lock and switched sessions on macOS, from the window server's description of the session."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from postured.core.language import _
from postured.sense.activity.macos import APPLICATION_SERVICES
from postured.sense.apple import CoreFoundation
from postured.sense.away_polled import LOCK, SESSION, Look, PolledAway
from postured.sense.foreign import Load, function, load_c

ON_CONSOLE = "kCGSSessionOnConsoleKey"
"""kCGSessionOnConsoleKey ("Window Server Session Properties"): no, once another user was switched to."""

IS_LOCKED = "CGSSessionScreenIsLocked"
"""Documented nowhere, but there in all versions since 10.7 while the screen is locked, and absent else."""


class Session:
    """The session that this process belongs to."""

    def __init__(self, load: Load = load_c) -> None:
        """Load what describes it.

        Raises:
            OSError: It is not there.
        """
        self._foundation = CoreFoundation(load)
        self._copy = function(load(APPLICATION_SERVICES), "CGSessionCopyCurrentDictionary", ctypes.c_void_p)

    def look(self) -> Mapping[str, bool]:
        """Say whether it is locked, and whether it is switched away where that is told.

        Raises:
            OSError: It is no session with a screen.
        """
        with self._foundation.owned(self._copy()) as session:
            if not session:
                raise OSError(_("this is no session with a screen"))
            on_console = self._foundation.integer(session, ON_CONSOLE)
            locked = bool(self._foundation.integer(session, IS_LOCKED))
        return {LOCK: locked} if on_console is None else {LOCK: locked, SESSION: not on_console}


def open_away(load: Load = load_c) -> PolledAway:
    """Return the watcher; nothing is loaded before it runs."""

    def open_look() -> Look:
        return Session(load).look

    return PolledAway(open_look)
