"""Lock and switched sessions on Windows, from what Remote Desktop Services know of the session.

They know of every session, remote or not; nothing has to be switched on.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from postured.core.language import _
from postured.sense.away_polled import LOCK, SESSION, Look, PolledAway
from postured.sense.foreign import Load, function, load_windows

CURRENT_SESSION = 0xFFFFFFFF
"""WTS_CURRENT_SESSION."""

SESSION_INFO_EX = 25
"""WTSSessionInfoEx of WTS_INFO_CLASS."""

DISCONNECTED = 4
"""WTSDisconnected of WTS_CONNECTSTATE_CLASS: another user was switched to, or the remote screen was closed."""

LOCKED, UNLOCKED = 0, 1
"""WTS_SESSIONSTATE_LOCK and _UNLOCK. Windows 7 has them the other way round; it has no Python of our kind."""


class SessionInfo(ctypes.Structure):
    """The beginning of WTSINFOEXW at level 1; its times, further on, put the inner structure at 8 bytes."""

    _fields_ = (
        ("level", ctypes.c_uint32),
        ("_gap", ctypes.c_uint32),
        ("id", ctypes.c_uint32),
        ("state", ctypes.c_int32),
        ("flags", ctypes.c_int32),
    )


class Session:
    """The session that this process belongs to."""

    def __init__(self, load: Load = load_windows) -> None:
        """Load what describes it.

        Raises:
            OSError: It is not there.
        """
        library = load("wtsapi32")
        self._query = function(
            library,
            "WTSQuerySessionInformationW",
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_uint32,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.POINTER(ctypes.c_uint32),
        )
        self._free = function(library, "WTSFreeMemory", None, ctypes.c_void_p)

    def look(self) -> Mapping[str, bool]:
        """Say whether it is locked, where that is told, and whether it is switched away.

        Raises:
            OSError: Windows does not say.
        """
        found, size = ctypes.c_void_p(), ctypes.c_uint32()
        asked = self._query(None, CURRENT_SESSION, SESSION_INFO_EX, ctypes.byref(found), ctypes.byref(size))
        if not asked or not found.value:
            raise OSError(_("Windows does not describe this session"))
        try:
            if size.value < ctypes.sizeof(SessionInfo):
                raise OSError(_("Windows does not describe this session"))
            info = SessionInfo.from_address(found.value)
            level, state, flags = info.level, info.state, info.flags
        finally:
            self._free(found)
        if level != 1:
            raise OSError(_("Windows does not describe this session"))
        known = {SESSION: state == DISCONNECTED}
        return {**known, LOCK: flags == LOCKED} if flags in (LOCKED, UNLOCKED) else known


def open_away(load: Load = load_windows) -> PolledAway:
    """Return the watcher; nothing is loaded before it runs."""

    def open_look() -> Look:
        return Session(load).look

    return PolledAway(open_look)
