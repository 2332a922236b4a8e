"""Idle time on Windows: it keeps the tick of the session's last input, which is compared with the tick of now."""

from __future__ import annotations

import ctypes

from postured.core.language import _
from postured.sense.activity.asked import Asked
from postured.sense.foreign import Load, function, load_windows
from postured.sense.protocol import Clock, SensorError

_AHEAD_MS = 60_000
"""An input may claim to be a little later than now: programs that make input up give its tick themselves."""


class LastInputInfo(ctypes.Structure):
    """LASTINPUTINFO of winuser.h."""

    _fields_ = (("size", ctypes.c_uint32), ("tick_ms", ctypes.c_uint32))


class Ticks:
    """The ticks of Windows: milliseconds since it was started, with the time asleep ("Windows Time")."""

    def __init__(self, load: Load = load_windows) -> None:
        """Load the libraries.

        Raises:
            OSError: They are not there.
        """
        self._last_input = function(
            load("user32"), "GetLastInputInfo", ctypes.c_int, ctypes.POINTER(LastInputInfo)
        )
        self._now = function(load("kernel32"), "GetTickCount64", ctypes.c_uint64)

    def idle_s(self) -> float:
        """Seconds since the last input in this session, by `GetLastInputInfo`.

        It keeps 32 bits of the tick only; a silence of more than 49 days would be told too short.

        Raises:
            OSError: Windows does not say.
        """
        info = LastInputInfo(ctypes.sizeof(LastInputInfo), 0)
        if not self._last_input(ctypes.byref(info)):
            raise OSError(_("Windows does not say when the last input was"))
        idle_ms = (int(self._now()) - info.tick_ms) & 0xFFFFFFFF
        return 0.0 if idle_ms > 0xFFFFFFFF - _AHEAD_MS else idle_ms / 1000


def open_idle(idle_after_s: float, clock: Clock, *, load: Load = load_windows) -> Asked:
    """Find out whether Windows can be asked.

    Raises:
        SensorError: It cannot: this is no Windows, or a session without input.
    """
    try:
        ticks = Ticks(load)
    except OSError:
        raise SensorError("windows", _("this is not Windows"), lasting=True) from None
    try:
        note = _("Windows is asked when it matters")
        return Asked("windows", note, ticks.idle_s, idle_after_s, clock, awake=clock)
    except OSError as error:
        raise SensorError("windows", str(error), lasting=False) from None
