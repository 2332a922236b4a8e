"""Idle time on macOS: Quartz is asked how long ago the last keyboard, mouse or tablet event was."""

from __future__ import annotations

import ctypes

from postured.core.language import _
from postured.sense.activity.asked import Asked
from postured.sense.foreign import Load, function, load_c
from postured.sense.protocol import Clock, SensorError

APPLICATION_SERVICES = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"

HID_SYSTEM_STATE = 1
"""kCGEventSourceStateHIDSystemState: what came from the devices, not what programs made up."""

ANY_INPUT = 0xFFFFFFFF
"""kCGAnyInputEventType."""


class Quartz:
    """The two questions to Quartz that tell whether somebody is there."""

    def __init__(self, load: Load = load_c) -> None:
        """Load Quartz.

        Raises:
            OSError: It is not there.
        """
        library = load(APPLICATION_SERVICES)
        self._since = function(
            library,
            "CGEventSourceSecondsSinceLastEventType",
            ctypes.c_double,
            ctypes.c_int32,
            ctypes.c_uint32,
        )
        self._session = function(library, "CGSessionCopyCurrentDictionary", ctypes.c_void_p)
        self._release = function(library, "CFRelease", None, ctypes.c_void_p)

    def in_session(self) -> bool:
        """Whether this process belongs to a session with a screen, as `CGSessionCopyCurrentDictionary` says."""
        session = self._session()
        if session:
            self._release(session)
        return bool(session)

    def idle_s(self) -> float:
        """Seconds since the last input. Whether a suspend counts in them is not documented."""
        return float(self._since(HID_SYSTEM_STATE, ANY_INPUT))


def open_idle(idle_after_s: float, clock: Clock, *, load: Load = load_c) -> Asked:
    """Find out whether Quartz can be asked.

    Raises:
        SensorError: It cannot: this is no macOS, or there is no session with a screen yet.
    """
    try:
        quartz = Quartz(load)
    except OSError:
        raise SensorError("macos", _("Quartz of macOS is not there"), lasting=True) from None
    if not quartz.in_session():
        raise SensorError("macos", _("this is no session with a screen"), lasting=False)
    try:
        return Asked("macos", _("macOS is asked when it matters"), quartz.idle_s, idle_after_s, clock)
    except OSError as error:
        raise SensorError("macos", str(error), lasting=False) from None
